//! A load generator for HTTP/1.1 on loopback: so many kept connections, each sending its next request when the answer
//! to the last has come. Bounded in time, and it reads every answer to its end.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::process::cpu_time;

/// Connections of the figures in the documentation.
pub(crate) const CONNECTIONS: usize = 64;

/// What a run of load saw.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// Requests answered.
    pub(crate) requests: u64,
    /// How long it took.
    pub(crate) elapsed: Duration,
    /// The server's CPU time, user and system.
    pub(crate) cpu: Duration,
    /// Latencies in microseconds, sorted.
    pub(crate) latencies: Vec<u32>,
}

impl Outcome {
    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.requests as f64 / self.elapsed.as_secs_f64()
    }

    /// The server's CPU time for a request, in microseconds.
    pub(crate) fn cpu_micros(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.requests.max(1) as f64
    }

    /// A percentile of the latency in milliseconds.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let at = (self.latencies.len() as f64 * percent / 100.0) as usize;
        self.latencies
            .get(at.min(self.latencies.len().saturating_sub(1)))
            .map_or(0.0, |&micros| f64::from(micros) / 1000.0)
    }
}

/// Sends requests until `duration` is over or a connection has none left. `request(connection, n)` gives the bytes of
/// a connection's n-th request. Every answer must have the status `expected`.
pub(crate) fn run(
    server: (SocketAddr, u32),
    duration: Duration,
    expected: u16,
    request: impl Fn(usize, usize) -> Option<Vec<u8>> + Sync,
) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (before, start) = (cpu_time(server.1), Instant::now());
        let request = &request;
        let connections =
            (0..CONNECTIONS).map(|n| connection(server.0, start + duration, expected, move |m| request(n, m)));
        let latencies = futures_util::future::join_all(connections).await;
        let (elapsed, cpu) = (start.elapsed(), cpu_time(server.1) - before);
        let mut latencies: Vec<u32> = latencies.into_iter().flatten().collect();
        latencies.sort_unstable();
        Outcome { requests: latencies.len() as u64, elapsed, cpu, latencies }
    })
}

async fn connection(
    server: SocketAddr,
    until: Instant,
    expected: u16,
    request: impl Fn(usize) -> Option<Vec<u8>>,
) -> Vec<u32> {
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut latencies, mut buffer) = (Vec::new(), Vec::with_capacity(64 * 1024));
    while let Some(bytes) = (Instant::now() < until).then(|| request(latencies.len())).flatten() {
        let sent = Instant::now();
        stream.write_all(&bytes).await.unwrap();
        let status = answer(&mut stream, &mut buffer).await;
        assert_eq!(status, expected, "{}", String::from_utf8_lossy(&buffer));
        latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    latencies
}

/// Reads one answer with a `Content-Length`, or none for 204 and 304; leaves it in the buffer.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> u16 {
    buffer.clear();
    let head = loop {
        assert!(stream.read_buf(buffer).await.unwrap() > 0, "the server closed the connection");
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let text = std::str::from_utf8(&buffer[..head]).unwrap();
    let status: u16 = text[9..12].parse().unwrap();
    let length = text
        .lines()
        .find_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("content-length")))
        .map_or(0, |(_, length)| length.trim().parse().unwrap());
    let body = if matches!(status, 204 | 304) { 0 } else { length };
    while buffer.len() < head + body {
        assert!(stream.read_buf(buffer).await.unwrap() > 0, "the server closed the connection");
    }
    status
}

/// The bytes of a request without a body.
pub(crate) fn get(path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    request("GET", path, headers)
}

/// The bytes of a request of any method without a body.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    if method != "GET" {
        text += "Content-Length: 0\r\n";
    }
    (text + "\r\n").into_bytes()
}

/// Fetches one answer: its head and its body.
pub(crate) fn fetch(server: SocketAddr, bytes: &[u8]) -> (u16, String, Vec<u8>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut stream = TcpStream::connect(server).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut buffer = Vec::new();
        let status = answer(&mut stream, &mut buffer).await;
        let head = buffer.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
        (status, String::from_utf8_lossy(&buffer[..head]).into_owned(), buffer[head..].to_vec())
    })
}
