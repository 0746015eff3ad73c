//! Taking a course's drills along, to practise without a connection.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::attempt::{self, Published};
use super::signed_in;
use crate::args::PullArgs;
use crate::client::{Client, view};
use crate::words::count;
use crate::{Context, Exit, Failure};

pub(super) fn pull(args: &PullArgs, client: &Client<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    signed_in(client, context)?;
    let folder = args.dir.clone().unwrap_or_else(|| PathBuf::from(&args.course));
    let mut stored = Vec::new();
    for lesson in client.list(&["courses", &args.course, "lessons"], &[])? {
        let text = |field: &str| lesson.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        if matches!(text("kind").as_str(), "reading" | "quiz") {
            continue;
        }
        let Some(reply) = client.find(&["lessons", &text("slug"), "drill"])? else { continue };
        let path = write(&folder, &format!("{}.json", text("slug")), &reply.body)?;
        // Only those can be evaluated here: what the others are compared with stays on the server.
        let offline = attempt::http(&view::<Published>(&reply.body)?.drill).is_ok();
        stored.push(json!({ "lesson": text("slug"), "title": text("title"), "file": path, "offline": offline }));
    }
    let mut value = json!({ "items": stored });
    if let Some(lesson) = &args.attempt {
        let (taking, published) = attempt::find(client, Some(lesson), Some(&args.course), context)?;
        published.is("http", lesson, context)?;
        let (body, attempt) = attempt::open(client, &taking, false)?;
        let path = write(&folder, &format!("{}.attempt.json", taking.lesson.slug), &body)?;
        value["attempt"] = json!({ "id": attempt.id, "file": path, "expires_at": attempt.expires_at });
    }
    let output = context.output;
    output.show(&value, || {
        output.line(format!("{} in {}", count(stored.len() as u64, "drill"), folder.display()));
        for item in &stored {
            let text = |field: &str| item[field].as_str().unwrap_or_default();
            output.line(format!("  {}  {}", text("lesson"), text("title")));
            if item["offline"] == json!(true) {
                let command = format!("{} check --offline {}", context.program, text("file"));
                output.line(format!("    {}", output.bold(command)));
            } else {
                output.line(output.dim("    runs on the server only"));
            }
        }
        if let Some(attempt) = value.get("attempt") {
            let text = |field: &str| attempt[field].as_str().unwrap_or_default();
            output.line(format!("An attempt that is open until {}:", text("expires_at")));
            output
                .line(format!("    {}", output.bold(format!("{} check --attempt {}", context.program, text("file")))));
        }
    });
    Ok(Exit::Ok)
}

/// Writes a value into a folder that is made where there is none. The nonce of an attempt is for its learner alone.
fn write(folder: &Path, name: &str, value: &Value) -> Result<PathBuf, Failure> {
    let path = folder.join(name);
    fs::create_dir_all(folder).map_err(|error| Failure::file("make", folder, &error))?;
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    fs::write(&path, text).map_err(|error| Failure::file("write", &path, &error))?;
    Ok(path)
}
