//! Cuts a stream of text into lines and columns, for every format with one record per line.
//!
//! Lines lie where they came, in the caller's chunk; only one that is cut by a chunk's end is copied. A line over the
//! limit is left out and said so.

use crate::columns::Columns;
use crate::format::{Decoder, Limits, Origin};
use crate::health::Place;
use crate::lines::LineIndex;
use memchr::memchr;
use model::vocabulary::HealthKind;
use table::Tables;

/// What a format does with its lines.
pub(crate) trait LineRecords: Send {
    /// Do several delimiters in a row count as one, unless they are commas?
    const MERGES_DELIMITERS: bool;

    /// Whose log it is, as far as known.
    fn origin(&self) -> &Origin;

    /// What stands between columns, as far as known. A line may change it for the lines after it.
    fn delimiter(&self) -> u8;

    /// Tells lines whose columns are exactly what stands between their delimiters. Is given a whole piece of text
    /// first, since hardly any has another line.
    fn tidiness(text: &[u8], delimiter: u8) -> impl Fn(&[u8]) -> bool;

    /// A tidy line.
    fn push_columns(&mut self, columns: Columns<'_>, place: Place, out: &mut Tables);

    /// Any other line, without its line feed. The last one of an object may not be complete.
    fn push_untidy(&mut self, line: &[u8], place: Place, is_complete: bool, out: &mut Tables);

    /// The object has ended.
    fn finish(&mut self, _out: &mut Tables) {}
}

/// The decoder of a format of lines.
pub(crate) struct LineDecoder<R> {
    records: R,
    line_bytes_max: usize,
    index: LineIndex,
    /// The beginning of a line whose end has not come yet.
    carry: Vec<u8>,
    /// A line over the limit is being skipped.
    skipping: bool,
    /// Lines before the current one.
    line_no: u64,
    /// Bytes before the current line.
    offset: u64,
}

/// Text is indexed in pieces of this size, so that the index stays in the cache.
const PIECE_BYTES: usize = 64 << 10;

impl<R: LineRecords> Decoder for LineDecoder<R> {
    fn push(&mut self, mut bytes: &[u8], out: &mut Tables) {
        if !self.carry.is_empty() || self.skipping {
            bytes = self.complete_carry(bytes, out);
        }
        while !bytes.is_empty() {
            let piece = &bytes[..bytes.len().min(PIECE_BYTES)];
            let Some(last_feed) = memchr::memrchr(b'\n', piece) else {
                // A line longer than a piece: it goes the slow way, through the carry buffer.
                bytes = self.complete_carry(bytes, out);
                continue;
            };
            self.push_lines(&piece[..=last_feed], out);
            bytes = &bytes[last_feed + 1..];
            if bytes.len() < PIECE_BYTES && memchr(b'\n', bytes).is_none() {
                bytes = self.complete_carry(bytes, out);
            }
        }
    }

    fn finish(&mut self, out: &mut Tables) {
        if !self.skipping && !self.carry.is_empty() {
            let line = std::mem::take(&mut self.carry);
            self.records.push_untidy(&line, self.place(), false, out);
        }
        self.records.finish(out);
    }
}

impl<R: LineRecords> LineDecoder<R> {
    /// A decoder at the beginning of an object.
    pub(crate) fn new(records: R, limits: Limits) -> LineDecoder<R> {
        LineDecoder {
            records,
            line_bytes_max: limits.line_bytes_max,
            index: LineIndex::new(),
            carry: Vec::new(),
            skipping: false,
            line_no: 0,
            offset: 0,
        }
    }

    /// Where the current line stands.
    fn place(&self) -> Place {
        Place { record_no: self.line_no + 1, offset: self.offset }
    }

    /// Takes bytes up to the next line feed into the carry buffer and decodes the line if it is
    /// complete. Returns the bytes behind it.
    fn complete_carry<'a>(&mut self, bytes: &'a [u8], out: &mut Tables) -> &'a [u8] {
        let feed = memchr(b'\n', bytes);
        let (head, rest) = match feed {
            Some(feed) => (&bytes[..feed], &bytes[feed + 1..]),
            None => (bytes, &bytes[bytes.len()..]),
        };
        let place = self.place();
        if self.skipping {
            self.offset += head.len() as u64;
        } else if self.carry.len() + head.len() > self.line_bytes_max {
            self.note_long_line(place, out);
            self.skipping = true;
            self.offset += (self.carry.len() + head.len()) as u64;
            self.carry.clear();
        } else {
            self.carry.extend_from_slice(head);
        }
        if feed.is_some() {
            if !self.skipping {
                let line = std::mem::take(&mut self.carry);
                self.records.push_untidy(&line, place, true, out);
                self.offset += line.len() as u64;
                self.carry = line;
                self.carry.clear();
            }
            self.skipping = false;
            self.line_no += 1;
            self.offset += 1;
        }
        rest
    }

    fn note_long_line(&self, place: Place, out: &mut Tables) {
        let detail = format!("line longer than {} bytes; it was left out", self.line_bytes_max);
        place.note(HealthKind::LimitReached, &detail, self.records.origin(), out);
    }

    /// Decodes complete lines.
    fn push_lines(&mut self, text: &[u8], out: &mut Tables) {
        let mut index = std::mem::replace(&mut self.index, LineIndex::new());
        let mut start = 0;
        // The first header line of an object may change the delimiter: index again from there.
        while start < text.len() {
            start += self.push_indexed(&text[start..], &mut index, out);
        }
        self.index = index;
    }

    /// Decodes lines while the delimiter stays the same; returns how many bytes were decoded.
    fn push_indexed(&mut self, text: &[u8], index: &mut LineIndex, out: &mut Tables) -> usize {
        let delimiter = self.records.delimiter();
        let is_tidy = R::tidiness(text, delimiter);
        index.build(text, delimiter);
        let mut done = 0;
        for line in index.lines() {
            let Some(&feed) = line.ends.last() else { break };
            let place = self.place();
            let has_gap = R::MERGES_DELIMITERS && line.has_gap(delimiter);
            if !has_gap && is_tidy(&text[line.start..feed as usize]) {
                self.records.push_columns(Columns::new(text, line.start, line.ends), place, out);
            } else {
                self.records.push_untidy(&text[line.start..feed as usize], place, true, out);
            }
            let length = feed as usize + 1 - line.start;
            self.line_no += 1;
            self.offset += length as u64;
            done += length;
            if self.records.delimiter() != delimiter {
                break;
            }
        }
        done
    }
}
