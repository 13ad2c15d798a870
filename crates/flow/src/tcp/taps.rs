//! Packets that were captured twice: at two interfaces, at both ends of a link, by two mirrors.
//!
//! A second copy has everything that the ends of the connection put into a packet: identification, numbers, flags, window,
//! checksum. A retransmission is a new packet, with another identification where the sender counts them. What is on the way
//! may differ (hop limit, MACs, tunnel); then it is another tap for sure. Identification 0 (IPv6, and hosts that do not
//! fragment) tells nothing: then a copy has to come from elsewhere, or to carry data and to come faster than any sender repeats.

use super::segment::Segment;
use model::packet::Timestamp;

/// Marks that are remembered before a second tap is known of.
const FEW: usize = 4;
/// Marks that are remembered once there is one: what lies between two taps.
const MANY: usize = 128;
/// A copy comes within this time where it is sure to be the same packet.
const NUMBERED_NS: i64 = 100_000_000;
/// A copy comes within this time where only the way tells it apart.
const OTHER_WAY_NS: i64 = 20_000_000;
/// A copy comes within this time where nothing tells it apart but that it carries data.
const SAME_WAY_NS: i64 = 500_000;

/// A packet that was seen.
#[derive(Clone, Copy, Debug)]
struct Mark {
    packet: u64,
    tap: u32,
    at: Timestamp,
}

/// The packets last seen of a connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taps {
    marks: Vec<Mark>,
    oldest: u8,
    copies: bool,
}

impl Taps {
    /// Are there two taps? Then the copies of a closed connection's last packets are still to come; else what would be mistaken for one
    /// is forgotten with it.
    pub(crate) fn has_copies(&self) -> bool {
        self.copies
    }

    /// Is it the copy of a packet that was seen a moment ago? Remembers it if not.
    pub(crate) fn is_copy(&mut self, segment: &Segment<'_>) -> bool {
        let mark = Mark { packet: fingerprint(segment), tap: segment.tap, at: segment.now };
        let is_same = |seen: &&Mark| seen.packet == mark.packet;
        if self.marks.iter().filter(is_same).any(|seen| is_copy(seen, segment)) {
            self.copies = true;
            return true;
        }
        let room = if self.copies { MANY } else { FEW };
        if self.marks.len() < room {
            if self.marks.len() == self.marks.capacity() {
                // Most connections of a scan have one packet: room for more comes with more.
                self.marks.reserve_exact(self.marks.len().max(1));
            }
            self.marks.push(mark);
        } else if let Some(place) = self.marks.get_mut(usize::from(self.oldest)) {
            *place = mark;
            self.oldest = ((usize::from(self.oldest) + 1) % room) as u8;
        }
        false
    }
}

fn is_copy(seen: &Mark, segment: &Segment<'_>) -> bool {
    let age_ns = segment.now.since_ns(seen.at);
    let is_other_way = seen.tap != segment.tap;
    let limit_ns = match (segment.identification != 0, is_other_way) {
        (true, _) => NUMBERED_NS,
        (false, true) => OTHER_WAY_NS,
        (false, false) if segment.length > 0 => SAME_WAY_NS,
        (false, false) => 0,
    };
    (0..limit_ns).contains(&age_ns)
}

/// What the ends of a connection put into a packet, folded.
fn fingerprint(segment: &Segment<'_>) -> u64 {
    let numbers = u64::from(segment.sequence.0) << 32 | u64::from(segment.acknowledgement.0);
    let rest = u64::from(segment.identification) << 48
        | u64::from(segment.checksum) << 32
        | u64::from(segment.window) << 16
        | u64::from(segment.flags.0) << 8
        | u64::from(segment.sender.index() as u8);
    let mixed = (numbers ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let mixed = (mixed ^ (mixed >> 32) ^ rest).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_add(u64::from(segment.length))
}
