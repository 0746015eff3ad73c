//! What pages load beside themselves: one style sheet and an icon, compiled in.

use std::sync::LazyLock;

use cairn_domain::Error;

use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::headers::{Cache, Policy};
use crate::problem::Problem;
use crate::reply::{Reply, digest_tag};

const CSS: &str = include_str!("../../templates/style.css");
const ICON: &str = include_str!("../../templates/favicon.svg");

/// The style sheet under an address that changes with it.
pub(crate) struct Style {
    name: String,
    pub(crate) address: String,
}

pub(crate) static STYLE: LazyLock<Style> = LazyLock::new(|| {
    let name = format!("{}.css", digest_tag(CSS.as_bytes()).trim_matches('"'));
    let address = format!("/style/{name}");
    Style { name, address }
});

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page("/style/{file}", |call| Box::pin(style(call))),
        Endpoint::page("/favicon.svg", |_| Box::pin(async { icon() })),
    ]
}

async fn style(call: Call) -> Result<Reply, Problem> {
    let name = call.segment_text("file");
    if name != STYLE.name {
        return Err(Error::not_found("file", name).into());
    }
    Ok(Reply::bytes(CSS, "text/css; charset=utf-8")?.digest()?.cache(Cache::Immutable))
}

fn icon() -> Result<Reply, Problem> {
    Ok(Reply::bytes(ICON, "image/svg+xml")?.digest()?.policy(Policy::Asset).cache(Cache::Public))
}
