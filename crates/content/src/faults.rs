use cairn_domain::catalog::{Fault, FaultKind};

/// A place in a file: line and column in characters, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pos {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Pos {
    /// The file as a whole.
    pub(crate) const FILE: Self = Self { line: 0, column: 0 };

    pub(crate) const fn new(line: u32, column: u32) -> Self {
        Self { line, column }
    }
}

macro_rules! codes {
    ($($name:ident = $code:literal: $meaning:literal, $remedy:literal;)+) => {
        /// A rule that a pack can break, apart from those of the catalogue as a whole ([`FaultKind`]).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code { $($name),+ }

        impl Code {
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }
        }

        const OWN: &[Rule] = &[$(Rule { code: $code, meaning: $meaning, remedy: $remedy }),+];
    };
}

codes! {
    Unreadable = "unreadable": "A file or folder could not be read.", "Look at its permissions.";
    Symlink = "symlink": "A symbolic link.", "Replace the link by the file itself.";
    NotAFile = "not-a-file": "A hard link, device, pipe, socket or sparse member.", "Keep only plain files and folders.";
    BadArchive = "bad-archive": "The archive is no gzipped tar, is cut off or is damaged.", "Make it again, for instance with `tar czf pack.tar.gz -C FOLDER .`.";
    BadPath = "bad-path": "A path is absolute, has `..`, a backslash or a control character, is not UTF-8, too long or too deep.", "Rename the file, or move it up.";
    DuplicatePath = "duplicate-path": "The archive has a file twice, or a file where it also has a folder.", "Keep one of them.";
    PathCollision = "path-collision": "Two paths differ only in upper and lower case or in how accents are composed, so some systems can't hold both.", "Rename one of them.";
    TooLarge = "too-large": "A file, or the pack, is larger than the limit.", "Split the text, or make the image smaller.";
    TooManyFiles = "too-many-files": "The pack has more files than the limit.", "Divide it into several packs.";
    TooManyFaults = "too-many-faults": "There are more than 2,000 faults; the others are not listed.", "Mend these first.";
    MissingPackFile = "missing-pack-file": "There is no `pack.yaml` at the root.", "Name the folder that has it, or write one.";
    MissingCourseFile = "missing-course-file": "A folder under `courses/` has Markdown files and no `course.md`.", "Write its `course.md`, or move the files.";
    MisplacedFile = "misplaced-file": "A Markdown file lies directly in `courses/`.", "Move it into the folder of its course.";
    NotUtf8 = "not-utf-8": "A text is not valid UTF-8.", "Save it as UTF-8.";
    ControlCharacter = "control-character": "A text has U+0000 or another control character.", "Remove it; show it in writing, such as `\\0`.";
    BidiControl = "bidi-control": "A text has a character that changes the direction of writing unseen (U+202A to U+202E, U+2066 to U+2069).", "Remove it; show it in writing, such as `U+202E`.";
    MissingFrontMatter = "missing-front-matter": "A Markdown file does not begin with a front matter between two lines `---`.", "Add it; see the examples above.";
    YamlSyntax = "yaml-syntax": "The YAML can't be read.", "Mend the line; quote texts that have `: ` or ` #` in them or begin with a sign.";
    YamlFeature = "yaml-feature": "An anchor, alias, tag or second document in the YAML, none of which a pack uses.", "Write the value out.";
    YamlTooDeep = "yaml-too-deep": "The YAML is nested deeper than any part of the format.", "Flatten it.";
    DuplicateField = "duplicate-field": "A field stands twice in one mapping.", "Keep one of them.";
    UnknownField = "unknown-field": "A field that the format does not have, or not here.", "Correct its name, or remove it.";
    MissingField = "missing-field": "A field that is needed here is not there.", "Add it.";
    WrongType = "wrong-type": "A value is of another type than the field's, such as a number for a text.", "Write it as the message says; quote a text that looks like a number.";
    BadId = "bad-id": "An id or slug is not of the right form.", "Use lower-case letters and digits, with single `-` or `.` between them, at most 80 in all.";
    BadValue = "bad-value": "A value is not one of those that the field takes.", "Use one of those named.";
    OutOfRange = "out-of-range": "A number is too small or too great, or a list too short or too long.", "Stay in the range named.";
    TooLong = "too-long": "A text is longer than the field takes.", "Shorten it.";
    Duplicate = "duplicate-item": "A list names something twice.", "Remove one of them.";
    UnsupportedFormat = "unsupported-format": "The pack is written in a version of the format that this program does not know.", "Write `format: cairn-pack/v1`, or use a newer Cairn.";
    BadAnswerKey = "bad-answer-key": "A question can't be answered right: no correct choice, several for type `single`, or nothing to compare with.", "Mark the correct choices, or give the accepted answers.";
    MissingDrill = "missing-drill": "The file that a lesson names as its drill is not in the pack.", "Correct the path; it begins at the folder of the course.";
    BadDrill = "bad-drill": "A drill breaks a rule of its form.", "Mend the field that the message names.";
    UnprovenDrill = "unproven-drill": "A drill has no reference, or no solution that is known to be bad.", "Add it, so that the drill is known to tell one from the other.";
    NoTranscript = "no-transcript": "There is no transcript of a solution of an HTTP drill, or it can't be read.", "Record it: `cairn content check --run --record`.";
    ReferenceFails = "reference-fails": "A drill's own reference does not pass it.", "Mend the drill or the reference.";
    KnownBadPasses = "known-bad-passes": "A solution that is known to be bad passes, or fails at another assertion than it says.", "Ask for what it does wrong, or correct its `fails`.";
    LessonElsewhere = "lesson-elsewhere": "A course lists a lesson whose file lies in another course's folder.", "Move the file, or require the lesson instead of listing it.";
    EmptyBody = "empty-body": "A reading, drill or capstone has no text.", "Write it below the front matter.";
    H1InBody = "h1-in-body": "The text has a heading of the first level, which the title is already.", "Begin headings at `##`.";
    UnsafeHtml = "unsafe-html": "The text has raw HTML, comments included.", "Write Markdown; put what is to be seen as HTML into backticks.";
    UnsafeLink = "unsafe-link": "A link is neither relative nor `https:`, `http:` or `mailto:`, or has characters that don't belong in one.", "Link to a file of the pack by its relative path, or to a web address.";
    DanglingLink = "dangling-link": "A link or image leads to a file that is not in the pack.", "Correct the path; it is relative to the file that it stands in.";
    DanglingAnchor = "dangling-anchor": "A link leads to a heading that the text does not have.", "Correct what follows `#`.";
    UnservedFile = "unserved-file": "A link leads to a file of the pack that readers don't get.", "Link to a document, an image or an example of a type that is served.";
    MissingAltText = "missing-alt-text": "An image has no alternative text.", "Write what it shows between the brackets: `![…](…)`.";
    UnknownImageType = "unknown-image-type": "An image is not of a type that is served.", "Use png, jpg, jpeg, gif, webp or svg, in lower case.";
    BrokenImage = "broken-image": "The content of an image is not what its name says.", "Save it again in the type of its name.";
    UnsafeSvg = "unsafe-svg": "An SVG image has scripts, handlers, foreign or outside content, a DOCTYPE, or a `use` that draws more than shapes.", "Save it as plain SVG, without scripts and with its parts inside.";
    TooDeep = "too-deep": "Lists, quotes or other parts of a text are nested too deep.", "Flatten the text.";
}

/// A code of a fault with what it means and how the fault is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// In kebab case, such as `unknown-field`.
    pub code: &'static str,
    /// What is wrong where it is given.
    pub meaning: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

const fn of_catalogue(kind: FaultKind, meaning: &'static str, remedy: &'static str) -> Rule {
    Rule { code: kind.as_str(), meaning, remedy }
}

const CATALOGUE: &[Rule] = &[
    of_catalogue(
        FaultKind::DuplicateId,
        "Two documents of a kind, questions of a quiz or choices of a question have one id.",
        "Give one of them another id.",
    ),
    of_catalogue(FaultKind::DuplicateSlug, "A slug is already another document's slug or id.", "Choose another slug."),
    of_catalogue(
        FaultKind::DanglingReference,
        "A document names one that is not there.",
        "Correct the id, or write the document.",
    ),
    of_catalogue(FaultKind::UnlistedLesson, "A lesson stands in no course's `lessons`.", "Add its id to its course."),
    of_catalogue(FaultKind::ListedTwice, "A lesson or course is listed a second time.", "Remove one of them."),
    of_catalogue(
        FaultKind::DanglingPrerequisite,
        "A required lesson or skill is not there.",
        "Correct the id, or remove it.",
    ),
    of_catalogue(
        FaultKind::NeverTaught,
        "A required skill is taught by no lesson.",
        "Add it to `teaches` of a lesson, or remove it.",
    ),
    of_catalogue(
        FaultKind::Cycle,
        "Prerequisites go round in a circle, which the message names.",
        "Remove one of them.",
    ),
    of_catalogue(
        FaultKind::BadMove,
        "A `moved` record contradicts the documents or another record.",
        "`from` is an id that is gone, `to` one that is there, and each `from` stands once.",
    ),
];

/// Every code that a fault can have, in the order of the documentation.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    OWN.iter().chain(CATALOGUE)
}

/// Faults as they are found, all of one file.
#[derive(Debug)]
pub(crate) struct Faults {
    file: String,
    found: Vec<Fault>,
    pub(crate) guesses: Guesses,
    /// How many were found beyond those that are kept.
    dropped: usize,
}

/// More faults than this are counted and not listed: they have a common cause, or somebody's bad intent.
pub(crate) const MAX_FAULTS: usize = 2_000;

impl Faults {
    pub(crate) fn of(file: &str, guesses: Guesses) -> Self {
        Self { file: file.to_owned(), found: Vec::new(), guesses, dropped: 0 }
    }

    pub(crate) fn add(&mut self, at: Pos, code: Code, message: impl Into<String>, help: impl Into<String>) {
        self.add_code(at, code.as_str(), message, help);
    }

    pub(crate) fn add_code(&mut self, at: Pos, code: &str, message: impl Into<String>, help: impl Into<String>) {
        self.push(fault(&self.file, at, code, message, help));
    }

    pub(crate) fn push(&mut self, fault: Fault) {
        if self.found.len() < MAX_FAULTS {
            self.found.push(fault);
        } else {
            self.dropped += 1;
        }
    }

    /// How many were found.
    pub(crate) fn len(&self) -> usize {
        self.found.len() + self.dropped
    }

    /// Those that are kept, whether there are others, and what is left for guesses.
    pub(crate) fn into_parts(self) -> (Vec<Fault>, bool, Guesses) {
        (self.found, self.dropped > 0, self.guesses)
    }

    #[cfg(test)]
    pub(crate) fn into_vec(self) -> Vec<Fault> {
        self.found
    }
}

/// Faults as they are reported: in order, each once, and no more than anybody reads. `stopped` tells that there are
/// others, which were not kept.
pub(crate) fn listed(mut faults: Vec<Fault>, stopped: bool) -> Vec<Fault> {
    faults.sort();
    faults.dedup();
    if stopped || faults.len() > MAX_FAULTS {
        faults.truncate(MAX_FAULTS);
        let message = format!("There are more faults than the {} that are listed.", faults.len());
        let help = "Mend these first, then check again.";
        faults.push(fault("", Pos::FILE, Code::TooManyFaults.as_str(), message, help));
    }
    faults
}

/// A fault at a place.
pub(crate) fn fault(file: &str, at: Pos, code: &str, message: impl Into<String>, help: impl Into<String>) -> Fault {
    Fault {
        file: file.to_owned(),
        line: at.line,
        column: at.column,
        code: code.to_owned(),
        message: message.into(),
        help: help.into(),
    }
}

/// How much may be done to guess what authors meant. Each guess compares with every name there is, so that a pack of
/// nothing but mistakes would take the square of its size. Who makes so many is not helped by a guess at each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guesses {
    /// Characters compared with characters.
    steps: u64,
}

impl Guesses {
    /// Enough for dozens of guesses among a thousand names.
    pub(crate) const OF_PACK: Self = Self { steps: 40_000_000 };
    /// What a file gets at most, so that those after it get guesses too.
    const OF_FILE: Self = Self { steps: 4_000_000 };

    /// What each of so many files may have of the rest.
    pub(crate) fn share(self, files: usize) -> Self {
        Self { steps: (self.steps / files.max(1) as u64).min(Self::OF_FILE.steps) }
    }

    /// Counts what a file had and did not leave.
    pub(crate) fn spend(&mut self, had: Self, left: Self) {
        self.steps = self.steps.saturating_sub(had.steps - left.steps);
    }

    /// What somebody who wrote `given` may have meant, if any candidate is near.
    pub(crate) fn near_miss<'a>(
        &mut self,
        given: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        // Nobody means a name of that length by accident.
        if given.len() > 200 {
            return None;
        }
        let near = (given.chars().count() / 3).clamp(1, 4);
        let mut best = None;
        for candidate in candidates {
            let comparable = candidate.len().abs_diff(given.len()) <= 2 * near;
            let steps = if comparable { given.len() * candidate.len() } else { 1 } as u64;
            self.steps = self.steps.checked_sub(steps)?;
            if comparable {
                let distance = strsim::damerau_levenshtein(given, candidate);
                best = best.into_iter().chain((distance <= near).then_some((distance, candidate))).min();
            }
        }
        best.map(|(_, candidate)| candidate)
    }
}

/// "Did you mean …?" and what follows, or only the latter.
pub(crate) fn did_you_mean(near: Option<&str>, otherwise: &str) -> String {
    near.map_or_else(|| otherwise.to_owned(), |near| format!("Did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_is_found_and_a_far_one_is_not() {
        let fields = ["id", "title", "summary", "teaches"];
        let near_miss = |given: &str| Guesses { steps: 1_000 }.near_miss(given, fields);
        assert_eq!(near_miss("titel"), Some("title"));
        assert_eq!(near_miss("teachs"), Some("teaches"));
        assert_eq!(near_miss("colour"), None);
        assert_eq!(near_miss(&"x".repeat(100_000)), None);
    }

    #[test]
    fn guesses_come_to_an_end() {
        let mut guesses = Guesses { steps: 100 };
        let mut compared = 0;
        let names = std::iter::repeat_n("title", 1_000).inspect(|_| compared += 1);
        assert_eq!(guesses.near_miss("titel", names), None, "it is not known whether there is a nearer one");
        assert_eq!(compared, 5, "four times 25 steps, and no more");
        let mut pack = Guesses { steps: 10 };
        let had = pack.share(2);
        assert_eq!(had.steps, 5);
        pack.spend(had, Guesses { steps: 3 });
        assert_eq!((pack.steps, pack.share(0).steps), (8, 8));
    }

    #[test]
    fn codes_are_unique_and_in_kebab_case() {
        let mut seen = std::collections::BTreeSet::new();
        for rule in rules() {
            assert!(seen.insert(rule.code), "{} stands twice", rule.code);
            assert!(rule.code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            assert!(rule.meaning.ends_with('.') && rule.remedy.ends_with('.'), "{}", rule.code);
        }
    }
}
