//! The weeks behind a learner, drawn as bars.

use askama::Template;
use cairn_domain::learning::WeekActivity;

use super::text;

const WIDTH: usize = 16;
const BETWEEN: usize = 6;
const HEIGHT: usize = 96;
const FOOT: usize = 22;
const LEFT: usize = 52;

/// A bar for each week.
#[derive(Template)]
#[template(path = "weeks.html")]
pub(super) struct Plot {
    width: usize,
    height: usize,
    /// Where the bars stand.
    ground: usize,
    most: String,
    bars: Vec<Bar>,
}

struct Bar {
    x: usize,
    y: usize,
    height: usize,
    title: String,
    /// What stands below; empty for most.
    label: String,
}

impl Plot {
    /// The plot of these weeks, in which the highest bar is the week with the most minutes.
    pub(super) fn of(weeks: &[WeekActivity]) -> Self {
        let most = weeks.iter().map(|week| week.minutes).max().unwrap_or(0).max(1);
        let bar = |(at, week): (usize, &WeekActivity)| {
            let part = (week.minutes as usize * HEIGHT).div_ceil(most as usize);
            let day = text::day(&week.from);
            // The first week of each month is named; at the end there is no room.
            let names = day[8..].parse::<u8>().is_ok_and(|day| day <= 7) && at + 2 < weeks.len();
            Bar {
                x: LEFT + at * (WIDTH + BETWEEN),
                y: HEIGHT - part,
                height: part,
                title: format!("Week of {day}: {} lessons, {} min", week.lessons, week.minutes),
                label: if names { day[..7].to_owned() } else { String::new() },
            }
        };
        Self {
            width: LEFT + weeks.len() * (WIDTH + BETWEEN),
            height: HEIGHT + FOOT,
            ground: HEIGHT,
            most: text::duration(&most),
            bars: weeks.iter().enumerate().map(bar).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use cairn_domain::shared::Timestamp;

    use super::*;

    #[test]
    fn the_week_with_the_most_minutes_is_the_highest_bar() {
        let week = |day: &str, minutes| WeekActivity {
            from: format!("{day}T00:00:00Z").parse::<Timestamp>().unwrap(),
            lessons: 1,
            minutes,
            attempts: 0,
            passed: 0,
        };
        let plot =
            Plot::of(&[week("2026-11-02", 30), week("2026-11-09", 0), week("2026-11-16", 90), week("2026-11-23", 1)]);
        let bars: Vec<_> = plot.bars.iter().map(|bar| (bar.y, bar.height, bar.label.as_str())).collect();
        assert_eq!(bars, [(64, 32, "2026-11"), (96, 0, ""), (0, 96, ""), (94, 2, "")]);
        assert_eq!(plot.most, "1 h 30 min");
        assert!(plot.bars[0].title.starts_with("Week of 2026-11-02: 1 lessons"));
    }
}
