use std::fmt;
use std::sync::LazyLock;

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};
use syntect::util::LinesWithEndings;

use super::html::write_escaped;

/// A block larger than this, in bytes, stays plain: nobody reads it for its colours, and a grammar can be slow.
const MAX_BLOCK: usize = 64 << 10;
/// So does one with a line longer than this.
const MAX_LINE: usize = 2 << 10;

/// Which class the innermost scope that begins so gives a piece of code. The first that fits counts.
const CLASSES: &[(&str, &str)] = &[
    ("comment", "comment"),
    ("constant.character.escape", "escape"),
    ("string", "string"),
    ("constant.numeric", "number"),
    ("constant", "constant"),
    ("keyword.operator", "operator"),
    ("keyword", "keyword"),
    ("storage", "keyword"),
    ("entity.name.function", "function"),
    ("support.function", "function"),
    ("variable.function", "function"),
    ("entity.name.tag", "tag"),
    ("entity.other.attribute-name", "attribute"),
    ("entity.name", "type"),
    ("support.type", "type"),
    ("support.class", "type"),
    ("variable.parameter", "variable"),
    ("variable.language", "keyword"),
    ("markup.inserted", "inserted"),
    ("markup.deleted", "deleted"),
];

struct Grammars {
    set: SyntaxSet,
    classes: Vec<(Scope, &'static str)>,
}

/// Loading takes tens of milliseconds: only who has code to show pays for it.
static GRAMMARS: LazyLock<Grammars> = LazyLock::new(|| Grammars {
    set: SyntaxSet::load_defaults_newlines(),
    classes: CLASSES.iter().filter_map(|(scope, class)| Some((Scope::new(scope).ok()?, *class))).collect(),
});

/// Writes code as HTML, its parts in `<span class="hl-…">` where the language is known.
pub(super) fn highlight(code: &str, language: &str, out: &mut String) -> fmt::Result {
    let fits = code.len() <= MAX_BLOCK && code.lines().all(|line| line.len() <= MAX_LINE);
    if !fits || matches!(language, "" | "text" | "txt" | "plain" | "console") {
        return write_escaped(out, code);
    }
    if language == "http" {
        return http(code, out);
    }
    match syntax(language) {
        Some(syntax) => by_grammar(code, syntax, out),
        None => write_escaped(out, code),
    }
}

fn syntax(language: &str) -> Option<&'static SyntaxReference> {
    // Names that the grammars don't know themselves.
    let name = match language {
        "sh" | "shell" | "bash" | "zsh" => "bash",
        "typescript" | "ts" | "jsx" | "tsx" | "javascript" => "js",
        "jsonc" | "json5" => "json",
        "golang" => "go",
        name => name,
    };
    GRAMMARS.set.find_syntax_by_token(name)
}

fn by_grammar(code: &str, syntax: &SyntaxReference, out: &mut String) -> fmt::Result {
    let start = out.len();
    let mut spans = Spans::new(out);
    let mut state = ParseState::new(syntax);
    let mut stack = ScopeStack::new();
    for line in LinesWithEndings::from(code) {
        // A grammar that gives up, at its limit of steps for instance, leaves the code plain.
        let Ok(steps) = state.parse_line(line, &GRAMMARS.set) else { return plain(code, start, spans) };
        let mut done = 0;
        for (at, step) in steps {
            let Some(piece) = line.get(done..at) else { return plain(code, start, spans) };
            spans.write(piece, class(&stack))?;
            done = at;
            if stack.apply(&step).is_err() {
                return plain(code, start, spans);
            }
        }
        spans.write(line.get(done..).unwrap_or_default(), class(&stack))?;
    }
    spans.close();
    Ok(())
}

fn plain(code: &str, start: usize, spans: Spans<'_>) -> fmt::Result {
    spans.out.truncate(start);
    write_escaped(spans.out, code)
}

fn class(stack: &ScopeStack) -> Option<&'static str> {
    stack.as_slice().iter().rev().find_map(|scope| {
        GRAMMARS.classes.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope)).map(|(_, class)| *class)
    })
}

/// An HTTP message: its first line, then headers, then a body, which is JSON if it looks so.
fn http(code: &str, out: &mut String) -> fmt::Result {
    let mut spans = Spans::new(out);
    let mut lines = LinesWithEndings::from(code);
    let mut read = 0;
    for (number, line) in lines.by_ref().enumerate() {
        read += line.len();
        if line.trim().is_empty() {
            spans.write(line, None)?;
            break;
        }
        if number == 0 {
            for (at, word) in line.split_inclusive(' ').enumerate() {
                let bare = word.trim_end();
                let class = match bare {
                    _ if at == 0 || bare.starts_with("HTTP/") => Some("keyword"),
                    _ if at == 1 && bare.bytes().all(|b| b.is_ascii_digit()) => Some("number"),
                    _ => None,
                };
                spans.write(bare, class)?;
                spans.write(&word[bare.len()..], None)?;
            }
        } else if let Some((name, value)) = line.split_once(':').filter(|(name, _)| !name.contains(' ')) {
            spans.write(name, Some("attribute"))?;
            spans.write(":", None)?;
            spans.write(value, None)?;
        } else {
            spans.write(line, None)?;
        }
    }
    spans.close();
    let body = &code[read..];
    match syntax("json").filter(|_| body.trim_start().starts_with(['{', '['])) {
        Some(json) => by_grammar(body, json, spans.out),
        None => write_escaped(spans.out, body),
    }
}

/// Writes pieces of code; neighbours of one class share a span, and white space at its ends stays outside.
struct Spans<'a> {
    out: &'a mut String,
    open: Option<&'static str>,
    /// White space whose span is not known yet.
    space: String,
}

impl<'a> Spans<'a> {
    fn new(out: &'a mut String) -> Self {
        Self { out, open: None, space: String::new() }
    }

    fn write(&mut self, piece: &str, class: Option<&'static str>) -> fmt::Result {
        let ink = piece.trim_end();
        if ink.is_empty() {
            self.space.push_str(piece);
            return Ok(());
        }
        if class != self.open {
            self.close();
            let indent = ink.len() - ink.trim_start().len();
            self.out.push_str(&ink[..indent]);
            if let Some(class) = class {
                self.out.push_str("<span class=\"hl-");
                self.out.push_str(class);
                self.out.push_str("\">");
                self.open = Some(class);
            }
            write_escaped(self.out, &ink[indent..])?;
        } else {
            self.out.push_str(&std::mem::take(&mut self.space));
            write_escaped(self.out, ink)?;
        }
        self.space.push_str(&piece[ink.len()..]);
        Ok(())
    }

    fn close(&mut self) {
        if self.open.take().is_some() {
            self.out.push_str("</span>");
        }
        self.out.push_str(&std::mem::take(&mut self.space));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(code: &str, language: &str) -> String {
        let mut out = String::new();
        highlight(code, language, &mut out).unwrap();
        out
    }
    fn text(html: &str) -> String {
        let mut text = String::new();
        for piece in html.split('<') {
            text.push_str(piece.split_once('>').map_or(piece, |(_, rest)| rest));
        }
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
    }

    #[test]
    fn known_languages_are_coloured() {
        let python = html("def f(x):  # why\n    return \"a<b\" + 1\n", "python");
        for part in [
            "<span class=\"hl-keyword\">def</span>",
            "<span class=\"hl-comment\"># why",
            "hl-string\">&quot;a&lt;b&quot;",
            "hl-number\">1",
        ] {
            assert!(python.contains(part), "{part} in {python}");
        }
        for language in ["rust", "sql", "json", "yaml", "sh", "bash", "go", "js", "ts", "html", "diff"] {
            assert!(syntax(language).is_some(), "{language}");
        }
        assert!(html("SELECT 1", "sql").contains("hl-keyword"));
    }

    #[test]
    fn an_http_message_is_coloured() {
        let message = html("HTTP/1.1 404 Not Found\nContent-Type: a/b\n\n{\"a\": 1}\n", "http");
        for part in ["hl-keyword\">HTTP/1.1", "hl-number\">404", "hl-attribute\">Content-Type</span>:", "hl-number\">1"]
        {
            assert!(message.contains(part), "{part} in {message}");
        }
    }

    #[test]
    fn no_character_is_lost_or_left_raw() {
        let code = "<b a='&amp;'>\n\t\"x\" => `y`; // <script>\n\n# ü\n";
        for language in ["", "unknown", "html", "rust", "python", "sh", "http", "json", "js"] {
            let html = html(code, language);
            assert_eq!(text(&html), code, "{language}");
            assert!(!html.contains("<script") && !html.contains("<b"), "{language}");
            assert_eq!(html.matches("<span").count(), html.matches("</span>").count());
        }
    }

    #[test]
    fn huge_blocks_stay_plain() {
        assert!(!html(&"1\n".repeat(40_000), "python").contains("<span"));
        assert!(!html(&"1 ".repeat(2_000), "python").contains("<span"));
    }
}
