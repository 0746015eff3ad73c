//! Running the server.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use cairn_cli::{Exit, Failure, Output, words};
use cairn_content::TarGz;
use cairn_domain::Store;
use cairn_domain::identity::{Password, User};
use cairn_domain::shared::{Clock, Ids};
use cairn_http::{AppState, ListenError, Listeners, Ports, listen};
use cairn_security::{BcryptHasher, CursorSeal, Keyring, OrderedIds, Secrets, SystemClock};
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

use crate::accounts::Tools;
use crate::args::ServeArgs;
use crate::config::{Configuration, Settings};
use crate::{database, sandbox, shipped, telemetry};

/// Signals so close together are one.
const ONE_MEANT: Duration = Duration::from_millis(300);

/// Serves until a signal ends it.
///
/// # Errors
/// What keeps it from starting, each with what to do about it.
pub(crate) fn serve(
    configuration: &Configuration,
    args: &ServeArgs,
    output: &Output,
    program: &str,
) -> Result<Exit, Failure> {
    let settings = &configuration.settings;
    telemetry::start(settings, output.colours())?;
    let ready = prepare(settings, args)?;
    let served = actix_web::rt::System::new().block_on(async {
        // Before anybody is told that it runs: from then on a signal means a tidy end.
        let stop = stop_signal()?;
        announce(&ready, settings, output, program);
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            api = %ready.api,
            operator = %ready.operator,
            database = settings.database_url_shown(),
            "serving"
        );
        let Ready { state, listeners, .. } = ready;
        cairn_http::serve(state, listeners, stop).await
    });
    served.map_err(|error| Failure::new(Exit::Failed, "serve", format!("The server ended: {error}.")))?;
    tracing::info!("stopped");
    Ok(Exit::Ok)
}

/// Everything there is before the first request.
struct Ready {
    state: AppState,
    listeners: Listeners,
    api: SocketAddr,
    operator: SocketAddr,
    migrated: Vec<String>,
    content: Option<shipped::Outcome>,
    admin: Option<(User, Password)>,
    /// What keeps learners' SQL in its place.
    sandbox: String,
}

fn prepare(settings: &Settings, args: &ServeArgs) -> Result<Ready, Failure> {
    // First what changes nothing: a port in use leaves no half-made data folder.
    let listeners = Listeners {
        api: port(settings.http_address, "the API", "http.address (--http-address)")?,
        operator: port(settings.operator_address, "the operator's port", "operator.address (--operator-address)")?,
    };
    let bound = |listener: &TcpListener| {
        listener.local_addr().map_err(|error| Failure::new(Exit::Failed, "listen", format!("{error}.")))
    };
    let (api, operator) = (bound(&listeners.api)?, bound(&listeners.operator)?);
    plain_cookies(settings, api)?;
    database::make_folder(settings)?;
    let (store, migrated) = database::open_for_server(settings, !args.no_migrate)?;
    let keyring = database::keyring(settings)?;
    let store: Arc<dyn Store> = Arc::new(store);
    let (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>) = (Arc::new(SystemClock), Arc::new(OrderedIds::new()));
    let hasher = BcryptHasher::new(&keyring, settings.password_cost).map_err(cairn_domain::Error::internal)?;
    let secrets = Secrets::new(&keyring);
    let (runs, protection) = sandbox::for_server(settings)?;
    database::index(&*store)?;
    let content = settings.apply_shipped.then(|| apply_shipped(&*store, &*ids, &*clock)).transpose()?;
    let tools = Tools { store: &*store, hasher: &hasher, secrets: &secrets, ids: &*ids, clock: &*clock };
    let ports = |keyring: &Keyring| Ports {
        store: store.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
        hasher: Arc::new(hasher.clone()),
        secrets: Arc::new(secrets.clone()),
        cursors: Arc::new(CursorSeal::new(keyring)),
        packs: Arc::new(TarGz),
        sandbox: runs.clone(),
    };
    let state = AppState::new(ports(&keyring), http_settings(settings))?;
    // Last, so that nothing can fail between making the password and showing it.
    let admin = tools.first_admin(&settings.admin_email)?;
    Ok(Ready { state, listeners, api, operator, migrated, content, admin, sandbox: protection })
}

/// On a thread of its own: what rendering took of memory is given back with it.
fn apply_shipped(store: &dyn Store, ids: &dyn Ids, clock: &dyn Clock) -> Result<shipped::Outcome, Failure> {
    let ended = std::thread::scope(|scope| scope.spawn(|| shipped::apply(store, ids, clock)).join());
    ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn port(address: SocketAddr, what: &'static str, setting: &str) -> Result<TcpListener, Failure> {
    listen(address, what).map_err(|error| {
        let exit = if matches!(error, ListenError::InUse { .. }) { Exit::InUse } else { Exit::Configuration };
        Failure::new(exit, "listen", error.to_string()).help(format!("The setting is {setting}."))
    })
}

/// Sessions over plain HTTP beyond this machine work only where the operator has said so.
fn plain_cookies(settings: &Settings, api: SocketAddr) -> Result<(), Failure> {
    let plain = settings.public_url.starts_with("http://");
    if settings.insecure_cookies {
        tracing::warn!("sessions go over plain HTTP too (http.insecure_cookies): anybody on the way can take them");
    } else if plain && !api.ip().is_loopback() {
        return Err(Failure::new(
            Exit::Configuration,
            "plain_http",
            format!("{api} can be reached from other machines, by plain HTTP, over which no session is safe."),
        )
        .help(
            "Put a proxy with TLS in front and set http.public_url to its https:// address; or, on a closed network, \
             set http.insecure_cookies to true.",
        ));
    }
    Ok(())
}

fn http_settings(settings: &Settings) -> cairn_http::Settings {
    let defaults = cairn_http::Settings::default();
    let (readers, writers, writes_together) = if settings.is_sqlite() {
        (settings.readers as usize, defaults.writers, defaults.writes_together)
    } else {
        // Transactions at the same time are quicker there than some after the others. Writers that wait for a lock keep
        // their connections meanwhile, so some are left for reading.
        (settings.pool_size as usize, (settings.pool_size as usize / 2).max(1), 1)
    };
    cairn_http::Settings {
        sign_up: settings.sign_up_open,
        insecure_http_cookies: settings.insecure_cookies,
        tls: settings.public_url.starts_with("https://"),
        public_origin: settings.public_url_given.then(|| settings.public_url.clone()),
        trusted_proxies: settings.trusted_proxies.clone(),
        workers: settings.workers,
        readers,
        writers,
        writes_together,
        handed_in_kept: Some(Duration::from_secs(u64::from(settings.keep_days) * 24 * 60 * 60)),
        ..defaults
    }
}

/// Ready at the first SIGINT or SIGTERM; the second one ends the process there and then.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        either(&mut interrupt, &mut terminate).await;
        let first = Instant::now();
        actix_web::rt::spawn(async move {
            // A supervisor that signals the process and then its group means it once.
            while first.elapsed() < ONE_MEANT {
                either(&mut interrupt, &mut terminate).await;
            }
            tracing::warn!("ended by a second signal, with requests under way");
            #[expect(clippy::disallowed_methods, reason = "who signals twice wants it ended now, not tidily")]
            std::process::exit(i32::from(Exit::Failed.code()));
        });
    })
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Tells where the server is and what to type next. A new admin's password is shown here and nowhere else.
fn announce(ready: &Ready, settings: &Settings, output: &Output, program: &str) {
    let base = if settings.public_url_given { settings.public_url.clone() } else { format!("http://{}", ready.api) };
    let operator = format!("http://{}", ready.operator);
    let admin = ready.admin.as_ref().map(|(user, password)| (user.email.as_str(), password.expose()));
    let content = match &ready.content {
        None => json!(null),
        Some(shipped::Outcome::Current) => json!({ "pack": shipped::ID, "outcome": "current" }),
        Some(shipped::Outcome::Applied(applied)) => {
            json!({ "pack": shipped::ID, "outcome": "applied", "release": applied.release.number })
        }
        Some(shipped::Outcome::Foreign { number }) => {
            json!({ "pack": shipped::ID, "outcome": "left", "release": number })
        }
    };
    let value = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "pages": format!("{base}/"),
        "api": format!("{base}/api/v1"),
        "docs": format!("{base}/api/docs"),
        "operator": operator,
        "data_dir": settings.data_dir,
        "database": settings.database_url_shown(),
        "migrated": ready.migrated,
        "content": content,
        "sandbox": ready.sandbox,
        "admin": admin.map(|(email, password)| json!({ "email": email, "password": password })),
    });
    output.show(&value, || {
        let shown = |path: &std::path::Path| {
            std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
        };
        output.line(format!("{} {}", output.bold("Cairn"), env!("CARGO_PKG_VERSION")));
        let mut rows = vec![
            ("pages", format!("{base}/")),
            ("API", format!("{base}/api/v1")),
            ("documentation", format!("{base}/api/docs")),
            ("operator", format!("{operator}/metrics")),
            ("data folder", shown(&settings.data_dir)),
        ];
        if !settings.is_sqlite() {
            rows.push(("database", settings.database_url_shown()));
        }
        if !ready.migrated.is_empty() {
            rows.push(("migrations", format!("{} made", words::count(ready.migrated.len() as u64, "migration"))));
        }
        match &ready.content {
            Some(shipped::Outcome::Applied(applied)) => {
                rows.push((
                    "curriculum",
                    format!("{}, release {}", applied.release.pack.title, applied.release.number),
                ));
            }
            Some(shipped::Outcome::Foreign { number }) => {
                rows.push(("curriculum", format!("release {number} of `{}` is yours and stays", shipped::ID)));
            }
            _ => {}
        }
        rows.push(("sandbox", ready.sandbox.clone()));
        if let Some((email, password)) = admin {
            rows.push(("admin", output.bold(email)));
            rows.push(("password", format!("{} (shown once)", output.bold(password))));
        }
        let rows: Vec<Vec<String>> =
            rows.into_iter().map(|(name, value)| vec![format!("  {}", output.dim(name)), value]).collect();
        output.table(&rows);
        output.line("");
        output.line("Next, in another terminal:");
        let server = if base == crate::DEFAULT_SERVER { String::new() } else { format!(" --server {base}") };
        let email = admin.map(|(email, _)| format!(" --email {email}")).unwrap_or_default();
        for command in [format!("login{server}{email}"), "enrol http".to_owned(), "next".to_owned()] {
            output.line(format!("  {}", output.bold(format!("{program} {command}"))));
        }
        output.line(format!("  curl {base}/api/v1/courses"));
        output.line("");
        output.line("Ctrl-C ends it. The log follows.");
    });
}
