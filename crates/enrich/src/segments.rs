//! Prefixes flattened to disjoint ranges, found by one bit test, one table read and a short binary search.
//!
//! Prefixes either nest or are disjoint, so one sweep with a stack turns them into sorted ranges, each with the set of
//! prefixes that hold it (widest first). Ranges to leave out are cut away in the same sweep. Most addresses asked for
//! are in no prefix: a bitmap answers those (for IPv4 one bit per /24, 2 MB; for IPv6 a hash of the /32, 16 KB).
//!
//! Memory: 16 bytes per IPv4 range (48 per IPv6 range), 4 per prefix and level of nesting, 256 KB of offsets, bitmap.

/// The integers that stand for addresses.
pub(crate) trait Number: Copy + Ord {
    /// The largest address.
    const MAX: Self;
    /// The first 16 bits: which part of the offset table.
    fn block(self) -> usize;
    /// The next address; only asked where one exists.
    fn next(self) -> Self;
    /// The address before; only asked where one exists.
    fn previous(self) -> Self;
    /// The last address of the prefix of this length that starts here.
    fn last(self, length: u8) -> Self;
    /// Sets the bits of the bitmap that the range from here to `end` occupies.
    fn mark(self, end: Self, filter: &mut [u64]);
    /// Which bit of the bitmap this address looks at.
    fn filter_bit(self) -> usize;
    /// Words of 64 bits in the bitmap.
    const FILTER_WORDS: usize;
}

impl Number for u32 {
    const MAX: u32 = u32::MAX;
    const FILTER_WORDS: usize = 1 << 18;

    #[inline]
    fn block(self) -> usize {
        (self >> 16) as usize
    }
    fn next(self) -> u32 {
        self + 1
    }
    fn previous(self) -> u32 {
        self - 1
    }
    fn last(self, length: u8) -> u32 {
        self | u32::MAX.checked_shr(u32::from(length)).unwrap_or(0)
    }
    fn mark(self, end: u32, filter: &mut [u64]) {
        let (first, last) = (self.filter_bit(), end.filter_bit());
        let (from, to) = (u64::MAX << (first % 64), u64::MAX >> (63 - last % 64));
        if first / 64 == last / 64 {
            filter[first / 64] |= from & to;
            return;
        }
        filter[first / 64] |= from;
        filter[first / 64 + 1..last / 64].fill(u64::MAX);
        filter[last / 64] |= to;
    }
    #[inline]
    fn filter_bit(self) -> usize {
        (self >> 8) as usize
    }
}

impl Number for u128 {
    const MAX: u128 = u128::MAX;
    const FILTER_WORDS: usize = 1 << 11;

    #[inline]
    fn block(self) -> usize {
        (self >> 112) as usize
    }
    fn next(self) -> u128 {
        self + 1
    }
    fn previous(self) -> u128 {
        self - 1
    }
    fn last(self, length: u8) -> u128 {
        self | u128::MAX.checked_shr(u32::from(length)).unwrap_or(0)
    }
    fn mark(self, end: u128, filter: &mut [u64]) {
        let (first, last) = (self >> 96, end >> 96);
        // A /19 has 8,192 of them; beyond that the filter would be full anyway.
        if last - first > 1 << 13 {
            return filter.fill(u64::MAX);
        }
        (first..=last).map(|top| (top << 96).filter_bit()).for_each(|bit| filter[bit / 64] |= 1 << (bit % 64));
    }
    #[inline]
    fn filter_bit(self) -> usize {
        // Fibonacci hashing of the /32: neighbours spread over the whole bitmap.
        (((self >> 96) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 47) as usize
    }
}

/// Disjoint ranges with the set of prefixes that hold each.
#[derive(Clone, Debug)]
pub(crate) struct Segments<N> {
    filter: Vec<u64>,
    offsets: Vec<u32>,
    ranges: Vec<Range<N>>,
    members: Vec<u32>,
}

/// One range; all a search reads is in one place.
#[derive(Clone, Copy, Debug)]
struct Range<N> {
    start: N,
    end: N,
    set: Set,
}

/// Which part of `members`.
#[derive(Clone, Copy, Debug)]
struct Set {
    first: u32,
    count: u32,
}

impl Set {
    fn places(self) -> std::ops::Range<usize> {
        self.first as usize..self.first as usize + self.count as usize
    }
}

impl<N> Default for Segments<N> {
    fn default() -> Segments<N> {
        Segments { filter: Vec::new(), offsets: Vec::new(), ranges: Vec::new(), members: Vec::new() }
    }
}

/// One prefix to be flattened: first address, length, and the caller's number for it.
pub(crate) type Member<N> = (N, u8, u32);

impl<N: Number> Segments<N> {
    /// Flattens `prefixes` (their host bits clear) without the parts inside `without`.
    pub(crate) fn build(mut prefixes: Vec<Member<N>>, without: &[(N, N)]) -> Segments<N> {
        prefixes.sort_unstable();
        let mut sweep = Sweep { out: Segments::default(), stack: Vec::new(), without, position: None };
        for group in prefixes.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (start, length, _) = group[0];
            sweep.close_before(start);
            sweep.open(start, start.last(length), group);
        }
        sweep.close_all();
        sweep.out.index();
        sweep.out
    }

    /// The numbers of the prefixes that hold the address, widest first; empty for most addresses.
    #[inline]
    pub(crate) fn find(&self, address: N) -> &[u32] {
        let bit = address.filter_bit();
        match self.filter.get(bit / 64) {
            Some(word) if word >> (bit % 64) & 1 == 1 => self.search(address),
            _ => &[],
        }
    }

    fn search(&self, address: N) -> &[u32] {
        let block = address.block();
        let (low, high) = (self.offsets[block] as usize, self.offsets[block + 1] as usize);
        let after = low + self.ranges[low..high].partition_point(|range| range.start <= address);
        // The range that holds the address may have begun in an earlier block.
        match after.checked_sub(1).map(|index| &self.ranges[index]) {
            Some(range) if address <= range.end => &self.members[range.set.places()],
            _ => &[],
        }
    }

    /// Does it hold no address?
    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Bytes of memory held.
    pub(crate) fn bytes(&self) -> usize {
        let narrow = self.offsets.len() + self.members.len();
        self.filter.len() * 8 + narrow * 4 + self.ranges.len() * size_of::<Range<N>>()
    }

    /// Fills the offset table and the bitmap from the finished ranges.
    fn index(&mut self) {
        if self.ranges.is_empty() {
            return;
        }
        self.offsets = vec![0; (1 << 16) + 1];
        self.filter = vec![0; N::FILTER_WORDS];
        for range in &self.ranges {
            self.offsets[range.start.block() + 1] += 1;
            range.start.mark(range.end, &mut self.filter);
        }
        let mut total = 0;
        for offset in &mut self.offsets {
            total += *offset;
            *offset = total;
        }
    }

    fn push_set(&mut self, parent: Option<Set>, own: &[Member<N>]) -> Set {
        let first = self.members.len() as u32;
        if let Some(parent) = parent {
            self.members.extend_from_within(parent.places());
        }
        self.members.extend(own.iter().map(|member| member.2));
        Set { first, count: self.members.len() as u32 - first }
    }
}

/// The state of the sweep: which prefixes are open at `position`.
struct Sweep<'a, N> {
    out: Segments<N>,
    /// (last address, set) of every open prefix, the innermost on top.
    stack: Vec<(N, Set)>,
    /// What is still to be cut away, in order and disjoint.
    without: &'a [(N, N)],
    /// The first address not yet written; `None` past the largest.
    position: Option<N>,
}

impl<N: Number> Sweep<'_, N> {
    /// Ends every open prefix that ends before `start`.
    fn close_before(&mut self, start: N) {
        while let Some(&(end, _)) = self.stack.last().filter(|top| top.0 < start) {
            self.write_to(end);
            self.stack.pop();
        }
    }

    fn close_all(&mut self) {
        while let Some(&(end, _)) = self.stack.last() {
            self.write_to(end);
            self.stack.pop();
        }
    }

    fn open(&mut self, start: N, end: N, group: &[Member<N>]) {
        let parent = self.stack.last().map(|top| top.1);
        if parent.is_some() && self.position.is_some_and(|position| position < start) {
            self.write_to(start.previous());
        }
        let set = self.out.push_set(parent, group);
        self.stack.push((end, set));
        self.position = Some(start);
    }

    /// Writes what is left of the innermost prefix up to `end`, less what is to be cut away.
    fn write_to(&mut self, end: N) {
        let (Some(mut start), Some(&(_, set))) = (self.position, self.stack.last()) else {
            return;
        };
        self.position = if end == N::MAX { None } else { Some(end.next()) };
        while start <= end {
            while self.without.first().is_some_and(|cut| cut.1 < start) {
                self.without = &self.without[1..];
            }
            let cut = self.without.first().copied().filter(|cut| cut.0 <= end);
            let stop = cut.map_or(Some(end), |cut| (cut.0 > start).then(|| cut.0.previous()));
            if let Some(stop) = stop {
                self.out.ranges.push(Range { start, end: stop, set });
            }
            match cut {
                Some(cut) if cut.1 < end => start = cut.1.next(),
                _ => return,
            }
        }
    }
}

/// Sorts ranges and joins those that overlap or touch.
pub(crate) fn join<N: Number>(mut ranges: Vec<(N, N)>) -> Vec<(N, N)> {
    ranges.sort_unstable();
    let mut joined: Vec<(N, N)> = Vec::with_capacity(ranges.len());
    for (start, end) in ranges {
        match joined.last_mut() {
            Some(last) if last.1 == N::MAX || start <= last.1.next() => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Crowded on purpose: few distinct high bits, all lengths.
    fn prefix() -> impl Strategy<Value = (u32, u8)> {
        (0u32..4, 0u32..4, 0u32..300, 0u8..=32).prop_map(|(a, b, low, length)| {
            let address = a << 30 | b << 16 | low;
            (address & !u32::MAX.checked_shr(u32::from(length)).unwrap_or(0), length)
        })
    }

    fn holds(prefix: (u32, u8), address: u32) -> bool {
        prefix.0 <= address && address <= prefix.0.last(prefix.1)
    }

    proptest! {
        #[test]
        fn find_equals_a_linear_scan(
            prefixes in prop::collection::vec(prefix(), 0..60),
            cuts in prop::collection::vec(prefix(), 0..6),
            more in prop::collection::vec((0u32..4, 0u32..4, 0u32..300), 0..40),
        ) {
            let members = prefixes.iter().zip(0..).map(|(&(start, length), n)| (start, length, n)).collect();
            let without = join(cuts.iter().map(|&(start, length)| (start, start.last(length))).collect());
            let segments = Segments::build(members, &without);
            let wide = prefixes.iter().zip(0..).map(|(&(start, length), n)| (u128::from(start) << 96, length, n));
            let wide = Segments::build(wide.collect(), &[]);
            let edges = prefixes.iter().chain(&cuts).flat_map(|&(start, length)| {
                let end = start.last(length);
                [start, end, start.wrapping_sub(1), end.wrapping_add(1)]
            });
            for address in edges.chain(more.iter().map(|&(a, b, low)| a << 30 | b << 16 | low)) {
                let mut expected: Vec<u32> = (0..prefixes.len() as u32)
                    .filter(|&n| holds(prefixes[n as usize], address))
                    .collect();
                expected.sort_by_key(|&n| (prefixes[n as usize].1, n));
                if cuts.iter().any(|&cut| holds(cut, address)) {
                    expected.clear();
                }
                prop_assert_eq!(segments.find(address), &expected[..], "{}", address);
                prop_assert_eq!(wide.find(u128::from(address) << 96).is_empty(),
                    !prefixes.iter().any(|&p| holds(p, address)));
            }
        }
    }

    #[test]
    fn an_empty_set_holds_nothing() {
        assert!(Segments::<u32>::build(Vec::new(), &[]).find(1).is_empty());
        assert!(Segments::<u128>::default().find(1).is_empty());
    }
}
