//! What kind of file some bytes begin: the words of `file.magic` for the kinds that rules ask for.

/// What a file begins with, and where; and what libmagic calls it.
const KINDS: &[(usize, &[u8], &str)] = &[
    (0, b"MZ", "PE32 executable (GUI) Intel 80386, for MS Windows"),
    (0, b"%PDF-", "PDF document"),
    (0, b"PK\x03\x04", "Zip archive data"),
    (0, b"\x1f\x8b", "gzip compressed data"),
    (0, b"\x7fELF", "ELF executable"),
    (0, b"GIF8", "GIF image data"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG image data"),
    (0, b"\xff\xd8\xff", "JPEG image data"),
    (0, b"Rar!", "RAR archive data"),
    (0, b"BZh", "bzip2 compressed data"),
    (0, b"\xfd7zXZ\0", "XZ compressed data"),
    (0, b"7z\xbc\xaf\x27\x1c", "7-zip archive data"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Composite Document File V2 Document"),
    (0, b"FWS", "Macromedia Flash data"),
    (0, b"CWS", "Macromedia Flash data (compressed)"),
    (0, b"\xca\xfe\xba\xbe", "compiled Java class data"),
    (0, b"{\\rtf", "Rich Text Format data"),
    (0, b"<?xml", "XML document text"),
    (0, b"#!", "script text executable"),
    (257, b"ustar", "POSIX tar archive"),
    (0, b"RIFF", "RIFF (little-endian) data"),
];

/// The kind; `data` where nothing is known, `ASCII text` where it is that.
pub(super) fn of(bytes: &[u8]) -> &'static str {
    let is_it = |(at, begin, _): &&(usize, &[u8], &str)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(begin));
    if let Some((_, _, name)) = KINDS.iter().find(is_it) {
        return name;
    }
    let head = &bytes[..bytes.len().min(512)];
    let folded = head.to_ascii_lowercase();
    let has = |word: &[u8]| memchr::memmem::find(&folded, word).is_some();
    if has(b"<html") || has(b"<!doctype html") {
        return "HTML document, ASCII text";
    }
    let is_text = |byte: &u8| matches!(byte, 0x20..=0x7e | b'\t' | b'\r' | b'\n');
    match bytes {
        b"" => "empty",
        _ if head.iter().all(is_text) => "ASCII text",
        _ => "data",
    }
}
