//! Examples of published documents for the documentation. A test sends the requests and compares the forms.

use serde_json::{Value, json};

const REVISION: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn merged(mut base: Value, more: Value) -> Value {
    if let (Value::Object(base), Value::Object(more)) = (&mut base, more) {
        base.extend(more);
    }
    base
}

fn head(id: &str, title: &str, summary: &str) -> Value {
    json!({ "id": id, "slug": id, "title": title, "summary": summary, "pack": "examples" })
}

fn full(head: Value, html: &str) -> Value {
    merged(head, json!({ "revision": REVISION, "retired": false, "html": html, "linked_from": [] }))
}

/// A document that another one names.
pub(crate) fn reference(kind: &str, id: &str, title: &str) -> Value {
    json!({ "kind": kind, "id": id, "slug": id, "title": title })
}

fn skill_reference() -> Value {
    reference("skill", "paths.reading", "Reading a path")
}

pub(crate) fn lesson_item() -> Value {
    let more = json!({ "kind": "reading", "minutes": 10, "optional": false, "course": "paths" });
    merged(head("first-steps", "First steps", "What a path is."), more)
}

pub(crate) fn lesson() -> Value {
    merged(
        full(head("first-steps", "First steps", "What a path is."), "<p>A path leads <em>somewhere</em>.</p>"),
        json!({
            "kind": "reading",
            "minutes": 10,
            "optional": false,
            "course": reference("course", "paths", "Paths"),
            "previous": null,
            "next": reference("lesson", "steps-quiz", "Steps: quiz"),
            "teaches": [skill_reference()],
            "requires": [],
            "quiz": null,
            "drill": null,
            "capstone": null,
        }),
    )
}

pub(crate) fn course_item() -> Value {
    merged(head("paths", "Paths", "From the first step to the last."), json!({ "minutes": 15 }))
}

pub(crate) fn course() -> Value {
    merged(
        full(head("paths", "Paths", "From the first step to the last."), "<p>Two lessons.</p>"),
        json!({
            "minutes": 15,
            "requires": [],
            "lessons": [lesson_item()],
            "tracks": [reference("track", "walking", "Walking")],
        }),
    )
}

pub(crate) fn track_item() -> Value {
    merged(head("walking", "Walking", "All about walking."), json!({ "minutes": 15 }))
}

pub(crate) fn track() -> Value {
    let more = json!({ "minutes": 15, "courses": [course_item()] });
    merged(full(head("walking", "Walking", "All about walking."), "<p>One course.</p>"), more)
}

pub(crate) fn guide_item() -> Value {
    head("outdoors", "Outdoors", "Where to begin.")
}

pub(crate) fn guide() -> Value {
    let stages = json!([
        { "title": "On foot", "summary": "", "status": "available", "target": reference("track", "walking", "Walking") },
        { "title": "By boat", "summary": "To come.", "status": "planned", "target": null },
    ]);
    merged(full(head("outdoors", "Outdoors", "Where to begin."), "<p>Go out.</p>"), json!({ "stages": stages }))
}

pub(crate) fn skill_item() -> Value {
    head("paths.reading", "Reading a path", "")
}

pub(crate) fn skill() -> Value {
    let taught_by = json!([reference("lesson", "first-steps", "First steps")]);
    merged(full(head("paths.reading", "Reading a path", ""), ""), json!({ "taught_by": taught_by }))
}
