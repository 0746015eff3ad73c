//! The text of a document as it stands in a page, and numbers as people read them.

/// A heading of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heading {
    /// 2 or 3.
    pub(super) level: u8,
    /// Where a link leads.
    pub(super) id: String,
    /// Its words as HTML without any element.
    pub(super) html: String,
}

/// The headings of the two highest levels that a text has, in order.
pub(super) fn headings(html: &str) -> Vec<Heading> {
    let mut all = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find("<h") {
        rest = &rest[at + 2..];
        let level = match rest.as_bytes().first() {
            Some(b'2') => 2,
            Some(b'3') => 3,
            _ => continue,
        };
        let Some((tag, after)) = rest.split_once('>') else { break };
        let Some((inner, after)) = after.split_once(&format!("</h{level}>")) else { break };
        if let Some((id, _)) = tag.split_once("id=\"").and_then(|(_, id)| id.split_once('"')) {
            all.push(Heading { level, id: id.to_owned(), html: without_elements(inner) });
        }
        rest = after;
    }
    all
}

/// HTML without its elements; what was escaped stays so.
fn without_elements(html: &str) -> String {
    let mut pieces = html.split('<');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text.push_str(piece.split_once('>').map_or("", |(_, after)| after));
    }
    text
}

/// A text as it stands in a page: what may be wider than the page scrolls in a box of its own, which the keyboard reaches.
///
/// In sanitised HTML a `<` begins an element and nothing else.
pub(super) fn dressed(html: &str) -> String {
    html.replace("<pre>", "<pre tabindex=\"0\">")
        .replace("<table>", "<div class=\"scroll\" role=\"group\" aria-label=\"Table\" tabindex=\"0\"><table>")
        .replace("</table>", "</table></div>")
}

/// A part of a sentence.
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    /// Whether it stood between two backticks.
    pub(super) code: bool,
}

/// A sentence by its parts: what stands between two backticks is code.
pub(super) fn pieces(words: &str) -> Vec<Piece<'_>> {
    let mut all: Vec<_> = words.split('`').enumerate().map(|(at, text)| Piece { text, code: at % 2 == 1 }).collect();
    // One that nothing ends begins nothing.
    if let Some(last) = all.last_mut() {
        last.code = false;
    }
    all.retain(|piece| !piece.text.is_empty());
    all
}

/// Minutes as people say them.
pub(super) fn duration(minutes: &u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// The day of a moment, in UTC.
pub(super) fn day(moment: &cairn_domain::shared::Timestamp) -> String {
    moment.to_string().chars().take(10).collect()
}

/// The hour of a moment, in UTC.
pub(super) fn hour(moment: &cairn_domain::shared::Timestamp) -> String {
    let text: String = moment.to_string().chars().take(16).collect();
    text.replace('T', " ")
}

/// One of a thing, or many: `3 learners`.
pub(super) fn many(number: &u64, one: &str, more: &str) -> String {
    if *number == 1 { format!("1 {one}") } else { format!("{number} {more}") }
}

/// A part in whole percent, rounded to the nearest; 0 of nothing.
pub(super) fn share(part: &u64, of: &u64) -> u64 {
    (part * 200 + of).checked_div(2 * of).unwrap_or(0).min(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_found_with_their_words() {
        let html = "<p>a</p>\n<h2 id=\"one\">One &amp; <code>x &lt; y</code></h2>\n<h3 id=\"two\"><em>Two</em></h3>\
                    <h4 id=\"no\">No</h4><hr><h2>Nameless</h2>";
        let found: Vec<_> = headings(html).into_iter().map(|h| (h.level, h.id, h.html)).collect();
        let expected = [(2, "one", "One &amp; x &lt; y"), (3, "two", "Two")];
        assert_eq!(found, expected.map(|(level, id, html)| (level, id.to_owned(), html.to_owned())));
        assert_eq!(headings("<h2 id=\"x\">never ends"), []);
    }

    #[test]
    fn wide_things_get_boxes() {
        let html = dressed("<pre><code>x</code></pre><table><tr><td>1</td></tr></table>");
        assert!(html.starts_with("<pre tabindex=\"0\"><code>") && html.ends_with("</table></div>"), "{html}");
    }

    #[test]
    fn what_stands_between_backticks_is_code() {
        let parts = |words| pieces(words).into_iter().map(|piece| (piece.text, piece.code)).collect::<Vec<_>>();
        assert_eq!(parts("no `a` or `b`"), [("no ", false), ("a", true), (" or ", false), ("b", true)]);
        assert_eq!(parts("`a` and `b"), [("a", true), (" and ", false), ("b", false)]);
        assert_eq!(parts(""), []);
    }

    #[test]
    fn durations_are_said_plainly() {
        assert_eq!([5, 60, 95, 600].map(|minutes| duration(&minutes)), ["5 min", "1 h", "1 h 35 min", "10 h"]);
    }
    #[test]
    fn amounts_and_shares_are_said_plainly() {
        let learners = |number: u64| many(&number, "learner", "learners");
        assert_eq!(
            (learners(0), learners(1), learners(2)),
            ("0 learners".into(), "1 learner".into(), "2 learners".into())
        );
        assert_eq!([share(&1, &3), share(&2, &3), share(&3, &3), share(&4, &3), share(&0, &0)], [33, 67, 100, 100, 0]);
    }
}
