//! `fathom watch`: the report's findings as logs arrive, each told once.
//!
//! A look reads the objects that are new, into a fold that is kept. What is found in all that was read is told, unless it
//! was told before. Nothing is matched while records are read: lists, inventories and suppressions are asked at the end of
//! a look. So lists that have changed are swapped between two looks, and the new ones hold for all that is kept.

mod changes;

use crate::args::{KnowledgeArguments, Severity, WatchArguments};
use crate::config::Config;
use crate::exit::Exit;
use crate::knowledge::{self, Knowledge};
use crate::output;
use crate::report::{fold_inputs, name_inputs, options_of, severity_of};
use crate::time::{now_of_files, stamp};
use ::report::{Finding, Fold, Inputs as InputCounts, Options, Summary, ocsf, render};
use anyhow::{Result, bail};
use changes::{Arrivals, Loaded};
use query::{Inputs, ScanOptions};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub(crate) fn run(arguments: &WatchArguments) -> Result<Exit> {
    let mut watch = Watch::new(arguments)?;
    let mut looks = 0;
    loop {
        watch.look(now_of_files())?;
        looks += 1;
        if arguments.looks.is_some_and(|max| looks >= max) {
            return Ok(Exit::Done);
        }
        std::thread::sleep(arguments.every);
    }
}

/// All that stays from look to look.
struct Watch<'a> {
    arguments: &'a WatchArguments,
    config: Config,
    options: ScanOptions,
    knowledge: Knowledge,
    /// The files that the knowledge is made of.
    loaded: Loaded,
    arrivals: Arrivals,
    window: Window,
    told: Told,
    /// Problems that were told, so that a folder that is not there is named once.
    problems: Vec<String>,
}

impl<'a> Watch<'a> {
    fn new(arguments: &'a WatchArguments) -> Result<Watch<'a>> {
        if arguments.inputs.iter().any(|input| input == "-") {
            bail!("standard input cannot be watched: name folders, files or globs");
        }
        let config = Config::load(arguments.reading.config.as_deref())?;
        let options = config.scan_options_with_rules(&arguments.reading, &arguments.looking.rules)?;
        let loaded = Loaded::new(files_behind(&arguments.looking.knowledge, &config), arguments.every);
        let knowledge = Knowledge::load(&arguments.looking.knowledge, &arguments.reading, &config)?;
        Ok(Watch {
            arguments,
            config,
            options,
            knowledge,
            loaded,
            arrivals: Arrivals::new(arguments.every),
            window: Window::new(options_of(arguments.looking.conversations), arguments.keep),
            told: Told::default(),
            problems: Vec::new(),
        })
    }

    /// Reads what is new and tells what is found.
    fn look(&mut self, now: SystemTime) -> Result<()> {
        let is_swapped = self.swap(now);
        let is_read = self.read(now)?;
        if is_swapped || is_read {
            self.tell()?;
        }
        Ok(())
    }

    /// Takes in lists and the like that have changed; what cannot be read does not replace what is there.
    fn swap(&mut self, now: SystemTime) -> bool {
        if !self.loaded.have_changed(now) {
            return false;
        }
        let new = Knowledge::load(&self.arguments.looking.knowledge, &self.arguments.reading, &self.config);
        match new.and_then(|new| self.not_broken(new)) {
            Ok(new) => {
                self.remark(&format!("lists and the like were taken in anew: {} entries of lists", new.listed()));
                self.knowledge = new;
                true
            }
            Err(error) => {
                self.remark(&format!("what changed is not used: {error:#}; what was there is kept"));
                false
            }
        }
    }

    /// **Threat: a list decides what is an alarm and what is not.** A download that broke off must not turn it off.
    fn not_broken(&self, new: Knowledge) -> Result<Knowledge> {
        let (before, now) = (self.knowledge.listed(), new.listed());
        if now * 2 < before {
            bail!("the lists hold {now} entries, less than half of {before}; start anew if that is right");
        }
        Ok(new)
    }

    /// Folds the objects that are new. Was anything there to tell of?
    fn read(&mut self, now: SystemTime) -> Result<bool> {
        let all = Inputs::discover(&self.arguments.inputs, self.options.clone());
        let problems: Vec<String> = all.problems.iter().map(ToString::to_string).collect();
        for problem in problems.iter().filter(|problem| !self.problems.contains(problem)) {
            output::remark(&format!("fathom: {problem}"));
        }
        self.problems = problems;
        let (objects, again) = self.arrivals.take(&all.objects, now);
        if objects.is_empty() {
            return Ok(false);
        }
        let inputs = Inputs { objects: objects.into(), problems: Arc::default(), ..all };
        let (mut fold, _) = fold_inputs(&inputs, self.arguments.looking.condition.as_deref(), &self.window.options)?;
        self.window.add(&mut fold, now);
        let records = inputs.stats.records.load(std::sync::atomic::Ordering::Relaxed);
        let again = if again > 0 { format!(", {again} of them read before and changed") } else { String::new() };
        self.remark(&format!("read {} object(s){again}, {records} record(s)", inputs.objects.len()));
        for (kind, count) in inputs.stats.health().iter().filter(|_| inputs.stats.is_partial()) {
            self.remark(&format!("health: {count} {kind}"));
        }
        Ok(true)
    }

    fn tell(&mut self) -> Result<()> {
        let mut summary = self.window.all().finish(&self.knowledge.context(InputCounts::default()));
        name_inputs(&mut summary, &self.arguments.inputs);
        let news = self.told.news(std::mem::take(&mut summary.findings));
        if news.is_empty() {
            return Ok(());
        }
        let text = if self.arguments.ocsf {
            lines(news.iter().map(|(finding, is_new)| event(finding, *is_new, &summary)))
        } else if self.arguments.json {
            lines(news.iter().map(|(finding, _)| serde_json::to_value(finding).unwrap_or_default()))
        } else {
            summary.findings = news.into_iter().map(|(finding, _)| finding).collect();
            render::findings(&summary, output::terminal_width(), output::wants_color())
        };
        output::print(&text)
    }

    fn remark(&self, text: &str) {
        if !self.arguments.reading.quiet {
            output::remark(&format!("{} {text}", stamp()));
        }
    }
}

fn lines(values: impl Iterator<Item = serde_json::Value>) -> String {
    values.map(|value| format!("{value}\n")).collect()
}

fn event(finding: &Finding, is_new: bool, summary: &Summary) -> serde_json::Value {
    let activity = if is_new { ocsf::Activity::Create } else { ocsf::Activity::Update };
    ocsf::event(finding, activity, summary, env!("CARGO_PKG_VERSION"))
}

/// The files that change what is found. Those of a baseline do not: it is of a time that is over.
fn files_behind(named: &KnowledgeArguments, config: &Config) -> Vec<PathBuf> {
    let lists = knowledge::lists(named, config).iter().chain(knowledge::inventories(named, config));
    lists.chain(&named.geo).chain(&named.suppress).cloned().collect()
}

/// What was read in the last time: two folds, each of so long a time, so that what is old goes without being taken apart.
struct Window {
    options: Options,
    keep: Duration,
    begun: Option<SystemTime>,
    earlier: Option<Fold>,
    current: Fold,
}

impl Window {
    fn new(options: Options, keep: Duration) -> Window {
        Window { options, keep, begun: None, earlier: None, current: Fold::new(&options) }
    }

    fn add(&mut self, fold: &mut Fold, now: SystemTime) {
        let begun = *self.begun.get_or_insert(now);
        if now.duration_since(begun).is_ok_and(|age| age >= self.keep) {
            self.earlier = Some(std::mem::replace(&mut self.current, Fold::new(&self.options)));
            self.begun = Some(now);
        }
        self.current.merge(fold);
    }

    fn all(&self) -> Fold {
        let mut current = self.current.clone();
        let Some(earlier) = &self.earlier else { return current };
        let mut all = earlier.clone();
        all.merge(&mut current);
        all
    }
}

/// Identifiers that are remembered; beyond, those that are no longer found are forgotten.
const TOLD_MAX: usize = 100_000;

/// What was told, and how severe it was.
#[derive(Default)]
struct Told(BTreeMap<String, Severity>);

impl Told {
    /// Findings that were not told, or were less severe; and whether they are new.
    fn news(&mut self, findings: Vec<Finding>) -> Vec<(Finding, bool)> {
        if self.0.len() > TOLD_MAX {
            self.0.retain(|id, _| findings.iter().any(|finding| finding.id == *id));
        }
        let tell = |finding: Finding| {
            let severity = severity_of(&finding);
            let before = self.0.get(&finding.id).copied();
            if before.is_some_and(|before| before >= severity) {
                return None;
            }
            self.0.insert(finding.id.clone(), severity);
            Some((finding, before.is_none()))
        };
        findings.into_iter().filter_map(tell).collect()
    }
}
