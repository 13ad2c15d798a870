//! Values of RESP, one after the other, as they come: what is long is counted, and its begin kept.

use crate::http1::lines::{Line, Lines};

/// Longer lines are cut.
const LINE_BYTES_MAX: usize = 4 << 10;
/// Texts of one value that are kept, and bytes of each.
const TEXTS_MAX: usize = 16;
const TEXT_BYTES_MAX: usize = 256;
/// How deep values may lie in each other.
const DEPTH_MAX: usize = 16;

/// A value, whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// The byte that it begins with: `+`, `-`, `:`, `$`, `*`, ...
    pub kind: u8,
    /// Its texts and numbers, the first ones.
    pub texts: Vec<Vec<u8>>,
    /// How many there are.
    pub count: u64,
    /// All its bytes.
    pub bytes: u64,
    /// Is it nothing?
    pub is_null: bool,
}

/// Reads values of one side.
#[derive(Default)]
pub(super) struct Items {
    lines: Lines,
    item: Item,
    /// Values that are still to come, level by level.
    open: Vec<u64>,
    /// Bytes of a text that are still to come, and its end.
    text_left: u64,
}

/// What was read.
pub(super) enum Read {
    /// So many bytes; the value is not over.
    Part(usize),
    /// So many bytes, and with them a value is whole.
    Whole(usize, Item),
    /// So many bytes of a line that is no value: a command in words.
    Words(usize, Item),
    /// More bytes are needed.
    NeedMore,
    /// It is no value.
    Malformed,
}

impl Items {
    /// Reads on. `allows_words` where a line may be a command.
    pub(super) fn next(&mut self, bytes: &[u8], allows_words: bool) -> Read {
        if self.text_left > 0 {
            return self.text(bytes);
        }
        let (line, length) = match self.lines.next(bytes, LINE_BYTES_MAX) {
            Line::NeedMore => return Read::NeedMore,
            Line::Rest(length) => {
                self.item.bytes += length as u64;
                return Read::Part(length);
            }
            Line::Cut(line) => (line, line.len()),
            Line::Whole { text, length } => (text, length),
        };
        let is_first = self.open.is_empty();
        if is_first {
            self.item = Item::default();
        }
        self.item.bytes += length as u64;
        match line.split_first() {
            None if is_first => Read::Part(length),
            Some((kind, rest)) if b"+-:$*_#,(!=%~>|".contains(kind) => self.value(*kind, rest, is_first, length),
            Some(_) if allows_words && is_first => Read::Words(length, words(line, length)),
            _ => Read::Malformed,
        }
    }

    /// A line that begins a value, or is one.
    fn value(&mut self, kind: u8, rest: &[u8], is_first: bool, length: usize) -> Read {
        if is_first {
            self.item.kind = kind;
        }
        match kind {
            b'$' | b'!' | b'=' => match number(rest) {
                Some(-1) => self.null(is_first, length),
                Some(bytes @ 0..) => {
                    self.keep(b"");
                    // The text's own end comes behind it.
                    self.text_left = bytes.unsigned_abs() + 2;
                    Read::Part(length)
                }
                _ => Read::Malformed,
            },
            b'*' | b'%' | b'~' | b'>' | b'|' => match number(rest) {
                Some(-1) => self.null(is_first, length),
                Some(count @ 0..) if self.open.len() < DEPTH_MAX => {
                    let per_entry = if matches!(kind, b'%' | b'|') { 2 } else { 1 };
                    self.open.push(count.unsigned_abs().saturating_mul(per_entry).saturating_add(1));
                    self.one_less(length)
                }
                _ => Read::Malformed,
            },
            b'_' => self.null(is_first, length),
            _ => {
                self.keep(rest);
                self.one_less(length)
            }
        }
    }

    fn null(&mut self, is_first: bool, length: usize) -> Read {
        self.item.is_null |= is_first;
        self.one_less(length)
    }

    fn keep(&mut self, text: &[u8]) {
        self.item.count += 1;
        if self.item.texts.len() < TEXTS_MAX {
            self.item.texts.push(text[..text.len().min(TEXT_BYTES_MAX)].to_vec());
        }
    }

    /// The next bytes of a text.
    fn text(&mut self, bytes: &[u8]) -> Read {
        const END_BYTES: u64 = 2;
        let taken = bytes.len().min(usize::try_from(self.text_left).unwrap_or(usize::MAX));
        let content = usize::try_from(self.text_left.saturating_sub(END_BYTES)).unwrap_or(usize::MAX).min(taken);
        if self.item.count as usize <= TEXTS_MAX
            && let Some(text) = self.item.texts.last_mut()
        {
            let room = TEXT_BYTES_MAX.saturating_sub(text.len()).min(content);
            text.extend_from_slice(&bytes[..room]);
        }
        self.text_left -= taken as u64;
        self.item.bytes += taken as u64;
        if self.text_left > 0 { Read::Part(taken) } else { self.one_less(taken) }
    }

    /// A value is over; and with it, perhaps, those around it.
    fn one_less(&mut self, length: usize) -> Read {
        while let Some(left) = self.open.last_mut() {
            *left -= 1;
            if *left > 0 {
                return Read::Part(length);
            }
            self.open.pop();
        }
        Read::Whole(length, std::mem::take(&mut self.item))
    }
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A command in words.
fn words(line: &[u8], length: usize) -> Item {
    let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let mut item = Item { kind: b'*', bytes: length as u64, ..Item::default() };
    for word in words {
        item.count += 1;
        if item.texts.len() < TEXTS_MAX {
            item.texts.push(word[..word.len().min(TEXT_BYTES_MAX)].to_vec());
        }
    }
    item
}
