//! The text of a document, out of the HTML that it is served as.

use std::ops::ControlFlow;

/// A stretch of text that nothing but words in line interrupts: a paragraph, a heading, a cell, a block of code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passage<'a> {
    /// Whether it is a heading.
    pub(super) heading: bool,
    /// On one line: white space of any length is one space.
    pub(super) text: &'a str,
}

/// Elements that stand within a passage; all others end it.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "s", "samp", "small", "span",
    "strong", "sub", "sup", "u", "var",
];

/// Tells each passage of HTML as Cairn makes it, sanitised and well-formed, in turn, until it is told to stop.
pub(super) fn each_passage(html: &str, mut tell: impl FnMut(Passage<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
    let (mut text, mut heading, mut rest) = (String::new(), false, html);
    let mut end = |text: &mut String, heading: bool| {
        let told = match text.trim_end() {
            "" => ControlFlow::Continue(()),
            text => tell(Passage { heading, text }),
        };
        text.clear();
        told
    };
    while let Some(at) = rest.find('<') {
        unescape(&rest[..at], &mut text);
        let Some(close) = rest[at..].find('>') else {
            rest = "";
            break;
        };
        let tag = &rest[at + 1..at + close];
        rest = &rest[at + close + 1..];
        let name = tag.trim_start_matches('/');
        let name = &name[..name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len())];
        if !INLINE.contains(&name) {
            end(&mut text, heading)?;
            heading = name.len() == 2 && name.starts_with('h') && name != "hr" && !tag.starts_with('/');
        }
    }
    unescape(rest, &mut text);
    end(&mut text, heading)
}

/// Adds text without its escapes, each white space of it as one space.
fn unescape(html: &str, into: &mut String) {
    const ENTITIES: [(&str, char); 6] =
        [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"'), ("&#39;", '\''), ("&nbsp;", ' ')];
    let mut rest = html;
    while !rest.is_empty() {
        // Most of a text is as it stands: it is copied a stretch at a time.
        let plain = rest.bytes().take_while(|byte| byte.is_ascii_graphic() && *byte != b'&').count();
        into.push_str(&rest[..plain]);
        rest = &rest[plain..];
        let Some(c) = rest.chars().next() else { break };
        let entity = if c == '&' { ENTITIES.iter().find(|(name, _)| rest.starts_with(name)) } else { None };
        let (c, length) = entity.map_or((c, c.len_utf8()), |(name, c)| (*c, name.len()));
        if !c.is_whitespace() {
            into.push(c);
        } else if !into.is_empty() && !into.ends_with(' ') {
            into.push(' ');
        }
        rest = &rest[length..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passages(html: &str) -> Vec<String> {
        let mut all = Vec::new();
        _ = each_passage(html, |passage| {
            all.push(format!("{}{}", if passage.heading { "# " } else { "" }, passage.text));
            ControlFlow::Continue(())
        });
        all
    }

    #[test]
    fn markup_goes_and_words_stay_whole() {
        let html = "<h2 id=\"safe\">Safe <em>methods</em></h2>\n<p>A <code>G<span class=\"k\">E</span>T</code> is\n  safe &amp; \
                    &lt;b&gt;&nbsp;sound.</p><ul>\n<li>one</li><li>two</li></ul><hr /><pre><code>let x = 1;\n  y</code></pre>\
                    <p><img src=\"x.svg\" alt=\"a secret\" /></p>after";
        assert_eq!(
            passages(html),
            ["# Safe methods", "A GET is safe & <b> sound.", "one", "two", "let x = 1; y", "after"]
        );
        assert_eq!(passages("x &unknown; & y"), ["x &unknown; & y"]);
        assert_eq!(passages("<p>cut <em"), ["cut"]);
        assert!(passages("").is_empty() && passages("<p> \n</p>").is_empty());
    }

    #[test]
    fn reading_ends_when_it_is_told_to() {
        let mut seen = 0;
        let told = each_passage("<p>a</p><p>b</p>", |_| {
            seen += 1;
            ControlFlow::Break(())
        });
        assert!(told.is_break() && seen == 1);
    }
}
