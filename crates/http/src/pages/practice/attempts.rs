//! Attempts at drills: the list of a lesson's, what is handed in at one, and its verdict.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use cairn_domain::catalog::DocKind;
use cairn_domain::learning;
use cairn_domain::practice::{self, DrillAttempt, HandedIn, Judged, NewDrillAttempt};
use cairn_domain::shared::{AttemptId, ContentId, EnrolmentId, LessonId};
use cairn_domain::{Code, Error, ReadTx, Result, Violations};
use cairn_drill::{Drill, Outcome};
use serde_json::Value;

use super::asked::{Asked, kind_words};
use super::verdict::{Sent, VerdictShown, moment, provenance, sent};
use crate::AppState;
use crate::auth::Known;
use crate::call::Call;
use crate::drills::observe;
use crate::endpoint::Endpoint;
use crate::enrolments::lesson_named;
use crate::extract::form::{Form, Shape};
use crate::extract::input::input;
use crate::pages::field::{Told, is_about_input, told};
use crate::pages::frame::{Frame, Visitor};
use crate::pages::study::Study;
use crate::pages::{address, personal, render, text};
use crate::problem::{Problem, Reason};
use crate::reply::Reply;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const OF_LESSON: &str = "/learning/{id}/lessons/{lesson}/drill-attempts";
    vec![
        Endpoint::page(OF_LESSON, |call| Box::pin(list(call))).query("cursor", "", Value::Null, &[]),
        Endpoint::action(OF_LESSON, "start_drill_attempt", |call| Box::pin(start(call))),
        Endpoint::page("/drill-attempts/{id}", |call| Box::pin(show(call))).query(
            "from",
            "The id of an earlier attempt, whose text the editor has.",
            Value::Null,
            &[],
        ),
        Endpoint::action("/drill-attempts/{id}", "hand_in_solution", |call| Box::pin(hand_in(call))),
        Endpoint::action("/drill-attempts/{id}/replay", "replay_drill_attempt", |call| Box::pin(replay(call))),
    ]
}

input! {
    /// How an attempt at a drill is started from a page.
    struct StartInput {
        /// `true` where a locked drill is taken as a challenge.
        challenge: Option<String>,
        /// An earlier attempt, whose text goes into the editor.
        from: Option<String>,
    }
}

/// The title and address of a lesson of an enrolment.
pub(super) struct Around {
    pub(super) title: String,
    pub(super) lesson: String,
    pub(super) study: Option<Study>,
}

impl Around {
    /// Of a lesson, as it is seen on an enrolment.
    pub(super) fn of(
        tx: &mut dyn ReadTx,
        state: &AppState,
        known: &Known,
        enrolment: EnrolmentId,
        lesson: &LessonId,
    ) -> Result<Self> {
        let (standing, library) = learning::progress(tx, &known.actor, enrolment)?;
        let pack = &standing.enrolment.pack;
        let (_, catalogue) = library.pack(pack).ok_or_else(|| Error::not_found("pack", pack))?;
        let id = ContentId::from(lesson);
        let document = catalogue.entry(DocKind::Lesson, &id).map(|entry| &entry.document);
        Ok(Self {
            title: document.map_or_else(|| id.to_string(), |document| document.title.clone()),
            lesson: address(DocKind::Lesson, document.map_or(&id, |document| &document.slug)),
            study: Study::of(tx, &known.actor, catalogue, &standing, lesson, state.now())?,
        })
    }
}

/// Around a page on a lesson of an enrolment.
pub(super) fn framed(state: &AppState, known: &Known, path: String, enrolment: EnrolmentId, title: &str) -> Frame {
    let frame = Frame::personal(&state.site, Visitor::of(state, Some(known)), title, path);
    frame.below("Home", "/").below("My learning", "/learning").below("Enrolment", format!("/learning/{enrolment}"))
}

/// An attempt in the list.
struct Row {
    id: AttemptId,
    began: String,
    challenge: bool,
    state: &'static str,
    /// Once it is judged.
    passed: Option<bool>,
    percent: u8,
    seen: &'static str,
}

#[derive(Template)]
#[template(path = "drill-attempts.html")]
struct ListPage {
    frame: Frame,
    title: String,
    lesson: String,
    own: bool,
    rows: Vec<Row>,
    next: String,
    study: Option<Study>,
}

async fn list(call: Call) -> std::result::Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let name: ContentId = call.segment("lesson", "lesson")?;
    let state = call.state.clone();
    let path = format!("/learning/{id}/lessons/{name}/drill-attempts");
    let request = call.page(&path)?;
    let now = call.now;
    call.read(move |tx, known| {
        let lesson = lesson_named(tx, &name)?;
        let page = practice::list_drill_attempts(tx, &known.actor, id, &lesson, &request)?;
        let Around { title, lesson: address, study } = Around::of(tx, &state, known, id, &lesson)?;
        let rows = page.items.iter().map(|attempt| {
            let judged = attempt.judged();
            Row {
                id: attempt.id,
                began: moment(&attempt.started_at),
                challenge: attempt.challenge,
                state: attempt.state_at(now),
                passed: judged.map(|judged| judged.verdict.passed()),
                percent: judged.map_or(0, |judged| judged.verdict.percent()),
                seen: judged.map(|judged| provenance(judged.provenance)).unwrap_or_default(),
            }
        });
        let rows = rows.collect();
        let next = page.next.map(|key| state.ports.cursors.seal(&path, &key));
        let next = next.map(|cursor| format!("{path}?cursor={cursor}")).unwrap_or_default();
        let own = study.as_ref().is_some_and(|study| study.own);
        let heading = format!("Attempts at “{title}”");
        let frame = framed(&state, known, path.clone(), id, &heading).below(&title, &*address).below("Attempts", "");
        personal(render(&ListPage { frame, title: heading, lesson: address, own, rows, next, study })?)
    })
    .await
}

async fn start(mut call: Call) -> std::result::Result<Reply, Problem> {
    let id: EnrolmentId = call.segment("id", "enrolment")?;
    let name: ContentId = call.segment("lesson", "lesson")?;
    let form = call.form().await?;
    let read = form.input(Shape::default(), Ok::<StartInput, Error>);
    let input = call.or_refused(read).await?;
    let secrets = &call.state.ports.secrets;
    let new = NewDrillAttempt {
        id: call.state.id(AttemptId::new),
        challenge: input.challenge.is_some(),
        nonce: secrets.unguessable(),
        seed: secrets.unguessable(),
    };
    let now = call.now;
    let started = call.write(move |tx, actor| {
        let lesson = lesson_named(tx.as_read(), &name)?;
        // Whoever starts one twice, in two windows or by going back, is led to the one that is open.
        if let Some(open) = practice::open_drill_attempt(tx.as_read(), actor, &lesson, now)? {
            return Ok(open);
        }
        practice::start_drill_attempt(tx, actor, id, &lesson, new, now).map(|(attempt, _)| attempt.id)
    });
    let started = started.await?;
    let from = input.from.and_then(|from| from.parse::<AttemptId>().ok());
    let from = from.map(|from| format!("?from={from}")).unwrap_or_default();
    Ok(Reply::see_other(format!("/drill-attempts/{started}{from}")))
}

/// A field for SQL.
struct Editor {
    name: String,
    label: String,
    hints: Vec<String>,
    text: String,
    faults: Vec<String>,
}

/// What came of evaluating an attempt once more.
struct Again {
    same: bool,
    verdict: VerdictShown,
}

#[derive(Template)]
#[template(path = "drill-attempt.html")]
struct AttemptPage {
    frame: Frame,
    id: AttemptId,
    enrolment: EnrolmentId,
    lesson_id: LessonId,
    title: String,
    lesson: String,
    kind: &'static str,
    state: &'static str,
    own: bool,
    challenge: bool,
    began: String,
    expires: String,
    judged: String,
    /// Who saw it, of one that is judged.
    seen: &'static str,
    /// Whether its verdict was made under another revision than the one at which it began.
    re_evaluated: bool,
    asked: Asked,
    editors: Vec<Editor>,
    told: Vec<Told>,
    verdict: Option<VerdictShown>,
    /// The verdict of the attempt before, whose text the editor has.
    last: Option<VerdictShown>,
    sent: Vec<Sent>,
    again: Option<Again>,
    /// Whether what was handed in is kept, so that it can be evaluated once more.
    kept: bool,
    may_try: bool,
    study: Option<Study>,
}

const SQL: &str = "sql";

fn step_field(id: &str) -> String {
    format!("step.{id}")
}

/// The SQL that an attempt's editors have to begin with, by the names of their fields.
fn kept_text(handed_in: &HandedIn) -> BTreeMap<String, String> {
    match handed_in {
        HandedIn::Transcript(_) => BTreeMap::new(),
        HandedIn::Sql(sql) => [(SQL.to_owned(), sql.clone())].into(),
        HandedIn::Steps(steps) => steps.iter().map(|(id, sql)| (step_field(id), sql.clone())).collect(),
    }
}

fn editors(asked: &Asked, text: &BTreeMap<String, String>, told: &[Told]) -> Vec<Editor> {
    let editor = |name: String, label: String, hints: Vec<String>| Editor {
        text: text.get(&name).cloned().unwrap_or_default(),
        faults: told.iter().filter(|told| told.field == name).map(|told| told.detail.clone()).collect(),
        name,
        label,
        hints,
    };
    match asked {
        Asked::Http(_) => Vec::new(),
        Asked::Sql(_) => vec![editor(SQL.to_owned(), "Your SQL".to_owned(), Vec::new())],
        Asked::Migration(asked) => {
            let steps = asked.steps.iter();
            steps
                .map(|step| editor(step_field(&step.id), format!("{}: {}", step.id, step.title), step.checks.clone()))
                .collect()
        }
    }
}

/// What is handed in by a form. Browsers send lines with CR LF; SQL is kept with LF.
///
/// # Errors
/// `wrong_lesson_kind` at a drill that takes no SQL; `invalid` under the name of a field that it does not have.
fn handed_in(drill: &Drill, form: &Form) -> Result<HandedIn> {
    let text = |name: &str| form.get(name).replace("\r\n", "\n");
    let names: Vec<String> = match drill {
        Drill::Http(_) => return Err(Error::new(Code::WrongLessonKind, "This drill is handed in by `cairn check`.")),
        Drill::Sql(_) => vec![SQL.to_owned()],
        Drill::Migration(drill) => drill.ids().map(step_field).collect(),
    };
    let mut faults = Violations::new();
    for name in form.names().filter(|name| !names.iter().any(|known| known == name)) {
        faults.push(format!("/{name}"), "unknown_field", "The drill has no such step.");
    }
    faults.check()?;
    Ok(match drill {
        Drill::Migration(drill) => {
            HandedIn::Steps(drill.ids().map(|id| (id.to_owned(), text(&step_field(id)))).collect())
        }
        _ => HandedIn::Sql(text(SQL)),
    })
}

/// A refusal whose faults are at the fields of the form.
fn at_fields(refused: Error) -> Error {
    if refused.violations().is_empty() {
        return refused;
    }
    let mut faults = Violations::new();
    for violation in refused.violations() {
        let pointer = match violation.pointer.strip_prefix("/steps/") {
            Some(id) => format!("/{}", step_field(id)),
            None => violation.pointer.clone(),
        };
        faults.push(pointer, &violation.rule, violation.detail.clone());
    }
    faults.check().err().unwrap_or(refused)
}

/// What a page of an attempt has beside what is stored.
#[derive(Default)]
struct Beside<'a> {
    /// The attempt before, whose text the editor has.
    from: Option<AttemptId>,
    form: Option<&'a Form>,
    told: Vec<Told>,
    again: Option<Again>,
}

fn page(tx: &mut dyn ReadTx, state: &AppState, known: &Known, id: AttemptId, beside: Beside<'_>) -> Result<String> {
    let (attempt, drill) = practice::view_drill_attempt(tx, &known.actor, id)?;
    let now = state.now();
    let own = attempt.user == known.actor.user;
    let before = match beside.from {
        Some(from) if own => practice::view_drill_attempt(tx, &known.actor, from).ok().map(|(before, _)| before),
        _ => None,
    };
    let before = before.as_ref().filter(|before| before.lesson == attempt.lesson && before.user == attempt.user);
    let before = before.and_then(DrillAttempt::judged);
    let Around { title, lesson, study } = Around::of(tx, state, known, attempt.enrolment, &attempt.lesson)?;
    let judged = attempt.judged();
    let asked = Asked::of(&drill);
    let text = match beside.form {
        Some(form) => form.names().map(|name| (name.to_owned(), form.get(name).to_owned())).collect(),
        None => before.and_then(|before| before.handed_in.as_ref()).map(kept_text).unwrap_or_default(),
    };
    let kind = kind_words(attempt.kind);
    let path = format!("/drill-attempts/{id}");
    let frame = framed(state, known, path, attempt.enrolment, &title).below(&title, &*lesson).below("Attempt", "");
    let stands = attempt.state_at(now);
    render(&AttemptPage {
        frame,
        id,
        enrolment: attempt.enrolment,
        lesson_id: attempt.lesson.clone(),
        kind,
        state: stands,
        own,
        challenge: attempt.challenge,
        began: moment(&attempt.started_at),
        expires: moment(&attempt.expires_at),
        judged: judged.map(|judged| moment(&judged.at)).unwrap_or_default(),
        seen: judged.map(|judged| provenance(judged.provenance)).unwrap_or_default(),
        re_evaluated: judged.is_some_and(|judged| judged.revision != attempt.revision),
        editors: editors(&asked, &text, &beside.told),
        asked,
        told: beside.told,
        verdict: judged.map(|judged| VerdictShown::of(&judged.verdict, &drill)),
        last: before.map(|before| VerdictShown::of(&before.verdict, &drill)),
        sent: judged.map(|judged| sent(judged, &drill)).unwrap_or_default(),
        again: beside.again,
        kept: judged.is_some_and(|judged: &Judged| judged.handed_in.is_some()),
        may_try: own
            && stands != "open"
            && study.as_ref().is_some_and(|study| study.may_start() || attempt.challenge && study.may_challenge),
        title,
        lesson,
        study: study.filter(|_| stands != "open"),
    })
}

async fn show(call: Call) -> std::result::Result<Reply, Problem> {
    let id: AttemptId = call.segment("id", "attempt")?;
    let from = call.parameters.get("from").and_then(|from| from.parse().ok());
    let state = call.state.clone();
    call.read(move |tx, known| personal(page(tx, &state, known, id, Beside { from, ..Beside::default() })?)).await
}

/// Judges what a form hands in; gives the enrolment that changed by it.
async fn judge(call: &Call, id: AttemptId, form: Arc<Form>) -> std::result::Result<EnrolmentId, Problem> {
    let now = call.now;
    let prepared = call.read(move |tx, known| {
        let (_, drill) = practice::view_drill_attempt(tx, &known.actor, id)?;
        let given = handed_in(&drill, &form)?;
        practice::prepare_solution(tx, &known.actor, id, &given, now).map_err(at_fields)
    });
    let prepared = prepared.await?;
    let observed = observe(call, &prepared).await?;
    let judged =
        call.write(move |tx, actor| practice::record_solution_verdict(tx, actor, &prepared, &observed, now)).await?;
    Ok(judged.0.enrolment)
}

async fn hand_in(mut call: Call) -> std::result::Result<Reply, Problem> {
    let id: AttemptId = call.segment("id", "attempt")?;
    let form = Arc::new(call.form().await?);
    match judge(&call, id, form.clone()).await {
        Ok(enrolment) => {
            call.state.seen.forget(enrolment);
            Ok(Reply::see_other(format!("/drill-attempts/{id}")))
        }
        // What was written is shown again, also where nothing could run just now.
        Err(problem) if is_about_input(&problem) || is_passing(&problem) => {
            let (state, told) = (call.state.clone(), told(&problem));
            let page = call.read(move |tx, known| {
                let beside = Beside { form: Some(&form), told: told.clone(), ..Beside::default() };
                page(tx, &state, known, id, beside)
            });
            Err(match page.await {
                Ok(page) => problem.shown(page),
                Err(_) => problem,
            })
        }
        Err(problem) => Err(problem),
    }
}

/// Whether a refusal says nothing of what was handed in, and may be none a moment later.
fn is_passing(problem: &Problem) -> bool {
    matches!(problem.reason, Reason::Domain(Code::Busy | Code::SandboxUnavailable))
}

async fn replay(mut call: Call) -> std::result::Result<Reply, Problem> {
    let id: AttemptId = call.segment("id", "attempt")?;
    call.form().await?;
    let prepared = call.read(move |tx, known| practice::prepare_replay(tx, &known.actor, id)).await?;
    let observed = observe(&call, &prepared).await?;
    let state = call.state.clone();
    call.read(move |tx, known| {
        let (_, drill) = practice::view_drill_attempt(tx, &known.actor, id)?;
        let (verdict, same) = practice::replay(tx, &known.actor, &prepared, &observed)?;
        let again = Some(Again { same, verdict: VerdictShown::of(&verdict, &drill) });
        personal(page(tx, &state, known, id, Beside { again, ..Beside::default() })?)
    })
    .await
}
