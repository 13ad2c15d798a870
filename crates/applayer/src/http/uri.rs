//! A request's target as a server understands it: what rules call the normalised URI.
//!
//! Source: the behaviour of libhtp under Suricata's default settings.

/// Decodes `%XX` and `%uXXXX` once, takes the scheme and the host off, and in the path makes slashes of backslashes, one of
/// several, and resolves `.` and `..`. The query is decoded, the fragment kept.
pub(crate) fn normalised(target: &[u8]) -> Vec<u8> {
    let target = without_authority(target);
    let end = target.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(target.len());
    let (path, rest) = target.split_at(end);
    let mut uri = resolved(&slashed(&decoded(path)));
    uri.extend(decoded(rest));
    uri
}

/// What stands behind `http://host`.
fn without_authority(target: &[u8]) -> &[u8] {
    let Some(scheme) = memchr::memmem::find(target, b"://") else { return target };
    let is_scheme = scheme > 0 && target[..scheme].iter().all(u8::is_ascii_alphanumeric);
    if !is_scheme {
        return target;
    }
    let rest = &target[scheme + 3..];
    let path = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    path.map_or(b"/".as_slice(), |start| &rest[start..])
}

fn hex(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).map(|digit| digit as u8)
}

/// Takes `%XX` off, and `%uXXXX` of the range of ASCII and Latin-1; what is no code stays.
fn decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, behind)) = rest.split_first() {
        let code = if first == b'%' { code_of(behind) } else { None };
        let (byte, length) = code.unwrap_or((first, 0));
        out.push(byte);
        rest = &behind[length..];
    }
    out
}

/// The byte behind a `%`, and how many bytes say it.
fn code_of(behind: &[u8]) -> Option<(u8, usize)> {
    match *behind {
        [b'u' | b'U', a, b, c, d, ..] => {
            let wide =
                u16::from(hex(a)?) << 12 | u16::from(hex(b)?) << 8 | u16::from(hex(c)?) << 4 | u16::from(hex(d)?);
            // Full-width forms stand for ASCII (best fit).
            let byte = if (0xff01..=0xff5e).contains(&wide) { wide - 0xfee0 } else { wide };
            Some((u8::try_from(byte).unwrap_or(b'?'), 5))
        }
        [a, b, ..] => Some((hex(a)? << 4 | hex(b)?, 2)),
        _ => None,
    }
}

/// Slashes for backslashes, one for several.
fn slashed(path: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(path.len());
    for byte in path.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }) {
        if byte != b'/' || out.last() != Some(&b'/') {
            out.push(byte);
        }
    }
    out
}

/// Resolves `.` and `..` (RFC 3986, section 5.2.4).
fn resolved(path: &[u8]) -> Vec<u8> {
    let is_plain = !path.windows(2).any(|pair| pair == b"/.") && path.first() != Some(&b'.');
    if is_plain {
        return path.to_vec();
    }
    let mut out: Vec<u8> = Vec::with_capacity(path.len());
    let is_absolute = path.first() == Some(&b'/');
    let mut segments: Vec<&[u8]> = Vec::new();
    let mut ends_open = false;
    for segment in path[usize::from(is_absolute)..].split(|byte| *byte == b'/') {
        ends_open = matches!(segment, b"." | b"..");
        match segment {
            b"." => {}
            b".." => _ = segments.pop(),
            name => segments.push(name),
        }
    }
    if is_absolute {
        out.push(b'/');
    }
    out.extend(segments.join(&b'/'));
    if ends_open && !segments.is_empty() {
        out.push(b'/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(target: &str, expected: &str) {
        assert_eq!(String::from_utf8_lossy(&normalised(target.as_bytes())), expected, "{target}");
    }

    #[test]
    fn targets() {
        check("/a/b", "/a/b");
        check("/a/../b/./c?d=%41+%2f", "/b/c?d=A+/");
        check("http://host:80/x%20y", "/x y");
        check("http://host", "/");
        check("/a//b\\c", "/a/b/c");
        check("/%u0041%uff21%zz%4", "/AA%zz%4");
        check("/..", "/");
        check("/a/b/..", "/a/");
        check("/redirect?to=http://x//y/../z", "/redirect?to=http://x//y/../z");
        check("*", "*");
        check("", "");
    }
}
