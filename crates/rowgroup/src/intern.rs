//! From values to dictionary codes.

/// Slots that a search looks at. Values that were made to collide cost no more than that: beyond, a
/// value gets a second code, which is no mistake in a dictionary.
const PROBES_MAX: usize = 64;
/// Slots of an empty table.
const SLOTS_MIN: usize = 1 << 10;

/// Finds the code of a hash and a value: open addressing, each slot the upper half of a hash and a code.
pub(crate) struct CodeTable {
    /// 0 is empty; otherwise the tag, and the code plus one.
    slots: Vec<u64>,
    used: usize,
}

impl Default for CodeTable {
    fn default() -> Self {
        CodeTable { slots: vec![0; SLOTS_MIN], used: 0 }
    }
}

impl CodeTable {
    /// The code of the value with this hash that `is_equal` recognises, or `next`, which it gets then.
    #[inline]
    pub(crate) fn code_of(&mut self, hash: u64, next: u32, is_equal: impl Fn(u32) -> bool) -> u32 {
        let mask = self.slots.len() - 1;
        let tag = hash & 0xffff_ffff_0000_0000;
        let mut at = place(hash) & mask;
        for _ in 0..PROBES_MAX {
            let slot = self.slots[at];
            if slot == 0 {
                self.slots[at] = tag | u64::from(next + 1);
                self.used += 1;
                if self.used * 2 > self.slots.len() {
                    self.grow();
                }
                return next;
            }
            let code = (slot as u32).wrapping_sub(1);
            if slot & 0xffff_ffff_0000_0000 == tag && is_equal(code) {
                return code;
            }
            at = (at + 1) & mask;
        }
        next
    }

    #[cold]
    fn grow(&mut self) {
        let larger = vec![0; self.slots.len() * 2];
        let mask = larger.len() - 1;
        let slots = std::mem::replace(&mut self.slots, larger);
        for slot in slots.into_iter().filter(|slot| *slot != 0) {
            let mut at = place(slot) & mask;
            while self.slots[at] != 0 {
                at = (at + 1) & mask;
            }
            self.slots[at] = slot;
        }
    }

    pub(crate) fn clear(&mut self) {
        self.slots.fill(0);
        self.used = 0;
    }
}

/// The place in a table, of the tag alone, so that growing needs no value.
#[inline]
fn place(hash: u64) -> usize {
    (hash >> 32) as usize
}

/// A hash of eight bytes; all of its bits are in its upper half.
#[inline]
pub(crate) fn hash_word(word: u64) -> u64 {
    let product = u128::from(word ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93_a076_1d64_78bd_642f;
    (product >> 64) as u64 ^ product as u64
}

/// A hash of four bytes in the upper half; no other four bytes have it.
#[inline]
pub(crate) fn hash_four(word: u32) -> u64 {
    // Both steps can be undone: a multiplication by an odd number, and a shifted half.
    let mixed = (word ^ word >> 16).wrapping_mul(0x7feb_352d);
    let mixed = (mixed ^ mixed >> 15).wrapping_mul(0x846c_a68b);
    u64::from(mixed ^ mixed >> 16) << 32
}

/// A hash of any bytes.
#[inline]
pub(crate) fn hash_bytes(bytes: &[u8]) -> u64 {
    let (words, tail) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..tail.len()].copy_from_slice(tail);
    let start = hash_word(u64::from_le_bytes(last) ^ (bytes.len() as u64) << 56);
    words.iter().fold(start, |hash, word| hash_word(hash ^ u64::from_le_bytes(*word)))
}
