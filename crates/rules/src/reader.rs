//! Files of rules into rules that can be run.

use crate::detect::rule::Compiled;
use crate::detect::{Action, Names};
use crate::diagnostic::{Diagnostic, Problem, Severity};
use crate::draft::{Draft, HeaderCache, Outcome};
use crate::file::{RuleText, joined, located, rule_texts};
use crate::keywords::{Table, check_requirements, defined_set};
use crate::language::{Text, split_rule};
use crate::settings::Settings;
use std::collections::HashMap;
use std::sync::Arc;

/// What reading rules came to.
#[derive(Default)]
pub struct Reading {
    /// The rules that stand, in the order in which they are run.
    pub rules: Vec<Compiled>,
    /// Names of bits, numbers and texts.
    pub names: Names,
    /// What is wrong with rules, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// Diagnostics beyond the limit.
    pub diagnostics_dropped: u64,
    /// Rules that were refused.
    pub refused: u64,
    /// Rules that were left out because of what they require; not counted as refused.
    pub left_out: u64,
}

/// Reads rule files, one after the other.
pub struct Reader<'a> {
    settings: &'a Settings,
    table: Table,
    cache: HeaderCache,
    reading: Reading,
    /// Where each rule is, by its generator and number.
    places: HashMap<(u32, u32), usize>,
}

/// Reads one file of rules.
pub fn read(file: &str, text: &[u8], settings: &Settings) -> Reading {
    let mut reader = Reader::new(settings);
    reader.read(file, text);
    reader.finish()
}

impl<'a> Reader<'a> {
    /// A reader that has read nothing.
    pub fn new(settings: &'a Settings) -> Reader<'a> {
        let mut reader = Reader {
            settings,
            table: Table::new(),
            cache: HeaderCache::default(),
            reading: Reading::default(),
            places: HashMap::new(),
        };
        reader.define_sets();
        reader
    }

    /// Sets of data that the settings define.
    fn define_sets(&mut self) {
        for definition in &self.settings.sets {
            match defined_set(definition, &self.settings.files) {
                Ok(set) => _ = self.reading.names.add_set(set),
                Err(problem) => {
                    let what = format!("datasets.{}: {}", definition.name, problem.what);
                    let file = "settings".into();
                    self.tell(located(Problem { what, start: 0, ..problem }, &file, 1, "", None));
                }
            }
        }
    }

    /// Reads a file; `file` is what diagnostics call it.
    pub fn read(&mut self, file: &str, text: &[u8]) {
        let file: Arc<str> = file.into();
        for rule in rule_texts(text) {
            // A rule beyond the limit is refused; of a file without line ends only its begin is looked at.
            let shown = &rule.raw[..rule.raw.len().min(self.settings.limits.rule_bytes_max + 1)];
            let raw = String::from_utf8_lossy(shown);
            let mut sid = None;
            let outcome = self.rule(&rule, &raw, &mut sid);
            let problems = outcome.unwrap_or_else(|problem| {
                match problem.severity {
                    Severity::Error => self.reading.refused += 1,
                    Severity::Warning | Severity::Note => self.reading.left_out += 1,
                }
                vec![problem]
            });
            for problem in problems {
                self.tell(located(problem, &file, rule.line, &raw, sid));
            }
        }
    }

    /// The rules that stand.
    pub fn finish(self) -> Reading {
        let mut reading = self.reading;
        reading.rules.sort_by_key(run_order);
        reading
    }

    fn tell(&mut self, diagnostic: Diagnostic) {
        match self.reading.diagnostics.len() < self.settings.limits.diagnostics_max {
            true => self.reading.diagnostics.push(diagnostic),
            false => self.reading.diagnostics_dropped += 1,
        }
    }

    fn rule(&mut self, rule: &RuleText<'_>, raw: &str, sid: &mut Option<u32>) -> Outcome<Vec<Problem>> {
        let text = Text::new(raw);
        self.check_limits(rule, text)?;
        if !raw.contains('\n') {
            return self.one_line(text, sid);
        }
        self.one_line(Text::new(&joined(raw)), sid)
    }

    fn check_limits(&self, rule: &RuleText<'_>, text: Text<'_>) -> Outcome {
        let limits = &self.settings.limits;
        if rule.is_indented {
            return Err(Problem::at(text.part(0, 1), "Suricata takes no rule that begins with a blank")
                .hint("let it begin at the line's first byte"));
        }
        if rule.raw.len() > limits.rule_bytes_max {
            return Err(Problem::at(text.part(0, 1), format!("a rule has {} bytes at most", limits.rule_bytes_max)));
        }
        if self.reading.rules.len() >= limits.rules_max {
            return Err(Problem::at(text.part(0, 1), format!("there are {} rules already", limits.rules_max)));
        }
        match std::str::from_utf8(rule.raw) {
            Ok(_) => Ok(()),
            Err(error) => {
                Err(Problem::at(text.part(error.valid_up_to(), error.valid_up_to()), "this byte is no UTF-8")
                    .hint("write bytes of contents as hex: `|ff|`"))
            }
        }
    }

    fn one_line(&mut self, text: Text<'_>, sid: &mut Option<u32>) -> Outcome<Vec<Problem>> {
        let line = split_rule(text)?;
        if line.settings.len() > self.settings.limits.options_max {
            let most = self.settings.limits.options_max;
            return Err(Problem::at(text.part(0, 1), format!("a rule has {most} options at most")));
        }
        for setting in line.settings.iter().filter(|setting| setting.name.is("requires")) {
            check_requirements(*setting, self.settings)?;
        }
        let mut draft = Draft::of(&line, self.settings, &mut self.reading.names, &mut self.cache)?;
        let mut first = Ok(());
        for setting in &line.settings {
            let outcome = self.table.apply(&mut draft, *setting);
            first = first.and(outcome);
            // The number is wanted for the diagnostic, even if it stands behind the mistake.
            if first.is_err() && draft.about.sid.is_some() {
                break;
            }
        }
        *sid = draft.about.sid;
        first?;
        let (rule, remarks) = draft.finish(text)?;
        self.add(rule, text)?;
        Ok(remarks)
    }

    /// Of rules with the same number the newest revision counts.
    fn add(&mut self, rule: Compiled, text: Text<'_>) -> Outcome {
        let key = (rule.about.gid, rule.about.sid);
        let Some(place) = self.places.get(&key) else {
            self.places.insert(key, self.reading.rules.len());
            self.reading.rules.push(rule);
            return Ok(());
        };
        let known = &mut self.reading.rules[*place];
        if known.about.rev >= rule.about.rev {
            let what = format!("there is a rule {}:{} already, of revision {}", key.0, key.1, known.about.rev);
            return Err(Problem::at(text.part(0, 1), what));
        }
        *known = rule;
        Ok(())
    }
}

/// What passes goes first; rules that set bits go before those that ask for them; then the worst.
fn run_order(rule: &Compiled) -> (u8, u8, u32) {
    use crate::detect::rule::ValueStep::{IsNotSet, IsSet, Set, Toggle, Unset};
    let action = match rule.about.action {
        Action::Pass => 0,
        Action::Drop => 1,
        Action::Reject => 2,
        Action::Alert => 3,
        Action::Config => 4,
    };
    let reads = rule.values.iter().any(|step| matches!(step, IsSet(_) | IsNotSet(_)));
    let writes = rule.values.iter().any(|step| matches!(step, Set(_) | Unset(_) | Toggle(_)));
    let bits = match (writes, reads) {
        (true, false) => 0,
        (true, true) => 1,
        (false, true) => 2,
        (false, false) => 3,
    };
    (action, bits, rule.about.severity)
}

/// Was something refused?
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}
