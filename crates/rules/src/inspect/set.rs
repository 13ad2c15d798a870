//! `dataset`, `datarep`: is a buffer in a set of data?

use super::{Range, State};
use crate::detect::{DataSet, SetChanges};
use std::sync::{Mutex, PoisonError};

/// What a rule asks of a set, or does to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetTest {
    /// The buffer is in it.
    IsIn,
    /// The buffer is not in it.
    IsNotIn,
    /// The buffer is put into it, and was not there.
    Add,
    /// The buffer is taken out of it, and was there.
    Remove,
    /// The buffer's reputation is in this range.
    Reputation(Range),
}

impl SetTest {
    /// Does it write?
    pub const fn writes(self) -> bool {
        matches!(self, SetTest::Add | SetTest::Remove)
    }

    pub(super) fn holds(self, set: &DataSet, bytes: &[u8], state: &mut State) -> bool {
        match self {
            SetTest::IsIn => {
                let is_in = contains(set, bytes, state);
                state.contexts.extend(set.context(bytes).filter(|_| is_in));
                is_in
            }
            SetTest::IsNotIn => !contains(set, bytes, state),
            SetTest::Add => changed(state, |changes| changes.add(set, bytes)),
            SetTest::Remove => changed(state, |changes| changes.remove(set, bytes)),
            SetTest::Reputation(range) => set.reputation(bytes).is_some_and(|value| range.contains(value.into())),
        }
    }
}

fn contains(set: &DataSet, bytes: &[u8], state: &State) -> bool {
    match &state.sets {
        Some(changes) => locked(changes, |changes| changes.contains(set, bytes)),
        None => set.contains(bytes),
    }
}

fn changed(state: &State, change: impl FnOnce(&mut SetChanges) -> bool) -> bool {
    state.sets.as_ref().is_some_and(|changes| locked(changes, change))
}

/// A detector that failed leaves the sets as they were.
fn locked<T>(changes: &Mutex<SetChanges>, look: impl FnOnce(&mut SetChanges) -> T) -> T {
    look(&mut changes.lock().unwrap_or_else(PoisonError::into_inner))
}
