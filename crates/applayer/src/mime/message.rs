//! A message on its way: headers, parts within parts, content.

use super::Limits;
use super::body::{Body, Found, PartHead};
use super::email::{Email, Status};
use super::field;
use crate::http::content::Report;
use memchr::memchr;

/// Longer lines break RFC 5322, section 2.1.1.
const LINE_BYTES_MAX: usize = 998;
/// Longer lines of Base64 and quoted-printable break RFC 2045, section 6.7 and 6.8.
const ENCODED_LINE_BYTES_MAX: usize = 76;
/// A boundary has at most 70 characters (RFC 2046, section 5.1.1); more is tolerated, to this.
const BOUNDARY_BYTES_MAX: usize = 256;
/// Suricata's limits of what is normal.
const NAME_BYTES_MAX: usize = 76;
const VALUE_BYTES_MAX: usize = 2_000;
const FILE_NAME_BYTES_MAX: usize = 256;

/// A piece of a line is held until it has so many bytes.
const PIECE_BYTES_MAX: usize = 8 << 10;

/// Cuts what comes into lines, and long lines into pieces, the same ones however the bytes are cut.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    is_in_line: bool,
}

/// A line, or a piece of one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a [u8],
    /// The line end, if this is the last piece.
    pub(crate) end: &'static [u8],
    /// Is it the first piece?
    pub(crate) begins_line: bool,
}

impl Piece<'_> {
    /// Bytes that it takes.
    pub(crate) fn length(&self) -> usize {
        self.text.len() + self.end.len()
    }
}

impl Lines {
    /// The rest as the last piece: nothing follows.
    pub(crate) fn rest<'a>(&mut self, bytes: &'a [u8]) -> Piece<'a> {
        Piece { text: bytes, end: b"", begins_line: !std::mem::replace(&mut self.is_in_line, true) }
    }

    /// Cuts on behind missing bytes: in the midst of a line.
    pub(crate) fn behind_gap() -> Lines {
        Lines { is_in_line: true }
    }

    /// The next piece; none while more bytes are needed.
    pub(crate) fn next<'a>(&mut self, bytes: &'a [u8]) -> Option<Piece<'a>> {
        let begins_line = !self.is_in_line;
        let seen = if begins_line { &bytes[..bytes.len().min(PIECE_BYTES_MAX)] } else { bytes };
        if let Some(place) = memchr(b'\n', seen) {
            self.is_in_line = false;
            let (text, end) = match bytes[..place].strip_suffix(b"\r") {
                Some(text) => (text, &b"\r\n"[..]),
                None => (&bytes[..place], &b"\n"[..]),
            };
            return Some(Piece { text, end, begins_line });
        }
        if begins_line && bytes.len() < PIECE_BYTES_MAX {
            return None;
        }
        // A carriage return can be the begin of the line end.
        let text = seen.strip_suffix(b"\r").unwrap_or(seen);
        self.is_in_line = true;
        (!text.is_empty()).then_some(Piece { text, end: b"", begins_line })
    }
}

/// Where in the message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Head,
    /// In content that is told.
    Body,
    /// Before the first or behind the last part of a multipart.
    Between,
}

/// A message.
#[derive(Debug)]
pub(crate) struct Message {
    limits: Limits,
    email: Email,
    stage: Stage,
    /// Boundaries of the multiparts it is in, the outermost first.
    boundaries: Vec<Vec<u8>>,
    /// Messages and multiparts it is in.
    depth: usize,
    head: PartHead,
    is_message_head: bool,
    /// The field that may go on in the next line.
    field: Vec<u8>,
    fields: u32,
    body: Body,
    line_bytes: usize,
}

impl Message {
    /// A message that begins.
    pub(crate) fn new(limits: Limits) -> Message {
        Message {
            limits,
            email: Email::default(),
            stage: Stage::Head,
            boundaries: Vec::new(),
            depth: 0,
            head: PartHead::default(),
            is_message_head: true,
            field: Vec::new(),
            fields: 0,
            body: Body::default(),
            line_bytes: 0,
        }
    }

    /// What is known of it.
    pub(crate) fn email(&self) -> &Email {
        &self.email
    }

    /// The next piece.
    pub(crate) fn piece(&mut self, piece: &Piece<'_>, report: &mut Report<'_>) {
        if piece.begins_line {
            self.line_bytes = 0;
            if self.boundary_line(piece.text, report) {
                return;
            }
        }
        self.line_bytes += piece.text.len();
        if self.line_bytes > LINE_BYTES_MAX {
            report.anomaly("mime_long_line");
        }
        match self.stage {
            Stage::Head => self.head_piece(piece, report),
            Stage::Body => self.body_piece(piece, report),
            Stage::Between => {}
        }
    }

    fn body_piece(&mut self, piece: &Piece<'_>, report: &mut Report<'_>) {
        if self.line_bytes > ENCODED_LINE_BYTES_MAX && self.body.is_encoded() {
            report.anomaly("mime_long_enc_line");
        }
        let attachments = &mut self.email.attachments;
        let found = self.body.piece(piece.text, piece.end, piece.begins_line, attachments, report);
        self.keep(found, report);
    }

    /// Bytes are missing.
    pub(crate) fn gap(&mut self, bytes: u64, report: &mut Report<'_>) {
        if self.stage == Stage::Body {
            self.body.gap(bytes, report);
        }
    }

    /// It is over.
    pub(crate) fn finish(&mut self, is_complete: bool, report: &mut Report<'_>) {
        if self.stage == Stage::Head && is_complete {
            self.end_head(report);
        }
        self.end_body(is_complete, self.boundaries.is_empty(), report);
        if is_complete {
            self.email.status = Status::Done;
        }
    }

    /// A line that separates parts, or ends the last one.
    fn boundary_line(&mut self, line: &[u8], report: &mut Report<'_>) -> bool {
        let Some(line) = line.strip_prefix(b"--").filter(|_| !self.boundaries.is_empty()) else { return false };
        let matching = self.boundaries.iter().enumerate().rev().find_map(|(place, boundary)| {
            let rest = line.strip_prefix(&boundary[..])?;
            (rest.trim_ascii().is_empty() || rest.starts_with(b"--")).then(|| (place, rest.starts_with(b"--")))
        });
        let Some((place, is_last)) = matching else { return false };
        if self.stage == Stage::Head {
            self.end_head(report);
        }
        self.end_body(true, false, report);
        self.boundaries.truncate(place + usize::from(!is_last));
        self.depth = self.depth.min(self.boundaries.len());
        self.stage = if is_last { Stage::Between } else { Stage::Head };
        if !is_last {
            self.begin_part(report);
        }
        true
    }

    fn begin_part(&mut self, report: &mut Report<'_>) {
        self.email.parts += 1;
        if self.email.parts > self.limits.parts_max {
            report.anomaly("mime_too_many_parts");
            self.stage = Stage::Between;
        }
        (self.head, self.is_message_head) = (PartHead::default(), false);
    }

    fn head_piece(&mut self, piece: &Piece<'_>, report: &mut Report<'_>) {
        let is_empty = piece.begins_line && piece.text.is_empty();
        let continues = !piece.begins_line || matches!(piece.text.first(), Some(b' ' | b'\t'));
        if !continues {
            self.end_field(report);
        }
        if is_empty {
            return self.end_head(report);
        }
        if !continues && field::split(piece.text).is_none() {
            // No field: the header is over without a line that says so.
            report.anomaly("mime_malformed_msg");
            self.end_head(report);
            if self.stage == Stage::Body {
                self.body_piece(piece, report);
            }
            return;
        }
        if piece.begins_line && !self.field.is_empty() {
            self.field.extend_from_slice(b"\r\n");
        }
        let room = self.limits.field_bytes_max.saturating_sub(self.field.len());
        self.field.extend_from_slice(&piece.text[..piece.text.len().min(room)]);
    }

    fn end_field(&mut self, report: &mut Report<'_>) {
        let line = std::mem::take(&mut self.field);
        let Some((name, value)) = field::split(&line) else { return };
        if name.len() > NAME_BYTES_MAX {
            report.anomaly("mime_long_header_name");
        }
        if value.len() > VALUE_BYTES_MAX {
            report.anomaly("mime_long_header_value");
        }
        self.fields += 1;
        if self.fields > self.limits.fields_max {
            return report.anomaly("mime_too_many_headers");
        }
        let name = name.to_ascii_lowercase();
        self.head.field(&name, value);
        if self.is_message_head && self.depth == 0 {
            self.email.fields.push((name, value.to_vec()));
        }
    }

    /// The header is over: what comes now?
    fn end_head(&mut self, report: &mut Report<'_>) {
        self.end_field(report);
        self.email.status = Status::Body;
        let boundary = self.head.boundary.take();
        let can_go_deeper = self.depth < self.limits.depth_max;
        match boundary {
            Some(mut boundary) if can_go_deeper => {
                if boundary.len() > BOUNDARY_BYTES_MAX {
                    report.anomaly("mime_long_boundary");
                    boundary.truncate(BOUNDARY_BYTES_MAX);
                }
                self.depth += 1;
                self.boundaries.push(boundary);
                self.stage = Stage::Between;
            }
            Some(_) => {
                report.anomaly("mime_too_deep");
                self.stage = Stage::Between;
            }
            None => self.begin_body(can_go_deeper, report),
        }
    }

    fn begin_body(&mut self, can_go_deeper: bool, report: &mut Report<'_>) {
        let name = self.head.file_name();
        if self.head.is_message && name.is_none() && can_go_deeper {
            self.depth += 1;
            (self.head, self.is_message_head) = (PartHead::default(), true);
            self.stage = Stage::Head;
            return;
        }
        let file = name.map(|mut name| {
            if name.len() > FILE_NAME_BYTES_MAX {
                report.anomaly("mime_long_filename");
                name.truncate(FILE_NAME_BYTES_MAX);
            }
            let id = report.open_file(&name, None, None);
            self.email.attachments.extend((!name.is_empty()).then_some(name));
            id
        });
        self.body = Body::new(&self.head, file);
        self.stage = Stage::Body;
    }

    fn end_body(&mut self, is_complete: bool, with_line_end: bool, report: &mut Report<'_>) {
        if self.stage != Stage::Body {
            return;
        }
        let (found, bytes) = self.body.finish(is_complete, with_line_end, report);
        self.email.body_bytes += bytes;
        self.keep(found, report);
        self.stage = Stage::Between;
    }

    fn keep(&mut self, found: Found, report: &mut Report<'_>) {
        for url in found.urls {
            if self.email.urls.len() >= self.limits.urls_max {
                return report.anomaly("mime_too_many_urls");
            }
            self.email.urls.push(url);
        }
    }
}
