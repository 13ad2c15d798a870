//! `pcre`: PCRE2 with bounds.

use super::{Buffer, Check, State, holds, is_next_relative};
use std::sync::OnceLock;

/// Attempts of PCRE2's inner matching per search: Suricata's `pcre.match-limit`.
const MATCH_LIMIT: u32 = 3_500;
/// How deep it may nest: Suricata's `pcre.match-limit-recursion`.
const DEPTH_LIMIT: u32 = 1_500;
/// Finds of one expression in one buffer that are tried.
const FINDS_MAX: u32 = 500;

/// An expression's flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `i`
    pub caseless: bool,
    /// `s`
    pub dotall: bool,
    /// `m`
    pub multi_line: bool,
    /// `x`
    pub extended: bool,
    /// `A`
    pub anchored: bool,
    /// `E`: `$` is the very end only.
    pub dollar_is_end: bool,
    /// `G`
    pub ungreedy: bool,
    /// `R`: it counts from the last find.
    pub relative: bool,
    /// It must not be found.
    pub negated: bool,
}

/// What a search said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Found from here to there.
    Found(usize, usize),
    /// Not there.
    NotFound,
    /// It would have cost more than it may.
    OverLimit,
}

/// An expression.
pub struct Regex {
    /// As PCRE2 takes it.
    text: Box<str>,
    /// Compiled when it is first searched for: of a set's expressions few ever are, and together they take much room. Nothing
    /// where PCRE2 takes it no more, for want of memory.
    compiled: OnceLock<Option<Box<pcre2::bytes::Regex>>>,
    flags: Flags,
    /// For each group from 1 on where its text goes; none where nobody wants it.
    captures: Vec<Option<u32>>,
}

impl Regex {
    /// Compiles an expression. `captures` says for each group from 1 on which text it fills.
    ///
    /// # Errors
    /// What PCRE2 has against it, in its words.
    pub fn compile(pattern: &[u8], flags: Flags, captures: Vec<Option<u32>>) -> Result<Regex, String> {
        let mut text = format!("(*LIMIT_MATCH={MATCH_LIMIT})(*LIMIT_DEPTH={DEPTH_LIMIT})");
        if flags.ungreedy {
            text.push_str("(?U)");
        }
        if flags.anchored {
            text.push_str(r"\G(?:");
        }
        push_pattern(pattern, flags, &mut text);
        if flags.anchored {
            text.push(')');
        }
        builder(flags).build(&text).map_err(|error| error.to_string())?;
        Ok(Regex { text: text.into(), compiled: OnceLock::new(), flags, captures })
    }

    fn compiled(&self) -> Option<&pcre2::bytes::Regex> {
        let compile = || builder(self.flags).jit_if_available(true).build(&self.text).ok().map(Box::new);
        self.compiled.get_or_init(compile).as_deref()
    }

    pub(super) fn is_relative(&self) -> bool {
        self.flags.relative
    }

    /// How it is searched for.
    pub fn flags(&self) -> Flags {
        self.flags
    }

    /// The expression, as PCRE2 has it, without the bounds.
    pub fn text(&self) -> &str {
        let text = &*self.text;
        text.split_once("(*LIMIT_DEPTH=").and_then(|(_, behind)| behind.split_once(')')).map_or(text, |(_, own)| own)
    }

    /// Searches from a place on.
    pub fn search(&self, bytes: &[u8], start: usize) -> Verdict {
        match self.compiled().map(|regex| regex.find_at(bytes, start)) {
            Some(Ok(Some(found))) => Verdict::Found(found.start(), found.end()),
            Some(Ok(None)) => Verdict::NotFound,
            Some(Err(_)) | None => Verdict::OverLimit,
        }
    }

    /// Where a group of the find that begins at `start` is.
    pub(crate) fn group(&self, bytes: &[u8], start: usize, group: usize) -> Option<(usize, usize)> {
        let regex = self.compiled()?;
        let mut places = regex.capture_locations();
        regex.captures_read_at(&mut places, bytes, start).ok()??;
        places.get(group)
    }

    pub(super) fn holds(&self, rest: &[Check], buffer: Buffer<'_>, at: usize, state: &mut State) -> Option<usize> {
        let base = if self.flags.relative { at.min(buffer.bytes.len()) } else { 0 };
        // A relative expression sees nothing of what is before: `^` is where it begins.
        let bytes = &buffer.bytes[base..];
        let mut start = 0;
        for _ in 0..FINDS_MAX {
            let (first, end) = match self.search(bytes, start) {
                Verdict::Found(first, end) => (first, end),
                Verdict::NotFound => break,
                Verdict::OverLimit => {
                    state.over_limit += 1;
                    break;
                }
            };
            if self.flags.negated {
                return None;
            }
            let kept = state.captures.len();
            self.capture(bytes, first, state);
            if let Some(end) = holds(rest, buffer, base + end, state) {
                return Some(end);
            }
            state.captures.truncate(kept);
            if !is_next_relative(rest) || first >= bytes.len() {
                return None;
            }
            start = first + 1;
        }
        if self.flags.negated { holds(rest, buffer, at, state) } else { None }
    }

    fn capture(&self, bytes: &[u8], start: usize, state: &mut State) {
        if self.captures.is_empty() {
            return;
        }
        let Some(regex) = self.compiled() else { return };
        let mut places = regex.capture_locations();
        if !matches!(regex.captures_read_at(&mut places, bytes, start), Ok(Some(_))) {
            return;
        }
        for (group, name) in self.captures.iter().enumerate() {
            if let (Some(name), Some((start, end))) = (name, places.get(group + 1)) {
                state.captures.push((*name, bytes[start..end].to_vec()));
            }
        }
    }
}

fn builder(flags: Flags) -> pcre2::bytes::RegexBuilder {
    let mut builder = pcre2::bytes::RegexBuilder::new();
    builder.caseless(flags.caseless).dotall(flags.dotall).multi_line(flags.multi_line).extended(flags.extended);
    builder
}

/// Writes an expression's bytes as the text that PCRE2's binding takes: what is no ASCII as escapes.
fn push_pattern(pattern: &[u8], flags: Flags, text: &mut String) {
    let mut is_escaped = false;
    let mut in_class = false;
    for byte in pattern {
        match byte {
            b'$' if flags.dollar_is_end && !is_escaped && !in_class => text.push_str(r"\z"),
            byte if byte.is_ascii() => text.push(char::from(*byte)),
            byte => text.push_str(&format!(r"\x{byte:02x}")),
        }
        match byte {
            b'[' if !is_escaped => in_class = true,
            b']' if !is_escaped => in_class = false,
            _ => {}
        }
        is_escaped = *byte == b'\\' && !is_escaped;
    }
}
