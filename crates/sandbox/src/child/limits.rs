//! What the kernel and the engine's allocator keep a child to.

use cairn_drill::run::Limits;

/// Address space beside the engine's memory: the program itself, and rows on their way out.
const BESIDE_MIB: u64 = 192;

/// The same of memory that is written to.
const BESIDE_DATA_MIB: u64 = 48;

/// Closes every descriptor but the first three, should the parent have left one open.
pub(super) fn close_what_was_inherited() {
    #[cfg(target_os = "linux")]
    #[expect(unsafe_code, reason = "neither the standard library nor rustix can close all descriptors")]
    // SAFETY: This runs before anything in this process has opened a descriptor, so no value owns one above 2, and a later
    // use of a number cannot meet another file than its owner opened. The call reads and writes no memory of ours.
    unsafe {
        libc::close_range(3, libc::c_uint::MAX, 0);
    }
}

/// Sets what may not be exceeded. `file` says that a file of the run's own may grow.
pub(super) fn set(limits: &Limits, file: bool) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let cpu = u64::from(limits.cpu_s);
        let bytes = if file { u64::from(limits.database_mib) << 20 } else { 0 };
        for (resource, soft, hard) in [
            (Resource::As, (BESIDE_MIB + u64::from(limits.heap_mib)) << 20, None),
            // The engine counts what it asks for; the allocator may take as much again for small pieces of it.
            (Resource::Data, (BESIDE_DATA_MIB + u64::from(limits.heap_mib)) << 20, None),
            // At the first, the kernel sends a signal that ends this process and says why.
            (Resource::Cpu, cpu, Some(cpu + 1)),
            (Resource::Fsize, bytes, None),
            (Resource::Nofile, 8, None),
            (Resource::Nproc, 0, None),
            (Resource::Core, 0, None),
        ] {
            setrlimit(resource, Rlimit { current: Some(soft), maximum: Some(hard.unwrap_or(soft)) })?;
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (file, BESIDE_MIB, BESIDE_DATA_MIB);
    let heap = i64::from(limits.heap_mib) << 20;
    #[expect(unsafe_code, reason = "rusqlite has no call for it")]
    // SAFETY: The call takes a number and sets a number of the library's own, behind a lock of the library's own.
    unsafe {
        rusqlite::ffi::sqlite3_hard_heap_limit64(heap);
    }
    Ok(())
}
