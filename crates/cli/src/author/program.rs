//! The programs that a pack's HTTP drills name: services that run on the author's machine while a drill is tried on them.

use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use cairn_content::Recording;
use cairn_drill::http::HttpDrill;

use crate::drill::{Service, perform};
use crate::output::Progress;

/// How long a program may take until it says where it is.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running program; it ends when this is dropped.
struct Running {
    child: Child,
    address: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Starts a program in a folder and waits for its first line, which is its address.
    fn start(program: &[String], folder: &Path) -> Result<Self, String> {
        let (name, arguments) = program.split_first().ok_or("It names no program.")?;
        let mut command = Command::new(name);
        command.args(arguments).env("PORT", "0").current_dir(folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let child = command.spawn().map_err(|error| format!("`{name}` could not be started: {error}."))?;
        let mut running = Self { child, address: String::new() };
        let out = running.child.stdout.take().ok_or("It has no output.")?;
        let (sender, line) = mpsc::channel();
        // It goes on reading, so that a program that says more is not stopped by a full pipe.
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let first = line.recv_timeout(PATIENCE).map_err(|_| {
            format!("`{}` did not print its address within {} seconds.", program.join(" "), PATIENCE.as_secs())
        })?;
        running.address = first.trim().to_owned();
        Ok(running)
    }
}

/// Starts a program in a folder, runs a drill against it with new variables, and gives what was seen.
///
/// # Errors
/// Why it could not be started, or that nothing answered.
pub(super) fn record(http: &HttpDrill, program: &[String], folder: &Path) -> Result<Recording, String> {
    let running = Running::start(program, folder)?;
    let service = Service::new(http, Some(&running.address), &[]).map_err(|failure| failure.detail.clone())?;
    // Nobody has to guess them here: they only have to be others each time.
    let half = || u128::from(RandomState::new().hash_one(()));
    let vars = http.vars(half() << 64 | half());
    let performed = perform(http, &vars, &service, &Progress::hidden());
    match performed.silence() {
        Some(why) => Err(format!("Nothing answered at {}: {why}.", running.address)),
        None => Ok(Recording { vars, transcript: performed.transcript }),
    }
}
