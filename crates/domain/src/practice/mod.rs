//! Practice on real things: attempts at drills, whose verdict a machine gives, and capstones, which an instructor reviews.
//!
//! A learner's machine observes how an HTTP drill goes and hands in a transcript; the answer to an SQL or migration drill
//! runs in a [`Sandbox`], outside any transaction. Either way [`cairn_drill`] makes the verdict, under the revision at which
//! the attempt began.

mod attempt;
mod capstone;
mod evaluate;
mod judging;
mod ports;
mod re_evaluation;
mod starting;
mod submitting;

pub use attempt::{DrillAttempt, DrillState, HandedIn, Judged, MOST_SQL, MOST_TRANSCRIPT, Nonce, Provenance};
pub use capstone::{Comment, HandedWork, MOST_VERSIONS, Review, Submission, SubmissionState, WorkVersion};
pub use evaluate::{Observed, Prepared};
pub use judging::{judge_transcript, prepare_replay, prepare_solution, record_solution_verdict, replay};
pub use ports::{DrillAttemptReader, DrillAttemptWriter, Sandbox, SubmissionReader, SubmissionWriter};
pub use re_evaluation::{
    LOOKED_AT, ReEvaluation, VerdictChange, apply_re_evaluation, begin_re_evaluation, next_judged,
};
pub use starting::{
    NewDrillAttempt, drill_of, forget_handed_in, list_drill_attempts, open_drill_attempt, start_drill_attempt, vars_of,
    view_drill_attempt,
};
pub use submitting::{comment, hand_in, list_submissions, review, submission};
