//! The way through records that look like those before them, without reading their keys again.
//!
//! The records of one log have the same keys in the same order, time and again. A [`Trail`] remembers
//! what stood between two values that differ from record to record. It follows a record by comparing
//! that, and by looking for the end of each such value.
//!
//! Whatever it follows to the end is JSON, and has the values where [`Reader`] would find them: each
//! piece between two values comes from a well-formed record in which the same containers were open.
//! What it cannot follow is for [`Reader`] to read; learning from that is a matter of speed only.

use super::reader::{Fault, Read, Reader, Text, Value};
use hashbrown::HashMap;
use wide::u8x16;

/// The place before a record.
const START: u32 = 0;
/// The place behind a record.
const END: u32 = u32::MAX;
/// Records that are only looked at, to find out which values are always the same.
const TRIAL_LESSONS: u32 = 32;
/// Records to learn from, at most. A log that needs more has no shape worth knowing.
const LESSONS_MAX: u32 = 2048;
/// A larger record is no lesson; it bounds what is kept of keys and values.
const LESSON_BYTES_MAX: usize = 16 << 10;
/// Places known, at most, before another lesson.
const SPOTS_MAX: usize = 512;
/// Ways on from one place, at most.
const WAYS_MAX: usize = 16;
/// Bytes kept for comparing, at most, before another lesson.
const BETWEEN_BYTES_MAX: usize = 1 << 18;
/// Arrays and objects in each other, at most.
const DEPTH_MAX: usize = 32;

/// A value that the caller wants wherever it stands: its bytes, and what to call it.
pub(crate) type Wanted<'a> = (&'a [u8], u8);

/// What is known of the records so far.
pub(crate) struct Trail {
    spots: Vec<Spot>,
    /// The spot of a path; places of one path have the same containers open.
    by_path: HashMap<Box<[u8]>, u32>,
    /// What stands between values, one piece after the other.
    between: Vec<u8>,
    lessons: u32,
    trial_lessons: u32,
}

/// A place where a string, or a number of digits only, can stand.
#[derive(Default)]
struct Spot {
    is_text: bool,
    /// What the caller calls the value.
    name: Option<u8>,
    /// Where it goes on behind the value, what comes more often first.
    ways: Vec<Way>,
    /// The value that was there first; empty once there was another.
    sample: Box<[u8]>,
    /// How often a value was looked at.
    seen: u32,
    /// The value is taken to be part of what stands around it.
    is_fixed: bool,
}

/// From the end of one value to the beginning of the next.
#[derive(Clone, Copy)]
struct Way {
    /// Where the bytes in between are.
    start: u32,
    length: u32,
    to: u32,
    /// What is known of the place it leads to.
    is_text: bool,
    name: Option<u8>,
}

/// A value in a record.
struct Token {
    spot: u32,
    start: usize,
    end: usize,
}

impl Trail {
    /// A trail that knows nothing yet.
    pub(crate) fn new() -> Trail {
        Trail::with_trial(TRIAL_LESSONS)
    }

    /// One that remembers ways only after so many records.
    fn with_trial(trial_lessons: u32) -> Trail {
        let spots = vec![Spot::default()];
        Trail { spots, by_path: HashMap::new(), between: Vec::new(), lessons: 0, trial_lessons }
    }

    /// For tests: one that follows nothing.
    #[cfg(test)]
    pub(crate) fn closed() -> Trail {
        Trail::with_trial(u32::MAX)
    }

    /// For tests: one that goes ahead early.
    #[cfg(test)]
    pub(crate) fn hasty() -> Trail {
        Trail::with_trial(2)
    }

    /// Follows the record at the head of `bytes`: calls `visit` with each value that has a name, and
    /// returns the record's length. `None` says nothing about the record.
    #[inline]
    pub(crate) fn follow<'a>(&mut self, bytes: &'a [u8], mut visit: impl FnMut(u8, Value<'a>)) -> Option<usize> {
        let (mut spot, mut at) = (START, 0);
        loop {
            let way = self.way(spot, bytes.get(at..)?)?;
            at += way.length as usize;
            if way.to == END {
                return Some(at);
            }
            spot = way.to;
            let rest = bytes.get(at..)?;
            let length = if way.is_text { text_length(rest) } else { digits_length(rest) }?;
            if let Some(name) = way.name {
                let raw = rest.get(..length)?;
                visit(name, if way.is_text { Value::Text(Text { raw, escaped: false }) } else { Value::Number(raw) });
            }
            at += length;
        }
    }

    /// The way on from a place that `rest` begins with.
    #[inline]
    fn way(&mut self, spot: u32, rest: &[u8]) -> Option<Way> {
        let ways = &mut self.spots.get_mut(spot as usize)?.ways;
        let at = ways.iter().position(|way| way.begins(rest, &self.between))?;
        let way = ways[at];
        if at > 0 {
            ways.swap(at - 1, at);
        }
        Some(way)
    }

    /// Learns from a well-formed record that could not be followed. `wanted` are all values that have
    /// a name, and their names; a place has the same name in every record.
    #[cold]
    pub(crate) fn learn(&mut self, record: &[u8], wanted: &[Wanted<'_>]) {
        let is_full = self.spots.len() > SPOTS_MAX || self.between.len() > BETWEEN_BYTES_MAX;
        if is_full || self.lessons >= LESSONS_MAX || record.len() > LESSON_BYTES_MAX {
            return;
        }
        self.lessons += 1;
        let mut tokens = Vec::new();
        let walked = scalars(&mut Reader::new(record), DEPTH_MAX, &mut Vec::new(), &mut |path, value| {
            let Some(is_text) = kind(value) else { return };
            let raw = value.raw();
            let name = wanted.iter().find(|(bytes, _)| bytes.as_ptr() == raw.as_ptr()).map(|(_, name)| *name);
            let start = super::offset_in(record, raw) as usize;
            tokens.push(Token { spot: self.look_at(path, is_text, name, raw), start, end: start + raw.len() });
        });
        let is_named = |token: &&Token| self.spots[token.spot as usize].name.is_some();
        if walked.is_err() || tokens.iter().filter(is_named).count() != wanted.len() {
            return;
        }
        if self.lessons <= self.trial_lessons {
            return self.end_trial();
        }
        self.remember(record, &tokens);
    }

    /// The place of a value; made known if it is new.
    fn look_at(&mut self, path: &[u8], is_text: bool, name: Option<u8>, raw: &[u8]) -> u32 {
        let at = match self.by_path.get(path) {
            Some(at) => *at,
            None => {
                let at = self.spots.len() as u32;
                self.spots.push(Spot { is_text, name, sample: raw.into(), ..Spot::default() });
                self.by_path.insert(path.into(), at);
                at
            }
        };
        let spot = &mut self.spots[at as usize];
        spot.seen += 1;
        if *spot.sample != *raw {
            spot.is_fixed = false;
            spot.sample = Box::default();
        }
        at
    }

    /// Values that were the same in all records are taken to be so in the others.
    fn end_trial(&mut self) {
        if self.lessons == self.trial_lessons {
            for spot in &mut self.spots {
                spot.is_fixed = spot.seen > 1 && !spot.sample.is_empty() && spot.name.is_none();
            }
        }
    }

    /// Remembers the ways between the values of a record.
    fn remember(&mut self, record: &[u8], tokens: &[Token]) {
        let (mut from, mut start) = (START, 0);
        for token in tokens {
            if !self.spots[token.spot as usize].is_fixed {
                self.add_way(from, &record[start..token.start], token.spot);
                (from, start) = (token.spot, token.end);
            }
        }
        self.add_way(from, &record[start..], END);
    }

    fn add_way(&mut self, from: u32, between: &[u8], to: u32) {
        let ways = &self.spots[from as usize].ways;
        if ways.iter().any(|way| way.to == to && way.bytes(&self.between) == Some(between)) {
            return;
        }
        let (is_text, name) = self.spots.get(to as usize).map_or((false, None), |spot| (spot.is_text, spot.name));
        let way = Way { start: self.between.len() as u32, length: between.len() as u32, to, is_text, name };
        self.between.extend_from_slice(between);
        let ways = &mut self.spots[from as usize].ways;
        ways.truncate(WAYS_MAX - 1);
        ways.push(way);
    }
}

impl Way {
    #[inline]
    fn bytes(self, between: &[u8]) -> Option<&[u8]> {
        between.get(self.start as usize..)?.get(..self.length as usize)
    }

    /// Does `rest` begin with the bytes of this way?
    #[inline]
    fn begins(self, rest: &[u8], between: &[u8]) -> bool {
        self.bytes(between).is_some_and(|bytes| rest.starts_with(bytes))
    }
}

/// The last bytes of a text as a window, filled up with zeros.
#[cold]
fn padded(last: &[u8]) -> Option<[u8; 16]> {
    let mut window = [0; 16];
    window.get_mut(..last.len())?.copy_from_slice(last);
    Some(window)
}

/// Is the value a text, or a number of digits only? `None` if it is neither.
fn kind(value: Value<'_>) -> Option<bool> {
    match value {
        Value::Text(_) => Some(true),
        Value::Number(digits) if digits.iter().all(u8::is_ascii_digit) => Some(false),
        _ => None,
    }
}

/// Where the string at the head ends, unless there is anything in it to look at twice.
#[inline]
fn text_length(rest: &[u8]) -> Option<usize> {
    let (windows, last) = rest.as_chunks::<16>();
    for (number, window) in windows.iter().enumerate() {
        let bytes = u8x16::new(*window);
        let quotes = bytes.simd_eq(u8x16::splat(b'"'));
        let others = bytes.simd_eq(u8x16::splat(b'\\')) | bytes.simd_eq(u8x16::splat(b'\n'));
        let stops = (quotes | others).to_bitmask();
        if stops != 0 {
            let at = number * 16 + stops.trailing_zeros() as usize;
            return (rest[at] == b'"').then_some(at);
        }
    }
    let at = last.iter().position(|byte| matches!(byte, b'"' | b'\\' | b'\n'))?;
    (last[at] == b'"').then_some(windows.len() * 16 + at)
}

/// How many digits there are at the head; `None` if none, or more than anything has.
#[inline]
fn digits_length(rest: &[u8]) -> Option<usize> {
    let window = match rest.first_chunk::<16>() {
        Some(window) => *window,
        None => padded(rest)?,
    };
    let values = u8x16::new(window) - u8x16::splat(b'0');
    let digits = values.min(u8x16::splat(9)).simd_eq(values).to_bitmask();
    let length = digits.trailing_ones() as usize;
    (1..16).contains(&length).then_some(length)
}

/// Calls `visit` with every value that is no container, and with the keys and brackets around it.
fn scalars<'a>(
    reader: &mut Reader<'a>,
    depth_left: usize,
    path: &mut Vec<u8>,
    visit: &mut dyn FnMut(&[u8], Value<'a>),
) -> Read<()> {
    let length = path.len();
    let depth_inside = depth_left.checked_sub(1).ok_or(Fault::Malformed);
    match reader.peek()? {
        b'{' => reader.object(|reader, key| {
            // No key has a quote in it, so no other keys give the same path.
            path.push(b'"');
            path.extend_from_slice(key.raw);
            path.push(b'"');
            scalars(reader, depth_inside?, path, visit)?;
            path.truncate(length);
            Ok(())
        }),
        b'[' => reader.array(|reader| {
            path.push(b'[');
            scalars(reader, depth_inside?, path, visit)?;
            path.truncate(length);
            Ok(())
        }),
        _ => {
            let value = reader.value()?;
            // A string is followed by a quote, a number is not: they are different places.
            path.push(if matches!(value, Value::Text(_)) { b'"' } else { b'0' });
            visit(path, value);
            path.truncate(length);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Follows `text` on a trail that learnt from `lessons`; the values with a name: those of `a`.
    #[track_caller]
    fn check(lessons: &[&str], text: &str, expected: Option<(&[&str], usize)>) {
        let mut trail = Trail::hasty();
        for lesson in lessons {
            let wanted = super::super::member(lesson.as_bytes(), b"a").map(|value| (value.raw(), 7));
            trail.learn(lesson.as_bytes(), wanted.as_slice());
        }
        let mut values = Vec::new();
        let length = trail.follow(text.as_bytes(), |name, value| {
            assert_eq!(name, 7);
            values.push(String::from_utf8_lossy(value.raw()).into_owned());
        });
        let found = length.map(|length| (values.iter().map(String::as_str).collect::<Vec<_>>(), length));
        assert_eq!(found, expected.map(|(values, length)| (values.to_vec(), length)), "{text}");
    }

    #[test]
    fn follows_what_it_has_learnt() {
        const SHORT: &str = r#"{"a":"1","b":{"c":"x"}}"#;
        const OTHER: &str = r#"{"a":"2","b":{"c":"x"},"d":[5,6]}"#;
        let lessons = [SHORT, SHORT, SHORT, OTHER];
        check(&lessons, r#"{"a":"","b":{"c":"x"}},"#, Some((&[""], 22)));
        check(&lessons, r#"{"a":"34567890123456789","b":{"c":"x"},"d":[77,888]}"#, Some((&["34567890123456789"], 52)));
        // One element of a list was followed by another.
        check(&lessons, r#"{"a":"1","b":{"c":"x"},"d":[5,6,7,8,9]}"#, Some((&["1"], 39)));
        // A value that was always the same, an escape, a line feed, no digit, no end, a key that is new.
        check(&lessons, r#"{"a":"1","b":{"c":"y"}}"#, None);
        check(&lessons, r#"{"a":"\\","b":{"c":"x"}}"#, None);
        check(&lessons, "{\"a\":\"\n\",\"b\":{\"c\":\"x\"}}", None);
        check(&lessons, r#"{"a":"2","b":{"c":"x"},"d":[5.0,6]}"#, None);
        check(&lessons, &SHORT[..SHORT.len() - 1], None);
        check(&lessons, r#"{"a":"1","B":{"c":"x"}}"#, None);
    }

    #[test]
    fn what_it_cannot_name_or_read_is_no_lesson() {
        let check = |lesson: &str| check(&[lesson; 4], lesson, None);
        check(r#"{"a":null}"#);
        check(r#"{"a":1.5}"#);
        check(r#"{"a":["1"]}"#);
        check(r#"{"a":"1","b":{]}"#);
        check(&format!(r#"{{"a":"1","b":{}{}}}"#, "[".repeat(40), "]".repeat(40)));
    }
}
