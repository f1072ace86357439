//! Work on many things at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// So many requests are under way at once, at most.
const THREADS: usize = 16;

/// `work` of each item, in the order of the items.
///
/// The calling thread takes part, so that it goes on where no other thread can be had.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_with(THREADS, items, work)
}

/// The same for work that waits for nothing: one thread for each processor.
pub(crate) fn compute<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    // starting a thread costs as much as some items
    let threads = match items.len() {
        0..=4 => 1,
        _ => thread::available_parallelism().map_or(1, usize::from),
    };
    map_with(threads.min(THREADS), items, work)
}

fn map_with<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    let take = || {
        loop {
            let position = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(position) else {
                return;
            };
            let result = work(item);
            results
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((position, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..items.len().min(threads) {
            // fewer threads are as good
            let _ = thread::Builder::new().spawn_scoped(scope, take);
        }
        take();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|(position, _)| *position);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..100).collect();
        let doubled = map(&items, |item| item * 2);
        assert_eq!(doubled, (0..200).step_by(2).collect::<Vec<_>>());
        assert!(map(&[0_u8; 0], |item| *item).is_empty());
    }
}
