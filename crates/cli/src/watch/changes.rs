//! Which files are new or have changed, and have been written to their end.

use crate::intel::files_of;
use source::Object;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A file at one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    changed: SystemTime,
}

impl Stamp {
    /// `None` where there is no file any more.
    fn of(path: &Path) -> Option<Stamp> {
        let data = std::fs::metadata(path).ok()?;
        Some(Stamp { bytes: data.len(), changed: data.modified().unwrap_or(SystemTime::UNIX_EPOCH) })
    }

    /// Is nobody writing any more? It was so at the look before, or has long been so.
    fn is_settled(self, before: Option<Stamp>, now: SystemTime, quiet: Duration) -> bool {
        before == Some(self) || now.duration_since(self.changed).is_ok_and(|age| age >= quiet)
    }
}

/// The objects that arrive in folders.
#[derive(Debug)]
pub(super) struct Arrivals {
    /// A file that did not change for so long is whole.
    quiet: Duration,
    /// What is there, as it was seen last; and as it was when it was read.
    files: BTreeMap<String, (Stamp, Option<Stamp>)>,
}

impl Arrivals {
    /// Nothing read yet.
    pub(super) fn new(quiet: Duration) -> Arrivals {
        Arrivals { quiet, files: BTreeMap::new() }
    }

    /// Of all objects that are there, those to be read: new, or changed since they were read, and written to their end.
    /// The second number counts those read before.
    pub(super) fn take(&mut self, there: &[Object], now: SystemTime) -> (Vec<Object>, usize) {
        // What is gone is forgotten, so that no more is held than there are files.
        let before = std::mem::take(&mut self.files);
        let (mut taken, mut again) = (Vec::new(), 0);
        for object in there {
            let Some(stamp) = object.path().and_then(Stamp::of) else { continue };
            let (seen, mut read) =
                before.get(&object.name).copied().map_or((None, None), |(seen, read)| (Some(seen), read));
            if read != Some(stamp) && stamp.is_settled(seen, now, self.quiet) {
                again += usize::from(read.is_some());
                read = Some(stamp);
                taken.push(object.clone());
            }
            self.files.insert(object.name.clone(), (stamp, read));
        }
        (taken, again)
    }
}

/// Files that something was loaded from.
#[derive(Debug)]
pub(super) struct Loaded {
    quiet: Duration,
    files: Vec<PathBuf>,
    /// As they were when they were loaded, and at the last look.
    loaded: BTreeMap<PathBuf, Stamp>,
    seen: BTreeMap<PathBuf, Stamp>,
}

impl Loaded {
    /// Files, or folders of them, that are loaded now.
    pub(super) fn new(files: Vec<PathBuf>, quiet: Duration) -> Loaded {
        let now = stamps(&files);
        Loaded { quiet, files, loaded: now.clone(), seen: now }
    }

    /// Do they differ from what was loaded, and have been written to their end? Says so once for each change.
    pub(super) fn have_changed(&mut self, now: SystemTime) -> bool {
        let stamps = stamps(&self.files);
        let before = std::mem::replace(&mut self.seen, stamps);
        let is_settled =
            |(path, stamp): (&PathBuf, &Stamp)| stamp.is_settled(before.get(path).copied(), now, self.quiet);
        let have_changed = self.seen != self.loaded && self.seen.iter().all(is_settled);
        if have_changed {
            self.loaded.clone_from(&self.seen);
        }
        have_changed
    }
}

fn stamps(files: &[PathBuf]) -> BTreeMap<PathBuf, Stamp> {
    let all = files.iter().flat_map(|file| files_of(file).unwrap_or_default());
    all.filter_map(|path| Stamp::of(&path).map(|stamp| (path, stamp))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Duration = Duration::from_secs(60);

    fn objects(folder: &Path) -> Vec<Object> {
        source::discover(&[folder.to_string_lossy().into_owned()], &source::Limits::default()).objects
    }

    fn write(path: &Path, text: &str) -> SystemTime {
        std::fs::write(path, text).expect("written");
        std::fs::metadata(path).and_then(|data| data.modified()).expect("a time")
    }

    #[test]
    fn an_object_is_read_once_it_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.log");
        let now = write(&path, "half");
        let mut arrivals = Arrivals::new(QUIET);
        let mut look = |now| {
            let (taken, again) = arrivals.take(&objects(folder.path()), now);
            (taken.len(), again)
        };
        assert_eq!(look(now), (0, 0), "it was changed just now");
        let now = write(&path, "half and half");
        assert_eq!(look(now), (0, 0), "it still grows");
        assert_eq!(look(now), (1, 0), "it was as long at the look before");
        assert_eq!(look(now), (0, 0), "it was read");
        let later = write(&path, "half and half and more") + QUIET;
        assert_eq!(look(later), (1, 1), "it was read before, and has changed");
        std::fs::remove_file(&path).expect("gone");
        assert_eq!(look(later), (0, 0));
    }

    #[test]
    fn a_list_that_changed_is_told_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("list.txt");
        let now = write(&path, "192.0.2.1\n");
        let mut loaded = Loaded::new(vec![folder.path().to_owned()], QUIET);
        assert!(!loaded.have_changed(now));
        let now = write(&path, "192.0.2.1\n192.0.2.2\n");
        assert!(!loaded.have_changed(now), "somebody may still write");
        assert!(loaded.have_changed(now));
        assert!(!loaded.have_changed(now));
        std::fs::remove_file(&path).expect("gone");
        assert!(loaded.have_changed(now), "a list that is gone is a change");
        write(&folder.path().join("new.txt"), "192.0.2.3\n");
        assert!(loaded.have_changed(now + 2 * QUIET), "a new list in the folder");
    }
}
