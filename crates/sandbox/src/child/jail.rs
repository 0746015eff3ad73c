//! The jail: no files by Landlock, and no system calls but a few by seccomp.

use crate::wire::Protection;

/// Closes it for good, as far as the kernel can.
#[cfg(target_os = "linux")]
pub(super) fn close() -> Protection {
    let landlock = without_files().unwrap_or(0);
    Protection { landlock, seccomp: filter_calls().is_ok() }
}

/// There is none on other systems.
#[cfg(not(target_os = "linux"))]
pub(super) fn close() -> Protection {
    Protection { landlock: 0, seccomp: false }
}

/// Takes the file system away, and networks and other processes where the kernel's version of Landlock knows them.
#[cfg(target_os = "linux")]
fn without_files() -> Result<u32, landlock::RulesetError> {
    use landlock::{
        ABI, Access as _, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr as _, RulesetStatus, Scope,
    };
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V6))?
        .handle_access(AccessNet::from_all(ABI::V6))?
        .scope(Scope::from_all(ABI::V6))?
        .create()?
        .restrict_self()?;
    Ok(match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, _) => 0,
        (_, LandlockStatus::Available { effective_abi, .. }) => effective_abi as u32,
        _ => 0,
    })
}

/// Allows what reading, writing, memory and clocks take. Anything else ends the process with `SIGSYS`.
#[cfg(target_os = "linux")]
fn filter_calls() -> Result<(), seccompiler::Error> {
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
        apply_filter,
    };
    let argument = |index, operator, value| {
        SeccompRule::new(vec![SeccompCondition::new(index, SeccompCmpArgLen::Dword, operator, value)?])
    };
    let compiled = |rules, otherwise, matched| -> Result<BpfProgram, seccompiler::Error> {
        Ok(SeccompFilter::new(rules, otherwise, matched, std::env::consts::ARCH.try_into()?)?.try_into()?)
    };
    // Memory that can be executed is nobody's here.
    let no_code = || argument(2, SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64), 0).map(|rule| vec![rule]);
    let own = u64::from(std::process::id());
    let mut allowed: Vec<(i64, Vec<SeccompRule>)> = [
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_pread64,
        libc::SYS_pwrite64,
        libc::SYS_lseek,
        libc::SYS_fstat,
        libc::SYS_ftruncate,
        libc::SYS_fcntl,
        libc::SYS_close,
        libc::SYS_brk,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        libc::SYS_futex,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_getrandom,
        libc::SYS_clock_gettime,
        libc::SYS_gettimeofday,
        libc::SYS_rt_sigreturn,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigaction,
        libc::SYS_sigaltstack,
        libc::SYS_restart_syscall,
        libc::SYS_exit,
        libc::SYS_exit_group,
        // Looked for, and answered below as if there were none: journals of other processes.
        libc::SYS_faccessat,
        libc::SYS_faccessat2,
        libc::SYS_newfstatat,
    ]
    .into_iter()
    .map(|call| (call, Vec::new()))
    .collect();
    #[cfg(target_arch = "x86_64")]
    allowed.extend([(libc::SYS_access, Vec::new()), (libc::SYS_stat, Vec::new()), (libc::SYS_lstat, Vec::new())]);
    allowed.push((libc::SYS_mmap, no_code()?));
    allowed.push((libc::SYS_mprotect, no_code()?));
    // How a program that gets no memory ends itself, and nobody else.
    allowed.push((libc::SYS_tgkill, vec![argument(0, SeccompCmpOp::Eq, own)?]));

    // A path is never looked at. (`newfstatat` without one is how newer libraries do `fstat`.)
    let by_descriptor = SeccompCmpOp::MaskedEq(libc::AT_EMPTY_PATH as u64);
    let mut unseen: Vec<(i64, Vec<SeccompRule>)> = vec![
        (libc::SYS_faccessat, Vec::new()),
        (libc::SYS_faccessat2, Vec::new()),
        (libc::SYS_newfstatat, vec![argument(3, by_descriptor, 0)?]),
    ];
    #[cfg(target_arch = "x86_64")]
    unseen.extend([(libc::SYS_access, Vec::new()), (libc::SYS_stat, Vec::new()), (libc::SYS_lstat, Vec::new())]);
    let nothing_there = SeccompAction::Errno(libc::ENOENT as u32);
    let unseen = compiled(unseen.into_iter().collect(), SeccompAction::Allow, nothing_there)?;
    let allowed = compiled(allowed.into_iter().collect(), SeccompAction::KillProcess, SeccompAction::Allow)?;
    // Of two filters the stricter answer counts. This one is second because it does not allow another.
    apply_filter(&unseen)?;
    apply_filter(&allowed)
}
