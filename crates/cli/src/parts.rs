//! The parts of a report: their memory is used again, and only so many of them wait to be merged.
//!
//! Parts are merged in the order of the input. A thread whose object is not the next one would pile up parts as long as
//! the next one takes, so it waits once there are enough.

use report::{Fold, Options};
use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Parts that may be unmerged before an object that is not the next one waits: about 7 MB each.
const UNMERGED_MAX: usize = 8;

/// All parts of one report.
pub(crate) struct Parts {
    options: Options,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Empty folds.
    spare: Vec<Fold>,
    unmerged: usize,
    /// The object whose parts are merged as they come.
    current: usize,
    /// Objects from there on of which a part was begun.
    begun: BTreeSet<usize>,
}

impl Parts {
    /// None yet.
    pub(crate) fn new(options: Options) -> Parts {
        Parts { options, state: Mutex::default(), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An empty fold.
    pub(crate) fn take(&self) -> Fold {
        self.state().spare.pop().unwrap_or_else(|| Fold::new(&self.options))
    }

    /// A part of an object is begun. Waits while there are too many. The first part of an object never waits: the merging
    /// of it is what tells that the object is the next one.
    pub(crate) fn begin(&self, object: usize) {
        let mut state = self.state();
        let is_first = state.begun.insert(object);
        while !is_first && state.unmerged >= UNMERGED_MAX && object > state.current {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.unmerged += 1;
    }

    /// A part was merged and is empty.
    pub(crate) fn merged(&self, object: Option<usize>, fold: Fold) {
        let mut state = self.state();
        state.spare.push(fold);
        if let Some(object) = object {
            state.unmerged -= 1;
            state.current = state.current.max(object);
            state.begun = state.begun.split_off(&object);
        }
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_later_object_waits_for_its_turn() {
        let parts = Parts::new(Options::default());
        let begun = AtomicUsize::new(0);
        parts.begin(0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..UNMERGED_MAX + 3 {
                    parts.begin(1);
                    begun.fetch_add(1, Ordering::SeqCst);
                }
            });
            while begun.load(Ordering::SeqCst) < UNMERGED_MAX - 1 {
                std::thread::yield_now();
            }
            // Object 0 goes on, however many there are.
            parts.begin(0);
            assert!(begun.load(Ordering::SeqCst) < UNMERGED_MAX);
            parts.merged(Some(0), parts.take());
            parts.merged(Some(0), parts.take());
            parts.merged(Some(1), parts.take());
        });
        assert_eq!(begun.load(Ordering::SeqCst), UNMERGED_MAX + 3);
    }
}
