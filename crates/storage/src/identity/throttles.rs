use cairn_domain::Result;
use cairn_domain::identity::ThrottleWriter;
use cairn_domain::shared::{Timestamp, refuse_nul};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::connection::per_backend;
use crate::schema::throttles;
use crate::statement::statement;
use crate::tx::Tx;

statement! {
    PutThrottle<'a> { id: &'a str => Text, state: i64 => BigInt } -> () =
    "INSERT INTO throttles (id, state) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state"
}

impl ThrottleWriter for Tx<'_> {
    fn get(&mut self, key: &str) -> Result<Option<Timestamp>> {
        // PostgreSQL would refuse the question itself.
        refuse_nul(key)?;
        let state = self
            .find(|c| per_backend!(c, c => throttles::table.find(key).select(throttles::state).get_result::<i64>(c)))?;
        Ok(state.map(Timestamp::from_micros))
    }

    fn put(&mut self, key: &str, state: Timestamp) -> Result<()> {
        refuse_nul(key)?;
        let statement = PutThrottle { id: key, state: state.micros() };
        self.run(|c| per_backend!(c, c => statement.execute(c))).map(|_| ())
    }

    fn purge(&mut self, now: Timestamp) -> Result<u64> {
        let past = throttles::table.filter(throttles::state.lt(now.micros()));
        self.run(|c| per_backend!(c, c => diesel::delete(past).execute(c))).map(|count| count as u64)
    }
}
