//! `file-store`: files on disk, each under its SHA-256, as version 2 of Suricata's has them.

use crate::settings::Settings;
use engine::eve::{EveOptions, EveWriter, TableSet};
use engine::{Event, EventSink, FileKeeper, FileStoring, Kept};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of one file that wait in memory for the next write.
const WAITING_BYTES_MAX: usize = 64 << 10;
/// Files that may have bytes in memory at a time; the others are written as they come.
const WAITING_FILES_MAX: usize = 64;

/// The folder of kept files.
pub(crate) struct FileStore {
    folder: PathBuf,
    /// Is the event beside each file?
    writes_events: bool,
    begun: u64,
    numbered: u64,
    waiting: Vec<Waiting>,
    /// Files that have bytes on disk, and are not over.
    on_disk: BTreeSet<u64>,
    /// What could not be written.
    pub(crate) failures: u64,
}

/// Bytes on their way to disk.
struct Waiting {
    spool: u64,
    bytes: Vec<u8>,
}

/// What the settings say of `file-store`; none where nothing is kept.
pub(crate) fn open(settings: &Settings, log_folder: &Path) -> std::io::Result<Option<Store>> {
    let Some(own) = enabled(settings) else { return Ok(None) };
    let folder = log_folder.join(own.get("dir").text().unwrap_or("filestore"));
    fs::create_dir_all(folder.join(SPOOL))?;
    let store = FileStore {
        folder,
        writes_events: own.get("write-fileinfo").boolean() == Some(true),
        begun: 0,
        numbered: 0,
        waiting: Vec::new(),
        on_disk: BTreeSet::new(),
        failures: 0,
    };
    let stores_all = own.get("force-filestore").boolean() == Some(true);
    Ok(Some(Store { stores_all, files: Arc::new(Mutex::new(store)) }))
}

/// The folder, and what goes there.
pub(crate) struct Store {
    stores_all: bool,
    files: Arc<Mutex<FileStore>>,
}

impl Store {
    /// As engines have it.
    pub(crate) fn storing(&self) -> FileStoring {
        FileStoring { stores_all: self.stores_all, keeper: self.files.clone() }
    }

    /// Files that could not be written.
    pub(crate) fn failures(&self) -> u64 {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).failures
    }
}

/// The settings of `file-store`, where it is on.
pub(crate) fn enabled(settings: &Settings) -> Option<&Settings> {
    let mut outputs = settings.get("outputs").items().iter().filter_map(Settings::named);
    let (_, own) = outputs.find(|(name, _)| *name == "file-store")?;
    (own.get("enabled").boolean() == Some(true)).then_some(own)
}

/// The folder of files that are not over.
const SPOOL: &str = "tmp";

impl FileStore {
    fn spool_path(&self, spool: u64) -> PathBuf {
        self.folder.join(SPOOL).join(format!("file.{spool}"))
    }

    fn append(&mut self, spool: u64, bytes: &[u8]) {
        let path = self.spool_path(spool);
        self.on_disk.insert(spool);
        let open = File::options().create(true).append(true).open(path);
        let written = open.and_then(|mut file| file.write_all(bytes));
        self.failures += u64::from(written.is_err());
    }

    /// Takes what waits of a file out of memory.
    fn take_waiting(&mut self, spool: u64) -> Option<Vec<u8>> {
        let place = self.waiting.iter().position(|waiting| waiting.spool == spool)?;
        Some(self.waiting.swap_remove(place).bytes)
    }

    /// A file of that hash may be there already: then it is the same.
    fn put_in_place(&mut self, spool: u64, place: &Path) -> std::io::Result<()> {
        if let Some(bytes) = self.take_waiting(spool) {
            self.append(spool, &bytes);
        }
        let path = self.spool_path(spool);
        if !self.on_disk.remove(&spool) {
            File::create(&path)?;
        }
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        if place.exists() { fs::remove_file(path) } else { fs::rename(path, place) }
    }

    fn write_event(&self, kept: &Kept<'_>, place: &Path) -> std::io::Result<()> {
        let Kept { now, frame_number, flow, file, transaction } = *kept;
        let options = EveOptions { files: true, tables: TableSet::none(), ..EveOptions::default() };
        let mut writer = EveWriter::new(options, Vec::new());
        writer.event(now, frame_number, Event::File { flow, file, transaction });
        let seconds = now.0.div_euclid(1_000_000_000);
        let name = format!("{}.{seconds}.{}.json", place.display(), file.kept.unwrap_or(0));
        fs::write(name, writer.lines_mut())
    }
}

impl FileKeeper for FileStore {
    fn begin(&mut self) -> u64 {
        self.begun += 1;
        self.begun
    }

    fn write(&mut self, spool: u64, bytes: &[u8]) {
        let place = self.waiting.iter().position(|waiting| waiting.spool == spool);
        let mut waiting = match place {
            Some(place) => self.waiting.swap_remove(place),
            None => Waiting { spool, bytes: Vec::new() },
        };
        waiting.bytes.extend_from_slice(bytes);
        if waiting.bytes.len() < WAITING_BYTES_MAX && self.waiting.len() < WAITING_FILES_MAX {
            self.waiting.push(waiting);
        } else {
            self.append(spool, &waiting.bytes);
        }
    }

    fn discard(&mut self, spool: u64) {
        self.take_waiting(spool);
        if self.on_disk.remove(&spool) {
            // It may not have been written in the first place, which is counted.
            let _ = fs::remove_file(self.spool_path(spool));
        }
    }

    fn next_number(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }

    fn keep(&mut self, spool: u64, kept: &Kept<'_>) {
        let Some(hash) = kept.file.sha256 else { return self.discard(spool) };
        let name: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let place = self.folder.join(&name[..2]).join(&name);
        let done = self.put_in_place(spool, &place);
        let told = done.and_then(|()| if self.writes_events { self.write_event(kept, &place) } else { Ok(()) });
        self.failures += u64::from(told.is_err());
    }
}

/// What is left on disk of files whose end nobody saw.
impl Drop for FileStore {
    fn drop(&mut self) {
        for spool in &self.on_disk {
            let _ = fs::remove_file(self.spool_path(*spool));
        }
    }
}
