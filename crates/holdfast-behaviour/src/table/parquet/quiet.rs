//! Runs what may panic on damaged bytes, without the message that a panic prints.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What `action` returns; nothing where it panics.
///
/// What `action` was at work on is not to be used after a panic.
pub(super) fn run<T>(action: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    // one hook for the whole program, and other threads' panics go on to the one that was there
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_QUIET.get() {
                before(panic);
            }
        }));
    });
    let was_quiet = IS_QUIET.replace(true);
    let result = catch_unwind(AssertUnwindSafe(action));
    IS_QUIET.set(was_quiet);
    result.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_answer() {
        assert_eq!(run(|| 7), Some(7));
        assert_eq!(run(|| -> u8 { panic!("on damaged bytes") }), None);
        assert!(!IS_QUIET.get());
    }
}
