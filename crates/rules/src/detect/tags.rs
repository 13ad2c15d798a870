//! `tag`: packets behind an alert that are told too.

use super::rule::Tag;
use model::packet::Timestamp;

/// A tag that was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveTag {
    tag: Tag,
    since: Timestamp,
    packets: u32,
    bytes: u64,
}

impl ActiveTag {
    /// A tag that is set now.
    pub fn new(tag: Tag, now: Timestamp) -> ActiveTag {
        ActiveTag { tag, since: now, packets: 0, bytes: 0 }
    }

    /// Counts a packet; false where the tag is over.
    pub fn count(&mut self, now: Timestamp, bytes: u64) -> bool {
        self.packets = self.packets.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        let seconds = now.since_ns(self.since) / 1_000_000_000;
        self.tag.packets.is_none_or(|most| self.packets <= most)
            && self.tag.bytes.is_none_or(|most| self.bytes <= most)
            && self.tag.seconds.is_none_or(|most| seconds <= i64::from(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_ends() {
        let tag = Tag { host: None, packets: Some(2), seconds: Some(9), bytes: None };
        let mut active = ActiveTag::new(tag, Timestamp(0));
        let counted: Vec<bool> = (0..3).map(|_| active.count(Timestamp(0), 60)).collect();
        assert_eq!(counted, [true, true, false]);
        assert!(!ActiveTag::new(tag, Timestamp(0)).count(Timestamp(10_000_000_000), 60));
    }
}
