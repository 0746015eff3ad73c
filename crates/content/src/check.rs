//! A pack's files become a draft, or all of their faults.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;

use cairn_domain::catalog::{
    AnswerKey, Catalogue, CatalogueFault, Choice, Detail, DocKind, Document, Draft, DraftDocument, Fault, FaultKind,
    KeyedAnswer, Link, Question, QuestionForm, Quiz, SourceFile, Task, media_type,
};
use cairn_domain::shared::{ChoiceId, ContentId};

use crate::document::{DocumentSource, Places, read_document};
use crate::faults::{Code, Faults, Guesses, MAX_FAULTS, Pos, did_you_mean, fault, listed};
use crate::files::Budget;
use crate::limits::{Limits, shown};
use crate::markdown::{Pending, Rendered, Role, Site, Source, Target, render};
use crate::pack::{PackSource, check_moves, read_pack};
use crate::paths;
use crate::place::Place;
use crate::quiz::{FormSource, QuizSource};
use crate::revision::{Asked, Key};
use crate::{image, revision};

/// Checks a pack's files and renders them.
///
/// # Errors
/// Every fault of the pack, ordered by file, line and column; the first 2,000 of them.
pub fn check(files: &[SourceFile]) -> Result<Draft, Vec<Fault>> {
    let mut check = Check { faults: Vec::new(), dropped: false, guesses: Guesses::OF_PACK, most_html: MAX_HTML };
    check.run(files).ok_or_else(|| check.faults())
}

/// How many documents are rendered before their faults and guesses are counted; where there are fewer, threads cost
/// more than they bring.
const TOGETHER: usize = 32;
/// How many threads render: each needs the memory of a text with all of its parts.
const MAX_THREADS: usize = 2;
/// The longest HTML that all texts together may become, in bytes: twice what they may have.
const MAX_HTML: usize = 128 << 20;

struct Check {
    faults: Vec<Fault>,
    /// Whether more were found than are kept.
    dropped: bool,
    guesses: Guesses,
    /// How long the HTML of all texts together may become, in bytes.
    most_html: usize,
}

/// A document on its way.
struct Item<'a> {
    path: &'a str,
    folder: &'a str,
    source: DocumentSource,
}

/// A document's texts, rendered.
struct Texts {
    html: String,
    anchors: BTreeSet<String>,
    links: BTreeSet<(DocKind, ContentId)>,
    pending: Vec<Pending>,
    quiz: Option<(Quiz, Key)>,
}

impl Texts {
    fn size(&self) -> usize {
        let quiz = self.quiz.as_ref().map_or(0, |(quiz, key)| {
            let choices = |form: &QuestionForm| match form {
                QuestionForm::Single { choices } | QuestionForm::Multiple { choices } => {
                    choices.iter().map(|choice| choice.text.len()).sum()
                }
                QuestionForm::Numeric { .. } | QuestionForm::Text => 0,
            };
            let questions = quiz.questions.iter().map(|question| question.prompt.len() + choices(&question.form));
            questions.sum::<usize>() + key.iter().map(|(.., explanation)| explanation.len()).sum::<usize>()
        });
        self.html.len() + quiz
    }
}

impl Check {
    fn faults(self) -> Vec<Fault> {
        listed(self.faults, self.dropped)
    }

    /// Lets a file's faults be found, and takes them.
    fn look<T>(&mut self, file: &str, find: impl FnOnce(&mut Faults) -> T) -> T {
        let had = self.guesses.share(1);
        let mut faults = Faults::of(file, had);
        let found = find(&mut faults);
        self.take(faults, had);
        found
    }

    fn take(&mut self, faults: Faults, had: Guesses) {
        let (found, dropped, left) = faults.into_parts();
        self.guesses.spend(had, left);
        self.dropped |= dropped;
        for fault in found {
            self.push(fault);
        }
    }

    fn push(&mut self, fault: Fault) {
        // Files come in order, so that what is kept is the beginning of the list.
        if self.faults.len() < 10 * MAX_FAULTS {
            self.faults.push(fault);
        } else {
            self.dropped = true;
        }
    }

    fn add(&mut self, file: &str, code: Code, message: impl Into<String>, help: impl Into<String>) {
        self.push(fault(file, Pos::FILE, code.as_str(), message, help));
    }

    fn run(&mut self, files: &[SourceFile]) -> Option<Draft> {
        self.faults.extend(paths::check_all(files.iter().map(|file| file.path.as_str())));
        let mut files: Vec<_> = files.iter().filter(|file| !paths::is_hidden(&file.path)).cloned().collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        self.check_sizes(&files);
        if !self.faults.is_empty() {
            // What can't be kept, or is there twice, can't be judged either.
            return None;
        }
        let pack = self.read_pack(&files);
        let items = self.read_documents(&files);
        let unreadable = Unreadable::of(&pack, &items);
        let present = self.check_documents(&pack, &items, &unreadable);
        self.look("pack.yaml", |faults| check_moves(&pack.moves, &present, &unreadable.kinds, faults));

        let site = self.site(&files, &items);
        let texts = self.render(&items, &site);
        self.check_anchors(&items, &texts);
        let sources = items.into_iter().map(|item| item.source).collect();
        if self.faults.is_empty() { draft(pack, sources, texts, files) } else { None }
    }

    fn check_sizes(&mut self, files: &[SourceFile]) {
        let mut budget = Budget::new(Limits::PACK);
        for file in files {
            let taken = budget.take(&file.path, file.bytes.len() as u64);
            if let Err((fault, go_on)) = budget.member().map_err(|fault| (fault, false)).and(taken) {
                self.faults.push(fault);
                if !go_on {
                    break;
                }
            }
        }
    }

    fn read_pack(&mut self, files: &[SourceFile]) -> PackSource {
        let Some(file) = files.iter().find(|file| file.path == "pack.yaml") else {
            let elsewhere = files.iter().find_map(|file| file.path.strip_suffix("/pack.yaml"));
            let help = match elsewhere {
                Some(folder) => {
                    format!("There is one in `{folder}`: name that folder, or make the archive from inside it.")
                }
                None if files.iter().any(|file| file.path == "pack.yml") => "Rename `pack.yml`.".to_owned(),
                None => "Write one; it begins with `format: cairn-pack/v1`.".to_owned(),
            };
            self.add("pack.yaml", Code::MissingPackFile, "There is no `pack.yaml` at the root of the pack.", help);
            return PackSource::default();
        };
        self.look("pack.yaml", |faults| read_pack(&file.bytes, faults))
    }

    fn read_documents<'a>(&mut self, files: &'a [SourceFile]) -> Vec<Item<'a>> {
        let mut items = Vec::new();
        let (mut with_lessons, mut with_course) = (BTreeSet::new(), BTreeSet::new());
        for file in files {
            let place = Place::of(&file.path);
            let folder = match place {
                Place::Course(folder) => {
                    with_course.insert(folder);
                    folder
                }
                Place::Lesson(folder) => {
                    with_lessons.insert(folder);
                    folder
                }
                Place::Misplaced => {
                    self.add(
                        &file.path,
                        Code::MisplacedFile,
                        "A Markdown file in `courses/` is in no course.",
                        "Move it into the folder of its course.",
                    );
                    continue;
                }
                _ => "",
            };
            if let Some(kind) = place.kind() {
                let source = self.look(&file.path, |faults| read_document(kind, &file.bytes, faults));
                items.push(Item { path: &file.path, folder, source });
            } else if place == Place::Other {
                self.look(&file.path, |faults| image::check(&file.path, &file.bytes, faults));
            }
        }
        for folder in with_lessons.difference(&with_course) {
            let path = format!("courses/{folder}/course.md");
            self.add(
                &path,
                Code::MissingCourseFile,
                format!("The folder `courses/{folder}` has no `course.md`."),
                "Write it, with `lessons:` in their order.",
            );
        }
        items
    }

    /// Checks documents together. Gives those that are there.
    fn check_documents(
        &mut self,
        pack: &PackSource,
        items: &[Item<'_>],
        unreadable: &Unreadable<'_>,
    ) -> BTreeSet<(DocKind, ContentId)> {
        let mut known: BTreeMap<(DocKind, ContentId), (&str, &Places, &str)> = BTreeMap::new();
        let mut documents = Vec::new();
        for (skill, places) in &pack.skills {
            known.insert(skill.key(), ("pack.yaml", places, ""));
            documents.push(skill.clone());
        }
        for item in items {
            let Some(document) = &item.source.document else { continue };
            if let Some((other, ..)) = known.get(&document.key()) {
                let (at, _) = item.source.places.find("id");
                let message = format!("`{}` is already the id of the {} in `{other}`.", document.id, document.kind());
                self.push(fault(
                    item.path,
                    at,
                    FaultKind::DuplicateId.as_str(),
                    message,
                    "Give one of them another id.",
                ));
                continue;
            }
            known.insert(document.key(), (item.path, &item.source.places, item.folder));
            documents.push(document.clone());
        }
        for found in Catalogue::build(documents).err().unwrap_or_default() {
            let Some((file, places, folder)) = known.get(&found.document) else { continue };
            if !unreadable.explains(&found, folder) {
                let placed = placed(&found, file, places, &known, &mut self.guesses);
                self.push(placed);
            }
        }
        self.check_folders(items, &known);
        known.into_keys().collect()
    }

    /// A course lists lessons of its own folder.
    fn check_folders(&mut self, items: &[Item<'_>], known: &BTreeMap<(DocKind, ContentId), (&str, &Places, &str)>) {
        for item in items {
            let Some(Document { detail: Detail::Course(course), .. }) = &item.source.document else { continue };
            for (at, id) in course.lessons.iter().enumerate() {
                let Some((path, _, folder)) = known.get(&(DocKind::Lesson, id.into())) else { continue };
                if *folder != item.folder {
                    let (place, _) = item.source.places.find(&format!("lessons[{at}]"));
                    let message = format!("The lesson `{id}` is in `{path}`, the folder of another course.");
                    let help = format!(
                        "Move the file into `courses/{}`, or require the lesson instead of listing it.",
                        item.folder
                    );
                    self.push(fault(item.path, place, Code::LessonElsewhere.as_str(), message, help));
                }
            }
        }
    }

    fn site<'a>(&mut self, files: &'a [SourceFile], items: &'a [Item<'a>]) -> Site<'a> {
        let mut site = Site::default();
        for file in files {
            site.add(&file.path, target(file));
        }
        for item in items {
            site.add(
                item.path,
                match &item.source.document {
                    Some(document) => {
                        Target::Document { kind: document.kind(), id: document.id.clone(), slug: document.slug.clone() }
                    }
                    None => Target::Broken,
                },
            );
        }
        site
    }

    /// Renders the documents, several at a time. Neither the texts nor the faults depend on how many threads there are.
    fn render(&mut self, items: &[Item<'_>], site: &Site<'_>) -> Vec<Texts> {
        let mut all = Vec::with_capacity(items.len());
        let mut html = 0;
        for some in items.chunks(TOGETHER) {
            let had = self.guesses.share(some.len());
            for (texts, faults) in in_parallel(some, |item| render_item(item, site, had)) {
                self.take(faults, had);
                html += texts.size();
                all.push(texts);
            }
            if html > self.most_html {
                let message = format!("The texts become more than {} of HTML in all.", shown(self.most_html as u64));
                self.add("", Code::TooLarge, message, "Divide the pack into several.");
                break;
            }
        }
        all
    }

    fn check_anchors(&mut self, items: &[Item<'_>], texts: &[Texts]) {
        let anchors: BTreeMap<&str, &BTreeSet<String>> =
            items.iter().zip(texts).map(|(item, texts)| (item.path, &texts.anchors)).collect();
        for (item, texts) in items.iter().zip(texts) {
            self.look(item.path, |faults| {
                for Pending { at, path, anchor } in &texts.pending {
                    let Some(there) = anchors.get(path.as_str()).filter(|there| !there.contains(anchor)) else {
                        continue;
                    };
                    let near = faults.guesses.near_miss(anchor, there.iter().map(String::as_str));
                    let near = near.map(|near| format!("#{near}"));
                    let message = format!("`{path}` has no heading with the anchor `#{}`.", crate::yaml::short(anchor));
                    let help = "An anchor is its heading in lower case, with `-` for spaces and without punctuation.";
                    faults.add(*at, Code::DanglingAnchor, message, did_you_mean(near.as_deref(), help));
                }
            });
        }
    }
}

/// Does the same with each of the items, in threads where there are enough of them, and keeps their order.
fn in_parallel<I: Sync, O: Send>(items: &[I], each: impl Fn(&I) -> O + Sync) -> Vec<O> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
    if threads == 1 || items.len() < TOGETHER {
        return items.iter().map(each).collect();
    }
    std::thread::scope(|scope| {
        let parts = items.chunks(items.len().div_ceil(threads));
        let parts: Vec<_> = parts.map(|part| scope.spawn(|| part.iter().map(&each).collect::<Vec<_>>())).collect();
        // A panic goes on in the thread that asked, as it does without threads.
        parts.into_iter().flat_map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

fn render_item(item: &Item<'_>, site: &Site<'_>, guesses: Guesses) -> (Texts, Faults) {
    let mut faults = Faults::of(item.path, guesses);
    let mut all = Rendered::default();
    if let Some(body) = &item.source.body {
        all = render(body, Role::Body, item.path, site, &mut faults);
    }
    let quiz = item.source.quiz.as_ref().map(|quiz| {
        let mut fragment = |source: &Source, role| {
            let rendered = render(source, role, item.path, site, &mut faults);
            all.links.extend(rendered.links);
            all.pending.extend(rendered.pending);
            rendered.html
        };
        render_quiz(quiz, &mut fragment)
    });
    (Texts { html: all.html, anchors: all.anchors, links: all.links, pending: all.pending, quiz }, faults)
}

/// What a file that is no document is to a link.
fn target(file: &SourceFile) -> Target {
    let extension = file.path.rsplit('.').next().unwrap_or_default();
    let address = || format!("/assets/{}.{extension}", file.digest);
    match media_type(&file.path) {
        Some(kind) if kind.starts_with("image/") => Target::Image(address()),
        Some(_) if std::str::from_utf8(&file.bytes).is_ok() => Target::Example(address()),
        Some(_) => Target::Unserved,
        None if image::looks_like_one(&file.path) => Target::OtherImage,
        None => Target::Unserved,
    }
}

/// Which documents may be missing only because their files could not be read.
struct Unreadable<'a> {
    kinds: BTreeSet<DocKind>,
    /// Courses whose list of lessons is not known.
    folders: BTreeSet<&'a str>,
    /// Some lesson has faults, so that what it teaches is not known.
    lessons: bool,
}

impl<'a> Unreadable<'a> {
    fn of(pack: &PackSource, items: &[Item<'a>]) -> Self {
        let mut kinds: BTreeSet<_> =
            items.iter().filter(|item| item.source.document.is_none()).map(|item| item.source.kind).collect();
        if !pack.has_skills {
            kinds.insert(DocKind::Skill);
        }
        let courses: BTreeSet<_> =
            items.iter().filter(|i| i.source.kind == DocKind::Course && i.source.sound).map(|i| i.folder).collect();
        let folders = items.iter().map(|item| item.folder).filter(|folder| !courses.contains(folder)).collect();
        let lessons = items.iter().any(|i| i.source.kind == DocKind::Lesson && !i.source.sound);
        Self { kinds, folders, lessons }
    }

    /// Whether a fault may only follow from another one that is reported.
    fn explains(&self, found: &CatalogueFault, folder: &str) -> bool {
        match found.kind {
            FaultKind::UnlistedLesson => self.folders.contains(folder),
            FaultKind::NeverTaught => self.lessons,
            FaultKind::DanglingReference | FaultKind::DanglingPrerequisite => {
                referred(&found.field).is_some_and(|kind| self.kinds.contains(&kind))
            }
            _ => false,
        }
    }
}

/// The kind of document that a field refers to.
fn referred(field: &str) -> Option<DocKind> {
    let field = field.rsplit_once('[').filter(|_| field.ends_with(']')).map_or(field, |(name, _)| name);
    Some(match field.rsplit('.').next().unwrap_or_default() {
        "skills" | "teaches" => DocKind::Skill,
        "lessons" | "drills" => DocKind::Lesson,
        "courses" | "course" => DocKind::Course,
        "track" => DocKind::Track,
        "guide" => DocKind::Guide,
        _ => return None,
    })
}

/// A catalogue's fault at its place in a file.
fn placed(
    found: &CatalogueFault,
    file: &str,
    places: &Places,
    known: &BTreeMap<(DocKind, ContentId), (&str, &Places, &str)>,
    guesses: &mut Guesses,
) -> Fault {
    let (at, text) = places.find(&found.field);
    let dangling = matches!(found.kind, FaultKind::DanglingReference | FaultKind::DanglingPrerequisite);
    let near = referred(&found.field).filter(|_| dangling).and_then(|kind| {
        let ids = known.keys().filter(|(other, _)| *other == kind).map(|(_, id)| id.as_str());
        guesses.near_miss(text, ids)
    });
    let help = match near {
        Some(near) => format!("Did you mean `{near}`? {}", found.help),
        None => found.help.clone(),
    };
    fault(file, at, found.kind.as_str(), found.message.clone(), help)
}

fn render_quiz(quiz: &QuizSource, fragment: &mut dyn FnMut(&Source, Role) -> String) -> (Quiz, Key) {
    let (mut questions, mut key) = (Vec::new(), Vec::new());
    for source in &quiz.questions {
        let choices = |all: &[(ChoiceId, Source)], fragment: &mut dyn FnMut(&Source, Role) -> String| -> Vec<Choice> {
            all.iter().map(|(id, text)| Choice { id: id.clone(), text: fragment(text, Role::Choice) }).collect()
        };
        let prompt = fragment(&source.prompt, Role::Fragment);
        let form = match &source.form {
            FormSource::Single(all) => QuestionForm::Single { choices: choices(all, fragment) },
            FormSource::Multiple(all) => QuestionForm::Multiple { choices: choices(all, fragment) },
            FormSource::Numeric { unit } => QuestionForm::Numeric { unit: unit.clone() },
            FormSource::Text => QuestionForm::Text,
        };
        let explanation = fragment(&source.explanation, Role::Fragment);
        questions.push(Question { id: source.id.clone(), points: source.points, prompt, form });
        key.push((source.id.clone(), source.expected.clone(), explanation));
    }
    (Quiz { questions }, key)
}

fn draft(pack: PackSource, sources: Vec<DocumentSource>, texts: Vec<Texts>, files: Vec<SourceFile>) -> Option<Draft> {
    let mut documents = Vec::new();
    let mut links = BTreeSet::new();
    for (mut document, _) in pack.skills {
        document.revision = revision::of_document(&document, "", &Asked::Nothing);
        documents.push(DraftDocument { document, html: String::new(), task: None });
    }
    for (source, texts) in sources.into_iter().zip(texts) {
        let mut document = source.document?;
        let from = document.key();
        let others = texts.links.into_iter().filter(|to| *to != from);
        links.extend(others.map(|to| Link { from: from.clone(), to }));
        let asked = texts.quiz.as_ref().map_or(Asked::Nothing, |(quiz, key)| Asked::Quiz(quiz, key));
        document.revision = revision::of_document(&document, &texts.html, &asked);
        let task = texts.quiz.map(|(quiz, key)| {
            let answers =
                key.into_iter().map(|(id, expected, explanation)| (id, KeyedAnswer { expected, explanation }));
            Task::Quiz(quiz, AnswerKey::new(answers))
        });
        documents.push(DraftDocument { document, html: texts.html, task });
    }
    documents.sort_by_key(|one| one.document.key());
    Some(Draft {
        pack: pack.info?,
        digest: revision::of_files(&files),
        documents,
        moves: pack.moves.into_iter().map(|one| one.step).collect(),
        links: links.into_iter().collect(),
        files,
    })
}

#[cfg(test)]
mod tests;
