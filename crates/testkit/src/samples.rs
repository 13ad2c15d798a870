//! The samples: flow logs of other projects and of the providers' documents, kept beside the repository.

use std::path::{Path, PathBuf};

/// The folders of samples that hold what Fathom reads, and what is stored beside it.
pub const FOLDERS: &[&str] = &["aws_tgw", "aws_vpc", "azure_nsg", "azure_vnet", "gcp_firewall", "gcp_vpc"];

/// The folder of samples.
#[derive(Clone, Debug)]
pub struct Samples {
    root: PathBuf,
}

/// The folder that `shared` has of that name, in `$FATHOM_SHARED` or in `shared` beside the repository. `None`, with a note,
/// where there is none.
fn shared(folder: &str) -> Option<PathBuf> {
    let shared = match std::env::var_os("FATHOM_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    let root = shared.join(folder);
    if !root.is_dir() {
        eprintln!("skipped: no {folder} (set FATHOM_SHARED to the folder that holds it)");
        return None;
    }
    Some(root)
}

/// The folder of labelled traffic. `None`, with a note, where there is none.
pub fn labelled() -> Option<PathBuf> {
    shared("data/labelled")
}

impl Samples {
    /// The samples in `$FATHOM_SHARED`, or in `shared` beside the repository. `None`, with a note, where there are none.
    pub fn find() -> Option<Samples> {
        shared("data/flowlogs").map(|root| Samples { root })
    }

    /// The file of a sample; `sample` is its path below the folder of samples.
    pub fn path(&self, sample: &str) -> PathBuf {
        self.root.join(sample)
    }

    /// The bytes of a sample.
    ///
    /// # Panics
    /// If it cannot be read: a sample that a test names is there.
    pub fn read(&self, sample: &str) -> Vec<u8> {
        std::fs::read(self.path(sample)).unwrap_or_else(|error| panic!("{sample}: {error}"))
    }

    /// A sample that is JSON.
    ///
    /// # Panics
    /// If it cannot be read or is no JSON.
    pub fn json(&self, sample: &str) -> serde_json::Value {
        serde_json::from_slice(&self.read(sample)).unwrap_or_else(|error| panic!("{sample}: {error}"))
    }

    /// Every sample below a folder, sorted.
    pub fn below(&self, folder: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = std::fs::read_dir(self.path(&folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
            for entry in entries.flatten() {
                let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
                if entry.path().is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found.sort();
        found
    }
}
