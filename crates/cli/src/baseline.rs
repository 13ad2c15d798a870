//! What is normal: learned from a period of records, kept in a file, or both.

use crate::args::InputArguments;
use crate::config::Config;
use crate::file_output::write_file;
use crate::output;
use crate::report::fold_inputs;
use ::detect::normal::Baseline;
use ::report::Options;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;

/// What a file that `--learn` wrote begins with.
const BEGINNING: &[u8] = b"{\"entities\":";

/// The baseline that was named: a file of `--learn`, or records to learn from. `None` where none was.
pub(crate) fn named(names: &[String], reading: &InputArguments, config: &Config) -> Result<Option<Baseline>> {
    match names {
        [] => Ok(None),
        [file] if is_learned(Path::new(file)) => load(Path::new(file)).map(Some),
        names => learn_from(names, reading, config).map(Some),
    }
}

/// Writes a baseline down.
pub(crate) fn write(path: &Path, learned: &Baseline) -> Result<()> {
    let learned = serde_json::to_vec(learned)?;
    write_file(path, |mut file| Ok(file.write_all(&learned)?))
}

fn is_learned(path: &Path) -> bool {
    let mut head = [0; BEGINNING.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == BEGINNING
}

fn load(path: &Path) -> Result<Baseline> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let learned: Baseline = serde_json::from_reader(BufReader::new(file)).with_context(|| {
        format!("{} is no whole baseline; `fathom report logs/ --learn FILE` writes one", path.display())
    })?;
    if !learned.has_clients {
        let name = path.display();
        output::remark(&format!("fathom: {name} is of an older version and has no hours and edges: learn it anew"));
    }
    Ok(learned)
}

/// `--since` and `--until` are of the report; a baseline has its own time.
fn learn_from(names: &[String], reading: &InputArguments, config: &Config) -> Result<Baseline> {
    let reading = InputArguments { since: None, until: None, ..reading.clone() };
    let inputs = config.inputs(names, &reading)?;
    let (learned, _) = fold_inputs(&inputs, None, &Options::default())?;
    let learned = learned.learn();
    if learned.entities.is_empty() {
        bail!("--baseline: no flows in {}; name logs of a normal time, or a file of --learn", names.join(" "));
    }
    Ok(learned)
}
