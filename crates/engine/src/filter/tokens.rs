//! Words and signs of a filter.

use super::BadFilter;

/// Words and signs of one filter.
const TOKENS_MAX: usize = 4_096;

/// A word or a sign, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) offset: usize,
    pub(super) is_word: bool,
}

/// Signs, the longer ones first.
const SIGNS: &[&str] = &[
    "&&", "||", "==", "!=", "<=", ">=", "<<", ">>", "!", "=", "<", ">", "(", ")", "[", "]", ":", "/", "&", "|", "^",
    "+", "-", "*", "%",
];

/// Cuts a text into words and signs.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, BadFilter> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let (mut offset, mut is_in_brackets) = (0, false);
    while let Some(rest) = text.get(offset..).filter(|rest| !rest.is_empty()) {
        if let Some(space) = rest.chars().next().filter(|first| first.is_whitespace()) {
            offset += space.len_utf8();
            continue;
        }
        let length = word_length(rest, is_in_brackets);
        let sign = || SIGNS.iter().find(|sign| rest.starts_with(**sign)).map(|sign| sign.len());
        let is_word = length > 0;
        let Some(length) = is_word.then_some(length).or_else(sign) else {
            return Err(BadFilter { offset, what: "no word and no sign of the filter language".to_owned() });
        };
        if tokens.len() >= TOKENS_MAX {
            return Err(BadFilter { offset, what: format!("more than {TOKENS_MAX} words") });
        }
        let token = Token { text: &rest[..length], offset, is_word };
        is_in_brackets = match token.text {
            "[" => true,
            "]" => false,
            _ => is_in_brackets,
        };
        tokens.push(token);
        offset += length;
    }
    Ok(tokens)
}

/// Bytes of the word at the beginning: a name, a number, an address. Dots and hyphens do not end one.
fn word_length(text: &str, is_in_brackets: bool) -> usize {
    let is_of_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'\\');
    let is_of_address = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let bytes = text.as_bytes();
    let length_of = |is_part: &dyn Fn(u8) -> bool| bytes.iter().take_while(|byte| is_part(**byte)).count();
    let colons = length_of(&is_of_address);
    if !is_in_brackets && bytes[..colons].iter().filter(|byte| **byte == b':').count() >= 2 {
        return colons;
    }
    if matches!(bytes.first(), Some(b'-' | b'.')) {
        return 0;
    }
    let length = length_of(&is_of_word);
    bytes[..length].iter().rposition(|byte| *byte != b'-').map_or(0, |last| last + 1)
}
