use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::shared::{LessonId, SkillId};

use super::Requires;

/// A node of the prerequisite graph.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    /// A lesson; it points at what it requires.
    Lesson(LessonId),
    /// A skill; it points at every lesson that teaches it.
    Skill(SkillId),
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lesson(id) => write!(f, "lesson `{id}`"),
            Self::Skill(id) => write!(f, "skill `{id}`"),
        }
    }
}

/// Who says that a lesson needs something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Edge {
    /// The lesson itself.
    Lesson,
    /// Its course, of all its lessons.
    Course,
}

impl Edge {
    /// The name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lesson => "lesson",
            Self::Course => "course",
        }
    }
}

/// What a lesson needs, and through whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// A lesson to complete or a skill to hold.
    pub node: Node,
    /// Who says so. Where lesson and course both do, the lesson.
    pub edge: Edge,
}

/// What somebody has, as far as prerequisites ask for it.
pub trait Attained {
    /// Whether a lesson is completed.
    fn completed(&self, lesson: &LessonId) -> bool;
    /// Whether a skill is held.
    fn holds(&self, skill: &SkillId) -> bool;
    /// Whether a lesson is open whatever it needs.
    fn waived(&self, lesson: &LessonId) -> bool;
}

/// What a lesson needs: its own prerequisites first, then those that only its course has.
#[derive(Debug, Clone, Default)]
struct Needs {
    all: Requires,
    own_lessons: usize,
    own_skills: usize,
}

/// Which lesson needs what, and which lesson teaches what.
///
/// A skill is held as soon as one of its teachers is completed, yet a cycle through any teacher is refused:
/// an author should not have to reason about which way round a learner goes.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    needs: BTreeMap<LessonId, Needs>,
    taught_by: BTreeMap<SkillId, Vec<LessonId>>,
}

impl Graph {
    /// Adds a lesson with what it requires itself and what it teaches.
    pub fn add<'a>(&mut self, lesson: LessonId, requires: Requires, teaches: impl IntoIterator<Item = &'a SkillId>) {
        for skill in teaches {
            self.taught_by.entry(skill.clone()).or_default().push(lesson.clone());
        }
        let (own_lessons, own_skills) = (requires.lessons.len(), requires.skills.len());
        self.needs.insert(lesson, Needs { all: requires, own_lessons, own_skills });
    }

    /// Adds to a lesson that is in the graph what its course requires.
    pub fn inherit(&mut self, lesson: &LessonId, course: &Requires) {
        let Some(needs) = self.needs.get_mut(lesson) else { return };
        let new = |id: &&LessonId| !needs.all.lessons.contains(id);
        let lessons: Vec<_> = course.lessons.iter().filter(new).cloned().collect();
        let new = |id: &&SkillId| !needs.all.skills.contains(id);
        let skills: Vec<_> = course.skills.iter().filter(new).cloned().collect();
        needs.all.lessons.extend(lessons);
        needs.all.skills.extend(skills);
    }

    /// All that a lesson requires, its course's prerequisites among it; `None` for a lesson that is not in the graph.
    #[must_use]
    pub fn requires(&self, lesson: &LessonId) -> Option<&Requires> {
        self.needs.get(lesson).map(|needs| &needs.all)
    }

    /// The lessons that teach a skill, in the order they were added.
    #[must_use]
    pub fn taught_by(&self, skill: &SkillId) -> &[LessonId] {
        self.taught_by.get(skill).map_or(&[], Vec::as_slice)
    }

    fn successors(&self, node: &Node) -> Vec<Node> {
        match node {
            Node::Lesson(id) => self.requires(id).map_or_else(Vec::new, |requires| {
                let lessons =
                    requires.lessons.iter().filter(|l| self.needs.contains_key(*l)).cloned().map(Node::Lesson);
                lessons.chain(requires.skills.iter().cloned().map(Node::Skill)).collect()
            }),
            Node::Skill(id) => self.taught_by(id).iter().cloned().map(Node::Lesson).collect(),
        }
    }

    /// The lessons so that each comes after all lessons that it may need, and the cycles that prevent it.
    ///
    /// Each cycle is a way from a lesson through requirements back to itself, the first lesson given once. Where
    /// cycles share nodes, one is given; mending it shows the next. The order is whole only when there is no cycle.
    /// Depth-first search (Tarjan 1972), iterative, linear in nodes and edges.
    #[must_use]
    pub fn sort(&self) -> (Vec<LessonId>, Vec<Vec<Node>>) {
        let mut order = Vec::with_capacity(self.needs.len());
        let mut cycles = Vec::new();
        let mut done = BTreeSet::new();
        for root in self.needs.keys() {
            let root = Node::Lesson(root.clone());
            if done.contains(&root) {
                continue;
            }
            let mut on_path = BTreeMap::from([(root.clone(), 0_usize)]);
            let mut path = vec![(root.clone(), self.successors(&root).into_iter())];
            while let Some((_, ahead)) = path.last_mut() {
                if let Some(next) = ahead.next() {
                    if let Some(&start) = on_path.get(&next) {
                        cycles.push(Self::from_a_lesson(path[start..].iter().map(|(node, _)| node.clone()).collect()));
                    } else if !done.contains(&next) {
                        on_path.insert(next.clone(), path.len());
                        let ahead = self.successors(&next).into_iter();
                        path.push((next, ahead));
                    }
                } else if let Some((node, _)) = path.pop() {
                    on_path.remove(&node);
                    if let Node::Lesson(id) = &node {
                        order.push(id.clone());
                    }
                    done.insert(node);
                }
            }
        }
        (order, cycles)
    }

    /// Turns a cycle so that it begins with its smallest lesson: one cycle has one spelling.
    fn from_a_lesson(mut cycle: Vec<Node>) -> Vec<Node> {
        let first =
            (0..cycle.len()).filter(|&at| matches!(cycle[at], Node::Lesson(_))).min_by_key(|&at| cycle[at].clone());
        cycle.rotate_left(first.unwrap_or(0));
        cycle
    }

    /// What a lesson needs and is not met; nothing for one that was waived.
    #[must_use]
    pub fn unmet(&self, lesson: &LessonId, attained: &impl Attained) -> Vec<Need> {
        let Some(needs) = self.needs.get(lesson).filter(|_| !attained.waived(lesson)) else { return Vec::new() };
        let edge = |at: usize, own: usize| if at < own { Edge::Lesson } else { Edge::Course };
        let lessons = needs.all.lessons.iter().enumerate().filter(|(_, id)| !attained.completed(id));
        let lessons =
            lessons.map(|(at, id)| Need { node: Node::Lesson(id.clone()), edge: edge(at, needs.own_lessons) });
        let skills = needs.all.skills.iter().enumerate().filter(|(_, id)| !attained.holds(id));
        let skills = skills.map(|(at, id)| Need { node: Node::Skill(id.clone()), edge: edge(at, needs.own_skills) });
        lessons.chain(skills).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What somebody has, spelled out.
    #[derive(Debug, Clone, Default)]
    pub(crate) struct Has {
        pub(crate) lessons: BTreeSet<LessonId>,
        pub(crate) skills: BTreeSet<SkillId>,
        pub(crate) waived: BTreeSet<LessonId>,
    }

    impl Attained for Has {
        fn completed(&self, lesson: &LessonId) -> bool {
            self.lessons.contains(lesson)
        }
        fn holds(&self, skill: &SkillId) -> bool {
            self.skills.contains(skill)
        }
        fn waived(&self, lesson: &LessonId) -> bool {
            self.waived.contains(lesson)
        }
    }

    pub(crate) fn lesson(n: usize) -> LessonId {
        LessonId::new(format!("l{n:03}")).unwrap()
    }
    pub(crate) fn skill(n: usize) -> SkillId {
        SkillId::new(format!("s{n:03}")).unwrap()
    }
    pub(crate) fn needs(lessons: &[usize], skills: &[usize]) -> Requires {
        Requires {
            lessons: lessons.iter().copied().map(lesson).collect(),
            skills: skills.iter().copied().map(skill).collect(),
        }
    }

    #[test]
    fn a_cycle_through_a_skill_is_named() {
        let mut graph = Graph::default();
        graph.add(lesson(1), needs(&[], &[7]), &[]);
        graph.add(lesson(2), needs(&[1], &[]), &[skill(7)]);
        let (_, cycles) = graph.sort();
        assert_eq!(cycles, [vec![Node::Lesson(lesson(1)), Node::Skill(skill(7)), Node::Lesson(lesson(2))]]);
    }

    #[test]
    fn a_lesson_that_requires_itself_is_a_cycle() {
        let mut graph = Graph::default();
        graph.add(lesson(1), needs(&[1], &[]), &[]);
        assert_eq!(graph.sort().1, [vec![Node::Lesson(lesson(1))]]);
    }

    #[test]
    fn one_teacher_is_enough_to_hold_a_skill() {
        let mut graph = Graph::default();
        graph.add(lesson(1), needs(&[], &[]), &[skill(1)]);
        graph.add(lesson(2), needs(&[], &[]), &[skill(1)]);
        graph.add(lesson(3), needs(&[2], &[1]), &[]);
        assert_eq!(graph.taught_by(&skill(1)), [lesson(1), lesson(2)]);
        let mut has = Has::default();
        let need = |node, edge| Need { node, edge };
        let skill_1 = Node::Skill(skill(1));
        assert_eq!(
            graph.unmet(&lesson(3), &has),
            [need(Node::Lesson(lesson(2)), Edge::Lesson), need(skill_1.clone(), Edge::Lesson)]
        );
        has.lessons.insert(lesson(2));
        assert_eq!(graph.unmet(&lesson(3), &has), [need(skill_1, Edge::Lesson)]);
        has.skills.insert(skill(1));
        assert!(graph.unmet(&lesson(3), &has).is_empty());
    }

    #[test]
    fn what_the_course_requires_is_told_apart_and_a_waiver_opens_all() {
        let mut graph = Graph::default();
        graph.add(lesson(3), needs(&[1], &[1]), &[]);
        graph.inherit(&lesson(3), &needs(&[1, 2], &[2, 1]));
        let unmet: Vec<_> = graph.unmet(&lesson(3), &Has::default()).into_iter().map(|n| (n.node, n.edge)).collect();
        assert_eq!(
            unmet,
            [
                (Node::Lesson(lesson(1)), Edge::Lesson),
                (Node::Lesson(lesson(2)), Edge::Course),
                (Node::Skill(skill(1)), Edge::Lesson),
                (Node::Skill(skill(2)), Edge::Course),
            ]
        );
        let waived = Has { waived: [lesson(3)].into(), ..Has::default() };
        assert!(graph.unmet(&lesson(3), &waived).is_empty());
    }

    proptest! {
        /// Edges only to smaller numbers can't make a circle, and the order respects each of them.
        #[test]
        fn an_acyclic_graph_is_ordered(edges in prop::collection::vec((1..40_usize, 0..40_usize, any::<bool>()), 0..120)) {
            let mut wants = vec![(Vec::new(), Vec::new()); 40];
            for (from, to, by_skill) in edges {
                if to < from { if by_skill { wants[from].1.push(to) } else { wants[from].0.push(to) } }
            }
            let mut graph = Graph::default();
            for (n, (lessons, skills)) in wants.iter().enumerate() {
                graph.add(lesson(n), needs(lessons, skills), &[skill(n)]);
            }
            let (order, cycles) = graph.sort();
            prop_assert!(cycles.is_empty());
            let place: BTreeMap<_, _> = order.iter().enumerate().map(|(at, id)| (id.clone(), at)).collect();
            prop_assert_eq!(place.len(), 40);
            for (n, (lessons, skills)) in wants.iter().enumerate() {
                for &before in lessons.iter().chain(skills) {
                    prop_assert!(place[&lesson(before)] < place[&lesson(n)]);
                }
            }
        }

        /// A ring is always found, and what is named is a ring of the graph.
        #[test]
        fn a_planted_ring_is_named(length in 1..12_usize, extra in prop::collection::vec((0..20_usize, 0..20_usize), 0..30)) {
            let mut wants = vec![Vec::new(); 20];
            for (n, lessons) in wants.iter_mut().enumerate().take(length) { lessons.push((n + 1) % length); }
            for (from, to) in extra { if to < from { wants[from].push(to); } }
            let mut graph = Graph::default();
            for (n, lessons) in wants.iter().enumerate() { graph.add(lesson(n), needs(lessons, &[]), &[]); }
            let (_, cycles) = graph.sort();
            prop_assert!(!cycles.is_empty());
            for cycle in cycles {
                for (at, node) in cycle.iter().enumerate() {
                    let next = &cycle[(at + 1) % cycle.len()];
                    prop_assert!(graph.successors(node).contains(next), "{} does not need {}", node, next);
                }
            }
        }
    }
}
