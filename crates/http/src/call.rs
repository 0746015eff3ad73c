//! A request as a handler sees it.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, ORIGIN};
use actix_web::web::Bytes;
use cairn_domain::catalog::Library;
use cairn_domain::identity::{Actor, Via, authorise};
use cairn_domain::operations::{IdempotencyKey, Outcome, once};
use cairn_domain::shared::{Page, PageRequest, Revision, Timestamp};
use cairn_domain::{Code, Error, ReadTx, Result, StoreExt as _, WriteTx};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tracing::Span;

use crate::AppState;
use crate::auth::Known;
use crate::endpoint::{Access, Endpoint};
use crate::extract::body::{self, Bounds};
use crate::extract::credential::{self, Credential};
use crate::extract::form::Form;
use crate::extract::input::{self, Input};
use crate::extract::json;
use crate::extract::origin::{Origin, origin};
use crate::extract::query::Parameters;
use crate::page::PageView;
use crate::problem::{FieldError, HttpCode, Problem};
use crate::reply::Reply;
use crate::trace::{Parent, RequestId};

const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");
const KEY: HeaderName = HeaderName::from_static("idempotency-key");

pub(crate) fn host(request: &HttpRequest) -> &str {
    let host = request.headers().get("host").and_then(|host| host.to_str().ok());
    host.or_else(|| request.uri().authority().map(|authority| authority.as_str())).unwrap_or_default()
}

/// A request on its way through a handler.
pub(crate) struct Call {
    pub(crate) state: AppState,
    pub(crate) endpoint: &'static Endpoint,
    pub(crate) parameters: Parameters,
    pub(crate) now: Timestamp,
    request: HttpRequest,
    payload: Payload,
    id: RequestId,
    caller: Option<Caller>,
}

/// Who calls, as far as it is known before the database is asked. It belongs to no thread.
#[derive(Clone)]
pub(crate) struct Caller {
    state: AppState,
    credential: Credential,
    known: Option<Arc<Known>>,
    generation: u64,
    /// What came as CSRF token, where one is needed.
    csrf: Option<String>,
    access: Access,
    now: Timestamp,
}

impl Caller {
    /// The actor, from memory or from the database, allowed to call the route.
    ///
    /// # Errors
    /// The outer ones are those of the store and the policy; the inner one is a refused CSRF token.
    fn actor(&self, tx: &mut dyn ReadTx) -> Result<Result<Arc<Known>, Problem>> {
        let known = match &self.known {
            Some(known) => known.clone(),
            None => Arc::new(Known::find(tx, &self.credential, self.now)?),
        };
        Ok(self.allow(&known)?.map(|()| known))
    }

    /// Refuses an actor who may not call the route, as [`Caller::actor`].
    fn allow(&self, known: &Known) -> Result<Result<(), Problem>> {
        if let (Some(csrf), Some(session)) = (&self.csrf, &known.session)
            && !self.state.ports.secrets.csrf_matches(session.id, csrf)
        {
            let detail = "A request with a cookie needs the session's CSRF token as `X-CSRF-Token`.";
            return Ok(Err(Problem::new(HttpCode::CsrfInvalid, detail)));
        }
        match self.access {
            Access::May(action) => authorise(&known.actor, action)?,
            Access::Session if !matches!(known.actor.via, Via::Session(_)) => {
                return Err(Error::new(Code::SessionNeeded, "This is about a session; you came with a token."));
            }
            Access::Session | Access::Public | Access::Anyone => {}
        }
        Ok(Ok(()))
    }

    /// Remembers who called, once the transaction is over.
    fn remember(&self, known: Arc<Known>) {
        self.state.uses.note(&known.actor, self.now);
        if self.known.is_none() {
            self.state.metrics.credentials.1.inc();
            self.state.auth.put(&self.credential, known, self.generation, self.now);
        }
    }
}

impl Call {
    /// Takes a request in: its query and its credential, as far as they can be judged without the database.
    ///
    /// # Errors
    /// Those of [`Parameters::read`] and [`credential::find`]; `unauthenticated` where a credential is needed and none
    /// came; `cross_origin`.
    pub(crate) fn new(
        state: AppState,
        endpoint: &'static Endpoint,
        request: HttpRequest,
        payload: Payload,
        id: RequestId,
    ) -> Result<Self, Problem> {
        let read = if endpoint.is_page() { Parameters::read_known } else { Parameters::read };
        let parameters = read(request.query_string(), &endpoint.query)?;
        let now = state.now();
        let caller = Self::caller(&state, endpoint, &request, now)?;
        Ok(Self { state, endpoint, parameters, now, request, payload, id, caller })
    }

    fn caller(
        state: &AppState,
        endpoint: &'static Endpoint,
        request: &HttpRequest,
        now: Timestamp,
    ) -> Result<Option<Caller>, Problem> {
        let (access, headers) = (endpoint.access, request.headers());
        let foreign = |from: Origin| {
            let detail = match from {
                Origin::Absent => "A request with a cookie has to say from which origin it comes.",
                _ => "The request comes from a page of another origin.",
            };
            Problem::new(HttpCode::CrossOrigin, detail)
        };
        let from = || origin(headers, host(request), state.settings.public_origin.as_deref());
        if access == Access::Public {
            // Nobody's page may sign a visitor in elsewhere.
            if endpoint.verb.writes() && headers.contains_key(ORIGIN) && from() == Origin::Foreign {
                return Err(foreign(Origin::Foreign));
            }
            return Ok(None);
        }
        let (secrets, cookie_name) = (&*state.ports.secrets, state.cookie_name());
        let credential = if endpoint.is_page() {
            credential::session(headers, secrets, cookie_name)
        } else {
            credential::find(headers, secrets, cookie_name)?
        };
        let Some(credential) = credential else {
            return match access {
                Access::Anyone => Ok(None),
                _ => Err(Problem::new(Code::Unauthenticated, "No credential came with the request.")),
            };
        };
        let csrf = if endpoint.verb.writes() && matches!(credential, Credential::Session(_)) {
            match from() {
                Origin::Same => {}
                other => return Err(foreign(other)),
            }
            Some(headers.get(CSRF).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned())
        } else {
            None
        };
        let generation = state.auth.generation();
        let known = state.auth.get(&credential, now);
        if known.is_some() {
            state.metrics.credentials.0.inc();
        }
        Ok(Some(Caller { state: state.clone(), credential, known, generation, csrf, access, now }))
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// Keeps a published answer to this request that was rendered over `library`, for whoever asks the same next.
    pub(crate) fn keep(&self, library: &Arc<Library>, reply: &Reply) {
        self.state.metrics.published.1.inc();
        self.state.published.keep(library, crate::published::key(&self.request, &self.parameters), reply);
    }

    /// A part of the path, when it has its form; `not_found` otherwise, because nothing can have that name.
    pub(crate) fn segment<T: std::str::FromStr>(&self, name: &str, thing: &str) -> Result<T, Problem> {
        let text = self.request.match_info().get(name).unwrap_or_default();
        text.parse().map_err(|_| Problem::from(Error::not_found(thing, text)))
    }

    /// A part of the path as it is.
    pub(crate) fn segment_text(&self, name: &str) -> &str {
        self.request.match_info().get(name).unwrap_or_default()
    }

    /// The host that the request was sent to.
    pub(crate) fn host(&self) -> &str {
        host(&self.request)
    }

    /// The address of whoever calls, for limits.
    pub(crate) fn address(&self) -> String {
        crate::limits::address(&self.request, &self.state.settings.trusted_proxies)
    }

    /// The span of the request, for work on other threads.
    pub(crate) fn span(&self) -> Span {
        let parent = Parent::read(self.headers().get("traceparent"));
        let id = self.id;
        match parent {
            Some(parent) => tracing::info_span!(
                "request",
                request_id = %id,
                trace_id = parent.trace,
                parent_id = parent.span,
                route = self.endpoint.path
            ),
            None => tracing::info_span!("request", request_id = %id, trace_id = %id, route = self.endpoint.path),
        }
    }

    /// Whether somebody is signed in. Whether the credential is good shows in the next hop.
    pub(crate) fn has_credential(&self) -> bool {
        self.caller.is_some()
    }

    /// The caller, when memory knows who it is and he may call the route; otherwise the database has to be asked.
    pub(crate) fn remembered(&self) -> Option<&Actor> {
        let caller = self.caller.as_ref()?;
        let known = caller.known.as_ref()?;
        caller.allow(known).ok()?.ok()?;
        self.state.uses.note(&known.actor, self.now);
        Some(&known.actor)
    }

    /// Runs blocking work that reads and needs no actor.
    pub(crate) async fn reading<T: Send + 'static>(
        &self,
        work: impl FnOnce(&AppState) -> Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let state = self.state.clone();
        Ok(self.state.reading.run(self.span(), move || work(&state)).await??)
    }

    /// Runs blocking work that writes and needs no actor.
    pub(crate) async fn writing<T: Send + 'static>(
        &self,
        work: impl FnOnce(&AppState) -> Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let state = self.state.clone();
        Ok(self.state.writing.blocking.run(self.span(), move || work(&state)).await??)
    }

    fn signed(&self) -> Result<Caller, Problem> {
        self.caller.clone().ok_or_else(|| Problem::new(Code::Unauthenticated, "No credential came with the request."))
    }

    /// Reads as the caller, in one hop.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut dyn ReadTx, &Known) -> Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let caller = self.signed()?;
        self.reading(move |state| {
            let done = state.ports.store.read(|tx| {
                Ok(match caller.actor(tx)? {
                    Ok(known) => Ok((work(tx, &known)?, known)),
                    Err(problem) => Err(problem),
                })
            })?;
            Ok(done.map(|(done, known)| {
                caller.remember(known);
                done
            }))
        })
        .await?
    }

    /// Reads as whoever calls, in one hop: as nobody where no credential came, or one that has ended.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut dyn ReadTx, Option<&Known>) -> Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let caller = self.caller.clone();
        self.reading(move |state| {
            let (done, known) = state.ports.store.read(|tx| {
                let known = match caller.as_ref().map(|caller| caller.actor(tx)).transpose() {
                    Ok(known) => known.and_then(std::result::Result::ok),
                    Err(error) if error.code() == Code::CredentialExpired => None,
                    Err(error) => return Err(error),
                };
                Ok((work(tx, known.as_deref())?, known))
            })?;
            if let Some((caller, known)) = caller.zip(known) {
                caller.remember(known);
            }
            Ok(done)
        })
        .await
    }

    /// Writes as the caller, in one hop and one transaction.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut dyn WriteTx, &Actor) -> Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let caller = self.signed()?;
        let own = caller.clone();
        let work = move |tx: &mut dyn WriteTx| {
            Ok(match own.actor(tx.as_read())? {
                Ok(known) => Ok((work(tx, &known.actor)?, known)),
                Err(problem) => Err(problem),
            })
        };
        let (done, known) = self.state.writing.run(self.span(), work).await???;
        caller.remember(known);
        Ok(done)
    }

    /// Makes sure that the caller may call the route before anything large is read or slow is done.
    pub(crate) async fn admit(&mut self) -> Result<(), Problem> {
        let known = self.read(|_, known| Ok(known.clone())).await?;
        if let Some(caller) = &mut self.caller {
            caller.known = Some(Arc::new(known));
        }
        Ok(())
    }

    /// The bytes of the body.
    pub(crate) async fn bytes(&mut self) -> Result<Bytes, Problem> {
        let settings = &self.state.settings;
        let archive = self.endpoint.input.as_ref().is_some_and(|input| input.media_types == ["application/gzip"]);
        let bounds = if archive {
            Bounds { bytes: settings.archive_limit, within: settings.archive_within }
        } else {
            Bounds { bytes: self.endpoint.most.unwrap_or(settings.body_limit), within: settings.body_within }
        };
        if let Some(input) = self.endpoint.input.as_ref().filter(|input| input.required) {
            body::check_type(self.headers(), input.media_types)?;
        }
        let payload = std::mem::replace(&mut self.payload, Payload::None);
        body::read(self.request.headers(), payload, bounds).await
    }

    /// The body as JSON of a form, with its bytes.
    pub(crate) async fn json<T: Input>(&mut self) -> Result<(T, Bytes), Problem> {
        self.json_by(Ok).await
    }

    /// What the domain's rules make of the body as JSON of a form, with its bytes.
    pub(crate) async fn json_by<T: Input, U>(
        &mut self,
        rules: impl FnOnce(T) -> Result<U>,
    ) -> Result<(U, Bytes), Problem> {
        let read = match self.bytes().await {
            Ok(bytes) => json::read(&bytes).and_then(|value| input::read(value, rules)).map(|input| (input, bytes)),
            Err(problem) => Err(problem),
        };
        self.or_refused(read).await
    }

    /// The fields of a form, with the CSRF token taken out of them: before this nothing can be done as the caller.
    pub(crate) async fn form(&mut self) -> Result<Form, Problem> {
        let read = self.bytes().await.and_then(|bytes| Form::read(&bytes));
        let read = read.map(|mut form| {
            let token = form.take("csrf_token").unwrap_or_default();
            if let Some(csrf) = self.caller.as_mut().and_then(|caller| caller.csrf.as_mut()) {
                *csrf = token;
            }
            form
        });
        self.or_refused(read).await
    }

    /// What came of looking at the request, unless it is a refusal that the caller must not learn: whoever may not call
    /// the route learns that, not what is wrong with the request.
    pub(crate) async fn or_refused<T>(&mut self, seen: Result<T, Problem>) -> Result<T, Problem> {
        if seen.is_err() && self.has_credential() {
            self.admit().await?;
        }
        seen
    }

    /// The body as JSON of a form; no body is an empty object.
    pub(crate) async fn json_if_any<T: Input>(&mut self) -> Result<T, Problem> {
        let read = match self.bytes().await {
            Ok(bytes) if bytes.is_empty() => Ok(serde_json::Value::Object(serde_json::Map::new())),
            Ok(bytes) => body::check_type(self.headers(), &[crate::reply::JSON]).and_then(|()| json::read(&bytes)),
            Err(problem) => Err(problem),
        };
        let read = read.and_then(|value| input::read(value, Ok));
        self.or_refused(read).await
    }

    /// Refuses a body that says anything: none, or an empty object, is right.
    pub(crate) async fn no_body(&mut self) -> Result<(), Problem> {
        self.json_if_any::<input::Nothing>().await.map(drop)
    }

    fn key(&self) -> Result<Option<IdempotencyKey>, Problem> {
        let Some(value) = self.headers().get(KEY) else { return Ok(None) };
        let key = IdempotencyKey::from_header(value.to_str().unwrap_or_default());
        key.map(Some).map_err(|error| Problem::new(HttpCode::BadRequest, error.message().to_owned()))
    }

    /// Makes something as the caller, once for an idempotency key. `work` gives the answer to send; a second one is
    /// kept in its place where the first holds a secret. `body` is what the key stands for, with the address.
    pub(crate) async fn create(
        &self,
        body: &[u8],
        alone: bool,
        mut work: impl FnMut(&mut dyn WriteTx, &Actor) -> Result<(Reply, Option<Reply>)> + Send + 'static,
    ) -> Result<Reply, Problem> {
        let caller = self.signed()?;
        let key = self.key()?;
        let _turn = match &key {
            Some(key) => Some(self.state.twins.turn((caller.credential.digest().clone(), key.clone())).await?),
            None => None,
        };
        let fingerprint = self.fingerprint(body);
        let now = self.now;
        let own = caller.clone();
        let mut work = move |tx: &mut dyn WriteTx| {
            let known = match own.actor(tx.as_read())? {
                Ok(known) => known,
                Err(problem) => return Ok(Err(problem)),
            };
            let actor = &known.actor;
            let Some(key) = &key else { return Ok(Ok((work(tx, actor)?.0, known))) };
            let mut sent = None;
            let outcome = once(tx, (actor.user, key), &fingerprint, now, &mut |tx| {
                let (send, keep) = work(tx, actor)?;
                let kept = keep.as_ref().unwrap_or(&send).rendered()?;
                let rendered = kept.clone();
                sent = Some(send);
                Ok((rendered, kept))
            })?;
            let reply = match outcome {
                Outcome::Done(rendered) => sent.map_or_else(|| Reply::replayed(rendered), Ok)?,
                Outcome::Replayed(rendered) => Reply::replayed(rendered)?,
            };
            Ok(Ok((reply, known)))
        };
        let (reply, known) = if alone {
            self.writing(move |state| state.ports.store.write_alone(&mut work)).await??
        } else {
            self.state.writing.run(self.span(), work).await???
        };
        caller.remember(known);
        Ok(reply)
    }

    fn fingerprint(&self, body: &[u8]) -> Revision {
        let mut digest = Sha256::new();
        for part in [self.request.method().as_str(), " ", self.request.path(), "?", self.request.query_string(), "\n"] {
            digest.update(part);
        }
        digest.update(body);
        Revision::from_digest(digest.finalize().into())
    }

    /// A parameter that is a number, in the plain form.
    ///
    /// # Errors
    /// `invalid` for anything else.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u32>, Problem> {
        let Some(text) = self.parameters.get(name) else { return Ok(None) };
        let number = text.parse().ok().filter(|number: &u32| number.to_string() == text);
        let refused = || Self::field(&format!("/{name}"), "not_a_number", "Give a whole number such as `14`.");
        number.map(Some).ok_or_else(refused)
    }

    /// Which page of a list is asked for; `list` names it with its filters.
    pub(crate) fn page(&self, list: &str) -> Result<PageRequest, Problem> {
        self.parameters.page(list, &*self.state.ports.cursors)
    }

    /// The `Link` to the page after this one.
    pub(crate) fn link(&self, next: Option<&str>) -> Option<String> {
        crate::page::link(next, crate::published::path(&self.request), &self.parameters)
    }

    /// A page as an answer, with its `Link`.
    pub(crate) fn page_reply<S, T: Serialize>(
        &self,
        page: Page<S>,
        list: &str,
        view: impl FnMut(S) -> T,
    ) -> Result<Reply, Problem> {
        let view = PageView::of(page, list, &*self.state.ports.cursors, view);
        let reply = Reply::ok(&view)?;
        Ok(match self.link(view.next()) {
            Some(link) => reply.link(&link)?,
            None => reply,
        })
    }

    /// A violated rule at one place of the body.
    pub(crate) fn field(pointer: &str, code: &str, detail: &str) -> Problem {
        Problem::invalid(vec![FieldError::new(pointer, code, detail)])
    }
}
