use std::collections::HashSet;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::short;
use crate::faults::{Code, Faults, Pos};

/// Nothing in the format is nested deeper than 8.
const MAX_DEPTH: usize = 16;

/// A part of a YAML text, with its place.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) at: Pos,
    pub(crate) value: Value,
}

#[derive(Debug)]
pub(crate) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    /// Keys are unique.
    Map(Vec<Entry>),
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) at: Pos,
    pub(crate) value: Node,
}

#[derive(Debug)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) style: Style,
}

/// How a scalar is written, which tells where its characters stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Quoted,
    /// `|`: the text begins on this line, each line after so many characters.
    Literal {
        line: u32,
        indent: u32,
    },
    Folded,
}

impl Node {
    pub(crate) fn entries(&self) -> &[Entry] {
        if let Value::Map(entries) = &self.value { entries } else { &[] }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    pub(crate) fn items(&self) -> &[Node] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    /// The value as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        match &self.value {
            Value::Scalar(scalar) => scalar.json(),
            Value::List(items) => items.iter().map(Self::json).collect(),
            Value::Map(entries) => entries.iter().map(|entry| (entry.key.clone(), entry.value.json())).collect(),
        }
    }

    /// The place of a part such as `steps[0].expect[2].status`, or of the nearest that holds it: a field's is its name.
    pub(crate) fn place(&self, mut path: &str) -> Pos {
        let (mut node, mut at) = (self, self.at);
        while !path.is_empty() {
            let ends = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
            let entry = node
                .entries()
                .iter()
                .filter(|entry| path.strip_prefix(entry.key.as_str()).is_some_and(ends))
                .max_by_key(|entry| entry.key.len());
            let item = || {
                let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
                Some((node.items().get(index.parse::<usize>().ok()?)?, rest))
            };
            let rest = if let Some(entry) = entry {
                (node, at) = (&entry.value, entry.at);
                &path[entry.key.len()..]
            } else if let Some((found, rest)) = item() {
                (node, at) = (found, found.at);
                rest
            } else {
                break;
            };
            path = rest.strip_prefix('.').unwrap_or(rest);
        }
        at
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let Value::Scalar(scalar) = &self.value { Some(&scalar.text) } else { None }
    }

    /// What the value is, for a message.
    pub(crate) fn describe(&self) -> &'static str {
        match &self.value {
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
            Value::Scalar(scalar) if scalar.style != Style::Plain => "a text",
            Value::Scalar(scalar) => scalar.describe(),
        }
    }
}

impl Scalar {
    /// What YAML's core schema takes the scalar for.
    fn describe(&self) -> &'static str {
        match self.text.as_str() {
            _ if self.style != Style::Plain => "a text",
            "" | "~" | "null" | "Null" | "NULL" => "nothing",
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => "true or false",
            text if is_core_number(text) => "a number",
            _ => "a text",
        }
    }

    /// Whether it is a text and not a number, truth value or nothing.
    pub(crate) fn is_text(&self) -> bool {
        self.describe() == "a text"
    }

    pub(crate) fn is_number(&self) -> bool {
        self.describe() == "a number"
    }

    /// What it is in JSON: what YAML's core schema takes it for. Numbers that JSON does not have stay texts.
    fn json(&self) -> serde_json::Value {
        let text = self.text.strip_prefix('+').unwrap_or(&self.text);
        let based = |prefix: &str, radix| {
            text.strip_prefix(prefix).and_then(|digits| i64::from_str_radix(digits, radix).ok()).map(Into::into)
        };
        match self.describe() {
            "nothing" => serde_json::Value::Null,
            "true or false" => self.text.starts_with(['t', 'T']).into(),
            "a number" => based("0x", 16)
                .or_else(|| based("0o", 8))
                .or_else(|| text.parse::<i64>().ok().map(Into::into))
                .or_else(|| text.parse::<u64>().ok().map(Into::into))
                .or_else(|| text.parse().ok().and_then(serde_json::Number::from_f64).map(Into::into))
                .unwrap_or_else(|| self.text.clone().into()),
            _ => self.text.clone().into(),
        }
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        (self.describe() == "true or false").then(|| self.text.starts_with(['t', 'T']))
    }
}

fn is_core_number(text: &str) -> bool {
    let based = |prefix: &str, radix: u32| {
        text.strip_prefix(prefix).is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix)))
    };
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let float = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.bytes().any(|b| b.is_ascii_digit())
        && unsigned.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'-' | b'+'))
        && unsigned.parse::<f64>().is_ok();
    float
        || based("0x", 16)
        || based("0o", 8)
        || matches!(unsigned, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN")
}

/// Reads YAML that begins on line `first_line` of its file. `None` after a fault that keeps it from being read whole.
pub(crate) fn parse(text: &str, first_line: u32, faults: &mut Faults) -> Option<Node> {
    Builder { first_line, faults, open: Vec::new(), root: None }.run(text)
}

struct Builder<'a> {
    first_line: u32,
    faults: &'a mut Faults,
    open: Vec<Open>,
    root: Option<Node>,
}

enum Open {
    List(Pos, Vec<Node>),
    /// Its entries, their names, and the key whose value is to come.
    Map(Pos, Vec<Entry>, HashSet<String>, Option<Node>),
}

/// Reading can't go on.
struct Stop;

impl Builder<'_> {
    fn at(&self, span: Span) -> Pos {
        let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX).saturating_add(self.first_line - 1);
        Pos::new(line, u32::try_from(span.start.col()).unwrap_or(u32::MAX).saturating_add(1))
    }

    fn run(mut self, text: &str) -> Option<Node> {
        let mut documents = 0;
        for event in Parser::new_from_str(text) {
            let (event, span) = match event {
                Ok(event) => event,
                Err(error) => {
                    let at = self.at(Span::empty(*error.marker()));
                    let message = format!("The YAML can't be read here: {}.", error.info().trim_end_matches('.'));
                    let help = "Look at the indentation and at what is missing before this place; quote texts that have `: ` or ` #` in them.";
                    self.faults.add(at, Code::YamlSyntax, message, help);
                    return None;
                }
            };
            let at = self.at(span);
            if matches!(event, Event::DocumentStart(_)) {
                documents += 1;
                if documents > 1 {
                    self.refuse(at, "A second YAML document begins here.");
                    return None;
                }
            }
            self.take(event, at).ok()?;
        }
        self.root
    }

    fn refuse(&mut self, at: Pos, message: &str) {
        self.faults.add(at, Code::YamlFeature, message, "A pack has no use for it: write the value out.");
    }

    fn take(&mut self, event: Event<'_>, at: Pos) -> Result<(), Stop> {
        match event {
            Event::Alias(_) => {
                self.refuse(at, "This is a YAML alias.");
                Err(Stop)
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.plain_only(at, anchor, tag.is_some())?;
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Folded => Style::Folded,
                    ScalarStyle::Literal => literal(&text, at),
                };
                let scalar = Scalar { text: text.into_owned(), style };
                self.put(Node { at, value: Value::Scalar(scalar) })
            }
            Event::SequenceStart(anchor, tag) => {
                self.plain_only(at, anchor, tag.is_some())?;
                self.open(at, Open::List(at, Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.plain_only(at, anchor, tag.is_some())?;
                self.open(at, Open::Map(at, Vec::new(), HashSet::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List(at, items)) => self.put(Node { at, value: Value::List(items) }),
                Some(Open::Map(at, entries, ..)) => self.put(Node { at, value: Value::Map(entries) }),
                None => Err(Stop),
            },
            _ => Ok(()),
        }
    }

    fn plain_only(&mut self, at: Pos, anchor: usize, tagged: bool) -> Result<(), Stop> {
        if anchor != 0 {
            self.refuse(at, "This is a YAML anchor.");
        } else if tagged {
            self.refuse(at, "This is a YAML tag.");
        } else {
            return Ok(());
        }
        Err(Stop)
    }

    fn open(&mut self, at: Pos, part: Open) -> Result<(), Stop> {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("The YAML is nested more than {MAX_DEPTH} deep.");
            self.faults.add(at, Code::YamlTooDeep, message, "No part of the format is: look for a misplaced bracket.");
            return Err(Stop);
        }
        self.open.push(part);
        Ok(())
    }

    fn put(&mut self, node: Node) -> Result<(), Stop> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Map(.., key @ None)) => *key = Some(node),
            Some(Open::Map(_, entries, names, key)) => {
                let Some(key) = key.take() else { return Ok(()) };
                let Value::Scalar(Scalar { text: name, .. }) = key.value else {
                    self.faults.add(key.at, Code::WrongType, "The name of a field is a text.", "Write `name: value`.");
                    return Ok(());
                };
                if names.insert(name.clone()) {
                    entries.push(Entry { key: name, at: key.at, value: node });
                } else {
                    let message = format!("`{}` stands here a second time.", short(&name));
                    self.faults.add(key.at, Code::DuplicateField, message, "Keep one of them.");
                }
            }
        }
        Ok(())
    }
}

/// Where the text of a literal block stands: the parser gives the place of its first character that is not blank.
fn literal(text: &str, at: Pos) -> Style {
    let blank = u32::try_from(text.bytes().take_while(|b| *b == b'\n').count()).unwrap_or(u32::MAX);
    Style::Literal { line: at.line.saturating_sub(blank).max(1), indent: at.column - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> (Option<Node>, Vec<String>) {
        let mut faults = Faults::of("x.yaml", crate::faults::Guesses::OF_PACK);
        let node = parse(text, 2, &mut faults);
        (node, faults.into_vec().into_iter().map(|f| format!("{}:{}:{}", f.code, f.line, f.column)).collect())
    }
    fn faults(text: &str) -> Vec<String> {
        read(text).1
    }

    #[test]
    fn every_part_has_its_place() {
        let (node, faults) = read("é: [a, 'b']\nlist:\n  - x: 1\n    y: true\n");
        let node = node.unwrap();
        assert!(faults.is_empty());
        let list = node.get("é").unwrap();
        assert_eq!(list.items()[1].at, Pos::new(2, 8));
        let item = &node.get("list").unwrap().items()[0];
        assert_eq!(item.entries()[1].at, Pos::new(5, 5));
        assert_eq!(item.get("y").unwrap().at, Pos::new(5, 8));
        assert_eq!(item.get("y").unwrap().describe(), "true or false");
    }

    #[test]
    fn values_are_those_of_the_core_schema() {
        let (node, _) =
            read("a: [1, +2, -3, 0x1f, 0o17, 1.5, 1e3, .inf, 18446744073709551615, ~, true, no, '1', 2xx, '']");
        let wanted = serde_json::json!({
            "a": [1, 2, -3, 31, 15, 1.5, 1000.0, ".inf", 18_446_744_073_709_551_615_u64, null, true, "no", "1", "2xx", ""]
        });
        assert_eq!(node.unwrap().json(), wanted);
    }

    #[test]
    fn a_part_has_a_place_by_its_path() {
        let (node, _) = read("a:\n  - x: 1\n    x.y: { z: 2 }\n  - [3]\n");
        let node = node.unwrap();
        for (path, line, column) in [
            ("", 2, 1),
            ("a", 2, 1),
            ("a[0]", 3, 5),
            ("a[0].x", 3, 5),
            ("a[0].x.y.z", 4, 12),
            ("a[0].other", 3, 5),
            ("a[1][0]", 5, 6),
            ("a[7].x", 2, 1),
            ("b.c", 2, 1),
            ("a[", 2, 1),
        ] {
            assert_eq!(node.place(path), Pos::new(line, column), "{path}");
        }
    }

    #[test]
    fn a_literal_block_knows_its_lines_and_indent() {
        for (text, line, indent) in [
            ("a: |\n  first\n  second\n", 3, 2),
            ("list:\n  - p: |-\n\n      first\n", 4, 6),
            ("a: |2\n    first\n", 3, 2),
        ] {
            let (node, faults) = read(text);
            assert!(faults.is_empty(), "{faults:?}");
            let node = node.unwrap();
            let value = node.get("a").or_else(|| node.get("list").unwrap().items()[0].get("p")).unwrap();
            let Value::Scalar(scalar) = &value.value else { panic!() };
            assert_eq!(scalar.style, Style::Literal { line, indent }, "{text:?}");
        }
    }

    #[test]
    fn what_packs_have_no_use_for_is_refused() {
        assert_eq!(faults("a: &x 1\nb: *x\n"), ["yaml-feature:2:4"]);
        assert_eq!(faults("a: !!str 1"), ["yaml-feature:2:4"]);
        assert_eq!(faults("a: 1\n---\nb: 2"), ["yaml-feature:3:1"]);
        assert_eq!(faults("a: 1\nb: 2\na: 3\n"), ["duplicate-field:4:1"]);
        assert_eq!(faults("? [a]\n: 1\n"), ["wrong-type:2:3"]);
        assert_eq!(faults(&("[".repeat(17) + &"]".repeat(17))), ["yaml-too-deep:2:17"]);
        assert!(faults(&("[".repeat(16) + &"]".repeat(16))).is_empty());
        assert_eq!(faults(&"[".repeat(100_000)).len(), 1);
        assert_eq!(faults("a: [1\nb: 2"), ["yaml-syntax:3:2"]);
        assert!(faults("a: 1\nb: {c: d}\n").is_empty());
    }

    /// Where the time goes by the square of the size, it takes minutes.
    #[test]
    fn large_hostile_texts_end_soon() {
        for part in [
            "- a\n",
            "a: b\n",
            "? a\n",
            "? a\n: b\n",
            ": \n",
            "# c\n",
            "\n",
            " ",
            "\t",
            "a ",
            "'a' ",
            "'a''",
            "'a\n",
            "\"\\n",
            "[a, ",
            "[],",
            "{},",
            "{a: b}, ",
            "a: |\n b\n",
            "- >\n a\n",
            "%TAG !a! b\n",
            "!a ",
            "&a ",
            "*a ",
            "a: b: ",
            ",",
            "]",
            "}",
            "? ",
            "---\n",
            "...\n",
            "-\n",
            "@",
            "`",
            "<<: a\n",
            "\u{feff}",
        ] {
            let text = part.repeat((128 << 10) / part.len());
            for text in [text.clone(), format!("a: [{text}"), format!("a:\n  {}", text.replace('\n', "\n  "))] {
                assert!(faults(&text).len() <= crate::faults::MAX_FAULTS);
            }
        }
        let distinct: String = (0..120_000).map(|number| format!("f{number:x}:\n")).collect();
        assert_eq!(read(&distinct).0.unwrap().entries().len(), 120_000);
    }

    #[test]
    fn plain_scalars_are_typed_as_the_core_schema_does() {
        let describe = |text: &str| {
            let (node, _) = read(&format!("a: {text}"));
            node.unwrap().get("a").unwrap().describe()
        };
        for number in ["1", "-1.5", "+3", ".5", "1e3", "0x1F", "0o17", ".inf", "-.inf", ".nan"] {
            assert_eq!(describe(number), "a number", "{number}");
        }
        for text in ["1.2.3", "10m", "1-2", "e", "yes", "'1'", "\"true\"", "0x", "inf", "nan", "2024-01-01", "."] {
            assert!(describe(text) != "a number" && describe(text) != "true or false", "{text}");
        }
        assert_eq!(describe("~"), "nothing");
        assert_eq!(describe(""), "nothing");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[-\\[\\]{}:,#&*!|>'\"%@` \na-c0-1?~\t]{0,60}") {
            let (node, faults) = read(&text);
            prop_assert!(node.is_some() || !faults.is_empty() || text.trim().is_empty() || text.contains(['#', '-', '%', '.']), "{:?}", text);
        }
    }
}
