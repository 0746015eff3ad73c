//! A document's HTML as text for a terminal.

use console::Style;
use html2text::config;
use html2text::render::RichAnnotation;

/// Renders HTML as lines of at most `width` columns; code lines may be longer. Links to other hosts are listed at the
/// end; with `colours` emphasis is shown by escape sequences, without by the characters of Markdown.
#[must_use]
pub fn render(html: &str, width: usize, colours: bool) -> String {
    // A code block's lines are indented below.
    let rendered =
        config::rich().allow_width_overflow().lines_from_read(html.as_bytes(), width.saturating_sub(4).max(20));
    let Ok(lines) = rendered else { return html.to_owned() };
    let mut out = String::new();
    let mut links: Vec<String> = Vec::new();
    for line in lines {
        let mut text = String::new();
        let mut block = false;
        for piece in line.tagged_strings() {
            block |= piece.tag.iter().any(|tag| matches!(tag, RichAnnotation::Preformat(_)));
            for tag in &piece.tag {
                if let RichAnnotation::Link(url) = tag
                    && url.starts_with("http")
                    && !links.contains(url)
                {
                    links.push(url.clone());
                }
            }
            text.push_str(&piece_text(&piece.s, &piece.tag, colours));
        }
        let text = text.trim_end();
        if block && !text.is_empty() {
            out.push_str("    ");
        }
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

fn piece_text(text: &str, tags: &[RichAnnotation], colours: bool) -> String {
    let block = tags.iter().any(|tag| matches!(tag, RichAnnotation::Preformat(_)));
    let image = tags.iter().any(|tag| matches!(tag, RichAnnotation::Image(_)));
    if image {
        return format!("[image: {text}]");
    }
    if !colours {
        let mark = match tags.iter().rev().find(|tag| !matches!(tag, RichAnnotation::Link(_) | RichAnnotation::Default))
        {
            Some(RichAnnotation::Code) if !block => "`",
            Some(RichAnnotation::Emphasis) => "*",
            Some(RichAnnotation::Strong) => "**",
            _ => "",
        };
        return if text.trim().is_empty() { text.to_owned() } else { format!("{mark}{text}{mark}") };
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
