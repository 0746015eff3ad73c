use crate::faults::{Code, Faults, Pos};

/// A text file as it is worked on: without byte order mark, every line ended by `\n`. Lines and columns are those of
/// the file.
#[derive(Debug, Clone)]
pub(crate) struct Text(String);

impl Text {
    /// Decodes a file; says what is wrong with its bytes and characters.
    pub(crate) fn decode(bytes: &[u8], faults: &mut Faults) -> Option<Self> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
                let at = position(&normalise(&good), usize::MAX);
                faults.add(at, Code::NotUtf8, "The text is not valid UTF-8 from here on.", "Save the file as UTF-8.");
                return None;
            }
        };
        let text = normalise(text);
        refuse_characters(&text, faults).then_some(Self(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Divides a Markdown file into its front matter, the number of the line on which its body begins, and the body.
    /// `None` without a front matter.
    pub(crate) fn front_matter(&self) -> Option<(&str, u32, &str)> {
        let is_rule = |line: &str| line.trim_end_matches([' ', '\t', '\n']) == "---" && line.starts_with("---");
        let mut lines = self.0.split_inclusive('\n');
        let first = lines.next().filter(|line| is_rule(line))?;
        let mut end = first.len();
        for (number, line) in (2_u32..).zip(lines) {
            if is_rule(line) {
                return Some((&self.0[first.len()..end], number + 1, &self.0[end + line.len()..]));
            }
            end += line.len();
        }
        None
    }
}

/// Line ends `\r\n` and `\r` become `\n`, as CommonMark and YAML read them: no line or column changes.
fn normalise(text: &str) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() }
}

/// The place of a byte offset in a text.
fn position(text: &str, offset: usize) -> Pos {
    let before = &text[..offset.min(text.len())];
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    Pos::new(u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// Reports the first control character and the first bidirectional control of each line.
fn refuse_characters(text: &str, faults: &mut Faults) -> bool {
    let before = faults.len();
    // Most texts have none, and telling so is cheap.
    if !text.chars().any(|c| is_control(c) || is_bidi_control(c)) {
        return true;
    }
    for (number, line) in (1_u32..).zip(text.split('\n')) {
        for (kind, code) in
            [(is_control as fn(char) -> bool, Code::ControlCharacter), (is_bidi_control, Code::BidiControl)]
        {
            let Some((column, character)) = (1_u32..).zip(line.chars()).find(|(_, c)| kind(*c)) else { continue };
            let name = format!("U+{:04X}", u32::from(character));
            let message = match code {
                Code::BidiControl => format!(
                    "The character {name} changes the direction of writing unseen, so that a reader sees another text than a machine."
                ),
                _ => format!("The control character {name} does not belong in a text."),
            };
            faults.add(Pos::new(number, column), code, message, format!("Remove it; to speak of it, write `{name}`."));
        }
        // A binary file that is named as a text would fill pages.
        if faults.len() - before >= 20 {
            break;
        }
    }
    faults.len() == before
}

/// The first character of a value that a text must not have: those in YAML's escapes are not seen in the file.
pub(crate) fn refused_character(text: &str) -> Option<(char, Code)> {
    let refused = text.chars().find(|c| is_control(*c) || is_bidi_control(*c))?;
    Some((refused, if is_control(refused) { Code::ControlCharacter } else { Code::BidiControl }))
}

fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n')
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Result<String, Vec<(String, u32, u32)>> {
        let mut faults = Faults::of("x.md", crate::faults::Guesses::OF_PACK);
        let text = Text::decode(bytes, &mut faults);
        let faults: Vec<_> = faults.into_vec().into_iter().map(|f| (f.code, f.line, f.column)).collect();
        assert_eq!(text.is_some(), faults.is_empty());
        text.map(|text| text.0).ok_or(faults)
    }
    fn one(code: &str, line: u32, column: u32) -> Result<String, Vec<(String, u32, u32)>> {
        Err(vec![(code.to_owned(), line, column)])
    }

    #[test]
    fn line_ends_and_a_byte_order_mark_are_tolerated() {
        assert_eq!(decode(b"\xef\xbb\xbfa\r\nb\rc\n").unwrap(), "a\nb\nc\n");
        assert_eq!(decode("tab\tand é 🦀".as_bytes()).unwrap(), "tab\tand é 🦀");
    }

    #[test]
    fn bad_bytes_and_characters_are_placed() {
        assert_eq!(decode(b"ok\r\n\xc3\xa9\xff"), one("not-utf-8", 2, 2));
        assert_eq!(decode(b"a\nb\0"), one("control-character", 2, 2));
        assert_eq!(decode("é\u{7}".as_bytes()), one("control-character", 1, 2));
        assert_eq!(decode("if \u{202E}x".as_bytes()), one("bidi-control", 1, 4));
        assert_eq!(decode("\u{2066}".as_bytes()), one("bidi-control", 1, 1));
        assert!(decode("\u{200F}right-to-left mark".as_bytes()).is_ok());
    }

    #[test]
    fn the_front_matter_is_found() {
        let split = |text: &str| Text(text.to_owned()).front_matter().map(|(y, n, b)| (y.to_owned(), n, b.to_owned()));
        assert_eq!(split("---\nid: a\n---\nbody"), Some(("id: a\n".into(), 4, "body".into())));
        assert_eq!(split("--- \n---  "), Some((String::new(), 3, String::new())));
        assert_eq!(split("---\nid: a\n"), None);
        assert_eq!(split("id: a\n---\n"), None);
        assert_eq!(split(" ---\n---\n"), None);
        assert_eq!(split("----\n---\n"), None);
    }
}
