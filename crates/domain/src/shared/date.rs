use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Error, Result, Timestamp};

/// A day of the calendar (Gregorian, also before 1582), from year 1 to 9999. It has no place: moments fall on days as
/// they do in UTC.
///
/// Written and read as RFC 3339 writes the date of a time, such as `2026-12-01`, so that text order is time order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date(time::Date);

impl Date {
    const MIN: i64 = 1_721_426;
    const MAX: i64 = 5_373_484;

    /// The day on which a moment falls in UTC.
    #[must_use]
    pub fn of(moment: Timestamp) -> Self {
        // The day number of 1970-01-01 among Julian days.
        Self::from_julian(2_440_588 + moment.micros().div_euclid(86_400_000_000))
    }

    /// The day so many days later, or earlier where the number is negative; at most the last and at least the first one.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self::from_julian(self.julian().saturating_add(days))
    }

    /// How many days `self` is later than `other`; negative when it is earlier.
    #[must_use]
    pub fn days_since(self, other: Self) -> i64 {
        self.julian() - other.julian()
    }

    /// The year, 1 to 9999.
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.year()
    }

    fn julian(self) -> i64 {
        i64::from(self.0.to_julian_day())
    }

    fn from_julian(day: i64) -> Self {
        let day = i32::try_from(day.clamp(Self::MIN, Self::MAX)).unwrap_or_default();
        Self(time::Date::from_julian_day(day).unwrap_or(time::Date::MIN))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

impl FromStr for Date {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let read = || {
            let bytes = text.as_bytes();
            let shape = bytes.len() == 10
                && bytes.iter().enumerate().all(|(at, byte)| match at {
                    4 | 7 => *byte == b'-',
                    _ => byte.is_ascii_digit(),
                });
            if !shape {
                return None;
            }
            let month = time::Month::try_from(text[5..7].parse::<u8>().ok()?).ok()?;
            time::Date::from_calendar_date(text[..4].parse().ok()?, month, text[8..].parse().ok()?).ok()
        };
        read().filter(|date| date.year() >= 1).map(Self).ok_or_else(|| {
            Error::field("", "not_a_date", "A day is written as year, month and day, such as `2026-12-01`.")
        })
    }
}

impl TryFrom<String> for Date {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_has_one_form() {
        assert_eq!(date("2028-02-29").to_string(), "2028-02-29");
        for bad in
            ["2027-02-29", "2026-13-01", "2026-1-1", "26-12-01", "2026-12-01T00:00:00Z", "0000-01-01", "+026-12-01", ""]
        {
            assert_eq!(bad.parse::<Date>().unwrap_err().violations()[0].rule, "not_a_date", "{bad}");
        }
    }

    #[test]
    fn moments_fall_on_days_in_utc() {
        let of = |text: &str| Date::of(text.parse().unwrap()).to_string();
        assert_eq!(of("1970-01-01T00:00:00Z"), "1970-01-01");
        assert_eq!(of("1969-12-31T23:59:59.999999Z"), "1969-12-31");
        assert_eq!(of("2026-12-01T23:30:00-01:00"), "2026-12-02");
        assert_eq!(Date::of(Timestamp::from_micros(i64::MAX)).to_string(), "9999-12-31");
        assert_eq!(Date::of(Timestamp::from_micros(i64::MIN)).to_string(), "0001-01-01");
    }

    #[test]
    fn days_are_counted_over_months_and_years() {
        assert_eq!(date("2026-12-28").plus_days(7), date("2027-01-04"));
        assert_eq!(date("2027-01-04").days_since(date("2026-12-28")), 7);
        assert_eq!(date("9999-12-31").plus_days(i64::MAX), date("9999-12-31"));
        assert_eq!(date("0001-01-01").plus_days(-1), date("0001-01-01"));
    }

    proptest! {
        #[test]
        fn text_round_trips_and_sorts_as_time(a in Date::MIN..=Date::MAX, b in Date::MIN..=Date::MAX) {
            let (a, b) = (Date::from_julian(a), Date::from_julian(b));
            prop_assert_eq!(date(&a.to_string()), a);
            prop_assert_eq!(a.to_string().cmp(&b.to_string()), a.cmp(&b));
            prop_assert_eq!(b.plus_days(a.days_since(b)), a);
        }
    }
}
