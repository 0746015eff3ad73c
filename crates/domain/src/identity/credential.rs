use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::shared::{Error, Result, SessionId, Timestamp, TokenId, UserId, check_text};

/// A password as it was typed. Shown nowhere.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// The fewest characters of a new password.
    pub const MIN: usize = 12;
    /// The most characters of a password.
    pub const MAX: usize = 256;

    /// Takes a password to compare with: only the length is bounded, so that the rules for new ones can change.
    ///
    /// # Errors
    /// [`crate::Code::Invalid`] when it is empty or longer than [`Password::MAX`] characters.
    pub fn presented(text: &str) -> Result<Self> {
        let length = text.chars().count();
        if (1..=Self::MAX).contains(&length) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::field("", "length", format!("A password has 1 to {} characters.", Self::MAX)))
        }
    }

    /// Takes a password for a new credential: [`Password::MIN`] to [`Password::MAX`] characters of any kind.
    ///
    /// # Errors
    /// [`crate::Code::Invalid`] otherwise.
    pub fn chosen(text: &str) -> Result<Self> {
        check_text(text, Self::MIN, Self::MAX)?;
        Ok(Self(text.to_owned()))
    }

    /// The text, for a hasher.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A password's hash with its scheme, as a hasher wrote it. Shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps what a hasher wrote.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for a hasher or a store.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// The keyed digest under which a session's or a token's secret is stored and looked up, as 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretDigest(String);

impl SecretDigest {
    /// Wraps a digest's hexadecimal form.
    #[must_use]
    pub fn new(hex: String) -> Self {
        Self(hex)
    }

    /// The hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigest(…)")
    }
}

/// A signed-in browser or program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id, which is no secret.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The digest of its secret; unique.
    pub digest: SecretDigest,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What a token may be used for. Whatever the scope, a token never does more than its user's roles allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// Read one's own account.
    #[serde(rename = "account:read")]
    AccountRead,
    /// Read enrolments, progress and attempts.
    #[serde(rename = "learning:read")]
    LearningRead,
    /// Enrol, complete lessons, take quizzes and drills, hand in work.
    #[serde(rename = "learning:write")]
    LearningWrite,
    /// Open lessons to learners, whatever they need.
    #[serde(rename = "learning:waive")]
    LearningWaive,
    /// Review learners' work.
    #[serde(rename = "learning:review")]
    LearningReview,
    /// Plan and export packs.
    #[serde(rename = "content:read")]
    ContentRead,
    /// Apply and roll back releases.
    #[serde(rename = "content:write")]
    ContentWrite,
    /// Read users.
    #[serde(rename = "users:read")]
    UsersRead,
    /// Create and change users.
    #[serde(rename = "users:write")]
    UsersWrite,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 9] = [
        Self::AccountRead,
        Self::LearningRead,
        Self::LearningWrite,
        Self::LearningWaive,
        Self::LearningReview,
        Self::ContentRead,
        Self::ContentWrite,
        Self::UsersRead,
        Self::UsersWrite,
    ];

    /// The name, such as `learning:read`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountRead => "account:read",
            Self::LearningRead => "learning:read",
            Self::LearningWrite => "learning:write",
            Self::LearningWaive => "learning:waive",
            Self::LearningReview => "learning:review",
            Self::ContentRead => "content:read",
            Self::ContentWrite => "content:write",
            Self::UsersRead => "users:read",
            Self::UsersWrite => "users:write",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            Error::field("", "unknown_scope", format!("The scopes are {names}."))
        })
    }
}

/// A named secret for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id, which is no secret.
    pub id: TokenId,
    /// Whose it is.
    pub user: UserId,
    /// What the user calls it; unique among the user's tokens.
    pub name: String,
    /// What it may be used for; at least one.
    pub scopes: BTreeSet<Scope>,
    /// The digest of its secret; unique.
    pub digest: SecretDigest,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The hour in which it was last used; `None` when it never was.
    pub last_used: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_passwords_have_a_least_length_and_presented_ones_do_not() {
        assert!(Password::chosen("eleven char").is_err());
        assert!(Password::chosen("twelve chars").is_ok());
        assert!(Password::chosen("пароль пароль").is_ok());
        assert!(Password::presented("x").is_ok());
        assert!(Password::presented("").is_err());
        assert!(Password::presented(&"x".repeat(257)).is_err());
        assert!(Password::chosen("twelve chars\0").is_err());
    }

    #[test]
    fn secrets_do_not_show_in_debug() {
        assert_eq!(format!("{:?}", Password::chosen("correct horse battery").unwrap()), "Password(…)");
        assert_eq!(format!("{:?}", PasswordHash::new("$2b$".into())), "PasswordHash(…)");
        assert_eq!(format!("{:?}", SecretDigest::new("ab".into())), "SecretDigest(…)");
    }

    #[test]
    fn scopes_have_one_spelling() {
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse::<Scope>().unwrap(), scope);
            assert_eq!(serde_json::to_string(&scope).unwrap(), format!("\"{scope}\""));
        }
        assert!("everything".parse::<Scope>().is_err());
    }
}
