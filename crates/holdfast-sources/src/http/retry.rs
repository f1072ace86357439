//! When to try again, and after how long.

use std::time::Duration;

/// A server that asks for more patience than this is not asked again.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Whether a status may pass by itself.
pub(super) fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// How long to wait before try number `attempt` (1 is the first retry), or nothing where the server
/// asks for more patience than anybody has.
///
/// The jitter comes from the address, so that many requests do not come back all at once, and the
/// same run waits the same.
pub(super) fn delay(
    attempt: u32,
    backoff: Duration,
    retry_after: Option<u64>,
    seed: &str,
) -> Option<Duration> {
    if let Some(seconds) = retry_after {
        return Some(Duration::from_secs(seconds)).filter(|wait| *wait <= LONGEST_WAIT);
    }
    let doubled = backoff.saturating_mul(1 << (attempt - 1).min(10));
    let percent = crc32fast::hash(format!("{seed}#{attempt}").as_bytes()) % 50;
    Some((doubled + doubled * percent / 100).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_with_a_jitter_that_is_always_the_same() {
        let backoff = Duration::from_millis(100);
        let wait = |attempt| delay(attempt, backoff, None, "https://a/").unwrap();
        assert_eq!(wait(1), wait(1));
        assert!(wait(1) >= backoff && wait(1) < backoff * 3 / 2);
        assert!(wait(3) >= backoff * 4 && wait(3) < backoff * 6);
        assert!(wait(1000) <= LONGEST_WAIT);
    }

    #[test]
    fn a_server_may_ask_for_half_a_minute_and_not_more() {
        let wait = |seconds| delay(1, Duration::from_millis(100), Some(seconds), "");
        assert_eq!(wait(2), Some(Duration::from_secs(2)));
        assert_eq!(wait(31), None);
    }
}
