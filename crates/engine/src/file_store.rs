//! Files that are kept: which ones, and what whoever keeps them is told.

use crate::event::FlowFacts;
use crate::files::File;
use applayer::Transaction;
use model::packet::Timestamp;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Takes the bytes of files. Nothing of them is held by the engine.
pub trait FileKeeper: Send {
    /// A file begins that may be kept: the number under which its bytes come.
    fn begin(&mut self) -> u64;

    /// The next bytes of it.
    fn write(&mut self, spool: u64, bytes: &[u8]);

    /// It is not kept.
    fn discard(&mut self, spool: u64);

    /// One more file will be kept: its number, counted from 1 (EVE's `file_id`).
    fn next_number(&mut self) -> u64;

    /// It is over, and is kept.
    fn keep(&mut self, spool: u64, kept: &Kept<'_>);
}

/// A file that is kept, when it is over.
pub struct Kept<'a> {
    /// When that was told.
    pub now: Timestamp,
    /// The frame that caused it.
    pub frame_number: u64,
    /// Its flow.
    pub flow: FlowFacts<'a>,
    /// The file.
    pub file: &'a File,
    /// The exchange it belonged to, where that is known.
    pub transaction: Option<&'a dyn Transaction>,
}

/// Whether files are kept, and by whom.
#[derive(Clone)]
pub struct FileStoring {
    /// Every file, not only those that rules name.
    pub stores_all: bool,
    /// Who keeps them.
    pub keeper: Arc<Mutex<dyn FileKeeper>>,
}

impl FileStoring {
    /// The keeper. One that failed goes on as it is.
    pub(crate) fn keeper(&self) -> MutexGuard<'_, dyn FileKeeper + 'static> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for FileStoring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStoring").field("stores_all", &self.stores_all).finish_non_exhaustive()
    }
}
