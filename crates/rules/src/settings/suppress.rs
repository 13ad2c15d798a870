//! `threshold.config`: thresholds and suppressions of rules that are named by their number.

use crate::detect::rule::{Addresses, Ends};
use crate::detect::{Action, Kind, Threshold, Track};
use crate::diagnostic::{Diagnostic, Problem};
use crate::file::lines;
use crate::language::Text;
use crate::variables::{self, Variables};

/// Alerts that are not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// Of whom; none for all.
    pub ends: Option<(Ends, Addresses)>,
}

/// Which rules an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Whom {
    /// 0 for all.
    gid: u32,
    /// 0 for all.
    sid: u32,
}

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThresholdFile {
    thresholds: Vec<(Whom, Threshold)>,
    rate_filters: Vec<(Whom, Threshold)>,
    suppressions: Vec<(Whom, Suppression)>,
}

impl Whom {
    fn is(self, gid: u32, sid: u32) -> bool {
        (self.gid == 0 || self.gid == gid) && (self.sid == 0 || self.sid == sid)
    }
}

impl ThresholdFile {
    /// Reads a file. `addresses` are the variables that suppressions may name.
    pub fn read(file: &str, text: &str, addresses: &Variables) -> (ThresholdFile, Vec<Diagnostic>) {
        let mut out = ThresholdFile::default();
        let diagnostics = lines(file, text, |line| out.entry(line, addresses));
        (out, diagnostics)
    }

    /// The threshold of a rule that has none itself. What names the rule goes before what is for all.
    pub fn threshold(&self, gid: u32, sid: u32) -> Option<Threshold> {
        let fitting = self.thresholds.iter().filter(|(whom, _)| whom.is(gid, sid));
        fitting.max_by_key(|(whom, _)| (whom.sid != 0, whom.gid != 0)).map(|(_, threshold)| *threshold)
    }

    /// What a rule does once it matches too often.
    pub fn rate_filters(&self, gid: u32, sid: u32) -> impl Iterator<Item = Threshold> {
        self.rate_filters.iter().filter(move |(whom, _)| whom.is(gid, sid)).map(|(_, threshold)| *threshold)
    }

    /// What of a rule's alerts is not told.
    pub fn suppressions(&self, gid: u32, sid: u32) -> impl Iterator<Item = &Suppression> {
        self.suppressions.iter().filter(move |(whom, _)| whom.is(gid, sid)).map(|(_, suppression)| suppression)
    }

    fn entry(&mut self, line: Text<'_>, addresses: &Variables) -> Result<(), Problem> {
        let kind = line.words().next().unwrap_or(line);
        let rest = line.from(kind.as_str().len()).trim();
        let words = Words(split_outside_brackets(rest));
        let whom = Whom { gid: words.need(line, "gen_id")?.number()?, sid: words.need(line, "sig_id")?.number()? };
        match kind.as_str() {
            "threshold" | "event_filter" => self.thresholds.push((whom, words.threshold(line)?)),
            "suppress" => self.suppressions.push((whom, words.suppression(addresses)?)),
            "rate_filter" => self.rate_filters.push((whom, words.rate_filter(line)?)),
            _ => return Err(Problem::at(kind, "an entry is `threshold`, `event_filter`, `rate_filter` or `suppress`")),
        }
        Ok(())
    }
}

/// `name value` pairs.
struct Words<'a>(Vec<Text<'a>>);

fn split_outside_brackets(text: Text<'_>) -> Vec<Text<'_>> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (place, byte) in text.as_str().bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => depth -= 1,
            b',' if depth <= 0 => {
                parts.push(text.part(start, place).trim());
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.push(text.from(start).trim());
    parts
}

impl<'a> Words<'a> {
    fn get(&self, name: &str) -> Option<Text<'a>> {
        self.0.iter().find_map(|pair| {
            let word = pair.words().next()?;
            word.is(name).then(|| pair.from(word.as_str().len()).trim())
        })
    }

    fn need(&self, line: Text<'a>, name: &str) -> Result<Text<'a>, Problem> {
        self.get(name).ok_or_else(|| Problem::at(line, format!("`{name}` is missing")))
    }

    fn threshold(&self, line: Text<'a>) -> Result<Threshold, Problem> {
        let kind = self.need(line, "type")?;
        Ok(Threshold {
            kind: kind_of(kind)?,
            track: track_of(self.need(line, "track")?)?,
            count: self.need(line, "count")?.number()?,
            seconds: self.need(line, "seconds")?.number()?,
        })
    }

    /// `track by_src, count 10, seconds 60, new_action drop, timeout 30`
    fn rate_filter(&self, line: Text<'a>) -> Result<Threshold, Problem> {
        let action = self.need(line, "new_action")?;
        let action = match action.as_str() {
            "alert" => Action::Alert,
            "pass" => Action::Pass,
            "drop" => Action::Drop,
            "reject" => Action::Reject,
            _ => return Err(Problem::at(action, "`new_action` is `alert`, `pass`, `drop` or `reject`")),
        };
        Ok(Threshold {
            kind: Kind::Rate { action, timeout_s: self.need(line, "timeout")?.number()? },
            track: track_of(self.need(line, "track")?)?,
            count: self.need(line, "count")?.number()?,
            seconds: self.need(line, "seconds")?.number()?,
        })
    }

    fn suppression(&self, addresses: &Variables) -> Result<Suppression, Problem> {
        let Some(track) = self.get("track") else { return Ok(Suppression { ends: None }) };
        let ends = match track.as_str() {
            "by_src" => Ends::Source,
            "by_dst" => Ends::Destination,
            "by_either" => Ends::Any,
            _ => return Err(Problem::at(track, "`track` is `by_src`, `by_dst` or `by_either`")),
        };
        let ip = self.get("ip").ok_or_else(|| Problem::at(track, "`ip` is missing"))?;
        Ok(Suppression { ends: Some((ends, variables::addresses(ip, addresses)?)) })
    }
}

/// `type`
pub(crate) fn kind_of(text: Text<'_>) -> Result<Kind, Problem> {
    match text.as_str() {
        "limit" => Ok(Kind::Limit),
        "threshold" => Ok(Kind::Threshold),
        "both" => Ok(Kind::Both),
        _ => Err(Problem::at(text, "`type` is `limit`, `threshold` or `both`")),
    }
}

/// `track`
pub(crate) fn track_of(text: Text<'_>) -> Result<Track, Problem> {
    match text.as_str() {
        "by_src" => Ok(Track::Source),
        "by_dst" => Ok(Track::Destination),
        "by_both" => Ok(Track::Both),
        "by_flow" => Ok(Track::Flow),
        "by_rule" => Ok(Track::Rule),
        _ => Err(Problem::at(text, "`track` is `by_src`, `by_dst`, `by_both`, `by_rule` or `by_flow`")),
    }
}
