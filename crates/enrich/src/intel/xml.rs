//! XML, as far as it is needed: the addresses in the text of its elements. STIX 1 is one of GuardDuty's forms.

use super::collector::{Collector, Remarks};
use super::indicator::{self, Indicator};
use super::{ListFormat, SkipReason};

/// Does the text begin with a tag?
pub(super) fn looks_like(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

/// Reads every text between tags that is an address; STIX 1 joins several with `##comma##`.
pub(super) fn read(text: &str, collector: &mut Collector<'_>) {
    let head = text[..text.floor_char_boundary(1024)].to_ascii_lowercase();
    if head.contains("<html") || head.contains("<!doctype html") {
        collector.list.format = ListFormat::Html;
        return collector.skip(SkipReason::WebPage, 1, text.lines().next().unwrap_or_default());
    }
    collector.list.format = ListFormat::Xml;
    let mut line = 1;
    for part in text.split('<') {
        let named = part.split_once('>').filter(|(tag, _)| is_of_address(tag));
        if let Some((_, inner)) = named {
            for token in inner.split("##comma##").map(str::trim).filter(|token| !token.is_empty()) {
                if matches!(indicator::read(token), Indicator::Net(..) | Indicator::Range(..)) {
                    collector.indicator(token, Remarks { line, ..Remarks::default() });
                }
            }
        }
        line += part.bytes().filter(|&b| b == b'\n').count() as u32;
    }
}

/// Does the element hold an address by its name? A version or a remark may look like one.
fn is_of_address(tag: &str) -> bool {
    let name = tag.split_whitespace().next().unwrap_or_default();
    let name = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
    NAMES.iter().any(|part| name.contains(part))
}

const NAMES: [&str; 8] = ["addr", "cidr", "host", "indicator", "ip", "net", "range", "value"];
