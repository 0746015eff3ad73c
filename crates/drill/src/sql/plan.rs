use std::collections::BTreeSet;

use crate::run::{PlanStep, State};

/// What a step of SQLite's plan says of a table after `SCAN` or `SEARCH`, and whether it is a scan. It begins with the name
/// of the table, or the one that the statement gives to it, which may have spaces in it.
fn access(step: &PlanStep) -> Option<(bool, &str)> {
    match step.detail.split_once(' ') {
        Some(("SCAN", rest)) => Some((true, rest)),
        Some(("SEARCH", rest)) => Some((false, rest)),
        _ => None,
    }
}

/// How a step finds its rows, such as `COVERING INDEX visits_by_hut (hut=?)`.
fn means(rest: &str) -> &str {
    rest.rsplit_once(" USING ").map_or("", |(_, means)| means)
}

/// The index that a step uses; none where it uses none, or one that it makes for itself.
fn index(rest: &str) -> Option<&str> {
    let means = means(rest);
    let name = means.strip_prefix("INDEX ").or_else(|| means.strip_prefix("COVERING INDEX "))?;
    name.split(' ').next()
}

/// The steps that go through a table from one end to the other. `names` are those that the plan may call it by.
///
/// A search by an index that is made for the one query is among them, since making it reads the whole table.
pub(super) fn scans<'a>(plan: &'a [PlanStep], names: &BTreeSet<String>) -> Vec<&'a str> {
    let is_of = |rest: &str| {
        let rest = rest.to_lowercase();
        names
            .iter()
            .any(|name| rest.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
    };
    let reads_all = |step: &&PlanStep| {
        access(step).is_some_and(|(scan, rest)| (scan || means(rest).starts_with("AUTOMATIC ")) && is_of(rest))
    };
    plan.iter().filter(reads_all).map(|step| step.detail.as_str()).collect()
}

/// Whether the plan searches a table by an index: the one that is named, or any that the schema says is the table's.
pub(super) fn uses_index(plan: &[PlanStep], state: &State, table: &str, wanted: Option<&str>) -> bool {
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let of_table = |index: &str| {
        let automatic = format!("sqlite_autoindex_{table}_").to_lowercase();
        let is = |name: &str, of: &str| same(name, index) && same(of, table);
        index.to_lowercase().starts_with(&automatic)
            || state.schema.iter().any(|item| item.kind == "index" && is(&item.name, &item.table))
    };
    let searched = plan.iter().filter_map(access).filter(|(scan, _)| !scan).filter_map(|(_, rest)| index(rest));
    searched.into_iter().any(|index| wanted.map_or_else(|| of_table(index), |wanted| same(wanted, index)))
}
