use std::collections::BTreeMap;

use super::{Attained, Graph};
use crate::shared::{LessonId, SkillId};

/// How many choices between teachers of a skill are tried at most for one way.
pub const MOST_BRANCHES: usize = 4096;

/// Lessons to complete so that a locked one opens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way {
    /// In an order in which each is open when its turn comes. Empty for a lesson that is open.
    pub lessons: Vec<LessonId>,
    /// The time that they are meant to take together.
    pub minutes: u32,
    /// Whether no other way takes fewer minutes. Otherwise there were too many choices to try them all, and this is the
    /// best of those that were tried.
    pub exact: bool,
}

impl Graph {
    /// The way to a lesson that takes the fewest minutes; `None` when there is none. `minutes` has the time that a lesson
    /// takes, and `None` for one that nobody can take.
    ///
    /// Where each skill has one teacher the way is all that the lesson needs, found by one search in depth. A skill with
    /// several teachers is a choice, and the choices together are a set cover, so they are tried by branch and bound, the
    /// teacher first whose own way is the shortest. After [`MOST_BRANCHES`] of them the best way so far is given, which is
    /// never longer than that first descent.
    #[must_use]
    pub fn way(
        &self,
        lesson: &LessonId,
        attained: &impl Attained,
        minutes: impl Fn(&LessonId) -> Option<u32>,
    ) -> Option<Way> {
        let explored = explore(self, lesson, attained, minutes)?;
        let (mut taken, mut exact) = Search::new(&explored.steps).best(&explored.needs);
        exact &= !explored.cut;
        // Steps are numbered in an order in which each comes after all that it may need.
        taken.sort_unstable();
        let lessons = taken.iter().map(|&at| explored.steps[at].lesson.clone()).collect();
        let minutes = taken.iter().map(|&at| explored.steps[at].minutes).sum();
        Some(Way { lessons, minutes, exact })
    }

    /// What a lesson needs and is not met, each as the lessons of which one has to be completed.
    fn choices(&self, lesson: &LessonId, attained: &impl Attained) -> Vec<Vec<&LessonId>> {
        let Some(requires) = self.requires(lesson).filter(|_| !attained.waived(lesson)) else { return Vec::new() };
        let lessons = requires.lessons.iter().filter(|id| !attained.completed(id)).map(|id| vec![id]);
        let untaught = |id: &&SkillId| !attained.holds(id);
        let skills = requires.skills.iter().filter(untaught).map(|id| self.taught_by(id).iter().collect());
        lessons.chain(skills).collect()
    }
}

/// A lesson that may be on the way.
struct Step<'a> {
    lesson: &'a LessonId,
    minutes: u32,
    /// Of each of these, one step has to be taken before; the one with the shortest way of its own comes first.
    needs: Vec<Vec<usize>>,
    /// How long its own way takes with it when nothing is shared: a guess, too high rather than too low.
    alone: u64,
}

/// All that may be on the way.
struct Explored<'a> {
    /// Each after all that it may need.
    steps: Vec<Step<'a>>,
    /// What the lesson itself needs.
    needs: Vec<Vec<usize>>,
    /// Whether prerequisites went round in a circle, which was cut. Only retired lessons can.
    cut: bool,
}

/// What is known of a lesson.
#[derive(Clone, Copy)]
enum Seen {
    /// It is being looked at: whatever needs it now goes round in a circle.
    Begun,
    /// It is this step.
    Step(usize),
    /// It cannot be completed.
    Never,
}

/// A lesson that is being looked at.
struct Visit<'a> {
    lesson: &'a LessonId,
    minutes: u32,
    choices: Vec<Vec<&'a LessonId>>,
    /// Which choice, and which lesson of it, comes next.
    next: (usize, usize),
    needs: Vec<Vec<usize>>,
}

/// Searches in depth, with a stack of its own: a chain of prerequisites may be as long as a pack is large.
fn explore<'a>(
    graph: &'a Graph,
    lesson: &'a LessonId,
    attained: &impl Attained,
    minutes: impl Fn(&LessonId) -> Option<u32>,
) -> Option<Explored<'a>> {
    let visit = |lesson: &'a LessonId, minutes: u32| Visit {
        lesson,
        minutes,
        choices: graph.choices(lesson, attained),
        next: (0, 0),
        needs: vec![Vec::new()],
    };
    let mut seen = BTreeMap::from([(lesson, Seen::Begun)]);
    let (mut steps, mut cut) = (Vec::<Step<'a>>::new(), false);
    let mut path = vec![visit(lesson, 0)];
    loop {
        let depth = path.len();
        let now = path.last_mut()?;
        let (choice, at) = now.next;
        let Some(teachers) = now.choices.get(choice) else {
            // All that it needs can be had.
            let done = path.pop()?;
            let mut needs = done.needs;
            needs.truncate(done.choices.len());
            if depth == 1 {
                return Some(Explored { steps, needs, cut });
            }
            let before = needs.iter().map(|choice| choice.first().map_or(0, |&first| steps[first].alone));
            let alone = before.fold(u64::from(done.minutes), u64::saturating_add);
            seen.insert(done.lesson, Seen::Step(steps.len()));
            steps.push(Step { lesson: done.lesson, minutes: done.minutes, needs, alone });
            continue;
        };
        let Some(&teacher) = teachers.get(at) else {
            let found = &mut now.needs[choice];
            if found.is_empty() {
                let lesson = now.lesson;
                path.pop();
                if depth == 1 {
                    return None;
                }
                seen.insert(lesson, Seen::Never);
            } else {
                found.sort_by_key(|&step| (steps[step].alone, step));
                found.dedup();
                now.needs.push(Vec::new());
                now.next = (choice + 1, 0);
            }
            continue;
        };
        match seen.get(teacher) {
            Some(Seen::Step(step)) => now.needs[choice].push(*step),
            Some(Seen::Begun) => cut = true,
            Some(Seen::Never) => {}
            None => {
                if let Some(minutes) = minutes(teacher) {
                    seen.insert(teacher, Seen::Begun);
                    path.push(visit(teacher, minutes));
                    // It is looked at once more when it is known.
                    continue;
                }
            }
        }
        now.next = (choice, at + 1);
    }
}

/// A choice that is being tried, and how all stood before.
struct Branch<'s> {
    teachers: &'s [usize],
    next: usize,
    taken: usize,
    open: usize,
    minutes: u64,
}

/// Tries the choices.
struct Search<'s> {
    steps: &'s [Step<'s>],
    on_way: Vec<bool>,
    /// The steps on the way, in the order in which they were taken.
    taken: Vec<usize>,
    /// The choices that came up, in order, made or not.
    open: Vec<&'s [usize]>,
    minutes: u64,
}

impl<'s> Search<'s> {
    fn new(steps: &'s [Step<'s>]) -> Self {
        Self { steps, on_way: vec![false; steps.len()], taken: Vec::new(), open: Vec::new(), minutes: 0 }
    }

    /// The steps of the best way, and whether no other is better.
    fn best(mut self, needs: &'s [Vec<usize>]) -> (Vec<usize>, bool) {
        self.need(needs);
        let (mut best, mut branches) = (None, 0);
        let mut path: Vec<Branch<'s>> = Vec::new();
        loop {
            let most = best.as_ref().map_or(u64::MAX, |(minutes, _)| *minutes);
            match self.undecided() {
                None if self.minutes < most => best = Some((self.minutes, self.taken.clone())),
                Some((teachers, at_least)) if self.minutes + at_least < most => {
                    let (taken, open, minutes) = (self.taken.len(), self.open.len(), self.minutes);
                    path.push(Branch { teachers, next: 0, taken, open, minutes });
                }
                _ => {}
            }
            while path.last().is_some_and(|branch| branch.next == branch.teachers.len()) {
                path.pop();
            }
            let Some(branch) = path.last_mut() else { return (best.unwrap_or_default().1, true) };
            if let (MOST_BRANCHES.., Some((_, taken))) = (branches, &best) {
                return (taken.clone(), false);
            }
            let teacher = branch.teachers[branch.next];
            branch.next += 1;
            branches += 1;
            self.minutes = branch.minutes;
            self.open.truncate(branch.open);
            for step in self.taken.drain(branch.taken..) {
                self.on_way[step] = false;
            }
            self.take(vec![teacher]);
        }
    }

    /// Takes what of these needs has no alternative.
    fn need(&mut self, needs: &'s [Vec<usize>]) {
        let mut ahead = Vec::new();
        self.sort_out(needs, &mut ahead);
        self.take(ahead);
    }

    /// Takes steps with all that they need and that has no alternative.
    fn take(&mut self, mut ahead: Vec<usize>) {
        let steps = self.steps;
        while let Some(step) = ahead.pop() {
            if !std::mem::replace(&mut self.on_way[step], true) {
                self.taken.push(step);
                self.minutes += u64::from(steps[step].minutes);
                self.sort_out(&steps[step].needs, &mut ahead);
            }
        }
    }

    /// Tells what has no alternative from what is a choice.
    fn sort_out(&mut self, needs: &'s [Vec<usize>], ahead: &mut Vec<usize>) {
        for teachers in needs {
            match teachers.as_slice() {
                [only] => ahead.push(*only),
                several => self.open.push(several),
            }
        }
    }

    /// A choice that is not made yet, and how many minutes all that are will take at least.
    fn undecided(&self) -> Option<(&'s [usize], u64)> {
        let open = self.open.iter().filter(|teachers| !teachers.iter().any(|&step| self.on_way[step]));
        let (mut first, mut at_least) = (None, 0);
        for teachers in open {
            let least = teachers.iter().map(|&step| u64::from(self.steps[step].minutes)).min().unwrap_or(0);
            at_least = at_least.max(least);
            first = first.or(Some(*teachers));
        }
        first.map(|first| (first, at_least))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::graph::tests::{Has, lesson, needs, skill};
    use super::*;

    /// A lesson of a random graph: its minutes, lessons and skills that it requires, skills that it teaches.
    type Plan = (u32, Vec<usize>, Vec<usize>, Vec<usize>);

    fn plans(lessons: usize, skills: usize) -> impl Strategy<Value = Vec<Plan>> {
        let some = |of: usize, most: usize| prop::collection::vec(0..of, 0..=most);
        prop::collection::vec((1..30_u32, some(lessons, 2), some(skills, 3), some(skills, 2)), lessons)
    }

    fn graph(plans: &[Plan]) -> Graph {
        let mut graph = Graph::default();
        for (n, (_, lessons, skills, teaches)) in plans.iter().enumerate() {
            let taught: Vec<_> = teaches.iter().copied().map(skill).collect();
            graph.add(lesson(n), needs(lessons, skills), &taught);
        }
        graph
    }

    /// Leaves out what is required of later lessons, or of skills that this or a later lesson teaches: no circles.
    fn acyclic(mut plans: Vec<Plan>) -> Vec<Plan> {
        let last: Vec<Option<usize>> = (0..64).map(|s| plans.iter().rposition(|plan| plan.3.contains(&s))).collect();
        for (n, (_, lessons, skills, _)) in plans.iter_mut().enumerate() {
            lessons.retain(|&before| before < n);
            skills.retain(|&s| last[s].is_some_and(|last| last < n));
        }
        plans
    }

    fn complete(has: &mut Has, plans: &[Plan], n: usize) {
        has.lessons.insert(lesson(n));
        has.skills.extend(plans[n].3.iter().copied().map(skill));
    }

    /// Whether these lessons can be completed in some order, and open the lesson.
    fn opens(graph: &Graph, plans: &[Plan], has: &Has, set: u32, to: usize) -> bool {
        let mut has = has.clone();
        let mut left: Vec<_> = (0..plans.len()).filter(|n| set & (1 << n) != 0).collect();
        loop {
            let before = left.len();
            left.retain(|&n| {
                let open = graph.unmet(&lesson(n), &has).is_empty();
                if open {
                    complete(&mut has, plans, n);
                }
                !open
            });
            if left.len() == before {
                return left.is_empty() && graph.unmet(&lesson(to), &has).is_empty();
            }
        }
    }

    fn walk(graph: &Graph, plans: &[Plan], mut has: Has, way: &Way, to: usize) -> Result<(), TestCaseError> {
        let mut minutes = 0;
        for id in &way.lessons {
            let n: usize = id.as_str()[1..].parse().unwrap();
            prop_assert!(!has.completed(id) && n != to);
            prop_assert!(graph.unmet(id, &has).is_empty(), "{} is locked when its turn comes", id);
            complete(&mut has, plans, n);
            minutes += plans[n].0;
        }
        prop_assert!(graph.unmet(&lesson(to), &has).is_empty(), "it is still locked");
        prop_assert_eq!(minutes, way.minutes);
        Ok(())
    }

    fn minutes_of(plans: &[Plan]) -> impl Fn(&LessonId) -> Option<u32> {
        |id| plans.get(id.as_str()[1..].parse::<usize>().unwrap()).map(|plan| plan.0)
    }

    proptest! {
        /// Tried against every set of lessons.
        #[test]
        fn no_other_way_is_shorter(plans in plans(9, 4), done in 0..512_u32, waived in 0..512_u32) {
            let (plans, to) = (acyclic(plans), 8);
            let graph = graph(&plans);
            let mut has = Has::default();
            // What was completed was not always open: prerequisites change.
            for n in (0..8).filter(|n| done & waived & (1 << n) != 0) { complete(&mut has, &plans, n); }
            has.waived = (0..8).filter(|n| waived & !done & (1 << n) != 0).map(lesson).take(2).collect();
            let left = (0..8).filter(|&n| !has.lessons.contains(&lesson(n))).fold(0_u32, |set, n| set | 1 << n);
            let cost = |set: u32| (0..8).filter(|n| set & (1 << n) != 0).map(|n| plans[n].0).sum::<u32>();
            let ways = (0..256_u32).filter(|set| set & !left == 0 && opens(&graph, &plans, &has, *set, to));
            let least = ways.map(cost).min();
            let way = graph.way(&lesson(to), &has, minutes_of(&plans));
            prop_assert_eq!(way.as_ref().map(|way| (way.minutes, way.exact)), least.map(|least| (least, true)));
            if let Some(way) = way { walk(&graph, &plans, has, &way, to)?; }
        }

        /// Also where there are too many choices to try them all, and where prerequisites go round in circles.
        #[test]
        fn completing_the_way_in_order_opens_the_lesson(plans in plans(60, 25), circles in any::<bool>()) {
            let plans = if circles { plans } else { acyclic(plans) };
            let graph = graph(&plans);
            for to in [20, 59] {
                let way = graph.way(&lesson(to), &Has::default(), minutes_of(&plans));
                prop_assert!(circles || way.is_some(), "each skill has a teacher");
                if let Some(way) = way { walk(&graph, &plans, Has::default(), &way, to)?; }
            }
        }
    }

    #[test]
    fn the_shorter_teacher_is_taken_unless_another_is_needed_anyway() {
        // 0 and 1 teach the skill 0; 2 needs the skill, 3 needs the skill and lesson 1.
        let plans: Vec<Plan> = vec![
            (5, vec![], vec![], vec![0]),
            (9, vec![], vec![], vec![0]),
            (1, vec![], vec![0], vec![]),
            (1, vec![1], vec![0], vec![]),
        ];
        let graph = graph(&plans);
        let way = |to: usize| graph.way(&lesson(to), &Has::default(), minutes_of(&plans)).unwrap();
        assert_eq!(way(2), Way { lessons: vec![lesson(0)], minutes: 5, exact: true });
        assert_eq!(way(3), Way { lessons: vec![lesson(1)], minutes: 9, exact: true });
        assert_eq!(way(0), Way { lessons: vec![], minutes: 0, exact: true });
        let only_long = graph.way(&lesson(2), &Has::default(), |id| (*id != lesson(0)).then_some(9)).unwrap();
        assert_eq!(only_long.lessons, [lesson(1)], "nobody can take the shorter one");
        assert_eq!(graph.way(&lesson(3), &Has::default(), |id| (*id != lesson(1)).then_some(9)), None);
    }

    #[test]
    fn with_too_many_choices_the_best_way_so_far_is_given() {
        // Skill n can be learnt from lesson n or from one of a few that teach several; the last lesson needs them all.
        let skills = 40;
        let mut plans: Vec<Plan> = (0..skills).map(|n| (3, vec![], vec![], vec![n])).collect();
        plans.extend((0..skills).map(|n| (7, vec![], vec![], vec![n, (n * 7 + 3) % skills, (n * 11 + 5) % skills])));
        plans.push((1, vec![], (0..skills).collect(), vec![]));
        let (graph, to) = (graph(&plans), plans.len() - 1);
        let way = graph.way(&lesson(to), &Has::default(), minutes_of(&plans)).unwrap();
        assert!(!way.exact && way.minutes <= 3 * skills as u32, "{way:?}");
        walk(&graph, &plans, Has::default(), &way, to).unwrap();
    }

    #[test]
    fn a_chain_as_long_as_a_pack_is_walked() {
        let long = 50_000_usize;
        let mut graph = Graph::default();
        let name = |n: usize| LessonId::new(format!("l{n:06}")).unwrap();
        for n in 0..long {
            let before: BTreeSet<_> = n.checked_sub(1).into_iter().map(name).collect();
            let requires = crate::catalog::Requires { lessons: before.into_iter().collect(), ..Default::default() };
            graph.add(name(n), requires, &[]);
        }
        let way = graph.way(&name(long - 1), &Has::default(), |_| Some(2)).unwrap();
        assert_eq!((way.lessons.len(), way.minutes, way.exact), (long - 1, 99_998, true));
        assert_eq!((&way.lessons[0], &way.lessons[long - 2]), (&name(0), &name(long - 2)));
    }
}
