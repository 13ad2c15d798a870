//! What a capture file tells: frames, and everything else.

use model::packet::{Frame, LinkType, Timestamp};
use std::net::IpAddr;

/// Takes what a [`FrameReader`](crate::FrameReader) finds, in the order of the file.
pub trait FrameSink {
    /// A frame.
    fn frame(&mut self, frame: Frame<'_>, details: FrameDetails);
    /// Anything else.
    fn note(&mut self, note: Note<'_>);
}

/// What the file says of a frame beside the frame itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameDetails {
    /// Where its record or block begins, in bytes from the beginning of the decompressed file.
    pub offset: u64,
    /// pcapng: direction (bits 0 and 1: 1 in, 2 out), reception, FCS length and link errors (`epb_flags`).
    pub flags: Option<u32>,
    /// pcapng: frames that the interface lost between this frame and the one before.
    pub dropped: Option<u64>,
    /// pcapng's simple packets have no time; theirs is given as 0.
    pub has_no_time: bool,
}

/// What a file says that is not a frame, or what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note<'a> {
    /// A section of pcapng begins, or a pcap file.
    Section(Section<'a>),
    /// An interface is described. pcap files have one, number 0.
    Interface(Interface<'a>),
    /// An interface's counts, up to a moment.
    Statistics(InterfaceStatistics),
    /// An address has a name.
    Name {
        /// The address.
        address: IpAddr,
        /// The name, in UTF-8 if the file is right.
        name: &'a [u8],
    },
    /// Secrets that decrypt what was captured. The bytes are secret; keep them out of output.
    Secrets {
        /// 0x544c534b TLS key log, 0x5353484b SSH, 0x57474b4c WireGuard, 0x5a4e574b ZigBee network, 0x5a415053 ZigBee application, ...
        kind: u32,
        /// In the format of the kind.
        bytes: &'a [u8],
    },
    /// Someone wrote something down.
    Comment {
        /// About what.
        about: About,
        /// In UTF-8 if the file is right.
        text: &'a [u8],
    },
    /// A block of someone's own.
    Custom {
        /// Whose, by IANA's private enterprise numbers.
        enterprise: u32,
        /// Content and options.
        bytes: &'a [u8],
    },
    /// An entry of systemd's journal, in its export format.
    Journal {
        /// The entry.
        bytes: &'a [u8],
    },
    /// A block of a kind that is not known; it is passed over.
    UnknownBlock {
        /// Where it begins.
        offset: u64,
        /// Its kind.
        kind: u32,
        /// Its length in bytes.
        length: u32,
    },
    /// A frame or block is longer than [`Limits`](crate::Limits) allow; it is passed over.
    OverLimit {
        /// Where it begins.
        offset: u64,
        /// Its length in bytes.
        length: u32,
    },
    /// A record or block makes no sense.
    Damaged {
        /// Where it begins.
        offset: u64,
        /// What is wrong.
        damage: Damage,
    },
    /// Behind damage, records or blocks make sense again.
    Resumed {
        /// From here.
        offset: u64,
    },
    /// The file ends within a record or block.
    Truncated {
        /// Where that begins.
        offset: u64,
        /// How many bytes of it are there.
        present: u64,
        /// How many it should have, as far as that is known.
        needed: u64,
    },
}

/// What a comment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The section.
    Section,
    /// The interface of this number.
    Interface(u32),
    /// The frame of this number. The comment comes before it.
    Frame(u64),
    /// Names, statistics, secrets.
    Other,
}

/// What is wrong with a record or block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Damage {
    /// The file begins like no capture.
    NotACapture,
    /// The version is one that nobody knows.
    UnknownVersion,
    /// A record's header cannot be: longer than any frame, or with a fraction of a second above one.
    ImpossibleRecord,
    /// A block's length is below 12, no multiple of four, or not the same at its end.
    WrongBlockLength,
    /// A block is too short for what it has to say.
    ShortBlock,
    /// A frame is longer than its block.
    FrameBeyondBlock,
    /// An option is longer than its block: it and those behind it are not read, the block is.
    OptionBeyondBlock,
    /// A block speaks of an interface that was not described.
    UnknownInterface,
    /// A section's byte order mark is none.
    WrongByteOrderMark,
    /// More interfaces than [`Limits`](crate::Limits) allow.
    TooManyInterfaces,
}

impl Damage {
    /// In words.
    pub const fn text(self) -> &'static str {
        match self {
            Damage::NotACapture => "not a capture",
            Damage::UnknownVersion => "unknown version",
            Damage::ImpossibleRecord => "impossible record header",
            Damage::WrongBlockLength => "wrong block length",
            Damage::ShortBlock => "block too short",
            Damage::FrameBeyondBlock => "frame longer than its block",
            Damage::OptionBeyondBlock => "option longer than its block",
            Damage::UnknownInterface => "unknown interface",
            Damage::WrongByteOrderMark => "wrong byte order mark",
            Damage::TooManyInterfaces => "too many interfaces",
        }
    }
}

/// The beginning of a pcap file or of a section of pcapng. Text is empty where it is not given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Section<'a> {
    /// Where it begins.
    pub offset: u64,
    /// Version of the format.
    pub version: (u16, u16),
    /// Is it big-endian?
    pub is_big_endian: bool,
    /// The machine.
    pub hardware: &'a [u8],
    /// Its operating system.
    pub system: &'a [u8],
    /// The program that wrote it.
    pub application: &'a [u8],
}

/// An interface that frames were captured on. Text is empty where it is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interface<'a> {
    /// Its number over all sections, from 0, as in [`Frame::interface`].
    pub number: u32,
    /// What its frames begin with.
    pub link_type: LinkType,
    /// Bytes that are kept of a frame; 0 for all.
    pub snap_length: u32,
    /// Its name, such as `eth0`.
    pub name: &'a [u8],
    /// In words.
    pub description: &'a [u8],
    /// What it is.
    pub hardware: &'a [u8],
    /// The operating system.
    pub system: &'a [u8],
    /// The filter, in libpcap's language.
    pub filter: &'a [u8],
    /// Ticks per second of its timestamps.
    pub ticks_per_second: u64,
    /// Bits per second.
    pub speed_bps: Option<u64>,
    /// Bytes of frame check sequence at the end of each frame, where it is said.
    pub check_sequence_bytes: Option<u8>,
}

/// What an interface counted, up to a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InterfaceStatistics {
    /// Its number over all sections.
    pub interface: u32,
    /// When.
    pub timestamp: Timestamp,
    /// When the capture began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Frames that came.
    pub received: Option<u64>,
    /// Frames that the interface lost.
    pub dropped: Option<u64>,
    /// Frames that the filter let through.
    pub accepted: Option<u64>,
    /// Frames that the operating system lost.
    pub dropped_by_system: Option<u64>,
    /// Frames that the program got.
    pub delivered: Option<u64>,
}
