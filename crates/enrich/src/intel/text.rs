//! Lists of lines, and the decision which form a list is in.

use std::borrow::Cow;
use std::net::IpAddr;

use super::collector::{Collector, Remarks};
use super::indicator::{self, Indicator};
use super::{ListFormat, SkipReason, columns, configuration, csv, json, published, tor, xml};

/// Reads a list of any form.
pub(super) fn read(bytes: &[u8], collector: &mut Collector<'_>) {
    collector.list.report.bytes = bytes.len() as u64;
    let Some(text) = decode(bytes, collector) else {
        collector.list.format = ListFormat::Binary;
        return collector.skip(SkipReason::Binary, 0, "");
    };
    collector.list.report.lines = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
    if json::looks_like(&text) {
        return json::read(&text, collector);
    }
    if xml::looks_like(&text) {
        return xml::read(&text, collector);
    }
    let head = Head::of(&text);
    collector.list.title = head.title();
    collector.list.published = published::of_banner(&head.banner);
    collector.list.format = head.format();
    match collector.list.format {
        ListFormat::TorExits => tor::read_exits(&text, collector),
        ListFormat::TorConsensus => tor::read_consensus(&text, collector),
        ListFormat::Configuration => each_line(&text, collector, configuration::read_line),
        ListFormat::Csv => csv::read(&text, &csv::Layout::of(&head.banner, &head.sample), collector),
        format => each_line(&text, collector, |line, n, collector| read_line(format, line, n, collector)),
    }
}

/// Calls `read` with every line that holds something, trimmed, and its number.
pub(super) fn each_line(
    text: &str,
    collector: &mut Collector<'_>,
    mut read: impl FnMut(&str, u32, &mut Collector<'_>),
) {
    for (n, line) in (1u32..).zip(text.lines()) {
        let line = line.trim();
        if is_comment(line) {
            collector.list.report.comments += 1;
        } else if line.len() > collector.limits.line_bytes_max {
            collector.skip(SkipReason::LongLine, n, line);
        } else {
            read(line, n, collector);
        }
    }
}

fn decode<'a>(bytes: &'a [u8], collector: &mut Collector<'_>) -> Option<Cow<'a, str>> {
    let mut kept = bytes;
    if bytes.len() > collector.limits.bytes_max {
        let end = bytes[..collector.limits.bytes_max].iter().rposition(|&b| b == b'\n').map_or(0, |end| end + 1);
        kept = &bytes[..end];
        collector.list.report.bytes_over_limit = (bytes.len() - end) as u64;
    }
    if let Some(text) = decode_wide(kept) {
        return Some(with_line_feeds(text.into()));
    }
    let kept = kept.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(kept);
    let binary = kept.iter().take(4096).any(|&b| b == 0) || MAGIC.iter().any(|magic| kept.starts_with(magic));
    (!binary).then(|| with_line_feeds(String::from_utf8_lossy(kept)))
}

/// UTF-16 of either order, as its mark says; without a mark, where every other of the first bytes is zero.
fn decode_wide(bytes: &[u8]) -> Option<String> {
    let head = &bytes[..bytes.len().min(64) & !1];
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|&&byte| byte == 0).count();
    let is_wide = |odd: usize| head.len() >= 4 && zeros(odd) * 2 == head.len() && zeros(1 - odd) == 0;
    let (rest, is_little) = match bytes {
        [0xff, 0xfe, rest @ ..] => (rest, true),
        [0xfe, 0xff, rest @ ..] => (rest, false),
        _ if is_wide(1) => (bytes, true),
        _ if is_wide(0) => (bytes, false),
        _ => return None,
    };
    let unit = |two: &[u8]| match is_little {
        true => u16::from_le_bytes([two[0], two[1]]),
        false => u16::from_be_bytes([two[0], two[1]]),
    };
    Some(String::from_utf16_lossy(&rest.chunks_exact(2).map(unit).collect::<Vec<u16>>()))
}

/// Old Macintosh ends lines with a carriage return alone.
fn with_line_feeds(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.contains('\r') && !text.contains('\n') {
        true => text.replace('\r', "\n").into(),
        false => text,
    }
}

/// gzip, zstd, xz, bzip2, zip.
const MAGIC: [&[u8]; 5] = [&[0x1f, 0x8b], &[0x28, 0xb5, 0x2f, 0xfd], &[0xfd, b'7', b'z'], b"BZh", b"PK\x03\x04"];

/// What is looked at to tell the form: the comments before the first data, and the first lines of data as they stand.
struct Head<'a> {
    banner: Vec<&'a str>,
    sample: Vec<&'a str>,
}

impl<'a> Head<'a> {
    fn of(text: &'a str) -> Head<'a> {
        let mut head = Head { banner: Vec::new(), sample: Vec::new() };
        for line in text.lines().take(2000) {
            let trimmed = line.trim();
            match is_comment(trimmed) {
                true if head.sample.is_empty() && head.banner.len() < 100 => {
                    head.banner
                        .push(trimmed.trim_start_matches(['#', ';', '/', '!', ' ']).trim_end_matches(['#', ' ']));
                }
                true => {}
                false if head.sample.len() < 200 => head.sample.push(line),
                false => break,
            }
        }
        head
    }

    fn title(&self) -> Option<String> {
        let title = self.banner.iter().find(|line| !line.is_empty() && !line.starts_with("Copyright"));
        // Maltrail's banner is about the project, not about the list.
        title.filter(|line| !line.contains("LICENSE")).map(|line| line.chars().take(120).collect())
    }

    fn format(&self) -> ListFormat {
        let banner = self.banner.join("\n").to_lowercase();
        let most = |test: fn(&str) -> bool| self.share(test) >= 0.8;
        if self.sample.is_empty() {
            ListFormat::Empty
        } else if banner.contains("maltrail") {
            ListFormat::Maltrail
        } else if banner.contains("hash:net") || banner.contains("hash:ip") {
            ListFormat::Firehol
        } else if banner.contains("spamhaus") || most(is_drop) {
            ListFormat::SpamhausDrop
        } else if most(tor::is_exit_list) {
            ListFormat::TorExits
        } else if self.sample.first().is_some_and(|line| tor::is_consensus(line)) {
            ListFormat::TorConsensus
        } else if most(is_alienvault) {
            ListFormat::AlienVault
        } else if most(is_hosts) {
            ListFormat::Hosts
        } else if most(is_scored) {
            ListFormat::LinesScored
        } else if most(is_guarded_range) {
            ListFormat::IpFilter
        } else if most(configuration::is_line) {
            ListFormat::Configuration
        } else if !most(is_from_to)
            && !most(is_remarked)
            && !most(is_named_range)
            && csv::delimiter(&self.sample).is_some()
        {
            ListFormat::Csv
        } else {
            ListFormat::Lines
        }
    }

    fn share(&self, test: fn(&str) -> bool) -> f64 {
        self.sample.iter().filter(|line| test(line)).count() as f64 / self.sample.len() as f64
    }
}

fn is_comment(line: &str) -> bool {
    // `!1.2.3.4` is an exception of the list.
    let is_remark = line.strip_prefix('!').is_some_and(|rest| !rest.split_whitespace().next().is_some_and(is_net));
    line.is_empty() || line.starts_with(['#', ';']) || is_remark || line.starts_with("//")
}

/// `prefix ; SBL123`, or `prefix ` as the newer copies end.
fn is_drop(line: &str) -> bool {
    let (prefix, rest) = line.split_once(' ').unwrap_or((line, "x"));
    let rest = rest.trim();
    prefix.contains('/') && is_net(prefix) && (rest.is_empty() || rest.starts_with("; SBL"))
}

fn is_alienvault(line: &str) -> bool {
    line.matches('#').count() >= 4 && line.split('#').next().is_some_and(is_net)
}

/// A null address and a name.
fn is_hosts(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.next().is_some_and(|first| NOWHERE.contains(&first)) && words.next().is_some()
}

/// An address, a tab or blank, a number.
fn is_scored(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let (address, number, rest) = (words.next(), words.next(), words.next());
    address.is_some_and(is_net) && number.is_some_and(|n| n.parse::<u32>().is_ok()) && rest.is_none()
}

/// `first - last , level , name`, the filters of eMule and others. Levels up to 127 are turned away.
fn guarded_range(line: &str) -> Option<(&str, u32, &str)> {
    let mut parts = line.splitn(3, ',');
    let (range, level) = (parts.next()?.trim(), parts.next()?.trim().parse().ok()?);
    let is_range = matches!(indicator::read(range), Indicator::Range(..));
    is_range.then_some((range, level, parts.next().unwrap_or_default().trim()))
}

const GUARDED_MAX: u32 = 127;

fn is_guarded_range(line: &str) -> bool {
    guarded_range(line).is_some()
}

/// One indicator and a remark, in which there may be any sign.
fn is_remarked(line: &str) -> bool {
    let (body, remark) = split_comment(line);
    remark.is_some() && is_net(body)
}

/// Two addresses: first and last (DShield), or address and netmask.
fn is_from_to(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let mut is_ip = || words.next().is_some_and(|word| indicator::ip(word).is_some());
    is_ip() && is_ip()
}

fn is_net(token: &str) -> bool {
    matches!(indicator::read(token), Indicator::Net(..))
}

const NOWHERE: [&str; 5] = ["0.0.0.0", "127.0.0.1", "::", "::1", "0"];

fn read_line(format: ListFormat, line: &str, n: u32, collector: &mut Collector<'_>) {
    // Nearly every line of nearly every list.
    if let Ok(address) = line.parse::<IpAddr>() {
        return collector.net(address.to_canonical().into(), None, Remarks { line: n, ..Remarks::default() });
    }
    if format == ListFormat::AlienVault {
        let mut parts = line.split('#');
        let (address, score) = (parts.next().unwrap_or_default(), parts.next().and_then(columns::score));
        let label = parts.nth(1);
        return collector.indicator(address, Remarks { score, label, line: n, ..Remarks::default() });
    }
    if let Some((name, from, to)) = named_range(line) {
        return collector.range(from, to, Remarks { label: Some(name), line: n, ..Remarks::default() });
    }
    if let Some((range, level, name)) = guarded_range(line).filter(|_| format == ListFormat::IpFilter) {
        return match level > GUARDED_MAX {
            true => collector.exception(range),
            false => collector.indicator(range, Remarks { label: Some(name), line: n, ..Remarks::default() }),
        };
    }
    if configuration::is_verb(line) {
        return configuration::read_line(line, n, collector);
    }
    if let Some(spared) = line.strip_prefix('!') {
        return collector.exception(spared);
    }
    read_words(line, n, collector);
}

fn read_words(line: &str, n: u32, collector: &mut Collector<'_>) {
    let (body, label) = split_comment(line);
    let words: Vec<&str> = body.split([' ', '\t', ',']).filter(|word| !word.is_empty()).take(24).collect();
    let words = item(&words);
    let remarks = Remarks { label, line: n, ..Remarks::default() };
    match words {
        [] => collector.list.report.comments += 1,
        [nowhere, name, ..] if NOWHERE.contains(nowhere) && !is_net(name) => {
            collector.list.report.domains += u64::from(indicator::is_domain(name));
            collector.list.report.comments += u32::from(!indicator::is_domain(name));
        }
        [from, "-", to, ..] => collector.indicator(&format!("{from}-{to}"), remarks),
        [first, second, ..] => two_words(first, second, remarks, collector),
        [only] => collector.indicator(only, remarks),
    }
}

/// An item of a YAML or Markdown list, perhaps with the name of its field: `- ip: 1.2.3.4`.
fn item<'w, 'a>(words: &'w [&'a str]) -> &'w [&'a str] {
    let item = match words {
        ["-" | "*" | "+", item @ ..] => item,
        words => words,
    };
    let is_named = |name: &str| name.strip_suffix(':').map(columns::meaning) == Some(columns::Meaning::Address);
    match item {
        [name, value @ ..] if is_named(name) => value,
        item => item,
    }
}

/// `address score`, `address netmask`, `first last` (DShield), or an indicator and something else.
fn two_words(first: &str, second: &str, remarks: Remarks<'_>, collector: &mut Collector<'_>) {
    match (indicator::ip(first), indicator::ip(second)) {
        (Some(_), Some(IpAddr::V4(mask))) if mask.octets()[0] == 255 => {
            collector.indicator(&format!("{first}/{second}"), remarks);
        }
        (Some(from), Some(to)) if from < to => collector.range(from, to, remarks),
        (Some(_), None) => collector.indicator(first, Remarks { score: columns::score(second), ..remarks }),
        _ => collector.indicator(first, remarks),
    }
}

/// `Some Organisation:1.2.3.4-1.2.3.9`, the form of PeerGuardian.
fn named_range(line: &str) -> Option<(&str, IpAddr, IpAddr)> {
    let (name, range) = line.rsplit_once(':')?;
    let (from, to) = range.split_once('-')?;
    Some((name, indicator::ip(from)?, indicator::ip(to)?)).filter(|_| indicator::ip(name).is_none())
}

fn is_named_range(line: &str) -> bool {
    named_range(line).is_some()
}

/// The indicator, and the remark after `#` or `;`. Inside a URL these signs are part of it.
fn split_comment(line: &str) -> (&str, Option<&str>) {
    for (at, sign) in line.match_indices(['#', ';']) {
        let before = &line[..at];
        if before.ends_with(char::is_whitespace) || is_net(before) {
            let remark = line[at + sign.len()..].trim();
            return (before.trim_end(), Some(remark).filter(|remark| !remark.is_empty()));
        }
    }
    (line, None)
}
