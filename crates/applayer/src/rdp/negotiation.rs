//! What both ends agree on first (MS-RDPBCGR 2.2.1.1 and 2.2.1.2).

/// What the client asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Who wants to log in, or where the session is to be found again.
    pub cookie: Option<Vec<u8>>,
    /// What it wants besides.
    pub flags: u8,
}

/// What the server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// It is too old to negotiate, or was not asked to.
    Plain,
    /// It supports these, and has chosen this protection.
    Chosen(u8, u32),
    /// It refuses.
    Refused(u32),
}

impl Request {
    /// Reads what stands behind the fixed part of the connection's request.
    pub(super) fn parse(mut rest: &[u8]) -> Request {
        let mut request = Request::default();
        if rest.starts_with(b"Cookie: ")
            && let Some(end) = memchr::memmem::find(rest, b"\r\n")
        {
            let cookie = &rest[b"Cookie: ".len()..end];
            let value = cookie.iter().position(|byte| *byte == b'=').map_or(cookie, |place| &cookie[place + 1..]);
            request.cookie = Some(value.to_vec());
            rest = &rest[end + 2..];
        }
        if let [1, flags, 8, 0, ..] = rest {
            request.flags = *flags;
        }
        request
    }
}

impl Response {
    /// Reads what stands behind the fixed part of the answer.
    pub(super) fn parse(rest: &[u8]) -> Response {
        match *rest {
            [2, flags, 8, 0, a, b, c, d, ..] => Response::Chosen(flags, u32::from_le_bytes([a, b, c, d])),
            [3, _, 8, 0, a, b, c, d, ..] => Response::Refused(u32::from_le_bytes([a, b, c, d])),
            _ => Response::Plain,
        }
    }
}
