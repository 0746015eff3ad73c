//! What every context needs: ids, time, pages, text and errors.

mod date;
mod error;
mod ids;
mod page;
mod ports;
mod text;
mod time;

pub use date::Date;
pub use error::{Code, Error, Kind, Result, Violation, Violations};
pub use ids::{
    AttemptId, ChoiceId, ContentId, CourseId, CriterionId, EnrolmentId, GuideId, LessonId, PackId, QuestionId,
    ReleaseId, Revision, SessionId, SkillId, SubmissionId, TokenId, TrackId, UserId,
};
pub use page::{DEFAULT_LIMIT, MAX_LIMIT, Page, PageRequest};
pub use ports::{Clock, CursorSigner, Ids};
pub use text::{check_text, line, refuse_nul, refuse_nul_in_json};
pub use time::Timestamp;
/// What ids are made of; given on, so that an implementation of [`Ids`] needs no dependency of its own.
pub use uuid::Uuid;
