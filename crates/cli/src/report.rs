//! `fathom report`: the main job.

use crate::args::{ReportArguments, Severity};
use crate::baseline;
use crate::config::Config;
use crate::convert::condition_of;
use crate::exit::Exit;
use crate::knowledge::Knowledge;
use crate::output;
use crate::parts::Parts;
use crate::progress::Progress;
use crate::query::finish;
use ::report::{
    Context as ReportContext, Finding, Fold, FormatCount, Inputs as InputCounts, ObjectCount, Options, Summary, WANTED,
    render,
};
use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use model::Projection;
use query::arrow::array::RecordBatch;
use query::scan::{Batches, Part, Wanted, discovery_health, fold};
use query::{CompiledCondition, Inputs, QueryError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

pub(crate) fn run(arguments: &ReportArguments) -> Result<Exit> {
    let config = Config::load(arguments.reading.config.as_deref())?;
    let inputs = config.inputs_with_rules(&arguments.inputs, &arguments.reading, &arguments.looking.rules)?;
    if inputs.objects.is_empty() {
        let exit = finish(&inputs, arguments.reading.quiet);
        bail_if_silent(&inputs)?;
        return Ok(exit);
    }
    let knowledge = Knowledge::load(&arguments.looking.knowledge, &arguments.reading, &config)?;
    let progress = Progress::show(&inputs, arguments.reading.quiet);
    let (fold, seen) =
        fold_inputs(&inputs, arguments.looking.condition.as_deref(), &options_of(arguments.looking.conversations))?;
    drop(progress);
    if let Some(path) = &arguments.learn {
        baseline::write(path, &fold.learn())?;
    }
    let context = ReportContext { profiled: arguments.profile, ..knowledge.context(input_counts(&inputs, seen)) };
    let mut summary = fold.finish(&context);
    name_inputs(&mut summary, &arguments.inputs);
    print(&summary, arguments)?;
    let exit = finish(&inputs, arguments.reading.quiet || !(arguments.json || arguments.ocsf));
    Ok(exit_of(&summary, arguments.fail_on, exit))
}

/// Nothing to read and no problem either: an empty folder.
fn bail_if_silent(inputs: &Inputs) -> Result<()> {
    if inputs.problems.is_empty() {
        bail!("nothing to read: the inputs name no file");
    }
    Ok(())
}

fn print(summary: &Summary, arguments: &ReportArguments) -> Result<()> {
    if let Some(path) = &arguments.html {
        std::fs::write(path, render::html(summary)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if arguments.json {
        return output::print(&format!("{}\n", serde_json::to_string_pretty(summary)?));
    }
    if arguments.ocsf {
        let events = ::report::ocsf::events(summary, env!("CARGO_PKG_VERSION"));
        return output::print(&events.iter().map(|event| format!("{event}\n")).collect::<String>());
    }
    output::print(&render::text(summary, output::terminal_width(), output::wants_color()))
}

fn exit_of(summary: &Summary, fail_on: Option<Severity>, exit: Exit) -> Exit {
    let reached = |floor: Severity| summary.findings.iter().any(|finding| severity_of(finding) >= floor);
    if fail_on.is_some_and(reached) { Exit::Findings } else { exit }
}

/// How severe a finding is, so that it can be compared.
pub(crate) fn severity_of(finding: &Finding) -> Severity {
    Severity::from_str(finding.severity, true).unwrap_or(Severity::Info)
}

/// The commands that findings propose end with the inputs, so that they can be pasted as they are.
pub(crate) fn name_inputs(summary: &mut Summary, names: &[String]) {
    let is_plain = |name: &String| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/+=:,".contains(&byte));
    let shown: Vec<String> = names
        .iter()
        .map(|name| if is_plain(name) { name.clone() } else { format!("'{}'", name.replace('\'', r"'\''")) })
        .collect();
    for finding in &mut summary.findings {
        if finding.next_step.ends_with('"') {
            finding.next_step = format!("{} {}", finding.next_step, shown.join(" "));
        }
    }
}

fn input_counts(inputs: &Inputs, Seen { objects, formats, .. }: Seen) -> InputCounts {
    let listed_max = Options::default().limits.objects_listed_max;
    let is_read = |object: &&ObjectCount| !object.format.is_empty();
    InputCounts {
        objects_read: objects.iter().filter(is_read).count() as u64,
        objects_skipped: objects.iter().filter(|object| !is_read(object)).count() as u64,
        bytes_stored: inputs.stats.bytes_stored.load(Ordering::Relaxed),
        bytes_decoded: inputs.stats.bytes_decoded.load(Ordering::Relaxed),
        records_read: inputs.stats.records.load(Ordering::Relaxed),
        objects_unlisted: objects.len().saturating_sub(listed_max) as u64,
        objects: objects.into_iter().take(listed_max).collect(),
        formats: formats
            .into_iter()
            .map(|(source_kind, objects)| FormatCount { source_kind, objects, records: 0 })
            .collect(),
        ..InputCounts::default()
    }
}

/// What was in each object.
#[derive(Default)]
pub(crate) struct Seen {
    objects: Vec<ObjectCount>,
    /// Objects per kind of record.
    formats: BTreeMap<String, u64>,
    /// Kinds of the object at hand, which may come in several parts.
    kinds: BTreeSet<String>,
}

impl Seen {
    /// Counts of an object's part; parts of an object come one after the other.
    fn add(&mut self, inputs: &Inputs, place: usize, part: ObjectCount, kinds: BTreeSet<&str>) {
        if place == self.objects.len() {
            self.objects.push(ObjectCount { name: inputs.objects[place].name.clone(), ..part });
            self.kinds.clear();
        } else if let Some(object) = self.objects.get_mut(place) {
            object.records += part.records;
            object.health += part.health;
        }
        for kind in kinds {
            if self.kinds.insert(kind.to_owned()) {
                *self.formats.entry(kind.to_owned()).or_default() += 1;
            }
        }
    }
}

/// Records that are kept for each conversation that may be kept, on average.
const RECORDS_PER_CONVERSATION: usize = 4;

/// What a report holds whose detection holds so many conversations.
pub(crate) fn options_of(conversations: usize) -> Options {
    let mut options = Options::default();
    options.limits.behaviour.conversations_max = conversations.max(1);
    options.limits.behaviour.records_max = conversations.saturating_mul(RECORDS_PER_CONVERSATION);
    options
}

/// Folds the records for which a condition is true.
pub(crate) fn fold_inputs(inputs: &Inputs, condition: Option<&str>, options: &Options) -> Result<(Fold, Seen)> {
    let mut wanted = Wanted::columns(Projection::of(WANTED.iter().copied()));
    let sql = condition_of(condition, inputs)?;
    let mut condition = None;
    if let Some(sql) = sql {
        sql.columns.iter().for_each(|column| wanted.columns.insert(*column));
        wanted.filters.clone_from(&sql.filters);
        condition = Some(sql.compile(&wanted.columns)?);
    }
    let mut whole = Fold::new(options);
    whole.push_health(&discovery_health(inputs));
    let mut seen = Seen::default();
    let failed: Mutex<Option<QueryError>> = Mutex::new(None);
    let parts = Parts::new(*options);
    let shared = Shared { parts: &parts, condition: &condition, failed: &failed };
    let begin = || ReportPart { fold: parts.take(), shared, object: None };
    fold(inputs, &wanted, &begin, |mut part: ReportPart<'_>| {
        if let Some((place, format, records, health)) = part.object {
            let part_count = ObjectCount { name: String::new(), format: format.to_owned(), records, health };
            seen.add(inputs, place, part_count, part.fold.source_kinds());
        }
        whole.merge(&mut part.fold);
        parts.merged(part.object.map(|object| object.0), part.fold);
    });
    match failed.into_inner().ok().flatten() {
        Some(error) => Err(error.into()),
        None => Ok((whole, seen)),
    }
}

/// What all parts share.
#[derive(Clone, Copy)]
struct Shared<'a> {
    parts: &'a Parts,
    condition: &'a Option<CompiledCondition>,
    failed: &'a Mutex<Option<QueryError>>,
}

/// Some records of one object.
struct ReportPart<'a> {
    fold: Fold,
    shared: Shared<'a>,
    /// Place of the object, format, flow records, rows of health.
    object: Option<(usize, &'static str, u64, u64)>,
}

impl ReportPart<'_> {
    fn kept(&self, flows: &RecordBatch) -> Option<RecordBatch> {
        let Some(condition) = self.shared.condition else { return Some(flows.clone()) };
        match condition.keep(flows) {
            Ok(kept) => Some(kept),
            Err(error) => {
                let mut failed = self.shared.failed.lock().unwrap_or_else(PoisonError::into_inner);
                failed.get_or_insert(error);
                None
            }
        }
    }
}

impl Part for ReportPart<'_> {
    fn push(&mut self, batches: &Batches) {
        let object = self.object.get_or_insert_with(|| {
            self.shared.parts.begin(batches.object);
            (batches.object, batches.format, 0, 0)
        });
        object.1 = batches.format;
        object.2 += batches.flows.num_rows() as u64;
        object.3 += batches.health.as_ref().map_or(0, |health| health.num_rows() as u64);
        if let Some(flows) = self.kept(&batches.flows) {
            self.fold.push_flows(&flows);
        }
        if let Some(alerts) = &batches.alerts {
            self.fold.push_alerts(alerts);
        }
        if let Some(health) = &batches.health {
            self.fold.push_health(health);
        }
    }

    fn is_full(&self) -> bool {
        self.fold.is_full()
    }
}
