use std::collections::BTreeSet;

use cairn_domain::identity::{Email, PasswordHash, Role, User, UserReader, UserSort, UserState, UserWriter};
use cairn_domain::shared::{Page, PageRequest, Timestamp, UserId, refuse_nul};
use cairn_domain::{Code, Error, Result};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use crate::connection::per_backend;
use crate::schema::{passwords, users};
use crate::statement::statement;
use crate::tx::{Tx, number, stored};

/// A row of `users`, in the table's order.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = users)]
pub(super) struct UserRow {
    id: String,
    email: String,
    email_key: String,
    name: String,
    is_author: bool,
    is_instructor: bool,
    is_admin: bool,
    state: String,
    created_at: i64,
    version: i64,
}

impl UserRow {
    fn new(user: &User) -> Result<Self> {
        refuse_nul(&user.name)?;
        let is = |role| user.roles.contains(&role);
        Ok(Self {
            id: user.id.to_string(),
            email: user.email.as_str().to_owned(),
            email_key: user.email.key().to_owned(),
            name: user.name.clone(),
            is_author: is(Role::Author),
            is_instructor: is(Role::Instructor),
            is_admin: is(Role::Admin),
            state: user.state.as_str().to_owned(),
            created_at: user.created_at.micros(),
            version: i64::from(user.version),
        })
    }
}

impl TryFrom<UserRow> for User {
    type Error = Error;

    fn try_from(row: UserRow) -> Result<Self> {
        let roles = [(row.is_author, Role::Author), (row.is_instructor, Role::Instructor), (row.is_admin, Role::Admin)];
        let roles: BTreeSet<Role> = roles.into_iter().filter(|(is, _)| *is).map(|(_, role)| role).collect();
        Ok(Self {
            id: stored(row.id.parse())?,
            email: stored(Email::new(&row.email))?,
            name: row.name,
            roles: roles.into_iter().chain([Role::Learner]).collect(),
            state: if row.state == UserState::Active.as_str() { UserState::Active } else { UserState::Disabled },
            created_at: Timestamp::from_micros(row.created_at),
            version: number(row.version)?,
        })
    }
}

statement! {
    InsertUser<'a> {
        id: &'a str => Text, email: &'a str => Text, email_key: &'a str => Text, name: &'a str => Text,
        is_author: bool => Bool, is_instructor: bool => Bool, is_admin: bool => Bool,
        state: &'a str => Text, created_at: i64 => BigInt, version: i64 => BigInt,
    } -> () = "INSERT INTO users \
        (id, email, email_key, name, is_author, is_instructor, is_admin, state, created_at, version) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (email_key) DO NOTHING"
}

statement! {
    PutPassword<'a> { user_id: &'a str => Text, hash: &'a str => Text, changed_at: i64 => BigInt } -> () =
    "INSERT INTO passwords (user_id, hash, changed_at) VALUES (?, ?, ?) \
     ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at"
}

fn taken(user: &User) -> Error {
    Error::new(Code::EmailTaken, format!("There is an account with the address `{}`.", user.email))
}

impl UserReader for Tx<'_> {
    fn get(&mut self, id: UserId) -> Result<Option<User>> {
        let row = self.find(|c| per_backend!(c, c => users::table.find(id.to_string()).get_result::<UserRow>(c)))?;
        row.map(User::try_from).transpose()
    }

    fn by_email(&mut self, email: &Email) -> Result<Option<User>> {
        let row = self.find(
            |c| per_backend!(c, c => users::table.filter(users::email_key.eq(email.key())).get_result::<UserRow>(c)),
        )?;
        row.map(User::try_from).transpose()
    }

    fn page(&mut self, sort: UserSort, page: &PageRequest) -> Result<Page<User>> {
        let (after, limit) = (page.after().unwrap_or_default(), page.limit() as i64 + 1);
        let rows = self.run(|c| per_backend!(c, c => match sort {
            UserSort::Created => {
                users::table.filter(users::id.gt(after)).order(users::id).limit(limit).load::<UserRow>(c)
            }
            UserSort::Email => {
                users::table.filter(users::email_key.gt(after)).order(users::email_key).limit(limit).load::<UserRow>(c)
            }
        }))?;
        let items = rows.into_iter().map(User::try_from).collect::<Result<_>>()?;
        Ok(Page::of(items, page, |user: &User| match sort {
            UserSort::Created => user.id.to_string(),
            UserSort::Email => user.email.key().to_owned(),
        }))
    }

    fn password_hash(&mut self, id: UserId) -> Result<Option<PasswordHash>> {
        let hash = self.find(
            |c| per_backend!(c, c => passwords::table.find(id.to_string()).select(passwords::hash).get_result::<String>(c)),
        )?;
        Ok(hash.map(PasswordHash::new))
    }

    fn count_admins(&mut self) -> Result<u64> {
        // Not `eq(true)`: the index of admins serves only where its condition stands in the text.
        let admins = users::is_admin.and(users::state.eq(UserState::Active.as_str()));
        number(self.run(|c| per_backend!(c, c => users::table.filter(admins).count().get_result(c)))?)
    }
}

impl UserWriter for Tx<'_> {
    fn insert(&mut self, user: &User) -> Result<()> {
        let row = UserRow::new(user)?;
        let statement = InsertUser {
            id: &row.id,
            email: &row.email,
            email_key: &row.email_key,
            name: &row.name,
            is_author: row.is_author,
            is_instructor: row.is_instructor,
            is_admin: row.is_admin,
            state: &row.state,
            created_at: row.created_at,
            version: row.version,
        };
        match self.run(|c| per_backend!(c, c => statement.execute(c)))? {
            0 => Err(taken(user)),
            _ => Ok(()),
        }
    }

    fn update(&mut self, user: &User) -> Result<()> {
        let row = UserRow::new(user)?;
        let owner = self
            .find(|c| per_backend!(c, c => users::table.filter(users::email_key.eq(&row.email_key)).select(users::id).get_result::<String>(c)))?;
        let before = users::table.find(&row.id).filter(users::version.eq(row.version - 1));
        if owner.is_some_and(|owner| owner != row.id) {
            let stale = self.run(|c| per_backend!(c, c => before.count().get_result::<i64>(c)))? == 0;
            return Err(if stale { stale_user() } else { taken(user) });
        }
        let written = self.run(|c| {
            per_backend!(c, c => {
                diesel::update(before)
                    .set((
                        users::email.eq(&row.email),
                        users::email_key.eq(&row.email_key),
                        users::name.eq(&row.name),
                        users::is_author.eq(row.is_author),
                        users::is_instructor.eq(row.is_instructor),
                        users::is_admin.eq(row.is_admin),
                        users::state.eq(&row.state),
                        users::version.eq(row.version),
                    ))
                    .execute(c)
            })
        })?;
        if written == 0 { Err(stale_user()) } else { Ok(()) }
    }

    fn set_password_hash(&mut self, id: UserId, hash: &PasswordHash, now: Timestamp) -> Result<()> {
        refuse_nul(hash.expose())?;
        let id = id.to_string();
        let statement = PutPassword { user_id: &id, hash: hash.expose(), changed_at: now.micros() };
        self.run(|c| per_backend!(c, c => statement.execute(c))).map(|_| ())
    }
}

fn stale_user() -> Error {
    Error::new(Code::Stale, "The user was changed by somebody else.")
}
