//! What is left to take, and in which order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use super::super::Standing;
use super::Blocked;
use crate::catalog::{Attained as _, Catalogue, Node};
use crate::shared::{CourseId, LessonId, SkillId, Timestamp};

/// Why a lesson stands in a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Why {
    /// The course or track is not finished without it.
    Required,
    /// It is optional, and there is no other way to a required lesson.
    Leads,
    /// It stands in a course outside of the target, and there is no other way to a required lesson.
    Elsewhere,
}

/// A lesson on the way, in its place.
pub(super) struct Leg {
    pub(super) lesson: LessonId,
    pub(super) course: CourseId,
    pub(super) minutes: u32,
    pub(super) why: Why,
    /// By how many minutes the longest chain of prerequisites through it is shorter than the longest of all.
    pub(super) slack: u32,
    pub(super) critical: bool,
}

/// All that is left to take on an enrolment, whatever the pace.
pub(super) struct Way {
    pub(super) legs: Vec<Leg>,
    /// The longest chain of prerequisites, first to last, as places in `legs`.
    pub(super) critical: Vec<usize>,
    /// The minutes of the longest chain.
    pub(super) longest: u32,
    pub(super) blocked: Vec<Blocked>,
    /// When the required lessons that are completed were, and what they took, in that order.
    pub(super) done: Vec<(Timestamp, u32)>,
}

/// A lesson that may have to be taken.
struct Candidate<'a> {
    id: &'a str,
    course: CourseId,
    minutes: u32,
    why: Why,
    /// Lower ones first, as far as prerequisites allow: twice the place in the target and one; for lessons from elsewhere
    /// the even number right before the lesson that they lead to.
    rank: u64,
    expanded: bool,
    /// Whether it needs a lesson that nobody can take.
    hopeless: bool,
    lessons: Vec<u32>,
    skills: Vec<u32>,
    needed_by: Vec<u32>,
    teaches: Vec<u32>,
}

/// A skill that is needed and not held.
struct Wanted {
    teachers: Vec<u32>,
    by: Vec<u32>,
}

/// The candidates with what each needs of the others. A skill is gained from the first of its teachers that is taken.
struct Net<'a> {
    catalogue: &'a Catalogue,
    standing: &'a Standing,
    candidates: Vec<Candidate<'a>>,
    numbers: BTreeMap<&'a str, u32>,
    skills: Vec<Wanted>,
    skill_numbers: BTreeMap<&'a SkillId, u32>,
    done: Vec<(Timestamp, u32)>,
}

/// Candidates in an order in which each can be taken.
struct Walk {
    /// Who, at which key, and who opened it.
    steps: Vec<(u32, u64, Option<u32>)>,
    reached: Vec<bool>,
    /// From whom each skill is gained.
    gained: Vec<Option<u32>>,
}

fn at(number: u32) -> usize {
    number as usize
}

impl<'a> Net<'a> {
    fn of(catalogue: &'a Catalogue, standing: &'a Standing) -> Self {
        let mut net = Self {
            catalogue,
            standing,
            candidates: Vec::new(),
            numbers: BTreeMap::new(),
            skills: Vec::new(),
            skill_numbers: BTreeMap::new(),
            done: Vec::new(),
        };
        let target = &standing.enrolment.target;
        let counting = target.required_courses(catalogue);
        let mut place = 0;
        for course in target.courses(catalogue) {
            let (counts, all_optional) = (counting.contains(&course), catalogue.all_optional(&course));
            for lesson in catalogue.lessons_of_course(&course) {
                let required = counts && (all_optional || !lesson.detail.optional);
                let (id, minutes) = (lesson.document().id.as_str(), u32::from(lesson.detail.minutes));
                place += 1;
                let record = standing.lessons.get(id).and_then(|record| record.completed.as_ref());
                if let Some(completed) = record {
                    if required {
                        net.done.push((completed.at, minutes));
                    }
                } else {
                    net.add(
                        id,
                        course.clone(),
                        minutes,
                        if required { Why::Required } else { Why::Leads },
                        2 * place + 1,
                    );
                }
            }
        }
        net.done.sort();
        let mut open: Vec<u32> = (0..net.candidates.len() as u32).filter(|n| net.is(*n, Why::Required)).collect();
        while let Some(number) = open.pop() {
            net.expand(number, &mut open);
        }
        net
    }

    fn is(&self, number: u32, why: Why) -> bool {
        self.candidates[at(number)].why == why
    }

    fn add(&mut self, id: &'a str, course: CourseId, minutes: u32, why: Why, rank: u64) -> u32 {
        let number = self.candidates.len() as u32;
        self.numbers.insert(id, number);
        self.candidates.push(Candidate {
            id,
            course,
            minutes,
            why,
            rank,
            expanded: false,
            hopeless: false,
            lessons: Vec::new(),
            skills: Vec::new(),
            needed_by: Vec::new(),
            teaches: Vec::new(),
        });
        number
    }

    fn completed(&self, lesson: &LessonId) -> bool {
        self.standing.lessons.get(lesson).is_some_and(|record| record.completed.is_some())
    }

    /// The number of a lesson that is not completed; `None` when nobody can take it: it is nowhere, or retired outside of
    /// the target.
    fn number(&mut self, lesson: &LessonId) -> Option<u32> {
        if let Some(number) = self.numbers.get(lesson.as_str()) {
            return Some(*number);
        }
        let found = self.catalogue.lesson(lesson).filter(|found| !found.retired())?;
        let course = self.catalogue.course_of(lesson)?;
        if self.catalogue.course(course)?.retired() {
            return None;
        }
        let minutes = u32::from(found.detail.minutes);
        Some(self.add(found.document().id.as_str(), course.clone(), minutes, Why::Elsewhere, 0))
    }

    /// Finds out what a candidate needs, and adds to `open` whoever may lead to it.
    fn expand(&mut self, number: u32, open: &mut Vec<u32>) {
        if std::mem::replace(&mut self.candidates[at(number)].expanded, true) {
            return;
        }
        let catalogue = self.catalogue;
        let Ok(id) = LessonId::new(self.candidates[at(number)].id) else { return };
        // What an instructor has waived is not needed.
        let Some(requires) = catalogue.graph().requires(&id).filter(|_| !self.standing.waived(&id)) else { return };
        for lesson in &requires.lessons {
            if self.completed(lesson) {
                continue;
            }
            match self.number(lesson) {
                Some(needed) => {
                    self.candidates[at(number)].lessons.push(needed);
                    self.candidates[at(needed)].needed_by.push(number);
                    open.push(needed);
                }
                None => self.candidates[at(number)].hopeless = true,
            }
        }
        for skill in requires.skills.iter().filter(|skill| !self.standing.skills.contains(*skill)) {
            let wanted = match self.skill_numbers.get(skill) {
                Some(wanted) => *wanted,
                None => self.want(skill, open),
            };
            self.candidates[at(number)].skills.push(wanted);
            self.skills[at(wanted)].by.push(number);
        }
    }

    fn want(&mut self, skill: &'a SkillId, open: &mut Vec<u32>) -> u32 {
        let wanted = self.skills.len() as u32;
        self.skill_numbers.insert(skill, wanted);
        let catalogue = self.catalogue;
        let mut teachers = Vec::new();
        for lesson in catalogue.graph().taught_by(skill) {
            if self.completed(lesson) {
                continue;
            }
            if let Some(teacher) = self.number(lesson) {
                teachers.push(teacher);
                self.candidates[at(teacher)].teaches.push(wanted);
                open.push(teacher);
            }
        }
        self.skills.push(Wanted { teachers, by: Vec::new() });
        wanted
    }

    /// Takes whoever can be taken among these, the lowest key first. The key may follow from that of the lesson, or last of
    /// the lessons, that opened it.
    fn walk(&self, among: &[bool], key: impl Fn(&Candidate<'_>, u64) -> u64) -> Walk {
        let mut left: Vec<usize> = self
            .candidates
            .iter()
            .map(|candidate| candidate.lessons.len() + candidate.skills.len() + usize::from(candidate.hopeless))
            .collect();
        let mut walk = Walk {
            steps: Vec::with_capacity(self.candidates.len()),
            reached: vec![false; self.candidates.len()],
            gained: vec![None; self.skills.len()],
        };
        let mut ready = BinaryHeap::new();
        let free = (0..left.len()).filter(|n| among[*n] && left[*n] == 0);
        ready.extend(free.map(|n| Reverse((key(&self.candidates[n], 0), n as u32, None))));
        while let Some(Reverse((now, number, opener))) = ready.pop() {
            walk.reached[at(number)] = true;
            walk.steps.push((number, now, opener));
            let taken = &self.candidates[at(number)];
            let mut meet = |of: &[u32]| {
                for follower in of.iter().filter(|follower| among[at(**follower)]) {
                    left[at(*follower)] -= 1;
                    if left[at(*follower)] == 0 {
                        ready.push(Reverse((key(&self.candidates[at(*follower)], now), *follower, Some(number))));
                    }
                }
            };
            meet(&taken.needed_by);
            for skill in &taken.teaches {
                if walk.gained[at(*skill)].is_none() {
                    walk.gained[at(*skill)] = Some(number);
                    meet(&self.skills[at(*skill)].by);
                }
            }
        }
        walk
    }

    /// Chooses what to take: each required lesson that can be reached and all that these need. For a skill that none of
    /// them teaches, one more teacher is taken: the first optional lesson of the target, else the shortest from elsewhere.
    fn choose(&mut self, feasible: &Walk) -> Vec<bool> {
        let all = 0..self.candidates.len() as u32;
        let mut must: Vec<u32> = all.filter(|n| self.is(*n, Why::Required) && feasible.reached[at(*n)]).collect();
        let mut chosen = vec![false; self.candidates.len()];
        must.iter().for_each(|number| chosen[at(*number)] = true);
        must.reverse();
        let mut wanted = VecDeque::new();
        loop {
            // Skills come after lessons: what is needed anyway may teach them.
            if let Some(number) = must.pop() {
                let candidate = &self.candidates[at(number)];
                let rank = candidate.rank & !1;
                wanted.extend(candidate.skills.iter().map(|skill| (*skill, rank)));
                for needed in candidate.lessons.clone() {
                    self.include(needed, rank, &mut chosen, &mut must);
                }
            } else if let Some((skill, rank)) = wanted.pop_front() {
                let teachers = &self.skills[at(skill)].teachers;
                if teachers.iter().any(|teacher| chosen[at(*teacher)]) {
                    continue;
                }
                let cost = |teacher: &&u32| {
                    let it = &self.candidates[at(**teacher)];
                    let length = if it.why == Why::Elsewhere { u64::from(it.minutes) } else { it.rank };
                    (it.why, length, it.id)
                };
                let best = teachers.iter().filter(|teacher| feasible.reached[at(**teacher)]).min_by_key(cost).copied();
                if let Some(teacher) = best {
                    self.include(teacher, rank, &mut chosen, &mut must);
                }
            } else {
                return chosen;
            }
        }
    }

    fn include(&mut self, number: u32, rank: u64, chosen: &mut [bool], must: &mut Vec<u32>) {
        if !std::mem::replace(&mut chosen[at(number)], true) {
            let candidate = &mut self.candidates[at(number)];
            if candidate.why == Why::Elsewhere {
                candidate.rank = rank;
            }
            must.push(number);
        }
    }

    /// Leaves out what was chosen for a skill that something chosen later teaches too; tells whether there was any.
    fn prune(&self, order: &Walk, chosen: &mut [bool]) -> bool {
        let mut pruned = false;
        // Whoever needs a lesson comes after it, so that it is judged when it is known who stays.
        for (number, ..) in order.steps.iter().rev().filter(|(number, ..)| !self.is(*number, Why::Required)) {
            let candidate = &self.candidates[at(*number)];
            let needed = candidate.needed_by.iter().any(|follower| chosen[at(*follower)]);
            let only = |skill: &u32| {
                let skill = &self.skills[at(*skill)];
                let others = skill.teachers.iter().any(|teacher| teacher != number && chosen[at(*teacher)]);
                !others && skill.by.iter().any(|follower| chosen[at(*follower)])
            };
            if !needed && !candidate.teaches.iter().any(only) {
                chosen[at(*number)] = false;
                pruned = true;
            }
        }
        pruned
    }

    /// The required lessons that are never reached, each with those of its needs that can't be met.
    fn blocked(&self, feasible: &Walk, order: &Walk) -> Vec<Blocked> {
        let all = (0..self.candidates.len() as u32).filter(|n| self.is(*n, Why::Required) && !order.reached[at(*n)]);
        let blocked = |number: u32| {
            let candidate = &self.candidates[at(number)];
            // What could be reached alone, and not together, is a circle.
            let reached = &(if feasible.reached[at(number)] { order } else { feasible }).reached;
            let lesson = LessonId::new(candidate.id).ok()?;
            let unmet = self.catalogue.graph().unmet(&lesson, self.standing);
            let mut needs: Vec<_> = unmet.into_iter().map(|need| need.node).collect();
            needs.retain(|need| {
                let met = match need {
                    Node::Lesson(id) => self.numbers.get(id.as_str()).is_some_and(|n| reached[at(*n)]),
                    Node::Skill(id) => self.skill_numbers.get(id).is_some_and(|skill| {
                        self.skills[at(*skill)].teachers.iter().any(|teacher| reached[at(*teacher)])
                    }),
                };
                !met
            });
            Some(Blocked { lesson, course: candidate.course.clone(), needs })
        };
        all.filter_map(blocked).collect()
    }
}

impl Way {
    /// The way that is left of an enrolment.
    ///
    /// Needs as long as a sort of the prerequisites: each lesson and each need is looked at a fixed number of times.
    pub(super) fn of(catalogue: &Catalogue, standing: &Standing) -> Self {
        let mut net = Net::of(catalogue, standing);
        let everybody: Vec<bool> = net.candidates.iter().map(|candidate| candidate.expanded).collect();
        let feasible = net.walk(&everybody, |_, _| 0);
        let mut chosen = net.choose(&feasible);
        let mut order = net.walk(&chosen, |candidate, _| candidate.rank);
        if net.prune(&order, &mut chosen) {
            order = net.walk(&chosen, |candidate, _| candidate.rank);
        }
        // With hours without end each lesson is taken as soon as it opens: the key is when it is over.
        let soonest = net.walk(&chosen, |candidate, opened| opened + u64::from(candidate.minutes));
        let blocked = net.blocked(&feasible, &order);

        let longest = soonest.steps.last().map_or(0, |(_, over, _)| *over);
        let (mut over, mut opener, mut tail) = (vec![0; chosen.len()], vec![None; chosen.len()], vec![0; chosen.len()]);
        for (number, ends, opened_by) in soonest.steps.iter().rev() {
            let candidate = &net.candidates[at(*number)];
            let own = candidate.teaches.iter().filter(|skill| soonest.gained[at(**skill)] == Some(*number));
            let through_skills = own.flat_map(|skill| &net.skills[at(*skill)].by);
            let followers = candidate.needed_by.iter().chain(through_skills).filter(|n| soonest.reached[at(**n)]);
            let after = followers.map(|n| u64::from(net.candidates[at(*n)].minutes) + tail[at(*n)]).max();
            tail[at(*number)] = after.unwrap_or(0);
            (over[at(*number)], opener[at(*number)]) = (*ends, *opened_by);
        }
        let mut critical = vec![false; chosen.len()];
        let end = soonest.steps.iter().find(|(_, ends, _)| *ends == longest).map(|(number, ..)| *number);
        let (mut next, mut chain) = (end, Vec::new());
        while let Some(number) = next {
            critical[at(number)] = true;
            chain.push(number);
            next = opener[at(number)];
        }
        let mut places = vec![0; chosen.len()];
        let mut legs = Vec::with_capacity(order.steps.len());
        for (number, ..) in &order.steps {
            let candidate = &net.candidates[at(*number)];
            let Ok(lesson) = LessonId::new(candidate.id) else { continue };
            places[at(*number)] = legs.len();
            legs.push(Leg {
                lesson,
                course: candidate.course.clone(),
                minutes: candidate.minutes,
                why: candidate.why,
                slack: (longest - over[at(*number)] - tail[at(*number)]) as u32,
                critical: critical[at(*number)],
            });
        }
        let critical = chain.iter().rev().map(|number| places[at(*number)]).collect();
        Self { legs, critical, longest: longest as u32, blocked, done: net.done }
    }
}
