//! Messages in datagrams, version 4 (The Open Group C706, section 12.5): a header of 80 bytes, then a piece of the stub.

use super::call::Call;
use super::pdu::{self, Order, Uuid};
use super::transaction::{Datagram, DcerpcTransaction};
use crate::protocol::{Gap, Input, Parser, Probe, Progress};
use crate::reader::Reader;
use crate::sink::Sink;
use model::packet::{Side, Timestamp};

/// Calls of one flow that wait for their answer; beyond them the oldest is told without one.
const OPEN_MAX: usize = 64;

const LAST_FRAGMENT: u8 = 0x02;
const IS_FRAGMENT: u8 = 0x04;
/// The last kind: CANCEL_ACK.
const KIND_MAX: u8 = 10;

#[derive(Clone, Copy, Debug)]
struct Header {
    kind: u8,
    flags: u8,
    activity: Uuid,
    sequence: u32,
    opnum: u16,
    stub_bytes: u16,
}

impl Header {
    fn parse(bytes: &[u8]) -> Option<(Header, &[u8])> {
        let mut reader = Reader::new(bytes);
        let [version, kind, flags, _, representation, float, _, _] = reader.array()?;
        if version != 4 || kind > KIND_MAX || !matches!(representation, 0 | 1 | 0x10 | 0x11) || float > 3 {
            return None;
        }
        let order = if representation & 0xf0 != 0 { Order::Little } else { Order::Big };
        // The object and the interface.
        reader.skip(32)?;
        let activity = order.uuid(reader.array()?);
        // When the server was started, and the interface's version.
        reader.skip(8)?;
        let sequence = order.u32(reader.array()?);
        let opnum = order.u16(reader.array()?);
        reader.skip(4)?;
        let stub_bytes = order.u16(reader.array()?);
        reader.skip(4)?;
        Some((Header { kind, flags, activity, sequence, opnum, stub_bytes }, reader.rest()))
    }

    fn is_last(&self) -> bool {
        self.flags & IS_FRAGMENT == 0 || self.flags & LAST_FRAGMENT != 0
    }
}

/// A header whose length is that of the datagram; an authentication may come behind.
pub(super) fn probe(datagram: &[u8]) -> Probe {
    match Header::parse(datagram) {
        Some((header, stub)) if usize::from(header.stub_bytes) <= stub.len() => Probe::Yes,
        _ => Probe::No,
    }
}

/// One flow.
#[derive(Default)]
pub(super) struct Activities {
    open: Vec<DcerpcTransaction>,
    begun: u64,
}

impl Activities {
    fn place(&mut self, now: Timestamp, header: &Header) -> usize {
        let datagram = Datagram { activity: header.activity, sequence: header.sequence };
        if let Some(place) = self.open.iter().position(|open| open.datagram == Some(datagram)) {
            return place;
        }
        let (id, call) = (self.begun, Call::default());
        self.begun += 1;
        self.open.push(DcerpcTransaction { call, datagram: Some(datagram), id, started: now, ended: now });
        self.open.len() - 1
    }

    fn message(&mut self, input: Input<'_>, header: &Header, stub: &[u8]) -> Option<DcerpcTransaction> {
        let place = self.place(input.now, header);
        let transaction = &mut self.open[place];
        transaction.ended = input.now;
        let is_over = match input.sender {
            Side::Client => {
                ask(&mut transaction.call, header, stub);
                false
            }
            Side::Server => answer(&mut transaction.call, header, stub),
        };
        if is_over {
            return Some(self.open.remove(place));
        }
        (self.open.len() > OPEN_MAX).then(|| self.open.remove(0))
    }
}

fn ask(call: &mut Call, header: &Header, stub: &[u8]) {
    // A PING or an ACK says nothing of the call.
    if header.kind == pdu::REQUEST || call.request.is_none() {
        call.request = Some(header.kind);
    }
    if header.kind == pdu::REQUEST {
        call.opnum = header.opnum;
        call.parameters.add(stub);
    }
}

/// Is the call over with it?
fn answer(call: &mut Call, header: &Header, stub: &[u8]) -> bool {
    call.response = Some(header.kind);
    if header.kind == pdu::RESPONSE {
        call.results.add(stub);
    }
    const FAULT: u8 = 3;
    const REJECT: u8 = 6;
    matches!(header.kind, pdu::RESPONSE | FAULT | REJECT) && header.is_last()
}

impl Parser for Activities {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        match Header::parse(input.bytes) {
            Some((header, stub)) => {
                let stub = &stub[..stub.len().min(header.stub_bytes.into())];
                if let Some(transaction) = self.message(input, &header, stub) {
                    sink.transaction(input.now, &transaction);
                }
            }
            None => sink.anomaly(input.now, "malformed_data", self.begun.checked_sub(1)),
        }
        Progress::all(input.bytes)
    }

    fn gap(&mut self, _gap: Gap<'_>, _sink: &mut dyn Sink) {}

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.open.drain(..).for_each(|transaction| sink.transaction(now, &transaction));
    }
}
