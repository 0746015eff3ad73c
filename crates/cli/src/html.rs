//! A document's HTML as text for a terminal.

use console::Style;
use html2text::config;
use html2text::render::RichAnnotation;

/// Stands for a line of code while the text around it is wrapped; a private character, which no lesson has.
const CODE: char = '\u{e000}';

/// Renders HTML as lines of at most `width` columns; code lines may be longer. Links to other hosts are listed at the
/// end; with `colours` emphasis is shown by escape sequences, without by the characters of Markdown.
#[must_use]
pub fn render(html: &str, width: usize, colours: bool) -> String {
    let width = width.saturating_sub(4).max(20);
    let (html, code) = lift_code(html);
    // In a list or a quotation a line has less room.
    let html = &unbroken_code(&html, width - 8);
    let rendered = config::rich().allow_width_overflow().lines_from_read(html.as_bytes(), width);
    let Ok(lines) = rendered else { return html.to_owned() };
    let mut out = String::new();
    let mut links: Vec<String> = Vec::new();
    for line in lines {
        let mut text = String::new();
        let mut open: Vec<&str> = Vec::new();
        for piece in line.tagged_strings() {
            for tag in &piece.tag {
                if let RichAnnotation::Link(url) = tag
                    && url.starts_with("http")
                    && !links.contains(url)
                {
                    links.push(url.clone());
                }
            }
            if let Some((before, at)) = piece.s.split_once(CODE) {
                let line = at.trim_end().parse().ok().and_then(|at: usize| code.get(at)).map_or("", String::as_str);
                let line = if colours {
                    Style::new().cyan().force_styling(true).apply_to(line).to_string()
                } else {
                    line.into()
                };
                text.push_str(&format!("    {before}{line}"));
                continue;
            }
            let s = piece.s.replace('\u{a0}', " ");
            if !colours {
                mark(&mut text, &mut open, &marks(&piece.tag), s.trim().is_empty());
            }
            text.push_str(&piece_text(&s, &piece.tag, colours));
        }
        mark(&mut text, &mut open, &[], false);
        let text = text.trim_end();
        let heading = text.starts_with("## ") || text.starts_with("### ") || text.starts_with("#### ");
        if heading && colours {
            let title = text.trim_start_matches('#').trim_start();
            out.push_str(&Style::new().bold().underlined().force_styling(true).apply_to(title).to_string());
        } else {
            out.push_str(text);
        }
        out.push('\n');
    }
    if !links.is_empty() {
        out.push('\n');
        for link in links {
            out.push_str(&format!("  → {link}\n"));
        }
    }
    out.trim_end().to_owned()
}

/// Puts a mark in the place of each line of a code block, and gives the lines: the library would break long ones, and a
/// command in two pieces can't be copied.
fn lift_code(html: &str) -> (String, Vec<String>) {
    let (mut out, mut code, mut rest) = (String::new(), Vec::new(), html);
    while let Some(start) = rest.find("<pre") {
        let Some(end) = rest[start..].find("</pre>").map(|end| start + end) else { break };
        out.push_str(&rest[..start]);
        out.push_str("<pre>");
        for (at, line) in plain(&rest[start..end]).trim_end().lines().enumerate() {
            if at > 0 {
                out.push('\n');
            }
            if !line.trim().is_empty() {
                out.push_str(&format!("{CODE}{}", code.len()));
                code.push(line.trim_end().to_owned());
            }
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    (out, code)
}

/// The text of a piece of HTML.
fn plain(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<') {
        // What is before the first `<` is no tag.
        text.push_str(part.split_once('>').map_or(part, |(_, after)| after));
    }
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")];
    entities.iter().fold(text, |text, (entity, character)| text.replace(entity, character))
}

/// HTML of a line or two, such as a choice, as one line of text.
#[must_use]
pub fn render_line(html: &str, colours: bool) -> String {
    render(html, 10_000, colours).lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Plain text in lines of at most `width` columns.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if console::measure_text_width(line) + 1 + console::measure_text_width(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Inline code that fits on a line is kept on one: a command that is broken in two can't be copied. A table's columns are
/// narrower than any line, so there it may break at its spaces.
fn unbroken_code(html: &str, width: usize) -> String {
    let mut parts = html.split("<code>");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let table = out.rfind("<table") > out.rfind("</table");
        out.push_str("<code>");
        match part.split_once("</code>") {
            Some((code, rest)) if !table && code.chars().count() <= width => {
                out.push_str(&code.replace(' ', "\u{a0}"));
                out.push_str("</code>");
                out.push_str(rest);
            }
            _ => out.push_str(part),
        }
    }
    out
}

/// The characters of Markdown around a piece, the outermost first.
fn marks(tags: &[RichAnnotation]) -> Vec<&'static str> {
    if tags.iter().any(|tag| matches!(tag, RichAnnotation::Preformat(_) | RichAnnotation::Image(_))) {
        return Vec::new();
    }
    tags.iter()
        .filter_map(|tag| match tag {
            RichAnnotation::Code => Some("`"),
            RichAnnotation::Emphasis => Some("*"),
            RichAnnotation::Strong => Some("**"),
            _ => None,
        })
        .collect()
}

/// Closes the marks that are open and end here, and opens those that begin; before a space none begins.
fn mark(text: &mut String, open: &mut Vec<&'static str>, wanted: &[&'static str], space: bool) {
    let kept = open.iter().zip(wanted).take_while(|(open, wanted)| open == wanted).count();
    for closed in open.drain(kept..).rev() {
        text.push_str(closed);
    }
    if !space {
        for opened in &wanted[kept..] {
            text.push_str(opened);
            open.push(opened);
        }
    }
}

fn piece_text(text: &str, tags: &[RichAnnotation], colours: bool) -> String {
    let image = tags.iter().any(|tag| matches!(tag, RichAnnotation::Image(_)));
    if image {
        return format!("[image: {text}]");
    }
    if !colours {
        return text.to_owned();
    }
    let mut style = Style::new().force_styling(true);
    let mut styled = false;
    for tag in tags {
        let with = match tag {
            RichAnnotation::Emphasis => style.clone().italic(),
            RichAnnotation::Strong => style.clone().bold(),
            RichAnnotation::Strikeout => style.clone().strikethrough(),
            RichAnnotation::Code | RichAnnotation::Preformat(_) => style.clone().cyan(),
            RichAnnotation::Link(_) => style.clone().underlined(),
            _ => continue,
        };
        style = with;
        styled = true;
    }
    if styled && !text.trim().is_empty() { style.apply_to(text).to_string() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_reads_well_without_colours() {
        let html = "<h2 id=\"a\">Safe methods</h2><p>A <code>GET</code> is <strong>safe</strong>: see \
                    <a href=\"https://example.org/x\">the text</a> and <a href=\"../b\">this</a>.</p>\
                    <ul><li>one</li><li>two</li></ul><ol><li>first</li></ol>\
                    <pre><code><span class=\"k\">let</span> x = 1;\n  y &lt; 2\n</code></pre>\
                    <blockquote><p>said</p></blockquote><p><img src=\"x.svg\" alt=\"a drawing\" /></p>";
        let text = render(html, 60, false);
        let expected = "## Safe methods\n\nA `GET` is **safe**: see the text and this.\n* one\n* two\n1. first\n\n    let x = 1;\n      y < 2\n\n> said\n\n[image: a drawing]\n\n  → https://example.org/x";
        assert_eq!(text, expected);
    }

    #[test]
    fn code_in_bold_has_one_pair_of_each_mark() {
        let html = "<p><strong>Using <code>text/html</code>.</strong> And <em>not <strong>this</strong></em>.</p>";
        assert_eq!(render(html, 60, false), "**Using `text/html`.** And *not **this***.");
    }

    #[test]
    fn a_command_stays_on_its_line_unless_no_line_can_hold_it() {
        let html = "<p>Ask Cairn for this course, and look: <code>curl -i http://127.0.0.1/api</code></p>";
        assert!(render(html, 50, false).ends_with("\n`curl -i http://127.0.0.1/api`"), "{}", render(html, 50, false));
        let long = format!("<p><code>{}</code></p>", "word ".repeat(30));
        assert!(render(&long, 50, false).lines().count() > 2);
    }

    #[test]
    fn a_line_of_code_is_never_broken() {
        let long =
            "curl -i http://127.0.0.1:8080/api/v1/enrolments -H 'Idempotency-Key: first' --json '{\"id\": \"sql\"}'";
        let shown = long.replace('"', "&quot;");
        let html = format!(
            "<pre lang=\"sh\"><code><span class=\"s\">{shown}</span> \\\n\n        # a &lt; b &amp;&amp; c\n</code></pre>"
        );
        assert_eq!(render(&html, 50, false), format!("    {long} \\\n\n            # a < b && c"));
        let item = format!("<ol><li><p>Try <em>it</em>:</p>{html}<p>Then look.</p></li></ol>");
        let text = render(&item, 50, false);
        assert!(text.starts_with("1. Try *it*:") && text.contains(&format!("    {long} \\\n")), "{text}");
        assert!(render(&html, 50, true).contains(long));
    }

    #[test]
    fn lines_keep_to_the_width() {
        let html = format!("<p>{}</p>", "word ".repeat(60));
        let text = render(&html, 50, false);
        assert!(text.lines().count() > 5);
        assert!(text.lines().all(|line| line.chars().count() <= 50), "{text}");
    }

    #[test]
    fn a_table_keeps_its_cells() {
        let html = "<table><thead><tr><th>method</th><th>safe</th></tr></thead><tbody><tr><td>GET</td><td>yes</td></tr></tbody></table>";
        let text = render(html, 60, false);
        let row = text.lines().find(|line| line.contains("GET")).unwrap();
        assert!(row.contains("yes"), "{text}");
    }

    #[test]
    fn colours_are_used_only_when_asked_for() {
        let html = "<p>A <code>GET</code></p>";
        assert!(render(html, 60, true).contains("\u{1b}["));
        assert!(!render(html, 60, false).contains('\u{1b}'));
    }

    #[test]
    fn plain_text_is_wrapped_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("", 7), Vec::<String>::new());
    }

    #[test]
    fn a_choice_is_one_line() {
        assert_eq!(render_line("<p>It is\n<code>GET</code></p>", false), "It is `GET`");
    }
}
