//! Finding what is taught by its words.

use serde::Deserialize;

use super::Client;
use crate::args::SearchArgs;
use crate::{Context, Exit, Failure};

#[derive(Deserialize)]
struct Found {
    items: Vec<Hit>,
    next: Option<String>,
    corrected: Vec<Correction>,
    all_words: bool,
}

#[derive(Deserialize)]
struct Correction {
    from: String,
    to: String,
}

#[derive(Deserialize)]
struct Hit {
    kind: String,
    slug: String,
    title: String,
    course: Option<Course>,
    excerpt: Vec<Part>,
}

#[derive(Deserialize)]
struct Course {
    title: String,
}

#[derive(Deserialize)]
struct Part {
    text: String,
    #[serde(rename = "match")]
    matches: bool,
}

pub(super) fn search(args: &SearchArgs, client: &Client<'_>, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let (words, limit) = (args.words.join(" "), args.limit.to_string());
    let mut query = vec![("q", words.as_str()), ("limit", &limit)];
    query.extend(args.kind.as_deref().map(|kind| ("kind", kind)));
    let reply = client.get_with(&["search"], &query)?;
    let found: Found = reply.read()?;
    let output = context.output;
    output.show(&reply.body, || {
        for Correction { from, to } in &found.corrected {
            output.line(format!("Nothing has `{from}`; searched for {} in its place.", output.bold(to)));
        }
        if found.items.is_empty() {
            output.line("Nothing was found.");
            output.line(format!("Next: {}", output.bold(format!("{} list", context.program))));
        } else if !found.all_words {
            output.line("Nothing has all of the words; this has some of them.");
        }
        for hit in &found.items {
            let place = hit.course.as_ref().map(|course| format!(", {}", course.title)).unwrap_or_default();
            let about = output.dim(format!("({}{place})", hit.kind));
            output.line(format!("{}  {} {about}", output.good(&hit.slug), output.bold(&hit.title)));
            for line in marked(&hit.excerpt, context) {
                output.line(format!("    {line}"));
            }
        }
        if found.next.is_some() {
            output.line("There is more: add a word, or --limit.");
        }
    });
    Ok(Exit::Ok)
}

/// The excerpt in lines, with the words that were searched for in another colour: each by itself, since a line may end
/// within them.
fn marked(excerpt: &[Part], context: &Context<'_>) -> Vec<String> {
    let output = context.output;
    let text = excerpt.iter().map(|part| {
        if part.matches {
            part.text.split(' ').map(|word| output.warning(word)).collect::<Vec<_>>().join(" ")
        } else {
            part.text.clone()
        }
    });
    crate::html::wrap(&text.collect::<String>(), output.width().saturating_sub(4))
}
