//! `fathom policy`: who may talk to whom on what, and who does.

use crate::args::{PolicyArguments, PolicyCommand};
use crate::exit::Exit;
use crate::intel::{read_whole, short_name};
use crate::{output, traffic};
use ::policy::firewall::{Firewall, review};
use ::policy::{Exposure, LearnOptions, Limits, Policy, Severity, audit, exposure, learn};
use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Bytes of a policy file or of a firewall's JSON.
const FILE_BYTES_MAX: usize = 256 << 20;

pub(crate) fn run(arguments: &PolicyArguments) -> Result<Exit> {
    match &arguments.command {
        PolicyCommand::Check { policy } => check(policy),
        PolicyCommand::Audit { policy, inputs, reading, json } => {
            let Some(policy) = load(policy)? else { return Ok(Exit::Usage) };
            let (traffic, exit) = traffic::read(inputs, reading)?;
            let audit = audit(&policy, &traffic, &Limits::default());
            print(&audit, *json)?;
            Ok(if audit.outside.is_empty() { exit } else { Exit::Findings })
        }
        PolicyCommand::Learn { inputs, reading, output } => {
            let (traffic, exit) = traffic::read(inputs, reading)?;
            let policy = learn(&traffic, &LearnOptions::default());
            let text = format!(
                "# Learned from flows by fathom policy learn: review every line before it is a policy.\n\n{policy}"
            );
            match output {
                Some(path) => std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?,
                None => output::print(&text)?,
            }
            Ok(exit)
        }
        PolicyCommand::Firewall { inputs, rules, later, reading, json } => {
            let firewall = load_firewall(rules)?;
            let (period, exit) = traffic::read(inputs, reading)?;
            let later = if later.is_empty() { None } else { Some(traffic::read(later, reading)?.0) };
            print(&review(&firewall, &period, later.as_ref(), &Limits::default()), *json)?;
            Ok(exit)
        }
        PolicyCommand::Exposure { inputs, reading, json } => {
            let (traffic, exit) = traffic::read(inputs, reading)?;
            print_exposure(&exposure(&traffic), *json)?;
            Ok(exit)
        }
    }
}

fn check(path: &Path) -> Result<Exit> {
    let Some(policy) = load(path)? else { return Ok(Exit::Usage) };
    output::print(&format!("{} segments, {} rules\n", policy.segments.len(), policy.rules.len()))?;
    Ok(Exit::Done)
}

/// The policy of a file, its remarks told; `None` if one of them is an error.
fn load(path: &Path) -> Result<Option<Policy>> {
    let bytes = read_whole("policy", path, FILE_BYTES_MAX)?;
    let text = String::from_utf8(bytes).with_context(|| format!("policy {} is not UTF-8", path.display()))?;
    let (policy, diagnostics) = Policy::parse(&text);
    let file = path.display().to_string();
    diagnostics.iter().for_each(|diagnostic| output::remark(&diagnostic.text(&file)));
    let is_wrong = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    Ok(Some(policy).filter(|_| !is_wrong))
}

fn load_firewall(files: &[PathBuf]) -> Result<Firewall> {
    let mut firewall = Firewall::default();
    for file in files {
        let bytes = read_whole("firewall", file, FILE_BYTES_MAX)?;
        firewall.load(&short_name(file), &bytes).map_err(|error| anyhow!(error))?;
    }
    Ok(firewall)
}

/// As JSON or for people.
fn print(result: &(impl Serialize + std::fmt::Display), as_json: bool) -> Result<()> {
    match as_json {
        true => output::print(&format!("{}\n", serde_json::to_string_pretty(result)?)),
        false => output::print(&result.to_string()),
    }
}

fn print_exposure(reached: &[Exposure], as_json: bool) -> Result<()> {
    if as_json {
        return output::print(&format!("{}\n", serde_json::to_string_pretty(reached)?));
    }
    let lines: String = reached.iter().map(|exposure| format!("{exposure}\n")).collect();
    output::print(if lines.is_empty() { "Nothing here was reached from the internet\n" } else { &lines })
}
