//! The captures of other projects, kept beside the repository.

use std::path::{Path, PathBuf};

/// The folder of captures in `$FATHOM_SHARED`, or in `shared` beside the repository. `None`, with a note, where there is none.
pub(crate) fn folder() -> Option<PathBuf> {
    let shared = match std::env::var_os("FATHOM_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    let folder = shared.join("data").join("pcaps");
    if !folder.is_dir() {
        eprintln!("skipped: no samples (set FATHOM_SHARED to the folder that holds data/pcaps)");
        return None;
    }
    Some(folder)
}

/// Name and bytes of every capture, sorted by name. Empty where there are no samples.
pub(crate) fn captures() -> Vec<(String, Vec<u8>)> {
    let Some(root) = folder() else { return Vec::new() };
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            if capture::sniff(&bytes).is_some() {
                found.push((path.strip_prefix(&root).unwrap().to_string_lossy().into_owned(), bytes));
            }
        }
    }
    found.sort();
    found
}
