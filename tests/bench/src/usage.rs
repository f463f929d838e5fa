//! What this process used.

/// Processor seconds and the highest resident memory, megabytes.
pub struct Used {
    pub cpu_s: f64,
    pub peak_mb: u64,
}

/// Since the process began.
pub fn used() -> Used {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: getrusage writes one rusage into the place it is given; a zeroed one is valid if it fails.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    Used {
        cpu_s: seconds(usage.ru_utime) + seconds(usage.ru_stime),
        peak_mb: u64::try_from(usage.ru_maxrss).unwrap_or(0) / 1024,
    }
}

/// Resident memory now, megabytes.
pub fn resident_mb() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) * 4096 / (1 << 20)
}
