//! How lessons and courses fare.

use cairn_domain::learning::{CourseStatistics, LessonStatistics, QuestionStatistics};

use super::Connect;
use crate::args::StatisticsArgs;
use crate::words::count;
use crate::{Context, Exit, Failure, html};

/// How wide the bars are.
const BAR: usize = 20;

pub(super) fn statistics(
    args: &StatisticsArgs,
    connect: &Connect<'_>,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    let publisher = connect()?;
    if !args.course && args.idle_days.is_none() {
        match publisher.lesson_statistics(&args.name, args.revision.as_ref()) {
            Ok(found) => {
                context.output.show(&found, || show_lesson(&found, context));
                return Ok(Exit::Ok);
            }
            Err(failure) if failure.code == "not_found" && args.revision.is_none() => {}
            Err(failure) => return Err(failure),
        }
    }
    let found = publisher.course_statistics(&args.name, args.idle_days)?;
    context.output.show(&found, || show_course(&found, context));
    Ok(Exit::Ok)
}

fn share(part: u64, of: u64) -> String {
    format!("{} %", (part * 200 + of) / (2 * of.max(1)))
}

/// The beginning of a revision, which tells it from others of one lesson.
fn short(revision: &impl ToString) -> String {
    revision.to_string().chars().take(12).collect()
}

fn show_lesson(found: &LessonStatistics, context: &Context<'_>) {
    let output = context.output;
    output.line(format!("{}  {}", output.bold(&found.title), output.dim(&found.slug)));
    let learners = &found.learners;
    output.line(format!("Completed by {}.", count(learners.completed, "learner")));
    if found.kind != "quiz" {
        return;
    }
    let (attempts, present) = (&found.attempts, if found.current { "the present one" } else { "an earlier one" });
    output.line(format!("Tried by {}.", count(learners.tried, "learner")));
    output.line(format!(
        "Attempts at revision {} ({present}): {} started, {} graded, {} passed.",
        short(&found.revision),
        attempts.started,
        attempts.graded,
        attempts.passed
    ));
    if let Some(percent) = &found.percent {
        output.line("");
        output.line(format!(
            "Results: half of them reach {} %; the middle half lies from {} to {} %.",
            percent.median, percent.lower_quartile, percent.upper_quartile
        ));
        let most = percent.tenths.iter().copied().max().unwrap_or(0);
        let rows = percent.tenths.iter().enumerate().map(|(at, attempts)| {
            let range = if at == 9 { "90 to 100 %".to_owned() } else { format!("{} to {} %", at * 10, at * 10 + 9) };
            vec![format!("  {range:>11}"), output.bar(*attempts, most, BAR), attempts.to_string()]
        });
        output.table(&rows.collect::<Vec<_>>());
        output.line("");
        output.line("Questions, the one that fails most first:");
        found.questions.iter().for_each(|question| show_question(question, attempts.graded, context));
    }
    let others: Vec<String> = found
        .revisions
        .iter()
        .filter(|other| other.revision != found.revision)
        .map(|other| format!("  --revision {}   {} graded", other.revision, other.graded))
        .collect();
    if !others.is_empty() {
        output.line("");
        output.line("Other revisions:");
        others.iter().for_each(|line| output.line(line));
    }
}

fn show_question(question: &QuestionStatistics, graded: u64, context: &Context<'_>) {
    let output = context.output;
    let failed = question.wrong + question.unanswered;
    let left_out = match question.unanswered {
        0 => String::new(),
        left_out => format!(", {left_out} left out"),
    };
    output.line(format!(
        "  {} {:>5}  question {} ({}): {} of {graded} not right{left_out}",
        output.bar(failed, graded, BAR),
        format!("{} %", question.failed_percent),
        question.number,
        question.question,
        failed,
    ));
    let prompt = html::render_line(&question.prompt, output.colours());
    for line in html::wrap(&prompt, output.width().saturating_sub(6)) {
        output.line(format!("      {line}"));
    }
    if let Some(chosen) = &question.most_chosen_wrong {
        let text = html::render_line(&chosen.text, output.colours());
        let (times, choice) = (count(chosen.times, "time"), &chosen.choice);
        output.line(output.dim(format!("      most chosen wrong: {choice}, {times}: {text}")));
    }
}

fn show_course(found: &CourseStatistics, context: &Context<'_>) {
    let output = context.output;
    output.line(format!("{}  {}", output.bold(&found.title), output.dim(&found.slug)));
    let learners = count(found.learners, "learner");
    output.line(if found.newest_only {
        format!("Of the {learners} who enrolled last; there are more.")
    } else {
        format!("{learners} on it or done with it.")
    });
    output.line("");
    let heads = ["  lesson", "reached", "", "completed", "stopped", ""].map(|head| output.dim(head)).to_vec();
    let rows = found.lessons.iter().map(|lesson| {
        let idle = match lesson.median_idle_days {
            Some(days) => format!("for {} in the median", count(days, "day")),
            None => String::new(),
        };
        let stopped = if lesson.stopped > 0 { output.warning(lesson.stopped) } else { "0".to_owned() };
        vec![
            format!("  {}{}", lesson.slug, if lesson.optional { " (optional)" } else { "" }),
            lesson.reached.to_string(),
            output.bar(lesson.completed, found.learners, BAR),
            format!("{} ({})", lesson.completed, share(lesson.completed, found.learners)),
            stopped,
            output.dim(idle),
        ]
    });
    output.table(&std::iter::once(heads).chain(rows).collect::<Vec<_>>());
    output.line("");
    let days = count(u64::from(found.idle_days), "day");
    let worst = found.lessons.iter().rev().max_by_key(|lesson| lesson.stopped).filter(|lesson| lesson.stopped > 0);
    output.line(match worst {
        Some(worst) => {
            let stopped = count(worst.stopped, "learner");
            format!("Most stop at {}: {stopped} without an event for {days} or more.", output.bold(&worst.slug))
        }
        None => format!("Nobody on it has been without an event for {days}."),
    });
}
