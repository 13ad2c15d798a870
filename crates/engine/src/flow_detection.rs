//! What detection keeps of a flow: what rules remember, and matches that wait for their packet.

use crate::fate::Fate;
use crate::files::{File, OpenFiles};
use crate::told::Told;
use applayer::{Transaction, Tree};
use rules::{FlowMemory, Hit, Matched};

/// Alerts of one flow that wait for its next packet.
const PENDING_MAX: usize = 1_024;

/// What detection keeps of a flow.
#[derive(Default)]
pub(crate) struct FlowDetection {
    pub(crate) memory: FlowMemory,
    /// What was decided over all of it.
    pub(crate) fate: Option<Fate>,
    pub(crate) pending: Vec<Pending>,
    /// The transaction that has come on last, where alerts of frames show it, or others guess it.
    pub(crate) recent: Option<(u64, Told)>,
    /// Sides of which a dropped packet was told.
    pub(crate) has_told_drop: [bool; 2],
}

/// A match that waits until its packet is done with.
pub(crate) struct Pending {
    pub(crate) hit: Hit,
    pub(crate) told: Option<Told>,
    /// The files of its transaction.
    pub(crate) files: Option<Told>,
    /// The transaction that it may be about, where that is a guess.
    pub(crate) guess: Option<u64>,
}

impl FlowDetection {
    /// Something is decided over the flow; what was decided first stays.
    pub(crate) fn meet(&mut self, fate: Fate) {
        self.fate.get_or_insert(fate);
        self.memory.is_passed = true;
    }

    /// Matches that wait.
    pub(crate) fn held(&self) -> usize {
        self.pending.len()
    }

    /// Takes out the matches that are due.
    pub(crate) fn take_due(&mut self, mut is_due: impl FnMut(&Pending) -> bool) -> Vec<Pending> {
        if self.pending.is_empty() {
            return Vec::new();
        }
        self.pending.extract_if(.., |pending| is_due(pending)).collect()
    }

    /// Matches from this place on show the files of their transaction as they are now.
    pub(crate) fn tell_files(&mut self, from: usize, files: &OpenFiles) {
        for pending in self.pending.iter_mut().skip(from) {
            let Matched::Transaction(id) = pending.hit.matched else { continue };
            let mut of_it = files.of(id, pending.hit.sender).peekable();
            if of_it.peek().is_some() {
                pending.files = Some(told_files(of_it));
            }
        }
    }

    /// Alerts that wait show their transaction as far as it has come until they are told.
    pub(crate) fn retell(&mut self, transaction: &dyn Transaction, keeps_recent: bool) {
        if keeps_recent {
            self.recent = Some((transaction.id(), Told::of(transaction)));
        }
        let of_it = [Matched::Transaction(transaction.id()), Matched::Frame(Some(transaction.id()))];
        let mut waiting = self.pending.iter_mut().filter(|pending| of_it.contains(&pending.hit.matched)).peekable();
        if waiting.peek().is_none() {
            return;
        }
        let told = Told::of(transaction);
        waiting.for_each(|pending| pending.told = Some(told.clone()));
    }

    pub(crate) fn hold(&mut self, pending: Vec<Pending>) {
        let room = PENDING_MAX - self.pending.len().min(PENDING_MAX);
        self.memory.turned_away += pending.len().saturating_sub(room) as u64;
        self.pending.extend(pending.into_iter().take(room));
    }
}

/// EVE's list `files`.
fn told_files<'a>(files: impl Iterator<Item = &'a File>) -> Told {
    let mut told = Told::default();
    told.open_list("files");
    for file in files {
        told.open_object("");
        crate::eve::file_facts(&mut told, file, &file.name);
        told.close_object();
    }
    told.close_list();
    told
}
