//! `fathom.toml`, and how flags and settings become options. A flag wins over a setting.

use crate::args::{InputArguments, RuleArguments};
use crate::output;
use crate::time::parse_ns;
use anyhow::{Context, Result, bail};
use query::{EngineOptions, Inputs, ScanOptions};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The settings file that is read where there is one.
const DEFAULT_PATH: &str = "fathom.toml";

/// Every setting; each has a flag of the same name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// `--threads`
    pub(crate) threads: Option<usize>,
    /// `--aws-format`
    pub(crate) aws_format: Option<String>,
    /// `--intel`, relative to the file
    pub(crate) intel: Vec<PathBuf>,
    /// `--inventory`, relative to the file
    pub(crate) inventory: Vec<PathBuf>,
    /// `--rules`, relative to the file
    pub(crate) rules: Vec<PathBuf>,
    /// `--rule-settings`, relative to the file
    pub(crate) rule_settings: Option<PathBuf>,
    /// `--memory`
    pub(crate) memory: Option<String>,
}

impl Config {
    /// The file that was named, or `fathom.toml` where there is one, or nothing.
    pub(crate) fn load(named: Option<&Path>) -> Result<Config> {
        let path = named.unwrap_or(Path::new(DEFAULT_PATH));
        if named.is_none() && !path.exists() {
            return Ok(Config::default());
        }
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read the settings in {}", path.display()))?;
        let mut config: Config = toml::from_str(&text).with_context(|| format!("{} is not right", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for files in [&mut config.intel, &mut config.inventory, &mut config.rules] {
            files.iter_mut().for_each(|file| *file = folder.join(&*file));
        }
        config.rule_settings = config.rule_settings.map(|file| folder.join(file));
        Ok(config)
    }

    /// The objects behind the inputs.
    pub(crate) fn inputs(&self, names: &[String], arguments: &InputArguments) -> Result<Inputs> {
        Ok(Inputs::discover(names, self.scan_options(arguments)?))
    }

    /// The objects behind the inputs, with the rules that captures among them are held against.
    pub(crate) fn inputs_with_rules(
        &self,
        names: &[String],
        arguments: &InputArguments,
        rules: &RuleArguments,
    ) -> Result<Inputs> {
        Ok(Inputs::discover(names, self.scan_options_with_rules(arguments, rules)?))
    }

    /// How they are read, with the rules that captures are held against.
    pub(crate) fn scan_options_with_rules(
        &self,
        arguments: &InputArguments,
        rules: &RuleArguments,
    ) -> Result<ScanOptions> {
        let files = if rules.rules.is_empty() { &self.rules } else { &rules.rules };
        let settings = rules.rule_settings.as_ref().or(self.rule_settings.as_ref());
        let mut options = self.scan_options(arguments)?;
        if !files.is_empty() {
            let (config, remarks) = ids::scanning_rules(files, settings.map(PathBuf::as_path))?;
            tell(&remarks);
            if config.is_none() {
                bail!("no rule could be read from {}; `fathom rules check` says why", files[0].display());
            }
            options.rules = config;
        }
        Ok(options)
    }

    fn scan_options(&self, arguments: &InputArguments) -> Result<ScanOptions> {
        let mut options = ScanOptions::default();
        if let Some(threads) = arguments.threads.or(self.threads) {
            if threads == 0 || threads > 1_024 {
                bail!("--threads is a number from 1 to 1024, not {threads}");
            }
            options.threads = threads;
        }
        let aws_format = arguments.aws_format.as_ref().or(self.aws_format.as_ref());
        options.aws_format = aws_format.map(|format| tidy_aws_format(format)).transpose()?.map(Into::into);
        options.since_ns = arguments.since.as_deref().map(parse_ns).transpose()?;
        options.until_ns = arguments.until.as_deref().map(parse_ns).transpose()?;
        if let (Some(since), Some(until)) = (options.since_ns, options.until_ns)
            && since >= until
        {
            bail!("--since is not before --until: no record can be in between");
        }
        Ok(options)
    }

    /// Memory of queries.
    pub(crate) fn engine_options(&self, flag: Option<&str>) -> Result<EngineOptions> {
        match flag.or(self.memory.as_deref()) {
            Some(text) => Ok(EngineOptions { memory_bytes_max: parse_bytes(text)? }),
            None => Ok(EngineOptions::default()),
        }
    }
}

/// Remarks on rules that are told one by one; `fathom rules check` tells all.
const REMARKS_MAX: usize = 10;

fn tell(remarks: &[ids::Remark]) {
    remarks.iter().take(REMARKS_MAX).for_each(|remark| output::remark(&format!("note: {remark}")));
    if let Some(more @ 1..) = remarks.len().checked_sub(REMARKS_MAX) {
        output::remark(&format!("note: {more} more remarks on rules; `fathom rules check` tells all"));
    }
}

/// `${version} ${account-id}` (as AWS's console shows it) or `version account-id`.
fn tidy_aws_format(format: &str) -> Result<String> {
    let names: Vec<&str> =
        format.split_whitespace().map(|name| name.trim_start_matches("${").trim_end_matches('}')).collect();
    let known = |name: &&&str| flowlog::aws::AWS_FIELDS.iter().any(|field| field.name == **name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        bail!("--aws-format: '{unknown}' is no field of AWS flow logs; they are named like srcaddr or log-status");
    }
    Ok(names.join(" "))
}

/// `500MB`, `2GiB`, `1000000`.
fn parse_bytes(text: &str) -> Result<usize> {
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let unit: usize = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => bail!("--memory: '{text}' is no size; write 500MB or 2GiB"),
    };
    let count: usize = text[..digits].parse().with_context(|| format!("--memory: '{text}' is no size; write 500MB"))?;
    count.checked_mul(unit).with_context(|| format!("--memory: '{text}' is more than there can be"))
}
