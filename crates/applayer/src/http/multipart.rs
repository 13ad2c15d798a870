//! Forms with files: `multipart/form-data` (RFC 7578, in the syntax of RFC 2046, section 5.1).

use super::content::Report;
use super::name;
use crate::sink::FileEvent;
use memchr::{memchr, memmem};

/// A line of a part's head that is longer is no head.
const HEAD_LINE_BYTES_MAX: usize = 8 << 10;

/// A boundary may have 70 characters (RFC 2046); more is tolerated, to this.
const BOUNDARY_BYTES_MAX: usize = 256;

/// Where in the form it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Before the first boundary.
    Preamble,
    /// In the rest of a boundary's line.
    BoundaryLine,
    /// In the head of a part.
    Head,
    /// In the content of a part.
    Part,
    /// Behind the last boundary.
    Over,
}

/// A form on its way. Each part that names a file becomes one.
pub(crate) struct Multipart {
    /// Line end, two dashes, boundary.
    delimiter: Vec<u8>,
    stage: Stage,
    /// What could not be consumed yet: less than a line of a head, or less than a delimiter.
    held: Vec<u8>,
    /// The name of the part's file.
    file_name: Option<Vec<u8>>,
    file: Option<u64>,
    /// The line end behind the head is still there, because it may also be that of a delimiter. It is no content.
    has_line_end_before: bool,
}

/// How far one step came.
enum Step {
    Consumed(usize),
    NeedMore,
}

impl Multipart {
    /// A form whose parts are separated by this boundary.
    pub(crate) fn new(boundary: &[u8]) -> Multipart {
        let mut delimiter = b"\n--".to_vec();
        delimiter.extend_from_slice(&boundary[..boundary.len().min(BOUNDARY_BYTES_MAX)]);
        // The first boundary needs no line end before it: it is as if one were there.
        let held = b"\n".to_vec();
        Multipart { delimiter, stage: Stage::Preamble, held, file_name: None, file: None, has_line_end_before: false }
    }

    /// The next bytes.
    pub(crate) fn push(&mut self, bytes: &[u8], report: &mut Report<'_>) {
        if self.held.is_empty() {
            let consumed = self.consume(bytes, report);
            self.held.extend_from_slice(&bytes[consumed..]);
        } else {
            let mut held = std::mem::take(&mut self.held);
            held.extend_from_slice(bytes);
            let consumed = self.consume(&held, report);
            held.drain(..consumed);
            self.held = held;
        }
    }

    /// So many bytes are missing: in a file they are, elsewhere the next boundary is looked for.
    pub(crate) fn gap(&mut self, bytes: u64, report: &mut Report<'_>) {
        self.held.clear();
        match (self.stage, self.file) {
            (Stage::Part, Some(id)) => report.file(FileEvent::Gap { id, bytes }),
            (Stage::Over, _) => {}
            _ => self.stage = Stage::Part,
        }
    }

    /// The form is over.
    pub(crate) fn finish(&mut self, report: &mut Report<'_>) {
        let held = std::mem::take(&mut self.held);
        match self.stage {
            Stage::Part => self.data(&held, report),
            Stage::Preamble => report.anomaly("multipart_generic_error"),
            Stage::BoundaryLine | Stage::Head | Stage::Over => {}
        }
        self.end_part(false, report);
    }

    fn consume(&mut self, bytes: &[u8], report: &mut Report<'_>) -> usize {
        let mut consumed = 0;
        loop {
            let rest = &bytes[consumed..];
            let step = match self.stage {
                _ if rest.is_empty() => Step::NeedMore,
                Stage::Preamble | Stage::Part => self.content(rest, report),
                Stage::BoundaryLine => self.boundary_line(rest),
                Stage::Head => self.head_line(rest, report),
                Stage::Over => Step::Consumed(rest.len()),
            };
            match step {
                Step::Consumed(length) => consumed += length,
                Step::NeedMore => return consumed,
            }
        }
    }

    /// Content, up to the next delimiter or to what could be the begin of one.
    fn content(&mut self, bytes: &[u8], report: &mut Report<'_>) -> Step {
        if let Some(place) = memmem::find(bytes, &self.delimiter) {
            let is_crlf = place > 0 && bytes[place - 1] == b'\r';
            self.data(&bytes[..place - usize::from(is_crlf)], report);
            self.end_part(true, report);
            self.stage = Stage::BoundaryLine;
            return Step::Consumed(place + self.delimiter.len());
        }
        let sure = bytes.len() - self.delimiter_begin(bytes);
        if sure == 0 {
            return Step::NeedMore;
        }
        self.data(&bytes[..sure], report);
        Step::Consumed(sure)
    }

    /// How many of the last bytes could begin a delimiter, a carriage return before it counted.
    fn delimiter_begin(&self, bytes: &[u8]) -> usize {
        let longest = self.delimiter.len() - 1;
        let tail = &bytes[bytes.len().saturating_sub(longest)..];
        let begin = memchr::memchr_iter(b'\n', tail).find(|place| self.delimiter.starts_with(&tail[*place..]));
        let length = begin.map_or(0, |place| tail.len() - place);
        let before = bytes.len() - length;
        length + usize::from(before > 0 && bytes[before - 1] == b'\r')
    }

    fn boundary_line(&mut self, bytes: &[u8]) -> Step {
        if bytes.starts_with(b"--") {
            self.stage = Stage::Over;
            return Step::Consumed(2);
        }
        match memchr(b'\n', bytes) {
            Some(end) => {
                self.stage = Stage::Head;
                Step::Consumed(end + 1)
            }
            None if bytes == b"-" || bytes.len() <= HEAD_LINE_BYTES_MAX => Step::NeedMore,
            None => Step::Consumed(bytes.len()),
        }
    }

    fn head_line(&mut self, bytes: &[u8], report: &mut Report<'_>) -> Step {
        let end = match memchr(b'\n', bytes) {
            Some(end) => end,
            None if bytes.len() <= HEAD_LINE_BYTES_MAX => return Step::NeedMore,
            None => HEAD_LINE_BYTES_MAX,
        };
        let line = bytes[..end].trim_ascii();
        if line.is_empty() {
            self.stage = Stage::Part;
            self.has_line_end_before = true;
            return Step::Consumed(end);
        }
        self.head_field(line, report);
        Step::Consumed((end + 1).min(bytes.len()))
    }

    fn head_field(&mut self, line: &[u8], report: &mut Report<'_>) {
        let Some(colon) = memchr(b':', line) else { return report.anomaly("multipart_invalid_header") };
        if line[..colon].trim_ascii().eq_ignore_ascii_case(b"content-disposition") {
            self.file_name = name::of_disposition(&line[colon + 1..]).map(<[u8]>::to_vec);
        }
    }

    fn data(&mut self, bytes: &[u8], report: &mut Report<'_>) {
        if self.stage != Stage::Part || bytes.is_empty() {
            return;
        }
        let bytes = if std::mem::take(&mut self.has_line_end_before) { &bytes[1..] } else { bytes };
        if bytes.is_empty() {
            return;
        }
        if let Some(name) = self.file_name.take() {
            self.file = Some(report.open_file(&name, None, None));
        }
        if let Some(id) = self.file {
            report.file(FileEvent::Data { id, bytes });
        }
    }

    fn end_part(&mut self, is_complete: bool, report: &mut Report<'_>) {
        self.has_line_end_before = false;
        if let Some(id) = self.file.take() {
            report.file(FileEvent::Close { id, is_complete });
        }
        if self.file_name.take().is_some() {
            report.anomaly("multipart_no_filedata");
        }
    }
}
