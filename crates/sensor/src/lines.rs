//! Lines of output, each with the frame that caused it.

use engine::eve::LineSink;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// The lines of one shard during one batch.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    bytes: Vec<u8>,
    /// Frame number, and where its line ends.
    ends: Vec<(u64, usize)>,
}

impl LineSink for Lines {
    fn line(&mut self, frame_number: u64, line: &[u8]) {
        self.bytes.extend_from_slice(line);
        match self.ends.last_mut() {
            Some((last, end)) if *last == frame_number => *end = self.bytes.len(),
            _ => self.ends.push((frame_number, self.bytes.len())),
        }
    }
}

impl Lines {
    /// Nothing, with the memory for other lines.
    fn cleared(mut self) -> Lines {
        self.bytes.clear();
        self.ends.clear();
        self
    }
}

/// Lines that were written: their memory is used again, for the system would have to clear new memory each time.
#[derive(Debug, Default)]
pub(crate) struct Blanks(Mutex<Vec<Lines>>);

impl Blanks {
    /// Room for lines.
    pub(crate) fn take(&self) -> Lines {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// These are written.
    pub(crate) fn put(&self, written: impl Iterator<Item = Lines>) {
        let mut blanks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        blanks.extend(written.filter(|lines| lines.ends.capacity() > 0).map(Lines::cleared));
    }
}

/// Writes the lines of several shards in the order of their frames; those of one frame in the order of the shards.
///
/// # Errors
/// When the output does not take them.
pub(crate) fn merge(parts: &[Lines], out: &mut dyn Write) -> std::io::Result<()> {
    let mut heads: Vec<(usize, usize)> = vec![(0, 0); parts.len()];
    let next = |heads: &[(usize, usize)]| {
        let frame = |shard: &usize| parts[*shard].ends.get(heads[*shard].0).map(|(frame, _)| *frame);
        (0..parts.len()).filter_map(|shard| Some((frame(&shard)?, shard))).min()
    };
    while let Some((_, shard)) = next(&heads) {
        let (line, start) = heads[shard];
        let end = parts[shard].ends[line].1;
        out.write_all(&parts[shard].bytes[start..end])?;
        heads[shard] = (line + 1, end);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_in_the_order_of_their_frames() {
        let mut parts = [Lines::default(), Lines::default(), Lines::default()];
        for (shard, frame, line) in [(0, 1, "a"), (0, 1, "b"), (1, 2, "c"), (0, 3, "d"), (1, 3, "e"), (2, 9, "f")] {
            parts[shard].line(frame, line.as_bytes());
        }
        let mut out = Vec::new();
        merge(&parts, &mut out).unwrap();
        assert_eq!(out, b"abcdef");
        let blanks = Blanks::default();
        blanks.put(parts.into_iter());
        assert!(blanks.take().ends.is_empty());
    }
}
