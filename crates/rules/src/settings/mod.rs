//! What rules are read with: variables, classes, links of references, and thresholds of the global file.

mod classification;
mod countries;
mod reference;
mod reputation;
mod suppress;
#[cfg(test)]
mod tests;

pub use classification::{Class, Classes};
pub use countries::Countries;
pub use reference::References;
pub use reputation::Reputations;
pub use suppress::{Suppression, ThresholdFile};
pub(crate) use suppress::{kind_of, track_of};

use crate::variables::Variables;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// How much of a rule file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one rule, with its continuation lines.
    pub rule_bytes_max: usize,
    /// Rules of all files.
    pub rules_max: usize,
    /// Diagnostics that are kept; the rest is counted.
    pub diagnostics_max: usize,
    /// Options of one rule.
    pub options_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { rule_bytes_max: 64 << 10, rules_max: 1_000_000, diagnostics_max: 10_000, options_max: 2_000 }
    }
}

/// What rules are read with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Variables of addresses, by their names without `$`.
    pub addresses: Variables,
    /// Variables of ports.
    pub ports: Variables,
    /// `classification.config`
    pub classes: Classes,
    /// `reference.config`
    pub references: References,
    /// `threshold.config`
    pub thresholds: ThresholdFile,
    /// Suricata's version that `requires` is compared with.
    pub version: [u32; 3],
    /// Features that `requires: feature` finds.
    pub features: BTreeSet<String>,
    /// Is said what is slow, or can never match? Rules stand all the same.
    pub advises: bool,
    /// Files that rules name: lists of hashes, sets of data.
    pub files: Files,
    /// Which addresses are of which country, where that is known.
    pub countries: Option<Countries>,
    /// What is said of addresses.
    pub reputations: Reputations,
    /// Sets of data that rules only have to name.
    pub sets: Vec<SetDefinition>,
    /// How much is read.
    pub limits: Limits,
}

/// A set of data as settings define it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetDefinition {
    /// Its name.
    pub name: String,
    /// What `dataset` says in rules: names and values, such as `type` and `string`.
    pub options: Vec<(String, String)>,
}

/// Gives the bytes of a file that a rule names.
type Open = dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync;

/// Files that rules name. Reading them is the caller's: this crate opens none.
#[derive(Clone, Default)]
pub struct Files(Option<Arc<Open>>);

impl Files {
    /// Files that this gives.
    pub fn of(open: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static) -> Files {
        Files(Some(Arc::new(open)))
    }

    /// The bytes of a file; none where it cannot be read.
    pub(crate) fn read(&self, name: &str) -> Option<Vec<u8>> {
        self.0.as_ref()?(name)
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Files")
    }
}

/// The variables that Suricata's own `suricata.yaml` sets.
const ADDRESSES: [(&str, &str); 15] = [
    ("HOME_NET", "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]"),
    ("EXTERNAL_NET", "!$HOME_NET"),
    ("HTTP_SERVERS", "$HOME_NET"),
    ("SMTP_SERVERS", "$HOME_NET"),
    ("SQL_SERVERS", "$HOME_NET"),
    ("DNS_SERVERS", "$HOME_NET"),
    ("TELNET_SERVERS", "$HOME_NET"),
    ("AIM_SERVERS", "$EXTERNAL_NET"),
    ("DC_SERVERS", "$HOME_NET"),
    ("DNP3_SERVER", "$HOME_NET"),
    ("DNP3_CLIENT", "$HOME_NET"),
    ("MODBUS_CLIENT", "$HOME_NET"),
    ("MODBUS_SERVER", "$HOME_NET"),
    ("ENIP_CLIENT", "$HOME_NET"),
    ("ENIP_SERVER", "$HOME_NET"),
];
const PORTS: [(&str, &str); 11] = [
    ("HTTP_PORTS", "80"),
    ("SHELLCODE_PORTS", "!80"),
    ("ORACLE_PORTS", "1521"),
    ("SSH_PORTS", "22"),
    ("DNP3_PORTS", "20000"),
    ("MODBUS_PORTS", "502"),
    ("FILE_DATA_PORTS", "[$HTTP_PORTS,110,143]"),
    ("FTP_PORTS", "21"),
    ("GENEVE_PORTS", "6081"),
    ("VXLAN_PORTS", "4789"),
    ("TEREDO_PORTS", "3544"),
];

impl Default for Settings {
    fn default() -> Self {
        let owned = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        Settings {
            addresses: owned(&ADDRESSES),
            ports: owned(&PORTS),
            classes: Classes::default(),
            references: References::default(),
            thresholds: ThresholdFile::default(),
            version: [8, 0, 6],
            features: BTreeSet::new(),
            advises: false,
            files: Files::default(),
            countries: None,
            reputations: Reputations::default(),
            sets: Vec::new(),
            limits: Limits::default(),
        }
    }
}
