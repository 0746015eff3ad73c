//! A browser for tests and benches: headless Chromium, driven through chromedriver as a person would drive it.
//!
//! The protocol is [W3C WebDriver](https://www.w3.org/TR/webdriver2/), a few JSON requests over HTTP, with what
//! chromedriver adds: commands of the developer tools (`goog/cdp/execute`) and logs (`se/log`). One chromedriver serves
//! the process; each [`Tab`] is a Chromium of its own with a fresh profile. Nothing outlives the process: a small shell
//! script holds a pipe from it and ends driver and browsers when that closes, which happens even after `kill -9`.
//!
//! Whatever cannot be done is a panic that says what was tried; a machine without Chromium is told the remedy.

mod axe;
mod element;
mod seen;

use std::{
    env,
    path::{Path, PathBuf},
    process::{Child, Command},
    sync::OnceLock,
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::{Method, blocking::Client};
use serde_json::{Value, json};

pub use element::Element;
pub use seen::{Request, Seen};

use crate::processes::{in_search_path, supervise};

const SUPERVISE: &str = include_str!("browser/supervise.sh");
/// How Debian's package and others call it.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// How long an element may take to appear, in milliseconds.
const PATIENCE: u64 = 10_000;

struct Driver {
    /// `http://127.0.0.1:PORT`.
    address: String,
    browser: String,
    client: Client,
    /// Where the profiles are.
    folder: PathBuf,
    /// Holds the pipe whose end makes the script end driver and browsers.
    supervisor: Child,
}

/// The driver of this process, started when first asked for.
fn driver() -> &'static Driver {
    static DRIVER: OnceLock<Result<Driver, String>> = OnceLock::new();
    match DRIVER.get_or_init(Driver::start) {
        Ok(driver) => driver,
        Err(reason) => panic!(
            "no browser to test with: {reason}\nRun tests/run, which sets up what the tests need, or install Debian's \
             packages `chromium` and `chromium-driver`."
        ),
    }
}

impl Driver {
    fn start() -> Result<Self, String> {
        let found = |program: &str| in_search_path(program).map(|path| path.display().to_string());
        let driver = found("chromedriver").ok_or("chromedriver is not installed")?;
        let browser = BROWSERS.iter().find_map(|name| found(name)).ok_or("Chromium is not installed")?;
        let mut shell = Command::new("sh");
        shell.args(["-c", SUPERVISE, "supervise", &driver]).arg(env::temp_dir());
        let (supervisor, words) = supervise(shell)?;
        let [folder, port] = &words[..] else { return Err(format!("the driver's supervisor said {words:?}")) };
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(120)).build();
        let client = client.map_err(|error| error.to_string())?;
        let (address, folder) = (format!("http://127.0.0.1:{port}"), PathBuf::from(folder));
        Ok(Self { address, browser, client, folder, supervisor })
    }

    /// Sends a command; gives its value, or what the driver says against it.
    fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let request = self.client.request(method, format!("{}{path}", self.address));
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let mut answer: Value =
            request.send().and_then(reqwest::blocking::Response::json).map_err(|error| error.to_string())?;
        let value = answer["value"].take();
        match value["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["message"].as_str().unwrap_or_default())),
            None => Ok(value),
        }
    }
}

/// The folder that is there as long as the browsers of this process are, and the process that clears up after this one.
///
/// # Panics
/// As [`Tab::open`].
pub fn supervisor() -> (&'static Path, u32) {
    (&driver().folder, driver().supervisor.id())
}

/// One window of a Chromium of its own, which is closed with this value. It knows nobody: a fresh profile.
#[derive(Debug)]
pub struct Tab {
    /// `/session/ID`.
    path: String,
}

impl Tab {
    /// Opens one, 1280 by 900 pixels, in the light colour scheme.
    ///
    /// # Panics
    /// When there is no Chromium or chromedriver, with the remedy, and when it does not start.
    #[track_caller]
    pub fn open() -> Self {
        let driver = driver();
        let options = json!({
            "binary": driver.browser,
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
                "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-extensions", "--hide-scrollbars", "--force-device-scale-factor=1",
                // Whatever a page asks of another host is seen in the log, and does not leave this machine.
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            ],
            "perfLoggingPrefs": { "enableNetwork": true, "enablePage": false },
        });
        let capabilities = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "performance": "ALL", "browser": "ALL" },
            "timeouts": { "implicit": PATIENCE, "script": 60_000, "pageLoad": 60_000 },
        } } });
        let made = driver.send(Method::POST, "/session", Some(&capabilities));
        let made = made.unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
        let tab = Self { path: format!("/session/{}", made["sessionId"].as_str().unwrap_or_default()) };
        tab.size(1280, 900);
        tab.scheme("light");
        tab
    }

    #[track_caller]
    fn get(&self, command: &str) -> Value {
        self.command(Method::GET, command, None)
    }

    #[track_caller]
    fn post(&self, command: &str, body: &Value) -> Value {
        self.command(Method::POST, command, Some(body))
    }

    /// As [`Tab::post`], for one that expects a refusal.
    fn ask(&self, command: &str, body: &Value) -> Result<Value, String> {
        driver().send(Method::POST, &format!("{}{command}", self.path), Some(body))
    }

    #[track_caller]
    fn command(&self, method: Method, command: &str, body: Option<&Value>) -> Value {
        match driver().send(method, &format!("{}{command}", self.path), body) {
            Ok(value) => value,
            Err(error) => panic!("{command} {}: {error}", body.map(brief).unwrap_or_default()),
        }
    }

    /// A command of the developer tools.
    #[track_caller]
    pub fn tools(&self, command: &str, arguments: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": arguments }))
    }

    /// Gives the page this many CSS pixels. Below 600 it is a phone's, with its scrolling and zoom.
    #[track_caller]
    pub fn size(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.tools("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Prefers `light` or `dark` colours from now on.
    #[track_caller]
    pub fn scheme(&self, scheme: &str) {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.tools("Emulation.setEmulatedMedia", &json!({ "features": [feature] }));
    }

    /// Pages opened from now on run no script of theirs.
    #[track_caller]
    pub fn without_javascript(&self) {
        self.tools("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
    }

    /// Computes this many times slower from now on.
    #[track_caller]
    pub fn slow_down(&self, times: f64) {
        self.tools("Emulation.setCPUThrottlingRate", &json!({ "rate": times }));
    }

    /// Opens an address and waits until it is loaded.
    #[track_caller]
    pub fn open_page(&self, address: &str) {
        self.post("/url", &json!({ "url": address }));
    }

    /// Where it is: the path of the address, with its query.
    #[track_caller]
    pub fn at(&self) -> String {
        let url = self.get("/url");
        let url = url.as_str().unwrap_or_default();
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        format!("/{}", path.split('#').next().unwrap_or_default())
    }

    /// The title of the page.
    #[track_caller]
    pub fn title(&self) -> String {
        self.get("/title").as_str().unwrap_or_default().to_owned()
    }

    /// Runs a script's body in the page and gives what it returns.
    #[track_caller]
    pub fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Runs a script's body in the page, which calls `done` with what is given back.
    #[track_caller]
    pub fn run_until_done(&self, script: &str) -> Value {
        let script = format!("const done = arguments[arguments.length - 1]; {script}");
        self.post("/execute/async", &json!({ "script": script, "args": [] }))
    }

    /// Presses a key and lets it go: a character, or a name such as [`keys::TAB`].
    #[track_caller]
    pub fn press(&self, key: &str) {
        let strokes = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        self.post("/actions", &json!({ "actions": [{ "type": "key", "id": "keys", "actions": strokes }] }));
    }

    /// Types a text where the focus is.
    #[track_caller]
    pub fn type_text(&self, text: &str) {
        for key in text.chars() {
            self.press(&key.to_string());
        }
    }

    /// The whole page, below the fold as well, as a PNG.
    #[track_caller]
    pub fn picture(&self) -> Vec<u8> {
        let picture = self.tools("Page.captureScreenshot", &json!({ "format": "png", "captureBeyondViewport": true }));
        let picture = BASE64_STANDARD.decode(picture["data"].as_str().unwrap_or_default());
        picture.unwrap_or_else(|error| panic!("a picture that is no base64: {error}"))
    }

    /// When the largest piece of the page was painted, in milliseconds after the page was asked for.
    #[track_caller]
    pub fn largest_paint(&self) -> f64 {
        let script = "new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
            .observe({ type: 'largest-contentful-paint', buffered: true });";
        self.run_until_done(script).as_f64().unwrap_or_else(|| panic!("no paint was told"))
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        // One that is gone already needs no closing.
        let _ = driver().send(Method::DELETE, &self.path, None);
    }
}

/// Keys without a character, as WebDriver calls them.
pub mod keys {
    /// To what can be reached next.
    pub const TAB: &str = "\u{E004}";
    /// Follows a link, presses a button, sends a form.
    pub const ENTER: &str = "\u{E007}";
    /// Chooses.
    pub const SPACE: &str = " ";
    /// To the next of a group.
    pub const DOWN: &str = "\u{E015}";
}

/// The folder that cargo builds in, where what the tests keep may stand.
///
/// # Panics
/// When this program does not stand in one.
#[must_use]
pub fn target_folder() -> PathBuf {
    // target/debug/deps/suite-…
    let folder = env::current_exe().ok().and_then(|program| program.ancestors().nth(3).map(Path::to_owned));
    folder.unwrap_or_else(|| panic!("the tests run outside of cargo's target folder"))
}

/// What is told of a command's body: a script may be long.
fn brief(body: &Value) -> String {
    body.to_string().chars().take(300).collect()
}
