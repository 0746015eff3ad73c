//! A child's life: it is started, fed, read, and ended in time.

use std::io::{self, Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use cairn_drill::run::Stop;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::ioctl_fionbio;

use crate::wire::{Answer, Request};
use crate::{CHILD, SandboxError};

/// The most that a child may say, in bytes. A report's rows are bounded before they get here.
const MOST: usize = 64 << 20;

/// How a child ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// With an answer.
    Answered(Answer),
    /// By a limit that the kernel or the parent keeps; with the most memory it was seen to hold, in KiB.
    Stopped(Stop, Option<u64>),
}

/// Runs a child.
///
/// # Errors
/// [`SandboxError::Process`] when it cannot be started or spoken to.
pub(crate) fn run(program: &Path, request: &Request, wall: Duration) -> Result<Ended, SandboxError> {
    let input = serde_json::to_vec(request).map_err(|error| SandboxError::Process(error.into()))?;
    let mut child = Command::new(program)
        .arg(CHILD)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(SandboxError::Process)?;
    let exchanged = exchange(&mut child, &input, wall);
    // A child that is still there has nothing more to say. Ending one that is about to leave does not change how it left.
    let peak = peak_kib(child.id());
    let killed = child.kill();
    let status = child.wait().map_err(SandboxError::Process)?;
    killed.map_err(SandboxError::Process)?;
    Ok(match exchanged.map_err(SandboxError::Process)? {
        Exchange::Late => Ended::Stopped(Stop::Time, peak),
        Exchange::TooMuch => Ended::Stopped(Stop::Bytes, peak),
        Exchange::Said(output) => match serde_json::from_slice(&output) {
            Ok(answer) => Ended::Answered(answer),
            Err(_) => Ended::Stopped(stop_of(status), peak),
        },
    })
}

enum Exchange {
    Said(Vec<u8>),
    Late,
    TooMuch,
}

/// Gives a child its input and takes its output until it closes that.
#[expect(clippy::disallowed_methods, reason = "a child's time is measured where it is kept")]
fn exchange(child: &mut Child, mut input: &[u8], wall: Duration) -> io::Result<Exchange> {
    let until = Instant::now() + wall;
    let (mut to, from) = (child.stdin.take(), child.stdout.take());
    let Some(mut from) = from else { return Ok(Exchange::Said(Vec::new())) };
    ioctl_fionbio(&from, true)?;
    if let Some(to) = &to {
        ioctl_fionbio(to, true)?;
    }
    let (mut output, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let Some(left) = until.checked_duration_since(Instant::now()) else { return Ok(Exchange::Late) };
        let left = Timespec { tv_sec: left.as_secs().try_into().unwrap_or(0), tv_nsec: left.subsec_nanos().into() };
        let mut fds = vec![PollFd::new(&from, PollFlags::IN)];
        fds.extend(to.as_ref().map(|to| PollFd::new(to, PollFlags::OUT)));
        match poll(&mut fds, Some(&left)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        if let Some(open) = &mut to {
            match open.write(input) {
                Ok(written) => input = &input[written..],
                Err(error) if again(&error) => {}
                // It is gone; its status says why.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => input = &[],
                Err(error) => return Err(error),
            }
            if input.is_empty() {
                to = None;
            }
        }
        match from.read(&mut buffer) {
            Ok(0) => return Ok(Exchange::Said(output)),
            Ok(read) if output.len() + read > MOST => return Ok(Exchange::TooMuch),
            Ok(read) => output.extend_from_slice(&buffer[..read]),
            Err(error) if again(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

fn again(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// Why a child left without an answer.
fn stop_of(status: ExitStatus) -> Stop {
    const ABORT: i32 = 6;
    const KILL: i32 = 9;
    #[cfg(target_os = "linux")]
    const LIMITS: [i32; 3] = [libc::SIGXCPU, libc::SIGXFSZ, libc::SIGSYS];
    #[cfg(not(target_os = "linux"))]
    const LIMITS: [i32; 3] = [24, 25, 12];
    match status.signal() {
        Some(signal) if signal == LIMITS[0] => Stop::Processor,
        Some(signal) if signal == LIMITS[1] => Stop::DatabaseSize,
        Some(signal) if signal == LIMITS[2] => Stop::Refused("a call of the operating system".into()),
        // What the program does when it is given no more memory, and what the kernel does when it has none.
        Some(ABORT | KILL) => Stop::Memory,
        _ => Stop::Crashed,
    }
}

/// The most memory that a running process held.
fn peak_kib(pid: u32) -> Option<u64> {
    peak_of(&std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

/// The same, from the text of `/proc/PID/status`.
pub(crate) fn peak_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
