//! One flow: banners, then packets, then what is encrypted.

use super::kex::KeyExchangeInit;
use super::login::Login;
use super::packet::{self, BANNER_BYTES_MAX, KEX_GROUP_REPLY, KEX_REPLY, KEXINIT, NEWKEYS, Packet};
use super::transaction::{Handshake, HostKey};
use crate::frame::tell_frames;
use crate::http1::lines::{Line, Lines};
use crate::protocol::{Gap, Input, Parser, Progress};
use crate::sink::Sink;
use model::packet::{Side, Timestamp};

/// Lines that a server may send before its banner (RFC 4253, section 4.2).
const LINES_BEFORE_MAX: u32 = 64;

/// A packet's length, the length of its padding, and its type: what rules take for its header.
const RECORD_HEADER_BYTES: usize = 6;

#[derive(Default)]
pub(super) struct Ssh {
    sides: [SideState; 2],
    handshake: Handshake,
    login: Login,
    is_told: bool,
    is_login_told: bool,
}

#[derive(Default)]
struct SideState {
    stage: Stage,
    lines: Lines,
    lines_before: u32,
    /// Bytes of a packet that does not matter which are still to come.
    skip: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Banner,
    Packets,
    /// Behind NEWKEYS.
    Encrypted,
    /// Nothing more can be read: SSH 1, bytes missing, lengths that lie.
    Dark,
}

impl Ssh {
    fn side(&mut self, side: Side) -> &mut SideState {
        &mut self.sides[side.index()]
    }

    fn banner(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> usize {
        self.handshake.started.get_or_insert(input.now);
        let (line, length) = match self.side(input.sender).lines.next(input.bytes, BANNER_BYTES_MAX) {
            Line::NeedMore => return 0,
            Line::Rest(length) => {
                let is_end = input.bytes[length - 1] == b'\n';
                self.side(input.sender).stage =
                    if is_end { self.stage_behind_banner(input.sender) } else { Stage::Banner };
                return length;
            }
            Line::Whole { text, length } => (text, length),
            Line::Cut(text) => {
                sink.anomaly(input.now, "long_banner", Some(0));
                self.keep_banner(input, text, sink);
                return text.len();
            }
        };
        if self.keep_banner(input, line, sink) {
            self.side(input.sender).stage = self.stage_behind_banner(input.sender);
        }
        length
    }

    /// A line before the banner is none.
    fn keep_banner(&mut self, input: Input<'_>, line: &[u8], sink: &mut dyn Sink) -> bool {
        let banner = packet::banner(line);
        let is_banner = banner.is_some();
        if is_banner {
            self.handshake.banners[input.sender.index()] = banner;
            return true;
        }
        let side = self.side(input.sender);
        side.lines_before += 1;
        if input.sender == Side::Client || line.starts_with(b"SSH-") || side.lines_before > LINES_BEFORE_MAX {
            sink.anomaly(input.now, "invalid_banner", Some(0));
            self.side(input.sender).stage = Stage::Dark;
        }
        false
    }

    /// SSH 1 has other packets, which we do not read.
    fn stage_behind_banner(&self, sender: Side) -> Stage {
        match self.handshake.banner(sender) {
            None => Stage::Banner,
            Some(banner) if banner.version.starts_with(b"2") || banner.version == b"1.99" => Stage::Packets,
            Some(_) => Stage::Dark,
        }
    }

    fn packet(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let skip = self.side(input.sender).skip;
        if skip > 0 {
            let consumed = skip.min(input.bytes.len() as u64);
            self.side(input.sender).skip -= consumed;
            return Progress { consumed: consumed as usize, needed: 0 };
        }
        match packet::packet(input.bytes) {
            Packet::NeedMore(needed) => return Progress { consumed: 0, needed },
            Packet::Other { length } => self.side(input.sender).skip = length,
            Packet::TooLong { length } => {
                sink.anomaly(input.now, "long_kex_record", Some(0));
                self.side(input.sender).skip = length;
            }
            Packet::Invalid => {
                sink.anomaly(input.now, "invalid_record", Some(0));
                self.side(input.sender).stage = Stage::Dark;
                return Progress::all(input.bytes);
            }
            Packet::Whole { message, payload, length } => {
                let (header, data) = input.bytes[..length].split_at(RECORD_HEADER_BYTES.min(length));
                let frames = [("record.hdr", header), ("record.data", data), ("record.pdu", &input.bytes[..length])];
                tell_frames(input, Some(0), &frames, sink);
                self.message(input, message, payload, sink);
                return Progress { consumed: length, needed: 0 };
            }
        }
        self.packet(input, sink)
    }

    fn message(&mut self, input: Input<'_>, message: u8, payload: &[u8], sink: &mut dyn Sink) {
        match message {
            KEXINIT => match KeyExchangeInit::parse(payload) {
                Some(offer) => self.handshake.offers[input.sender.index()] = Some(offer),
                None => sink.anomaly(input.now, "invalid_record", Some(0)),
            },
            NEWKEYS => {
                self.side(input.sender).stage = Stage::Encrypted;
                self.handshake.ended = Some(input.now);
                if self.sides.iter().all(|side| side.stage == Stage::Encrypted) {
                    self.tell(input.now, sink);
                }
            }
            _ if input.sender == Side::Server => self.host_key(message, payload),
            _ => {}
        }
    }

    /// The answer to the key exchange begins with the host's key.
    fn host_key(&mut self, message: u8, payload: &[u8]) {
        let is_group_exchange = self.handshake.kex_algorithm().starts_with(b"diffie-hellman-group-exchange");
        let expected = if is_group_exchange { KEX_GROUP_REPLY } else { KEX_REPLY };
        let Some((key, _)) = packet::string(payload).filter(|_| message == expected) else { return };
        if let Some((kind, _)) = packet::string(key) {
            self.handshake.host_key = Some(HostKey::new(kind, key));
        }
    }

    fn encrypted(&mut self, now: Timestamp, sender: Side, bytes: u64, sink: &mut dyn Sink) {
        self.login.see(now, sender, bytes);
        if self.login.is_over() {
            self.tell_login(now, sink);
        }
    }

    fn tell(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        if !self.is_told && self.handshake.is_worth_telling() {
            sink.transaction(now, &self.handshake);
        }
        self.is_told = true;
    }

    fn tell_login(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        if !self.is_login_told && self.login.is_worth_telling() {
            sink.transaction(now, &self.login);
        }
        self.is_login_told = true;
    }
}

impl Parser for Ssh {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        match self.side(input.sender).stage {
            Stage::Banner => Progress { consumed: self.banner(input, sink), needed: 0 },
            Stage::Packets => self.packet(input, sink),
            Stage::Encrypted => {
                self.encrypted(input.now, input.sender, input.bytes.len() as u64, sink);
                Progress::all(input.bytes)
            }
            Stage::Dark => Progress::all(input.bytes),
        }
    }

    fn gap(&mut self, gap: Gap<'_>, sink: &mut dyn Sink) {
        let stage = self.side(gap.sender).stage;
        match stage {
            Stage::Encrypted => self.encrypted(gap.now, gap.sender, gap.bytes, sink),
            Stage::Packets if gap.bytes > 0 && gap.bytes <= self.side(gap.sender).skip => {
                self.side(gap.sender).skip -= gap.bytes;
            }
            Stage::Banner if gap.bytes == 0 && self.handshake.banner(gap.sender).is_none() => {
                let input = Input { now: gap.now, sender: gap.sender, bytes: gap.unparsed };
                self.keep_banner(input, gap.unparsed, sink);
                self.side(gap.sender).stage = Stage::Dark;
            }
            _ => self.side(gap.sender).stage = Stage::Dark,
        }
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.tell(now, sink);
        self.login.finish();
        self.tell_login(now, sink);
    }
}
