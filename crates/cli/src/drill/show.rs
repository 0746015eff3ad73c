//! Verdicts at the terminal.

use cairn_drill::data::Cell;
use cairn_drill::http::Rendered;
use cairn_drill::run::ResultSet;
use cairn_drill::sql::Difference;
use cairn_drill::{Assertion, Evidence, Outcome, Verdict};
use serde_json::{Value, json};

use super::Called;
use crate::Output;

/// The widest cell of a table, in characters.
const MAX_CELL: usize = 40;

/// Prints every assertion, under the step that it is of; `called` tells what was sent for a step.
pub(crate) fn verdict(verdict: &Verdict, called: &[Called], output: &Output) {
    let mut last = None;
    for assertion in &verdict.assertions {
        if last != Some(&assertion.step) {
            last = Some(&assertion.step);
            output.line("");
            let sent = called.iter().find(|called| called.step == assertion.step).map(|called| {
                let times = if called.times > 1 { format!(" × {}", called.times) } else { String::new() };
                format!("  {}", output.dim(format!("{} {}{times}", called.method.as_str(), called.url)))
            });
            output.line(format!("{}{}", output.bold(&assertion.step), sent.unwrap_or_default()));
        }
        line(assertion, output);
    }
    if let Some(stop) = &verdict.stopped {
        let stop = serde_json::to_value(stop).unwrap_or_default();
        let limit = stop["limit"].as_str().unwrap_or("limit").replace('_', " ");
        let detail = stop["detail"].as_str().map(|detail| format!(": {detail}")).unwrap_or_default();
        output.line("");
        output.line(output.bad(format!("The run was stopped ({limit}){detail}.")));
    }
    evidence(&verdict.evidence, output);
}

fn line(assertion: &Assertion, output: &Output) {
    let Assertion { subject, expected, got, .. } = assertion;
    match (assertion.outcome, assertion.advice) {
        (Outcome::Passed, _) => output.line(format!("  {} {subject}: {expected}", output.good("✓"))),
        (Outcome::Skipped, _) => output.line(format!("  {} {subject}: skipped, {got}", output.dim("–"))),
        (Outcome::Failed, advice) => {
            let mark = if advice { output.warning("✗") } else { output.bad("✗") };
            let remark = if advice { " (advice)" } else { "" };
            output.line(format!("  {mark} {subject}{remark}: expected {expected}"));
            output.line(format!("      got {got}"));
            if let Some(hint) = &assertion.hint {
                output.line(format!("      {}", output.warning(hint)));
            }
        }
    }
}

fn evidence(evidence: &Evidence, output: &Output) {
    let heading = |text: &str| {
        output.line("");
        output.line(output.bold(text));
    };
    if let Some(ResultSet { columns, rows, omitted }) = &evidence.result {
        heading("Result");
        let mut table = vec![columns.iter().map(|column| format!("  {}", output.dim(column))).collect::<Vec<_>>()];
        table.extend(rows.iter().map(|row| row.iter().map(|cell| format!("  {}", text(cell))).collect()));
        output.table(&table);
        if *omitted > 0 {
            output.line(format!("  … and {omitted} more"));
        }
    }
    if let Some(Difference { missing, unexpected, .. }) = &evidence.difference {
        let row = |cells: &[Cell]| cells.iter().map(text).collect::<Vec<_>>().join(" | ");
        for (name, rows, mark) in
            [("Missing", missing, output.bad("-")), ("Not asked for", unexpected, output.bad("+"))]
        {
            if !rows.is_empty() {
                heading(name);
                rows.iter().for_each(|cells| output.line(format!("  {mark} {}", row(cells))));
            }
        }
    }
    if !evidence.plan.is_empty() {
        heading("Plan");
        for step in &evidence.plan {
            output.line(format!("  {}{}", "  ".repeat(step.depth.min(20) as usize), step.detail));
        }
    }
    if !evidence.messages.is_empty() {
        heading("The database says");
        evidence.messages.iter().for_each(|message| output.line(format!("  {message}")));
    }
}

/// A value of a row, on one line.
fn text(cell: &Cell) -> String {
    let text = match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => format!("{number:?}"),
        Cell::Text(text) => text.replace(char::is_control, "\u{FFFD}"),
        Cell::Blob(hex) => format!("x'{hex}'"),
    };
    match text.char_indices().nth(MAX_CELL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Prints requests that would be sent.
pub(crate) fn planned(planned: &[(String, u32, Result<Rendered, String>)], output: &Output) {
    for (step, times, request) in planned {
        output.line("");
        let times = if *times > 1 { format!(" × {times}, all at once") } else { String::new() };
        match request {
            Err(path) => output.line(format!("{}  {path}{times}", output.bold(step))),
            Ok(request) => {
                output.line(format!("{}  {} {}{times}", output.bold(step), request.method.as_str(), request.url));
                for (name, value) in &request.headers {
                    output.line(format!("  {name}: {value}"));
                }
                if let Some(body) = &request.body {
                    output.line("");
                    String::from_utf8_lossy(body).lines().for_each(|line| output.line(format!("  {line}")));
                }
            }
        }
    }
}

/// The same as a value.
pub(crate) fn planned_value(planned: &[(String, u32, Result<Rendered, String>)]) -> Value {
    let request = |(step, times, request): &(String, u32, Result<Rendered, String>)| match request {
        Err(path) => json!({ "step": step, "times": times, "path": path }),
        Ok(request) => json!({
            "step": step,
            "times": times,
            "method": request.method,
            "url": request.url,
            "headers": request.headers,
            "body": request.body.as_ref().map(|body| String::from_utf8_lossy(body)),
        }),
    };
    json!({ "requests": planned.iter().map(request).collect::<Vec<_>>() })
}
