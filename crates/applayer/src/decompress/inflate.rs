//! gzip (RFC 1952), zlib (RFC 1950) and raw deflate (RFC 1951).

use super::{Failure, Next, OUTPUT_BYTES};
use flate2::{Decompress, FlushDecompress, Status};

/// The first bytes of a gzip member.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Where in the data it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The first two bytes decide what it is.
    Sniffing,
    /// In a gzip header, at this part.
    Header(HeaderPart),
    /// In what must be deflate blocks, if it is anything.
    Unproven,
    /// In deflate blocks.
    Blocks,
    /// So many bytes of checksum and size are left of a gzip member.
    Trailer(u8),
    /// Behind the end of a zlib or raw stream: the rest means nothing.
    Over,
    /// Not compressed, in spite of what was said.
    Plain,
}

/// Parts of a gzip header in their order. Flags say which are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HeaderPart {
    /// Method, flags, time, extra flags, system: so many bytes of it came (the magic is counted).
    Fixed(u8),
    /// Length of the extra field; its first byte, if it came.
    ExtraLength(Option<u8>),
    /// So many bytes of the extra field are left.
    Extra(u16),
    /// A name, ended by a zero.
    Name,
    /// A comment, ended by a zero.
    Comment,
    /// So many bytes of the header's checksum are left.
    Checksum(u8),
}

/// A header of dynamic codes has at most about 300 bytes; behind it something comes out.
const UNPROVEN_BYTES_MAX: usize = 2 << 10;

const FLAG_CHECKSUM: u8 = 0x02;
const FLAG_EXTRA: u8 = 0x04;
const FLAG_NAME: u8 = 0x08;
const FLAG_COMMENT: u8 = 0x10;
const FIXED_HEADER_BYTES: u8 = 10;
const TRAILER_BYTES: u8 = 8;

pub(super) struct Inflate {
    stage: Stage,
    first: Option<u8>,
    flags: u8,
    /// Bytes that are neither gzip nor zlib: are they raw deflate, or not compressed?
    may_be_raw: bool,
    is_gzip: bool,
    /// What raw deflate has read before anything came out of it: it may turn out to be none.
    unproven: Vec<u8>,
    blocks: Decompress,
    output: Box<[u8]>,
}

impl Inflate {
    pub(super) fn gzip() -> Inflate {
        Inflate::new(false)
    }

    pub(super) fn deflate() -> Inflate {
        Inflate::new(true)
    }

    fn new(may_be_raw: bool) -> Inflate {
        Inflate {
            stage: Stage::Sniffing,
            first: None,
            flags: 0,
            may_be_raw,
            is_gzip: false,
            unproven: Vec::new(),
            blocks: Decompress::new(false),
            output: vec![0; OUTPUT_BYTES].into_boxed_slice(),
        }
    }

    /// Is it not compressed at all?
    pub(super) fn is_plain(&self) -> bool {
        self.stage == Stage::Plain
    }

    /// What waited for more that did not come.
    pub(super) fn finish(&mut self, next: Next<'_>) -> Result<(), Failure> {
        match self.first.take() {
            Some(byte) if !self.is_gzip => next(&[byte]),
            _ => Ok(()),
        }
    }

    pub(super) fn push(&mut self, mut bytes: &[u8], next: Next<'_>) -> Result<(), Failure> {
        while let Some((&byte, rest)) = bytes.split_first() {
            match self.stage {
                Stage::Sniffing => {
                    self.sniff(byte, next)?;
                    bytes = rest;
                }
                Stage::Header(part) => {
                    self.stage = self.header_byte(part, byte);
                    bytes = rest;
                }
                Stage::Unproven => bytes = self.prove(bytes, next)?,
                Stage::Blocks => bytes = self.inflate(bytes, next)?,
                Stage::Trailer(left) => {
                    self.stage = if left > 1 { Stage::Trailer(left - 1) } else { Stage::Sniffing };
                    bytes = rest;
                }
                Stage::Plain => return next(bytes),
                Stage::Over => return Ok(()),
            }
        }
        Ok(())
    }

    /// Decides by the first two bytes; what they were is handed to what follows.
    fn sniff(&mut self, byte: u8, next: Next<'_>) -> Result<(), Failure> {
        let Some(first) = self.first.replace(byte) else { return Ok(()) };
        self.first = None;
        let head = [first, byte];
        if head == GZIP_MAGIC {
            self.is_gzip = true;
            self.blocks.reset(false);
            self.stage = Stage::Header(HeaderPart::Fixed(2));
        } else if self.is_gzip {
            // Behind a member comes another one, or padding.
            self.stage = Stage::Over;
        } else if is_zlib(head) {
            self.stage = Stage::Blocks;
        } else if self.may_be_raw {
            self.stage = Stage::Unproven;
            self.prove(&head, next)?;
        } else {
            self.stage = Stage::Plain;
            return next(&head);
        }
        Ok(())
    }

    fn header_byte(&mut self, part: HeaderPart, byte: u8) -> Stage {
        let part = match part {
            HeaderPart::Fixed(came) => {
                if came == 3 {
                    self.flags = byte;
                }
                if came + 1 < FIXED_HEADER_BYTES {
                    return Stage::Header(HeaderPart::Fixed(came + 1));
                }
                return self.after(None);
            }
            HeaderPart::ExtraLength(None) => HeaderPart::ExtraLength(Some(byte)),
            HeaderPart::ExtraLength(Some(low)) => match u16::from_le_bytes([low, byte]) {
                0 => return self.after(Some(FLAG_EXTRA)),
                length => HeaderPart::Extra(length),
            },
            HeaderPart::Extra(1) => return self.after(Some(FLAG_EXTRA)),
            HeaderPart::Extra(left) => HeaderPart::Extra(left - 1),
            HeaderPart::Name if byte == 0 => return self.after(Some(FLAG_NAME)),
            HeaderPart::Comment if byte == 0 => return self.after(Some(FLAG_COMMENT)),
            HeaderPart::Checksum(1) => return self.after(Some(FLAG_CHECKSUM)),
            HeaderPart::Checksum(left) => HeaderPart::Checksum(left - 1),
            text => text,
        };
        Stage::Header(part)
    }

    /// The next part that the flags announce behind the one of this flag.
    fn after(&self, flag: Option<u8>) -> Stage {
        const ORDER: [(u8, HeaderPart); 4] = [
            (FLAG_EXTRA, HeaderPart::ExtraLength(None)),
            (FLAG_NAME, HeaderPart::Name),
            (FLAG_COMMENT, HeaderPart::Comment),
            (FLAG_CHECKSUM, HeaderPart::Checksum(2)),
        ];
        let done =
            flag.and_then(|flag| ORDER.iter().position(|(known, _)| *known == flag)).map_or(0, |place| place + 1);
        let announced = ORDER[done..].iter().find(|(flag, _)| self.flags & flag != 0);
        announced.map_or(Stage::Blocks, |(_, part)| Stage::Header(*part))
    }

    /// Inflates raw deflate. What fails before anything came out is not compressed, and goes through as it is.
    fn prove<'b>(&mut self, bytes: &'b [u8], next: Next<'_>) -> Result<&'b [u8], Failure> {
        let held = bytes.len().min(UNPROVEN_BYTES_MAX - self.unproven.len());
        self.unproven.extend_from_slice(&bytes[..held]);
        let result = self.inflate(bytes, next);
        let has_output = self.blocks.total_out() > 0;
        if result == Err(Failure::Damaged) && !has_output && held == bytes.len() {
            self.stage = Stage::Plain;
            next(&std::mem::take(&mut self.unproven))?;
            return Ok(&[]);
        }
        if self.stage == Stage::Unproven && (has_output || held < bytes.len()) {
            self.stage = Stage::Blocks;
        }
        result
    }

    /// Inflates until the input is used up or the blocks end; returns what is behind them.
    fn inflate<'b>(&mut self, mut bytes: &'b [u8], next: Next<'_>) -> Result<&'b [u8], Failure> {
        loop {
            let (before_in, before_out) = (self.blocks.total_in(), self.blocks.total_out());
            let status = self.blocks.decompress(bytes, &mut self.output, FlushDecompress::None);
            let used = (self.blocks.total_in() - before_in) as usize;
            let produced = (self.blocks.total_out() - before_out) as usize;
            bytes = &bytes[used.min(bytes.len())..];
            if produced > 0 {
                next(&self.output[..produced])?;
            }
            match status {
                Ok(Status::StreamEnd) => {
                    self.stage = if self.is_gzip { Stage::Trailer(TRAILER_BYTES) } else { Stage::Over };
                    return Ok(bytes);
                }
                Ok(_) if produced < self.output.len() && (bytes.is_empty() || used + produced == 0) => return Ok(&[]),
                Ok(_) => {}
                Err(_) => return Err(Failure::Damaged),
            }
        }
    }
}

/// Method deflate, and the check bits are right (RFC 1950, section 2.2).
fn is_zlib([method, flags]: [u8; 2]) -> bool {
    method & 0x0f == 8 && method >> 4 <= 7 && u16::from_be_bytes([method, flags]) % 31 == 0 && flags & 0x20 == 0
}
