use std::collections::{HashMap, HashSet};

use roxmltree::{Document, Error, Node, NodeId, ParsingOptions};

use crate::faults::{Code, Faults, Pos, did_you_mean};

/// What a drawing needs. Scripts, foreign content, links out and animation (which can change a link) are not here.
const ELEMENTS: &[&str] = &[
    "circle",
    "clipPath",
    "defs",
    "desc",
    "ellipse",
    "feBlend",
    "feColorMatrix",
    "feComponentTransfer",
    "feComposite",
    "feDropShadow",
    "feFlood",
    "feFuncA",
    "feFuncB",
    "feFuncG",
    "feFuncR",
    "feGaussianBlur",
    "feMerge",
    "feMergeNode",
    "feMorphology",
    "feOffset",
    "filter",
    "g",
    "line",
    "linearGradient",
    "marker",
    "mask",
    "metadata",
    "path",
    "pattern",
    "polygon",
    "polyline",
    "radialGradient",
    "rect",
    "stop",
    "style",
    "svg",
    "switch",
    "symbol",
    "text",
    "textPath",
    "title",
    "tspan",
    "use",
];

const SVG: &str = "http://www.w3.org/2000/svg";
/// More elements than a drawing has.
const MAX_NODES: u32 = 50_000;
/// After so many faults an image needs no more.
const MAX_FAULTS: usize = 20;

/// Reports what an SVG image must not have: it is served from the address of the pages that show it.
pub(crate) fn check(text: &str, faults: &mut Faults) {
    // A DOCTYPE is refused by the parser's options, and entities with it.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = match Document::parse_with_options(text, options) {
        Ok(document) => document,
        Err(error) => {
            let at = place(error.pos());
            match error {
                Error::DtdDetected => {
                    faults.add(at, Code::UnsafeSvg, "The image has a DOCTYPE.", "Remove it; SVG needs none.");
                }
                Error::NodesLimitReached => {
                    let message = format!("The image has more than {MAX_NODES} parts.");
                    faults.add(at, Code::UnsafeSvg, message, "Simplify it, or save it as png.");
                }
                error => faults.add(
                    at,
                    Code::BrokenImage,
                    format!("The image is not well-formed XML: {error}."),
                    "Save it again as SVG.",
                ),
            }
            return;
        }
    };
    let root = document.root_element();
    if root.tag_name().name() != "svg" || root.tag_name().namespace() != Some(SVG) {
        let help = format!("Its first element is `<svg xmlns=\"{SVG}\">`.");
        faults.add(Pos::new(1, 1), Code::BrokenImage, "The image is not SVG.", help);
        return;
    }
    let parts = Parts::of(&document);
    let mut drawn = 0;
    let before = faults.len();
    for node in document.descendants() {
        // Telling a place reads the text from its beginning, so it is done for the first faults only.
        if faults.len() - before >= MAX_FAULTS {
            return;
        }
        let at = || place(document.text_pos_at(node.range().start));
        if node.is_element() {
            element(node, &at, faults);
            if is_use(node) {
                match parts.drawn_by(node) {
                    Ok(more) => drawn += more,
                    Err(reason) => {
                        let help = "Put what is drawn in its place, or draw it with one `use` that leads to shapes.";
                        faults.add(at(), Code::UnsafeSvg, format!("The element `use` {reason}."), help);
                    }
                }
                if drawn > MAX_NODES as usize {
                    let message = format!("The image draws more than {MAX_NODES} parts by `use`.");
                    faults.add(at(), Code::UnsafeSvg, message, "Simplify it, or save it as png.");
                    return;
                }
            }
        } else if node.is_pi() && node.pi().is_some_and(|pi| pi.target.eq_ignore_ascii_case("xml-stylesheet")) {
            faults.add(
                at(),
                Code::UnsafeSvg,
                "The image takes a style sheet from elsewhere.",
                "Put the styles into the image.",
            );
        }
    }
}

fn is_use(node: Node<'_, '_>) -> bool {
    node.has_tag_name((SVG, "use"))
}

/// What a `use` may lead to. One that leads to others doubles with each, and thirty of them fill a reader's memory: so
/// one leads to shapes alone, and all of them together draw no more than an image may have.
struct Parts<'a> {
    /// By id; of equal ones the first, as browsers take it.
    by_id: HashMap<&'a str, Node<'a, 'a>>,
    /// The elements that have a `use` in them, or are one.
    with_use: HashSet<NodeId>,
}

impl<'a> Parts<'a> {
    fn of(document: &'a Document<'a>) -> Self {
        let mut parts = Self { by_id: HashMap::new(), with_use: HashSet::new() };
        for node in document.descendants().filter(Node::is_element) {
            if let Some(id) = node.attribute("id") {
                parts.by_id.entry(id).or_insert(node);
            }
            if is_use(node) {
                // Above the first that is known already all are.
                for above in node.ancestors() {
                    if !parts.with_use.insert(above.id()) {
                        break;
                    }
                }
            }
        }
        parts
    }

    /// How many parts a `use` draws, or why it must not.
    fn drawn_by(&self, node: Node<'_, '_>) -> Result<usize, &'static str> {
        let mut drawn = 0;
        for attribute in node.attributes().filter(|attribute| attribute.name() == "href") {
            let id = attribute.value().trim().trim_start_matches('#');
            // An id that is written with escapes would be found by browsers alone.
            let Some(target) = self.by_id.get(id) else { return Err("leads to nothing in the image") };
            if self.with_use.contains(&target.id()) {
                return Err("leads to another `use`");
            }
            drawn += target.descendants().take(MAX_NODES as usize).count();
        }
        Ok(drawn)
    }
}

fn place(at: roxmltree::TextPos) -> Pos {
    Pos::new(at.row, at.col)
}

fn element(node: Node<'_, '_>, at: &dyn Fn() -> Pos, faults: &mut Faults) {
    let name = node.tag_name().name();
    // What drawing programs note for themselves stands in namespaces of their own, and is not shown.
    if node.tag_name().namespace() == Some(SVG) && !ELEMENTS.contains(&name) {
        let near = faults.guesses.near_miss(name, ELEMENTS.iter().copied());
        let help = did_you_mean(near, "Remove it: drawings, text, gradients and filters are enough here.");
        faults.add(at(), Code::UnsafeSvg, format!("The image has the element `{name}`."), help);
    } else if node.tag_name().namespace() == Some("http://www.w3.org/1999/xhtml") {
        faults.add(at(), Code::UnsafeSvg, format!("The image has the HTML element `{name}`."), "Remove it.");
    }
    if name == "style" {
        // All of its text at once, since a comment may divide a word; an element in it could hide more of the same.
        let css: String = node.children().filter(Node::is_text).filter_map(|part| part.text()).collect();
        let reason = node.children().any(|child| child.is_element()).then_some("have an element in them");
        if let Some(reason) = reason.or_else(|| refuse_css(&css)) {
            let message = format!("The image's styles {reason}.");
            faults.add(at(), Code::UnsafeSvg, message, "Keep to plain rules, and to `url(#…)`.");
        }
    }
    for attribute in node.attributes() {
        let (name, value) = (attribute.name(), attribute.value());
        let reason = if name.to_ascii_lowercase().starts_with("on") {
            Some("is a handler")
        } else if matches!(name.to_ascii_lowercase().as_str(), "href" | "src") && !value.trim_start().starts_with('#') {
            Some("leads out of the image")
        } else if name == "base" {
            Some("changes what references mean")
        } else if name.starts_with("aria-") {
            None
        } else {
            refuse_css(value)
        };
        if let Some(reason) = reason {
            let message = format!("The attribute `{name}` {reason}.");
            faults.add(at(), Code::UnsafeSvg, message, "Remove it; references stay in the image, such as `#part`.");
        }
    }
}

/// Why a style, or an attribute that may be one, is refused.
fn refuse_css(css: &str) -> Option<&'static str> {
    let squeezed: String =
        css.chars().filter(|c| !c.is_whitespace() && !c.is_control()).flat_map(char::to_lowercase).collect();
    if squeezed.contains("@import") {
        return Some("take styles from elsewhere");
    }
    if squeezed.contains("javascript:") || squeezed.contains("expression(") {
        return Some("hide a script");
    }
    // An escape could spell any of these; a comment could divide them.
    let looks_like_css = squeezed.contains("url") || squeezed.contains('{');
    if looks_like_css && (squeezed.contains('\\') || squeezed.contains("/*")) {
        return Some("have an escape or a comment");
    }
    let outside = |rest: &str| !rest.trim_start_matches(['"', '\'']).starts_with('#');
    if squeezed.split("url(").skip(1).any(outside) || squeezed.contains("image-set(") || squeezed.contains("src(") {
        return Some("lead out of the image");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(inner: &str) -> Vec<String> {
        codes_of(&format!(
            "<svg xmlns=\"{SVG}\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" xmlns:o=\"urn:o\">\n{inner}</svg>"
        ))
    }
    fn codes_of(text: &str) -> Vec<String> {
        let mut faults = Faults::of("x.svg", crate::faults::Guesses::OF_PACK);
        check(text, &mut faults);
        faults.into_vec().into_iter().map(|f| format!("{}:{}", f.code, f.line)).collect()
    }

    #[test]
    fn plain_drawings_pass() {
        let drawing = "<title>T</title><defs><linearGradient id='g'><stop offset='0'/></linearGradient></defs>\
            <style>.a { fill: url(#g); stroke: red }</style><rect class='a' fill=\"url('#g')\" style='fill:url(#g)'/>\
            <use xlink:href='#g' href=' #g'/><text>javascript is fine as a word, and so is url(x) in text</text><o:note o:x='1'/>";
        assert!(codes(drawing).is_empty(), "{:?}", codes(drawing));
    }

    #[test]
    fn what_could_run_or_leave_is_refused() {
        for bad in [
            "<script>alert(1)</script>",
            "<SCRIPT/>",
            "<foreignObject/>",
            "<a href='#x'/>",
            "<image href='#x'/>",
            "<iframe/>",
            "<animate attributeName='href' to='javascript:x'/>",
            "<set attributeName='onclick'/>",
            "<rect onload='x'/>",
            "<rect ONCLICK='x'/>",
            "<use href='https://example.org/#x'/>",
            "<use xlink:href='other.svg#x'/>",
            "<use href='data:image/svg+xml,x'/>",
            "<rect fill='url(https://example.org)'/>",
            "<rect style='fill: u rl(//x)'/>",
            "<style>@import 'x';</style>",
            "<style>@im<!-- -->port 'x';</style>",
            "<style><g>@import 'x';</g></style>",
            "<use href='#none'/>",
            "<style>@\\69mport 'x'; a{}</style>",
            "<style>a { fill: url(\"//x\") }</style>",
            "<style>a { fill: u/**/rl(//x) } b{}</style>",
            "<g xml:base='https://example.org/'/>",
            "<p xmlns='http://www.w3.org/1999/xhtml'>x</p>",
            "<?xml-stylesheet href='x.css'?>",
        ] {
            let found = codes(bad);
            assert!(!found.is_empty() && found.iter().all(|c| c.starts_with("unsafe-svg:2")), "{bad}: {found:?}");
        }
    }

    #[test]
    fn a_use_draws_shapes_and_no_other_use() {
        let doubled = |levels: usize| -> String {
            let level = |n: usize| format!("<g id='l{}'><use href='#l{n}'/><use xlink:href='#l{n}'/></g>\n", n + 1);
            (0..levels).map(level).collect()
        };
        let shape = "<rect id='l0'/>\n";
        assert!(codes(&format!("{shape}{}", doubled(1))).is_empty());
        assert_eq!(codes(&format!("{shape}{}", doubled(2))), ["unsafe-svg:4"; 2]);
        assert_eq!(codes(&format!("{shape}{}", doubled(30))).len(), MAX_FAULTS);
        for bad in [
            "<use id='a' href='#a'/>",
            "<g id='a'><use href='#a'/></g>",
            "<use id='a' href='#b'/><use id='b' href='#a'/>",
            "<rect id='b'/><use id='a' href='#b'/><use href='#a'/>",
            "<g id='a'><use href='#%61'/></g>",
            "<symbol id='a'><use href='#a'/></symbol>",
            "<g id='a'><use xlink:href='#a' href='#b'/></g><rect id='b'/>",
        ] {
            assert!(!codes(bad).is_empty(), "{bad}");
        }
        let many = |shapes: usize, uses: usize| {
            codes(&format!("<g id='a'>{}</g>{}", "<g/>".repeat(shapes), "<use href='#a'/>".repeat(uses)))
        };
        assert!(many(100, 400).is_empty());
        assert_eq!(many(20_000, 20_000), ["unsafe-svg:2"], "four hundred million parts");
    }

    /// Where the time goes by the square of the size, it takes minutes.
    #[test]
    fn large_hostile_drawings_end_soon() {
        let nested = |open: &str, inner: &str, close: &str| {
            let _ = codes(&format!("{}{inner}{}", open.repeat(20_000), close.repeat(20_000)));
        };
        nested("<style>", &"a{}".repeat(300_000), "</style>");
        nested("<g>", "<use href='#a'/>", "</g>");
        nested("<g id='a'>", "", "<use href='#a'/></g>");
    }

    #[test]
    fn only_svg_without_a_doctype_is_read() {
        assert_eq!(codes_of("<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>"), ["unsafe-svg:1"]);
        assert_eq!(codes_of("<svg"), ["broken-image:1"]);
        assert_eq!(codes_of("<svg/>"), ["broken-image:1"]);
        assert_eq!(codes_of("<html xmlns='http://www.w3.org/1999/xhtml'/>"), ["broken-image:1"]);
        assert!(codes(&"<g/>".repeat(60_000))[0].starts_with("unsafe-svg"));
        assert!(!codes(&"<g>".repeat(100_000)).is_empty(), "deep nesting is refused, not followed");
    }
}
