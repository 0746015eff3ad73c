use super::*;

fn site() -> Site<'static> {
    let id = |text: &str| ContentId::new(text).unwrap();
    let mut site = Site::default();
    let document = |kind, name: &str| Target::Document { kind, id: id(name), slug: id(&format!("{name}-slug")) };
    site.add("guides/hub.md", document(DocKind::Guide, "hub"));
    site.add("tracks/way.md", document(DocKind::Track, "way"));
    site.add("courses/http/course.md", document(DocKind::Course, "http"));
    site.add("courses/http/a.md", document(DocKind::Lesson, "a"));
    site.add("courses/http/b c.md", document(DocKind::Lesson, "b-c"));
    site.add("courses/http/broken.md", Target::Broken);
    site.add("courses/http/img.svg", Target::Image("/assets/5.svg".into()));
    site.add("courses/http/img.bmp", Target::OtherImage);
    site.add("courses/http/x.py", Target::Example("/assets/7.py".into()));
    site.add("courses/http/README.md", Target::Unserved);
    site
}
fn run(text: &str, role: Role) -> (Rendered, Vec<cairn_domain::catalog::Fault>) {
    let mut faults = Faults::of("courses/http/a.md", crate::faults::Guesses::OF_PACK);
    let source = Source { text: text.to_owned(), origin: Origin::Lines { line: 1, indent: 0 } };
    let rendered = render(&source, role, "courses/http/a.md", &site(), &mut faults);
    (rendered, faults.into_vec())
}
fn html(text: &str) -> String {
    let (rendered, faults) = run(text, Role::Body);
    assert!(faults.is_empty(), "{text:?}: {faults:?}");
    rendered.html
}
pub(super) fn codes(text: &str) -> Vec<String> {
    run(text, Role::Body).1.into_iter().map(|f| format!("{}:{}:{}", f.code, f.line, f.column)).collect()
}
fn helps(text: &str) -> Vec<String> {
    run(text, Role::Body).1.into_iter().map(|f| f.help).collect()
}

#[test]
fn the_common_forms_are_rendered() {
    for (text, expected) in [
        ("a *b* **c** `d<e` ~~f~~", "<p>a <em>b</em> <strong>c</strong> <code>d&lt;e</code> <del>f</del></p>\n"),
        ("## What is *it*?", "<h2 id=\"what-is-it\">What is <em>it</em>?</h2>\n"),
        ("> a\n\n---", "<blockquote>\n<p>a</p>\n</blockquote>\n<hr>\n"),
        ("3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n"),
        (
            "```py\nx = 1\n```",
            "<pre><code class=\"language-py\">x <span class=\"hl-operator\">=</span> <span class=\"hl-number\">1</span>\n</code></pre>\n",
        ),
        ("    a<b\n", "<pre><code>a&lt;b\n</code></pre>\n"),
        ("www.example.org is text", "<p>www.example.org is text</p>\n"),
        ("a\\\nb", "<p>a<br>\nb</p>\n"),
        ("&lt;b&gt; &amp; \\<i>", "<p>&lt;b&gt; &amp; &lt;i&gt;</p>\n"),
    ] {
        assert_eq!(html(text), expected, "{text:?}");
    }
    let table = html("| a | b |\n|--|:-:|\n| 1 | 2 |");
    assert!(table.contains("<th align=\"center\">b</th>") && table.contains("<td>1</td>"), "{table}");
    let tasks = html("- [x] done\n- [ ] open");
    assert_eq!(tasks.matches("type=\"checkbox\"").count(), 2, "{tasks}");
    assert!(tasks.matches("disabled").count() == 2 && tasks.matches("checked").count() == 1, "{tasks}");
    let note = html("a[^n]\n\n[^n]: why");
    assert!(note.contains("<a href=\"#fn-n\" id=\"fnref-n\"") && note.contains("<li id=\"fn-n\">"), "{note}");
}

#[test]
fn links_lead_to_addresses_and_are_noted() {
    let text =
        "[l](<b c.md>) [m](b%20c.md#x) [g](../../guides/hub.md) [t](../../tracks/way.md) [c](course.md) [p](x.py)";
    let (rendered, faults) = run(text, Role::Body);
    assert!(faults.is_empty(), "{faults:?}");
    for address in [
        "/lessons/b-c-slug\"",
        "/lessons/b-c-slug#x\"",
        "/guides/hub-slug\"",
        "/tracks/way-slug\"",
        "/courses/http-slug\"",
        "/assets/7.py\"",
    ] {
        assert!(rendered.html.contains(&format!("href=\"{address}")), "{address} in {}", rendered.html);
    }
    assert!(!rendered.html.contains("rel="), "a link inside needs no rel");
    let links: Vec<_> = rendered.links.iter().map(|(kind, id)| format!("{kind} {id}")).collect();
    assert_eq!(links, ["guide hub", "track way", "course http", "lesson b-c"]);
    assert_eq!(rendered.pending.len(), 1);
    assert_eq!((rendered.pending[0].path.as_str(), rendered.pending[0].anchor.as_str()), ("courses/http/b c.md", "x"));
    assert_eq!(
        html("![An *arrow*](img.svg \"T\")"),
        "<p><img src=\"/assets/5.svg\" alt=\"An arrow\" title=\"T\"></p>\n"
    );
}

#[test]
fn links_out_do_not_tell_where_they_were() {
    assert_eq!(
        html("[a](https://example.org/?a=1&b=2) <mailto:a@example.org>"),
        "<p><a href=\"https://example.org/?a=1&amp;b=2\" rel=\"noopener noreferrer\">a</a> \
         <a href=\"mailto:a@example.org\" rel=\"noopener noreferrer\">mailto:a@example.org</a></p>\n"
    );
}

#[test]
fn links_that_lead_nowhere_are_placed() {
    assert_eq!(codes("é [a](none.md)"), ["dangling-link:1:3"]);
    assert_eq!(codes("one\n\n- [a]()"), ["dangling-link:3:3"]);
    assert_eq!(codes("[a](../../../x.md)"), ["dangling-link:1:1"]);
    assert_eq!(codes("[a](../http)"), ["dangling-link:1:1"], "a folder");
    assert_eq!(codes("[a](README.md)"), ["unserved-file:1:1"]);
    assert_eq!(codes("[a](img.bmp)"), ["unserved-file:1:1"]);
    assert_eq!(codes("[a](x.py#l1)"), ["dangling-anchor:1:1"]);
    assert_eq!(codes("[a][r]\n\n[r]: none.md"), ["dangling-link:1:1"]);
    assert!(codes("[a](broken.md)").is_empty(), "the file has its own faults");
    assert_eq!(helps("[a](cuorse.md)"), ["Did you mean `course.md`?"]);
    assert_eq!(helps("[a](hub.md)"), ["Did you mean `../../guides/hub.md`?"]);
}

#[test]
fn images_have_a_text_and_a_known_type_and_are_in_the_pack() {
    assert_eq!(codes("![](img.svg)"), ["missing-alt-text:1:1"]);
    assert_eq!(codes("a ![ ](img.svg)"), ["missing-alt-text:1:3"]);
    assert_eq!(codes("![a](img.bmp)"), ["unknown-image-type:1:1"]);
    assert_eq!(codes("![a](x.py)"), ["unknown-image-type:1:1"]);
    assert_eq!(codes("![a](b%20c.md)"), ["unknown-image-type:1:1"]);
    assert_eq!(codes("![a](none.png)"), ["dangling-link:1:1"]);
    assert_eq!(codes("![a](https://example.org/a.png)"), ["unsafe-link:1:1"]);
    assert_eq!(codes("![a](data:image/png;base64,AAAA)"), ["unsafe-link:1:1"]);
    assert_eq!(codes("![a](#x)"), ["dangling-link:1:1"]);
}

#[test]
fn the_title_is_the_only_first_heading() {
    assert_eq!(codes("# A\n\nB\n=\n\n## C"), ["h1-in-body:1:1", "h1-in-body:3:1"]);
}

#[test]
fn parts_of_a_quiz_have_no_anchors_and_choices_are_inline() {
    let (prompt, _) = run("## A\n\nb[^1]", Role::Fragment);
    assert!(prompt.html.starts_with("<h2>A</h2>") && prompt.html.contains("[^1]"), "{}", prompt.html);
    let (choice, _) = run("`a` and *b*", Role::Choice);
    assert_eq!(choice.html, "<code>a</code> and <em>b</em>");
    let (blocks, _) = run("a\n\nb", Role::Choice);
    assert_eq!(blocks.html, "<p>a</p>\n<p>b</p>\n");
}

#[test]
fn places_are_those_of_the_file() {
    let at = |origin: Origin| {
        let mut faults = Faults::of("courses/http/a.md", crate::faults::Guesses::OF_PACK);
        let source = Source { text: "x\ny [a](none.md)".to_owned(), origin };
        render(&source, Role::Body, "courses/http/a.md", &site(), &mut faults);
        let fault = faults.into_vec().remove(0);
        (fault.line, fault.column)
    };
    assert_eq!(at(Origin::Lines { line: 10, indent: 8 }), (11, 11));
    assert_eq!(at(Origin::Value(Pos::new(3, 4))), (3, 4));
    assert_eq!(Origin::Line(Pos::new(3, 4)).place(1, 3), Pos::new(3, 6));
}

/// Whoever changes what Markdown becomes raises `revision::RENDERER`, and then this.
#[test]
fn rendering_is_what_its_version_says() {
    use sha2::{Digest, Sha256};
    let text = "Text *a* **b** `c` ~~d~~ [l](b%20c.md) <https://example.org>[^1]\n\n## H\n\n- x\n- [x] y\n\n1. z\n\n> q\n\n\
        | a | b |\n|---|:-:|\n| 1 | 2 |\n\n![i](img.svg)\n\n```python\ndef f(x): return \"s\" + 1  # c\n```\n\n\
        ```http\nGET / HTTP/1.1\nHost: a\n\n{\"a\": 1}\n```\n\n```sql\nSELECT 1;\n```\n\n---\n\n[^1]: n\n";
    let digest = Sha256::digest(html(text).as_bytes());
    let digest: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((crate::revision::RENDERER, digest.as_str()), ("cairn-html/1", "7a21de409404"), "{}", html(text));
}
