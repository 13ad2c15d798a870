//! One flow: a message in each datagram; in a stream one behind the other, each as long as it says.

use super::sdp;
use super::transaction::SipTransaction;
use super::{frames, message};
use crate::protocol::{Gap, Input, Parser, Progress, Transport};
use crate::sink::Sink;

/// Bytes before a body that are waited for.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// A body is held until it is whole, if it is not longer than this.
const BODY_BYTES_MAX: usize = 128 << 10;

pub(super) struct Sip {
    transport: Transport,
    begun: u64,
    skips: [u64; 2],
    is_dark: [bool; 2],
}

impl Sip {
    pub(super) fn new(transport: Transport) -> Sip {
        Sip { transport, begun: 0, skips: [0; 2], is_dark: [false; 2] }
    }

    /// A message, and where its body begins.
    fn message(&mut self, input: Input<'_>, head: message::Head, place: usize, sink: &mut dyn Sink) {
        let body = input.bytes.get(place..).unwrap_or_default();
        let is_sdp = head
            .field("Content-Type", "c")
            .is_some_and(|kind| kind.get(..15).is_some_and(|begin| begin.eq_ignore_ascii_case(b"application/sdp")));
        let sdp = if is_sdp { sdp::parse(body) } else { None };
        let id = self.begun;
        let is_malformed = is_sdp && sdp.is_none();
        frames::tell(input, &head.first_line, place, id, sink);
        let transaction = SipTransaction::new(id, input.now, input.sender, head, sdp);
        // One that EVE has not takes no number.
        let is_expected = transaction.is_expected();
        self.begun += u64::from(is_expected);
        if is_malformed || !is_expected {
            sink.anomaly(input.now, "invalid_data", if is_expected { Some(id) } else { id.checked_sub(1) });
        }
        sink.transaction(input.now, &transaction);
    }

    fn fail(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        sink.anomaly(input.now, "invalid_data", self.begun.checked_sub(1));
        self.is_dark[input.sender.index()] = true;
        Progress::all(input.bytes)
    }

    fn datagram(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let is_keep_alive = input.bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0));
        if is_keep_alive {
            return;
        }
        let place = message::body_place(input.bytes).unwrap_or(input.bytes.len());
        match message::parse(&input.bytes[..place]) {
            Some(head) => self.message(input, head, place, sink),
            None => sink.anomaly(input.now, "invalid_data", self.begun.checked_sub(1)),
        }
    }

    fn skip(&mut self, input: Input<'_>) -> Progress {
        let skip = &mut self.skips[input.sender.index()];
        let consumed = input.bytes.len().min(usize::try_from(*skip).unwrap_or(usize::MAX));
        *skip -= consumed as u64;
        Progress { consumed, needed: 0 }
    }

    fn stream(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        // Line ends between messages keep the way open.
        let blank = input.bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if blank > 0 {
            return Progress { consumed: blank, needed: 0 };
        }
        let reach = &input.bytes[..input.bytes.len().min(HEAD_BYTES_MAX)];
        let Some(place) = message::body_place(reach) else {
            return match reach.len() < HEAD_BYTES_MAX {
                true => Progress { consumed: 0, needed: reach.len() + 1 },
                false => self.fail(input, sink),
            };
        };
        let Some(head) = message::parse(&input.bytes[..place]) else { return self.fail(input, sink) };
        let length = head.field("Content-Length", "l").map_or(Some(0), number);
        match length {
            Some(length) if length <= BODY_BYTES_MAX => match input.bytes.get(place..place + length) {
                Some(_) => {
                    self.message(Input { bytes: &input.bytes[..place + length], ..input }, head, place, sink);
                    Progress { consumed: place + length, needed: 0 }
                }
                None => Progress { consumed: 0, needed: place + length },
            },
            Some(length) => {
                self.message(Input { bytes: &input.bytes[..place], ..input }, head, place, sink);
                self.skips[input.sender.index()] = (place + length) as u64;
                self.skip(input)
            }
            None => self.fail(input, sink),
        }
    }
}

/// A length; none where it is no number below 4 GB.
fn number(text: &[u8]) -> Option<usize> {
    let number: u32 = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(number as usize)
}

impl Parser for Sip {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let side = input.sender.index();
        if self.transport == Transport::Udp {
            self.datagram(input, sink);
            return Progress::all(input.bytes);
        }
        if self.is_dark[side] {
            return Progress::all(input.bytes);
        }
        if self.skips[side] > 0 {
            return self.skip(input);
        }
        self.stream(input, sink)
    }

    fn gap(&mut self, gap: Gap<'_>, _sink: &mut dyn Sink) {
        let side = gap.sender.index();
        let left = self.skips[side].checked_sub(gap.bytes).filter(|_| self.skips[side] > 0);
        self.skips[side] = left.unwrap_or(0);
        self.is_dark[side] |= left.is_none();
    }

    fn finish(&mut self, _now: model::packet::Timestamp, _sink: &mut dyn Sink) {}
}
