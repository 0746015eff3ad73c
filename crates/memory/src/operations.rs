use std::ops::{Deref, DerefMut};

use cairn_domain::Result;
use cairn_domain::operations::{IdempotencyKey, IdempotencyReader, IdempotencyWriter, StoredAnswer};
use cairn_domain::shared::{Timestamp, UserId, refuse_nul};

use crate::state::{State, Tx};

impl<S: Deref<Target = State>> IdempotencyReader for Tx<S> {
    fn get(&mut self, user: UserId, key: &IdempotencyKey) -> Result<Option<StoredAnswer>> {
        Ok(self.state().answers.get(&(user, key.clone())).cloned())
    }
}

impl<S: DerefMut<Target = State>> IdempotencyWriter for Tx<S> {
    fn put(&mut self, answer: &StoredAnswer) -> Result<()> {
        refuse_nul(&answer.answer.body)?;
        for (name, value) in &answer.answer.headers {
            refuse_nul(name)?;
            refuse_nul(value)?;
        }
        self.state().require_user(answer.user)?;
        self.state_mut().answers.put((answer.user, answer.key.clone()), answer.clone());
        Ok(())
    }

    fn purge(&mut self, before: Timestamp) -> Result<u64> {
        Ok(self.state_mut().answers.remove_where(|_, answer| answer.at < before))
    }
}
