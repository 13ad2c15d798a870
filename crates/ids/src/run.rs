//! A whole run: settings, captures, output.

use crate::arguments::Arguments;
use crate::file_store;
use crate::outputs::{EveOutput, eve_outputs};
use crate::profile::Profile;
use crate::rule_files::{self, Rules};
use crate::saved_sets;
use crate::settings::Settings;
use crate::settings_files::read_settings;
use crate::streams::engine_config;
use engine::filter::{BadFilter, Filter};
use engine::{Config, RuleConfig};
use rules::{Diagnostic, Ruleset};
use sensor::{Options, Output, Summary, replay_into};
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
    /// A kind of output that is not written.
    FileType(String),
    /// A setting that changes nothing.
    Setting(String),
    /// A set of data that rules change and that is kept nowhere.
    Unsaved(String),
    /// Rules remember hosts, so that one worker does all.
    OneWorker,
    /// Writes of `file-store` that failed.
    UnwrittenFiles(u64),
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
            Remark::FileType(name) => write!(f, "eve-log writes regular files, not '{name}': it is left out"),
            Remark::Setting(name) => write!(f, "'{name}' changes nothing in this version"),
            Remark::Unsaved(name) => write!(f, "the set of data '{name}' is not kept: give --data-dir"),
            Remark::OneWorker => f.write_str(
                "rules count or mark hosts, or write sets of data, over several flows: one worker runs them, so that the output is always the same",
            ),
            Remark::UnwrittenFiles(count) => write!(f, "file-store: {count} write(s) failed"),
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
    #[error("the filter '{0}': {1}")]
    Filter(String, BadFilter),
    /// A file with a filter.
    #[error("cannot read {}: {error}", path.display())]
    FilterFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
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
    /// What rules cost, where that was asked for.
    pub profile: Option<Profile>,
}

/// Reads the captures and writes the outputs that the settings name.
///
/// # Errors
/// When the settings are wrong, nothing can be read or nothing be written. Damage in captures is in the summary.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let settings = load(arguments)?;
    let filter = filter(arguments)?;
    let mut remarks = remarks_on(arguments);
    let mut outputs = eve_outputs(&settings, &mut remarks);
    let names: Vec<String> = arguments.captures.iter().map(|path| path.display().to_string()).collect();
    let found = source::discover(&names, &source::Limits::default());
    if let Some(problem) = found.problems.first().filter(|_| found.objects.is_empty()) {
        return Err(Failure::NoCapture(format!("{}: {}", problem.path, problem.why)));
    }
    let rules = rule_files::load(arguments, &settings);
    complete(&mut outputs, &rules, &settings, arguments.simulate_ips);
    let mut config = engine_config(&settings, arguments.simulate_ips);
    let keeps_evidence = outputs.iter().any(|output| {
        let alert = &output.options.alert;
        alert.payload || alert.payload_printable || alert.packet
    });
    config.rules = rules.ruleset.clone().map(|ruleset| rule_config(ruleset, &settings, arguments, keeps_evidence));
    remarks.extend(remarks_on_rules(rules));
    let folder = arguments.log_dir.clone().unwrap_or_else(|| PathBuf::from("."));
    let store = file_store::open(&settings, &folder);
    let store = store.map_err(|error| Failure::Output { path: folder.clone(), error })?;
    config.file_storing = store.as_ref().map(file_store::Store::storing);
    // What rules keep is not cut where looking into bodies ends; which bodies that are shows when they are on their way.
    if store.is_some() && config.rules.as_ref().is_some_and(|rules| rules.ruleset.wants().stores) {
        config.application_limits.parsers.http_body_bytes_max = [u64::MAX; 2];
    }
    let workers = workers_for(&config, arguments, &mut remarks);
    let options = Options { workers, config, eve: engine::eve::EveOptions::default(), filter };
    let summary = write(&folder, &outputs, |outputs| replay_into(&found.objects, &options, outputs))?;
    if let Some(rules) = &options.config.rules {
        saved_sets::save(rules, rule_files::data_folder(arguments, &settings).as_deref(), &mut remarks)?;
    }
    let profile = options.config.rules.as_ref().filter(|rules| rules.profiles);
    let profile = profile.map(|rules| write_profile(rules, &summary, &folder)).transpose()?;
    let unwritten = store.map_or(0, |store| store.failures());
    remarks.extend((unwritten > 0).then_some(Remark::UnwrittenFiles(unwritten)));
    Ok(Outcome { summary, remarks, profile })
}

/// How many workers do it. Files are numbered, and hosts remembered, in the order of the capture.
fn workers_for(config: &Config, arguments: &Arguments, remarks: &mut Vec<Remark>) -> usize {
    let asked = workers(arguments);
    let needs_order = config.rules.as_ref().is_some_and(|rules| rules.ruleset.needs_order());
    if needs_order && asked > 1 {
        remarks.push(Remark::OneWorker);
    }
    if needs_order || config.file_storing.is_some() { 1 } else { asked }
}

/// Writes what rules cost.
fn write_profile(rules: &RuleConfig, summary: &Summary, folder: &Path) -> Result<Profile, Failure> {
    let profile = Profile::of(&rules.ruleset, &summary.rule_counts);
    let path = folder.join(PROFILE_FILE);
    std::fs::write(&path, profile.to_string()).map_err(|error| Failure::Output { path, error })?;
    Ok(profile)
}

/// Where the table of rules and their costs goes, as in Suricata.
const PROFILE_FILE: &str = "rule_perf.log";

/// What outputs tell of rules and drops.
fn complete(outputs: &mut [EveOutput], rules: &Rules, settings: &Settings, is_inline: bool) {
    let loaded = rules.ruleset.as_ref().map(|ruleset| ruleset.rules().len() as u64);
    for output in outputs {
        // Without a word about outputs, what drops is told where something could be.
        output.options.drops |= is_inline && settings.get("outputs").is_nothing();
        if let Some(stats) = &mut output.options.stats {
            let was_asked = loaded.is_some() || rules.refused > 0 || rules.left_out > 0;
            stats.rules = was_asked.then_some([loaded.unwrap_or(0), rules.refused, rules.left_out]);
            stats.is_inline = is_inline;
        }
    }
}

/// Bytes of a file with a filter that are read.
const FILTER_BYTES_MAX: u64 = 1 << 20;

/// `-F`, or what stands behind the options.
fn filter(arguments: &Arguments) -> Result<Option<Filter>, Failure> {
    let text = match &arguments.filter_file {
        Some(path) => {
            let failure = |error| Failure::FilterFile { path: path.clone(), error };
            let mut text = String::new();
            let file = File::open(path).map_err(failure)?;
            file.take(FILTER_BYTES_MAX).read_to_string(&mut text).map_err(failure)?;
            // As in Suricata, `#` begins a comment.
            text.lines().map(|line| line.split('#').next().unwrap_or("")).collect::<Vec<_>>().join(" ")
        }
        None => arguments.filter.join(" "),
    };
    let compiled = |text: &str| Filter::compile(text).map_err(|error| Failure::Filter(text.to_owned(), error));
    if text.trim().is_empty() { Ok(None) } else { compiled(text.trim()).map(Some) }
}

pub(crate) fn load(arguments: &Arguments) -> Result<Settings, Failure> {
    let mut settings = match &arguments.config {
        Some(path) => read_settings(path)?,
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

pub(crate) fn remarks_on_rules(rules: Rules) -> impl Iterator<Item = Remark> {
    let unreadable = rules.unreadable.into_iter().map(|(path, why)| Remark::RuleFile(path, why));
    let refused = (rules.refused > 0).then_some(Remark::Refused(rules.refused));
    let diagnostics = rules.diagnostics.into_iter().take(DIAGNOSTICS_MAX).map(Remark::Rule);
    unreadable.chain(refused).chain(diagnostics)
}

/// How rules are run.
pub(crate) fn rule_config(
    ruleset: Arc<Ruleset>,
    settings: &Settings,
    arguments: &Arguments,
    keeps_evidence: bool,
) -> RuleConfig {
    let alerts_max = settings.get("packet-alert-max").text().and_then(|number| number.parse().ok());
    let alerts_max = alerts_max.filter(|most| *most > 0);
    RuleConfig {
        ruleset,
        shared: Arc::default(),
        alerts_per_packet_max: alerts_max.unwrap_or(ALERTS_PER_PACKET_MAX),
        is_inline: arguments.simulate_ips,
        is_exhaustive: false,
        keeps_evidence,
        profiles: arguments.profile_rules,
        clock: arguments.clock,
        guesses_transactions: settings.get("detect.guess-applayer-tx").boolean() == Some(true),
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

/// Opens the outputs, fills them, and sees that everything is written.
fn write(
    folder: &Path,
    outputs: &[EveOutput],
    fill: impl FnOnce(&mut [Output<'_>]) -> std::io::Result<Summary>,
) -> Result<Summary, Failure> {
    let mut files = Vec::new();
    for output in outputs {
        let path = folder.join(&output.file_name);
        let mut open = File::options();
        open.create(true).write(true).append(output.appends).truncate(!output.appends);
        let file = open.open(&path).map_err(|error| Failure::Output { path: path.clone(), error })?;
        files.push(BufWriter::with_capacity(1 << 20, file));
    }
    let failure = |error| Failure::Output { path: folder.to_owned(), error };
    let mut filled: Vec<Output<'_>> =
        outputs.iter().zip(&mut files).map(|(output, file)| Output { eve: output.options, lines: file }).collect();
    let summary = fill(&mut filled).map_err(failure)?;
    files.iter_mut().try_for_each(|file| file.flush()).map_err(failure)?;
    Ok(summary)
}
