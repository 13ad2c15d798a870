//! Files of settings, and those that they include.

use crate::run::Failure;
use crate::settings::{FILE_BYTES_MAX, Settings};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Files that include each other.
const DEPTH_MAX: usize = 16;

/// Reads a file of settings. `include` at its top, a file name or a list of them, stands for what those files say; of what is said
/// twice the later goes.
pub(crate) fn read_settings(path: &Path) -> Result<Settings, Failure> {
    read_at(path, 0)
}

fn read_at(path: &Path, depth: usize) -> Result<Settings, Failure> {
    let failure = |what: String| Failure::Settings { path: path.to_owned(), what };
    if depth >= DEPTH_MAX {
        return Err(failure(format!("more than {DEPTH_MAX} files include each other")));
    }
    let mut text = String::new();
    let file = File::open(path).map_err(|error| failure(error.to_string()))?;
    let read = file.take(FILE_BYTES_MAX as u64).read_to_string(&mut text);
    read.map_err(|error| failure(error.to_string()))?;
    let settings = Settings::parse(&text).map_err(failure)?;
    let Settings::Map(entries) = settings else { return Ok(settings) };
    let mut merged: Vec<(String, Settings)> = Vec::new();
    for (name, value) in entries {
        if name == "include" {
            for included in value.text().into_iter().chain(value.items().iter().filter_map(Settings::text)) {
                let place = path.parent().unwrap_or(Path::new(".")).join(included);
                let included = read_at(&place, depth + 1)?;
                included.entries().iter().for_each(|(name, value)| put(&mut merged, name, value.clone()));
            }
        } else {
            put(&mut merged, &name, value);
        }
    }
    Ok(Settings::Map(merged))
}

fn put(entries: &mut Vec<(String, Settings)>, name: &str, value: Settings) {
    match entries.iter_mut().find(|(known, _)| known == name) {
        Some((_, old)) => *old = value,
        None => entries.push((name.to_owned(), value)),
    }
}
