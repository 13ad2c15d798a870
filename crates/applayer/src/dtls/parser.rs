//! Records of DTLS (RFC 6347, section 4.1; RFC 9147, section 4) and the fragments in them.

use crate::protocol::{Gap, Input, Parser, Probe, Progress};
use crate::reader::Reader;
use crate::sink::Sink;
use crate::tls::assembly::Assembly;
use crate::tls::{Alert, Carrier, Handshake, Limits, TRANSACTION, Version, message};
use model::packet::{Side, Timestamp};

/// One flow.
pub(crate) struct DtlsParser {
    limits: Limits,
    handshake: Option<Box<Handshake>>,
    is_told: bool,
    /// Messages of each side of which not all fragments came.
    partial: [Vec<Partial>; 2],
}

struct Partial {
    sequence: u16,
    fragments: Assembly,
}

/// One record in the clear, or the sign of an encrypted one.
struct Record<'a> {
    kind: u8,
    version: Version,
    epoch: u16,
    body: &'a [u8],
}

impl<'a> Record<'a> {
    fn take(reader: &mut Reader<'a>) -> Option<Record<'a>> {
        let kind = reader.u8()?;
        let version = Version(reader.u16()?);
        let epoch = reader.u16()?;
        reader.take(6)?;
        let body = reader.vector16()?;
        Some(Record { kind, version, epoch, body })
    }

    const fn is_plausible(&self) -> bool {
        matches!(self.kind, CHANGE_CIPHER_SPEC..=ACK) && is_version(self.version)
    }
}

/// A handshake message's header, and the part of its body that is here.
struct Fragment<'a> {
    kind: u8,
    length: usize,
    sequence: u16,
    offset: usize,
    bytes: &'a [u8],
}

impl<'a> Fragment<'a> {
    fn take(reader: &mut Reader<'a>) -> Option<Fragment<'a>> {
        let kind = reader.u8()?;
        let length = reader.u24()? as usize;
        let sequence = reader.u16()?;
        let offset = reader.u24()? as usize;
        let bytes = reader.vector24()?;
        Some(Fragment { kind, length, sequence, offset, bytes })
    }
}

/// A hello in a record is proof; the only other record that says enough is one of TLS 1.3 behind it.
pub(crate) fn probe(head: &[u8], sender: Side) -> Probe {
    let mut reader = Reader::new(head);
    let Some(record) = Record::take(&mut reader) else { return Probe::No };
    if !record.is_plausible() {
        return Probe::No;
    }
    if record.kind != HANDSHAKE || record.epoch != 0 {
        return Probe::Maybe;
    }
    match (sender, Fragment::take(&mut Reader::new(record.body))) {
        (_, None) => Probe::No,
        (Side::Client, Some(fragment)) if fragment.kind == message::CLIENT_HELLO => Probe::Yes,
        (Side::Server, Some(fragment)) if matches!(fragment.kind, message::SERVER_HELLO | HELLO_VERIFY) => Probe::Yes,
        _ => Probe::Maybe,
    }
}

impl DtlsParser {
    pub(crate) fn new(limits: Limits) -> DtlsParser {
        DtlsParser { limits, handshake: None, is_told: false, partial: Default::default() }
    }

    fn datagram(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let mut reader = Reader::new(input.bytes);
        while let Some(first) = reader.rest().first() {
            if matches!(*first, UNIFIED_HEADER_FIRST..=UNIFIED_HEADER_LAST | CONNECTION_ID) {
                return self.encrypted(input, sink);
            }
            match Record::take(&mut reader) {
                Some(record) if record.is_plausible() => self.record(&record, input, sink),
                // STUN and RTP share the flow (RFC 7983).
                _ if !matches!(input.bytes[0], CHANGE_CIPHER_SPEC..=DTLS_LAST) => return,
                _ => return sink.anomaly(input.now, "invalid_tls_header", TRANSACTION),
            }
        }
    }

    fn record(&mut self, record: &Record<'_>, input: Input<'_>, sink: &mut dyn Sink) {
        if record.epoch > 0 || record.kind == APPLICATION_DATA {
            return self.encrypted(input, sink);
        }
        self.handshake_mut(input.now).take_version(input.sender, record.version);
        match (record.kind, record.body) {
            (HANDSHAKE, _) => self.messages(Input { bytes: record.body, ..input }, sink),
            (CHANGE_CIPHER_SPEC, _) => {
                self.handshake_mut(input.now).change_cipher(input.sender);
            }
            (ALERT, &[level, description]) => {
                self.handshake_mut(input.now).take_alert(input.sender, Alert { level, description });
            }
            (ALERT, _) => sink.anomaly(input.now, "invalid_alert_message", TRANSACTION),
            _ => {}
        }
    }

    fn messages(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let mut reader = Reader::new(input.bytes);
        while !reader.is_empty() {
            match Fragment::take(&mut reader) {
                Some(fragment) if message::is_known(fragment.kind) => self.fragment(&fragment, input, sink),
                _ => return sink.anomaly(input.now, "invalid_handshake_message", TRANSACTION),
            }
        }
    }

    /// Most messages are in one fragment.
    fn fragment(&mut self, fragment: &Fragment<'_>, input: Input<'_>, sink: &mut dyn Sink) {
        if fragment.offset == 0 && fragment.bytes.len() == fragment.length {
            return self.message(fragment.kind, fragment.bytes, input, sink);
        }
        let partial = &mut self.partial[input.sender.index()];
        let place = match partial.iter().position(|partial| partial.sequence == fragment.sequence) {
            Some(place) => place,
            None if partial.len() == PARTIAL_MESSAGES_MAX => {
                return sink.anomaly(input.now, "handshake_invalid_length", TRANSACTION);
            }
            None => {
                partial.push(Partial { sequence: fragment.sequence, fragments: Assembly::default() });
                partial.len() - 1
            }
        };
        let bytes_max = fragment.length.min(self.limits.message_bytes_max);
        if partial[place].fragments.add(fragment.offset, fragment.bytes, bytes_max).is_err() {
            return sink.anomaly(input.now, "handshake_invalid_length", TRANSACTION);
        }
        if partial[place].fragments.head().len() == fragment.length {
            let whole = partial.swap_remove(place);
            self.message(fragment.kind, whole.fragments.head(), input, sink);
        }
    }

    fn message(&mut self, kind: u8, body: &[u8], input: Input<'_>, sink: &mut dyn Sink) {
        self.handshake_mut(input.now).take_message(input.now, input.sender, kind, body, sink);
    }

    fn encrypted(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let handshake = self.handshake_mut(input.now);
        handshake.encrypted(input.now, input.sender);
        if handshake.is_established() {
            self.tell(input.now, sink);
        }
    }

    fn handshake_mut(&mut self, now: Timestamp) -> &mut Handshake {
        self.handshake.get_or_insert_with(|| Box::new(Handshake::new(Carrier::Datagram, now)))
    }

    fn tell(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        if let Some(handshake) = self.handshake.take()
            && handshake.is_worth_telling()
        {
            self.is_told = true;
            sink.transaction(now, handshake.as_ref());
        }
        self.partial = Default::default();
    }
}

impl Parser for DtlsParser {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        if !self.is_told {
            self.datagram(input, sink);
        }
        Progress::all(input.bytes)
    }

    fn gap(&mut self, _: Gap<'_>, _: &mut dyn Sink) {}

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.tell(now, sink);
    }
}

/// Besides the released versions there is the one of OpenSSL before 0.9.8f, which Cisco's clients kept.
const fn is_version(version: Version) -> bool {
    matches!(version, Version::DTLS1_0 | Version::DTLS1_2 | Version::DTLS1_3 | Version(0x0100))
}

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;
/// A record with a connection id of a length that only its sides know (RFC 9146).
const CONNECTION_ID: u8 = 25;
const ACK: u8 = 26;
/// The first byte of DTLS 1.3's encrypted records: 001, then flags (RFC 9147, section 4).
const UNIFIED_HEADER_FIRST: u8 = 0x20;
const UNIFIED_HEADER_LAST: u8 = 0x3f;
/// The last first byte that is DTLS where protocols share a flow (RFC 7983, section 7).
const DTLS_LAST: u8 = 63;
const HELLO_VERIFY: u8 = 3;
/// A flight has at most five messages.
const PARTIAL_MESSAGES_MAX: usize = 8;
