//! Amounts in words.

/// A number with its thing, in the plural where it is not one: `3 lessons`.
#[must_use]
pub fn count(number: u64, thing: &str) -> String {
    if number == 1 {
        format!("1 {thing}")
    } else if let Some(stem) = thing.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])) {
        format!("{number} {stem}ies")
    } else {
        format!("{number} {thing}s")
    }
}

/// So many seconds, in the unit that says it best.
#[must_use]
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..=90 => count(seconds, "second"),
        91..=5400 => count(seconds.div_ceil(60), "minute"),
        _ => count(seconds.div_ceil(3600), "hour"),
    }
}

/// So many bytes, in the unit that says it best.
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => count(bytes, "byte"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!((count(1, "lesson").as_str(), count(0, "lesson").as_str()), ("1 lesson", "0 lessons"));
        assert_eq!((count(2, "reply").as_str(), count(2, "day").as_str()), ("2 replies", "2 days"));
    }

    #[test]
    fn the_unit_fits_the_amount() {
        assert_eq!(
            (duration(1), duration(90), duration(91)),
            ("1 second".into(), "90 seconds".into(), "2 minutes".into())
        );
        assert_eq!(duration(7200), "2 hours");
        assert_eq!((size(1), size(1536), size(3 << 30)), ("1 byte".into(), "1.5 KiB".into(), "3.0 GiB".into()));
    }
}
