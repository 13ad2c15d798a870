//! Records (RFC 8446, section 5): each side's stream cut into handshake messages, alerts, and what is skipped.

use super::Limits;
use super::hello::Carrier;
use super::ssl2;
use super::transaction::{Alert, Handshake, TRANSACTION, message};
use super::version::Version;
use crate::frame;
use crate::protocol::{Gap, Input, Parser, Progress};
use crate::sink::Sink;
use model::packet::{Side, Timestamp};

/// One flow.
pub(crate) struct TlsParser {
    limits: Limits,
    handshake: Option<Box<Handshake>>,
    is_told: bool,
    sides: [Stream; 2],
    heartbeat: Option<(Side, u16)>,
}

/// Where a side's stream is.
#[derive(Default)]
struct Stream {
    state: State,
    /// Bytes of the current record that are passed over.
    skip_bytes: usize,
    /// Bytes of the current handshake message that are passed over.
    skip_message_bytes: usize,
    /// A handshake message that began in an earlier record.
    message: Vec<u8>,
    has_warned_of_version: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    /// Nothing came yet: it can be SSL 2.0.
    #[default]
    Begin,
    /// Records in the clear.
    Clear,
    /// Handshake messages lost or senseless: only the records' headers are looked at.
    Encrypted,
    /// Where a record begins is not known.
    Lost,
}

/// The header of a record.
#[derive(Clone, Copy)]
struct Header {
    kind: u8,
    version: Version,
    length: u16,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Header> {
        let &[kind, major, minor, high, low] = bytes.first_chunk()?;
        let version = Version(u16::from_be_bytes([major, minor]));
        Some(Header { kind, version, length: u16::from_be_bytes([high, low]) })
    }

    /// What is wrong with it so that no record follows, in Suricata's name of the event.
    fn fault(self) -> Option<&'static str> {
        if !(CHANGE_CIPHER_SPEC..=HEARTBEAT).contains(&self.kind) {
            Some("invalid_record_type")
        } else if self.length > RECORD_BYTES_MAX {
            Some("invalid_record_length")
        } else if self.version.0 >> 8 != 3 && !self.version.is_draft() {
            Some("invalid_record_version")
        } else {
            None
        }
    }
}

/// What became of a side's next bytes.
enum Step {
    /// So many are done with; at least one.
    Took(usize),
    /// So many are needed, counted from the first.
    Needs(usize),
}

impl TlsParser {
    pub(crate) fn new(limits: Limits) -> TlsParser {
        TlsParser { limits, handshake: None, is_told: false, sides: Default::default(), heartbeat: None }
    }

    fn step(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Step {
        let stream = &mut self.sides[input.sender.index()];
        if stream.skip_bytes > 0 {
            let skipped = stream.skip_bytes.min(input.bytes.len());
            stream.skip_bytes -= skipped;
            return Step::Took(skipped);
        }
        match stream.state {
            State::Lost => Step::Took(input.bytes.len()),
            State::Begin if !(CHANGE_CIPHER_SPEC..=HEARTBEAT).contains(&input.bytes[0]) => self.ssl2(input, sink),
            _ => self.record(input, sink),
        }
    }

    fn record(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Step {
        let Some(header) = Header::read(input.bytes) else { return Step::Needs(RECORD_HEADER_BYTES) };
        if let Some(name) = header.fault() {
            return self.lose(input, name, sink);
        }
        let stream = &mut self.sides[input.sender.index()];
        let bytes = RECORD_HEADER_BYTES + usize::from(header.length);
        let is_opaque = stream.state == State::Encrypted || header.kind == APPLICATION_DATA;
        if is_opaque && header.kind != HEARTBEAT {
            stream.state = State::Encrypted;
            stream.skip_bytes = usize::from(header.length);
            self.encrypted(input, sink);
            return Step::Took(RECORD_HEADER_BYTES);
        }
        let Some(record) = input.bytes.get(RECORD_HEADER_BYTES..bytes) else { return Step::Needs(bytes) };
        if !is_opaque {
            self.note_version(input, header.version, sink);
        }
        self.tell_frames(header, Input { bytes: &input.bytes[..bytes], ..input }, sink);
        self.content(header, Input { bytes: record, ..input }, is_opaque, sink);
        Step::Took(bytes)
    }

    /// The pieces of a whole record.
    fn tell_frames(&self, header: Header, input: Input<'_>, sink: &mut dyn Sink) {
        let (head, data) = input.bytes.split_at(RECORD_HEADER_BYTES);
        let by_kind = match header.kind {
            ALERT => ("alert", data),
            HEARTBEAT => ("heartbeat", data),
            _ => ("", &b""[..]),
        };
        let frames = [("pdu", input.bytes), ("hdr", head), ("data", data), by_kind];
        frame::tell_frames(input, TRANSACTION, &frames, sink);
    }

    fn note_version(&mut self, input: Input<'_>, version: Version, sink: &mut dyn Sink) {
        let stream = &mut self.sides[input.sender.index()];
        if stream.state == State::Begin {
            stream.state = State::Clear;
        }
        if version.0 > Version::TLS1_3.0 && !version.is_draft() && !stream.has_warned_of_version {
            stream.has_warned_of_version = true;
            sink.anomaly(input.now, "invalid_record_version", TRANSACTION);
        }
        self.handshake_mut(input.now).take_version(input.sender, version);
    }

    /// A whole record in the clear, or a heartbeat.
    fn content(&mut self, header: Header, input: Input<'_>, is_encrypted: bool, sink: &mut dyn Sink) {
        match (header.kind, input.bytes) {
            (HEARTBEAT, _) => self.heartbeat(input, is_encrypted, sink),
            (HANDSHAKE, _) => self.messages(input, sink),
            (CHANGE_CIPHER_SPEC, _) => {
                if self.handshake_mut(input.now).change_cipher(input.sender) {
                    self.sides[input.sender.index()].state = State::Encrypted;
                }
            }
            (ALERT, &[level, description]) => {
                self.handshake_mut(input.now).take_alert(input.sender, Alert { level, description });
            }
            _ => sink.anomaly(input.now, "invalid_alert_message", TRANSACTION),
        }
    }

    /// Handshake messages, each with its type and length before it, in a row over the records.
    fn messages(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let stream = &mut self.sides[input.sender.index()];
        if stream.message.is_empty() {
            let rest = self.whole_messages(input, sink);
            self.sides[input.sender.index()].message.extend_from_slice(rest);
            return;
        }
        stream.message.extend_from_slice(input.bytes);
        let mut bytes = std::mem::take(&mut stream.message);
        let rest = self.whole_messages(Input { bytes: &bytes, ..input }, sink).len();
        bytes.drain(..bytes.len() - rest);
        self.sides[input.sender.index()].message = bytes;
    }

    /// Takes the whole messages; returns what is left.
    fn whole_messages<'a>(&mut self, input: Input<'a>, sink: &mut dyn Sink) -> &'a [u8] {
        let mut rest = input.bytes;
        loop {
            let stream = &mut self.sides[input.sender.index()];
            let skipped = stream.skip_message_bytes.min(rest.len());
            stream.skip_message_bytes -= skipped;
            rest = &rest[skipped..];
            let Some(kind) = rest.first() else { return rest };
            if !message::is_known(*kind) {
                stream.state = State::Encrypted;
                sink.anomaly(input.now, "invalid_handshake_message", TRANSACTION);
                return &[];
            }
            let Some((&[kind, a, b, c], behind)) = rest.split_first_chunk() else { return rest };
            let length = u32::from_be_bytes([0, a, b, c]) as usize;
            if length > self.limits.message_bytes_max {
                sink.anomaly(input.now, "handshake_invalid_length", TRANSACTION);
                stream.skip_message_bytes = MESSAGE_HEADER_BYTES + length;
                continue;
            }
            let Some((body, behind)) = behind.split_at_checked(length) else { return rest };
            let is_told = self.is_told;
            let handshake = self.handshake_mut(input.now);
            handshake.take_message(input.now, input.sender, kind, body, sink);
            if let Some(stage) = handshake.stage_behind(kind, input.sender).filter(|_| !is_told) {
                sink.progress(input.now, &*handshake, input.sender, stage);
            }
            rest = behind;
        }
    }

    /// Heartbeats (RFC 6520) are hardly used but to read a server's memory (CVE-2014-0160): by asking for more bytes
    /// than were sent, in the clear or encrypted, when only the size of the answer tells.
    fn heartbeat(&mut self, input: Input<'_>, is_encrypted: bool, sink: &mut dyn Sink) {
        sink.anomaly(input.now, "heartbeat_message", TRANSACTION);
        let record_bytes = input.bytes.len() as u16;
        if is_encrypted {
            match self.heartbeat {
                Some((asker, asked)) if asker != input.sender => {
                    if asked != record_bytes {
                        sink.anomaly(input.now, "dataleak_heartbeat_mismatch", TRANSACTION);
                    }
                    self.heartbeat = None;
                }
                _ => self.heartbeat = Some((input.sender, record_bytes)),
            }
            return;
        }
        match *input.bytes {
            [1 | 2, high, low, ref rest @ ..] => {
                let payload_bytes = usize::from(u16::from_be_bytes([high, low]));
                if payload_bytes > rest.len() {
                    sink.anomaly(input.now, "overflow_heartbeat_message", TRANSACTION);
                } else if payload_bytes + HEARTBEAT_PADDING_BYTES_MIN > rest.len() {
                    sink.anomaly(input.now, "invalid_heartbeat_message", TRANSACTION);
                }
            }
            _ => sink.anomaly(input.now, "invalid_heartbeat_message", TRANSACTION),
        }
    }

    fn ssl2(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Step {
        let Some(header) = input.bytes.first_chunk() else { return Step::Needs(2) };
        let Some(body_bytes) = ssl2::body_bytes(*header) else {
            return self.lose(input, "invalid_tls_header", sink);
        };
        let Some(kind) = input.bytes.get(2) else { return Step::Needs(3) };
        if !matches!((input.sender, *kind), (Side::Client, ssl2::CLIENT_HELLO) | (Side::Server, ssl2::SERVER_HELLO)) {
            let name = if *kind == ssl2::ERROR { "error_message_encountered" } else { "invalid_sslv2_header" };
            return self.lose(input, name, sink);
        }
        let Some(body) = input.bytes.get(2..2 + body_bytes) else { return Step::Needs(2 + body_bytes) };
        match input.sender {
            Side::Client => self.ssl2_client(Input { bytes: body, ..input }, sink),
            Side::Server => self.ssl2_server(Input { bytes: body, ..input }, sink),
        }
        Step::Took(2 + body_bytes)
    }

    fn ssl2_client(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let Some(version) = ssl2::client_version(input.bytes) else {
            return sink.anomaly(input.now, "invalid_sslv2_header", TRANSACTION);
        };
        self.handshake_mut(input.now).take_old_hello(version);
        self.sides[Side::Client.index()].state = if version == Version::SSL2 { State::Lost } else { State::Clear };
    }

    /// Behind the server's hello nothing of SSL 2.0 is of interest, and all but the client's key is encrypted.
    fn ssl2_server(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        self.sides.iter_mut().for_each(|stream| stream.state = State::Lost);
        let handshake = self.handshake_mut(input.now);
        handshake.take_version(Side::Server, Version::SSL2);
        match ssl2::server_certificate(input.bytes) {
            Some([]) => {}
            Some(certificate) => handshake.take_bare_certificate(input.now, certificate, sink),
            None => sink.anomaly(input.now, "invalid_sslv2_header", TRANSACTION),
        }
        self.tell(input.now, sink);
    }

    fn lose(&mut self, input: Input<'_>, name: &'static str, sink: &mut dyn Sink) -> Step {
        sink.anomaly(input.now, name, TRANSACTION);
        self.sides[input.sender.index()].state = State::Lost;
        Step::Took(input.bytes.len())
    }

    fn encrypted(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        if self.is_told {
            return;
        }
        let handshake = self.handshake_mut(input.now);
        handshake.encrypted(input.now, input.sender);
        if handshake.is_established() {
            self.tell(input.now, sink);
        }
    }

    fn handshake_mut(&mut self, now: Timestamp) -> &mut Handshake {
        self.handshake.get_or_insert_with(|| Box::new(Handshake::new(Carrier::Stream, now)))
    }

    /// Tells what is known, once, and lets go of it.
    fn tell(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        if let Some(handshake) = self.handshake.take()
            && !self.is_told
            && handshake.is_worth_telling()
        {
            self.is_told = true;
            sink.transaction(now, handshake.as_ref());
        }
        self.sides.iter_mut().for_each(|stream| stream.message = Vec::new());
    }
}

impl Parser for TlsParser {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let mut consumed = 0;
        while consumed < input.bytes.len() {
            match self.step(Input { bytes: &input.bytes[consumed..], ..input }, sink) {
                Step::Took(bytes) => consumed += bytes,
                Step::Needs(needed) => return Progress { consumed, needed },
            }
        }
        Progress { consumed, needed: 0 }
    }

    /// A gap inside a record leaves the next record's place known; any other does not. Messages before it are whole.
    fn gap(&mut self, gap: Gap<'_>, sink: &mut dyn Sink) {
        if let [HANDSHAKE, _, _, _, _, content @ ..] = gap.unparsed
            && matches!(self.sides[gap.sender.index()].state, State::Begin | State::Clear)
        {
            self.messages(Input { now: gap.now, sender: gap.sender, bytes: content }, sink);
        }
        let stream = &mut self.sides[gap.sender.index()];
        stream.message = Vec::new();
        stream.skip_message_bytes = 0;
        let record_bytes = match Header::read(gap.unparsed) {
            Some(header) => (RECORD_HEADER_BYTES + usize::from(header.length)).saturating_sub(gap.unparsed.len()),
            None => stream.skip_bytes,
        };
        let lost = usize::try_from(gap.bytes).unwrap_or(usize::MAX);
        match record_bytes.checked_sub(lost) {
            Some(left) if record_bytes > 0 => {
                stream.skip_bytes = left;
                stream.state = State::Encrypted;
            }
            _ => stream.state = State::Lost,
        }
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.tell(now, sink);
    }
}

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;
const HEARTBEAT: u8 = 24;
const RECORD_HEADER_BYTES: usize = 5;
const MESSAGE_HEADER_BYTES: usize = 4;
/// 2^14 bytes of content, and what protecting them may add (RFC 5246, section 6.2.3).
const RECORD_BYTES_MAX: u16 = (1 << 14) + 2048;
/// RFC 6520, section 4.
const HEARTBEAT_PADDING_BYTES_MIN: usize = 16;
