//! One connection.

use super::call::{Association, Call};
use super::pdu::{HEADER_BYTES, Header, Pdu};
use super::transaction::DcerpcTransaction;
use crate::protocol::{Gap, Input, Parser, Progress};
use crate::sink::Sink;
use model::packet::Timestamp;

/// What a call's transaction needs to know of its begin.
#[derive(Clone, Copy, Debug)]
struct Begin {
    id: u64,
    started: Timestamp,
}

#[derive(Default)]
pub(super) struct Connection {
    association: Association<Begin>,
    begun: u64,
    /// Bytes of the message that a gap cut which are still to come; none where that is not known.
    skips: [Skip; 2],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Skip {
    /// At the begin of a message.
    #[default]
    Nothing,
    /// So many bytes.
    Bytes(u64),
    /// Up to the next header.
    UntilHeader,
}

impl Connection {
    fn message(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let Some(pdu) = Pdu::parse(input.bytes) else { return };
        let (now, begun) = (input.now, &mut self.begun);
        let begin = || {
            *begun += 1;
            Begin { id: *begun - 1, started: now }
        };
        let seen = self.association.see(input.sender, &pdu, begin);
        if seen.is_malformed {
            sink.anomaly(now, "malformed_data", self.begun.checked_sub(1));
        }
        if let Some((call, begin)) = seen.over {
            tell(now, call, begin, sink);
        }
    }

    /// Where the next message may begin; all of it where nowhere.
    fn next_header(bytes: &[u8]) -> usize {
        (0..bytes.len()).find(|place| Header::parse(&bytes[*place..]).is_some()).unwrap_or(bytes.len())
    }

    /// What does not matter is passed over; nothing where a message begins.
    fn skip(&mut self, input: Input<'_>) -> Option<Progress> {
        let skip = &mut self.skips[input.sender.index()];
        match *skip {
            Skip::Nothing => None,
            Skip::Bytes(left) => {
                let consumed = input.bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                let left = left - consumed as u64;
                *skip = if left == 0 { Skip::Nothing } else { Skip::Bytes(left) };
                Some(Progress { consumed, needed: 0 })
            }
            Skip::UntilHeader => Some(self.seek(input)).filter(|progress| progress.consumed > 0 || progress.needed > 0),
        }
    }

    /// The last bytes may be the begin of a header.
    fn seek(&mut self, input: Input<'_>) -> Progress {
        let place = Connection::next_header(input.bytes);
        if place < input.bytes.len() {
            self.skips[input.sender.index()] = Skip::Nothing;
            return Progress { consumed: place, needed: 0 };
        }
        Progress { consumed: (input.bytes.len() + 1).saturating_sub(HEADER_BYTES), needed: HEADER_BYTES }
    }
}

fn tell(now: Timestamp, call: Call, begin: Begin, sink: &mut dyn Sink) {
    let Begin { id, started } = begin;
    sink.transaction(now, &DcerpcTransaction { call, datagram: None, id, started, ended: now });
}

impl Parser for Connection {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        if let Some(progress) = self.skip(input) {
            return progress;
        }
        if input.bytes.len() < HEADER_BYTES {
            return Progress { consumed: 0, needed: HEADER_BYTES };
        }
        let Some(header) = Header::parse(input.bytes) else {
            sink.anomaly(input.now, "malformed_data", self.begun.checked_sub(1));
            self.skips[input.sender.index()] = Skip::UntilHeader;
            return self.seek(input);
        };
        let length = usize::from(header.bytes);
        let Some(bytes) = input.bytes.get(..length) else { return Progress { consumed: 0, needed: length } };
        self.message(Input { bytes, ..input }, sink);
        Progress { consumed: length, needed: 0 }
    }

    fn gap(&mut self, gap: Gap<'_>, _sink: &mut dyn Sink) {
        let skip = &mut self.skips[gap.sender.index()];
        let left = match (*skip, Header::parse(gap.unparsed)) {
            (Skip::Bytes(left), _) => left.checked_sub(gap.bytes),
            (Skip::Nothing, Some(header)) => u64::from(header.bytes).checked_sub(gap.unparsed.len() as u64 + gap.bytes),
            _ => None,
        };
        *skip = match left {
            Some(0) => Skip::Nothing,
            Some(left) => Skip::Bytes(left),
            None => Skip::UntilHeader,
        };
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        for (call, begin) in self.association.take_open() {
            tell(now, call, begin, sink);
        }
    }
}
