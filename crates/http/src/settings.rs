use std::net::IpAddr;
use std::time::Duration;

/// How the API behaves; [`Settings::default`] is right for a server on its own behind nothing.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether anybody may make an account.
    pub sign_up: bool,
    /// Give the session's cookie without `Secure` and without the `__Host-` prefix, so that it goes over plain HTTP
    /// beyond loopback too, where anybody on the way can take it.
    pub insecure_http_cookies: bool,
    /// Whether browsers should speak to this host by TLS alone from now on (HSTS): only where TLS ends here or right
    /// before.
    pub tls: bool,
    /// The origin that browsers see, such as `https://learn.example.org`; without it the `Host` header counts.
    pub public_origin: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Threads that take requests; at least 1.
    pub workers: usize,
    /// How many requests read from the store at a time: as many as it has connections for that.
    pub readers: usize,
    /// How many threads write to the store at a time.
    pub writers: usize,
    /// How many transactions each of them brings to the store together: more than one where they can share a commit.
    pub writes_together: usize,
    /// How many may wait for either; more are refused at once.
    pub database_waiting: usize,
    /// How long they wait before they are refused.
    pub database_wait: Duration,
    /// How long work at the database may take before the caller is told to look later.
    pub work_within: Duration,
    /// How many passwords are hashed at a time.
    pub hashing_permits: usize,
    /// How many may wait for that; more are refused at once.
    pub hashing_waiting: usize,
    /// The largest JSON body, in bytes.
    pub body_limit: usize,
    /// The largest archive, in bytes: that of the largest pack, or what is checked could not be sent.
    pub archive_limit: usize,
    /// How long a JSON body may take to arrive.
    pub body_within: Duration,
    /// How long an archive may take to arrive.
    pub archive_within: Duration,
    /// How long headers may take to arrive.
    pub headers_within: Duration,
    /// How often releases that another process applied are looked for.
    pub refresh_every: Duration,
    /// How long what learners handed in at drills is kept; for ever where there is none.
    pub handed_in_kept: Option<Duration>,
    /// How many bytes of published texts are kept ready.
    pub published_budget: usize,
    /// How long `/readyz` tells balancers that the server is stopping before it stops taking connections.
    pub drain_delay: Duration,
    /// How long requests in flight have to finish after that.
    pub stop_within: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let workers = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            sign_up: false,
            insecure_http_cookies: false,
            tls: false,
            public_origin: None,
            trusted_proxies: Vec::new(),
            workers,
            readers: 2,
            writers: 2,
            writes_together: 64,
            database_waiting: 1024,
            database_wait: Duration::from_secs(2),
            work_within: Duration::from_secs(30),
            hashing_permits: 2,
            hashing_waiting: 32,
            body_limit: 256 * 1024,
            archive_limit: 65 * 1024 * 1024,
            body_within: Duration::from_secs(15),
            archive_within: Duration::from_secs(120),
            headers_within: Duration::from_secs(10),
            refresh_every: Duration::from_millis(500),
            handed_in_kept: None,
            published_budget: 64 * 1024 * 1024,
            drain_delay: Duration::ZERO,
            stop_within: Duration::from_secs(20),
        }
    }
}
