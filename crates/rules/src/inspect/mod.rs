//! Does one buffer fulfil what a rule says of it?
//!
//! A list of checks is taken in order. A check that finds something moves the place from which the relative ones behind it
//! count; where these fail, the search goes on behind the first find, as far as there is one. Each attempt is counted, and
//! beyond [`STEPS_MAX`] the answer is no: rules and traffic together must not cost more than they may.

mod bytes;
mod content;
mod encoded;
mod entropy;
mod number;
mod regex;
#[cfg(test)]
mod tests;

pub use bytes::{ByteExtract, ByteJump, ByteMath, ByteTest, Comparison, Operation, Reading, Source};
pub use content::Content;
pub use encoded::Base64Decode;
pub(crate) use encoded::decoded;
pub use entropy::{Bounds, Entropy};
pub use number::{Amount, NumberTest, Range, Which};
pub use regex::{Flags, Regex, Verdict};

use crate::detect::DataSet;
use std::sync::Arc;

/// Attempts that one list of checks may cost in one buffer.
pub const STEPS_MAX: u32 = 20_000;

/// Variables of one rule.
pub const VARIABLES_MAX: usize = 16;

/// Something that a rule says of a buffer.
pub enum Check {
    /// `content`
    Content(Content),
    /// `pcre`
    Regex(Box<Regex>),
    /// `isdataat`: are there so many bytes?
    IsDataAt {
        /// How many, from the begin or from the last find.
        at: Amount,
        /// Does it count from the last find?
        is_relative: bool,
        /// Must there be fewer?
        is_negated: bool,
    },
    /// `bsize`, `urilen`: the length of the buffer.
    Size(Range),
    /// `byte_test`
    ByteTest(ByteTest),
    /// `byte_jump`
    ByteJump(ByteJump),
    /// `byte_extract`
    ByteExtract(ByteExtract),
    /// `byte_math`
    ByteMath(ByteMath),
    /// `base64_decode`: what comes behind looks into what was decoded.
    Base64(Base64Decode),
    /// `entropy`
    Entropy(Entropy),
    /// `dataset`: the buffer is one of these, or with `is_negated` none of them.
    InSet {
        /// The set.
        set: Arc<DataSet>,
        /// Must it be none of them?
        is_negated: bool,
    },
    /// Always this: what has no meaning for bytes.
    Constant(bool),
}

impl Check {
    /// Does it count from the last find?
    pub(crate) fn is_relative(&self) -> bool {
        match self {
            Check::Content(content) => content.is_relative(),
            Check::Regex(regex) => regex.is_relative(),
            Check::IsDataAt { is_relative, .. } => *is_relative,
            Check::ByteTest(test) => test.reading.is_relative,
            Check::ByteJump(jump) => jump.reading.is_relative,
            Check::ByteExtract(extract) => extract.reading.is_relative,
            Check::ByteMath(math) => math.reading.is_relative,
            Check::Base64(decode) => decode.is_relative,
            Check::Size(_) | Check::Entropy(_) | Check::InSet { .. } | Check::Constant(_) => false,
        }
    }
}

/// A text that a rule takes out of traffic: a place in [`State::captures`] and what it is called.
pub type Capture = (u32, Vec<u8>);

/// What a set tells of one of its items: a name, and an object as JSON.
pub type Context = (Arc<str>, Arc<str>);

/// What lists of checks of one rule share.
#[derive(Debug)]
pub struct State {
    /// Values of the rule's variables.
    pub variables: [u64; VARIABLES_MAX],
    /// What expressions took out.
    pub captures: Vec<Capture>,
    /// What sets tell of what was found in them: names, and objects as JSON.
    pub contexts: Vec<Context>,
    /// What `base64_decode` decoded.
    pub decoded: Vec<u8>,
    /// Times that a limit ended a search.
    pub over_limit: u64,
    steps: u32,
}

impl Default for State {
    fn default() -> Self {
        let (captures, contexts, decoded) = (Vec::new(), Vec::new(), Vec::new());
        State { variables: [0; VARIABLES_MAX], captures, contexts, decoded, over_limit: 0, steps: 0 }
    }
}

impl State {
    /// Forgets what the last rule left.
    pub fn reset(&mut self) {
        self.variables = [0; VARIABLES_MAX];
        self.captures.clear();
        self.contexts.clear();
        self.decoded.clear();
        self.steps = 0;
    }

    fn step(&mut self) -> bool {
        self.steps += 1;
        if self.steps == STEPS_MAX {
            self.over_limit += 1;
        }
        self.steps < STEPS_MAX
    }
}

/// A buffer, and where it begins in what it is a part of.
#[derive(Clone, Copy, Debug)]
pub struct Buffer<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Bytes of the stream or file before them: `offset` and `depth` count from there.
    pub skipped: u64,
    /// Does nothing come behind them?
    pub is_end: bool,
}

impl<'a> From<&'a [u8]> for Buffer<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Buffer { bytes, skipped: 0, is_end: true }
    }
}

/// Does the buffer fulfil all checks?
pub fn fulfils(checks: &[Check], buffer: Buffer<'_>, state: &mut State) -> bool {
    state.steps = 0;
    holds(checks, buffer, 0, state).is_some()
}

/// As [`fulfils`]; tells where the last find ends.
pub fn find_end(checks: &[Check], buffer: Buffer<'_>, state: &mut State) -> Option<usize> {
    state.steps = 0;
    holds(checks, buffer, 0, state)
}

/// `at` is where the last find ended.
fn holds(checks: &[Check], buffer: Buffer<'_>, at: usize, state: &mut State) -> Option<usize> {
    let Some((check, rest)) = checks.split_first() else { return Some(at) };
    if !state.step() {
        return None;
    }
    let next = match check {
        Check::Content(content) => return content.holds(rest, buffer, at, state),
        Check::Regex(regex) => return regex.holds(rest, buffer, at, state),
        Check::Base64(decode) => return decode.holds(rest, buffer, at, state),
        Check::IsDataAt { at: amount, is_relative, is_negated } => {
            let amount = amount.value(state);
            let is_there = match is_relative {
                true => i64::try_from(at).ok()?.checked_add(amount)? <= buffer.bytes.len() as i64,
                false => amount < buffer.bytes.len() as i64,
            };
            (is_there != *is_negated).then_some(at)
        }
        Check::Size(range) => range.contains(buffer.bytes.len() as u64).then_some(at),
        Check::ByteTest(test) => test.holds(buffer, at, state).then_some(at),
        Check::ByteJump(jump) => jump.target(buffer, at, state),
        Check::ByteExtract(extract) => extract.take(buffer, at, state),
        Check::ByteMath(math) => math.take(buffer, at, state),
        Check::Entropy(test) => test.holds(buffer.bytes).then_some(at),
        Check::InSet { set, is_negated } => {
            let found = set.get(buffer.bytes);
            let is_so = found.is_some() != *is_negated;
            state.contexts.extend(found.flatten());
            is_so.then_some(at)
        }
        Check::Constant(is_so) => is_so.then_some(at),
    };
    holds(rest, buffer, next?, state)
}

/// Would another find help those behind?
fn is_next_relative(rest: &[Check]) -> bool {
    rest.first().is_some_and(Check::is_relative)
}
