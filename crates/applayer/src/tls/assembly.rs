//! Bytes that come in pieces, out of order: fragments of a DTLS message, CRYPTO frames of QUIC.

use std::collections::BTreeMap;

/// What is there of a row of bytes. Memory grows with what came, not with what was announced.
#[derive(Debug, Default)]
pub(crate) struct Assembly {
    /// All from the first byte on.
    head: Vec<u8>,
    /// Pieces behind a gap, by their place.
    islands: BTreeMap<usize, Vec<u8>>,
}

/// There was no room for a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

impl Assembly {
    /// Adds a piece that may repeat what is there; what came first stays.
    ///
    /// # Errors
    /// If it would end behind `bytes_max`, or there are too many pieces behind gaps.
    pub(crate) fn add(&mut self, offset: usize, bytes: &[u8], bytes_max: usize) -> Result<(), TooLong> {
        if offset.checked_add(bytes.len()).is_none_or(|end| end > bytes_max) {
            return Err(TooLong);
        }
        if offset > self.head.len() {
            let held_bytes: usize = self.islands.values().map(Vec::len).sum();
            if self.islands.len() >= ISLANDS_MAX || held_bytes + bytes.len() > ISLAND_ROUNDS_MAX * bytes_max {
                return Err(TooLong);
            }
            let island = self.islands.entry(offset).or_default();
            if island.len() < bytes.len() {
                *island = bytes.to_vec();
            }
            return Ok(());
        }
        self.append(offset, bytes);
        while let Some(island) = self.islands.first_entry().filter(|island| *island.key() <= self.head.len()) {
            let (offset, bytes) = island.remove_entry();
            self.append(offset, &bytes);
        }
        Ok(())
    }

    /// `offset` is at most the head's end.
    fn append(&mut self, offset: usize, bytes: &[u8]) {
        let known = self.head.len() - offset;
        self.head.extend_from_slice(bytes.get(known..).unwrap_or_default());
    }

    /// What is there without a gap.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }
}

const ISLANDS_MAX: usize = 64;
/// Pieces that are sent again, and cut elsewhere, may hold so many times the bytes of the whole.
const ISLAND_ROUNDS_MAX: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// However a message is cut and shuffled, and whatever comes twice, it is put together.
        #[test]
        fn order_says_nothing(
            message in proptest::collection::vec(any::<u8>(), 1..200),
            cuts in proptest::collection::vec((0usize..200, 1usize..60), 0..40),
        ) {
            let mut assembly = Assembly::default();
            for (offset, length) in cuts {
                let offset = offset.min(message.len());
                let end = (offset + length).min(message.len());
                assembly.add(offset, &message[offset..end], 200).ok();
                prop_assert_eq!(assembly.head(), &message[..assembly.head().len()]);
            }
            for offset in (0..message.len()).rev() {
                assembly.add(offset, &message[offset..=offset], 200).ok();
            }
            assembly.add(0, &message, 200).unwrap();
            prop_assert_eq!(assembly.head(), &message[..]);
        }
    }

    #[test]
    fn what_is_too_long_is_turned_away() {
        let mut overlapping = Assembly::default();
        let added = (1..9).map(|offset| overlapping.add(offset, &[1; 10][offset..], 10).is_ok());
        assert_eq!(added.collect::<Vec<_>>(), [true, true, true, true, true, true, false, false]);
        let mut assembly = Assembly::default();
        assert_eq!(assembly.add(10, &[1], 10), Err(TooLong));
        assert_eq!(assembly.add(usize::MAX, &[1], 10), Err(TooLong));
        assert_eq!(assembly.add(0, &[1, 2], 10), Ok(()));
        assert_eq!(assembly.head(), [1, 2]);
    }
}
