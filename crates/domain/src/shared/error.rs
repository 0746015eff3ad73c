use std::fmt;

/// The result of a rule, a port or a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of refusal an error is. Adapters map the kind, never the code, to a transport's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The input was readable but breaks a rule; see [`Error::violations`].
    Invalid,
    /// Nobody has been identified, or the proof offered is not valid.
    Unauthenticated,
    /// The actor is known and may know that the thing exists, but may not do this.
    Forbidden,
    /// The thing does not exist, or the actor may not know that it does.
    NotFound,
    /// The request contradicts the present state.
    Conflict,
    /// The caller's version of the thing is not the present one.
    Stale,
    /// Too many tries; see [`Error::retry_after`].
    Throttled,
    /// The service cannot do this at the moment; the same request may succeed later.
    Unavailable,
    /// A fault of the service itself. The cause is in the source, never in the message.
    Internal,
}

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $variant:ident = $code:literal, $kind:ident, $title:literal, $remedy:literal;)+) => {
        /// A stable name for each refusal, promised to callers: programs branch on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code { $($(#[doc = $meaning])+ $variant,)+ }

        impl Code {
            /// Every code, in the order of declaration.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];

            /// The stable text, in snake case.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Code::$variant => $code,)+ } }

            /// The kind of refusal.
            #[must_use]
            pub const fn kind(self) -> Kind { match self { $(Code::$variant => Kind::$kind,)+ } }

            /// A short title, the same for every occurrence (RFC 9457, `title`).
            #[must_use]
            pub const fn title(self) -> &'static str { match self { $(Code::$variant => $title,)+ } }

            /// What the code means.
            #[must_use]
            pub const fn meaning(self) -> &'static str { match self { $(Code::$variant => concat!($($meaning),+),)+ } }

            /// What the caller can do about it.
            #[must_use]
            pub const fn remedy(self) -> &'static str { match self { $(Code::$variant => $remedy,)+ } }
        }
    };
}

codes! {
    /// One or more fields break a rule; each is listed.
    Invalid = "invalid", Invalid, "The input breaks a rule", "Correct each field listed in `errors` and send the request again.";
    /// A pack has faults; each is listed with its file, line and column.
    PackInvalid = "pack_invalid", Invalid, "The pack has faults", "Run `cairn content check` on the directory, mend each fault and send the pack again.";
    /// No valid credential came with the request.
    Unauthenticated = "unauthenticated", Unauthenticated, "Sign-in is needed", "Sign in, or send a valid token as `Authorization: Bearer …`.";
    /// The e-mail address and the password do not belong together.
    WrongCredentials = "wrong_credentials", Unauthenticated, "The e-mail address or the password is wrong", "Check both and try again.";
    /// The session or the token is unknown, expired or revoked.
    CredentialExpired = "credential_expired", Unauthenticated, "The credential is no longer valid", "Sign in again, or make a new token.";
    /// The actor's roles do not allow this.
    RoleMissing = "role_missing", Forbidden, "Your role does not allow this", "Ask an admin for the role that the detail names.";
    /// The token's scopes do not allow this.
    ScopeMissing = "scope_missing", Forbidden, "The token's scope does not allow this", "Make a token with the scope that the detail names.";
    /// The operation needs a signed-in session; a token does not do.
    SessionNeeded = "session_needed", Forbidden, "A session is needed", "Sign in with the password and repeat the request with the session.";
    /// Accounts are made by an admin on this server.
    SignUpClosed = "sign_up_closed", Forbidden, "Sign-up is closed", "Ask an admin of this server for an account.";
    /// The thing does not exist, or you may not know that it does.
    NotFound = "not_found", NotFound, "There is no such thing here", "Check the address; list the collection to see what there is.";
    /// The e-mail address already has an account.
    EmailTaken = "email_taken", Conflict, "The e-mail address already has an account", "Sign in, or use another address.";
    /// The last admin who can sign in would lose the role or the account.
    LastAdmin = "last_admin", Conflict, "The last admin must stay", "Give another user the role of admin first.";
    /// The learner already has an open enrolment on this target.
    AlreadyEnrolled = "already_enrolled", Conflict, "You are already enrolled", "Use the enrolment that the detail names.";
    /// The course or track is retired and takes no new learners.
    TargetRetired = "target_retired", Conflict, "This course or track is retired", "Choose one from the catalogue.";
    /// The enrolment is in a state that does not allow this.
    WrongState = "wrong_state", Conflict, "The enrolment's state does not allow this", "Resume the enrolment, or make a new one.";
    /// The lesson's prerequisites are not all met; the detail names them, and the shortest way to unlock it.
    Locked = "locked", Conflict, "The lesson is locked", "Go the way that the detail names, take a quiz or drill as a challenge, or ask an instructor for a waiver.";
    /// The lesson is of another kind than the request supposes.
    WrongLessonKind = "wrong_lesson_kind", Conflict, "The lesson is of another kind", "Read a reading; take an attempt at a quiz or a drill; hand in work at a capstone.";
    /// An attempt at this quiz or drill is already open.
    AttemptOpen = "attempt_open", Conflict, "An attempt is already open", "Go on with the open attempt that the detail names.";
    /// The attempt has been graded already.
    AttemptGraded = "attempt_graded", Conflict, "The attempt has been graded", "Start a new attempt.";
    /// The attempt at a drill has been judged already; nothing is handed in twice.
    AttemptJudged = "attempt_judged", Conflict, "The attempt has been judged", "Look at its verdict, or start a new attempt.";
    /// The time in which the attempt at a drill took something is over.
    AttemptExpired = "attempt_expired", Conflict, "The attempt has expired", "Start a new attempt and hand in what was seen of that one.";
    /// The transcript does not bring the nonce of this attempt.
    NonceWrong = "nonce_wrong", Conflict, "The transcript is not of this attempt", "Send the nonce that came with this attempt, or run the drill for a new one.";
    /// No run of the drill gives such a transcript; the detail says why.
    TranscriptInvalid = "transcript_invalid", Invalid, "The transcript is not one of this drill", "Run the drill again with a current `cairn check`.";
    /// The transcript is larger than any that is taken.
    TranscriptTooLarge = "transcript_too_large", Invalid, "The transcript is too large", "Have your service answer with smaller bodies, and run the drill again.";
    /// There is no verdict yet, or what it was made of is no longer kept.
    NothingToReplay = "nothing_to_replay", Conflict, "There is nothing to evaluate again", "Look at the verdict that is stored, or take a new attempt.";
    /// The server cannot run SQL at the moment.
    SandboxUnavailable = "sandbox_unavailable", Unavailable, "SQL cannot be run at the moment", "Hand it in again later; the attempt stays open until it expires.";
    /// The work at a capstone has been accepted already.
    SubmissionAccepted = "submission_accepted", Conflict, "The work has been accepted", "There is nothing left to hand in here.";
    /// The last version of the work has been reviewed already.
    AlreadyReviewed = "already_reviewed", Conflict, "The work has been reviewed", "Wait until the learner hands in another version.";
    /// Nobody reviews work of their own.
    OwnWork = "own_work", Forbidden, "This is your own work", "Ask another instructor for the review.";
    /// All attempts that the quiz or drill allows are used up.
    AttemptsExhausted = "attempts_exhausted", Conflict, "No attempts are left", "Ask your instructor; a new revision of the lesson allows new attempts.";
    /// The lesson asks for a pause after a failed attempt.
    CoolDown = "cool_down", Throttled, "The lesson asks for a pause", "Wait until the time in `Retry-After`, then start a new attempt.";
    /// An id or slug of the pack belongs to another pack of this server.
    IdTaken = "id_taken", Conflict, "An id belongs to another pack", "Rename what the detail names.";
    /// The pack's release changed while the request was made.
    ReleaseMoved = "release_moved", Stale, "The pack has a newer release", "Plan again and apply what the new plan shows.";
    /// The release would take something away from a learner. Nothing was written.
    ProgressLost = "progress_lost", Conflict, "The release would lose progress", "Report this with the pack: it is a fault of Cairn, and nothing was changed.";
    /// The version that the request was made for is not the present one.
    Stale = "stale", Stale, "The resource has changed", "Fetch it again, look at the change and repeat the request with the new `ETag`.";
    /// The idempotency key was used for another request.
    KeyReused = "idempotency_key_reused", Invalid, "The idempotency key belongs to another request", "Use a new key for a new request.";
    /// A request with the same idempotency key is being worked on.
    KeyInFlight = "idempotency_key_in_flight", Conflict, "The same request is in flight", "Repeat the request a little later with the same key.";
    /// The page cursor was not made by this server, or for another list.
    BadCursor = "bad_cursor", Invalid, "The cursor is not valid", "Take the cursor from `next` unchanged, or start from the first page.";
    /// Too many tries in a short time.
    Throttled = "throttled", Throttled, "Too many tries", "Wait for the time in `Retry-After`.";
    /// Something with the same unique value exists already.
    Duplicate = "duplicate", Conflict, "It exists already", "Choose another value, or use the existing one.";
    /// The server is busy; the request was not begun.
    Busy = "busy", Unavailable, "The server is busy", "Repeat the request after the time in `Retry-After`.";
    /// The database cannot be reached or refuses to write. Nothing was changed.
    StoreUnavailable = "store_unavailable", Unavailable, "The database is not available", "Repeat the request later; operators find the cause in the server's log.";
    /// A fault of the service. It has been logged under the request id.
    Internal = "internal", Internal, "Something went wrong on our side", "Repeat the request later, and report the request id if it stays.";
}

/// One broken rule in the input.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Violation {
    /// Where: a JSON Pointer (RFC 6901) into the request's body, such as `/email`.
    pub pointer: String,
    /// Which rule, in snake case: `required`, `too_long`, `not_an_email`, …
    pub rule: String,
    /// What is wrong and what would be right, for a person.
    pub detail: String,
}

/// Collects violations so that all faults are told at once.
#[derive(Debug, Default)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Starts with none.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, pointer: impl Into<String>, rule: &str, detail: impl Into<String>) {
        self.0.push(Violation { pointer: pointer.into(), rule: rule.to_owned(), detail: detail.into() });
    }

    /// Keeps a value, or notes why it is refused and gives `None`.
    ///
    /// The violations of an [`Error`] of kind [`Kind::Invalid`] are taken over under `pointer`.
    pub fn take<T>(&mut self, pointer: &str, value: Result<T>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(error) if error.violations().is_empty() => {
                self.push(pointer, error.code().as_str(), error.message());
                None
            }
            Err(error) => {
                for v in error.violations {
                    self.0.push(Violation { pointer: format!("{pointer}{}", v.pointer), ..v });
                }
                None
            }
        }
    }

    /// Whether none was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` when none was noted.
    ///
    /// # Errors
    /// [`Code::Invalid`] with all violations.
    pub fn check(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::invalid(self.0)) }
    }
}

/// A refusal with a public message and, apart from it, an internal cause.
///
/// [`fmt::Display`] gives only what a caller may see. The cause is reached through
/// [`std::error::Error::source`] and is meant for the log.
#[derive(Debug)]
pub struct Error {
    code: Code,
    message: String,
    violations: Vec<Violation>,
    retry_after: Option<std::time::Duration>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `code` with a public message that says what is wrong here.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), violations: Vec::new(), retry_after: None, cause: None }
    }

    /// [`Code::Invalid`] with its violations.
    #[must_use]
    pub fn invalid(violations: Vec<Violation>) -> Self {
        let message = match violations.as_slice() {
            [one] => one.detail.clone(),
            many => format!("{} fields break a rule.", many.len()),
        };
        Self { violations, ..Self::new(Code::Invalid, message) }
    }

    /// [`Code::Invalid`] with one violation.
    #[must_use]
    pub fn field(pointer: &str, rule: &str, detail: impl Into<String>) -> Self {
        Self::invalid(vec![Violation { pointer: pointer.to_owned(), rule: rule.to_owned(), detail: detail.into() }])
    }

    /// [`Code::NotFound`] for a thing of this name, such as `"course"`.
    #[must_use]
    pub fn not_found(thing: &str, id: impl fmt::Display) -> Self {
        Self::new(Code::NotFound, format!("There is no {thing} `{id}`."))
    }

    /// [`Code::Internal`]; the cause stays internal.
    #[must_use]
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(Code::Internal, "The server could not complete the request.").because(cause)
    }

    /// Adds an internal cause, for the log.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Adds how long the caller should wait.
    #[must_use]
    pub fn after(mut self, wait: std::time::Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// The kind of refusal.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.code.kind()
    }

    /// What is wrong here, for the caller.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The broken rules, for [`Kind::Invalid`].
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// How long to wait before a repetition can succeed.
    #[must_use]
    pub fn retry_after(&self) -> Option<std::time::Duration> {
        self.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| &**cause as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_snake_case() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{} twice", code.as_str());
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            assert!(code.remedy().ends_with('.') && !code.title().ends_with('.'));
            assert!(!code.meaning().is_empty());
        }
    }

    #[test]
    fn the_cause_never_shows_in_the_message() {
        let error = Error::internal("password=hunter2");
        assert!(!error.to_string().contains("hunter2"));
        assert!(std::error::Error::source(&error).is_some());
    }

    #[test]
    fn violations_are_nested_under_their_pointer() {
        let mut all = Violations::new();
        assert!(all.take::<()>("/quiz", Err(Error::field("/pass_mark", "range", "too high"))).is_none());
        let error = all.check().unwrap_err();
        assert_eq!(error.violations()[0].pointer, "/quiz/pass_mark");
        assert_eq!(error.message(), "too high");
    }
}
