//! Counting as tshark does, for comparison.
//!
//! The rules are those of the Wireshark User's Guide, "TCP Analysis", with what measuring its version 4.0 showed besides. They are kept
//! with their faults: retransmissions that fill a hole count as out of order when they are quick, SACK is not looked at, and a second tap
//! makes everything a retransmission. [`super::Performance`] does better.

use super::segment::{Segment, flag};
use super::sequence::SeqNumber;
use model::packet::{Side, Timestamp};

/// What tshark flags, by the name behind `tcp.analysis.`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named as tshark's field is")]
pub enum TsharkFlag {
    /// Every repetition, the fast and the spurious ones too.
    Retransmission,
    FastRetransmission,
    SpuriousRetransmission,
    OutOfOrder,
    LostSegment,
    AckLostSegment,
    DuplicateAck,
    ZeroWindow,
    ZeroWindowProbe,
    ZeroWindowProbeAck,
    WindowFull,
    WindowUpdate,
    KeepAlive,
    KeepAliveAck,
}

impl TsharkFlag {
    /// All flags with their names.
    pub const NAMES: &'static [(TsharkFlag, &'static str)] = &[
        (TsharkFlag::Retransmission, "retransmission"),
        (TsharkFlag::FastRetransmission, "fast_retransmission"),
        (TsharkFlag::SpuriousRetransmission, "spurious_retransmission"),
        (TsharkFlag::OutOfOrder, "out_of_order"),
        (TsharkFlag::LostSegment, "lost_segment"),
        (TsharkFlag::AckLostSegment, "ack_lost_segment"),
        (TsharkFlag::DuplicateAck, "duplicate_ack"),
        (TsharkFlag::ZeroWindow, "zero_window"),
        (TsharkFlag::ZeroWindowProbe, "zero_window_probe"),
        (TsharkFlag::ZeroWindowProbeAck, "zero_window_probe_ack"),
        (TsharkFlag::WindowFull, "window_full"),
        (TsharkFlag::WindowUpdate, "window_update"),
        (TsharkFlag::KeepAlive, "keep_alive"),
        (TsharkFlag::KeepAliveAck, "keep_alive_ack"),
    ];
}

/// An acknowledgement this old is no reason for a fast retransmission.
const FAST_NS: i64 = 20_000_000;
/// How long a segment may be late and count as out of order, while the round trip is not known.
const OUT_OF_ORDER_NS: i64 = 3_000_000;

/// What one direction has shown.
#[derive(Clone, Copy, Debug, Default)]
struct Direction {
    first: Option<SeqNumber>,
    next: Option<SeqNumber>,
    next_at: Timestamp,
    acknowledged_max: Option<SeqNumber>,
    last_ack: Option<SeqNumber>,
    last_ack_at: Timestamp,
    window: u16,
    scale: Option<u8>,
    window_is_scaled: bool,
    duplicate_acks: u32,
    sent_keep_alive: bool,
    sent_probe: bool,
    /// Its lost segment was flagged, and it has sent nothing since.
    loss_was_flagged: bool,
}

/// tshark's flags of one connection, counted by sender.
#[derive(Clone, Debug, Default)]
pub struct TsharkCounts {
    counts: [[u32; TsharkFlag::NAMES.len()]; 2],
    directions: [Direction; 2],
    syn_at: Option<Timestamp>,
    first_round_trip_ns: Option<i64>,
}

impl TsharkCounts {
    /// How many packets of a sender have this flag.
    pub fn count(&self, sender: Side, flag: TsharkFlag) -> u32 {
        self.counts[sender.index()][flag as usize]
    }

    fn flag(&mut self, segment: &Segment<'_>, flag: TsharkFlag) {
        self.counts[segment.sender.index()][flag as usize] += 1;
    }

    fn forward(&mut self, segment: &Segment<'_>) -> &mut Direction {
        &mut self.directions[segment.sender.index()]
    }

    /// Looks at the next segment.
    pub(crate) fn observe(&mut self, segment: &Segment<'_>) {
        self.begin_anew(segment);
        self.first_round_trip(segment);
        let (sent_keep_alive, sent_probe) = self.windows(segment);
        self.acknowledgement(segment);
        if segment.occupies() && !sent_keep_alive {
            self.repetition(segment);
        }
        self.remember(segment, sent_keep_alive, sent_probe);
    }

    /// A SYN with another first number is another connection to tshark, whatever the state of this one.
    fn begin_anew(&mut self, segment: &Segment<'_>) {
        let forward = self.forward(segment);
        if segment.is_syn() && forward.first.is_some_and(|first| first != segment.sequence) {
            self.directions = Default::default();
            self.first_round_trip_ns = None;
        }
        let scale = segment.options.window_scale;
        let reverse_has_none = self.directions[segment.sender.other().index()].scale == Some(0);
        let forward = self.forward(segment);
        forward.first.get_or_insert(segment.sequence);
        if segment.has(flag::SYN) {
            forward.scale = Some(if reverse_has_none { 0 } else { scale.unwrap_or(0) });
        }
        if segment.is_syn_ack() && scale.is_none() {
            self.directions.iter_mut().for_each(|direction| direction.scale = Some(0));
        }
    }

    fn first_round_trip(&mut self, segment: &Segment<'_>) {
        if segment.is_syn() {
            self.syn_at = Some(segment.now);
        } else if let Some(syn_at) = self.syn_at
            && !segment.has(flag::SYN)
            && segment.has(flag::ACK)
            && self.first_round_trip_ns.is_none()
        {
            self.first_round_trip_ns = Some(segment.now.since_ns(syn_at));
        }
    }

    /// Everything about windows, keep-alives and duplicate acknowledgements. Tells whether it is a keep-alive, or a probe.
    fn windows(&mut self, segment: &Segment<'_>) -> (bool, bool) {
        let forward = self.directions[segment.sender.index()];
        let reverse = self.directions[segment.sender.other().index()];
        let is_plain = !segment.has_any(flag::SYN | flag::FIN | flag::RST);
        let is_next = forward.next == Some(segment.sequence);
        if segment.length == 1 && is_next && reverse.last_ack_at != Timestamp::default() && reverse.window == 0 {
            self.flag(segment, TsharkFlag::ZeroWindowProbe);
            return (false, true);
        }
        if segment.window == 0 && is_plain {
            self.flag(segment, TsharkFlag::ZeroWindow);
        }
        if forward.next.is_some_and(|next| segment.sequence.is_after(next)) && !segment.has(flag::RST) {
            self.flag(segment, TsharkFlag::LostSegment);
        }
        let is_before_next = forward.next.is_some_and(|next| segment.sequence == next.minus(1));
        let is_keep_alive = segment.length <= 1 && is_before_next && is_plain;
        if is_keep_alive {
            self.flag(segment, TsharkFlag::KeepAlive);
        }
        if segment.length > 0 && is_plain && fills_window(segment, &reverse) {
            self.flag(segment, TsharkFlag::WindowFull);
        }
        let repeats = is_next && forward.last_ack == Some(segment.acknowledgement) && segment.length == 0 && is_plain;
        if repeats {
            self.bare_repetition(segment, &forward, &reverse);
        }
        (is_keep_alive, false)
    }

    /// A segment without data that acknowledges what its predecessor did.
    fn bare_repetition(&mut self, segment: &Segment<'_>, forward: &Direction, reverse: &Direction) {
        let is_same = segment.window == forward.window;
        if segment.window > 0 && !is_same {
            self.flag(segment, TsharkFlag::WindowUpdate);
        } else if segment.window > 0 && reverse.sent_keep_alive {
            self.flag(segment, TsharkFlag::KeepAliveAck);
        } else if segment.window == 0 && is_same && reverse.sent_probe {
            self.flag(segment, TsharkFlag::ZeroWindowProbeAck);
        } else if segment.window > 0 {
            self.flag(segment, TsharkFlag::DuplicateAck);
            self.forward(segment).duplicate_acks += 1;
        }
    }

    fn acknowledgement(&mut self, segment: &Segment<'_>) {
        let forward = self.forward(segment);
        if forward.last_ack != Some(segment.acknowledgement) {
            forward.duplicate_acks = 0;
        }
        let reverse = &mut self.directions[segment.sender.other().index()];
        let is_beyond = reverse.acknowledged_max.is_some_and(|max| segment.acknowledgement.is_after(max));
        if is_beyond && segment.has(flag::ACK) && !std::mem::replace(&mut reverse.loss_was_flagged, true) {
            reverse.acknowledged_max = reverse.next;
            let was_probe = reverse.sent_probe;
            if !was_probe {
                self.flag(segment, TsharkFlag::AckLostSegment);
            }
        }
    }

    fn repetition(&mut self, segment: &Segment<'_>) {
        let forward = self.directions[segment.sender.index()];
        let reverse = self.directions[segment.sender.other().index()];
        let Some(next) = forward.next else { return };
        let end = segment.sequence.plus(segment.length);
        if segment.length > 0 && reverse.last_ack.is_some_and(|ack| !end.is_after(ack)) {
            self.flag(segment, TsharkFlag::SpuriousRetransmission);
            return self.flag(segment, TsharkFlag::Retransmission);
        }
        let extends_probe = segment.length > 1 && next.minus(1) == segment.sequence;
        if !segment.sequence.is_before(next) || extends_probe {
            return;
        }
        let is_fast = reverse.duplicate_acks >= 2
            && reverse.last_ack == Some(segment.sequence)
            && (0..FAST_NS).contains(&segment.now.since_ns(reverse.last_ack_at));
        let late_ns = segment.now.since_ns(forward.next_at);
        let threshold_ns = self.first_round_trip_ns.filter(|ns| *ns != 0).unwrap_or(OUT_OF_ORDER_NS);
        if is_fast {
            self.flag(segment, TsharkFlag::FastRetransmission);
            self.flag(segment, TsharkFlag::Retransmission);
        } else if (0..threshold_ns).contains(&late_ns) && next != end_with_flags(segment) {
            self.flag(segment, TsharkFlag::OutOfOrder);
        } else {
            self.flag(segment, TsharkFlag::Retransmission);
        }
    }

    fn remember(&mut self, segment: &Segment<'_>, sent_keep_alive: bool, sent_probe: bool) {
        let forward = self.forward(segment);
        let end = end_with_flags(segment);
        if !sent_probe {
            if forward.next.is_none_or(|next| end.is_after(next)) {
                (forward.next, forward.next_at) = (Some(end), segment.now);
            }
            if forward.acknowledged_max.is_none_or(|max| max == segment.sequence) {
                forward.acknowledged_max = forward.next;
            }
        }
        forward.loss_was_flagged = false;
        forward.window = segment.window;
        forward.window_is_scaled = !segment.has(flag::SYN);
        forward.last_ack = segment.has(flag::ACK).then_some(segment.acknowledgement);
        forward.last_ack_at = segment.now;
        forward.sent_keep_alive = sent_keep_alive;
        forward.sent_probe = sent_probe;
    }
}

/// Behind its last byte; SYN and FIN together count once.
fn end_with_flags(segment: &Segment<'_>) -> SeqNumber {
    segment.sequence.plus(segment.length.wrapping_add(u32::from(segment.has_any(flag::SYN | flag::FIN))))
}

/// Does it end exactly where the receiver's window does?
fn fills_window(segment: &Segment<'_>, receiver: &Direction) -> bool {
    let (Some(scale), Some(ack)) = (receiver.scale, receiver.last_ack) else { return false };
    let window = u32::from(receiver.window) << if receiver.window_is_scaled { scale.min(14) } else { 0 };
    segment.sequence.plus(segment.length) == ack.plus(window)
}
