//! What a report knows beside the records: blacklists, inventories, countries, a baseline, suppressions.

use crate::args::{InputArguments, KnowledgeArguments};
use crate::config::Config;
use crate::{baseline, intel, inventory};
use ::detect::normal::Baseline;
use ::detect::suppress::{Suppression, parse};
use ::report::{Context as ReportContext, Inputs as InputCounts, Prices};
use anyhow::{Context, Result, anyhow, bail};
use enrich::geo::{Database, Geo};
use enrich::intel::Intel;
use enrich::inventory::Inventory;
use std::path::{Path, PathBuf};

/// All of it, loaded.
#[derive(Default)]
pub(crate) struct Knowledge {
    intel: Option<Intel>,
    inventory: Option<Inventory>,
    geo: Option<Geo>,
    baseline: Option<Baseline>,
    suppressions: Vec<Suppression>,
    prices: Option<Prices>,
}

impl Knowledge {
    /// Loads what was named. What cannot be read is an error: who names a list wants it used.
    pub(crate) fn load(named: &KnowledgeArguments, reading: &InputArguments, config: &Config) -> Result<Knowledge> {
        let is_named = |files: &[PathBuf]| !files.is_empty();
        let (lists, inventories) = (lists(named, config), inventories(named, config));
        Ok(Knowledge {
            intel: is_named(lists).then(|| intel::load_all(lists)).transpose()?,
            inventory: is_named(inventories).then(|| inventory::load_all(inventories)).transpose()?,
            geo: is_named(&named.geo).then(|| load_geo(&named.geo)).transpose()?,
            baseline: baseline::named(&named.baseline, reading, config)?,
            prices: named.prices.as_deref().map(load_prices).transpose()?,
            suppressions: named.suppress.as_deref().map(load_suppressions).transpose()?.unwrap_or_default(),
        })
    }

    /// Entries of all blacklists.
    pub(crate) fn listed(&self) -> u64 {
        self.intel.iter().flat_map(Intel::lists).map(|list| list.report.entries).sum()
    }

    /// For a report of so many inputs.
    pub(crate) fn context(&self, inputs: InputCounts) -> ReportContext<'_> {
        ReportContext {
            intel: self.intel.as_ref(),
            inventory: self.inventory.as_ref(),
            baseline: self.baseline.as_ref(),
            geo: self.geo.as_ref(),
            profiled: None,
            prices: self.prices.as_ref(),
            suppressions: &self.suppressions,
            inputs,
        }
    }
}

/// The blacklists that were named: a flag wins over a setting.
pub(crate) fn lists<'a>(named: &'a KnowledgeArguments, config: &'a Config) -> &'a [PathBuf] {
    if named.intel.is_empty() { &config.intel } else { &named.intel }
}

/// The inventories that were named.
pub(crate) fn inventories<'a>(named: &'a KnowledgeArguments, config: &'a Config) -> &'a [PathBuf] {
    if named.inventory.is_empty() { &config.inventory } else { &named.inventory }
}

fn load_geo(paths: &[PathBuf]) -> Result<Geo> {
    let load = |path: &PathBuf| {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        Database::read(bytes).map_err(|why| anyhow!("{}: {why}", path.display()))
    };
    Ok(Geo::new(paths.iter().map(load).collect::<Result<_>>()?))
}

/// What moving a gigabyte costs.
fn load_prices(path: &Path) -> Result<Prices> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Prices::parse(&text).map_err(|why| anyhow!("{}, {why}", path.display()))
}

/// The suppressions of a file. A line that is none is an error: a finding would come back without a word.
fn load_suppressions(path: &Path) -> Result<Vec<Suppression>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let (all, unread) = parse(&text, &::report::detector_names());
    match unread.first() {
        Some(first) => bail!("{}:{}:{}: {}", path.display(), first.line, first.column, first.why),
        None => Ok(all),
    }
}
