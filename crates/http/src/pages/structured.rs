//! Structured data (schema.org) for search engines, as JSON-LD.

use serde_json::{Value, json};

use super::frame::{Frame, Site};

/// JSON as it may stand in a `script` element: nothing in it ends the element, or begins a comment in it.
pub(super) fn embedded(value: &Value) -> String {
    let text = value.to_string();
    text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// The way to a page.
fn breadcrumbs(frame: &Frame) -> Value {
    let steps: Vec<_> = frame
        .crumbs
        .iter()
        .enumerate()
        .map(|(at, crumb)| {
            let path = if crumb.address.is_empty() { &frame.path } else { &crumb.address };
            json!({
                "@type": "ListItem", "position": at + 1, "name": crumb.title, "item": frame.site.absolute(path),
            })
        })
        .collect();
    json!({ "@type": "BreadcrumbList", "itemListElement": steps })
}

/// A thing that is taught, with the way to its page.
pub(super) fn of(frame: &Frame, mut thing: Value) -> String {
    thing["name"] = json!(frame.title);
    thing["url"] = json!(frame.canonical());
    if !frame.description.is_empty() {
        thing["description"] = json!(frame.description);
    }
    embedded(&json!({ "@context": "https://schema.org", "@graph": [thing, breadcrumbs(frame)] }))
}

/// Another thing that one belongs to or has.
pub(super) fn named(site: &Site, kind: &str, title: &str, path: &str) -> Value {
    json!({ "@type": kind, "name": title, "url": site.absolute(path) })
}

/// Minutes as ISO 8601 has them.
pub(super) fn duration(minutes: u32) -> String {
    format!("PT{minutes}M")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_break_out_of_its_element() {
        let hostile = "</script><!--<script>alert(1)&amp;\u{2028}";
        let text = embedded(&json!({ "name": hostile }));
        assert!(!text.contains(['<', '>', '&']), "{text}");
        let back: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["name"], hostile);
    }
}
