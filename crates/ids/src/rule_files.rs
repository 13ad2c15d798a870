//! Which rules a run has, and what they are read with.

use crate::arguments::Arguments;
use crate::settings::Settings;
use rules::{
    Action, Classes, Countries, Diagnostic, Files, Names, Reader, References, Ruleset, SetDefinition, ThresholdFile,
};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of one rule file that are read, before and after decompression.
const RULE_FILE_BYTES_MAX: u64 = 1 << 30;

/// The classes that Suricata is shipped with.
const CLASSES: &str = include_str!("classification.config");

/// The rules of a run.
#[derive(Debug, Default)]
pub struct Rules {
    /// Ready to be run; none where no rule stands.
    pub ruleset: Option<Arc<Ruleset>>,
    /// What is wrong with rules and the files around them.
    pub diagnostics: Vec<Diagnostic>,
    /// Rules that were refused.
    pub refused: u64,
    /// Rules that were left out because of what they require.
    pub left_out: u64,
    /// Files that could not be read, and why.
    pub unreadable: Vec<(PathBuf, String)>,
}

/// Reads the rules that the command line and the settings name.
pub fn load(arguments: &Arguments, settings: &Settings) -> Rules {
    let mut rules = Rules::default();
    let mut around = rule_settings(settings, &mut rules);
    let paths = files(arguments, settings);
    around.files = named_files(&paths, data_folder(arguments, settings).as_deref());
    around.sets = defined_sets(settings);
    let mut reader = Reader::new(&around);
    for path in paths {
        match bytes_of(&path) {
            Ok(text) => reader.read(&path.display().to_string(), &text),
            Err(error) => rules.unreadable.push((path, error.to_string())),
        }
    }
    let mut reading = reader.finish();
    let order = action_order(settings);
    reading.rules.sort_by_key(|rule| order.iter().position(|action| *action == rule.about.action));
    rules.diagnostics.extend(reading.diagnostics);
    (rules.refused, rules.left_out) = (reading.refused, reading.left_out);
    let names: Names = reading.names;
    rules.ruleset = (!reading.rules.is_empty()).then(|| Arc::new(Ruleset::new(reading.rules, names)));
    rules
}

/// Where files are that rules read and write: `--data-dir`, or else `default-data-dir`.
pub(crate) fn data_folder(arguments: &Arguments, settings: &Settings) -> Option<PathBuf> {
    arguments.data_dir.clone().or_else(|| settings.get("default-data-dir").text().map(PathBuf::from))
}

/// Sets of data that the settings define: what of `datasets` has a type.
fn defined_sets(settings: &Settings) -> Vec<SetDefinition> {
    let memory = settings.get("datasets.defaults.memcap").text();
    let sets = settings.get("datasets").entries().iter().filter(|(_, set)| set.get("type").text().is_some());
    let definition = |(name, set): &(String, Settings)| {
        let options = set.entries().iter().filter_map(|(word, value)| Some((word.clone(), value.text()?.to_owned())));
        let memory = memory.filter(|_| set.get("memcap").is_nothing());
        let memory = memory.map(|bytes| ("memcap".to_owned(), bytes.to_owned()));
        SetDefinition { name: name.clone(), options: options.chain(memory).collect() }
    };
    sets.map(definition).collect()
}

/// Files that rules name: where they are said to be, in the folder of data, or beside the rules.
fn named_files(rules: &[PathBuf], data: Option<&Path>) -> Files {
    let beside = rules.iter().filter_map(|path| path.parent());
    let folders: Vec<PathBuf> = data.into_iter().chain(beside).map(Path::to_owned).collect();
    Files::of(move |name| {
        let beside = folders.iter().map(|folder| folder.join(name));
        std::iter::once(PathBuf::from(name)).chain(beside).find_map(|path| bytes_of(&path).ok())
    })
}

/// Which actions' rules go first: `action-order`.
fn action_order(settings: &Settings) -> [Action; 5] {
    let named = |text: &str| match text {
        "pass" => Some(Action::Pass),
        "drop" => Some(Action::Drop),
        "reject" => Some(Action::Reject),
        "alert" => Some(Action::Alert),
        _ => None,
    };
    let wanted = settings.get("action-order").items().iter().filter_map(Settings::text).filter_map(named);
    let rest = [Action::Pass, Action::Drop, Action::Reject, Action::Alert, Action::Config];
    let mut order = Vec::new();
    for action in wanted.chain(rest) {
        if !order.contains(&action) {
            order.push(action);
        }
    }
    order.try_into().unwrap_or(rest)
}

/// A file's bytes, decompressed where it is compressed.
fn bytes_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = File::open(path)?.take(RULE_FILE_BYTES_MAX);
    let mut reader = source::Reader::new(&path.display().to_string(), Box::new(file), source::Limits::default());
    let mut text = Vec::new();
    while let Some(chunk) = reader.next_chunk().map_err(std::io::Error::other)? {
        if text.len() + chunk.len() > RULE_FILE_BYTES_MAX as usize {
            return Err(std::io::Error::other(format!("more than {RULE_FILE_BYTES_MAX} bytes")));
        }
        text.extend_from_slice(chunk);
    }
    Ok(text)
}

fn text_of(path: &Path, rules: &mut Rules) -> Option<String> {
    match bytes_of(path) {
        Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => {
            rules.unreadable.push((path.to_owned(), error.to_string()));
            None
        }
    }
}

/// The files: those of `-S` alone, or those of the settings and of `-s`.
fn files(arguments: &Arguments, settings: &Settings) -> Vec<PathBuf> {
    if !arguments.only_rules.is_empty() {
        return arguments.only_rules.clone();
    }
    let folder = Path::new(settings.get("default-rule-path").text().unwrap_or_default()).to_owned();
    let of_settings =
        settings.get("rule-files").items().iter().filter_map(Settings::text).map(|name| folder.join(name));
    of_settings.chain(arguments.rules.iter().cloned()).collect()
}

/// The database of countries: `geoip-database`.
fn read_countries(settings: &Settings, around: &mut rules::Settings, rules: &mut Rules) {
    let Some(path) = settings.get("geoip-database").text().map(PathBuf::from) else { return };
    let read = bytes_of(&path).map_err(|error| error.to_string());
    match read.and_then(Countries::read) {
        Ok(countries) => around.countries = Some(countries),
        Err(why) => rules.unreadable.push((path, why)),
    }
}

/// Reputations of addresses: `reputation-categories-file` and `reputation-files`.
fn read_reputations(settings: &Settings, around: &mut rules::Settings, rules: &mut Rules) {
    let Some(path) = settings.get("reputation-categories-file").text().map(PathBuf::from) else { return };
    let Some(text) = text_of(&path, rules) else { return };
    rules.diagnostics.extend(around.reputations.read_categories(&path.display().to_string(), &text));
    let folder = Path::new(settings.get("default-reputation-path").text().unwrap_or_default());
    for name in settings.get("reputation-files").items().iter().filter_map(Settings::text) {
        let path = folder.join(name);
        if let Some(text) = text_of(&path, rules) {
            rules.diagnostics.extend(around.reputations.read(&path.display().to_string(), &text));
        }
    }
}

/// Variables, classes, links and thresholds.
fn rule_settings(settings: &Settings, rules: &mut Rules) -> rules::Settings {
    let mut around = rules::Settings::default();
    for (key, variables) in [("address-groups", &mut around.addresses), ("port-groups", &mut around.ports)] {
        for (name, value) in settings.get("vars").get(key).entries() {
            if let Some(value) = value.text() {
                variables.insert(name.clone(), value.to_owned());
            }
        }
    }
    let named = |key: &str| settings.get(key).text().map(PathBuf::from);
    let classes = named("classification-file").and_then(|path| Some((text_of(&path, rules)?, path)));
    let (classes, diagnostics) = match classes {
        Some((text, path)) => Classes::read(&path.display().to_string(), &text),
        None => Classes::read("classification.config", CLASSES),
    };
    around.classes = classes;
    rules.diagnostics.extend(diagnostics);
    if let Some((text, path)) = named("reference-config-file").and_then(|path| Some((text_of(&path, rules)?, path))) {
        let (references, diagnostics) = References::read(&path.display().to_string(), &text);
        around.references = references;
        rules.diagnostics.extend(diagnostics);
    }
    read_countries(settings, &mut around, rules);
    read_reputations(settings, &mut around, rules);
    if let Some((text, path)) = named("threshold-file").and_then(|path| Some((text_of(&path, rules)?, path))) {
        let (thresholds, diagnostics) = ThresholdFile::read(&path.display().to_string(), &text, &around.addresses);
        around.thresholds = thresholds;
        rules.diagnostics.extend(diagnostics);
    }
    around
}
