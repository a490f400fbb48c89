//! When and where a record is written.
//!
//! The time of day may be set back and forth, so that each record also has the time since the first
//! record of its process. How far the time of day can be trusted is said as far as it is known
//! without asking the kernel by hand (`adjtimex` is in no safe interface that we use): where
//! `systemd-timesyncd` runs, it touches a file whenever it has set the clock right. Everywhere else
//! the state is `unknown`.

use super::canonical::MOST;
use crate::checkpoint::tree::entry::now;
use qf_graph::time::Moment;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Instant, SystemTime};

/// What `systemd-timesyncd` touches.
const SET_RIGHT: &str = "/run/systemd/timesync/synchronized";

/// The time of day: UTC, as RFC 3339, with nanoseconds.
pub fn time() -> String {
    rfc3339(now())
}

/// Nanoseconds since 1970 as RFC 3339.
pub fn rfc3339(nanoseconds: i64) -> String {
    let seconds = nanoseconds.div_euclid(1_000_000_000);
    let nanoseconds = nanoseconds.rem_euclid(1_000_000_000);
    format!("{}.{nanoseconds:09}Z", Moment::of(seconds))
}

/// Nanoseconds since the first record of this process; after a hundred and four days it stands
/// still, because no larger number is written.
pub fn monotonic() -> u64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let since = FIRST.get_or_init(Instant::now).elapsed().as_nanos();
    u64::try_from(since).unwrap_or(u64::MAX).min(MOST as u64)
}

/// What is known of the clock.
pub fn state() -> Value {
    let touched = Path::new(SET_RIGHT).metadata().and_then(|metadata| metadata.modified());
    match touched {
        Ok(touched) => {
            let age = SystemTime::now().duration_since(touched).unwrap_or_default();
            json!({ "state": "synchronised", "by": "systemd-timesyncd", "age_s": age.as_secs() })
        }
        Err(_) => json!({ "state": "unknown" }),
    }
}

/// The name of this machine.
pub fn host() -> &'static str {
    static HOST: OnceLock<String> = OnceLock::new();
    HOST.get_or_init(|| rustix::system::uname().nodename().to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::{monotonic, rfc3339, time};

    #[test]
    fn times() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00"),
            (951_782_399, "2000-02-28T23:59:59"),
            (951_782_400, "2000-02-29T00:00:00"),
            (951_868_800, "2000-03-01T00:00:00"),
            (1_709_164_800, "2024-02-29T00:00:00"),
            (1_735_689_599, "2024-12-31T23:59:59"),
            (4_107_542_400, "2100-03-01T00:00:00"),
            (-1, "1969-12-31T23:59:59"),
        ] {
            assert_eq!(rfc3339(seconds * 1_000_000_000), format!("{text}.000000000Z"));
        }
        assert_eq!(rfc3339(1_764_500_000_123_456_789), "2025-11-30T10:53:20.123456789Z");
        assert_eq!(time().len(), 30);
        let before = monotonic();
        assert!(before <= monotonic());
    }
}
