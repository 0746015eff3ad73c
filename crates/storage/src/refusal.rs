//! What a database's refusal means in the domain.

use std::time::Duration;

use cairn_domain::{Code, Error};
use diesel::result::{DatabaseErrorKind, Error as Refused};

/// A unique rule that callers can break: its name (which PostgreSQL tells), its columns (which SQLite tells), and what it
/// means. Where a rule is broken without a race the ports find it before; this is for the rest.
const UNIQUE: &[(&str, &str, Code, &str)] = &[
    ("users_email_key", "users.email_key", Code::EmailTaken, "The address belongs to another account."),
    ("api_tokens_name", "api_tokens.user_id, api_tokens.name", Code::Duplicate, "There is a token of this name."),
    ("attempts_open", "attempts.user_id, attempts.lesson_id", Code::AttemptOpen, "An attempt at this quiz is open."),
    (
        "drill_attempts_open",
        "drill_attempts.user_id, drill_attempts.lesson_id",
        Code::AttemptOpen,
        "An attempt at this drill is open.",
    ),
    (
        "capstone_submissions_learner",
        "capstone_submissions.user_id, capstone_submissions.lesson_id",
        Code::Stale,
        "The work was handed in at the same time.",
    ),
    (
        "capstone_comments_pkey",
        "capstone_comments.submission_id, capstone_comments.number",
        Code::Stale,
        "Somebody wrote at the same time.",
    ),
    ("releases_number", "releases.pack_id, releases.number", Code::ReleaseMoved, "The pack has a newer release."),
    (
        "learning_events_pkey",
        "learning_events.user_id, learning_events.seq",
        Code::Stale,
        "The learning record was changed at the same time.",
    ),
    ("study_plans_pkey", "study_plans.enrolment_id", Code::Stale, "This enrolment has a plan already."),
];

/// What becomes of a transaction after a refused statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// It met another one: run it again.
    Again,
    /// The connection is gone, and with it the transaction.
    Lost,
    /// It must be rolled back.
    GiveUp,
}

pub(crate) fn unavailable() -> Error {
    Error::new(Code::StoreUnavailable, "The database is not available at the moment.")
}

pub(crate) fn busy() -> Error {
    Error::new(Code::Busy, "The server is busy; the request was not begun.").after(Duration::from_secs(1))
}

/// Translates a refusal.
pub(crate) fn translate(refused: Refused) -> (Error, After) {
    let Refused::DatabaseError(kind, information) = &refused else {
        // Rows that are not as they were written, queries that cannot be built: faults of the program.
        return (Error::internal(refused), After::GiveUp);
    };
    let message = information.message();
    match kind {
        DatabaseErrorKind::SerializationFailure => (busy().because(refused), After::Again),
        // Diesel does not tell the code 40P01 apart.
        DatabaseErrorKind::Unknown if message.contains("deadlock detected") => (busy().because(refused), After::Again),
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            (unavailable().because(refused), After::Lost)
        }
        // The server is being shut down, or an administrator ended the connection.
        DatabaseErrorKind::Unknown if message.contains("terminating connection") => {
            (unavailable().because(refused), After::Lost)
        }
        DatabaseErrorKind::UniqueViolation => {
            let known = UNIQUE.iter().find(|(name, columns, ..)| match information.constraint_name() {
                Some(broken) => broken == *name,
                None => message.strip_prefix("UNIQUE constraint failed: ") == Some(*columns),
            });
            let error = match known {
                Some((_, _, code, text)) => Error::new(*code, *text).because(refused),
                None => Error::internal(refused),
            };
            (error, After::GiveUp)
        }
        DatabaseErrorKind::ForeignKeyViolation
        | DatabaseErrorKind::NotNullViolation
        | DatabaseErrorKind::CheckViolation
        | DatabaseErrorKind::RestrictViolation
        | DatabaseErrorKind::ExclusionViolation => (Error::internal(refused), After::GiveUp),
        _ if is_lock(message) => (busy().because(refused), After::GiveUp),
        _ => (unavailable().because(refused), After::GiveUp),
    }
}

/// Whether a server with this `lc_messages` speaks the English that is looked for here. Diesel tells no codes beside
/// its own kinds, so a deadlock, a lock that could not be had in time and a server that is stopped are known by their
/// text.
pub(crate) fn is_english(lc_messages: &str) -> bool {
    let name = lc_messages.to_ascii_lowercase();
    ["c", "posix"].contains(&name.split('.').next().unwrap_or_default()) || name.starts_with("en")
}

/// Whether a lock could not be had in time.
pub(crate) fn is_lock(message: &str) -> bool {
    message.contains("database is locked") || message.contains("lock timeout")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(kind: DatabaseErrorKind, message: &str) -> (Code, After) {
        let (error, after) = translate(Refused::DatabaseError(kind, Box::new(message.to_owned())));
        (error.code(), after)
    }

    #[test]
    fn each_unique_rule_has_its_error_and_others_are_faults() {
        for (_, columns, code, _) in UNIQUE {
            let message = format!("UNIQUE constraint failed: {columns}");
            assert_eq!(refused(DatabaseErrorKind::UniqueViolation, &message), (*code, After::GiveUp));
        }
        let other = refused(DatabaseErrorKind::UniqueViolation, "UNIQUE constraint failed: users.id");
        assert_eq!(other, (Code::Internal, After::GiveUp));
        assert_eq!(refused(DatabaseErrorKind::CheckViolation, "x").0, Code::Internal);
    }

    #[test]
    fn english_goes_by_several_names() {
        for english in ["C", "C.UTF-8", "POSIX", "en_US.UTF-8", "en_GB", "English_United States.1252"] {
            assert!(is_english(english), "{english}");
        }
        for other in ["de_DE.UTF-8", "ca_ES", "cs_CZ.UTF-8", "pl_PL", ""] {
            assert!(!is_english(other), "{other}");
        }
    }

    #[test]
    fn only_what_passes_by_itself_is_run_again() {
        assert_eq!(refused(DatabaseErrorKind::SerializationFailure, "x").1, After::Again);
        assert_eq!(refused(DatabaseErrorKind::Unknown, "deadlock detected").1, After::Again);
        assert_eq!(refused(DatabaseErrorKind::ClosedConnection, "x"), (Code::StoreUnavailable, After::Lost));
        assert_eq!(refused(DatabaseErrorKind::Unknown, "database is locked"), (Code::Busy, After::GiveUp));
        assert_eq!(
            refused(DatabaseErrorKind::Unknown, "database or disk is full"),
            (Code::StoreUnavailable, After::GiveUp)
        );
    }
}
