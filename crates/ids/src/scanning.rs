//! Rules for those who read captures without Suricata's outputs: a report, tables.

use crate::arguments::Arguments;
use crate::rule_files;
use crate::run::{Failure, Remark, load, remarks_on_rules, rule_config};
use engine::RuleConfig;
use std::path::{Path, PathBuf};

/// The rules of these files, with the variables and files around them that a `suricata.yaml` names.
/// Also, what is wrong with them; `None` where no rule stands.
///
/// # Errors
/// When the settings cannot be read. What is wrong with rules is a remark.
pub fn scanning_rules(
    files: &[PathBuf],
    settings: Option<&Path>,
) -> Result<(Option<RuleConfig>, Vec<Remark>), Failure> {
    let arguments =
        Arguments { only_rules: files.to_vec(), config: settings.map(Path::to_owned), ..Arguments::default() };
    let settings = load(&arguments)?;
    let rules = rule_files::load(&arguments, &settings);
    let keeps_evidence = true;
    let config = rules.ruleset.clone().map(|ruleset| rule_config(ruleset, &settings, &arguments, keeps_evidence));
    Ok((config, remarks_on_rules(rules).collect()))
}
