//! Which host a request is for.

/// A host and a port as they stand in a target or a Host field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Authority {
    /// Where in the text the host is: without user, port and a dot at its end.
    pub(super) host: std::ops::Range<usize>,
    /// The port, if there is one that is valid.
    pub(super) port: Option<u16>,
    /// There is something else where the port should be.
    pub(super) is_port_invalid: bool,
}

impl Authority {
    /// Reads `host`, `host:port`, `user@host`, `[v6]:port`.
    pub(super) fn read(text: &[u8]) -> Authority {
        let start = memchr::memrchr(b'@', text).map_or(0, |place| place + 1);
        let rest = &text[start..];
        let host_end = match rest {
            [b'[', ..] => memchr::memchr(b']', rest).map_or(rest.len(), |place| place + 1),
            _ => memchr::memchr(b':', rest).unwrap_or(rest.len()),
        };
        let mut end = host_end;
        while end > 0 && rest[end - 1] == b'.' {
            end -= 1;
        }
        let port_text = rest[host_end..].strip_prefix(b":").unwrap_or(&rest[host_end..]);
        let port = std::str::from_utf8(port_text.trim_ascii())
            .ok()
            .and_then(|text| text.parse().ok())
            .filter(|port| *port > 0);
        Authority { host: start..start + end, port, is_port_invalid: port.is_none() && !port_text.is_empty() }
    }
}

/// Where the authority of a target in absolute form is.
pub(super) fn in_target(target: &[u8]) -> Option<std::ops::Range<usize>> {
    let scheme = memchr::memmem::find(target, b"://")?;
    if scheme == 0 || !target[..scheme].iter().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let start = scheme + 3;
    let length = target[start..].iter().position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    Some(start..length.map_or(target.len(), |length| start + length))
}

/// Is it a name of the DNS or an address?
pub(super) fn is_valid(host: &[u8]) -> bool {
    if let [b'[', address @ .., b']'] = host {
        return std::str::from_utf8(address).is_ok_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok());
    }
    let is_label = |label: &[u8]| {
        (1..=63).contains(&label.len()) && label.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    host.len() <= 255 && host.split(|byte| *byte == b'.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities() {
        let check = |text: &str, host: &str, port: Option<u16>, is_port_invalid: bool| {
            let read = Authority::read(text.as_bytes());
            assert_eq!((&text[read.host], read.port, read.is_port_invalid), (host, port, is_port_invalid), "{text}");
        };
        check("www.example.com", "www.example.com", None, false);
        check("www.example.com.:8080", "www.example.com", Some(8080), false);
        check("me:secret@host:1", "host", Some(1), false);
        check("[2001:db8::1]:443", "[2001:db8::1]", Some(443), false);
        check("host:", "host", None, false);
        check("host:99999", "host", None, true);
        check("host:x", "host", None, true);
        check("", "", None, false);
    }

    #[test]
    fn valid_hosts() {
        for valid in ["a", "a-b.c_d.9", "[::1]", "10.0.0.1"] {
            assert!(is_valid(valid.as_bytes()), "{valid}");
        }
        for invalid in ["", "a..b", ".a", "a b", "[::x]", "a/b", &"x".repeat(64)] {
            assert!(!is_valid(invalid.as_bytes()), "{invalid}");
        }
    }

    #[test]
    fn targets() {
        let check = |target: &str, expected: Option<&str>| {
            assert_eq!(in_target(target.as_bytes()).map(|place| &target[place]), expected, "{target}");
        };
        check("http://a:1/x", Some("a:1"));
        check("https://a?b", Some("a"));
        check("http://a", Some("a"));
        check("/x?u=http://a", None);
        check("://a", None);
    }
}
