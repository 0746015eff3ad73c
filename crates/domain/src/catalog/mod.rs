//! What can be learnt: documents, the prerequisite graph, packs and their releases.

mod asset;
mod catalogue;
mod document;
mod fault;
mod graph;
mod library;
mod plan;
mod ports;
mod publish;
mod quiz;
mod read;
mod release;
mod way;

pub use asset::media_type;
pub use catalogue::{Catalogue, Doc};
pub use document::{
    CapstoneRules, Course, Criterion, Detail, DocKind, Document, DrillRules, Guide, HandIn, Lesson, LessonKind,
    QuizRules, Requires, Stage, Track, Tries,
};
pub use fault::{CatalogueFault, Fault, FaultKind};
pub use graph::{Attained, Edge, Graph, Need, Node};
pub use library::Library;
pub use plan::{Action, COMPARED, Change, Part, Plan, plan_release};
pub use ports::{CatalogReader, CatalogWriter, PackFormat};
pub use publish::{Applied, apply_release, export_release, plan_draft, release_changes, roll_back};
pub use quiz::{
    Answer, AnswerKey, AnswerKeyRecord, Choice, Expected, GivenAnswer, Grade, Ignore, KeyedAnswer, Question,
    QuestionForm, QuestionGrade, Quiz,
};
pub use read::{Found, asset, find, list_releases, release};
pub use release::{Draft, DraftDocument, Entry, Link, Move, PackInfo, Release, SourceFile, Task};
pub use way::{MOST_BRANCHES, Way};
