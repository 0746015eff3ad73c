//! Pictures of the pages that tests look at, kept in `target/screenshots` when `CAIRN_SCREENSHOTS=1` is set.

use std::{env, fs};

use cairn_tests::browser::{Tab, target_folder};

/// Keeps what is shown now, when asked to: `PAGE-WHO-WIDTH-SCHEME.png`.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so by the environment")]
pub(super) fn keep(tab: &Tab, who: &str, address: &str, width: u32, scheme: &str) {
    if !env::var("CAIRN_SCREENSHOTS").is_ok_and(|value| value == "1") {
        return;
    }
    let folder = target_folder().join("screenshots");
    fs::create_dir_all(&folder).unwrap();
    let name: String = address.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    let name = if address == "/" { "home" } else { name.trim_matches('-') };
    fs::write(folder.join(format!("{name}-{who}-{width}-{scheme}.png")), tab.picture()).unwrap();
}
