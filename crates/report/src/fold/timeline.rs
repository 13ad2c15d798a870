//! Traffic over time, in buckets whose length doubles until all fit.

/// The shortest bucket.
const BUCKET_SECONDS_MIN: u32 = 60;

/// One bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bucket {
    /// Bytes, by the streaming rule.
    pub(crate) bytes: u64,
    /// Accepted records.
    pub(crate) allowed: u64,
    /// Denied and dropped records.
    pub(crate) denied: u64,
}

impl Bucket {
    fn add(&mut self, other: &Bucket) {
        self.bytes += other.bytes;
        self.allowed += other.allowed;
        self.denied += other.denied;
    }
}

/// Buckets from the first to the last that was touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timeline {
    /// How often the shortest bucket was doubled.
    pub(crate) doublings: u32,
    /// The number of the first bucket, counted from 1970.
    pub(crate) base: u32,
    /// The buckets.
    pub(crate) buckets: Vec<Bucket>,
    buckets_max: usize,
}

impl Timeline {
    /// An empty timeline.
    pub(crate) fn new(buckets_max: usize) -> Timeline {
        Timeline { doublings: 0, base: 0, buckets: Vec::new(), buckets_max: buckets_max.max(2) }
    }

    /// The length of a bucket in seconds.
    pub(crate) fn bucket_seconds(&self) -> u64 {
        u64::from(BUCKET_SECONDS_MIN) << self.doublings
    }

    /// The bucket of a second.
    #[inline]
    pub(crate) fn bucket_of(&self, second: u32) -> u32 {
        (second / BUCKET_SECONDS_MIN) >> self.doublings
    }

    /// Makes room for a second. True if the buckets became longer.
    #[inline]
    pub(crate) fn reach(&mut self, second: u32) -> bool {
        let place = self.bucket_of(second).wrapping_sub(self.base) as usize;
        place >= self.buckets.len() && self.grow(second)
    }

    /// Are there buckets for these two seconds, and so for all between?
    #[inline]
    pub(crate) fn covers(&self, first: u32, last: u32) -> bool {
        let has = |second| (self.bucket_of(second).wrapping_sub(self.base) as usize) < self.buckets.len();
        has(first) & has(last)
    }

    #[cold]
    fn grow(&mut self, second: u32) -> bool {
        if self.buckets.is_empty() {
            self.base = self.bucket_of(second);
            self.buckets.push(Bucket::default());
            return false;
        }
        let before = self.doublings;
        loop {
            let bucket = self.bucket_of(second);
            let last = self.base + self.buckets.len() as u32 - 1;
            let (from, to) = (self.base.min(bucket), last.max(bucket));
            if ((to - from) as usize) < self.buckets_max {
                let missing = (self.base - from) as usize;
                self.buckets.splice(0..0, std::iter::repeat_n(Bucket::default(), missing));
                self.buckets.resize((to - from) as usize + 1, Bucket::default());
                self.base = from;
                return self.doublings != before;
            }
            self.double();
        }
    }

    fn double(&mut self) {
        let fine = std::mem::take(&mut self.buckets);
        let base = self.base;
        self.doublings += 1;
        self.base = base >> 1;
        for (bucket, number) in fine.iter().zip(base..) {
            let place = ((number >> 1) - self.base) as usize;
            self.buckets.resize(self.buckets.len().max(place + 1), Bucket::default());
            self.buckets[place].add(bucket);
        }
    }

    /// Adds another timeline, as if its records had come here.
    pub(crate) fn merge(&mut self, mut other: Timeline) {
        while self.doublings < other.doublings && !self.buckets.is_empty() {
            self.double();
        }
        self.doublings = self.doublings.max(other.doublings);
        loop {
            while other.doublings < self.doublings && !other.buckets.is_empty() {
                other.double();
            }
            let seconds = BUCKET_SECONDS_MIN << self.doublings;
            let ends = [other.base, other.base + (other.buckets.len() as u32).saturating_sub(1)];
            if other.buckets.is_empty() || !ends.iter().any(|&end| self.reach(end.saturating_mul(seconds))) {
                break;
            }
        }
        for (bucket, number) in other.buckets.iter().zip(other.base..) {
            if let Some(mine) = self.buckets.get_mut(number.wrapping_sub(self.base) as usize) {
                mine.add(bucket);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(seconds: &[u32]) -> Timeline {
        let mut timeline = Timeline::new(8);
        for &second in seconds {
            timeline.reach(second);
            let place = timeline.bucket_of(second) - timeline.base;
            timeline.buckets[place as usize].bytes += u64::from(second);
        }
        timeline
    }

    #[test]
    fn any_cut_merges_to_the_same() {
        let seconds = [7000, 60, 119, 600, 6000, 80_000, 3, 900_000, 12];
        let whole = play(&seconds);
        assert!(whole.buckets.len() <= 8);
        for cut in 0..=seconds.len() {
            let mut merged = play(&seconds[..cut]);
            merged.merge(play(&seconds[cut..]));
            assert_eq!(merged, whole, "cut at {cut}");
        }
    }
}
