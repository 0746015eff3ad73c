//! A plan as iCalendar (RFC 5545): an event for each week, all day long, since calendars show events and few show tasks.

use cairn_domain::Result;
use cairn_domain::learning::{Planned, PlannedWeek};
use cairn_domain::shared::Timestamp;

/// The calendar of a plan.
///
/// The same plan gives the same bytes: the time stamp is when its settings were changed, and `SEQUENCE` rises with
/// everything that it follows from: the settings, what was learnt, the pack's release, and the week of today. An event is
/// its week's for good, so that a calendar that is imported again replaces it; a missed week's is cancelled.
///
/// # Errors
/// `not_found` when the enrolment's pack is gone.
pub(super) fn of(planned: &Planned) -> Result<String> {
    let (plan, schedule, catalogue) = (&planned.plan, &planned.schedule, planned.catalogue()?);
    let enrolment = &planned.standing.enrolment;
    let target = catalogue.entry(enrolment.target.kind(), &enrolment.target.id());
    let title = target.map_or("Cairn", |entry| entry.document.title.as_str());
    let release = planned.library.pack(&enrolment.pack).map_or(0, |(release, _)| release.number);
    let week = plan.settings.week_of(schedule.today).unwrap_or(0);
    let sequence = [plan.version, release, week].into_iter().map(u64::from).sum::<u64>() + planned.standing.seq;
    // An INTEGER has 32 bits with a sign.
    let sequence = sequence.min(i32::MAX as u64);

    let mut calendar = Lines::default();
    calendar.line("BEGIN", "VCALENDAR");
    calendar.line("VERSION", "2.0");
    calendar.line("PRODID", "-//Cairn//Study plan//EN");
    calendar.line("CALSCALE", "GREGORIAN");
    calendar.line("METHOD", "PUBLISH");
    calendar.line("X-WR-CALNAME", &text(title));
    for week in schedule.weeks.iter().filter(|week| week.missed || !week.lessons.is_empty()) {
        let day = |date: cairn_domain::shared::Date| date.to_string().replace('-', "");
        calendar.line("BEGIN", "VEVENT");
        calendar.line("UID", &format!("{}-{}@cairn", enrolment.id, day(week.when.begins)));
        calendar.line("DTSTAMP", &stamp(plan.changed_at));
        calendar.line("SEQUENCE", &sequence.to_string());
        calendar.line("DTSTART;VALUE=DATE", &day(week.when.begins));
        // The end is the first day that is no longer part of it.
        calendar.line("DTEND;VALUE=DATE", &day(week.when.ends.plus_days(1)));
        calendar.line("STATUS", if week.missed { "CANCELLED" } else { "CONFIRMED" });
        calendar.line("TRANSP", "TRANSPARENT");
        calendar.line("SUMMARY", &text(&format!("{title}: {}", summary(week))));
        let lessons = schedule.lessons[week.lessons.clone()].iter().map(|lesson| {
            let found = catalogue.lesson(&lesson.lesson);
            let (name, kind) =
                found.map_or(("", ""), |it| (it.document().title.as_str(), it.detail.lesson_kind.as_str()));
            format!("{name} ({kind}, {} min)", lesson.minutes)
        });
        calendar.line("DESCRIPTION", &text(&lessons.collect::<Vec<_>>().join("\n")));
        calendar.line("END", "VEVENT");
    }
    calendar.line("END", "VCALENDAR");
    Ok(calendar.0)
}

fn summary(week: &PlannedWeek) -> String {
    match (week.missed, week.lessons.len()) {
        (true, _) => "nothing this week".to_owned(),
        (_, 1) => format!("1 lesson, {} min", week.minutes),
        (_, lessons) => format!("{lessons} lessons, {} min", week.minutes),
    }
}

/// A moment as DATE-TIME in UTC, such as `20261124T120000Z`.
fn stamp(moment: Timestamp) -> String {
    let written = moment.to_string();
    let seconds = written.split('.').next().unwrap_or_default();
    format!("{}Z", seconds.replace(['-', ':'], ""))
}

/// A TEXT value (RFC 5545, 3.3.11).
fn text(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '\n' => escaped.push_str("\\n"),
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// Content lines: ended by CRLF and folded before they have more than 75 octets (RFC 5545, 3.1).
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn line(&mut self, name: &str, value: &str) {
        let mut octets = 0;
        for character in name.chars().chain([':']).chain(value.chars()) {
            if octets + character.len_utf8() > 75 {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            self.0.push(character);
            octets += character.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unfolded(lines: &Lines) -> String {
        lines.0.replace("\r\n ", "")
    }

    #[test]
    fn long_lines_are_folded_between_characters() {
        for value in ["x".repeat(400), "é".repeat(200), "🦀".repeat(100), format!("x{}", "日本".repeat(60))] {
            let mut lines = Lines::default();
            lines.line("SUMMARY", &value);
            assert!(lines.0.ends_with("\r\n") && lines.0.matches('\n').count() > 4);
            let folded: Vec<_> = lines.0.trim_end().split("\r\n").collect();
            for (at, line) in folded.iter().enumerate() {
                let last = at + 1 == folded.len();
                assert!(line.len() <= 75 && (last || line.len() > 71), "{} octets", line.len());
            }
            assert_eq!(unfolded(&lines), format!("SUMMARY:{value}\r\n"));
        }
        let mut exact = Lines::default();
        exact.line("X", &"x".repeat(73));
        assert_eq!(exact.0.matches("\r\n").count(), 1, "75 octets are not too many");
    }

    #[test]
    fn what_means_something_is_escaped() {
        assert_eq!(text("a, b; c\\d\ne\r\tf: \"g\""), "a\\, b\\; c\\\\d\\nef: \"g\"");
    }

    #[test]
    fn a_moment_has_the_form_of_a_stamp() {
        assert_eq!(stamp("2026-11-24T12:34:56.789Z".parse().unwrap()), "20261124T123456Z");
    }
}
