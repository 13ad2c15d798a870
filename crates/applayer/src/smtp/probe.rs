//! Is it SMTP?

use crate::protocol::Probe;
use memchr::{memchr, memmem};

/// A greeting is looked at to here.
const LINE_BYTES_MAX: usize = 512;

pub(super) fn client(head: &[u8]) -> Probe {
    let word = head.iter().take(5).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let is_hello = [b"EHLO", b"HELO", b"LHLO"].iter().any(|hello| head[..word].eq_ignore_ascii_case(&hello[..]));
    match head.get(word) {
        None => Probe::NeedMore,
        Some(b' ' | b'\r' | b'\n') if is_hello => Probe::Yes,
        Some(b' ' | b'\r' | b'\n') if word == 4 => Probe::Maybe,
        Some(_) => Probe::No,
    }
}

/// The greeting of an FTP server looks the same, but for what it says of itself.
pub(super) fn server(head: &[u8]) -> Probe {
    let digits = head.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    if digits < 3.min(head.len()) {
        return Probe::No;
    }
    match head.get(3) {
        None => return Probe::NeedMore,
        Some(b' ' | b'-' | b'\r' | b'\n') => {}
        Some(_) => return Probe::No,
    }
    let line = &head[..head.len().min(LINE_BYTES_MAX)];
    let end = memchr(b'\n', line);
    if end.is_none() && line.len() < LINE_BYTES_MAX {
        return Probe::NeedMore;
    }
    let line = line[..end.unwrap_or(line.len())].to_ascii_lowercase();
    let says = |word: &[u8]| memmem::find(&line, word).is_some();
    match (head.starts_with(b"220"), says(b"smtp"), says(b"ftp")) {
        (true, true, _) => Probe::Yes,
        (_, false, true) => Probe::No,
        _ => Probe::Maybe,
    }
}
