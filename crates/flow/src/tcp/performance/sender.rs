//! What one side's segments and acknowledgements say about the way.

use super::Durations;
use crate::tcp::segment::Segment;
use crate::tcp::sequence::SeqNumber;
use model::packet::Timestamp;

/// Silence after which a repetition was the retransmission timer's: the shortest that senders use (Linux's minimum).
const TIMER_NS: i64 = 200_000_000;
/// How late a segment may be and count as out of order, while the round trip is not known (as Wireshark does).
const OUT_OF_ORDER_NS: i64 = 3_000_000;
/// Duplicate acknowledgements that make a sender repeat (RFC 5681 section 3.2).
const FAST_ACKS: u32 = 3;
/// Holes that are watched; the oldest one is given up for a new one.
const HOLES_MAX: usize = 16;
/// Segments whose acknowledgement is waited for.
const SAMPLES: usize = 2;

/// What one side sent, and how it arrived. Counters are of its packets, but for `duplicate_acks` and windows, which it sends as a receiver.
#[derive(Clone, Debug, Default)]
pub struct Sender {
    /// Segments with payload, repetitions too.
    pub data_segments: u64,
    /// Their payload.
    pub data_bytes: u64,
    /// The payload, each byte once: goodput.
    pub unique_bytes: u64,
    /// When its first and its last payload came.
    pub data_span: Option<(Timestamp, Timestamp)>,
    /// Repetitions by the retransmission timer.
    pub timer_retransmissions: u32,
    /// Repetitions that duplicate acknowledgements or SACK asked for.
    pub fast_retransmissions: u32,
    /// Repetitions of what was acknowledged already.
    pub spurious_retransmissions: u32,
    /// Other repetitions: loss probes (RFC 8985), rewritten segments.
    pub other_retransmissions: u32,
    /// Payload of repetitions.
    pub retransmitted_bytes: u64,
    /// Segments that others overtook.
    pub out_of_order: u32,
    /// Segments lost before they came here: the sender repeated them.
    pub network_losses: u32,
    /// Holes that the receiver acknowledged all the same: the capture lost them, not the network.
    pub capture_losses: u32,
    /// Their bytes.
    pub capture_lost_bytes: u64,
    /// Acknowledgements repeated without data or change of window while something is on the way.
    pub duplicate_acks: u32,
    /// How often it closed its window.
    pub zero_windows: u32,
    /// How long its window was closed.
    pub zero_window_ns: u64,
    /// Acknowledgements that change the window alone.
    pub window_updates: u32,
    /// Segments that fill the receiver's window to the last byte.
    pub window_full: u32,
    /// Probes of a closed window.
    pub window_probes: u32,
    /// Keep-alives.
    pub keep_alives: u32,
    /// From a segment to its acknowledgement; repeated segments give no sample (Karn).
    pub round_trip: Durations,
    pub(super) next: Option<SeqNumber>,
    next_at: Timestamp,
    sent_at: Timestamp,
    identification: u16,
    holes: Vec<Hole>,
    samples: [Option<(SeqNumber, Timestamp)>; SAMPLES],
    pub(super) acknowledged: Option<SeqNumber>,
    /// The right edge of the last SACK block it sent.
    selective: Option<SeqNumber>,
    acks_in_a_row: u32,
    pub(super) window: Option<u32>,
    closed_since: Option<Timestamp>,
}

/// Sequence numbers that were skipped.
#[derive(Clone, Copy, Debug)]
struct Hole {
    from: SeqNumber,
    to: SeqNumber,
    at: Timestamp,
    /// Identification of the segment that skipped them.
    identification: u16,
}

/// What a segment with payload, SYN or FIN is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    New,
    OutOfOrder,
    Repeated,
}

impl Sender {
    /// All repetitions.
    pub fn retransmissions(&self) -> u32 {
        self.timer_retransmissions
            .saturating_add(self.fast_retransmissions)
            .saturating_add(self.spurious_retransmissions)
            .saturating_add(self.other_retransmissions)
    }

    /// Payload per second between its first and last payload, each byte once; `None` where that is no time.
    pub fn goodput_bytes_per_s(&self) -> Option<u64> {
        let (first, last) = self.data_span?;
        let ns = u128::try_from(last.since_ns(first)).ok().filter(|ns| *ns > 0)?;
        u64::try_from(u128::from(self.unique_bytes) * 1_000_000_000 / ns).ok()
    }

    /// Does it only remind the other side that it is there?
    pub(super) fn is_keep_alive(&self, segment: &Segment<'_>) -> bool {
        segment.length <= 1 && self.next.is_some_and(|next| segment.sequence == next.minus(1))
    }

    /// A segment that takes sequence numbers. `receiver` is the other side, `round_trip_ns` that of the handshake.
    pub(super) fn arrive(&mut self, segment: &Segment<'_>, receiver: &Sender, round_trip_ns: Option<i64>) -> Arrival {
        let next = self.next.unwrap_or(segment.sequence);
        let ahead = segment.sequence.since(next);
        let arrival = if ahead >= 0 {
            self.note_hole(segment, next);
            self.sample(segment);
            self.unique_bytes += u64::from(segment.length);
            Arrival::New
        } else {
            self.late(segment, next, receiver, round_trip_ns)
        };
        if self.next.is_none() || segment.end().is_after(next) {
            (self.next, self.next_at) = (Some(segment.end()), segment.now);
        }
        if segment.length > 0 {
            self.data_segments += 1;
            self.data_bytes += u64::from(segment.length);
            self.data_span = Some((self.data_span.map_or(segment.now, |(first, _)| first), segment.now));
        }
        self.sent_at = segment.now;
        self.identification = segment.identification;
        arrival
    }

    fn note_hole(&mut self, segment: &Segment<'_>, next: SeqNumber) {
        if segment.sequence == next {
            return;
        }
        if self.holes.len() >= HOLES_MAX {
            self.holes.remove(0);
        }
        let hole = Hole { from: next, to: segment.sequence, at: segment.now, identification: segment.identification };
        self.holes.push(hole);
    }

    fn sample(&mut self, segment: &Segment<'_>) {
        if let Some(place) = self.samples.iter_mut().find(|sample| sample.is_none()) {
            *place = Some((segment.end(), segment.now));
        }
    }

    /// A segment that does not begin where new data would.
    fn late(
        &mut self,
        segment: &Segment<'_>,
        next: SeqNumber,
        receiver: &Sender,
        round_trip_ns: Option<i64>,
    ) -> Arrival {
        let hole = self.holes.iter().position(|hole| {
            segment.sequence.is_before(hole.to) && segment.sequence.plus(segment.length.max(1)).is_after(hole.from)
        });
        let beyond = segment.end().since(next).max(0) as u64;
        self.unique_bytes += beyond.min(u64::from(segment.length));
        if let Some(at) = hole {
            let hole = self.holes[at];
            self.fill(at, segment);
            if is_overtaken(segment, &hole, receiver, round_trip_ns) {
                self.out_of_order += 1;
                return Arrival::OutOfOrder;
            }
            self.network_losses += 1;
        }
        // Whose acknowledgement an acknowledgement is, is not known any more (Karn).
        self.samples = [None; SAMPLES];
        self.count_repetition(segment, receiver);
        Arrival::Repeated
    }

    fn count_repetition(&mut self, segment: &Segment<'_>, receiver: &Sender) {
        let end = segment.end();
        let is_acknowledged = receiver.acknowledged.is_some_and(|acknowledged| !end.is_after(acknowledged));
        let is_asked_for = receiver.acks_in_a_row >= FAST_ACKS - 1
            && receiver.acknowledged.is_some_and(|acknowledged| !segment.sequence.is_before(acknowledged));
        let silence_ns = segment.now.since_ns(self.sent_at);
        let counter = if is_acknowledged && segment.length > 0 {
            &mut self.spurious_retransmissions
        } else if silence_ns >= TIMER_NS {
            &mut self.timer_retransmissions
        } else if is_asked_for {
            &mut self.fast_retransmissions
        } else {
            &mut self.other_retransmissions
        };
        *counter = counter.saturating_add(1);
        self.retransmitted_bytes += u64::from(segment.length);
    }

    /// A segment fills a hole, or a part of it.
    fn fill(&mut self, at: usize, segment: &Segment<'_>) {
        let hole = self.holes[at];
        let (from, to) = (segment.sequence.max(hole.from), segment.sequence.plus(segment.length.max(1)));
        let to = if to.is_after(hole.to) { hole.to } else { to };
        self.unique_bytes += u64::from(to.since(from).max(0) as u32).min(u64::from(segment.length));
        let rests = [Hole { to: from, ..hole }, Hole { from: to, ..hole }];
        self.holes.splice(at..=at, rests.into_iter().filter(|rest| rest.to.is_after(rest.from)));
        self.holes.truncate(HOLES_MAX);
    }

    /// The other side acknowledges up to here.
    pub(super) fn acknowledged_by_other(&mut self, acknowledgement: SeqNumber, now: Timestamp) {
        let mut newest = None;
        for sample in &mut self.samples {
            if let Some((end, at)) = *sample
                && !end.is_after(acknowledgement)
            {
                newest = newest.max(Some(at));
                *sample = None;
            }
        }
        if let Some(at) = newest {
            self.round_trip.add(now.since_ns(at));
        }
        self.lose_acknowledged_holes(acknowledgement);
    }

    /// What the receiver has and this capture has not was lost by the capture.
    fn lose_acknowledged_holes(&mut self, acknowledgement: SeqNumber) {
        let (mut losses, mut bytes) = (0, 0);
        self.holes.retain(|hole| {
            let is_lost = !hole.to.is_after(acknowledgement);
            losses += u32::from(is_lost);
            bytes += if is_lost { u64::from(hole.to.since(hole.from).max(0) as u32) } else { 0 };
            !is_lost
        });
        if let Some(next) = self.next
            && acknowledgement.is_after(next)
        {
            losses += 1;
            bytes += u64::from(acknowledgement.since(next) as u32);
            self.next = Some(acknowledgement);
        }
        self.capture_losses = self.capture_losses.saturating_add(losses);
        self.capture_lost_bytes += bytes;
    }

    /// This side acknowledges, as a receiver. Tells whether something new was acknowledged.
    pub(super) fn acknowledge(&mut self, segment: &Segment<'_>, is_bare: bool, is_outstanding: bool) -> bool {
        let acknowledgement = segment.acknowledgement;
        let Some(before) = self.acknowledged else {
            self.acknowledged = Some(acknowledgement);
            return true;
        };
        if segment.options.sack_blocks > 0 {
            self.selective = Some(SeqNumber(segment.options.sack[0].1));
        }
        if acknowledgement.is_after(before) {
            (self.acknowledged, self.acks_in_a_row, self.selective) = (Some(acknowledgement), 0, None);
            return true;
        }
        if acknowledgement == before && is_bare && is_outstanding && self.window == Some(segment.window.into()) {
            self.duplicate_acks += 1;
            self.acks_in_a_row += 1;
        }
        false
    }

    /// The window that it offers.
    pub(super) fn offer(&mut self, segment: &Segment<'_>, is_bare: bool, is_new_ack: bool) {
        let window = u32::from(segment.window);
        match (window, self.closed_since) {
            (0, None) => {
                self.zero_windows += 1;
                self.closed_since = Some(segment.now);
            }
            (1.., Some(since)) => {
                self.zero_window_ns += segment.now.since_ns(since).max(0) as u64;
                self.closed_since = None;
            }
            _ => {}
        }
        if is_bare && !is_new_ack && window > 0 && self.window.is_some_and(|before| before != window) {
            self.window_updates += 1;
        }
        self.window = Some(window);
    }

    /// The connection is over: a window that is still closed was closed until now.
    pub(super) fn finish(&mut self, now: Timestamp) {
        if let Some(since) = self.closed_since.take() {
            self.zero_window_ns += now.since_ns(since).max(0) as u64;
        }
    }
}

/// Did others overtake this segment, or is it a repetition of one that was lost before?
///
/// The identification tells where the sender counts it: what was overtaken was sent first. Otherwise a receiver that has asked for
/// it (duplicate acknowledgements, SACK beyond it) speaks for a repetition, if there was the time for it.
fn is_overtaken(segment: &Segment<'_>, hole: &Hole, receiver: &Sender, round_trip_ns: Option<i64>) -> bool {
    let late_ns = segment.now.since_ns(hole.at);
    let order = segment.identification.wrapping_sub(hole.identification) as i16;
    let is_counted = segment.identification != 0 && hole.identification != 0 && order.unsigned_abs() < 1_000;
    if is_counted && order != 0 && late_ns < TIMER_NS {
        return order < 0;
    }
    let was_asked_for = receiver.acks_in_a_row >= FAST_ACKS - 1
        || (receiver.acks_in_a_row > 0 && receiver.selective.is_some_and(|edge| edge.is_after(segment.sequence)));
    let threshold_ns = round_trip_ns.filter(|ns| *ns > 0).unwrap_or(OUT_OF_ORDER_NS);
    late_ns < threshold_ns && !(was_asked_for && late_ns >= threshold_ns / 2)
}
