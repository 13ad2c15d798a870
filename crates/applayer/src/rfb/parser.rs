//! One connection: a dialogue in a fixed order, until the screen is known.

use super::transaction::{Framebuffer, RfbTransaction};
use crate::frame::tell_frames;
use crate::protocol::{Gap, Input, Parser, Progress};
use crate::reader::Reader;
use crate::sink::Sink;
use model::packet::{Side, Timestamp};

/// A longer name, or reason, is none.
const TEXT_BYTES_MAX: u32 = 64 << 10;

const NO_SECURITY: u32 = 1;
const VNC_AUTHENTICATION: u32 = 2;

/// What comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    ServerVersion,
    ClientVersion,
    /// Version 3.3: the server says which.
    SecurityType,
    /// From 3.7 on: the server says which there are.
    SecurityTypes,
    /// The client chooses.
    Choice,
    Challenge,
    Response,
    Result,
    Reason,
    ClientInit,
    ServerInit,
    /// Pictures, or what cannot be read.
    Over,
}

#[derive(Default)]
pub(super) struct Rfb {
    stage: Stage,
    transaction: RfbTransaction,
    is_told: bool,
}

/// `Err` says how many bytes are needed; `Ok(None)` that it is malformed; otherwise how many it took.
type Read = Result<Option<usize>, usize>;

fn needs(bytes: &[u8], count: usize) -> Result<&[u8], usize> {
    bytes.get(..count).ok_or(count)
}

impl Stage {
    fn sender(self) -> Option<Side> {
        match self {
            Stage::ClientVersion | Stage::Choice | Stage::Response | Stage::ClientInit => Some(Side::Client),
            Stage::Over => None,
            _ => Some(Side::Server),
        }
    }
}

impl Rfb {
    fn step(&mut self, sender: Side, bytes: &[u8]) -> Read {
        match self.stage {
            Stage::ServerVersion | Stage::ClientVersion => self.version(sender, bytes),
            Stage::SecurityType => {
                let security_type = number(needs(bytes, 4)?);
                self.begin_security(security_type);
                Ok(Some(4))
            }
            Stage::SecurityTypes => self.security_types(bytes),
            Stage::Choice => {
                self.begin_security(needs(bytes, 1)?[0].into());
                Ok(Some(1))
            }
            Stage::Challenge => {
                self.transaction.challenge = needs(bytes, 16)?.first_chunk().copied();
                self.stage = Stage::Response;
                Ok(Some(16))
            }
            Stage::Response => {
                self.transaction.response = needs(bytes, 16)?.first_chunk().copied();
                self.stage = Stage::Result;
                Ok(Some(16))
            }
            Stage::Result => self.result(bytes),
            Stage::Reason => self.reason(bytes),
            Stage::ClientInit => {
                self.transaction.is_shared = Some(needs(bytes, 1)?[0] != 0);
                self.stage = Stage::ServerInit;
                Ok(Some(1))
            }
            Stage::ServerInit => self.server_init(bytes),
            Stage::Over => Ok(Some(bytes.len())),
        }
    }

    fn version(&mut self, sender: Side, bytes: &[u8]) -> Read {
        const BYTES: usize = 12;
        let [b'R', b'F', b'B', b' ', a, b, c, b'.', d, e, f, b'\n'] = *needs(bytes, BYTES)? else { return Ok(None) };
        self.transaction.versions[sender.index()] = Some(([a, b, c], [d, e, f]));
        self.stage = match (sender, self.is_old()) {
            (Side::Server, _) => Stage::ClientVersion,
            (Side::Client, true) => Stage::SecurityType,
            (Side::Client, false) => Stage::SecurityTypes,
        };
        Ok(Some(BYTES))
    }

    /// The client's version is the one that is spoken.
    fn minor(&self) -> Option<&[u8; 3]> {
        self.transaction.versions[Side::Client.index()].as_ref().map(|(_, minor)| minor)
    }

    fn is_old(&self) -> bool {
        self.minor().is_some_and(|minor| minor < b"007")
    }

    fn begin_security(&mut self, security_type: u32) {
        self.transaction.security_type = Some(security_type);
        let tells_result = self.minor().is_some_and(|minor| minor >= b"008");
        self.stage = match security_type {
            0 => Stage::Reason,
            NO_SECURITY if tells_result => Stage::Result,
            NO_SECURITY => Stage::ClientInit,
            VNC_AUTHENTICATION => Stage::Challenge,
            _ => Stage::Over,
        };
    }

    fn security_types(&mut self, bytes: &[u8]) -> Read {
        let count = usize::from(needs(bytes, 1)?[0]);
        needs(bytes, 1 + count)?;
        self.stage = if count == 0 { Stage::Reason } else { Stage::Choice };
        Ok(Some(1 + count))
    }

    fn result(&mut self, bytes: &[u8]) -> Read {
        let result = number(needs(bytes, 4)?);
        self.transaction.security_result = Some(result);
        let tells_reason = self.minor().is_some_and(|minor| minor >= b"008");
        self.stage = match result {
            0 => Stage::ClientInit,
            _ if tells_reason => Stage::Reason,
            _ => Stage::Over,
        };
        Ok(Some(4))
    }

    fn reason(&mut self, bytes: &[u8]) -> Read {
        let length = number(needs(bytes, 4)?);
        if length > TEXT_BYTES_MAX {
            return Ok(None);
        }
        let end = 4 + length as usize;
        self.transaction.failure = Some(needs(bytes, end)?[4..].to_vec());
        self.stage = Stage::Over;
        Ok(Some(end))
    }

    fn server_init(&mut self, bytes: &[u8]) -> Read {
        const FIXED: usize = 24;
        let mut reader = Reader::new(needs(bytes, FIXED)?);
        let (Some(width), Some(height), Some(pixel_format), Some(length)) =
            (reader.u16(), reader.u16(), reader.array(), reader.u32())
        else {
            return Ok(None);
        };
        if length > TEXT_BYTES_MAX {
            return Ok(None);
        }
        let end = FIXED + length as usize;
        let name = needs(bytes, end)?[FIXED..].to_vec();
        self.transaction.framebuffer = Some(Framebuffer { width, height, name, pixel_format });
        self.stage = Stage::Over;
        Ok(Some(end))
    }

    fn tell(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        let is_worth_telling = self.transaction.versions.iter().any(Option::is_some);
        if !std::mem::replace(&mut self.is_told, true) && is_worth_telling {
            sink.transaction(now, &self.transaction);
        }
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

impl Parser for Rfb {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let Some(sender) = self.stage.sender() else { return Progress::all(input.bytes) };
        if sender != input.sender {
            return Progress::AFTER_OTHER_SIDE;
        }
        if self.stage == Stage::ServerVersion {
            self.transaction.started = input.now;
        }
        match self.step(sender, input.bytes) {
            Err(needed) => return Progress { consumed: 0, needed },
            Ok(Some(consumed)) => {
                let bytes = &input.bytes[..consumed];
                tell_frames(Input { bytes, ..input }, Some(0), &[("pdu", bytes)], sink);
                self.transaction.ended = input.now;
                if self.stage == Stage::Over {
                    self.tell(input.now, sink);
                }
                return Progress { consumed, needed: 0 };
            }
            Ok(None) => sink.anomaly(input.now, "malformed_message", Some(0)),
        }
        self.stage = Stage::Over;
        self.tell(input.now, sink);
        Progress::all(input.bytes)
    }

    fn gap(&mut self, gap: Gap<'_>, sink: &mut dyn Sink) {
        if gap.bytes > 0 && self.stage != Stage::Over {
            self.stage = Stage::Over;
            self.tell(gap.now, sink);
        }
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.tell(now, sink);
    }
}
