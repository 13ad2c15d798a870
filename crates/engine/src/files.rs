//! The files that applications carry: followed, counted and hashed as they pass, handed on where they are kept, never held.

use crate::file_store::{FileStoring, Kept};
use applayer::FileEvent;
use md5::Md5;
use model::packet::Side;
use rules::rule::{Storing, StoringScope};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Files of one flow that may be open at once.
pub(crate) const OPEN_FILES_MAX: usize = 64;
/// Files that wait for the transaction they belong to.
const WAITING_FILES_MAX: usize = 256;
/// Rules that are noted with a file.
const SIDS_MAX: usize = 64;
/// Bytes of a name that are kept.
const NAME_BYTES_MAX: usize = 4096;

/// Which digests are made of files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hashes {
    /// MD5.
    pub md5: bool,
    /// SHA-1.
    pub sha1: bool,
    /// SHA-256.
    pub sha256: bool,
}

/// How a file ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// It has not.
    Open,
    /// As its protocol says a whole one ends.
    Closed,
    /// Before its end.
    Truncated,
}

impl FileState {
    /// The name in EVE.
    pub const fn name(self) -> &'static str {
        match self {
            FileState::Open => "UNKNOWN",
            FileState::Closed => "CLOSED",
            FileState::Truncated => "TRUNCATED",
        }
    }
}

/// A file that has passed, or is on its way.
#[derive(Debug)]
pub struct File {
    /// Its place among its flow's files, from 0.
    pub id: u64,
    /// Who sent it.
    pub sender: Side,
    /// Its name, as the protocol says.
    pub name: Vec<u8>,
    /// Bytes that passed.
    pub bytes: u64,
    /// Bytes that were missing.
    pub gap_bytes: u64,
    /// The first and the last byte of the whole that it is, where it is a part.
    pub range: Option<(u64, u64)>,
    /// How it ended.
    pub state: FileState,
    /// The transaction it belonged to.
    pub transaction: u64,
    /// MD5 of the bytes that passed, where wanted.
    pub md5: Option<[u8; 16]>,
    /// SHA-1 of the bytes that passed, where wanted.
    pub sha1: Option<[u8; 20]>,
    /// SHA-256 of the bytes that passed, where wanted.
    pub sha256: Option<[u8; 32]>,
    /// Its number among the files that are kept, from 1; none where it is not.
    pub kept: Option<u64>,
    /// The rules that keep it.
    pub sids: Vec<u32>,
    /// Where its bytes go, until it is known whether it is kept.
    spool: Option<u64>,
}

/// The files of one flow that are on their way.
#[derive(Default)]
pub(crate) struct OpenFiles {
    open: Vec<OpenFile>,
    /// Files that are complete, and wait for their transaction.
    waiting: Vec<File>,
    /// Whose files are kept from here on.
    keeps: [bool; 2],
    /// Files that found no room.
    pub(crate) turned_away: u64,
}

struct OpenFile {
    file: File,
    digests: Option<Box<Digests>>,
}

/// What is done with files besides following them.
#[derive(Clone, Copy)]
pub(crate) struct Handling<'a> {
    pub(crate) hashes: Hashes,
    pub(crate) storing: Option<&'a FileStoring>,
}

/// A rule with `filestore` has matched.
pub(crate) struct StoreOrder {
    pub(crate) storing: Storing,
    pub(crate) sid: u32,
    pub(crate) sender: Side,
    pub(crate) transaction: Option<u64>,
}

struct Digests {
    md5: Option<Md5>,
    sha1: Option<Sha1>,
    sha256: Option<Sha256>,
}

impl Digests {
    fn new(hashes: Hashes) -> Option<Box<Digests>> {
        (hashes != Hashes::default()).then(|| {
            Box::new(Digests {
                md5: hashes.md5.then(Md5::new),
                sha1: hashes.sha1.then(Sha1::new),
                sha256: hashes.sha256.then(Sha256::new),
            })
        })
    }

    fn update(&mut self, bytes: &[u8]) {
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        if let Some(sha1) = &mut self.sha1 {
            sha1.update(bytes);
        }
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
    }

    fn finish(self, file: &mut File) {
        file.md5 = self.md5.map(|digest| digest.finalize().into());
        file.sha1 = self.sha1.map(|digest| digest.finalize().into());
        file.sha256 = self.sha256.map(|digest| digest.finalize().into());
    }
}

impl OpenFiles {
    /// Takes what a parser says of a file.
    pub(crate) fn take(&mut self, event: FileEvent<'_>, handling: Handling<'_>) {
        match event {
            FileEvent::Open { id, sender, name, range, transaction, .. } => {
                let name = name[..name.len().min(NAME_BYTES_MAX)].to_vec();
                self.open(File { range, ..File::new(id, sender, name, transaction) }, handling);
            }
            FileEvent::Data { id, bytes } => {
                if let Some(open) = self.find(id) {
                    open.push(bytes, handling.storing);
                }
            }
            FileEvent::Gap { id, bytes } => {
                if let Some(open) = self.find(id) {
                    open.file.gap_bytes += bytes;
                }
            }
            FileEvent::Close { id, is_complete } => self.close(id, is_complete),
        }
    }

    fn find(&mut self, id: u64) -> Option<&mut OpenFile> {
        self.open.iter_mut().find(|open| open.file.id == id)
    }

    fn open(&mut self, mut file: File, handling: Handling<'_>) {
        if self.open.len() >= OPEN_FILES_MAX {
            self.turned_away += 1;
            return;
        }
        if let Some(storing) = handling.storing {
            let mut keeper = storing.keeper();
            file.spool = Some(keeper.begin());
            let is_kept = storing.stores_all || self.keeps[file.sender.index()];
            file.kept = is_kept.then(|| keeper.next_number());
        }
        self.open.push(OpenFile { file, digests: Digests::new(handling.hashes) });
    }

    fn close(&mut self, id: u64, is_complete: bool) {
        let Some(place) = self.open.iter().position(|open| open.file.id == id) else { return };
        let OpenFile { mut file, digests } = self.open.remove(place);
        file.state = if is_complete && file.gap_bytes == 0 { FileState::Closed } else { FileState::Truncated };
        if let Some(digests) = digests {
            digests.finish(&mut file);
        }
        self.waiting.push(file);
    }

    /// Files that their flow's end cut off.
    pub(crate) fn cut_off(&mut self) {
        while let Some(id) = self.open.first().map(|open| open.file.id) {
            self.close(id, false);
        }
    }

    /// A rule keeps files.
    pub(crate) fn store(&mut self, order: &StoreOrder, storing: &FileStoring) {
        let senders = order.storing.senders.unwrap_or_else(|| Side::BOTH.map(|side| side == order.sender));
        if order.storing.scope == StoringScope::Flow {
            self.keeps = [0, 1].map(|side| self.keeps[side] || senders[side]);
        }
        let open = self.open.iter_mut().map(|open| &mut open.file);
        for file in open.chain(&mut self.waiting) {
            if Some(file.transaction) == order.transaction && senders[file.sender.index()] {
                file.kept = file.kept.or_else(|| file.spool.map(|_| storing.keeper().next_number()));
                file.sids.extend((file.sids.len() < SIDS_MAX).then_some(order.sid));
            }
        }
    }

    /// The files of a transaction that one side sends, in the order in which they began.
    pub(crate) fn of(&self, transaction: u64, sender: Side) -> impl Iterator<Item = &File> {
        let all = self.waiting.iter().chain(self.open.iter().map(|open| &open.file));
        all.filter(move |file| file.transaction == transaction && file.sender == sender)
    }

    /// The files that are complete, and whose transaction is; or, without one, all that are complete.
    pub(crate) fn take_waiting(&mut self, transaction: Option<u64>) -> Vec<File> {
        match transaction {
            Some(_) if self.waiting.is_empty() => Vec::new(),
            Some(id) => self.waiting.extract_if(.., |file| file.transaction == id).collect(),
            None => std::mem::take(&mut self.waiting),
        }
    }

    /// The file whose transaction has not come for longest, where too many wait.
    pub(crate) fn take_overdue(&mut self) -> Option<File> {
        (self.waiting.len() > WAITING_FILES_MAX).then(|| self.waiting.remove(0))
    }
}

impl OpenFile {
    fn push(&mut self, bytes: &[u8], storing: Option<&FileStoring>) {
        self.file.bytes += bytes.len() as u64;
        if let Some(digests) = &mut self.digests {
            digests.update(bytes);
        }
        if let (Some(spool), Some(storing)) = (self.file.spool, storing) {
            storing.keeper().write(spool, bytes);
        }
    }
}

impl File {
    fn new(id: u64, sender: Side, name: Vec<u8>, transaction: u64) -> File {
        File {
            id,
            sender,
            name,
            bytes: 0,
            gap_bytes: 0,
            range: None,
            state: FileState::Open,
            transaction,
            md5: None,
            sha1: None,
            sha256: None,
            kept: None,
            sids: Vec::new(),
            spool: None,
        }
    }
}

impl Kept<'_> {
    /// Hands the file over to whoever keeps it, or says that it is not kept.
    pub(crate) fn settle(&self, storing: &FileStoring) {
        let Some(spool) = self.file.spool else { return };
        match self.file.kept {
            Some(_) => storing.keeper().keep(spool, self),
            None => storing.keeper().discard(spool),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(id: u64) -> FileEvent<'static> {
        FileEvent::Open { id, sender: Side::Server, name: b"a.txt", announced_bytes: None, range: None, transaction: 3 }
    }

    const ALL: Handling<'static> = Handling { hashes: Hashes { md5: true, sha1: true, sha256: true }, storing: None };

    #[test]
    fn a_whole_file_has_its_digests() {
        let mut files = OpenFiles::default();
        files.take(open(0), ALL);
        files.take(FileEvent::Data { id: 0, bytes: b"a" }, ALL);
        files.take(FileEvent::Data { id: 0, bytes: b"bc" }, ALL);
        assert_eq!(files.of(3, Side::Server).next().map(|file| file.state), Some(FileState::Open));
        files.take(FileEvent::Close { id: 0, is_complete: true }, ALL);
        let file = files.take_waiting(Some(3)).pop().expect("file");
        assert_eq!((file.bytes, file.state, file.transaction), (3, FileState::Closed, 3));
        assert_eq!(file.md5.expect("md5")[..4], [0x90, 0x01, 0x50, 0x98]);
        assert_eq!(file.sha256.expect("sha256")[..4], [0xba, 0x78, 0x16, 0xbf]);
    }

    #[test]
    fn a_file_with_a_gap_is_truncated_and_has_the_digest_of_its_rest() {
        let mut files = OpenFiles::default();
        files.take(open(0), ALL);
        files.take(FileEvent::Data { id: 0, bytes: b"a" }, ALL);
        files.take(FileEvent::Gap { id: 0, bytes: 9 }, ALL);
        files.take(FileEvent::Data { id: 0, bytes: b"bc" }, ALL);
        files.take(FileEvent::Close { id: 0, is_complete: true }, ALL);
        let file = files.take_waiting(None).pop().expect("file");
        assert_eq!((file.gap_bytes, file.state), (9, FileState::Truncated));
        assert_eq!(file.sha256.expect("sha256")[..4], [0xba, 0x78, 0x16, 0xbf]);
    }

    #[test]
    fn more_files_than_the_limit_are_counted() {
        let mut files = OpenFiles::default();
        (0..OPEN_FILES_MAX as u64 + 2).for_each(|id| files.take(open(id), ALL));
        assert_eq!(files.turned_away, 2);
        files.take(FileEvent::Data { id: OPEN_FILES_MAX as u64, bytes: b"x" }, ALL);
        files.cut_off();
        assert_eq!(files.take_waiting(None).len(), OPEN_FILES_MAX);
    }
}
