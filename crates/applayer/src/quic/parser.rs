//! Packets of one flow, until both hellos are there.

use super::Limits;
use super::frame::{Frame, frames};
use super::google::{CryptoMessage, stream_message};
use super::keys::InitialKeys;
use super::packet::{LongPacket, PacketKind, QuicVersion, google_public};
use super::transaction::{Hello, QuicTransaction};
use crate::protocol::{Gap, Input, Parser, Progress};
use crate::reader::Reader;
use crate::sink::Sink;
use crate::tls::assembly::Assembly;
use crate::tls::{Carrier, ClientHello, ServerHello, message};
use model::packet::{Side, Timestamp};

/// One flow.
pub(crate) struct QuicParser {
    limits: Limits,
    /// The version of the first packet, and when it came; once there was one.
    first: Option<(QuicVersion, Timestamp)>,
    transactions: u64,
    /// Something was told that is a row.
    has_row: bool,
    has_failed: bool,
    sides: [Stream; 2],
    secrets: Option<Box<Secrets>>,
}

/// What goes when both hellos are there.
struct Secrets {
    keys: InitialKeys,
    /// After a server's Retry its connection id makes the keys (RFC 9001, section 5.2).
    is_outdated: bool,
    plain: Vec<u8>,
}

#[derive(Default)]
struct Stream {
    crypto: Assembly,
    /// Bytes of `crypto` whose message is done with.
    done_bytes: usize,
    initial_packets: u32,
    has_hello: bool,
}

impl QuicParser {
    pub(crate) fn new(limits: Limits) -> QuicParser {
        QuicParser {
            limits,
            first: None,
            transactions: 0,
            has_row: false,
            has_failed: false,
            sides: Default::default(),
            secrets: None,
        }
    }

    const fn is_done(&self) -> bool {
        self.sides[0].has_hello && self.sides[1].has_hello
    }

    fn datagram(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let mut rest = input.bytes;
        while let Some((packet, behind)) = LongPacket::take(rest) {
            rest = behind;
            self.first.get_or_insert((packet.version, input.now));
            self.packet(&packet, input, sink);
        }
        if let Some((version, frames)) = google_public(rest) {
            self.first.get_or_insert((version, input.now));
            self.clear(version, Input { bytes: frames, ..input }, sink);
        }
    }

    fn packet(&mut self, packet: &LongPacket<'_>, input: Input<'_>, sink: &mut dyn Sink) {
        match packet.kind {
            PacketKind::Retry => {
                if let Some(secrets) = &mut self.secrets {
                    secrets.is_outdated = true;
                }
                self.tell(packet.version, Hello::None, input, sink);
            }
            PacketKind::VersionNegotiation => self.tell(packet.version, Hello::None, input, sink),
            _ if packet.version.is_clear() => {
                let frames = Input { bytes: &packet.bytes[packet.number_at..], ..input };
                self.clear(packet.version, frames, sink);
            }
            PacketKind::Initial if InitialKeys::are_known(packet.version) => self.initial(packet, input, sink),
            PacketKind::Initial | PacketKind::ZeroRtt | PacketKind::Handshake => {}
        }
    }

    /// Google's packets without encryption.
    fn clear(&mut self, version: QuicVersion, frames: Input<'_>, sink: &mut dyn Sink) {
        if self.sides[frames.sender.index()].has_hello {
            return;
        }
        if let Some(message) = stream_message(version, frames.bytes) {
            self.sides[frames.sender.index()].has_hello = true;
            self.tell(version, Hello::Google(message.into()), frames, sink);
        }
    }

    fn initial(&mut self, packet: &LongPacket<'_>, input: Input<'_>, sink: &mut dyn Sink) {
        let stream = &mut self.sides[input.sender.index()];
        if stream.has_hello && self.secrets.as_ref().is_none_or(|secrets| !secrets.is_outdated) {
            return;
        }
        stream.initial_packets += 1;
        if stream.initial_packets > self.limits.initial_packets_max {
            return self.fail("too_many_initial_packets", input, sink);
        }
        if self.open(packet, input.sender).is_none() {
            return self.fail("failed_decrypt", input, sink);
        }
        if self.sides[input.sender.index()].has_hello {
            return;
        }
        let plain = self.secrets.as_mut().map(|secrets| std::mem::take(&mut secrets.plain)).unwrap_or_default();
        self.frames(packet.version, Input { bytes: &plain, ..input }, sink);
        if let Some(secrets) = &mut self.secrets {
            secrets.plain = plain;
        }
    }

    /// Takes off the protection, with keys of the client's first packet. Keys that do not fit are made anew: another
    /// connection may have begun between the same ports. A server's packet without a client's cannot be read.
    fn open(&mut self, packet: &LongPacket<'_>, sender: Side) -> Option<()> {
        if let Some(secrets) = self.secrets.as_mut().filter(|secrets| !secrets.is_outdated)
            && secrets.keys.open(packet, sender, &mut secrets.plain).is_some()
        {
            return Some(());
        }
        if sender == Side::Server {
            return None;
        }
        let keys = InitialKeys::derive(packet.version, packet.destination)?;
        let mut plain = Vec::new();
        keys.open(packet, sender, &mut plain)?;
        self.secrets = Some(Box::new(Secrets { keys, is_outdated: false, plain }));
        Some(())
    }

    fn frames(&mut self, version: QuicVersion, plain: Input<'_>, sink: &mut dyn Sink) {
        for frame in frames(plain.bytes) {
            match frame {
                Some(Frame::Crypto { offset, bytes }) => {
                    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
                    let crypto = &mut self.sides[plain.sender.index()].crypto;
                    if crypto.add(offset, bytes, self.limits.crypto_bytes_max).is_err() {
                        return self.fail("crypto_frame_too_long", plain, sink);
                    }
                }
                Some(Frame::Close) => {}
                // Google's versions have frames of their own behind the hello.
                None if version.google().is_some() => break,
                None => return self.fail("error_on_data", plain, sink),
            }
        }
        self.crypto(version, plain, sink);
        // A packet that could be read is told even without a hello, by its version.
        if !self.sides[plain.sender.index()].has_hello && version.google().is_none() {
            let mut transaction = self.transaction(version, Hello::None, plain);
            transaction.is_aside = true;
            sink.transaction(plain.now, &transaction);
        }
    }

    /// Looks for a hello in what is there of a side's handshake.
    fn crypto(&mut self, version: QuicVersion, input: Input<'_>, sink: &mut dyn Sink) {
        let stream = &mut self.sides[input.sender.index()];
        let crypto = std::mem::take(&mut stream.crypto);
        if version.google().is_some() {
            if CryptoMessage::parse(crypto.head()).is_some() {
                stream.has_hello = true;
                self.tell(version, Hello::Google(crypto.head().into()), input, sink);
            }
        } else {
            self.hello(version, Input { bytes: crypto.head(), ..input }, sink);
        }
        let stream = &mut self.sides[input.sender.index()];
        if !stream.has_hello {
            stream.crypto = crypto;
        }
    }

    fn hello(&mut self, version: QuicVersion, crypto: Input<'_>, sink: &mut dyn Sink) {
        let sender = crypto.sender.index();
        let mut reader = Reader::new(crypto.bytes.get(self.sides[sender].done_bytes..).unwrap_or_default());
        while let (Some(kind), Some(body)) = (reader.u8(), reader.vector24()) {
            self.sides[sender].done_bytes = crypto.bytes.len() - reader.rest().len();
            let is_hello = match (crypto.sender, kind) {
                (Side::Client, message::CLIENT_HELLO) => ClientHello::parse(body, Carrier::Quic).is_some(),
                // What asks for another hello is not the server's own.
                (Side::Server, message::SERVER_HELLO) => {
                    ServerHello::parse(body).is_some_and(|hello| !hello.is_retry_request())
                }
                _ => false,
            };
            if is_hello {
                self.sides[sender].has_hello = true;
                return self.tell(version, Hello::Tls(body.into()), crypto, sink);
            }
        }
    }

    fn tell(&mut self, version: QuicVersion, hello: Hello, input: Input<'_>, sink: &mut dyn Sink) {
        let transaction = self.transaction(version, hello, input);
        self.has_row = true;
        sink.transaction(input.now, &transaction);
    }

    fn transaction(&mut self, version: QuicVersion, hello: Hello, input: Input<'_>) -> QuicTransaction {
        let started = self.first.map_or(input.now, |(_, first)| first);
        let is_server_hello = input.sender == Side::Server && !matches!(hello, Hello::None);
        let transaction = QuicTransaction {
            id: self.transactions,
            started: if input.sender == Side::Client { started } else { input.now },
            version,
            sender: input.sender,
            hello,
            is_aside: false,
            is_row_only: false,
            after_ns: is_server_hello.then(|| input.now.since_ns(started)),
        };
        self.transactions += 1;
        transaction
    }

    /// One anomaly of a flow is enough: what follows cannot be read either.
    fn fail(&mut self, name: &'static str, input: Input<'_>, sink: &mut dyn Sink) {
        if !self.has_failed {
            self.has_failed = true;
            sink.anomaly(input.now, name, None);
        }
    }
}

impl Parser for QuicParser {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        if !self.is_done() {
            self.datagram(input, sink);
            if self.is_done() {
                self.secrets = None;
            }
        }
        Progress::all(input.bytes)
    }

    fn gap(&mut self, _: Gap<'_>, _: &mut dyn Sink) {}

    /// A flow without a hello that could be read still has a version.
    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        if let Some((version, _)) = self.first
            && !self.has_row
        {
            let is_in_eve = self.transactions == 0;
            let transaction = self.transaction(version, Hello::None, Input { now, sender: Side::Client, bytes: b"" });
            sink.transaction(now, &QuicTransaction { is_row_only: !is_in_eve, ..transaction });
        }
    }
}
