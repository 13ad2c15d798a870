//! `reference.config`: what links of references begin with.

use crate::diagnostic::{Diagnostic, Problem};
use crate::file::lines;
use std::collections::BTreeMap;

/// Beginnings of links by the kinds of references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct References {
    links: BTreeMap<String, String>,
}

/// Those of Suricata's own file.
const LINKS: [(&str, &str); 14] = [
    ("bugtraq", "http://www.securityfocus.com/bid/"),
    ("bid", "http://www.securityfocus.com/bid/"),
    ("cve", "https://cve.mitre.org/cgi-bin/cvename.cgi?name="),
    ("secunia", "http://www.secunia.com/advisories/"),
    ("arachnids", "http://www.whitehats.com/info/IDS"),
    ("mcafee", "http://vil.nai.com/vil/content/v_"),
    ("nessus", "http://cgi.nessus.org/plugins/dump.php3?id="),
    ("url", "https://"),
    ("et", "http://doc.emergingthreats.net/"),
    ("etpro", "http://doc.emergingthreatspro.com/"),
    ("telus", "http://"),
    ("osvdb", "http://osvdb.org/show/osvdb/"),
    ("threatexpert", "http://www.threatexpert.com/report.aspx?md5="),
    ("md5", "http://www.threatexpert.com/report.aspx?md5="),
];

impl Default for References {
    fn default() -> Self {
        let owned = LINKS.iter().map(|(kind, link)| ((*kind).to_owned(), (*link).to_owned()));
        References { links: owned.collect() }
    }
}

impl References {
    /// Reads a file; what it does not say is as in Suricata's own.
    pub fn read(file: &str, text: &str) -> (References, Vec<Diagnostic>) {
        let mut references = References::default();
        let diagnostics = lines(file, text, |line| {
            let wrong = || Problem::at(line, "a reference is `config reference: kind link`");
            let rest = line.strip("config").and_then(|rest| rest.strip("reference")).and_then(|rest| rest.strip(":"));
            let mut words = rest.ok_or_else(wrong)?.words();
            let (kind, link) = (words.next().ok_or_else(wrong)?, words.next().ok_or_else(wrong)?);
            references.links.insert(kind.as_str().to_ascii_lowercase(), link.as_str().to_owned());
            Ok(())
        });
        (references, diagnostics)
    }

    /// The link of a reference; `None` for an unknown kind.
    pub fn link(&self, kind: &str, rest: &str) -> Option<String> {
        let beginning = self.links.get(kind).or_else(|| self.links.get(&kind.to_ascii_lowercase()))?;
        let is_whole = rest.contains("://");
        Some(if is_whole { rest.to_owned() } else { format!("{beginning}{rest}") })
    }

    /// The kinds that are known.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.links.keys().map(String::as_str)
    }
}
