//! What became of a list: how much of it can be matched, and why the rest cannot.

use std::fmt;

/// Counts of one list. `addresses` is the sum of `entries` and of the counters up to `entries_over_limit`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Bytes given.
    pub bytes: u64,
    /// Lines given, blanks and comments included.
    pub lines: u32,
    /// Blank and comment lines.
    pub comments: u32,
    /// Addresses and prefixes read, before anything was left out. A range counts once for each prefix it becomes.
    pub addresses: u64,
    /// Those that are matched.
    pub entries: u64,
    /// The same address or prefix (and port) again.
    pub duplicates: u64,
    /// In private or otherwise special space; not matched.
    pub private_or_special: u64,
    /// Well-known public resolvers; not matched.
    pub public_dns: u64,
    /// Shorter than /8 (IPv6: /19); not matched.
    pub too_wide: u64,
    /// Beyond [`Limits::entries_max`](super::Limits::entries_max); not matched.
    pub entries_over_limit: u64,
    /// Domain names; flows have none.
    pub domains: u64,
    /// URLs with a host name; flows have none. (With an address they are an address and a port.)
    pub urls: u64,
    /// Hashes of files and certificates; flows have none.
    pub hashes: u64,
    /// AS numbers; they need AS data.
    pub asns: u64,
    /// Mail addresses, file names, registry keys and other things flows do not have.
    pub others: u64,
    /// Withdrawn by the publisher: deleted, revoked, not meant for detection.
    pub withdrawn: u64,
    /// Bytes beyond [`Limits::bytes_max`](super::Limits::bytes_max).
    pub bytes_over_limit: u64,
    /// Entries that a warning list holds entirely, set by `Intel::build`; not matched.
    pub suppressed_by_warning_list: u64,
    /// Entries of which a part is special, a resolver or on a warning list, set by `Intel::build`; the rest is matched.
    pub suppressed_in_part: u64,
    /// Warning lists that suppressed entries, with how many, set by `Intel::build`.
    pub suppressed_by: Vec<(String, u64)>,
    /// What could not be read, by reason.
    pub skipped: Vec<Skipped>,
    /// Lines with the first few examples of entries that are not matched, such as `8.8.8.8`.
    pub not_matched: Vec<(u32, String)>,
}

impl LoadReport {
    /// Lines or values that could not be read, whatever the reason.
    pub fn skipped_total(&self) -> u64 {
        self.skipped.iter().map(|skipped| skipped.count).sum()
    }

    /// What is in the list and not matched: the reason in words, and how many.
    pub fn not_matched_by_reason(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let reasons = [
            ("private or special addresses", self.private_or_special),
            ("public DNS resolvers", self.public_dns),
            ("on a warning list", self.suppressed_by_warning_list),
            ("networks too wide", self.too_wide),
            ("duplicates", self.duplicates),
            ("withdrawn by the publisher", self.withdrawn),
            ("over the limit", self.entries_over_limit),
            ("domains", self.domains),
            ("URLs", self.urls),
            ("file hashes", self.hashes),
            ("AS numbers", self.asns),
            ("other indicators", self.others),
        ];
        let unreadable = self.skipped.iter().map(|skipped| (skipped.reason.text(), skipped.count));
        reasons.into_iter().filter(|(_, count)| *count > 0).chain(unreadable.collect::<Vec<_>>())
    }

    /// How many were skipped for this reason.
    pub fn skipped_for(&self, reason: SkipReason) -> u64 {
        self.skipped.iter().find(|skipped| skipped.reason == reason).map_or(0, |skipped| skipped.count)
    }

    /// Notes one more skipped line.
    pub(super) fn skip(&mut self, reason: SkipReason, line: u32, example: &str, examples_max: usize) {
        let index = self.skipped.iter().position(|skipped| skipped.reason == reason).unwrap_or_else(|| {
            self.skipped.push(Skipped { reason, count: 0, first: Vec::new() });
            self.skipped.len() - 1
        });
        let skipped = &mut self.skipped[index];
        skipped.count += 1;
        if skipped.first.len() < examples_max {
            skipped.first.push((line, example.chars().take(80).collect()));
        }
    }
}

/// Lines that were skipped for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Why.
    pub reason: SkipReason,
    /// How many.
    pub count: u64,
    /// The first of them: line (0 if unknown) and text.
    pub first: Vec<(u32, String)>,
}

/// Why something in a list was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SkipReason {
    /// Looks like an address or prefix and is not one: `1.2.3.256`, `10.0.0.0/33`.
    BadAddress,
    /// A range whose end is before its start, or of two families.
    BadRange,
    /// A range that would become too many prefixes.
    RangeTooWide,
    /// Neither an address nor a domain, URL, hash or mail address.
    Unrecognised,
    /// A row without any address where others have one.
    NoAddress,
    /// A line longer than the limit.
    LongLine,
    /// JSON that does not parse, or is nested too deeply.
    BadJson,
    /// A JSON document over the limit.
    JsonOverLimit,
    /// A STIX pattern that does not parse, or has too many alternatives.
    BadPattern,
    /// An address that counts only together with something flows do not have, or a negation.
    NeedsMoreThanAddress,
    /// A web page: the download answered with something else than the list.
    WebPage,
    /// Not text: compressed or binary. Decompress it first.
    Binary,
}

impl SkipReason {
    /// The reason in words.
    pub fn text(self) -> &'static str {
        match self {
            SkipReason::BadAddress => "not a valid address or prefix",
            SkipReason::BadRange => "range ends before it starts",
            SkipReason::RangeTooWide => "range too ragged: too many prefixes",
            SkipReason::Unrecognised => "not recognised",
            SkipReason::NoAddress => "row without an address",
            SkipReason::LongLine => "line too long",
            SkipReason::BadJson => "not valid JSON",
            SkipReason::JsonOverLimit => "JSON document too large",
            SkipReason::BadPattern => "STIX pattern not understood",
            SkipReason::NeedsMoreThanAddress => "needs more than an address to match",
            SkipReason::WebPage => "a web page, not a list: look at what was downloaded",
            SkipReason::Binary => "compressed or binary: decompress it first",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
