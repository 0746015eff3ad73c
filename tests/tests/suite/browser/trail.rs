//! A small curriculum whose answers are known: two readings, each with a quiz, and a reading behind both.

use super::people::World;
use crate::cli::harness::Machine;

const PACK: &str = "\
format: cairn-pack/v1
id: trail
title: Trails
summary: Going far on foot.
language: en
licence: CC0-1.0
authors: [Ada]
skills:
  - { id: trail.signs, title: Reading signs }
  - { id: trail.weather, title: Reading the sky }
";

const TRACK: &str = "\
---
id: hills
title: Hill walking
summary: From the first sign to a night out.
courses: [walking]
---
One course.
";

const COURSE: &str = "\
---
id: walking
title: Walking
summary: Signs, weather and nights.
lessons: [signs, signs-quiz, weather, weather-quiz, night, huts]
---
Six lessons.
";

const SIGNS: &str = "\
---
id: signs
title: Signs on the way
summary: What paint on a stone says.
kind: reading
minutes: 10
---
Two bars say *go on*, a cross says *turn back*.
";

const SIGNS_QUIZ: &str = "\
---
id: signs-quiz
title: 'Quiz: signs'
summary: Four questions.
kind: quiz
minutes: 5
teaches: [trail.signs]
requires: { lessons: [signs] }
quiz:
  pass_mark: 75
  questions:
    - id: q-cross
      type: single
      prompt: What does a cross say?
      choices:
        - { id: a, text: Go on }
        - { id: b, text: Turn back, correct: true }
      explanation: A cross closes the way.
    - id: q-both
      type: multiple
      prompt: Which are painted?
      choices:
        - { id: a, text: Bars, correct: true }
        - { id: b, text: Crosses, correct: true }
        - { id: c, text: Clouds }
      explanation: Clouds are not.
    - id: q-bars
      type: numeric
      prompt: How many bars say that you go on?
      answer: \"2\"
      tolerance: \"0\"
      explanation: Two of them.
    - id: q-word
      type: text
      prompt: What is the paint on?
      accept: [stone]
      ignore: [case, whitespace]
      explanation: On a stone.
---
Try it.
";

const WEATHER: &str = "\
---
id: weather
title: Weather
summary: What the sky says.
kind: reading
minutes: 90
requires: { skills: [trail.signs] }
---
A ring around the moon says *rain*.
";

const WEATHER_QUIZ: &str = "\
---
id: weather-quiz
title: 'Quiz: weather'
summary: One question.
kind: quiz
minutes: 5
teaches: [trail.weather]
requires: { lessons: [weather] }
quiz:
  pass_mark: 100
  questions:
    - id: q-ring
      type: single
      prompt: What does a ring around the moon say?
      choices:
        - { id: a, text: Rain, correct: true }
        - { id: b, text: Frost }
      explanation: It rains soon.
---
Try it.
";

const NIGHT: &str = "\
---
id: night
title: A night out
summary: Where to sleep.
kind: reading
minutes: 60
requires: { skills: [trail.signs, trail.weather] }
---
Never in the bed of a stream.
";

const HUTS: &str = "\
---
id: huts
title: 'Drill: huts'
summary: Which huts have beds?
kind: drill
minutes: 15
optional: true
drill: huts.yaml
---
Give name and beds of each hut whose beds are known.
";

const QUESTION: &str = "\
drill: sql/v1
data:
  seed: 1
  tables:
    - name: hut
      create: create table hut (name text not null, beds integer)
      columns: [{ name: name }, { name: beds }]
      rows_given: [[Alm, 12], [Joch, null], [Tal, 8]]
rows:
  hint: What is not known is not equal to anything.
reference: select name, beds from hut where beds is not null
";

const FILES: [(&str, &str); 10] = [
    ("pack.yaml", PACK),
    ("tracks/hills.md", TRACK),
    ("courses/walking/course.md", COURSE),
    ("courses/walking/signs.md", SIGNS),
    ("courses/walking/signs-quiz.md", SIGNS_QUIZ),
    ("courses/walking/weather.md", WEATHER),
    ("courses/walking/weather-quiz.md", WEATHER_QUIZ),
    ("courses/walking/night.md", NIGHT),
    ("courses/walking/huts.md", HUTS),
    ("courses/walking/huts.yaml", QUESTION),
];

/// A server on this machine with the small curriculum and no other.
pub(super) fn world(mut machine: Machine) -> World {
    machine.set("CAIRN__CONTENT__APPLY_SHIPPED", "false");
    for (path, text) in FILES {
        machine.file(&format!("trail/{path}"), text);
    }
    let world = World::on(machine);
    world.login_as_admin();
    world.run(&["content", "apply", "trail"]).ends(0);
    world
}
