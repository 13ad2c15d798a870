//! `content` with its modifiers.

use super::{Amount, Buffer, Check, State, holds, is_next_relative};
use crate::matcher::byte_rarity;

/// Bytes that must be somewhere, or must not.
pub struct Content {
    pattern: Box<[u8]>,
    /// Where in the pattern the byte is that is met least: it is looked for, and the rest compared.
    rarest: u32,
    /// Does case not matter?
    pub is_nocase: bool,
    /// Must it not be there?
    pub is_negated: bool,
    /// `offset`: bytes from the begin that are passed over.
    pub offset: Option<Amount>,
    /// `depth`: bytes behind the offset in which all of it lies.
    pub depth: Option<Amount>,
    /// `distance`: bytes behind the last find that are passed over.
    pub distance: Option<Amount>,
    /// `within`: bytes behind that in which all of it lies.
    pub within: Option<Amount>,
    /// `endswith`
    pub is_at_end: bool,
    /// `fast_pattern`: the rule is found by it.
    pub is_fast_pattern: bool,
}

impl Content {
    /// These bytes, anywhere.
    pub fn new(pattern: &[u8], is_nocase: bool) -> Content {
        let rarest = (0..).zip(pattern).max_by_key(|(_, byte)| byte_rarity(**byte)).map_or(0, |(place, _)| place);
        Content {
            pattern: pattern.into(),
            rarest,
            is_nocase,
            is_negated: false,
            offset: None,
            depth: None,
            distance: None,
            within: None,
            is_at_end: false,
            is_fast_pattern: false,
        }
    }

    /// The same, in any case of letters.
    pub fn in_any_case(&self) -> Content {
        Content {
            is_negated: self.is_negated,
            offset: self.offset,
            depth: self.depth,
            distance: self.distance,
            within: self.within,
            is_at_end: self.is_at_end,
            is_fast_pattern: self.is_fast_pattern,
            ..Content::new(&self.pattern, true)
        }
    }

    /// The bytes.
    pub fn pattern(&self) -> &[u8] {
        &self.pattern
    }

    /// How far from the begin it may end, where that is a fixed number of bytes.
    pub fn bound(&self) -> Option<u64> {
        let fixed = |amount: Amount| match amount {
            Amount::Fixed(number) => u64::try_from(number).ok(),
            Amount::Variable(_) => None,
        };
        if self.is_relative() {
            return None;
        }
        fixed(self.offset.unwrap_or(Amount::Fixed(0)))?.checked_add(fixed(self.depth?)?)
    }

    pub(super) fn is_relative(&self) -> bool {
        self.distance.is_some() || self.within.is_some()
    }

    /// Where in the buffer it may lie; `None` where that is behind its end.
    fn window(&self, buffer: Buffer<'_>, at: usize, state: &State) -> Option<(usize, usize)> {
        let length = buffer.bytes.len() as i64;
        let skipped = i64::try_from(buffer.skipped).unwrap_or(i64::MAX);
        let (mut start, mut end) = (0, length);
        if self.is_relative() {
            let at = at as i64;
            let distance = self.distance.map_or(0, |distance| distance.value(state));
            start = at.saturating_add(distance).max(0);
            if let Some(within) = self.within {
                end = end.min(at.saturating_add(distance).saturating_add(within.value(state)));
            }
        }
        let offset = self.offset.map_or(0, |offset| offset.value(state));
        if self.offset.is_some() {
            start = start.max(offset.saturating_sub(skipped));
        }
        if let Some(depth) = self.depth {
            end = end.min(offset.saturating_add(depth.value(state)).saturating_sub(skipped));
        }
        let is_inside = start <= length && start + self.pattern.len() as i64 <= end;
        is_inside.then_some((start as usize, end as usize))
    }

    /// The first place of it from `start` on that ends before `end`.
    fn find(&self, bytes: &[u8], start: usize, end: usize) -> Option<usize> {
        let part = bytes.get(start..end)?;
        if self.is_at_end {
            let place = bytes.len().checked_sub(self.pattern.len())?;
            let is_it = place >= start && end == bytes.len() && self.is_at(&bytes[place..]);
            return is_it.then_some(place);
        }
        self.first_in(part).map(|place| start + place)
    }

    /// The first place where it is.
    fn first_in(&self, bytes: &[u8]) -> Option<usize> {
        let before = self.rarest as usize;
        let Some(rarest) = self.pattern.get(before) else { return Some(0) };
        let (lower, upper) = match self.is_nocase {
            true => (rarest.to_ascii_lowercase(), rarest.to_ascii_uppercase()),
            false => (*rarest, *rarest),
        };
        let last = bytes.len().checked_sub(self.pattern.len())?;
        let places = &bytes[before..=last + before];
        let mut start = 0;
        while start < places.len() {
            let found = match lower == upper {
                true => memchr::memchr(lower, &places[start..])?,
                false => memchr::memchr2(lower, upper, &places[start..])?,
            };
            let place = start + found;
            if self.is_at(&bytes[place..]) {
                return Some(place);
            }
            start = place + 1;
        }
        None
    }

    fn is_at(&self, bytes: &[u8]) -> bool {
        let Some(bytes) = bytes.get(..self.pattern.len()) else { return false };
        if self.is_nocase { bytes.eq_ignore_ascii_case(&self.pattern) } else { bytes == &self.pattern[..] }
    }

    pub(super) fn holds(&self, rest: &[Check], buffer: Buffer<'_>, at: usize, state: &mut State) -> Option<usize> {
        let window = self.window(buffer, at, state);
        if self.is_negated {
            let is_there = window.is_some_and(|(start, end)| self.find(buffer.bytes, start, end).is_some());
            return if is_there { None } else { holds(rest, buffer, at, state) };
        }
        let (mut start, end) = window?;
        while let Some(place) = self.find(buffer.bytes, start, end) {
            if let Some(end) = holds(rest, buffer, place + self.pattern.len(), state) {
                return Some(end);
            }
            if !is_next_relative(rest) || !state.step() {
                return None;
            }
            start = place + 1;
        }
        None
    }
}
