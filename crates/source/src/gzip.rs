//! gzip (RFC 1952) over [`Inflate`]: members, headers, checksums, and what stands after the last member.

use std::io::{self, BufRead, Read};

use crate::inflate::{Corrupt, Inflate, Progress};

/// The first two bytes of a member.
pub(crate) const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// The only compression method there is.
const DEFLATE: u8 = 8;

const FHCRC: u8 = 0x02;
const FEXTRA: u8 = 0x04;
const FNAME: u8 = 0x08;
const FCOMMENT: u8 = 0x10;
const RESERVED: u8 = 0xe0;

/// Decompresses all gzip members of a stream, as one stream of bytes.
///
/// Zeros between and after members are padding and are skipped. Anything else after a member is left alone: see
/// [`Gzip::trailing_garbage`]. On a broken stream every byte decoded before the fault is given out first, then the
/// error, again on every later call.
///
/// ```
/// # use std::io::Read;
/// let hello = [31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 203, 72, 205, 201, 201, 7, 0, 134, 166, 16, 54, 5, 0, 0, 0];
/// let mut text = String::new();
/// source::Gzip::new(&hello[..]).read_to_string(&mut text).unwrap();
/// assert_eq!(text, "hello");
/// ```
pub struct Gzip<R> {
    input: R,
    members: Members,
    /// Compressed bytes taken from `input`.
    taken: u64,
    /// `Ok` once everything is decoded, the fault once there is one.
    ended: Option<Result<(), Corrupt>>,
    trailing_garbage: Option<u64>,
}

impl<R: BufRead> Gzip<R> {
    /// Decompresses what `input` holds.
    pub fn new(input: R) -> Gzip<R> {
        Gzip { input, members: Members::new(), taken: 0, ended: None, trailing_garbage: None }
    }

    /// What the bytes come from.
    pub fn get_ref(&self) -> &R {
        &self.input
    }

    /// Decoded bytes that `fill_buf` has given and `consume` has not taken.
    pub(crate) fn buffered(&self) -> &[u8] {
        self.members.inflate.output()
    }

    /// Compressed bytes used: after an error, where it was found.
    pub fn compressed_offset(&self) -> u64 {
        self.taken - self.members.inflate.bytes_held()
    }

    /// Where, in compressed bytes, something begins after the last member that is no member. Known at the end.
    pub fn trailing_garbage(&self) -> Option<u64> {
        self.trailing_garbage
    }

    /// Decodes until the window is full, or to the end.
    fn advance(&mut self) -> io::Result<()> {
        self.members.inflate.make_room();
        while self.ended.is_none() {
            let input = match self.input.fill_buf() {
                Ok(input) => input,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // What is decoded goes first; the input will fail again.
                Err(_) if !self.members.inflate.output().is_empty() => break,
                Err(error) => return Err(error),
            };
            if input.is_empty() {
                self.end(self.members.finish());
                break;
            }
            let mut rest = input;
            let progress = self.members.decode(&mut rest);
            let used = input.len() - rest.len();
            self.taken += used as u64;
            self.input.consume(used);
            match progress {
                Ok(Progress::NeedInput) => {}
                Ok(Progress::WindowFull) => break,
                Ok(Progress::Done) => self.end(Ok(self.members.unread)),
                Err(corrupt) => self.end(Err(corrupt)),
            }
        }
        Ok(())
    }

    /// Ends the stream; `unread` bytes before this point belong to no member.
    fn end(&mut self, unread: Result<Option<u64>, Corrupt>) {
        if let Ok(Some(unread)) = unread {
            self.trailing_garbage = Some(self.compressed_offset() - unread);
        }
        self.ended = Some(unread.map(|_| ()));
    }
}

impl<R: BufRead> BufRead for Gzip<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.members.inflate.output().is_empty() {
            self.advance()?;
            if let (Some(Err(corrupt)), []) = (self.ended, self.members.inflate.output()) {
                return Err(io::Error::new(io::ErrorKind::InvalidData, corrupt));
            }
        }
        Ok(self.members.inflate.output())
    }

    fn consume(&mut self, amount: usize) {
        self.members.inflate.hand_out(amount);
    }
}

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

/// The members of a stream, without the input they come from.
struct Members {
    inflate: Inflate,
    stage: Stage,
    flags: u8,
    header_crc: crc32fast::Hasher,
    body_crc: crc32fast::Hasher,
    body_bytes: u64,
    /// This member is not the first.
    later: bool,
    /// At the end: how many bytes were read beyond the last member.
    unread: Option<u64>,
}

/// What comes next in a stream.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// A member's first byte, or padding.
    Magic0,
    Magic1,
    /// The rest of the fixed part of a header.
    Fixed {
        at: u32,
    },
    ExtraLength,
    Extra {
        left: u32,
    },
    Name,
    Comment,
    HeaderChecksum,
    Body,
    Checksum,
    Size,
    /// Something that is no member.
    Garbage,
}

impl Members {
    fn new() -> Members {
        Members {
            inflate: Inflate::new(),
            stage: Stage::Magic0,
            flags: 0,
            header_crc: crc32fast::Hasher::new(),
            body_crc: crc32fast::Hasher::new(),
            body_bytes: 0,
            later: false,
            unread: None,
        }
    }

    fn decode(&mut self, input: &mut &[u8]) -> Result<Progress, Corrupt> {
        loop {
            let next = match self.stage {
                Stage::Garbage => return Ok(Progress::Done),
                Stage::Body => match self.body(input)? {
                    Progress::Done => Some(Stage::Checksum),
                    other => return Ok(other),
                },
                Stage::Checksum => self.checksum(input)?,
                Stage::Size => self.size(input)?,
                _ => self.header(input)?,
            };
            let Some(next) = next else {
                return Ok(Progress::NeedInput);
            };
            self.stage = next;
        }
    }

    /// The input has ended: how many bytes belong to no member, or that one is incomplete.
    fn finish(&self) -> Result<Option<u64>, Corrupt> {
        match self.stage {
            Stage::Magic0 if self.later => Ok(None),
            Stage::Magic1 if self.later => Ok(Some(1)),
            _ => Err(Corrupt::Truncated),
        }
    }

    /// Takes the next byte or pair of a header. `None`: more input is needed.
    fn header(&mut self, input: &mut &[u8]) -> Result<Option<Stage>, Corrupt> {
        let two_bytes = matches!(self.stage, Stage::ExtraLength | Stage::HeaderChecksum);
        let Some(value) = self.inflate.take(if two_bytes { 16 } else { 8 }, input) else {
            return Ok(None);
        };
        let byte = value as u8;
        if let Stage::HeaderChecksum = self.stage {
            let sum = self.header_crc.clone().finalize() as u16;
            return if u32::from(sum) == value { Ok(Some(self.begin_body())) } else { Err(Corrupt::HeaderChecksum) };
        }
        if let Stage::Magic0 = self.stage {
            self.header_crc.reset();
        }
        self.header_crc.update(&value.to_le_bytes()[..1 + usize::from(two_bytes)]);
        Ok(Some(match self.stage {
            Stage::Magic0 if byte == 0 && self.later => Stage::Magic0,
            Stage::Magic0 if byte == MAGIC[0] => Stage::Magic1,
            Stage::Magic0 => self.no_member(1)?,
            Stage::Magic1 if byte == MAGIC[1] => Stage::Fixed { at: 2 },
            Stage::Magic1 => self.no_member(2)?,
            Stage::Fixed { at: 2 } if byte != DEFLATE => return Err(Corrupt::Method),
            Stage::Fixed { at: 3 } if byte & RESERVED != 0 => return Err(Corrupt::Method),
            Stage::Fixed { at } => {
                self.flags = if at == 3 { byte } else { self.flags };
                if at < 9 { Stage::Fixed { at: at + 1 } } else { self.part_after(0) }
            }
            Stage::ExtraLength if value == 0 => self.part_after(FEXTRA),
            Stage::ExtraLength => Stage::Extra { left: value },
            Stage::Extra { left: 1 } => self.part_after(FEXTRA),
            Stage::Extra { left } => Stage::Extra { left: left - 1 },
            Stage::Name if byte == 0 => self.part_after(FNAME),
            Stage::Comment if byte == 0 => self.part_after(FCOMMENT),
            same => same,
        }))
    }

    /// The first part of the header that its flags ask for, of those after the part of `flag`.
    fn part_after(&mut self, flag: u8) -> Stage {
        let parts = [(FEXTRA, Stage::ExtraLength), (FNAME, Stage::Name), (FCOMMENT, Stage::Comment)];
        // The flags of the parts are in the parts' order, save that of the checksum, which comes last.
        let next = parts.into_iter().find(|&(part, _)| part > flag && self.flags & part != 0);
        match next {
            Some((_, stage)) => stage,
            None if self.flags & FHCRC != 0 => Stage::HeaderChecksum,
            None => self.begin_body(),
        }
    }

    fn begin_body(&mut self) -> Stage {
        self.inflate.restart();
        self.body_crc.reset();
        self.body_bytes = 0;
        Stage::Body
    }

    /// What was read is no member: an error at the beginning, else the end.
    fn no_member(&mut self, bytes: u64) -> Result<Stage, Corrupt> {
        if !self.later {
            return Err(Corrupt::Magic);
        }
        self.unread = Some(bytes);
        Ok(Stage::Garbage)
    }

    fn body(&mut self, input: &mut &[u8]) -> Result<Progress, Corrupt> {
        let before = self.inflate.output().len();
        let progress = self.inflate.decode(input);
        let made = &self.inflate.output()[before..];
        self.body_crc.update(made);
        self.body_bytes += made.len() as u64;
        progress
    }

    fn checksum(&mut self, input: &mut &[u8]) -> Result<Option<Stage>, Corrupt> {
        self.inflate.align();
        match self.inflate.take(32, input) {
            None => Ok(None),
            Some(sum) if sum == self.body_crc.clone().finalize() => Ok(Some(Stage::Size)),
            Some(_) => Err(Corrupt::Checksum),
        }
    }

    fn size(&mut self, input: &mut &[u8]) -> Result<Option<Stage>, Corrupt> {
        match self.inflate.take(32, input) {
            None => Ok(None),
            Some(size) if size == self.body_bytes as u32 => {
                self.later = true;
                Ok(Some(Stage::Magic0))
            }
            Some(_) => Err(Corrupt::Size),
        }
    }
}
