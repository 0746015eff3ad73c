use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

/// Lets through what the rendering makes, and nothing else: should an author's text ever get past the checks or the
/// rendering, it ends here.
static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags = [
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "img",
        "input",
        "li",
        "ol",
        "p",
        "pre",
        "section",
        "span",
        "strong",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ];
    let attributes: [(&str, &[&str]); 14] = [
        ("a", &["href", "title", "rel", "id", "class", "aria-label"]),
        ("code", &["class"]),
        ("h1", &["id"]),
        ("h2", &["id"]),
        ("h3", &["id"]),
        ("h4", &["id"]),
        ("h5", &["id"]),
        ("h6", &["id"]),
        ("img", &["src", "alt", "title"]),
        ("li", &["id"]),
        ("ol", &["start"]),
        ("section", &["class"]),
        ("span", &["class"]),
        ("sup", &["class"]),
    ];
    let mut attributes: HashMap<_, HashSet<_>> =
        attributes.into_iter().map(|(tag, names)| (tag, names.iter().copied().collect())).collect();
    for cell in ["td", "th"] {
        attributes.insert(cell, HashSet::from(["align"]));
    }
    attributes.insert("input", HashSet::from(["checked", "disabled"]));
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(tags))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(attributes)
        .tag_attribute_values(HashMap::from([("input", HashMap::from([("type", HashSet::from(["checkbox"]))]))]))
        // A box that could be ticked would keep nothing.
        .set_tag_attribute_value("input", "disabled", "")
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .strip_comments(true)
        .attribute_filter(|element, attribute, value| match attribute {
            "class" => class(element, value),
            "id" => value.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.')).then(|| value.into()),
            "src" => value.starts_with("/assets/").then(|| value.into()),
            "rel" => (value == "noopener noreferrer").then(|| value.into()),
            "start" => value.bytes().all(|b| b.is_ascii_digit()).then(|| value.into()),
            "align" => matches!(value, "left" | "right" | "center").then(|| value.into()),
            _ => Some(value.into()),
        });
    builder
});

fn class<'u>(element: &str, value: &'u str) -> Option<Cow<'u, str>> {
    let ours = match element {
        "code" => value.strip_prefix("language-").is_some_and(|l| !l.contains(char::is_whitespace)),
        "span" => value.strip_prefix("hl-").is_some_and(|c| c.bytes().all(|b| b.is_ascii_lowercase())),
        "section" => value == "footnotes",
        "sup" => value == "footnote-ref",
        "a" => value == "footnote-backref",
        _ => false,
    };
    ours.then_some(Cow::Borrowed(value))
}

/// HTML with only the elements, attributes and addresses that a text is served with.
pub(super) fn sanitise(html: &str) -> String {
    SANITISER.clean(html).to_string()
}

/// Whether sanitising would take too long. The library writes a run of text in the product of its length and how many
/// of its characters it has to look at (`&` and those from U+0080 to U+00BF), so that a megabyte of `&` would take
/// minutes. No text for readers comes near the limit.
pub(super) fn is_too_costly(html: &str) -> bool {
    let mut cost = 0;
    for run in html.split(['<', '>']).flat_map(|run| run.split("&lt;")).flat_map(|run| run.split("&gt;")) {
        // Short runs cost next to nothing, whatever is in them.
        if run.len() > 1_000 {
            let looked_at = run.bytes().filter(|byte| *byte == 0xC2).count() + run.matches('&').count()
                - run.matches("&quot;").count();
            cost += looked_at as u64 * run.len() as u64;
        }
    }
    cost > 1 << 31
}

#[cfg(test)]
mod tests {
    use super::{is_too_costly, sanitise};

    #[test]
    fn only_absurd_texts_are_too_costly() {
        let prose = "Salt & pepper at 20 °C, as it is «said». ".repeat(1_000);
        let markup = "a &amp; b <em>c</em> ".repeat(50_000);
        let code = "if (a &amp;&amp; b) { &quot;x&quot; &lt; y }\n".repeat(20_000);
        for fine in [&prose, &markup, &code] {
            assert!(!is_too_costly(fine));
        }
        assert!(is_too_costly(&"&amp;".repeat(50_000)));
        assert!(is_too_costly(&"°".repeat(100_000)));
    }

    #[test]
    fn what_is_dangerous_is_gone() {
        for (html, left) in [
            ("<script>alert(1)</script>a", "a"),
            ("<p onclick=\"x()\" style=\"color:red\" class=\"x\" id=\"y\">a</p>", "<p>a</p>"),
            ("<a href=\"javascript:x\">a</a>", "<a>a</a>"),
            ("<a href=\"/x\" target=\"_blank\" rel=\"opener\">a</a>", "<a href=\"/x\">a</a>"),
            ("<img src=\"https://x/y.png\" alt=\"a\">", "<img alt=\"a\">"),
            ("<img src=\"/assets/x.png\" onerror=\"x\" alt=\"a\">", "<img src=\"/assets/x.png\" alt=\"a\">"),
            ("<svg><script>x</script></svg><iframe src=\"//x\"></iframe>", ""),
            (
                "<span class=\"hl-string\">a</span><span class=\"hl-x y\">b</span>",
                "<span class=\"hl-string\">a</span><span>b</span>",
            ),
            ("<input type=\"text\" name=\"password\">", "<input disabled=\"\">"),
            ("<h2 id=\"a&quot;b\">a</h2>", "<h2>a</h2>"),
            ("<form action=\"/x\"><button>a</button></form><!-- c -->", "a"),
        ] {
            assert_eq!(sanitise(html), left, "{html}");
        }
    }
}
