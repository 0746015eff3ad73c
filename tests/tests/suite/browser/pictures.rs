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
    let path = address.split('?').next().unwrap();
    let name = if path == "/" { "home".to_owned() } else { path.trim_matches('/').replace(['/', '{', '}'], "-") };
    fs::write(folder.join(format!("{name}-{who}-{width}-{scheme}.png")), tab.picture()).unwrap();
}
