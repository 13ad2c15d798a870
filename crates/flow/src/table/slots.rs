//! Where flows live: in chunks that never move, so that growing copies nothing.

/// Entries of one chunk.
const CHUNK: usize = 1 << CHUNK_BITS;
const CHUNK_BITS: u32 = 10;

/// No entry.
pub(crate) const NONE: u32 = u32::MAX;

/// Numbered places; a number is used again once its entry was taken out.
pub(crate) struct Slots<E> {
    chunks: Vec<Vec<Option<E>>>,
    free: Vec<u32>,
    used: u32,
}

impl<E> Slots<E> {
    pub(crate) fn new() -> Slots<E> {
        Slots { chunks: Vec::new(), free: Vec::new(), used: 0 }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.used as usize - self.free.len()
    }

    pub(crate) fn insert(&mut self, entry: E) -> u32 {
        if let Some(number) = self.free.pop() {
            self.chunks[number as usize >> CHUNK_BITS][number as usize % CHUNK] = Some(entry);
            return number;
        }
        if (self.used as usize).is_multiple_of(CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.push(Some(entry));
        }
        self.used += 1;
        self.used - 1
    }

    pub(crate) fn get(&self, number: u32) -> Option<&E> {
        self.chunks.get(number as usize >> CHUNK_BITS)?.get(number as usize % CHUNK)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut E> {
        self.chunks.get_mut(number as usize >> CHUNK_BITS)?.get_mut(number as usize % CHUNK)?.as_mut()
    }

    pub(crate) fn remove(&mut self, number: u32) -> Option<E> {
        let entry = self.chunks.get_mut(number as usize >> CHUNK_BITS)?.get_mut(number as usize % CHUNK)?.take()?;
        self.free.push(number);
        Some(entry)
    }
}
