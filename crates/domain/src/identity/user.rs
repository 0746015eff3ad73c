use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::shared::{Error, Result, Timestamp, UserId, line};

/// What a user is on this server. Roles add up; everybody is a learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Enrols and learns.
    Learner,
    /// Plans, applies and exports packs.
    Author,
    /// Sees learners' progress.
    Instructor,
    /// Manages users.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 4] = [Self::Learner, Self::Author, Self::Instructor, Self::Admin];

    /// The name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Learner => "learner",
            Self::Author => "author",
            Self::Instructor => "instructor",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| Error::field("", "unknown_role", "The roles are learner, author, instructor and admin."))
    }
}

/// An e-mail address as it was written, compared without regard to case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email {
    written: String,
    key: String,
}

impl Email {
    /// Checks an address: one `@` with something on both sides, a dot or `localhost` behind it, no white space or
    /// control characters, at most 254 characters (RFC 5321, 4.5.3.1.3). Whether it exists only a mail can tell.
    ///
    /// # Errors
    /// [`crate::Code::Invalid`] with rule `not_an_email`.
    pub fn new(text: &str) -> Result<Self> {
        let text = text.trim();
        let well_formed = text.len() <= 254
            && !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | ',' | ';'))
            && text.split_once('@').is_some_and(|(local, domain)| {
                (1..=64).contains(&local.len())
                    && !domain.contains('@')
                    && domain
                        .split('.')
                        .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
                    && (domain.contains('.') || domain == "localhost")
            });
        if well_formed {
            Ok(Self { written: text.to_owned(), key: text.to_lowercase() })
        } else {
            Err(Error::field("", "not_an_email", "This is not an e-mail address such as `ada@example.org`."))
        }
    }

    /// The address as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The address in lower case: what is unique.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl Eq for Email {}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl TryFrom<String> for Email {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        Self::new(&text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> String {
        email.written
    }
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// May sign in.
    Active,
    /// May not; sessions and tokens do not work.
    Disabled,
}

impl UserState {
    /// The name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The address to sign in with; unique.
    pub email: Email,
    /// What others see; one line of 1 to 100 characters.
    pub name: String,
    /// Always with [`Role::Learner`].
    pub roles: BTreeSet<Role>,
    /// Whether the user may sign in.
    pub state: UserState,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Counts changes from 1; what an update has to expect.
    pub version: u32,
}

impl User {
    /// A new active user.
    ///
    /// # Errors
    /// [`crate::Code::Invalid`] when the name is not one line of 1 to 100 characters.
    pub fn new(
        id: UserId,
        email: Email,
        name: &str,
        roles: impl IntoIterator<Item = Role>,
        now: Timestamp,
    ) -> Result<Self> {
        let roles = roles.into_iter().chain([Role::Learner]).collect();
        Ok(Self { id, email, name: line(name, 100)?, roles, state: UserState::Active, created_at: now, version: 1 })
    }

    /// Whether the user has a role and may use it.
    #[must_use]
    pub fn is(&self, role: Role) -> bool {
        self.state == UserState::Active && self.roles.contains(&role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_and_compared_without_case() {
        for good in ["ada@example.org", "a.b+c@x-y.example", "root@localhost", " ada@example.org ", "é@exämple.org"] {
            assert!(Email::new(good).is_ok(), "{good}");
        }
        let long = format!("{}@example.org", "a".repeat(65));
        for bad in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@example",
            "a@b@c.de",
            "a b@c.de",
            "a@.de",
            "a@-b.de",
            "a\0@b.de",
            &long,
        ] {
            assert!(Email::new(bad).is_err(), "{bad}");
        }
        let written = Email::new("Ada@Example.org").unwrap();
        assert_eq!(written, Email::new("ada@example.ORG").unwrap());
        assert_eq!((written.as_str(), written.key()), ("Ada@Example.org", "ada@example.org"));
    }

    #[test]
    fn everybody_is_a_learner_and_the_disabled_are_nobody() {
        let id = UserId::new(uuid::Uuid::nil());
        let mut user =
            User::new(id, Email::new("a@b.de").unwrap(), " Ada ", [Role::Admin], Timestamp::from_micros(0)).unwrap();
        assert_eq!(user.name, "Ada");
        assert!(user.is(Role::Admin) && user.is(Role::Learner) && !user.is(Role::Author));
        user.state = UserState::Disabled;
        assert!(!user.is(Role::Learner));
    }
}
