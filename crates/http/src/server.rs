//! Running both ports, and stopping them without breaking anything off.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::{App, HttpServer};

use crate::housekeeping::{keep_house, write_uses};
use crate::{AppState, configure, configure_operator};

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another program has the port.
    #[error("{address} is in use by another program. Stop that program, or choose another address for {what}.")]
    InUse {
        /// The address.
        address: SocketAddr,
        /// What wants to listen, such as `the API`.
        what: &'static str,
    },
    /// The system does not let this user have the port.
    #[error(
        "This user may not listen on {address}. Ports below 1024 need a privilege: choose another address for {what}, and \
         let a proxy have the low port."
    )]
    NotAllowed {
        /// The address.
        address: SocketAddr,
        /// What wants to listen.
        what: &'static str,
    },
    /// No network interface of this machine has the address.
    #[error("This machine does not have the address {address}. Choose one that it has for {what}, or 127.0.0.1.")]
    NotHere {
        /// The address.
        address: SocketAddr,
        /// What wants to listen.
        what: &'static str,
    },
    /// Anything else.
    #[error("Listening on {address} for {what} failed: {error}.")]
    Other {
        /// The address.
        address: SocketAddr,
        /// What wants to listen.
        what: &'static str,
        /// What the system says.
        #[source]
        error: io::Error,
    },
}

/// Takes an address to listen on; `what` is what wants to, such as `the API`. Port 0 takes any free one.
///
/// # Errors
/// [`ListenError`], which says what to do.
pub fn listen(address: SocketAddr, what: &'static str) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => ListenError::InUse { address, what },
        io::ErrorKind::PermissionDenied => ListenError::NotAllowed { address, what },
        io::ErrorKind::AddrNotAvailable => ListenError::NotHere { address, what },
        _ => ListenError::Other { address, what, error },
    })
}

/// The two ports of a server.
#[derive(Debug)]
pub struct Listeners {
    /// The API's.
    pub api: TcpListener,
    /// The operator's, which should not be reachable from outside.
    pub operator: TcpListener,
}

/// How often it is looked whether requests are still in flight.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// What the last bytes have to get from here to the network.
const LAST_BYTES: Duration = Duration::from_millis(100);

/// Serves both ports until `shutdown` is ready, then stops: `/readyz` first tells balancers, for
/// [`crate::Settings::drain_delay`]; then no connection is taken any more, and requests in flight have
/// [`crate::Settings::stop_within`] to finish. Connections on which nothing happens are closed. The operator's port
/// stays until the end.
///
/// # Errors
/// When a listener cannot be used.
pub async fn serve(state: AppState, listeners: Listeners, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let settings = &state.settings;
    let mounting = configure(&state);
    let api = HttpServer::new(move || App::new().configure(mounting.clone()))
        .workers(settings.workers.max(1))
        .client_request_timeout(settings.headers_within)
        .keep_alive(Duration::from_secs(75))
        .disable_signals()
        .listen(listeners.api)?
        .run();
    let mounting = configure_operator(&state);
    let operator = HttpServer::new(move || App::new().configure(mounting.clone()))
        .workers(1)
        .client_request_timeout(settings.headers_within)
        .disable_signals()
        .listen(listeners.operator)?
        .run();
    let (api_handle, operator_handle) = (api.handle(), operator.handle());
    let house = tokio::spawn(keep_house(state.clone()));
    let stopping = async {
        shutdown.await;
        tracing::info!("stopping: new requests are sent elsewhere, those in flight are finished");
        state.drain();
        tokio::time::sleep(settings.drain_delay).await;
        api_handle.pause().await;
        house.abort();
        // The framework's own patient stop would wait for connections that browsers keep open too.
        let finished = async {
            // A write goes on when its caller has gone, too.
            while state.metrics.in_flight.get() > 0 || state.writing.blocking.at_work() > 0 {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        if tokio::time::timeout(settings.stop_within, finished).await.is_err() {
            tracing::warn!(left = state.metrics.in_flight.get(), "requests did not finish in time and are broken off");
        }
        tokio::time::sleep(LAST_BYTES).await;
        api_handle.stop(false).await;
        operator_handle.stop(false).await;
    };
    let (api_done, operator_done, ()) = tokio::join!(api, operator, stopping);
    if let Err(reason) = write_uses(&state).await {
        tracing::warn!(reason, "the last uses of tokens could not be written");
    }
    api_done.and(operator_done)
}
