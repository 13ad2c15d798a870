//! One rule: its header's words and its options.

use super::Text;
use crate::diagnostic::Problem;

/// An option: `name;` or `name:value;`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Setting<'a> {
    pub(crate) name: Text<'a>,
    pub(crate) value: Option<Text<'a>>,
}

/// A rule's parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RuleLine<'a> {
    pub(crate) action: Text<'a>,
    pub(crate) protocol: Text<'a>,
    pub(crate) source: Text<'a>,
    pub(crate) source_ports: Text<'a>,
    pub(crate) direction: Text<'a>,
    pub(crate) destination: Text<'a>,
    pub(crate) destination_ports: Text<'a>,
    pub(crate) settings: Vec<Setting<'a>>,
}

/// Splits a rule.
pub(crate) fn split_rule(text: Text<'_>) -> Result<RuleLine<'_>, Problem> {
    let mut rest = text.trim();
    let action = word(&mut rest, "an action")?;
    let protocol = word(&mut rest, "a protocol")?;
    let source = word(&mut rest, "the source's addresses")?;
    let source_ports = word(&mut rest, "the source's ports")?;
    let direction = word(&mut rest, "a direction such as `->`")?;
    let destination = word(&mut rest, "the destination's addresses")?;
    let destination_ports = word(&mut rest, "the destination's ports")?;
    let settings = split_settings(inside_parentheses(rest)?)?;
    Ok(RuleLine { action, protocol, source, source_ports, direction, destination, destination_ports, settings })
}

/// Takes the next word of the header; blanks in brackets belong to it.
fn word<'a>(rest: &mut Text<'a>, what: &str) -> Result<Text<'a>, Problem> {
    let mut depth = 0_usize;
    let end = rest.as_str().char_indices().find(|(_, character)| {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && (character.is_whitespace() || *character == '(')
    });
    let end = end.map_or(rest.as_str().len(), |(place, _)| place);
    let word = rest.part(0, end);
    if word.is_empty() {
        return Err(Problem::at(*rest, format!("the header ends where {what} should be"))
            .hint("a header is: action protocol source ports -> destination ports"));
    }
    *rest = rest.from(end).trim();
    Ok(word)
}

fn inside_parentheses(rest: Text<'_>) -> Result<Text<'_>, Problem> {
    let Some(inside) = rest.strip("(") else {
        return Err(Problem::at(rest.part(0, 1), "options in parentheses should be here"));
    };
    match inside.as_str().strip_suffix(')') {
        Some(options) => Ok(inside.part(0, options.len()).trim()),
        None => Err(Problem::at(inside.from(inside.as_str().len()), "the options' `)` is missing")),
    }
}

/// Options end with `;`; one that belongs to a value has a backslash before it.
fn split_settings(options: Text<'_>) -> Result<Vec<Setting<'_>>, Problem> {
    let mut settings = Vec::new();
    let mut rest = options;
    while !rest.is_empty() {
        let Some(end) = end_of_setting(rest.as_str()) else {
            return Err(Problem::at(rest, "the last option's `;` is missing"));
        };
        settings.push(setting(rest.part(0, end).trim())?);
        rest = rest.from(end + 1).trim();
    }
    Ok(settings)
}

fn end_of_setting(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b';', bytes).find(|place| *place == 0 || bytes[place - 1] != b'\\')
}

fn setting(text: Text<'_>) -> Result<Setting<'_>, Problem> {
    let setting = match text.split_once(':') {
        Some((name, value)) => Setting { name, value: Some(value) },
        None => Setting { name: text, value: None },
    };
    match setting.name.is_empty() {
        true => Err(Problem::at(text, "an option without a name")),
        false => Ok(setting),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_split() {
        let text = r#"alert tcp [1.2.3.4, !$A] any -> any 80 (msg:"a\;b"; nocase ; x: 1;)"#;
        let rule = split_rule(Text::new(text)).expect("rule");
        assert_eq!((rule.source.as_str(), rule.destination_ports.as_str()), ("[1.2.3.4, !$A]", "80"));
        let settings: Vec<_> =
            rule.settings.iter().map(|setting| (setting.name.as_str(), setting.value.map(Text::as_str))).collect();
        assert_eq!(settings, [("msg", Some(r#""a\;b""#)), ("nocase", None), ("x", Some("1"))]);
    }

    #[test]
    fn damaged_rules_are_refused() {
        for text in ["", "alert", "alert tcp any any -> any any", "alert tcp a b -> c d (x", "a b c d -> e f (x:1)"] {
            assert!(split_rule(Text::new(text)).is_err(), "{text}");
        }
    }
}
