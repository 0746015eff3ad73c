//! How often limited routes may be called, and how that is told (draft-ietf-httpapi-ratelimit-headers).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use cairn_domain::identity::Allowance;
use cairn_domain::shared::Timestamp;
use cairn_domain::{Code, Error, Result, WriteTx};

use crate::endpoint::Limit;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");
const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");
/// How many addresses are remembered for the headers.
const MOST: usize = 10_000;

/// Where a request comes from, as text: the peer, or what trusted proxies say it is. Of an IPv6 address the network
/// counts (64 bits), because one customer has that many addresses.
pub(crate) fn address(request: &HttpRequest, trusted: &[IpAddr]) -> String {
    let Some(peer) = request.peer_addr() else { return "unknown".to_owned() };
    client(peer.ip(), request.headers(), trusted)
}

fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> String {
    let mut from = peer.to_canonical();
    if trusted.contains(&from) {
        // Each proxy appends whom it saw: from the right, the first that is no proxy of ours.
        let hops: Vec<&str> =
            headers.get_all(FORWARDED).filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(',')).collect();
        for hop in hops.into_iter().rev() {
            let Ok(hop) = hop.trim().parse::<IpAddr>() else { break };
            from = hop.to_canonical();
            if !trusted.contains(&from) {
                break;
            }
        }
    }
    match from {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// Counts one call of a limited route in the store, which all servers on a database share, for its address and for
/// whatever else it counts for. Gives what is left where least is.
///
/// # Errors
/// `throttled` with how long to wait.
pub(crate) fn count(tx: &mut dyn WriteTx, limit: Limit, whose: &[&str], now: Timestamp) -> Result<Allowance> {
    let mut least = None::<Allowance>;
    for whose in whose {
        let key = format!("{}/{whose}", limit.name);
        let state = tx.throttles_mut().get(&key)?;
        let allowance = limit.quota.take(state, now);
        if !allowance.allowed {
            return Err(Error::new(Code::Throttled, "There were too many tries; wait a little.").after(allowance.wait));
        }
        tx.throttles_mut().put(&key, allowance.state)?;
        least = Some(least.filter(|least| least.remaining <= allowance.remaining).unwrap_or(allowance));
    }
    least.ok_or_else(|| Error::internal("a call counts for nobody"))
}

/// What the store last said of each address, for the headers of answers that did not ask it.
#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<HashMap<(&'static str, String), Timestamp>>);

impl Limits {
    /// Remembers what was allowed.
    pub(crate) fn note(&self, limit: Limit, address: &str, allowance: &Allowance, now: Timestamp) {
        // The least of several quotas may have spoken: what is left counts, not that quota's own state.
        let step = limit.quota.period / limit.quota.limit.max(1);
        let used = limit.quota.period.saturating_sub(step * allowance.remaining);
        self.keep(limit, address, now.plus(used));
    }

    fn keep(&self, limit: Limit, address: &str, state: Timestamp) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert((limit.name, address.to_owned()), state);
    }

    /// Remembers a refusal: nothing is left, and the next comes back after `wait`.
    pub(crate) fn note_refusal(&self, limit: Limit, address: &str, wait: Duration, now: Timestamp) {
        let step = limit.quota.period / limit.quota.limit.max(1);
        let full = (limit.quota.period + wait).saturating_sub(step);
        self.keep(limit, address, now.plus(full));
    }

    /// `RateLimit-Policy` and `RateLimit` for an answer.
    pub(crate) fn headers(&self, limit: Limit, address: &str, now: Timestamp) -> [(HeaderName, HeaderValue); 2] {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let state = all.get(&(limit.name, address.to_owned())).copied();
        drop(all);
        let next = limit.quota.take(state, now);
        let (left, wait) = if next.allowed {
            (next.remaining + 1, state.map_or(Duration::ZERO, |state| state.since(now)))
        } else {
            (0, next.wait)
        };
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let (quota, window) = (limit.quota.limit, limit.quota.period.as_secs());
        let value = |text: String| HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
        [
            (POLICY, value(format!("\"{}\";q={quota};w={window}", limit.name))),
            (LEFT, value(format!("\"{}\";r={left};t={seconds}", limit.name))),
        ]
    }
}

#[cfg(test)]
mod tests {
    use cairn_domain::StoreExt as _;
    use cairn_domain::identity::Quota;
    use cairn_memory::MemoryStore;

    use super::*;

    const LIMIT: Limit = Limit { name: "tries", quota: Quota { limit: 3, period: Duration::from_secs(60) } };

    fn at(second: u64) -> Timestamp {
        Timestamp::from_micros(0).plus(Duration::from_secs(second))
    }

    fn told(limits: &Limits, second: u64) -> String {
        limits.headers(LIMIT, "a", at(second))[1].1.to_str().unwrap().to_owned()
    }

    #[test]
    fn headers_follow_what_the_store_said() {
        let (store, limits) = (MemoryStore::new(), Limits::default());
        assert_eq!(limits.headers(LIMIT, "a", at(0))[0].1, "\"tries\";q=3;w=60");
        assert_eq!(told(&limits, 0), "\"tries\";r=3;t=0");
        for left in [2, 1, 0] {
            let allowance = store.write(|tx| count(tx, LIMIT, &["a"], at(0))).unwrap();
            limits.note(LIMIT, "a", &allowance, at(0));
            assert!(told(&limits, 0).starts_with(&format!("\"tries\";r={left};")), "{}", told(&limits, 0));
        }
        let refused = store.write(|tx| count(tx, LIMIT, &["a"], at(0))).unwrap_err();
        assert_eq!((refused.code(), refused.retry_after()), (Code::Throttled, Some(Duration::from_secs(20))));
        limits.note_refusal(LIMIT, "a", refused.retry_after().unwrap(), at(0));
        assert_eq!(told(&limits, 0), "\"tries\";r=0;t=20");
        assert!(told(&limits, 20).starts_with("\"tries\";r=1;"));
        assert!(store.write(|tx| count(tx, LIMIT, &["b"], at(0))).is_ok(), "another address has its own");
    }

    #[test]
    fn the_least_that_is_left_counts_and_a_refusal_costs_nothing() {
        let store = MemoryStore::new();
        let left = |whose: &[&str]| {
            store.write(|tx| count(tx, LIMIT, whose, at(0))).map(|allowance| allowance.remaining).map_err(|e| e.code())
        };
        assert_eq!([left(&["a", "ada"]), left(&["b", "ada"]), left(&["c", "ada"])], [Ok(2), Ok(1), Ok(0)]);
        assert_eq!(left(&["d", "ada"]), Err(Code::Throttled));
        assert_eq!(left(&["d"]), Ok(2));
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let from = |peer: &str, forwarded: &[&str], trusted: &[IpAddr]| {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append(FORWARDED, HeaderValue::from_str(value).unwrap());
            }
            client(peer.parse().unwrap(), &headers, trusted)
        };
        assert_eq!(from("1.2.3.4", &["9.9.9.9"], &[proxy]), "1.2.3.4");
        assert_eq!(from("10.0.0.1", &["6.6.6.6, 9.9.9.9"], &[proxy]), "9.9.9.9");
        assert_eq!(from("10.0.0.1", &["6.6.6.6", "9.9.9.9, 10.0.0.1"], &[proxy]), "9.9.9.9");
        assert_eq!(from("10.0.0.1", &["nonsense"], &[proxy]), "10.0.0.1");
        assert_eq!(from("::ffff:10.0.0.1", &["9.9.9.9"], &[proxy]), "9.9.9.9");
        assert_eq!(from("2001:db8:1:2:3:4:5:6", &[], &[]), "2001:db8:1:2::/64");
    }
}
