//! The data section of a MaxMind database: maps, texts and numbers that point at each other.

/// Maps and lists in each other, and pointers to pointers.
const DEPTH_MAX: usize = 16;

/// Values that point at each other.
#[derive(Clone, Copy)]
pub(super) struct Data<'a> {
    pub(super) bytes: &'a [u8],
}

const POINTER: u8 = 1;
const TEXT: u8 = 2;
const UINT16: u8 = 5;
const UINT32: u8 = 6;
const MAP: u8 = 7;
const UINT64: u8 = 9;
const ARRAY: u8 = 11;
const BOOLEAN: u8 = 14;

/// A value: its type, how long it is or how many it has, and where that begins.
#[derive(Clone, Copy)]
pub(super) struct Value {
    kind: u8,
    size: usize,
    at: usize,
}

impl<'a> Data<'a> {
    /// The map that begins here.
    pub(super) fn map(self, at: usize) -> Option<Value> {
        self.followed(at).filter(|value| value.kind == MAP)
    }

    pub(super) fn number(self, value: Value) -> Option<u64> {
        let bytes = self.bytes.get(value.at..)?.get(..value.size).filter(|bytes| bytes.len() <= 8)?;
        let is_number = matches!(value.kind, UINT16 | UINT32 | UINT64);
        is_number.then(|| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    pub(super) fn text(self, value: Value) -> Option<&'a [u8]> {
        self.bytes.get(value.at..)?.get(..value.size).filter(|_| value.kind == TEXT)
    }

    /// What a map has under a name.
    pub(super) fn entry(self, map: Value, name: &str) -> Option<Value> {
        let mut at = map.at;
        for _ in 0..if map.kind == MAP { map.size } else { 0 } {
            let is_it = self.text(self.followed(at)?)? == name.as_bytes();
            at = self.end(at, 0)?;
            if is_it {
                return self.followed(at);
            }
            at = self.end(at, 0)?;
        }
        None
    }

    /// The value that stands here, or that a pointer here points at.
    fn followed(self, at: usize) -> Option<Value> {
        let value = self.value(at)?;
        if value.kind == POINTER { self.value(value.size).filter(|value| value.kind != POINTER) } else { Some(value) }
    }

    /// The value here as it stands. A pointer's size is where it points.
    fn value(self, at: usize) -> Option<Value> {
        let control = *self.bytes.get(at)?;
        let (kind, mut at) = match control >> 5 {
            0 => (self.bytes.get(at + 1)?.checked_add(7)?, at + 2),
            kind => (kind, at + 1),
        };
        let low = usize::from(control & 0x1f);
        let more = match (kind, low) {
            (POINTER, _) => low >> 3 & 3,
            (_, 29..) => low - 29,
            _ => return Some(Value { kind, size: low, at }),
        };
        let length = more + 1;
        let number =
            self.bytes.get(at..)?.get(..length)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
        at += length;
        let size = match (kind, more) {
            (POINTER, 3) => number,
            (POINTER, _) => ((low & 7) << (8 * length)) + number + [0, 2_048, 526_336][more],
            _ => number + [29, 285, 65_821][more],
        };
        Some(Value { kind, size, at })
    }

    /// Where the value that stands here ends.
    fn end(self, at: usize, depth: usize) -> Option<usize> {
        let value = self.value(at)?;
        let items = match value.kind {
            POINTER | BOOLEAN => return Some(value.at),
            MAP => value.size.checked_mul(2)?,
            ARRAY => value.size,
            _ => return value.at.checked_add(value.size),
        };
        let mut at = value.at;
        for _ in 0..items {
            at = self.end(at, depth + 1).filter(|_| depth < DEPTH_MAX)?;
        }
        Some(at)
    }
}
