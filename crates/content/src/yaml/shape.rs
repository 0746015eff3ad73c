//! What the values of a format look like. One declaration serves the check and the JSON Schema.

use rust_decimal::Decimal;

/// The shape of a value.
#[derive(Debug)]
pub(crate) enum Shape {
    /// The id of a document, question or choice.
    Id,
    /// One line of plain text.
    Line {
        max: usize,
    },
    /// Plain text, which may be empty.
    Text {
        max: usize,
    },
    /// Markdown that is not blank.
    Markdown {
        max: usize,
    },
    /// A BCP 47 tag.
    Language,
    Integer {
        min: i64,
        max: i64,
    },
    Bool,
    /// A decimal number, as a number or a text; not negative where `positive`.
    Decimal {
        positive: bool,
    },
    /// A whole number with a unit: `90s`, `10m`, `2h`, `1d`.
    Duration,
    /// One of these.
    Word(&'static [&'static str]),
    List {
        of: &'static Shape,
        min: usize,
        max: usize,
        unique: bool,
    },
    Record(&'static Record),
}

/// A mapping with known fields.
#[derive(Debug)]
pub(crate) struct Record {
    /// What it is, with its article, such as `a lesson`.
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    /// The field whose value decides which others there are.
    pub(crate) decided_by: Option<&'static str>,
    pub(crate) fields: &'static [Field],
}

/// A field of a record.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
    /// The values of the deciding field with which it stands; empty for any.
    pub(crate) with: &'static [&'static str],
}

impl Field {
    pub(crate) const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { name, doc, shape, required: true, with: &[] }
    }

    pub(crate) const fn optional(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { name, doc, shape, required: false, with: &[] }
    }

    /// Only where the deciding field has one of these values.
    pub(crate) const fn with(self, values: &'static [&'static str]) -> Self {
        Self { with: values, ..self }
    }

    /// Whether it may stand where the deciding field has this value.
    pub(crate) fn stands_with(&self, decided: Option<&str>) -> bool {
        self.with.is_empty() || decided.is_none_or(|value| self.with.contains(&value))
    }
}

impl Record {
    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// The seconds of a duration, at most a year.
pub(crate) fn duration_seconds(text: &str) -> Option<u32> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let plain = !digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit());
    let seconds = plain.then(|| digits.parse::<u32>().ok())??.checked_mul(factor)?;
    (seconds <= 366 * 86_400).then_some(seconds)
}

/// A decimal number as the domain compares it: plain notation, at most 10^15 either way.
pub(crate) fn is_decimal(text: &str) -> Option<Decimal> {
    let plain = text.len() <= 40 && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.'));
    plain.then(|| text.parse().ok()).flatten().filter(|n: &Decimal| n.abs() <= Decimal::from(1_000_000_000_000_000_i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_one_unit() {
        assert_eq!(duration_seconds("90s"), Some(90));
        assert_eq!(duration_seconds("10m"), Some(600));
        assert_eq!(duration_seconds("2h"), Some(7_200));
        assert_eq!(duration_seconds("1d"), Some(86_400));
        for bad in ["", "s", "10", "-1m", "1.5h", "10 m", "1w", "1é", "400d", "9999999999s", "4294967295d"] {
            assert_eq!(duration_seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn decimals_are_plain_and_bounded() {
        assert!(is_decimal("-12.50").is_some() && is_decimal("404").is_some());
        for bad in ["", "1e3", "0x10", "abc", "1.2.3", "1000000000000001", ".inf"] {
            assert!(is_decimal(bad).is_none(), "{bad}");
        }
    }
}
