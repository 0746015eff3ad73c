#![allow(clippy::all)]
use cairn_content::*;
use cairn_drill::http::*;
use cairn_drill::*;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn b64(data: &[u8]) -> String {
    const T: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for c in data.chunks(3) {
        let n = (c[0] as u32) << 16 | (*c.get(1).unwrap_or(&0) as u32) << 8 | *c.get(2).unwrap_or(&0) as u32;
        for i in 0..4 {
            if i <= c.len() { out.push(T[(n >> (18 - 6 * i)) as usize & 63] as char) } else { out.push('=') }
        }
    }
    out
}
fn send(r: &Rendered, step: &str, turn: u32) -> Exchange {
    let begin = Instant::now();
    let rest = r.url.strip_prefix("http://").unwrap();
    let (host, target) = rest.split_at(rest.find('/').unwrap());
    let mut s = TcpStream::connect(host).unwrap();
    let mut head = format!("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", r.method.as_str(), target, host);
    for (n, v) in &r.headers {
        head += &format!("{n}: {v}\r\n");
    }
    let body = r.body.clone().unwrap_or_default();
    if !body.is_empty() || matches!(r.method.as_str(), "POST" | "PUT") {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    head += "\r\n";
    s.write_all(head.as_bytes()).unwrap();
    s.write_all(&body).unwrap();
    let mut all = Vec::new();
    s.read_to_end(&mut all).unwrap();
    let at = all.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let text = String::from_utf8_lossy(&all[..at]).to_string();
    let mut lines = text.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|l| {
            let (n, v) = l.split_once(':').unwrap();
            (n.to_lowercase(), v.trim().to_owned())
        })
        .collect();
    Exchange {
        step: step.into(),
        turn,
        url: r.url.clone(),
        duration_ms: begin.elapsed().as_millis() as u32,
        response: Some(Response { status, headers, body: b64(&all[at + 4..]), cut: false }),
        error: None,
    }
}
fn drive(drill: &HttpDrill, vars: &Vars, base: &str) -> Transcript {
    let mut run = Run::new(drill, vars, base);
    let mut exchanges = Vec::new();
    for step in &drill.steps {
        let Ok(r) = run.request(step) else { continue };
        let mut seen = Vec::new();
        if let Some(n) = step.burst {
            let barrier = std::sync::Barrier::new(n as usize);
            seen = std::thread::scope(|scope| {
                let hs: Vec<_> = (0..n)
                    .map(|t| {
                        let (r, b, id) = (&r, &barrier, &step.id);
                        scope.spawn(move || {
                            b.wait();
                            send(r, id, t)
                        })
                    })
                    .collect();
                hs.into_iter().map(|h| h.join().unwrap()).collect()
            });
        } else if let Some(w) = &step.eventually {
            for t in 0..step.turns() {
                let e = send(&r, &step.id, t);
                let done = run.is_settled(step, &e);
                seen.push(e);
                if done {
                    break;
                }
                std::thread::sleep(Duration::from_millis(w.every_ms.into()));
            }
        } else {
            seen.push(send(&r, &step.id, 0));
        }
        run.take(step, &seen);
        exchanges.extend(seen);
    }
    Transcript { exchanges }
}
struct B {
    root: std::path::PathBuf,
}
impl Bench for B {
    fn begin(&mut self, d: &PackDrill, s: &str) {
        eprintln!("{} {s}", d.lesson)
    }
    fn run(&mut self, _: &cairn_drill::run::Job) -> Result<cairn_drill::run::Report, String> {
        Err("no".into())
    }
    fn observe(&mut self, d: &PackDrill, http: &HttpDrill, s: &HttpSolution) -> Result<Recording, String> {
        let file = self.root.join(&d.file);
        let mut child = Command::new(&s.program[0])
            .args(&s.program[1..])
            .env("PORT", "0")
            .current_dir(file.parent().unwrap())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| e.to_string())?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let vars = http.vars(seed);
        let transcript = drive(http, &vars, line.trim());
        child.kill().unwrap();
        child.wait().unwrap();
        let r = Recording { vars, transcript };
        if std::env::var("RECORD").is_ok() {
            let path = self.root.join(Recording::path(d, s).unwrap());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, r.to_bytes().unwrap()).unwrap();
        }
        Ok(r)
    }
}
fn main() {
    let mut args = std::env::args().skip(1);
    let root = args.next().unwrap();
    let only = args.next().unwrap_or_default();
    let files = read_dir(Path::new(&root)).unwrap();
    let (_, drills) = match check_with_drills(&files) {
        Ok(x) => x,
        Err(f) => {
            for f in f {
                println!("{f} -- {}", f.help)
            }
            return;
        }
    };
    let drills: Vec<_> = drills
        .into_iter()
        .filter(|d| d.lesson.as_str().contains(&only) && matches!(d.authored.drill, Drill::Http(_)))
        .collect();
    for f in hold(&drills, &files, &mut B { root: root.into() }) {
        println!("{f}\n   {}", f.help)
    }
}
