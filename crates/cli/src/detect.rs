//! `fathom detect`: behaviour in single records, slower and deeper than the report, and what departs from a normal time.

use crate::args::DetectArguments;
use crate::config::Config;
use crate::convert::condition_of;
use crate::exit::Exit;
use crate::file_output::write_file;
use crate::output;
use crate::progress::Progress;
use crate::query::finish;
use ::detect::normal::Baseline;
use ::detect::{Estate, Finding, Fold, Limits, findings, moment};
use anyhow::{Context, Result};
use query::scan::{Wanted, in_order};
use query::{CompiledCondition, Inputs, QueryError};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, Write as _};

/// Members of a campaign that are named on a line.
const PEERS_SHOWN: usize = 5;

pub(crate) fn run(arguments: &DetectArguments) -> Result<Exit> {
    let config = Config::load(arguments.reading.config.as_deref())?;
    let inputs = config.inputs(&arguments.inputs, &arguments.reading)?;
    if inputs.objects.is_empty() {
        return Ok(finish(&inputs, arguments.reading.quiet));
    }
    let baseline = arguments.baseline.as_deref().map(load).transpose()?;
    let progress = Progress::show(&inputs, arguments.reading.quiet);
    let estate = estate_of(&inputs, arguments)?;
    drop(progress);
    let mut found = findings(&estate);
    found.extend(baseline.iter().flat_map(|baseline| baseline.departures(&estate)));
    found.sort_by_key(|finding| finding.severity);
    if let Some(path) = &arguments.learn {
        let learned = Baseline::learn(&estate);
        write_file(path, |mut file| Ok(file.write_all(&serde_json::to_vec(&learned)?)?))?;
    }
    let text = match arguments.json {
        true => format!("{}\n", serde_json::to_string_pretty(&found)?),
        false => text_of(&found, &estate),
    };
    output::print(&text)?;
    if !arguments.reading.quiet && estate.turned_away != Default::default() {
        let counts = serde_json::to_string(&estate.turned_away)?;
        output::remark(&format!("fathom: not everything could be used or held: {counts}"));
    }
    Ok(finish(&inputs, arguments.reading.quiet))
}

fn load(path: &std::path::Path) -> Result<Baseline> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    serde_json::from_reader(BufReader::new(file))
        .with_context(|| format!("{} is no baseline; `fathom detect logs/ --learn FILE` writes one", path.display()))
}

/// Every record that the condition keeps, in the order of the input.
fn estate_of(inputs: &Inputs, arguments: &DetectArguments) -> Result<Estate> {
    let mut wanted = Wanted { columns: Fold::wanted(), filters: Vec::new(), health: false };
    let condition = condition_of(arguments.condition.as_deref(), inputs)?;
    let mut compiled: Option<CompiledCondition> = None;
    if let Some(condition) = &condition {
        condition.columns.iter().for_each(|column| wanted.columns.insert(*column));
        wanted.filters.clone_from(&condition.filters);
        compiled = Some(condition.compile(&wanted.columns)?);
    }
    let mut fold = Fold::new(Limits::default());
    let mut failed: Option<QueryError> = None;
    in_order(inputs, &wanted, |batches| {
        match compiled.as_ref().map_or_else(|| Ok(batches.flows.clone()), |condition| condition.keep(&batches.flows)) {
            Ok(flows) => fold.push(&flows),
            Err(error) => failed = Some(error),
        }
        failed.is_none()
    });
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(fold.finish()),
    }
}

fn text_of(findings: &[Finding], estate: &Estate) -> String {
    let mut text = format!("{} findings in {} conversations\n", findings.len(), estate.conversations.len());
    // Writing to a String cannot fail.
    for finding in findings {
        let _ = writeln!(text, "\n{:<8} {}", finding.severity.name().to_uppercase(), finding.title);
        let (first, last) = (moment(finding.first_seen), moment(finding.last_seen));
        let _ = writeln!(text, "         {first} – {last} · {} · {}", finding.detector, finding.attack);
        let shown: Vec<&str> = finding.peers.iter().take(PEERS_SHOWN).map(String::as_str).collect();
        let more = match finding.peers_total.saturating_sub(shown.len() as u64) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let sure = finding.confidence * 100.0;
        let _ = writeln!(text, "         {} → {}{more} · {sure:.0} % sure", finding.entity, shown.join(", "));
        for (name, value) in &finding.evidence {
            let _ = writeln!(text, "         {name}: {value}");
        }
        let _ = writeln!(text, "         next: {}", finding.next_step);
    }
    text
}
