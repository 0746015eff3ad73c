//! What is on a page, found as a person finds it: by what it says.

use serde_json::{Value, json};

use super::{Tab, keys};

/// How WebDriver names an element in JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Something on a page; it is gone with the page.
#[derive(Debug)]
pub struct Element<'a> {
    tab: &'a Tab,
    id: String,
}

impl Tab {
    /// What a CSS selector finds first; waited for.
    ///
    /// # Panics
    /// When it does not appear.
    #[track_caller]
    pub fn find(&self, selector: &str) -> Element<'_> {
        self.look_for("css selector", selector)
    }

    /// The first link with this text in it.
    #[track_caller]
    pub fn link(&self, text: &str) -> Element<'_> {
        self.look_for("xpath", &format!("//a[@href][contains(normalize-space(), {})]", quoted(text)))
    }

    /// The first button with this text in it.
    #[track_caller]
    pub fn button(&self, text: &str) -> Element<'_> {
        self.look_for("xpath", &format!("//button[contains(normalize-space(), {})]", quoted(text)))
    }

    /// What the first label with this text in it belongs to.
    #[track_caller]
    pub fn field(&self, label: &str) -> Element<'_> {
        let label = format!("//label[contains(normalize-space(), {})]", quoted(label));
        let inside = format!("{label}//*[self::input or self::select or self::textarea]");
        self.look_for("xpath", &format!("//*[@id = {label}/@for] | {inside}"))
    }

    /// The innermost element with this text in it: that the page says so is waited for.
    #[track_caller]
    pub fn says(&self, text: &str) -> Element<'_> {
        let text = quoted(text);
        let here = format!("contains(normalize-space(), {text})");
        self.look_for("xpath", &format!("//body//*[{here}][not(*[{here}])]"))
    }

    /// Whether the page says this anywhere now, without waiting for it.
    #[track_caller]
    pub fn shows(&self, text: &str) -> bool {
        let text = json!(text);
        self.run(&format!("return document.body.innerText.replace(/\\s+/g, ' ').includes({text})")) == true
    }

    #[track_caller]
    fn look_for(&self, using: &str, value: &str) -> Element<'_> {
        let found = self.ask("/element", &json!({ "using": using, "value": value })).unwrap_or_else(|error| {
            let text = self.run("return document.body.innerText");
            panic!("{} has no {value}: {error}\n{}", self.at(), text.as_str().unwrap_or_default())
        });
        Element { tab: self, id: found[ELEMENT].as_str().unwrap_or_default().to_owned() }
    }

    /// Presses Tab until what has the focus says this in its text, label or value. What has the focus must be seen.
    ///
    /// # Panics
    /// When the keyboard does not get there.
    #[track_caller]
    pub fn tab_to(&self, text: &str) {
        let mut passed = Vec::new();
        for _ in 0..300 {
            self.press(keys::TAB);
            let here = self.run(
                "const it = document.activeElement, style = getComputedStyle(it);
                const name = [it.innerText, it.ariaLabel, it.value, ...[...it.labels ?? []].map(l => l.innerText)];
                const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
                    || style.boxShadow !== 'none';
                return [name.filter(Boolean).join(' | '), seen || it === document.body];",
            );
            let name = here[0].as_str().unwrap_or_default().to_owned();
            assert_eq!(here[1], true, "the focus on {name:?} is not seen on {}", self.at());
            if name.contains(text) {
                return;
            }
            passed.push(name);
        }
        passed.dedup();
        panic!("no Tab leads to {text:?} on {}: {passed:#?}", self.at());
    }
}

impl Element<'_> {
    #[track_caller]
    fn post(&self, command: &str, body: &Value) -> Value {
        self.tab.post(&format!("/element/{}/{command}", self.id), body)
    }

    #[track_caller]
    fn get(&self, what: &str) -> String {
        self.tab.get(&format!("/element/{}/{what}", self.id)).as_str().unwrap_or_default().to_owned()
    }

    /// Clicks in its middle, scrolling there first.
    ///
    /// # Panics
    /// When something else would get the click.
    #[track_caller]
    pub fn click(&self) {
        self.post("click", &json!({}));
    }

    /// Replaces what stands in a field.
    #[track_caller]
    pub fn fill(&self, text: &str) {
        self.post("clear", &json!({}));
        self.post("value", &json!({ "text": text }));
    }

    /// What it says, as seen.
    #[track_caller]
    pub fn text(&self) -> String {
        self.get("text")
    }

    /// A property as its text: `href` is the whole address.
    #[track_caller]
    pub fn property(&self, name: &str) -> String {
        self.get(&format!("property/{name}"))
    }
}

/// A string of XPath 1.0, which has no escapes.
fn quoted(text: &str) -> String {
    assert!(!text.contains('"'), "a text with a quotation mark can't be looked for: {text}");
    format!("\"{text}\"")
}
