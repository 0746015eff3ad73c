//! What a reader waits for: the largest contentful paint of pages of the curriculum that ships, in Chromium.

use std::path::Path;

use cairn_content::{TarGz, read_dir};
use cairn_domain::StoreExt;
use cairn_domain::catalog::{PackFormat, apply_release};
use cairn_domain::shared::ReleaseId;
use cairn_tests::browser::Tab;
use serde_json::json;
use uuid::Uuid;

use crate::process::Server;
use crate::report::{line, median, note};
use crate::{raw, seed};

const RUNS: usize = 9;
/// How many times slower than this machine the reader's computes.
const SLOWER: f64 = 4.0;
/// Milliseconds.
const GOAL: f64 = 1000.0;

/// Each page opened with an empty cache.
pub(crate) fn paint(program: &Path) {
    let place = raw::Place::sqlite();
    let files = read_dir(&cairn_tests::generated::root().join("content/backend")).unwrap();
    let draft = TarGz.read(&TarGz.write(&files).unwrap()).unwrap();
    let id = ReleaseId::new(Uuid::from_u128(1));
    place.store().write_alone(|tx| apply_release(tx, None, &draft, (None, ""), id, seed::start())).unwrap();
    let (cairn, _) = Server::cairn(program, place.directory(), None, "/livez");
    let tab = Tab::open();
    tab.slow_down(SLOWER);
    tab.tools("Network.enable", &json!({}));
    tab.tools("Network.setCacheDisabled", &json!({ "cacheDisabled": true }));
    for (what, path) in
        [("a lesson", "/lessons/http-conditional"), ("a track with its picture", "/tracks/backend"), ("the start", "/")]
    {
        let address = format!("http://{}{path}", cairn.address);
        let mut paints: Vec<f64> = (0..RUNS)
            .map(|_| {
                tab.open_page(&address);
                tab.largest_paint()
            })
            .collect();
        let paint = median(&mut paints);
        let what = format!("{what}, largest contentful paint at {SLOWER} × slow-down");
        line(&what, &format!("{paint:.0} ms"), &format!("< {GOAL} ms"), paint < GOAL);
        note(&format!("{:.0} to {:.0} ms in {RUNS} runs", paints[0], paints[RUNS - 1]));
    }
}
