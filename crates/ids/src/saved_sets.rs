//! Sets of data that rules have changed, written back when a run is over: `dataset` with `save` or `state`.

use crate::run::{Failure, Remark};
use engine::RuleConfig;
use std::path::Path;
use std::sync::PoisonError;

/// Writes every set that is to be kept into the folder of data; without one, says so.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn save(rules: &RuleConfig, folder: Option<&Path>, remarks: &mut Vec<Remark>) -> Result<(), Failure> {
    let shared = rules.shared.lock().unwrap_or_else(PoisonError::into_inner);
    let changes = shared.sets.lock().unwrap_or_else(PoisonError::into_inner);
    for set in rules.ruleset.names.sets() {
        let Some(name) = &set.options.saved_to else { continue };
        let Some(folder) = folder else {
            remarks.push(Remark::Unsaved(set.options.name.to_string()));
            continue;
        };
        let path = folder.join(name);
        let written = match path.parent() {
            Some(parent) => std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&path, changes.text(set))),
            None => std::fs::write(&path, changes.text(set)),
        };
        written.map_err(|error| Failure::Output { path, error })?;
    }
    Ok(())
}
