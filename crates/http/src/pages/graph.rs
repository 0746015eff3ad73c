//! A track as a picture: its lessons in the order in which they can be learnt, and what each needs.
//!
//! Each course is a band. In it, a lesson stands right of the lessons of the course that it needs; a band that is wider
//! than the page goes on in a further row, as lines of a text do. An edge that others imply is left out.

use std::collections::BTreeMap;

use askama::Template;
use cairn_domain::Result;
use cairn_domain::catalog::{Catalogue, DocKind, LessonKind};
use cairn_domain::learning::{LessonState, Standing, Target, progress_of};
use cairn_domain::shared::LessonId;

use super::render;

/// The most lessons that are drawn; beyond that nobody sees anything, and the list says the same.
const MOST: usize = 300;
/// Lessons side by side.
const COLUMNS: usize = 5;
/// Lessons on top of each other in one column.
const STACK: usize = 3;

const WIDTH: usize = 176;
const HEIGHT: usize = 60;
const BETWEEN_COLUMNS: usize = 44;
const BETWEEN_ROWS: usize = 14;
const BETWEEN_LINES: usize = 40;
const HEAD: usize = 44;
const PAD: usize = 18;
/// How many letters fit into one line of a lesson's box.
const LETTERS: usize = 23;

/// Where the visitor stands with a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The visitor is not enrolled here.
    Unknown,
    Done,
    Next,
    Open,
    Locked,
}

impl State {
    /// One word.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "",
            Self::Done => "done",
            Self::Next => "next",
            Self::Open => "open",
            Self::Locked => "locked",
        }
    }
}

/// A lesson of the track.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) id: LessonId,
    pub(super) title: String,
    pub(super) address: String,
    pub(super) kind: &'static str,
    pub(super) minutes: u32,
    pub(super) optional: bool,
    pub(super) state: State,
    /// What it needs directly, as titles with the addresses of lessons that give it.
    pub(super) needs: Vec<Need>,
}

/// What a lesson needs.
#[derive(Debug, Clone)]
pub(super) struct Need {
    pub(super) title: String,
    pub(super) address: String,
}

/// A course of the track.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) title: String,
    pub(super) address: String,
    pub(super) summary: String,
    pub(super) minutes: u32,
    pub(super) nodes: Vec<Node>,
}

/// Lesson `to` needs lesson `from`, or one of several where it is `one_of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) one_of: bool,
}

/// All lessons of a track, by courses, with what each needs; lessons are numbered through all courses.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    pub(super) groups: Vec<Group>,
    pub(super) edges: Vec<Edge>,
}

impl Plan {
    /// The lessons of a target as a visitor with this standing sees them.
    pub(super) fn of(catalogue: &Catalogue, target: &Target, standing: Option<&Standing>) -> Self {
        let progress = standing.map(|standing| progress_of(catalogue, standing));
        let states: BTreeMap<&str, State> = progress
            .iter()
            .flat_map(|progress| progress.lessons.iter().map(move |lesson| (progress, lesson)))
            .map(|(progress, lesson)| {
                let id = lesson.lesson.id().as_str();
                let is_next = progress.next.as_ref().is_some_and(|next| next.as_str() == id);
                let state = match &lesson.state {
                    LessonState::Completed { .. } => State::Done,
                    LessonState::Open if is_next => State::Next,
                    LessonState::Open => State::Open,
                    LessonState::Locked { .. } => State::Locked,
                };
                (id, state)
            })
            .collect();
        let mut plan = Self::default();
        let mut numbers: BTreeMap<LessonId, usize> = BTreeMap::new();
        for course in target.courses(catalogue).iter().filter_map(|id| catalogue.course(id)) {
            let mut nodes = Vec::new();
            for lesson in catalogue.lessons_of_course(&course.id().into()) {
                let id = LessonId::from(lesson.id());
                numbers.insert(id.clone(), numbers.len());
                nodes.push(Node {
                    id: id.clone(),
                    title: lesson.document().title.clone(),
                    address: format!("/lessons/{}", lesson.document().slug),
                    kind: lesson.detail.lesson_kind.as_str(),
                    minutes: u32::from(lesson.detail.minutes),
                    optional: lesson.detail.optional,
                    state: states.get(lesson.id().as_str()).copied().unwrap_or(State::Unknown),
                    needs: needs(catalogue, &id),
                });
            }
            plan.groups.push(Group {
                title: course.document().title.clone(),
                address: format!("/courses/{}", course.document().slug),
                summary: course.document().summary.clone(),
                minutes: nodes.iter().map(|node| node.minutes).sum(),
                nodes,
            });
        }
        for (id, &to) in &numbers {
            let Some(requires) = catalogue.graph().requires(id) else { continue };
            let lessons = requires.lessons.iter().map(std::slice::from_ref);
            let ways = lessons.chain(requires.skills.iter().map(|skill| catalogue.graph().taught_by(skill)));
            for givers in ways {
                let here: Vec<usize> = givers.iter().filter_map(|giver| numbers.get(giver).copied()).collect();
                let one_of = here.len() > 1;
                plan.edges.extend(here.into_iter().filter(|from| *from != to).map(|from| Edge { from, to, one_of }));
            }
        }
        plan.edges.sort_unstable();
        plan.edges.dedup_by_key(|edge| (edge.from, edge.to));
        plan
    }

    fn len(&self) -> usize {
        self.groups.iter().map(|group| group.nodes.len()).sum()
    }

    /// The edges without those that others imply: what a needed lesson needs itself goes without saying.
    fn reduced(&self) -> Vec<Edge> {
        let count = self.len();
        let mut after = vec![Vec::new(); count];
        for edge in self.edges.iter().filter(|edge| !edge.one_of) {
            after[edge.from].push(edge.to);
        }
        // Whatever can be reached from a lesson over at least one edge.
        let reached: Vec<Vec<bool>> = (0..count)
            .map(|from| {
                let mut seen = vec![false; count];
                let mut ahead = after[from].clone();
                while let Some(at) = ahead.pop() {
                    if !std::mem::replace(&mut seen[at], true) {
                        ahead.extend(&after[at]);
                    }
                }
                seen
            })
            .collect();
        let implied = |edge: &Edge| after[edge.from].iter().any(|via| *via != edge.to && reached[*via][edge.to]);
        self.edges.iter().filter(|edge| edge.one_of || !implied(edge)).copied().collect()
    }

    /// The picture; empty for a track without lessons, or with more than anybody could look at.
    pub(super) fn draw(&self) -> Result<String> {
        if self.len() == 0 || self.len() > MOST {
            return Ok(String::new());
        }
        render(&self.picture())
    }

    fn picture(&self) -> Picture<'_> {
        let edges = self.reduced();
        let mut picture = Picture { width: 0, height: 0, bands: Vec::new(), boxes: Vec::new(), edges: Vec::new() };
        let mut places: Vec<Place> = Vec::new();
        let (mut top, mut line) = (0, 0);
        for group in &self.groups {
            let columns = columns(places.len(), group.nodes.len(), &edges);
            let mut own = vec![Place::default(); columns.len()];
            let band_top = top;
            top += HEAD;
            let last = columns.iter().map(|(column, _)| column / COLUMNS).max().unwrap_or(0);
            for row in 0..=last {
                let in_row = || columns.iter().filter(|(column, _)| column / COLUMNS == row);
                let tallest = in_row().map(|(_, at)| at + 1).max().unwrap_or(0);
                line += 1;
                for (index, (column, at)) in columns.iter().enumerate().filter(|(_, (c, _))| c / COLUMNS == row) {
                    let x = PAD + column % COLUMNS * (WIDTH + BETWEEN_COLUMNS);
                    let place = Place { x, y: top + at * (HEIGHT + BETWEEN_ROWS), column: *column, line };
                    picture.boxes.push(Drawn::of(&group.nodes[index], &place));
                    picture.width = picture.width.max(x + WIDTH + PAD);
                    own[index] = place;
                }
                top += tallest * (HEIGHT + BETWEEN_ROWS) - BETWEEN_ROWS.min(tallest * BETWEEN_ROWS) + BETWEEN_LINES;
            }
            places.extend(own);
            let height = top - band_top - BETWEEN_LINES / 2;
            picture.bands.push(Band { title: &group.title, y: band_top, height });
            top += BETWEEN_LINES / 4;
        }
        picture.height = top;
        picture.edges = edges
            .iter()
            .map(|edge| Line { path: path(&places[edge.from], &places[edge.to]), one_of: edge.one_of })
            .collect();
        picture
    }
}

/// What a lesson needs itself: its own prerequisites and those of its course.
fn needs(catalogue: &Catalogue, id: &LessonId) -> Vec<Need> {
    let Some(requires) = catalogue.graph().requires(id) else { return Vec::new() };
    let lessons = requires.lessons.iter().map(|id| (DocKind::Lesson, id.into()));
    let skills = requires.skills.iter().map(|id| (DocKind::Skill, id.into()));
    lessons
        .chain(skills)
        .filter_map(|(kind, id)| {
            let document = &catalogue.entry(kind, &id)?.document;
            Some(Need { title: document.title.clone(), address: super::address(kind, &document.slug) })
        })
        .collect()
}

/// The column of each lesson of a course and its place in it: right of all that it needs in the course, and where that
/// column is full, further right.
fn columns(first: usize, count: usize, edges: &[Edge]) -> Vec<(usize, usize)> {
    let own = first..first + count;
    let mut before = vec![Vec::new(); count];
    for edge in edges.iter().filter(|edge| own.contains(&edge.from) && own.contains(&edge.to)) {
        before[edge.to - first].push(edge.from - first);
    }
    let mut placed: Vec<Option<(usize, usize)>> = vec![None; count];
    let mut filled: Vec<usize> = Vec::new();
    // Once more than there are lessons: each round places at least the next one, for no circle is in a release.
    for _ in 0..=count {
        for (at, needed) in before.iter().enumerate() {
            if placed[at].is_some() {
                continue;
            }
            let after: Option<Vec<usize>> = needed.iter().map(|b| placed[*b].map(|(column, _)| column + 1)).collect();
            let Some(mut column) = after.map(|columns| columns.into_iter().max().unwrap_or(0)) else { continue };
            while filled.get(column).copied().unwrap_or(0) >= STACK {
                column += 1;
            }
            filled.resize(filled.len().max(column + 1), 0);
            placed[at] = Some((column, filled[column]));
            filled[column] += 1;
        }
    }
    placed.into_iter().map(|place| place.unwrap_or((0, 0))).collect()
}

#[derive(Debug, Clone, Copy, Default)]
struct Place {
    x: usize,
    y: usize,
    column: usize,
    line: usize,
}

/// The way of an edge: from side to side in a line, from bottom to top between lines.
fn path(from: &Place, to: &Place) -> String {
    let middle = HEIGHT / 2;
    if from.line == to.line && to.column > from.column {
        let (x1, y1, x2, y2) = (from.x + WIDTH, from.y + middle, to.x, to.y + middle);
        if to.column == from.column + 1 {
            let bend = BETWEEN_COLUMNS / 2;
            return format!("M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}", x1 + bend, x2 - bend);
        }
        // Over whatever stands between.
        let above = from.y.min(to.y).saturating_sub(12);
        return format!("M{x1} {y1}C{} {above} {} {above} {x2} {y2}", x1 + BETWEEN_COLUMNS, x2 - BETWEEN_COLUMNS);
    }
    let (x1, x2) = (from.x + WIDTH / 2, to.x + WIDTH / 2);
    let (y1, y2) = (from.y + HEIGHT, to.y);
    let bend = (y2.abs_diff(y1) / 2).clamp(24, 70);
    format!("M{x1} {y1}C{x1} {} {x2} {} {x2} {y2}", y1 + bend, y2.saturating_sub(bend))
}

#[derive(Debug)]
struct Band<'a> {
    title: &'a str,
    y: usize,
    height: usize,
}

#[derive(Debug)]
struct Line {
    path: String,
    one_of: bool,
}

/// A lesson as it is drawn.
#[derive(Debug)]
struct Drawn<'a> {
    node: &'a Node,
    x: usize,
    y: usize,
    /// How round its corners are: what asks something of the learner is told from a reading by its shape.
    corner: usize,
    lines: Vec<String>,
    note: String,
}

impl<'a> Drawn<'a> {
    fn of(node: &'a Node, place: &Place) -> Self {
        let note = [node.kind, node.state.word()].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>();
        let corner = if node.kind == LessonKind::Reading.as_str() { 5 } else { HEIGHT / 3 };
        Self { node, x: place.x, y: place.y, corner, lines: broken(&node.title), note: note.join(" · ") }
    }

    /// The sign before the words.
    fn mark(&self) -> &'static str {
        match self.node.state {
            State::Unknown | State::Open | State::Locked => "",
            State::Done => "✓ ",
            State::Next => "★ ",
        }
    }
}

#[derive(Template)]
#[template(path = "graph.html")]
struct Picture<'a> {
    width: usize,
    height: usize,
    bands: Vec<Band<'a>>,
    boxes: Vec<Drawn<'a>>,
    edges: Vec<Line>,
}

/// A title in at most two lines of so many letters, cut where it is longer.
fn broken(title: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in title.split_whitespace() {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= LETTERS {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    let cut = lines.len() > 2;
    lines.truncate(2);
    for (at, line) in lines.iter_mut().enumerate() {
        if line.chars().count() > LETTERS || (cut && at == 1) {
            *line = line.chars().take(LETTERS - 1).chain(['…']).collect();
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plan(sizes: &[usize], edges: &[(usize, usize)]) -> Plan {
        let node = |n: usize| Node {
            id: LessonId::new(format!("l{n}")).unwrap(),
            title: format!("Lesson {n}"),
            address: format!("/lessons/l{n}"),
            kind: if n.is_multiple_of(2) { "reading" } else { "quiz" },
            minutes: 5,
            optional: false,
            state: State::Unknown,
            needs: Vec::new(),
        };
        let mut n = 0;
        let group = |size: &usize| {
            let nodes = (n..n + size).map(node).collect();
            n += size;
            Group { title: "C".into(), address: "/courses/c".into(), summary: String::new(), minutes: 5, nodes }
        };
        let groups = sizes.iter().map(group).collect();
        let edges = edges.iter().map(|&(from, to)| Edge { from, to, one_of: false }).collect();
        Plan { groups, edges }
    }

    #[test]
    fn an_edge_that_others_imply_is_left_out() {
        let plan = plan(&[2, 2], &[(0, 1), (0, 2), (0, 3), (1, 2), (2, 3)]);
        let kept: Vec<_> = plan.reduced().iter().map(|edge| (edge.from, edge.to)).collect();
        assert_eq!(kept, [(0, 1), (1, 2), (2, 3)]);
    }

    #[test]
    fn one_of_several_ways_implies_nothing() {
        let mut plan = plan(&[3], &[(0, 1), (0, 2), (1, 2)]);
        plan.edges.iter_mut().filter(|edge| edge.to == 2).for_each(|edge| edge.one_of = true);
        assert_eq!(plan.reduced().len(), 3);
    }

    #[test]
    fn titles_take_two_lines_at_most() {
        assert_eq!(broken("Short"), ["Short"]);
        assert_eq!(broken("Reading an HTTP message and its answer"), ["Reading an HTTP message", "and its answer"]);
        let long = broken("One two three four five six seven eight nine ten eleven twelve");
        assert!(long.len() == 2 && long[1].ends_with('…'), "{long:?}");
        assert!(broken(&"x".repeat(60))[0].ends_with('…'));
    }

    #[test]
    fn a_picture_tells_kinds_and_states_by_shape_and_word() {
        let mut plan = plan(&[2], &[(0, 1)]);
        plan.groups[0].nodes[0].state = State::Done;
        plan.groups[0].nodes[1].state = State::Next;
        plan.groups[0].nodes[1].title = "<script>&".into();
        let svg = plan.draw().unwrap();
        assert!(svg.contains("reading · done") && svg.contains("quiz · next"), "{svg}");
        assert!(svg.contains("rx=\"5\"") && svg.contains("rx=\"20\""));
        assert!(!svg.contains("<script") && !svg.contains("style="));
        assert_eq!(Plan::default().draw().unwrap(), "");
    }

    proptest! {
        /// No two lessons overlap, all lie within the picture, and in a line a lesson stands right of what it needs.
        #[test]
        fn lessons_have_places_of_their_own(
            sizes in prop::collection::vec(1..14_usize, 1..8),
            pairs in prop::collection::vec((0..100_usize, 0..100_usize), 0..150),
        ) {
            let count: usize = sizes.iter().sum();
            let mut edges: Vec<_> = pairs
                .into_iter()
                .map(|(a, b)| (a % count, b % count))
                .filter(|(from, to)| from < to)
                .collect();
            edges.sort_unstable();
            edges.dedup();
            let plan = plan(&sizes, &edges);
            let picture = plan.picture();
            prop_assert_eq!(picture.boxes.len(), count);
            for (at, a) in picture.boxes.iter().enumerate() {
                prop_assert!(a.x + WIDTH <= picture.width && a.y + HEIGHT <= picture.height);
                for b in &picture.boxes[..at] {
                    let apart = a.x.abs_diff(b.x) >= WIDTH || a.y.abs_diff(b.y) >= HEIGHT;
                    prop_assert!(apart, "{} and {} overlap", a.node.title, b.node.title);
                }
            }
            let mut first = 0;
            for size in sizes {
                let columns = columns(first, size, &plan.edges);
                let own = first..first + size;
                for &(from, to) in edges.iter().filter(|(from, to)| own.contains(from) && own.contains(to)) {
                    prop_assert!(columns[from - first].0 < columns[to - first].0);
                }
                first += size;
            }
        }
    }
}
