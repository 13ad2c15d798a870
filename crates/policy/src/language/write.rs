//! A policy as text, which reads back as the same policy.

use super::{Party, Policy, Ports, Rule, Segment, Selector};
use enrich::prefix::parse_prefix;
use enrich::service::protocol_name;
use std::fmt;

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.segments.iter().map(|segment| quoted(&segment.name).chars().count()).max().unwrap_or(0);
        for Segment { name, selectors, .. } in &self.segments {
            let selectors: Vec<String> = selectors.iter().map(selector).collect();
            writeln!(f, "segment {:<width$} = {}", quoted(name), selectors.join(", "))?;
        }
        if !self.segments.is_empty() && !self.rules.is_empty() {
            writeln!(f)?;
        }
        self.rules.iter().try_for_each(|rule| writeln!(f, "{}", self.rule_text(rule)))
    }
}

impl Policy {
    /// A rule of this policy as it is written.
    pub fn rule_text(&self, rule: &Rule) -> String {
        let parties =
            |parties: &[Party]| parties.iter().map(|party| self.party_text(party)).collect::<Vec<_>>().join(", ");
        let ports: Vec<String> = rule.ports.iter().map(Ports::to_string).collect();
        let on = if ports.is_empty() { String::new() } else { format!(" on {}", ports.join(", ")) };
        format!("{} {} -> {}{on}", rule.action.word(), parties(&rule.from), parties(&rule.to))
    }

    fn party_text(&self, party: &Party) -> String {
        match party {
            Party::Any => "any".to_owned(),
            Party::Internet => "internet".to_owned(),
            Party::Private => "private".to_owned(),
            Party::Prefix(prefix) => prefix.to_string(),
            Party::Segment(number) => {
                self.segments.get(*number).map(|segment| quoted(&segment.name)).unwrap_or_default()
            }
        }
    }
}

fn selector(selector: &Selector) -> String {
    match selector {
        Selector::Prefix(prefix) => prefix.to_string(),
        Selector::Named(attribute, value) => format!("{} {}", attribute.word(), quoted(value)),
        Selector::Tag(key, value) => format!("tag {}", quoted(&format!("{key}={value}"))),
    }
}

/// In quotes where it would be read as something else. A quote in a name has no way to be written: it becomes `'`.
fn quoted(name: &str) -> String {
    let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '/' | '=' | '+' | '@');
    let is_plain = !name.is_empty() && name != "->" && name.chars().all(is_word);
    let has_meaning = matches!(name, "any" | "internet" | "private" | "on" | "=") || parse_prefix(name).is_ok();
    if is_plain && !has_meaning {
        return name.to_owned();
    }
    let safe: String =
        name.chars().map(|letter| if letter == '"' || letter.is_control() { '\'' } else { letter }).collect();
    format!("\"{safe}\"")
}

impl fmt::Display for Ports {
    /// `tcp/443`, `tcp/8000-8100`, `icmp`, `proto143`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match protocol_name(self.protocol) {
            Some(name) if enrich::service::protocol_number(name) == Some(self.protocol) => f.write_str(name)?,
            _ => write!(f, "proto{}", self.protocol)?,
        }
        match (self.first, self.last) {
            (0, u16::MAX) => Ok(()),
            (first, last) if first == last => write!(f, "/{first}"),
            (first, last) => write!(f, "/{first}-{last}"),
        }
    }
}
