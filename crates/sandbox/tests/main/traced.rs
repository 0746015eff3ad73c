//! What the kernel saw of every statement: `strace` runs this test program again, with the tests of all statements.

use std::collections::HashMap;
use std::process::Command;

/// Calls that open, make, start or reach something.
const FORBIDDEN: &[&str] = &[
    "open",
    "openat",
    "openat2",
    "open_by_handle_at",
    "creat",
    "socket",
    "socketpair",
    "connect",
    "bind",
    "sendto",
    "execve",
    "execveat",
    "fork",
    "vfork",
    "clone",
    "clone3",
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "mkdir",
    "mkdirat",
    "mknod",
    "mknodat",
    "truncate",
    "chmod",
    "fchmod",
    "fchmodat",
    "kill",
    "ptrace",
    "mount",
    "memfd_create",
    "io_uring_setup",
    "bpf",
    "prctl",
    "setrlimit",
    "prlimit64",
];

/// What children did once they had closed their jail, and how many did.
fn after_the_jail(trace: &str) -> (Vec<String>, usize) {
    // How many filters each process has: with the second, the jail is closed.
    let mut filters: HashMap<&str, u32> = HashMap::new();
    let (mut faults, mut closed) = (Vec::new(), 0);
    for line in trace.lines() {
        let Some((pid, call)) = line.split_once(char::is_whitespace) else { continue };
        let call = call.trim_start();
        let name = call.split('(').next().unwrap_or_default();
        if call.starts_with("+++") {
            // Its number may become another's.
            filters.remove(pid);
        } else if name == "seccomp" && call.contains("SECCOMP_SET_MODE_FILTER") {
            let filters = filters.entry(pid).or_default();
            *filters += 1;
            closed += usize::from(*filters == 2);
        } else if FORBIDDEN.contains(&name) && filters.get(pid).is_some_and(|filters| *filters >= 2) {
            faults.push(line.to_owned());
        }
    }
    (faults, closed)
}

#[test]
fn no_statement_opens_starts_or_reaches_anything() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let calls = format!("trace=seccomp,{}", FORBIDDEN.join(","));
    let ran = Command::new("strace")
        .args(["-f", "-e", "signal=none", "-e", "quiet=attach,personality", "-e", &calls, "-o"])
        .arg(&trace)
        .arg(std::env::current_exe().unwrap())
        .args(["statements::h", "--test-threads=1"])
        .output();
    let ran = ran.unwrap_or_else(|error| panic!("strace could not be run: {error}; tests/run installs it"));
    let said = [ran.stdout, ran.stderr].concat();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&said));
    let (faults, children) = after_the_jail(&std::fs::read_to_string(trace).unwrap());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let cases = super::statements::cases(super::statements::HOSTILE).len()
        + super::statements::cases(super::statements::HONEST).len();
    assert!(children >= cases, "{children} children were seen in their jail, of {cases}");
}

#[test]
fn a_file_that_is_opened_is_seen() {
    let closed =
        "7 seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=9}) = 0\n7 seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=99}) = 0\n";
    let opens = "7 openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY) = -1 EACCES\n";
    let exits = "7 +++ exited with 0 +++\n";
    assert_eq!(after_the_jail(&format!("{opens}{closed}{exits}{opens}")), (Vec::new(), 1));
    assert_eq!(after_the_jail(&format!("{closed}{opens}{exits}")).0.len(), 1);
}
