//! Running the steps of an HTTP drill against the learner's own service, and showing what a verdict says.

mod service;
pub(crate) mod show;
#[cfg(test)]
mod tests;

use std::sync::Barrier;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use cairn_drill::http::{Eventually, Exchange, HttpDrill, Method, Obstacle, Rendered, Run, Step, Transcript, Vars};

use crate::output::Progress;

pub(crate) use service::Service;

/// What came of running a drill.
pub(crate) struct Performed {
    pub(crate) transcript: Transcript,
    pub(crate) called: Vec<Called>,
}

/// A step that was sent.
pub(crate) struct Called {
    pub(crate) step: String,
    pub(crate) method: Method,
    pub(crate) url: String,
    /// How many requests, with all tries.
    pub(crate) times: u32,
}

impl Performed {
    /// Why nothing answered, when nothing did.
    pub(crate) fn silence(&self) -> Option<&str> {
        let exchanges = &self.transcript.exchanges;
        let silent = exchanges.iter().all(|exchange| exchange.response.is_none());
        silent.then(|| exchanges.first().and_then(|first| first.error.as_deref()).unwrap_or("nothing was sent"))
    }
}

/// Sends what a drill asks for, step by step, and keeps what comes back.
pub(crate) fn perform(drill: &HttpDrill, vars: &Vars, service: &Service, progress: &Progress) -> Performed {
    let mut run = Run::new(drill, vars, service.base());
    let mut performed = Performed { transcript: Transcript::default(), called: Vec::new() };
    for step in &drill.steps {
        progress.add(1);
        let Ok(request) = run.request(step) else {
            run.take(step, &[]);
            continue;
        };
        let exchanges = match (step.burst, &step.eventually) {
            (Some(times), _) => burst(service, step, &request, times),
            (None, Some(wait)) => wait_for(service, step, &request, wait, &run).into_iter().collect(),
            (None, None) => vec![service.send(&step.id, 0, &request)],
        };
        run.take(step, &exchanges);
        let times = exchanges.last().map_or(0, |last| last.turn + 1);
        let step = step.id.clone();
        performed.called.push(Called { step, method: request.method, url: request.url, times });
        performed.transcript.exchanges.extend(exchanges);
    }
    performed
}

/// The same request from as many threads, which wait for each other before they send it.
fn burst(service: &Service, step: &Step, request: &Rendered, times: u32) -> Vec<Exchange> {
    let barrier = Barrier::new(times as usize);
    thread::scope(|scope| {
        let send = |turn| {
            let barrier = &barrier;
            scope.spawn(move || {
                service.send_when(&step.id, turn, request, || {
                    barrier.wait();
                })
            })
        };
        let threads: Vec<_> = (0..times).map(send).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}

/// Tries until what counts holds, or time is up. Only the last try is kept: it is the one that counts.
fn wait_for(service: &Service, step: &Step, request: &Rendered, wait: &Eventually, run: &Run<'_>) -> Option<Exchange> {
    #[expect(clippy::disallowed_methods, reason = "the time that a drill allows is measured here, at the edge")]
    let began = Instant::now();
    let (timeout, every) = (Duration::from_millis(wait.timeout_ms.into()), Duration::from_millis(wait.every_ms.into()));
    // Nothing is ever sent on it: it is what is waited for from one try to the next.
    let (_sender, nothing) = mpsc::channel::<()>();
    let mut last = None;
    for turn in 0..step.turns() {
        let exchange = service.send(&step.id, turn, request);
        let settled = run.is_settled(step, &exchange);
        last = Some(exchange);
        if settled || began.elapsed() + every > timeout {
            break;
        }
        let _ = nothing.recv_timeout(every);
    }
    last
}

/// What would be sent, with `{name}` for what is only known once the step before has been answered.
pub(crate) fn planned(
    drill: &HttpDrill,
    vars: &Vars,
    service: &Service,
) -> Vec<(String, u32, Result<Rendered, String>)> {
    const STAND_IN: &str = "CAPTURED.";
    let mut vars = vars.clone();
    for name in drill.steps.iter().flat_map(|step| step.capture.keys()) {
        vars.insert(name.clone(), format!("{STAND_IN}{name}.").into());
    }
    let names: Vec<&String> = drill.steps.iter().flat_map(|step| step.capture.keys()).collect();
    let readable = |text: &str| {
        names
            .iter()
            .fold(text.to_owned(), |text, name| text.replace(&format!("{STAND_IN}{name}."), &format!("{{{name}}}")))
    };
    let run = Run::new(drill, &vars, service.base());
    let planned = |step: &Step| {
        let request = match run.request(step) {
            Ok(mut request) => {
                request.url = readable(&request.url);
                for (_, value) in &mut request.headers {
                    *value = readable(value);
                }
                request.body = request.body.map(|body| readable(&String::from_utf8_lossy(&body)).into_bytes());
                Ok(request)
            }
            // A path that is a capture alone.
            Err(Obstacle::Unsendable(_) | Obstacle::Missing(_)) => Err(step
                .request
                .path
                .as_deref()
                .unwrap_or("what an earlier answer says")
                .replace("{{", "{")
                .replace("}}", "}")),
        };
        (step.id.clone(), step.burst.unwrap_or(1), request)
    };
    drill.steps.iter().map(planned).collect()
}
