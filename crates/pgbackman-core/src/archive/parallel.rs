//! Work on many files by several threads.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Does the work for each item with at most `threads` threads, and returns the results in the order of the items. After an error, no
/// thread begins another item.
///
/// # Errors
/// Of the items that failed, the first one's.
pub(crate) fn each<T: Sync, R: Send, E: Send>(
    items: &[T],
    threads: NonZero<usize>,
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let (next, has_failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let take = || {
        let mut done = Vec::new();
        while !has_failed.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { break };
            let result = work(item);
            has_failed.fetch_or(result.is_err(), Ordering::Relaxed);
            done.push((at, result));
        }
        done
    };
    let others = threads.get().min(items.len()).saturating_sub(1);
    let mut done = thread::scope(|scope| {
        let started: Vec<_> = (0..others).map(|_| scope.spawn(take)).collect();
        let mut done = take();
        for thread in started {
            match thread.join() {
                Ok(theirs) => done.extend(theirs),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_the_first_error_ends_it() {
        let items: Vec<usize> = (0..100).collect();
        for threads in [1, 2, 7, 500] {
            let threads = NonZero::new(threads).unwrap();
            let doubled = each(&items, threads, |item| Ok::<_, ()>(item * 2)).unwrap();
            assert_eq!(doubled[99], 198);
            assert!(doubled.is_sorted());
            let error = each(
                &items,
                threads,
                |item| {
                    if *item < 3 { Ok(()) } else { Err(*item) }
                },
            );
            // A thread takes item 3 before any thread can take a later one.
            assert_eq!(error.unwrap_err(), 3);
            assert_eq!(each(&[], threads, |(): &()| Ok::<(), ()>(())).unwrap(), []);
        }
    }
}
