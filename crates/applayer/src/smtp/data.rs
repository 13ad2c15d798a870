//! The content of a mail as DATA and BDAT send it.

use crate::http::content::Report;
use crate::mime::{Lines, Message};

/// How the content comes.
#[derive(Debug)]
pub(super) enum Framing {
    /// DATA: lines to one with a dot alone; lines that begin with a dot have one more (RFC 5321, section 4.5.2).
    Dots,
    /// BDAT: so many bytes more of this chunk; is it the last?
    Chunk { left: u64, is_last: bool },
}

/// Content on its way.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) framing: Framing,
    lines: Lines,
    /// BDAT: what is no whole line yet; a line can go on in the next chunk.
    held: Vec<u8>,
}

/// What came of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// So many were taken.
    Taken(usize),
    /// So many were taken; the mail is over.
    MailOver(usize),
    /// So many were taken; the chunk is over, another command follows.
    ChunkOver(usize),
    /// More are needed.
    NeedMore,
}

impl Content {
    pub(super) fn new(framing: Framing) -> Content {
        Content { framing, lines: Lines::default(), held: Vec::new() }
    }

    /// The next bytes.
    pub(super) fn push(&mut self, bytes: &[u8], message: &mut Message, report: &mut Report<'_>) -> Step {
        match self.framing {
            Framing::Dots => self.dotted(bytes, message, report),
            Framing::Chunk { left, is_last } => self.chunked(bytes, (left, is_last), message, report),
        }
    }

    fn dotted(&mut self, bytes: &[u8], message: &mut Message, report: &mut Report<'_>) -> Step {
        let mut taken = 0;
        while let Some(mut piece) = self.lines.next(&bytes[taken..]) {
            taken += piece.length();
            if piece.begins_line
                && let Some(behind) = piece.text.strip_prefix(b".")
            {
                if behind.is_empty() && !piece.end.is_empty() {
                    return Step::MailOver(taken);
                }
                piece.text = behind;
            }
            message.piece(&piece, report);
        }
        if taken == 0 { Step::NeedMore } else { Step::Taken(taken) }
    }

    fn chunked(
        &mut self,
        bytes: &[u8],
        (left, is_last): (u64, bool),
        message: &mut Message,
        report: &mut Report<'_>,
    ) -> Step {
        let length = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        self.held.extend_from_slice(&bytes[..length]);
        let mut taken = 0;
        while let Some(piece) = self.lines.next(&self.held[taken..]) {
            taken += piece.length();
            message.piece(&piece, report);
        }
        self.held.drain(..taken);
        let left = left - length as u64;
        self.framing = Framing::Chunk { left, is_last };
        match (left, is_last) {
            (0, true) => Step::MailOver(length),
            (0, false) => Step::ChunkOver(length),
            _ => Step::Taken(length),
        }
    }

    /// The content is over, or cut off: a last line without end is told too. `unparsed` was not taken.
    pub(super) fn finish(&mut self, unparsed: &[u8], message: &mut Message, report: &mut Report<'_>) {
        self.held.extend_from_slice(unparsed);
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() {
            message.piece(&self.lines.rest(&held), report);
        }
    }

    /// So many bytes are missing behind `unparsed`. Returns those of them that are not of this content.
    pub(super) fn gap(&mut self, bytes: u64, unparsed: &[u8], message: &mut Message, report: &mut Report<'_>) -> u64 {
        self.finish(unparsed, message, report);
        self.lines = Lines::behind_gap();
        let missing = match &mut self.framing {
            Framing::Dots => bytes,
            Framing::Chunk { left, .. } => {
                let missing = bytes.min(*left);
                *left -= missing;
                missing
            }
        };
        message.gap(missing, report);
        bytes - missing
    }
}
