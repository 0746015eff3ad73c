//! The lessons: packs of up to 5,000, as an author would write them, through everything that an author's pack goes through.

use std::fmt::Write as _;

use cairn_content::{PackFile, pack_file};

use super::random::Stream;
use super::text::Words;

/// The most lessons in a pack: what its limits of files and bytes have room for.
const IN_PACK: usize = 5_000;
/// Lessons in a course.
const IN_COURSE: usize = 20;
/// Courses in a track.
const IN_TRACK: usize = 5;
/// Questions of a quiz.
pub(super) const QUESTIONS: usize = 5;
/// The choices of a question.
pub(super) const CHOICES: [&str; 4] = ["a", "b", "c", "d"];

/// How many packs so many lessons are.
pub(super) fn packs(lessons: usize) -> usize {
    lessons.div_ceil(IN_PACK)
}

/// The id of a pack; the first is 0.
pub(super) fn pack_id(pack: usize) -> String {
    format!("seed-{pack:02}")
}

/// Whether a pack with this id is one of them.
pub(super) fn is_pack(id: &str) -> bool {
    id.starts_with("seed-")
}

/// The id of a lesson; lessons are counted over all packs.
pub(super) fn lesson_id(lesson: usize) -> String {
    format!("lesson-{lesson:05}")
}

/// The place of a lesson in the count, from its id.
pub(super) fn lesson_number(id: &str) -> Option<usize> {
    id.strip_prefix("lesson-")?.parse().ok()
}

/// The right choice of a quiz's question.
pub(super) fn right_choice(seed: u64, lesson: usize, question: usize) -> &'static str {
    CHOICES[Stream::new(seed, "right", (lesson * QUESTIONS + question) as u64).below(CHOICES.len())]
}

/// What a pack is made from.
struct Pack<'a> {
    seed: u64,
    words: &'a Words,
    /// The places of its lessons in the count.
    lessons: std::ops::Range<usize>,
}

/// The files of one of the packs that so many lessons are.
pub(super) fn files(seed: u64, words: &Words, lessons: usize, pack: usize) -> Vec<PackFile> {
    let range = pack * IN_PACK..lessons.min((pack + 1) * IN_PACK);
    let parts = Pack { seed, words, lessons: range.clone() };
    let courses: Vec<usize> = range.clone().step_by(IN_COURSE).collect();
    let mut files: Vec<_> = range.map(|lesson| parts.lesson(lesson)).collect();
    files.extend(courses.iter().map(|&first| parts.course(first)));
    files.extend(courses.chunks(IN_TRACK).map(|courses| parts.track(courses)));
    files.push(parts.guide(pack, &courses));
    files.push(parts.pack(pack));
    files
}

impl Pack<'_> {
    fn course_of(&self, lesson: usize) -> usize {
        lesson - lesson % IN_COURSE
    }

    /// Every third lesson teaches a skill.
    fn skill(lesson: usize) -> Option<String> {
        lesson.is_multiple_of(3).then(|| format!("skill-{lesson:05}"))
    }

    fn is_quiz(&self, lesson: usize) -> bool {
        lesson % 4 == 3
    }

    /// What a lesson requires: a skill or a lesson a little before it in its course.
    fn requires(&self, lesson: usize, stream: &mut Stream) -> String {
        let first = self.course_of(lesson);
        let before = lesson.checked_sub(1 + stream.skewed(6)).filter(|before| *before >= first);
        let Some(before) = before.filter(|_| stream.chance(0.6)) else { return String::new() };
        match Self::skill(before) {
            Some(skill) => format!("requires: {{ skills: [{skill}] }}\n"),
            None => format!("requires: {{ lessons: [{}] }}\n", lesson_id(before)),
        }
    }

    fn lesson(&self, lesson: usize) -> PackFile {
        let mut stream = Stream::new(self.seed, "lesson", lesson as u64);
        let (id, course) = (lesson_id(lesson), self.course_of(lesson));
        let mut text = format!("---\nid: {id}\ntitle: {}\n", self.words.title(&mut stream));
        _ = writeln!(text, "summary: \"{}\"\nminutes: {}", self.words.sentence(&mut stream), 5 + stream.below(35));
        if let Some(skill) = Self::skill(lesson) {
            _ = writeln!(text, "teaches: [{skill}]");
        }
        text += &self.requires(lesson, &mut stream);
        if stream.chance(0.05) {
            text += "optional: true\n";
        }
        if self.is_quiz(lesson) {
            text += "kind: quiz\nquiz:\n  pass_mark: 60\n  questions:\n";
            for question in 0..QUESTIONS {
                text += &self.question(lesson, question, &mut stream);
            }
        } else {
            text += "kind: reading\n";
        }
        text += "---\n";
        text += &self.words.body(&mut stream);
        if lesson > course {
            _ = writeln!(text, "\nThis goes on from [the lesson before]({}.md).", lesson_id(lesson - 1));
        }
        pack_file(format!("courses/course-{course:05}/{id}.md"), text.into_bytes())
    }

    fn question(&self, lesson: usize, question: usize, stream: &mut Stream) -> String {
        let mut text = format!("    - id: q{question}\n      type: single\n");
        _ = writeln!(text, "      prompt: \"{}\"\n      choices:", self.words.sentence(stream));
        let right = right_choice(self.seed, lesson, question);
        for choice in CHOICES {
            let correct = if choice == right { ", correct: true" } else { "" };
            // What they say differs in its last word, and no two choices may be equal.
            let said = format!("{} {choice}", self.words.title(stream));
            _ = writeln!(text, "        - {{ id: {choice}, text: \"{said}\"{correct} }}");
        }
        _ = writeln!(text, "      explanation: \"{}\"", self.words.sentence(stream));
        text
    }

    fn course(&self, first: usize) -> PackFile {
        let mut stream = Stream::new(self.seed, "course", first as u64);
        let lessons: Vec<_> = (first..self.lessons.end.min(first + IN_COURSE)).map(lesson_id).collect();
        let mut text = self.head(&format!("course-{first:05}"), &mut stream);
        _ = writeln!(text, "lessons: [{}]", lessons.join(", "));
        // Within its track a course may build on the one before.
        let place = (first - self.lessons.start) / IN_COURSE % IN_TRACK;
        if place > 0
            && stream.chance(0.5)
            && let Some(skill) = (first - IN_COURSE..first).find_map(Self::skill)
        {
            _ = writeln!(text, "requires: {{ skills: [{skill}] }}");
        }
        let text = text + "---\n" + &self.words.sentence(&mut stream) + "\n";
        pack_file(format!("courses/course-{first:05}/course.md"), text.into_bytes())
    }

    fn track(&self, courses: &[usize]) -> PackFile {
        let first = courses[0];
        let mut stream = Stream::new(self.seed, "track", first as u64);
        let ids: Vec<_> = courses.iter().map(|first| format!("course-{first:05}")).collect();
        let head = self.head(&format!("track-{first:05}"), &mut stream);
        let text = format!("{head}courses: [{}]\n---\n{}\n", ids.join(", "), self.words.body(&mut stream));
        pack_file(format!("tracks/track-{first:05}.md"), text.into_bytes())
    }

    fn guide(&self, pack: usize, courses: &[usize]) -> PackFile {
        let mut stream = Stream::new(self.seed, "guide", pack as u64);
        let mut text = self.head(&format!("guide-{pack:02}"), &mut stream) + "stages:\n";
        for first in courses.iter().step_by(IN_TRACK) {
            let (title, summary) = (self.words.title(&mut stream), self.words.sentence(&mut stream));
            _ = write!(text, "  - title: {title}\n    summary: \"{summary}\"\n    status: available\n");
            _ = writeln!(text, "    track: track-{first:05}");
        }
        let text = text + "---\n" + &self.words.body(&mut stream);
        pack_file(format!("guides/guide-{pack:02}.md"), text.into_bytes())
    }

    fn head(&self, id: &str, stream: &mut Stream) -> String {
        let (title, summary) = (self.words.title(stream), self.words.sentence(stream));
        format!("---\nid: {id}\ntitle: {title}\nsummary: \"{summary}\"\n")
    }

    fn pack(&self, pack: usize) -> PackFile {
        let mut text = format!("format: cairn-pack/v1\nid: {}\ntitle: Seeded pack {pack}\n", pack_id(pack));
        text += "summary: Generated, to see how Cairn does at scale.\nlanguage: en\nlicence: CC0-1.0\nskills:\n";
        for skill in self.lessons.clone().filter_map(Self::skill) {
            let mut stream = Stream::new(self.seed, &skill, 0);
            _ = writeln!(text, "  - {{ id: {skill}, title: {} }}", self.words.title(&mut stream));
        }
        pack_file("pack.yaml", text.into_bytes())
    }
}
