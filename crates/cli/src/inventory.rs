//! `fathom report --inventory`: whose interfaces and addresses are.

use crate::intel::{read_whole, short_name};
use crate::output;
use anyhow::{Context, Result};
use enrich::inventory::{File, Inventory, Limits, load};
use std::path::{Path, PathBuf};

/// Reads inventories and range files, compressed or not. One that cannot be read is an error: who names an inventory
/// wants its names.
pub(crate) fn load_all(files: &[PathBuf]) -> Result<Inventory> {
    let files = files.iter().map(|file| load_one(file)).collect::<Result<Vec<File>>>()?;
    for file in files.iter().filter(|file| file.unread > 0) {
        output::remark(&format!("fathom: inventory {}: {} entries could not be read", file.name, file.unread));
    }
    Ok(Inventory::build(files))
}

fn load_one(path: &Path) -> Result<File> {
    let limits = Limits::default();
    let bytes = read_whole("inventory", path, limits.bytes_max)?;
    load(&short_name(path), &bytes, &limits).with_context(|| format!("inventory {}", path.display()))
}
