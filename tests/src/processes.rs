//! Programs that the tests start beside themselves, and that end with them.

use std::{
    env,
    io::{BufRead as _, BufReader, Read as _},
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// Runs a script until it says `ready`; what it says after that word is given back. The script ends what it started
/// when its standard input is closed, which is when the child is dropped with it, or this process is gone.
///
/// # Errors
/// The reason that the script gave.
pub(crate) fn supervise(mut shell: Command) -> Result<(Child, Vec<String>), String> {
    let mut child = shell
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // Ctrl-C at the terminal ends the tests; their supervisor must outlive them.
        .process_group(0)
        .spawn()
        .map_err(|error| format!("{:?} could not be run: {error}", shell.get_program()))?;
    let mut said = BufReader::new(child.stdout.take().ok_or("its supervisor has no output")?);
    let mut first = String::new();
    let _ = said.read_line(&mut first);
    let mut words = first.split_whitespace().map(str::to_owned);
    if words.next().as_deref() == Some("ready") {
        return Ok((child, words.collect()));
    }
    let mut reason = String::new();
    let _ = said.read_to_string(&mut reason);
    let _ = child.wait();
    Err(if reason.is_empty() { "its supervisor did not start".to_owned() } else { reason })
}

#[expect(clippy::disallowed_methods, reason = "the tests' set-up stands outside the program and its configuration")]
pub(crate) fn search_path() -> Vec<PathBuf> {
    env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default()
}

/// Finds `program` in PATH.
pub(crate) fn in_search_path(program: &str) -> Option<PathBuf> {
    search_path().into_iter().map(|folder| folder.join(program)).find(|path| path.is_file())
}
