//! A whole run: settings, captures, output.

use crate::arguments::Arguments;
use crate::outputs::eve_output;
use crate::settings::{FILE_BYTES_MAX, Settings};
use crate::streams::engine_config;
use sensor::{Options, Summary, replay};
use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// What was asked for and is not done; the run goes on without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Rules: they are not run yet.
    Rules(usize),
    /// An event type of EVE that is not written.
    EventType(String),
    /// Packets are never dropped.
    SimulatedIps,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remark::Rules(files) => write!(f, "rules are not run by this version: {files} rule file(s) left out"),
            Remark::EventType(name) => write!(f, "events of type '{name}' are not written by this version"),
            Remark::SimulatedIps => f.write_str("--simulate-ips: this version drops nothing"),
        }
    }
}

/// Why a run did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file of settings.
    #[error("{}: {what}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        what: String,
    },
    /// `--set`.
    #[error("{0}")]
    Assignment(String),
    /// A filter.
    #[error("a BPF filter ('{0}') is not understood by this version; cut the capture with tcpdump or tshark first")]
    Filter(String),
    /// Nothing to read.
    #[error("nothing to read: {0}")]
    NoCapture(String),
    /// Output.
    #[error("cannot write {}: {error}", path.display())]
    Output {
        /// Where to.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// What was read.
    pub summary: Summary,
    /// What was left out.
    pub remarks: Vec<Remark>,
}

/// Reads the captures and writes `eve.json`.
///
/// # Errors
/// When the settings are wrong, nothing can be read or nothing be written. Damage in captures is in the summary.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    if !arguments.filter.is_empty() {
        return Err(Failure::Filter(arguments.filter.join(" ")));
    }
    let settings = load(arguments)?;
    let mut remarks = remarks_on(arguments);
    let output = eve_output(&settings, &mut remarks);
    let names: Vec<String> = arguments.captures.iter().map(|path| path.display().to_string()).collect();
    let found = source::discover(&names, &source::Limits::default());
    if let Some(problem) = found.problems.first().filter(|_| found.objects.is_empty()) {
        return Err(Failure::NoCapture(format!("{}: {}", problem.path, problem.why)));
    }
    let eve = output.as_ref().map(|output| output.options).unwrap_or_default();
    let options = Options { workers: workers(arguments), config: engine_config(&settings), eve };
    let folder = arguments.log_dir.clone().unwrap_or_else(|| PathBuf::from("."));
    let summary = match output {
        Some(output) => {
            let path = folder.join(&output.file_name);
            write(&path, |file| replay(&found.objects, &options, file))?
        }
        None => write(Path::new("nowhere"), |_| replay(&found.objects, &options, &mut std::io::sink()))?,
    };
    Ok(Outcome { summary, remarks })
}

fn load(arguments: &Arguments) -> Result<Settings, Failure> {
    let mut settings = match &arguments.config {
        Some(path) => {
            let failure = |what: String| Failure::Settings { path: path.clone(), what };
            let mut text = String::new();
            let file = File::open(path).map_err(|error| failure(error.to_string()))?;
            let read = file.take(FILE_BYTES_MAX as u64).read_to_string(&mut text);
            read.map_err(|error| failure(error.to_string()))?;
            Settings::parse(&text).map_err(failure)?
        }
        None => Settings::default(),
    };
    for assignment in &arguments.set {
        settings.set(assignment).map_err(Failure::Assignment)?;
    }
    Ok(settings)
}

fn remarks_on(arguments: &Arguments) -> Vec<Remark> {
    let rules = arguments.rules.len() + arguments.only_rules.iter().filter(|path| !is_nothing(path)).count();
    let rules = (rules > 0).then_some(Remark::Rules(rules));
    rules.into_iter().chain(arguments.simulate_ips.then_some(Remark::SimulatedIps)).collect()
}

/// `-S /dev/null` is how one says "no rules".
fn is_nothing(path: &Path) -> bool {
    path == Path::new("/dev/null")
}

fn workers(arguments: &Arguments) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    match (arguments.workers, arguments.runmode.as_deref()) {
        (Some(workers), _) => workers.max(1),
        (None, Some("autofp" | "workers")) => cores(),
        (None, _) => 1,
    }
}

fn write(path: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<Summary>) -> Result<Summary, Failure> {
    let failure = |error| Failure::Output { path: path.to_owned(), error };
    let open = if path == Path::new("nowhere") { File::open("/dev/null") } else { File::create(path) };
    let mut file = BufWriter::with_capacity(1 << 20, open.map_err(failure)?);
    let summary = fill(&mut file).map_err(failure)?;
    file.flush().map_err(failure)?;
    Ok(summary)
}
