use super::{Error, Result};

/// Refuses U+0000, which PostgreSQL cannot store; every store calls it on what it writes.
///
/// # Errors
/// [`super::Code::Invalid`] with rule `nul`.
pub fn refuse_nul(text: &str) -> Result<()> {
    if text.contains('\0') {
        Err(Error::field("", "nul", "Text must not contain the character U+0000."))
    } else {
        Ok(())
    }
}

/// Refuses JSON in which a text holds U+0000.
///
/// # Errors
/// As [`refuse_nul`].
pub fn refuse_nul_in_json(json: &str) -> Result<()> {
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        if rest[at..].starts_with("\\u0000") {
            return refuse_nul("\0");
        }
        // A backslash escapes one character, which is ASCII.
        rest = &rest[at + 2..];
    }
    Ok(())
}

/// Checks a text of `min` to `max` characters (Unicode scalar values) without U+0000.
///
/// # Errors
/// [`super::Code::Invalid`] with rule `nul`, `required`, `too_short` or `too_long`.
pub fn check_text(text: &str, min: usize, max: usize) -> Result<()> {
    refuse_nul(text)?;
    let length = text.chars().count();
    if length == 0 && min > 0 {
        Err(Error::field("", "required", "A value is needed here."))
    } else if length < min {
        Err(Error::field("", "too_short", format!("At least {min} characters are needed; there are {length}.")))
    } else if length > max {
        Err(Error::field("", "too_long", format!("At most {max} characters are allowed; there are {length}.")))
    } else {
        Ok(())
    }
}

/// One line of text, trimmed, of 1 to `max` characters without control characters.
///
/// # Errors
/// [`super::Code::Invalid`] with rule `required`, `too_long`, `nul` or `control_character`.
pub fn line(text: &str, max: usize) -> Result<String> {
    let text = text.trim();
    check_text(text, 1, max)?;
    if text.chars().any(char::is_control) {
        return Err(Error::field("", "control_character", "Line breaks and control characters are not allowed here."));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(result: Result<impl std::fmt::Debug>) -> String {
        result.unwrap_err().violations()[0].rule.clone()
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert!(check_text("ééé", 3, 3).is_ok());
        assert_eq!(rule(check_text("ééé", 0, 2)), "too_long");
        assert_eq!(rule(check_text("é", 2, 9)), "too_short");
        assert_eq!(rule(check_text("", 1, 9)), "required");
    }

    #[test]
    fn a_line_is_trimmed_and_has_no_control_characters() {
        assert_eq!(line("  Ada 🦀 ", 10).unwrap(), "Ada 🦀");
        assert_eq!(rule(line("a\nb", 10)), "control_character");
        assert_eq!(rule(line("a\0b", 10)), "nul");
        assert_eq!(rule(line("   ", 10)), "required");
    }
}
