//! Where flows live: in chunks that never move, so that growing copies nothing.

/// Bytes of one chunk, at most: a power of two, which allocators give out without a rest.
const CHUNK_BYTES: usize = 64 << 10;

/// No entry.
pub(crate) const NONE: u32 = u32::MAX;

/// Numbered places; a number is used again once its entry was taken out.
pub(crate) struct Slots<E> {
    chunks: Vec<Vec<Option<E>>>,
    free: Vec<u32>,
    used: u32,
}

impl<E> Slots<E> {
    /// Entries of one chunk.
    const CHUNK: usize = if size_of::<Option<E>>() < CHUNK_BYTES { CHUNK_BYTES / size_of::<Option<E>>() } else { 1 };

    pub(crate) fn new() -> Slots<E> {
        Slots { chunks: Vec::new(), free: Vec::new(), used: 0 }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.used as usize - self.free.len()
    }

    pub(crate) fn insert(&mut self, entry: E) -> u32 {
        if let Some(number) = self.free.pop() {
            self.chunks[number as usize / Self::CHUNK][number as usize % Self::CHUNK] = Some(entry);
            return number;
        }
        if (self.used as usize).is_multiple_of(Self::CHUNK) {
            self.chunks.push(Vec::with_capacity(Self::CHUNK));
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.push(Some(entry));
        }
        self.used += 1;
        self.used - 1
    }

    pub(crate) fn get(&self, number: u32) -> Option<&E> {
        self.chunks.get(number as usize / Self::CHUNK)?.get(number as usize % Self::CHUNK)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut E> {
        self.chunks.get_mut(number as usize / Self::CHUNK)?.get_mut(number as usize % Self::CHUNK)?.as_mut()
    }

    pub(crate) fn remove(&mut self, number: u32) -> Option<E> {
        let entry =
            self.chunks.get_mut(number as usize / Self::CHUNK)?.get_mut(number as usize % Self::CHUNK)?.take()?;
        self.free.push(number);
        Some(entry)
    }
}
