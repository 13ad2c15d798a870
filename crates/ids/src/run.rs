//! A whole run: settings, captures, output.

use crate::arguments::Arguments;
use crate::outputs::eve_output;
use crate::rule_files::{self, Rules};
use crate::settings::{FILE_BYTES_MAX, Settings};
use crate::streams::engine_config;
use engine::RuleConfig;
use rules::{Diagnostic, Ruleset};
use sensor::{Options, Summary, replay};
use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What was asked for and is not done; the run goes on without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Something about a rule, or a file around rules.
    Rule(Diagnostic),
    /// Rules that were refused.
    Refused(u64),
    /// A file of rules that cannot be read.
    RuleFile(PathBuf, String),
    /// An event type of EVE that is not written.
    EventType(String),
    /// Packets are never dropped.
    SimulatedIps,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remark::Rule(diagnostic) => write!(f, "{diagnostic}"),
            Remark::Refused(count) => write!(f, "{count} rule(s) were refused"),
            Remark::RuleFile(path, why) => write!(f, "cannot read {}: {why}", path.display()),
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
    let mut eve = output.as_ref().map(|output| output.options).unwrap_or_default();
    // Without a word about outputs, what drops is told where something could be.
    eve.drops |= arguments.simulate_ips && settings.get("outputs").is_nothing();
    let mut config = engine_config(&settings, arguments.simulate_ips);
    let rules = rule_files::load(arguments, &settings);
    config.rules = rules.ruleset.clone().map(|ruleset| rule_config(ruleset, &settings, arguments, &eve));
    remarks.extend(remarks_on_rules(rules));
    let options = Options { workers: workers(arguments), config, eve };
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
    arguments.simulate_ips.then_some(Remark::SimulatedIps).into_iter().collect()
}

/// Diagnostics of rules that are told.
const DIAGNOSTICS_MAX: usize = 100;

fn remarks_on_rules(rules: Rules) -> impl Iterator<Item = Remark> {
    let unreadable = rules.unreadable.into_iter().map(|(path, why)| Remark::RuleFile(path, why));
    let refused = (rules.refused > 0).then_some(Remark::Refused(rules.refused));
    let diagnostics = rules.diagnostics.into_iter().take(DIAGNOSTICS_MAX).map(Remark::Rule);
    unreadable.chain(refused).chain(diagnostics)
}

/// How rules are run.
fn rule_config(
    ruleset: Arc<Ruleset>,
    settings: &Settings,
    arguments: &Arguments,
    eve: &engine::eve::EveOptions,
) -> RuleConfig {
    let alerts_max = settings.get("packet-alert-max").text().and_then(|number| number.parse().ok());
    let alerts_max = alerts_max.filter(|most| *most > 0);
    RuleConfig {
        ruleset,
        shared: Arc::default(),
        alerts_per_packet_max: alerts_max.unwrap_or(ALERTS_PER_PACKET_MAX),
        is_inline: arguments.simulate_ips,
        keeps_evidence: eve.alert.payload || eve.alert.payload_printable || eve.alert.packet,
    }
}

/// Suricata's `packet-alert-max`.
const ALERTS_PER_PACKET_MAX: usize = 15;

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
