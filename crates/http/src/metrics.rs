//! What is measured of each route, for Prometheus.

use std::time::Duration;

use prometheus::{
    Encoder as _, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
    TextEncoder,
};

use crate::endpoint::Endpoint;

/// From half a millisecond to ten seconds, in seconds.
const BUCKETS: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The counters of one route, looked up once so that counting is a few atomic additions.
#[derive(Debug)]
pub(crate) struct RouteMetrics {
    duration: Histogram,
    refused: IntCounter,
    failed: IntCounter,
    /// Requests whose callers went away before the answer.
    pub(crate) gone: IntCounter,
}

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    routes: Vec<RouteMetrics>,
    none: RouteMetrics,
    /// Requests that are being worked on.
    pub(crate) in_flight: IntGauge,
    /// Transactions that only read, and waiting for them.
    pub(crate) reading: (IntGauge, IntGauge),
    /// Transactions that may write, and waiting for them.
    pub(crate) writing: (IntGauge, IntGauge),
    /// Passwords being hashed, and waiting for it.
    pub(crate) hashing: (IntGauge, IntGauge),
    /// Look-ups of credentials that memory answered, and those it did not.
    pub(crate) credentials: (IntCounter, IntCounter),
    /// Published answers that memory gave, and those that were rendered.
    pub(crate) published: (IntCounter, IntCounter),
}

impl Metrics {
    /// For these routes, in their order.
    pub(crate) fn new(endpoints: &[Endpoint]) -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let labels = ["method", "route"];
        let durations = HistogramVec::new(
            HistogramOpts::new("cairn_http_request_duration_seconds", "How long requests took, by route.")
                .buckets(BUCKETS.to_vec()),
            &labels,
        )?;
        let errors = IntCounterVec::new(
            Opts::new(
                "cairn_http_errors_total",
                "Requests without success, by route; class is 4xx, 5xx, or gone for callers who left before the answer.",
            ),
            &["method", "route", "class"],
        )?;
        registry.register(Box::new(durations.clone()))?;
        registry.register(Box::new(errors.clone()))?;
        let route = |method: &str, path: &str| RouteMetrics {
            duration: durations.with_label_values(&[method, path]),
            refused: errors.with_label_values(&[method, path, "4xx"]),
            failed: errors.with_label_values(&[method, path, "5xx"]),
            gone: errors.with_label_values(&[method, path, "gone"]),
        };
        let gauge = |name: &str, help: &str| -> Result<IntGauge, prometheus::Error> {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let counters = |name: &str, help: &str, (hit, miss): (&str, &str)| {
            let counter = IntCounterVec::new(Opts::new(name, help), &["result"])?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>((counter.with_label_values(&[hit]), counter.with_label_values(&[miss])))
        };
        Ok(Self {
            routes: endpoints.iter().map(|endpoint| route(endpoint.verb.as_str(), endpoint.path)).collect(),
            none: route("any", "none"),
            in_flight: gauge("cairn_http_in_flight", "Requests that are being worked on.")?,
            reading: (
                gauge("cairn_http_reading_at_work", "Requests that read from the database.")?,
                gauge(
                    "cairn_http_reading_waiting",
                    "Requests that wait to read from the database, those given up since among them.",
                )?,
            ),
            writing: (
                gauge("cairn_http_writing_at_work", "Requests that write to the database.")?,
                gauge(
                    "cairn_http_writing_waiting",
                    "Requests that wait to write to the database, those given up since among them.",
                )?,
            ),
            hashing: (
                gauge("cairn_http_hashing_at_work", "Passwords being hashed.")?,
                gauge("cairn_http_hashing_waiting", "Passwords that wait to be hashed.")?,
            ),
            credentials: counters(
                "cairn_http_credentials_total",
                "Credentials looked up, in memory or in the database.",
                ("memory", "database"),
            )?,
            published: counters(
                "cairn_http_published_total",
                "Published answers, from memory or rendered.",
                ("memory", "rendered"),
            )?,
            registry,
        })
    }

    /// The counters of a route by its place in the list; those of no route for `None`.
    pub(crate) fn route(&self, index: Option<usize>) -> &RouteMetrics {
        index.and_then(|index| self.routes.get(index)).unwrap_or(&self.none)
    }

    /// Everything in Prometheus' text form, version 0.0.4.
    pub(crate) fn text(&self) -> Vec<u8> {
        let mut text = Vec::with_capacity(64 * 1024);
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            tracing::error!(%error, "the metrics could not be written");
        }
        text
    }
}

impl RouteMetrics {
    /// Counts one request.
    pub(crate) fn observe(&self, took: Duration, refused: bool, failed: bool) {
        self.duration.observe(took.as_secs_f64());
        if failed {
            self.failed.inc();
        } else if refused {
            self.refused.inc();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_told_of_every_metric_and_of_no_other() {
        let metrics = Metrics::new(crate::routes::endpoints()).unwrap();
        let text = String::from_utf8(metrics.text()).unwrap();
        let mut measured: Vec<_> =
            text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations.md");
        let page = std::fs::read_to_string(path).unwrap();
        let mut told: Vec<_> = page.split('`').filter(|word| word.starts_with("cairn_http_")).collect();
        measured.sort_unstable();
        told.sort_unstable();
        assert_eq!(told, measured);
    }
}
