//! The files that applications carry: followed, counted and hashed as they pass, never held.

use applayer::FileEvent;
use md5::Md5;
use model::packet::Side;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Files of one flow that may be open at once.
pub(crate) const OPEN_FILES_MAX: usize = 64;
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
    /// As its protocol says a whole one ends.
    Closed,
    /// Before its end.
    Truncated,
}

impl FileState {
    /// The name in EVE.
    pub const fn name(self) -> &'static str {
        match self {
            FileState::Closed => "CLOSED",
            FileState::Truncated => "TRUNCATED",
        }
    }
}

/// A file that has passed.
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
}

/// The files of one flow that are on their way.
#[derive(Default)]
pub(crate) struct OpenFiles {
    open: Vec<OpenFile>,
    /// Files that found no room.
    pub(crate) turned_away: u64,
}

struct OpenFile {
    file: File,
    digests: Option<Box<Digests>>,
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
    /// Takes what a parser says of a file; a file that ended comes back.
    pub(crate) fn take(&mut self, event: FileEvent<'_>, hashes: Hashes) -> Option<File> {
        match event {
            FileEvent::Open { id, sender, name, transaction, .. } => {
                self.open(id, sender, name, transaction, hashes);
                None
            }
            FileEvent::Data { id, bytes } => {
                if let Some(open) = self.find(id) {
                    open.file.bytes += bytes.len() as u64;
                    if let Some(digests) = &mut open.digests {
                        digests.update(bytes);
                    }
                }
                None
            }
            FileEvent::Gap { id, bytes } => {
                if let Some(open) = self.find(id) {
                    open.file.gap_bytes += bytes;
                }
                None
            }
            FileEvent::Close { id, is_complete } => self.close(id, is_complete),
        }
    }

    fn find(&mut self, id: u64) -> Option<&mut OpenFile> {
        self.open.iter_mut().find(|open| open.file.id == id)
    }

    fn open(&mut self, id: u64, sender: Side, name: &[u8], transaction: u64, hashes: Hashes) {
        if self.open.len() >= OPEN_FILES_MAX {
            self.turned_away += 1;
            return;
        }
        let name = name[..name.len().min(NAME_BYTES_MAX)].to_vec();
        let file = File {
            id,
            sender,
            name,
            bytes: 0,
            gap_bytes: 0,
            state: FileState::Truncated,
            transaction,
            md5: None,
            sha1: None,
            sha256: None,
        };
        self.open.push(OpenFile { file, digests: Digests::new(hashes) });
    }

    fn close(&mut self, id: u64, is_complete: bool) -> Option<File> {
        let place = self.open.iter().position(|open| open.file.id == id)?;
        let OpenFile { mut file, digests } = self.open.remove(place);
        file.state = if is_complete && file.gap_bytes == 0 { FileState::Closed } else { FileState::Truncated };
        if let Some(digests) = digests {
            digests.finish(&mut file);
        }
        Some(file)
    }

    /// Files that their flow's end cut off, one by one.
    pub(crate) fn cut_off(&mut self) -> Option<File> {
        let id = self.open.first()?.file.id;
        self.close(id, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(id: u64) -> FileEvent<'static> {
        FileEvent::Open { id, sender: Side::Server, name: b"a.txt", announced_bytes: None, transaction: 3 }
    }

    const ALL: Hashes = Hashes { md5: true, sha1: true, sha256: true };

    #[test]
    fn a_whole_file_has_its_digests() {
        let mut files = OpenFiles::default();
        assert!(files.take(open(0), ALL).is_none());
        assert!(files.take(FileEvent::Data { id: 0, bytes: b"a" }, ALL).is_none());
        assert!(files.take(FileEvent::Data { id: 0, bytes: b"bc" }, ALL).is_none());
        let file = files.take(FileEvent::Close { id: 0, is_complete: true }, ALL).expect("file");
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
        let file = files.take(FileEvent::Close { id: 0, is_complete: true }, ALL).expect("file");
        assert_eq!((file.gap_bytes, file.state), (9, FileState::Truncated));
        assert_eq!(file.sha256.expect("sha256")[..4], [0xba, 0x78, 0x16, 0xbf]);
    }

    #[test]
    fn more_files_than_the_limit_are_counted() {
        let mut files = OpenFiles::default();
        (0..OPEN_FILES_MAX as u64 + 2).for_each(|id| assert!(files.take(open(id), ALL).is_none()));
        assert_eq!(files.turned_away, 2);
        assert!(files.take(FileEvent::Data { id: OPEN_FILES_MAX as u64, bytes: b"x" }, ALL).is_none());
        assert_eq!(files.cut_off().expect("file").id, 0);
    }
}
