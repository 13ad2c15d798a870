//! The content of one part on its way: its encoding taken off, told as a file, looked through for links.

use super::parameter;
use super::transfer::{Base64, Decoder, Quoted, uu_name, uudecode};
use super::url::Finder;
use crate::http::content::Report;
use crate::sink::FileEvent;

/// What the header of a part says of its content.
#[derive(Debug, Default)]
pub(super) struct PartHead {
    pub(super) boundary: Option<Vec<u8>>,
    pub(super) is_message: bool,
    /// Its content is no text.
    is_other_than_text: bool,
    is_attachment: bool,
    name: Option<Vec<u8>>,
    /// The name that Content-Type gives, where Content-Disposition gives none.
    type_name: Option<Vec<u8>>,
    encoding: Encoding,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Encoding {
    /// 7bit, 8bit, binary, and what we do not know.
    #[default]
    None,
    Base64,
    Quoted,
    Uu,
}

impl PartHead {
    /// A field of the header; its name in lower case.
    pub(super) fn field(&mut self, name: &[u8], value: &[u8]) {
        match name {
            b"content-type" => self.content_type(value),
            b"content-disposition" => {
                self.is_attachment = parameter::head(value).eq_ignore_ascii_case(b"attachment");
                self.name = parameter::get(value, b"filename").filter(|name| !name.is_empty());
            }
            b"content-transfer-encoding" => {
                self.encoding = match &parameter::head(value).to_ascii_lowercase()[..] {
                    b"base64" => Encoding::Base64,
                    b"quoted-printable" => Encoding::Quoted,
                    b"uuencode" | b"x-uuencode" | b"x-uue" => Encoding::Uu,
                    _ => Encoding::None,
                };
            }
            _ => {}
        }
    }

    fn content_type(&mut self, value: &[u8]) {
        let kind = parameter::head(value).to_ascii_lowercase();
        self.type_name = parameter::get(value, b"name").filter(|name| !name.is_empty());
        self.is_message = kind == b"message/rfc822";
        self.is_other_than_text = !kind.starts_with(b"text/") && !kind.is_empty();
        self.boundary = match kind.starts_with(b"multipart/") {
            true => parameter::get(value, b"boundary").filter(|boundary| !boundary.is_empty()),
            false => None,
        };
    }

    /// Its file's name; an attachment may have an empty one.
    pub(super) fn file_name(&mut self) -> Option<Vec<u8>> {
        let name = self.name.take().or(self.type_name.take());
        name.or(self.is_attachment.then(Vec::new))
    }
}

/// The content of a part.
#[derive(Debug, Default)]
pub(super) struct Body {
    coding: Coding,
    file: Option<u64>,
    is_text: bool,
    /// May lines be uuencoded data?
    has_uu: bool,
    finder: Finder,
    /// The end of the line before: it is content only if no boundary follows (RFC 2046, section 5.1.1).
    line_end: &'static [u8],
    uu: Uu,
    decoded: Vec<u8>,
    bytes: u64,
}

#[derive(Debug, Default)]
enum Coding {
    #[default]
    None,
    Base64(Base64),
    Quoted(Quoted),
}

/// Uuencoded data, as a part's encoding or within its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Uu {
    #[default]
    Outside,
    /// Between `begin` and `end`; did it open the file?
    Inside { is_own_file: bool },
}

impl Body {
    /// The content behind a header.
    pub(super) fn new(head: &PartHead, file: Option<u64>) -> Body {
        let coding = match head.encoding {
            Encoding::None | Encoding::Uu => Coding::None,
            Encoding::Base64 => Coding::Base64(Base64::default()),
            Encoding::Quoted => Coding::Quoted(Quoted::default()),
        };
        let is_text = !head.is_other_than_text && file.is_none();
        let has_uu = head.encoding == Encoding::Uu || head.encoding == Encoding::None && is_text;
        Body { coding, file, is_text, has_uu, ..Body::default() }
    }

    /// Is it in an encoding whose lines are short?
    pub(super) fn is_encoded(&self) -> bool {
        !matches!(self.coding, Coding::None)
    }

    /// Text of a line, or of the begin, the middle or the end of a long one, and its line end, if it is there.
    pub(super) fn piece(
        &mut self,
        text: &[u8],
        end: &'static [u8],
        begins_line: bool,
        attachments: &mut Vec<Vec<u8>>,
        report: &mut Report<'_>,
    ) -> Found {
        let mut found = Found::default();
        let is_whole = begins_line && !end.is_empty();
        if self.has_uu && is_whole && self.uu_line(text, attachments, report) {
            return found;
        }
        let mut decoded = std::mem::take(&mut self.decoded);
        decoded.clear();
        self.decode(text, end, &mut decoded, report);
        self.content(&decoded, &mut found, report);
        self.decoded = decoded;
        found
    }

    fn decode(&mut self, text: &[u8], end: &'static [u8], decoded: &mut Vec<u8>, report: &mut Report<'_>) {
        match &mut self.coding {
            Coding::Base64(base64) => {
                if !base64.decode(text, decoded) {
                    report.anomaly("mime_invalid_base64");
                }
            }
            Coding::Quoted(quoted) => {
                decoded.extend_from_slice(std::mem::take(&mut self.line_end));
                if !quoted.decode(text, decoded) {
                    report.anomaly("mime_invalid_qp");
                }
                if !end.is_empty() && !quoted.end_line(decoded) {
                    self.line_end = end;
                }
            }
            Coding::None => {
                decoded.extend_from_slice(std::mem::take(&mut self.line_end));
                decoded.extend_from_slice(text);
                self.line_end = end;
            }
        }
    }

    fn content(&mut self, bytes: &[u8], found: &mut Found, report: &mut Report<'_>) {
        self.bytes += bytes.len() as u64;
        if let Some(id) = self.file.filter(|_| !bytes.is_empty()) {
            report.file(FileEvent::Data { id, bytes });
        }
        if self.is_text {
            self.finder.push(bytes, &mut |url| found.urls.push(url.to_vec()));
        }
    }

    /// A line that begins, ends or is uuencoded data.
    fn uu_line(&mut self, line: &[u8], attachments: &mut Vec<Vec<u8>>, report: &mut Report<'_>) -> bool {
        match self.uu {
            Uu::Outside => {
                let Some(name) = uu_name(line) else { return false };
                let is_own_file = self.file.is_none();
                if is_own_file {
                    attachments.push(name.to_vec());
                    self.file = Some(report.open_file(name, None, None));
                }
                self.uu = Uu::Inside { is_own_file };
                self.line_end = b"";
            }
            Uu::Inside { is_own_file } if line.trim_ascii() == b"end" => {
                self.uu = Uu::Outside;
                if let Some(id) = self.file.take_if(|_| is_own_file) {
                    report.file(FileEvent::Close { id, is_complete: true });
                }
            }
            Uu::Inside { .. } => {
                let mut decoded = Vec::new();
                if uudecode(line, &mut decoded).is_err() {
                    report.anomaly("mime_invalid_uuencode");
                }
                if let Some(id) = self.file.filter(|_| !decoded.is_empty()) {
                    report.file(FileEvent::Data { id, bytes: &decoded });
                }
            }
        }
        true
    }

    /// So many bytes of it are missing.
    pub(super) fn gap(&mut self, bytes: u64, report: &mut Report<'_>) {
        if let Some(id) = self.file {
            report.file(FileEvent::Gap { id, bytes });
        }
    }

    /// The part is over; `with_line_end` where its last line end is no boundary's. Returns what was found and its bytes.
    pub(super) fn finish(&mut self, is_complete: bool, with_line_end: bool, report: &mut Report<'_>) -> (Found, u64) {
        let mut found = Found::default();
        let mut rest = Vec::new();
        if let Coding::Base64(base64) = &mut self.coding
            && !base64.end(&mut rest)
        {
            report.anomaly("mime_invalid_base64");
        }
        if with_line_end {
            rest.extend_from_slice(self.line_end);
        }
        self.content(&rest, &mut found, report);
        self.finder.finish(&mut |url| found.urls.push(url.to_vec()));
        if let Some(id) = self.file.take() {
            report.file(FileEvent::Close { id, is_complete: is_complete && self.uu == Uu::Outside });
        }
        (found, self.bytes)
    }
}

/// What was found in content.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) urls: Vec<Vec<u8>>,
}
