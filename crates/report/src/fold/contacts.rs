//! How regularly a client calls a server: kept exactly, so that parts can be joined in any cut.

/// Powers of four of bytes that are told apart.
const SIZE_CLASSES: usize = 16;

/// Bytes of a call in which something was said: more than six packets that only open and close a connection.
const EXCHANGE_BYTES_MIN: u64 = 256;

/// One call of the client: a new connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// Seconds since 1970.
    pub(crate) at: u32,
    /// The client's port: two records with one port are one connection.
    pub(crate) port: u16,
    /// Was more said than that a connection opens and closes?
    pub(crate) has_spoken: bool,
    /// Does the record say that a connection begins? Otherwise its port has to say so.
    pub(crate) is_certain: bool,
}

impl Call {
    /// The call that a record of so many bytes tells of.
    #[inline]
    pub(crate) fn new(at: u32, port: u16, bytes: u64, is_certain: bool) -> Call {
        // A record that only marks a begin has no bytes, and does not say that nothing came of it.
        Call { at, port, has_spoken: bytes == 0 || bytes >= EXCHANGE_BYTES_MIN, is_certain }
    }

    /// Is it the same call as the one before it?
    #[inline]
    fn continues(self, previous: Call) -> bool {
        previous.port == self.port && !self.is_certain
    }
}

/// The calls of a conversation: gaps between them, and the sizes of the records towards the server.
///
/// 112 bytes. Everything is a sum, an extreme or an end of a chain, so joining two neighbours gives what one would have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contacts {
    /// The first and the last call.
    ends: Option<(Call, Call)>,
    /// Calls.
    pub(crate) calls: u32,
    /// Those of them in which something was said.
    pub(crate) exchanges: u32,
    /// Gaps longer than a second.
    pub(crate) gaps: u32,
    /// Their sum in seconds.
    pub(crate) gap_sum: u64,
    /// The sum of their squares.
    pub(crate) gap_squares: u64,
    /// The longest.
    pub(crate) gap_max: u32,
    /// Records towards the server that carried something.
    pub(crate) sizes: u32,
    /// Their bytes.
    pub(crate) size_sum: u64,
    /// The sum of the squares of their bytes, each at most 2^24.
    pub(crate) size_squares: u64,
    /// The largest record, and when it began.
    pub(crate) largest: (u64, u32),
    /// Records by size: below 4, 16, 64, ... bytes.
    pub(crate) by_size: [u16; SIZE_CLASSES],
}

impl Contacts {
    /// The client called.
    #[inline]
    pub(crate) fn call(&mut self, call: Call) {
        let Some((_, last)) = &mut self.ends else {
            self.ends = Some((call, call));
            self.count(1, u32::from(call.has_spoken));
            return;
        };
        let previous = std::mem::replace(last, call);
        if !call.continues(previous) {
            self.count(1, u32::from(call.has_spoken));
        }
        self.link(previous, call);
    }

    #[inline]
    fn count(&mut self, calls: u32, exchanges: u32) {
        self.calls = self.calls.saturating_add(calls);
        self.exchanges = self.exchanges.saturating_add(exchanges);
    }

    /// Counts the gap between two calls that follow each other in the input.
    #[inline]
    fn link(&mut self, previous: Call, next: Call) {
        let gap = next.at.saturating_sub(previous.at);
        if gap <= 1 || next.port == previous.port {
            return;
        }
        self.gaps += 1;
        self.gap_sum += u64::from(gap);
        self.gap_squares = self.gap_squares.saturating_add(u64::from(gap) * u64::from(gap));
        self.gap_max = self.gap_max.max(gap);
    }

    /// The client sent this much in one record.
    #[inline]
    pub(crate) fn sent(&mut self, bytes: u64, at: u32) {
        let small = bytes.min(1 << 24);
        self.sizes += 1;
        self.size_sum += bytes;
        self.size_squares = self.size_squares.saturating_add(small * small);
        self.largest = larger(self.largest, (bytes, at));
        let count = &mut self.by_size[size_class(bytes)];
        *count = count.saturating_add(1);
    }

    /// Joins what came right after this.
    pub(crate) fn merge(&mut self, later: &Contacts) {
        self.ends = match (self.ends, later.ends) {
            (Some((first, previous)), Some((next, last))) => {
                self.link(previous, next);
                // The later part took its first call for a new one.
                let again = u32::from(next.continues(previous));
                self.count(later.calls - again, later.exchanges - again * u32::from(next.has_spoken));
                Some((first, last))
            }
            (mine, theirs) => {
                self.count(later.calls, later.exchanges);
                mine.or(theirs)
            }
        };
        self.gaps += later.gaps;
        self.gap_sum += later.gap_sum;
        self.gap_squares = self.gap_squares.saturating_add(later.gap_squares);
        self.gap_max = self.gap_max.max(later.gap_max);
        self.sizes += later.sizes;
        self.size_sum += later.size_sum;
        self.size_squares = self.size_squares.saturating_add(later.size_squares);
        self.largest = larger(self.largest, later.largest);
        for (mine, theirs) in self.by_size.iter_mut().zip(later.by_size) {
            *mine = mine.saturating_add(theirs);
        }
    }

    /// Mean gap in seconds, and the standard deviation as a part of it.
    pub(crate) fn gap_mean_and_spread(&self) -> (f64, f64) {
        mean_and_spread(self.gaps, self.gap_sum, self.gap_squares)
    }

    /// Mean size in bytes, and the standard deviation as a part of it.
    pub(crate) fn size_mean_and_spread(&self) -> (f64, f64) {
        mean_and_spread(self.sizes, self.size_sum, self.size_squares)
    }

    /// The share of records in the fullest two neighbouring size classes, and the bytes those stay below.
    pub(crate) fn typical_size(&self) -> (f64, u64) {
        let both = |class: usize| u32::from(self.by_size[class]) + u32::from(self.by_size[class + 1]);
        let total: u32 = self.by_size.iter().map(|&count| u32::from(count)).sum();
        let fullest = (0..SIZE_CLASSES - 1).rev().max_by_key(|&class| both(class)).unwrap_or(0);
        (f64::from(both(fullest)) / f64::from(total.max(1)), 4 << (2 * (fullest as u32 + 1)))
    }

    /// Times of the first and the last call, seconds since 1970.
    pub(crate) fn span(&self) -> Option<(u32, u32)> {
        self.ends.map(|(first, last)| (first.at, last.at))
    }
}

/// The class of a size: 0 below 4 bytes, 1 below 16, ...
#[inline]
fn size_class(bytes: u64) -> usize {
    (bytes.max(1).ilog2() as usize / 2).min(SIZE_CLASSES - 1)
}

/// The larger record; of two equal ones the earlier.
fn larger(a: (u64, u32), b: (u64, u32)) -> (u64, u32) {
    if b.0 > a.0 || (b.0 == a.0 && b.1 < a.1) { b } else { a }
}

fn mean_and_spread(count: u32, sum: u64, squares: u64) -> (f64, f64) {
    if count == 0 || sum == 0 {
        return (0.0, f64::INFINITY);
    }
    let mean = sum as f64 / f64::from(count);
    let variance = (squares as f64 / f64::from(count) - mean * mean).max(0.0);
    (mean, variance.sqrt() / mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_cut_joins_to_the_same() {
        let calls: Vec<Call> = (0..40)
            .map(|n| Call::new(1000 + n * 300 + n % 7, 2000 + n as u16 / 2, u64::from(n) * 20, n % 5 == 0))
            .collect();
        let play = |calls: &[Call]| {
            let mut contacts = Contacts::default();
            for call in calls {
                contacts.call(*call);
                contacts.sent(u64::from(call.at) % 97, call.at);
            }
            contacts
        };
        let whole = play(&calls);
        for cut in 0..=calls.len() {
            let mut joined = play(&calls[..cut]);
            joined.merge(&play(&calls[cut..]));
            assert_eq!(joined, whole, "cut at {cut}");
        }
        assert_eq!((whole.gaps, whole.calls), (19, 24));
    }

    #[test]
    fn a_clock_has_no_spread() {
        let mut contacts = Contacts::default();
        (0..21).for_each(|n| contacts.call(Call::new(n * 60, n as u16, 40, false)));
        assert_eq!(contacts.gap_mean_and_spread(), (60.0, 0.0));
    }
}
