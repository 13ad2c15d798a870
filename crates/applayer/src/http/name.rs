//! What a body is called.

/// The file name that a Content-Disposition says (RFC 6266), without quotes; what is escaped in it stays so.
pub(crate) fn of_disposition(value: &[u8]) -> Option<&[u8]> {
    let extended = parameter(value, b"filename*").map(|text| text.rsplit(|byte| *byte == b'\'').next().unwrap_or(text));
    parameter(value, b"filename").or(extended).filter(|name| !name.is_empty())
}

/// The path of a request's target: without scheme, authority, query and fragment.
pub(crate) fn of_target(target: &[u8]) -> &[u8] {
    let path = match memchr::memmem::find(target, b"://") {
        Some(scheme) if target[..scheme].iter().all(u8::is_ascii_alphanumeric) => {
            let authority = &target[scheme + 3..];
            memchr::memchr(b'/', authority).map_or(&b"/"[..], |slash| &authority[slash..])
        }
        _ => target,
    };
    let end = memchr::memchr2(b'?', b'#', path).unwrap_or(path.len());
    &path[..end]
}

/// A parameter of a field value such as `form-data; name="a"; filename=b`.
pub(crate) fn parameter<'a>(value: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = value;
    while let Some(semicolon) = memchr::memchr(b';', rest) {
        let item = rest[semicolon + 1..].trim_ascii_start();
        let equals = memchr::memchr2(b'=', b';', item).filter(|place| item[*place] == b'=');
        let Some(equals) = equals else {
            rest = item;
            continue;
        };
        let (text, behind) = parameter_value(item[equals + 1..].trim_ascii_start());
        if item[..equals].trim_ascii().eq_ignore_ascii_case(name) {
            return Some(text);
        }
        rest = behind;
    }
    None
}

/// A value, quoted or not, and what is behind it.
fn parameter_value(text: &[u8]) -> (&[u8], &[u8]) {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let end = memchr::memchr(b';', text).unwrap_or(text.len());
        return (text[..end].trim_ascii(), &text[end..]);
    };
    let is_end = |place: &usize| quoted[*place] == b'"' && (*place == 0 || quoted[place - 1] != b'\\');
    let end = memchr::memchr_iter(b'"', quoted).find(is_end).unwrap_or(quoted.len());
    (&quoted[..end], quoted.get(end + 1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dispositions() {
        let check = |value: &str, expected: Option<&str>| {
            assert_eq!(of_disposition(value.as_bytes()), expected.map(str::as_bytes), "{value}");
        };
        check("attachment; filename=eicar.txt", Some("eicar.txt"));
        check(r#"attachment; filename="a;b.txt"; size=3"#, Some("a;b.txt"));
        check(r#"form-data; name="x"; FileName = "a\"b""#, Some(r#"a\"b"#));
        check("attachment; filename*=UTF-8''na%C3%AFve.txt", Some("na%C3%AFve.txt"));
        check("attachment;;filename=x ;", Some("x"));
        check(r#"attachment; name="filename=no""#, None);
        check("attachment; filename=", None);
        check("inline", None);
        check(r#"attachment; filename="open"#, Some("open"));
    }

    #[test]
    fn targets() {
        let check = |target: &str, expected: &str| {
            assert_eq!(of_target(target.as_bytes()), expected.as_bytes(), "{target}");
        };
        check("/a/b.html?x=/y#z", "/a/b.html");
        check("http://host:80/a?x", "/a");
        check("http://host", "/");
        check("/redirect?to=http://other/x", "/redirect");
        check("/redirect/http://other/x", "/redirect/http://other/x");
        check("*", "*");
        check("", "");
    }
}
