use super::tests::codes;
use super::*;
use proptest::prelude::*;

/// Whether HTML has anything that does more than be seen. It asks nothing of the sanitiser: what is served has tags of
/// the one form `<name attribute="value">`, so what is a tag in any other form is dangerous, as is an element or an
/// attribute that no text needs.
fn dangerous(html: &str) -> bool {
    let mut rest = html;
    while let Some((_, tag)) = rest.split_once('<') {
        match after_harmless(tag) {
            Some(after) => rest = after,
            None => return true,
        }
    }
    false
}

/// What follows a tag; `None` for one that is dangerous.
fn after_harmless(tag: &str) -> Option<&str> {
    const ELEMENTS: &str = " a blockquote br code del em h1 h2 h3 h4 h5 h6 hr img input li ol p pre section span strong \
                            sup table tbody td th thead tr ul ";
    let (name, mut rest) = tag.split_at(tag.find([' ', '>'])?);
    if !ELEMENTS.contains(&format!(" {} ", name.strip_prefix('/').unwrap_or(name))) {
        return None;
    }
    while let Some(attribute) = rest.strip_prefix(' ') {
        let (name, value) = attribute.split_once("=\"")?;
        let (value, after) = value.split_once('"')?;
        let is_word = name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        let acts = name.starts_with("on") || ["style", "srcdoc", "srcset", "formaction"].contains(&name);
        if !is_word || acts || matches!(name, "href" | "src") && !leads_safely(value) {
            return None;
        }
        rest = after;
    }
    rest.strip_prefix('>')
}

fn leads_safely(address: &str) -> bool {
    // Browsers take no notice of these in a scheme, and no entity but this one is ever written.
    let address: String = address.replace("&amp;", "").chars().filter(|c| *c > ' ').collect();
    let head = address.split(['/', '?', '#']).next().unwrap_or_default();
    let scheme = head.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    !address.contains('&') && scheme.is_none_or(|scheme| ["http", "https", "mailto"].contains(&scheme.as_str()))
}

#[test]
fn what_is_dangerous_is_known() {
    for bad in [
        "<script>alert(1)</script>",
        "a<SCRIPT>",
        "<img src=\"/assets/x.png\" onerror=\"x\" alt=\"a\">",
        "<img alt=\"a\" onerror=x>",
        "<img/onerror=\"x\">",
        "<img\nonerror=\"x\">",
        "<a href=\"/x\" onclick=\"x\">a</a>",
        "<a href=\"/x\"onclick=\"x\">a</a>",
        "<a ONCLICK=\"x\">",
        "<a title=\"a > b\" onclick=\"x\">",
        "<p style=\"x\">",
        "<p onclick>",
        "<p ",
        "<p",
        "a <",
        "<!-- a -->",
        "<a href=\"javascript:x\">",
        "<a href=\" Java\tScript:x\">",
        "<a href=\"javascript&colon;x\">",
        "<a href=\"vbscript:x\">",
        "<img src=\"data:text/html,x\">",
        "<svg>",
        "<form>",
        "<iframe src=\"/x\">",
        "<p><math></math></p>",
    ] {
        assert!(dangerous(bad), "{bad:?}");
    }
    for good in [
        "",
        "a &lt;script&gt; onclick=\"x\" javascript:x",
        "<p>a</p>\n<hr>",
        "<img src=\"/assets/x.png\" alt=\"&quot; onerror=x <script>\">",
        "<a href=\"https://example.org/?a=b&amp;c=javascript:x\" title=\" onclick=x\" rel=\"noopener\">a</a>",
        "<a href=\"#a\" aria-label=\"a\">a</a><a href=\"/x\">a</a><a href=\"mailto:a@b\">a</a>",
        "<input type=\"checkbox\" disabled=\"\">",
    ] {
        assert!(!dangerous(good), "{good:?}");
    }
}

fn any(text: &str) -> (String, usize) {
    let mut faults = Faults::of("courses/http/a.md", crate::faults::Guesses::OF_PACK);
    let source = Source { text: text.to_owned(), origin: Origin::Lines { line: 1, indent: 0 } };
    let mut site = Site::default();
    site.add("courses/http/a", Target::Image("/assets/a.png".to_owned()));
    site.add("courses/http/b", Target::Example("/assets/b.py".to_owned()));
    let rendered = render(&source, Role::Body, "courses/http/a.md", &site, &mut faults);
    (rendered.html, faults.len())
}

#[test]
fn raw_html_of_any_kind_is_a_fault() {
    for text in [
        "<script>alert(1)</script>",
        "a <script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onmouseover='x'>b</b>",
        "<iframe src='https://example.org'></iframe>",
        "<style>p { display: none }</style>",
        "a <b>harmless</b>",
        "</b>",
        "<!-- comment -->",
        "a <!-- comment --> b",
        "<?php x ?>",
        "<!DOCTYPE html>",
        "<![CDATA[x]]>",
        "<a href='x'>",
        "- <div>x</div>",
        "> <div>x</div>",
        "| a |\n|---|\n| <b>x</b> |",
        "[<b>x</b>](https://example.org)",
        "x[^1]\n\n[^1]: <b>x</b>",
    ] {
        let found = codes(text);
        assert!(!found.is_empty() && found.iter().all(|c| c.starts_with("unsafe-html:")), "{text:?}: {found:?}");
    }
    assert_eq!(codes("é <b>x</b> and <i>y</i>"), ["unsafe-html:1:3", "unsafe-html:1:16"]);
}

#[test]
fn what_only_looks_like_html_is_text() {
    for text in [
        "`<script>`",
        "```\n<script>\n```",
        "a < b > c",
        "\\<script>",
        "&lt;script&gt;",
        "<3",
        "<svg/onload=alert(1)>",
        "```html\n<script>alert(1)</script>\n```",
    ] {
        assert!(codes(text).is_empty(), "{text:?}: {:?}", codes(text));
        assert!(!dangerous(&any(text).0), "{text:?}: {}", any(text).0);
    }
}

#[test]
fn links_that_run_or_hide_are_faults() {
    for url in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "javascript&colon;alert(1)",
        "javascript&#58;alert(1)",
        "&#106;avascript:alert(1)",
        "&#x6A;&#x61;vascript:alert(1)",
        "java&Tab;script:alert(1)",
        "java&NewLine;script:alert(1)",
        "java&#10;script:alert(1)",
        "java&#0;script:alert(1)",
        "&#1;javascript:alert(1)",
        "javascript%3Aalert(1)",
        "data:text/html;base64,PHNjcmlwdD4=",
        "data&colon;text/html,x",
        "vbscript:msgbox(1)",
        "file:///etc/passwd",
        "//example.org/x",
        "\\\\\\\\example.org",
        "/\\\\example.org",
        "https:\\\\\\\\example.org",
        "blob:x",
        "feed:javascript:x",
    ] {
        for text in [format!("[a]({url})"), format!("[a][r]\n\n[r]: {url}"), format!("![a]({url})")] {
            let (html, faults) = any(&text);
            assert!(faults > 0 && html.is_empty(), "{text:?}: {html}");
        }
    }
    for text in ["<javascript:alert(1)>", "<data:text/html,x>", "[a](<java\tscript:alert(1)>)", "[a](< javascript:x>)"]
    {
        assert!(any(text).1 > 0, "{text:?}");
    }
}

#[test]
fn entities_do_not_bring_in_what_is_refused() {
    assert_eq!(codes("a &#x202E;b"), ["bidi-control:1:1"]);
    assert_eq!(codes("a &#7;b"), ["control-character:1:1"]);
    assert_eq!(codes("[a](https://example.org \"&#8238;\")"), ["bidi-control:1:1"]);
    assert!(codes("&#0; is the replacement character").is_empty());
}

#[test]
fn titles_languages_and_footnotes_stay_text() {
    for text in [
        "[a](https://example.org \"\\\"><script>x</script>\")",
        "[a](https://example.org '\" onclick=\"x')",
        "```\"><script>x</script>\nb\n```",
        "```py\" onclick=\"x\nb\n```",
        "~~~ js\"><img\nb\n~~~",
        "a[^\"><b>]\n\n[^\"><b>]: b",
        "## \"><script>alert(1)\\</script>",
    ] {
        let (html, _) = any(text);
        assert!(!dangerous(&html) && !html.contains("onclick=\"x\""), "{text:?}: {html}");
    }
}

/// Texts that parsers have choked on. All of them take some seconds in an unoptimised build; where the time goes by the
/// square of the length, one takes minutes.
#[test]
fn large_hostile_texts_end_soon() {
    for text in pathological(48 << 10) {
        let start: String = text.chars().take(12).collect();
        let (html, faults) = any(&text);
        assert!(faults > 0 || html.len() < 60 * text.len(), "{start:?} makes {} bytes", html.len());
    }
}

#[test]
fn a_text_has_a_bound_before_it_is_taken_apart() {
    let (html, faults) = any(&"a ".repeat(super::MAX_TEXT / 2));
    assert!(!html.is_empty() && faults == 0);
    assert_eq!(codes(&"a ".repeat(super::MAX_TEXT / 2 + 1)), ["too-large:1:1"]);
}

fn pathological(size: usize) -> Vec<String> {
    let fill = |part: &str| part.repeat(size / part.len());
    let mut texts: Vec<String> = [
        "[",
        "]",
        "*",
        "**a",
        "_a ",
        ">",
        "> ",
        "- ",
        "* ",
        "1. ",
        "`",
        "` a `` b ``` ",
        "~",
        "|",
        "![",
        "[a](",
        "[a][",
        "<",
        "<!--",
        "\\",
        "&",
        "&amp;",
        "\t",
        "#",
        "# a\n",
        "## a\n",
        "a\n",
        "[^a]",
        "[a]: b\n",
        "<a ",
        "<?",
        "<![CDATA[",
        "- a\n",
        "> a\n",
        "| a ",
        "|-",
        "*a_ ",
        "a**b",
        "[a]",
        "(",
        "\"",
        "-",
        "=",
        "a\n=\n",
        "```\n",
        "    a\n",
        "[x](<",
        "![a](b \"",
        "[a](#a)\n",
        "[a](a/b)\n",
        "![a](a)\n",
        "## a-1\n\n## a\n\n",
        "## a\n\n[a](#a-1)\n\n",
    ]
    .iter()
    .map(|part| fill(part))
    .collect();
    // Nested lists by indentation, brackets that match, tables with many columns, one cell a row.
    texts.push((0..600).map(|n| format!("{}- a\n", "  ".repeat(n))).collect());
    texts.push("[".repeat(size / 2) + &"]".repeat(size / 2));
    texts.push("*a **b ".repeat(size / 14) + &"c** d* ".repeat(size / 14));
    texts.push(format!("|{}\n|{}\n{}", "a|".repeat(2_000), "-|".repeat(2_000), "|\n".repeat(size / 2)));
    texts.push(format!("{}\n\n[a]: b\n", "[a]".repeat(size / 3)));
    texts.push(format!("{}\n\n[^a]: b\n", "[^a]".repeat(size / 4)));
    texts.push(format!("```python\n{}\n```", "((((\n".repeat(12_000)));
    texts.push(format!("```js\n{}\n```", "/* ` ${ \n".repeat(6_000)));
    texts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_rendered_safely_or_refused(text in "[-\\[\\]()<>!*_`~#|:&;=\"'\\\\ \n\ta-c/.^x1]{0,80}") {
        let (html, _) = any(&text);
        prop_assert!(!dangerous(&html), "{:?}: {}", text, html);
    }

    #[test]
    fn what_authors_give_to_links_and_images_stays_text(text in "[- a-c='\"<>/&;:!*\\\\`\n]{0,30}", title in "[- a-co='\\\\<>/&;:]{0,30}") {
        for made in [format!("![{text}](a \"{title}\")"), format!("[{text}](b \"{title}\")"), format!("[{text}](#{title})")] {
            let (html, _) = any(&made);
            prop_assert!(!dangerous(&html), "{:?}: {}", made, html);
        }
    }

    #[test]
    fn any_html_is_refused_or_text(tag in "(script|img|svg|a|b|iframe|style)", attributes in "[ a-z='\"/:()]{0,20}", rest in "[<>/a-z ]{0,20}") {
        let (html, _) = any(&format!("x <{tag} {attributes}>{rest}"));
        prop_assert!(!dangerous(&html), "{}", html);
    }
}
