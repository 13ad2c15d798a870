//! What single records show, folded on every thread: the result does not depend on which fold took which batch.

use ::detect::{Estate, Fold, Limits};
use query::arrow::array::RecordBatch;
use std::sync::{Mutex, PoisonError};

/// The folds of one run: one for each thread that is at work.
pub(crate) struct Behaviours {
    limits: Limits,
    idle: Mutex<Vec<Fold>>,
}

impl Behaviours {
    /// None yet.
    pub(crate) fn new(limits: Limits) -> Behaviours {
        Behaviours { limits, idle: Mutex::default() }
    }

    /// Takes a batch of `flows` in.
    pub(crate) fn push(&self, flows: &RecordBatch) {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let mut fold = taken.unwrap_or_else(|| Fold::new(self.limits));
        fold.push(flows);
        idle().push(fold);
    }

    /// What all of them know together.
    pub(crate) fn finish(self) -> Estate {
        let folds = self.idle.into_inner().unwrap_or_else(PoisonError::into_inner);
        let merged = folds.into_iter().reduce(|mut all, fold| {
            all.merge(fold);
            all
        });
        merged.unwrap_or_else(|| Fold::new(self.limits)).finish()
    }
}
