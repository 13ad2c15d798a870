//! Cuts a stream of JSON into records, whatever they are wrapped in.
//!
//! Read alike: values one after the other, with line feeds or nothing between them; arrays; wrapper
//! objects whose first member is an array of records (`{"records":[`); pieces of any of these, such
//! as `,{...}]}`. What is no JSON is reported and passed over.
//!
//! A record is read in place from the caller's chunk. If the chunk ends first, its beginning is kept
//! and its end is looked for with [`Nesting`], so that nothing is scanned more than twice.

use super::nesting::{End, Nesting};
use super::reader::{Read, Reader, Text};
use crate::format::{Decoder, Limits, Origin};
use crate::health::{Place, excerpt};
use memchr::memmem;
use model::vocabulary::HealthKind;
use table::Tables;

/// What a format does with its records.
pub(crate) trait Records: Send {
    /// Keys of wrapper objects: `{"records":[...]}` with `records` in the list is its elements.
    fn wrappers(&self) -> &'static [&'static str];

    /// Whose log it is, as far as known.
    fn origin(&self) -> &Origin;

    /// Reads the object at the head of `bytes` and returns its length.
    ///
    /// An error says that the object is malformed or does not end in `bytes`; then nothing may have
    /// been written to `out`.
    fn record(&mut self, bytes: &[u8], place: Place, out: &mut Tables) -> Read<usize>;

    /// Reads a string that stands where a record could stand; false if it is none.
    fn text(&mut self, _text: Text<'_>, _place: Place, _out: &mut Tables) -> bool {
        false
    }

    /// The object has ended.
    fn finish(&mut self, _out: &mut Tables) {}
}

/// The decoder of a JSON format.
pub(crate) struct JsonDecoder<R> {
    splitter: Splitter,
    records: R,
}

impl<R: Records> JsonDecoder<R> {
    /// A decoder for one object.
    pub(crate) fn new(records: R, limits: Limits) -> JsonDecoder<R> {
        JsonDecoder { splitter: Splitter::new(limits, records.wrappers()), records }
    }
}

impl<R: Records> Decoder for JsonDecoder<R> {
    fn push(&mut self, bytes: &[u8], out: &mut Tables) {
        self.splitter.push(bytes, &mut self.records, out);
    }

    fn finish(&mut self, out: &mut Tables) {
        self.splitter.finish(&mut self.records, out);
        self.records.finish(out);
    }
}

/// How often the search for records starts again inside of one that never ends.
const RESTARTS_MAX: u32 = 16;
/// A wrapper's key begins within this many bytes, or it is no wrapper.
const WRAPPER_HEAD_BYTES_MAX: usize = 1024;
/// The least that is added to a kept beginning at once.
const CARRY_STEP_BYTES: usize = 4096;
/// Scanned bytes that [`Nesting`] may look back on.
const LOOK_BACK_BYTES: usize = 3;
/// Arrays around records, at most.
const ARRAYS_MAX: u32 = 63;

/// Is an object a wrapper around records?
enum Wrapper {
    /// Yes: this many bytes come before the first record.
    Yes(usize),
    No,
    /// More bytes are needed to say.
    Unsure,
}

/// The state between two chunks.
pub(crate) struct Splitter {
    limits: Limits,
    wrappers: &'static [&'static str],
    /// The beginning of a value whose end has not come yet.
    carry: Vec<u8>,
    /// The scan for its end; none while it may be a wrapper.
    nesting: Option<Nesting>,
    /// The value in `carry` is over the limit and only scanned: where it begins.
    over_limit_at: Option<u64>,
    /// Bytes of the object before `carry`, or before the next byte to come.
    offset: u64,
    /// Values before.
    record_no: u64,
    /// Arrays open around the records.
    arrays: u32,
    /// Bit n is set where the n-th open array is a wrapper's.
    wrapped: u64,
    /// Between the end of a wrapper's array and the wrapper's end.
    in_tail: bool,
    /// Nothing good came since the last bad byte was reported.
    in_garbage: bool,
    restarts: u32,
}

impl Splitter {
    /// A splitter at the beginning of an object.
    pub(crate) fn new(limits: Limits, wrappers: &'static [&'static str]) -> Splitter {
        Splitter {
            limits,
            wrappers,
            carry: Vec::new(),
            nesting: None,
            over_limit_at: None,
            offset: 0,
            record_no: 0,
            arrays: 0,
            wrapped: 0,
            in_tail: false,
            in_garbage: false,
            restarts: 0,
        }
    }

    /// Takes the next bytes and hands over every record they complete.
    pub(crate) fn push(&mut self, mut bytes: &[u8], records: &mut impl Records, out: &mut Tables) {
        while !bytes.is_empty() {
            let used = match self.carry.is_empty() {
                true => self.read_in_place(bytes, records, out),
                false => self.complete_carry(bytes, records, out),
            };
            bytes = &bytes[used..];
        }
    }

    /// Ends the object.
    pub(crate) fn finish(&mut self, records: &mut impl Records, out: &mut Tables) {
        while !self.carry.is_empty() {
            let carry = std::mem::take(&mut self.carry);
            if let Some(offset) = self.over_limit_at {
                self.offset = offset;
                return self.truncated("the object ends in the middle of a record over the limit", records, out);
            }
            let Some(feed) = memmem::find(&carry, b"\n{").filter(|_| self.restarts < RESTARTS_MAX) else {
                let detail = format!("the object ends in the middle of a record: {}", excerpt(&carry));
                return self.truncated(&detail, records, out);
            };
            self.restarts += 1;
            self.nesting = None;
            self.unreadable(&carry[..feed], records, out);
            self.offset += feed as u64;
            self.push(&carry[feed..], records, out);
        }
        if self.arrays > 0 {
            self.truncated("the object ends before its array of records does", records, out);
        }
    }

    fn truncated(&mut self, detail: &str, records: &mut impl Records, out: &mut Tables) {
        Place { record_no: self.record_no + 1, offset: self.offset }.note(
            HealthKind::Truncated,
            detail,
            records.origin(),
            out,
        );
    }

    /// Reads every value that lies completely in `bytes`; returns how many bytes were taken.
    fn read_in_place(&mut self, bytes: &[u8], records: &mut impl Records, out: &mut Tables) -> usize {
        let mut at = 0;
        loop {
            let filler = self.pass_over_filler(&bytes[at..], records, out);
            at += filler;
            self.offset += filler as u64;
            if at == bytes.len() {
                return at;
            }
            let Some(used) = self.value(&bytes[at..], records, out) else {
                self.carry.extend_from_slice(&bytes[at..]);
                self.check_limit(records, out);
                return bytes.len();
            };
            at += used;
            self.offset += used as u64;
        }
    }

    /// Passes over everything that is not the beginning of an object or a string.
    fn pass_over_filler(&mut self, bytes: &[u8], records: &impl Records, out: &mut Tables) -> usize {
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'{' | b'"' => return at,
                // With the byte order mark, in whatever pieces it comes.
                b' ' | b'\t' | b'\r' | b'\n' | b',' | b':' | 0xef | 0xbb | 0xbf => {}
                b'[' if self.arrays < ARRAYS_MAX => self.arrays += 1,
                b']' => self.close_array(),
                b'}' => self.in_tail = false,
                _ if self.in_tail || self.in_garbage => {}
                _ => {
                    self.in_garbage = true;
                    let detail = format!("not JSON: {}", excerpt(&[*byte]));
                    let place = Place { record_no: self.record_no + 1, offset: self.offset + at as u64 };
                    place.note(HealthKind::ParseError, &detail, records.origin(), out);
                }
            }
        }
        bytes.len()
    }

    fn close_array(&mut self) {
        if self.arrays > 0 {
            self.in_tail = self.wrapped >> self.arrays & 1 == 1;
            self.wrapped &= !(1 << self.arrays);
            self.arrays -= 1;
        }
    }

    fn open_wrapper(&mut self) {
        self.arrays = (self.arrays + 1).min(ARRAYS_MAX);
        self.wrapped |= 1 << self.arrays;
    }

    /// Reads the value at the head of `bytes` and returns its length, or `None` if it goes on.
    fn value(&mut self, bytes: &[u8], records: &mut impl Records, out: &mut Tables) -> Option<usize> {
        self.nesting = None;
        if bytes[0] == b'{' && !self.in_tail {
            match self.wrapper(bytes) {
                Wrapper::Yes(length) => {
                    self.open_wrapper();
                    return Some(length);
                }
                Wrapper::Unsure => return None,
                Wrapper::No => {}
            }
            let head = &bytes[..bytes.len().min(self.limits.json_record_bytes_max)];
            let place = Place { record_no: self.record_no + 1, offset: self.offset };
            if let Ok(length) = records.record(head, place, out) {
                self.record_no += 1;
                self.in_garbage = false;
                return Some(length);
            }
        }
        let mut nesting = Nesting::new(bytes, 0);
        match nesting.run(bytes) {
            End::At(end) => {
                self.complete(&bytes[..end], records, out);
                Some(end)
            }
            End::Broken { value, next } => {
                self.complete(&bytes[..value], records, out);
                Some(next)
            }
            End::More => {
                self.nesting = Some(nesting);
                None
            }
        }
    }

    /// Adds to the value in `carry`; returns how many bytes were taken.
    fn complete_carry(&mut self, bytes: &[u8], records: &mut impl Records, out: &mut Tables) -> usize {
        let step = bytes.len().min(self.carry.len().max(CARRY_STEP_BYTES));
        let before = self.carry.len();
        self.carry.extend_from_slice(&bytes[..step]);
        let carry = std::mem::take(&mut self.carry);
        let Some(mut nesting) = self.nesting.take() else {
            // It may be a wrapper: look again with more bytes, as if they had come in one piece.
            return match self.value(&carry, records, out) {
                Some(used) => self.give_back(carry, used, before),
                None => {
                    self.carry = carry;
                    self.check_limit(records, out);
                    step
                }
            };
        };
        let (value, next) = match nesting.run(&carry) {
            End::At(end) => (end, end),
            End::Broken { value, next } => (value, next),
            End::More => {
                self.carry = carry;
                self.nesting = Some(nesting);
                self.check_limit(records, out);
                return step;
            }
        };
        if self.over_limit_at.take().is_some() {
            self.record_no += 1;
        } else {
            self.complete(&carry[..value], records, out);
        }
        self.give_back(carry, next, before)
    }

    /// The first `used` bytes of what was carried are done with; says how many new ones are among them.
    fn give_back(&mut self, mut carry: Vec<u8>, used: usize, before: usize) -> usize {
        debug_assert!(used >= before, "the end of a value was overlooked");
        self.offset += used as u64;
        carry.clear();
        self.carry = carry;
        used.saturating_sub(before)
    }

    /// Drops what is carried if it is too much; its end is still looked for.
    fn check_limit(&mut self, records: &impl Records, out: &mut Tables) {
        let Some(nesting) = &mut self.nesting else { return };
        if self.carry.len() <= self.limits.json_record_bytes_max && self.over_limit_at.is_none() {
            return;
        }
        let cut = self.carry.len().saturating_sub(LOOK_BACK_BYTES);
        nesting.rebase(self.carry.len() - cut);
        if self.over_limit_at.is_none() {
            self.over_limit_at = Some(self.offset);
            self.note_over_limit(records, out);
        }
        self.carry.drain(..cut);
        self.carry.shrink_to(CARRY_STEP_BYTES);
        self.offset += cut as u64;
    }

    fn note_over_limit(&self, records: &impl Records, out: &mut Tables) {
        if !self.in_tail {
            let detail = format!("record larger than {} bytes; it was left out", self.limits.json_record_bytes_max);
            let place = Place { record_no: self.record_no + 1, offset: self.offset };
            place.note(HealthKind::LimitReached, &detail, records.origin(), out);
        }
    }

    /// A value whose end is known.
    fn complete(&mut self, value: &[u8], records: &mut impl Records, out: &mut Tables) {
        if self.in_tail {
            return;
        }
        let place = Place { record_no: self.record_no + 1, offset: self.offset };
        if value.len() > self.limits.json_record_bytes_max {
            self.note_over_limit(records, out);
            self.record_no += 1;
            return;
        }
        let is_read = match value.first() {
            Some(b'"') => Reader::new(value).string().is_ok_and(|text| records.text(text, place, out)),
            _ => records.record(value, place, out).is_ok(),
        };
        if is_read {
            self.record_no += 1;
            self.in_garbage = false;
        } else if value.first() == Some(&b'"') {
            self.unreadable_text(value, records, out);
        } else {
            self.unreadable(value, records, out);
        }
    }

    /// A string that is no record; a run of them is reported once.
    fn unreadable_text(&mut self, value: &[u8], records: &impl Records, out: &mut Tables) {
        if !self.in_garbage {
            self.in_garbage = true;
            let place = Place { record_no: self.record_no + 1, offset: self.offset };
            let detail = format!("a text that is no record: {}", excerpt(value));
            place.note(HealthKind::ParseError, &detail, records.origin(), out);
        }
    }

    fn unreadable(&mut self, value: &[u8], records: &impl Records, out: &mut Tables) {
        let place = Place { record_no: self.record_no + 1, offset: self.offset };
        let detail = format!("malformed JSON: {}", excerpt(value));
        place.note(HealthKind::ParseError, &detail, records.origin(), out);
        self.record_no += 1;
    }

    /// Is the object a wrapper: `{` key `:` `[`, with one of the keys?
    fn wrapper(&self, bytes: &[u8]) -> Wrapper {
        let unsure = if bytes.len() > WRAPPER_HEAD_BYTES_MAX { Wrapper::No } else { Wrapper::Unsure };
        let rest = bytes[1..].trim_ascii_start();
        let Some(rest) = rest.strip_prefix(b"\"") else {
            return if rest.is_empty() { unsure } else { Wrapper::No };
        };
        let is_prefix = |key: &&str| rest.len() < key.len() && key.as_bytes().starts_with(rest);
        if self.wrappers.iter().any(is_prefix) {
            return unsure;
        }
        let after_key = |key: &&str| rest.strip_prefix(key.as_bytes());
        let Some(mut rest) = self.wrappers.iter().find_map(after_key) else { return Wrapper::No };
        for (expected, may_have_space) in [(b'"', false), (b':', true), (b'[', true)] {
            rest = if may_have_space { rest.trim_ascii_start() } else { rest };
            match rest.split_first() {
                None => return unsure,
                Some((byte, after)) if *byte == expected => rest = after,
                Some(_) => return Wrapper::No,
            }
        }
        Wrapper::Yes(bytes.len() - rest.len())
    }
}
