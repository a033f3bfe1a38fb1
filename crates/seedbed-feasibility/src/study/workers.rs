//! Independent tasks on all cores, each on one thread, with results in the order of the tasks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::error::FeasibilityError;

/// Runs `work` on every task with `threads` workers. The results do not depend on the number of workers; after
/// the first error no further task is begun, and the error of the earliest task is returned.
///
/// # Errors
/// What `work` says, or [`FeasibilityError::Worker`] when it panics.
pub fn run<T: Sync, R: Send>(
    tasks: &[T],
    threads: usize,
    work: impl Fn(&T) -> Result<R, FeasibilityError> + Sync,
) -> Result<Vec<R>, FeasibilityError> {
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let results: Mutex<Vec<(usize, Result<R, FeasibilityError>)>> = Mutex::new(Vec::new());
    let worker = || {
        while !failed.load(Ordering::Relaxed) {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = tasks.get(place) else { break };
            let result = guarded(|| work(task));
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            results.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push((place, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, tasks.len().max(1)) {
            scope.spawn(worker);
        }
    });
    let mut results = results.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Turns a panic of the engine into an error: a library does not take its caller down.
fn guarded<R>(work: impl FnOnce() -> Result<R, FeasibilityError>) -> Result<R, FeasibilityError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let problem = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(FeasibilityError::Worker { problem: problem.to_owned() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_tasks() {
        let tasks: Vec<u64> = (0..100).collect();
        for threads in [1, 2, 7] {
            let squares = run(&tasks, threads, |task| Ok(task * task)).unwrap();
            assert_eq!(squares, tasks.iter().map(|task| task * task).collect::<Vec<_>>());
        }
        assert!(run(&[] as &[u64], 2, |_| Ok(())).unwrap().is_empty());
    }

    #[test]
    fn an_error_stops_the_rest() {
        let begun = AtomicUsize::new(0);
        let result = run(&[0; 1000], 2, |_| {
            begun.fetch_add(1, Ordering::Relaxed);
            Err::<(), _>(FeasibilityError::Interrupted)
        });
        assert!(matches!(result, Err(FeasibilityError::Interrupted)));
        assert!(begun.load(Ordering::Relaxed) <= 2);
    }

    #[test]
    fn a_panic_becomes_an_error() {
        let result = run(&[1], 1, |_| -> Result<(), _> { panic!("the engine fell over") });
        assert!(result.unwrap_err().to_string().contains("the engine fell over"));
    }
}
