//! Messages made for tests, of TLS, DTLS and QUIC.

/// A number of bytes before the bytes.
pub(crate) fn vector(length_bytes: usize, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32).to_be_bytes();
    [&length[4 - length_bytes..], content].concat()
}

pub(crate) fn numbers(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

pub(crate) fn extension(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &vector(2, data)].concat()
}

pub(crate) fn server_name(name: &str) -> Vec<u8> {
    extension(0, &vector(2, &[&[0][..], &vector(2, name.as_bytes())].concat()))
}

pub(crate) fn protocols(names: &[&str]) -> Vec<u8> {
    let list: Vec<u8> = names.iter().flat_map(|name| vector(1, name.as_bytes())).collect();
    extension(16, &vector(2, &list))
}

/// The body of a ClientHello of TLS or, with a cookie, of DTLS.
pub(crate) struct Hello {
    pub(crate) version: u16,
    pub(crate) session_id: Vec<u8>,
    pub(crate) cookie: Option<Vec<u8>>,
    pub(crate) cipher_suites: Vec<u16>,
    pub(crate) extensions: Vec<u8>,
}

impl Hello {
    /// What Chrome 115 sent: FoxIO's example of JA4 is `t13d1516h2_8daaf6152771_e5627efa2ab1`.
    pub(crate) fn chrome() -> Hello {
        let extensions = [
            extension(0x1a1a, &[]),
            server_name("example.com"),
            extension(0x17, &[]),
            extension(0xff01, &[0]),
            extension(0x0a, &vector(2, &numbers(&[0x2a2a, 0x1d, 0x17, 0x18]))),
            extension(0x0b, &vector(1, &[0])),
            extension(0x23, &[]),
            protocols(&["h2", "http/1.1"]),
            extension(0x05, &[1, 0, 0, 0, 0]),
            extension(0x0d, &vector(2, &numbers(&[0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]))),
            extension(0x12, &[]),
            extension(0x33, &vector(2, &[&[0, 0x1d][..], &vector(2, &[9; 32])].concat())),
            extension(0x2d, &[1, 1]),
            extension(0x2b, &vector(1, &numbers(&[0x3a3a, 0x0304, 0x0303]))),
            extension(0x1b, &[2, 0, 2]),
            extension(0x4469, &[0, 3, 2, 0x68, 0x32]),
            extension(0x15, &[0; 100]),
        ];
        Hello {
            version: 0x0303,
            session_id: vec![7; 32],
            cookie: None,
            cipher_suites: vec![
                0x4a4a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x9c,
                0x9d, 0x2f, 0x35,
            ],
            extensions: extensions.concat(),
        }
    }

    /// A client that knows no extension but the server's name.
    pub(crate) fn plain(version: u16) -> Hello {
        Hello {
            version,
            session_id: Vec::new(),
            cookie: None,
            cipher_suites: vec![0xc02f, 0x2f],
            extensions: server_name("a.example"),
        }
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        let cookie = self.cookie.as_ref().map_or(Vec::new(), |cookie| vector(1, cookie));
        let parts = [
            self.version.to_be_bytes().to_vec(),
            vec![3; 32],
            vector(1, &self.session_id),
            cookie,
            vector(2, &numbers(&self.cipher_suites)),
            vec![1, 0],
            vector(2, &self.extensions),
        ];
        parts.concat()
    }
}

/// The body of a ServerHello.
pub(crate) fn server_hello(random: [u8; 32], session_id: &[u8], cipher_suite: u16, extensions: &[u8]) -> Vec<u8> {
    let parts = [
        vec![3, 3],
        random.to_vec(),
        vector(1, session_id),
        cipher_suite.to_be_bytes().to_vec(),
        vec![0],
        vector(2, extensions),
    ];
    parts.concat()
}

/// The random of a HelloRetryRequest.
pub(crate) const RETRY: [u8; 32] = super::hello::RETRY_REQUEST;

/// A handshake message.
pub(crate) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &vector(3, body)].concat()
}

/// A record of TLS 1.2.
pub(crate) fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind, 3, 3][..], &vector(2, content)].concat()
}

pub(crate) fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    record(22, &message(kind, body))
}

/// ChangeCipherSpec, and a Finished that nobody can read.
pub(crate) fn finished() -> Vec<u8> {
    [record(20, &[1]), record(22, &[0xee; 40])].concat()
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let header =
        if length < 128 { vec![tag, length as u8] } else { vec![tag, 0x82, (length >> 8) as u8, length as u8] };
    [header, content.to_vec()].concat()
}

fn attribute(kind: u8, value: &str) -> Vec<u8> {
    der(0x31, &der(0x30, &[der(6, &[0x55, 4, kind]), der(0x0c, value.as_bytes())].concat()))
}

/// A certificate without a signature: serial 0A:1B, of `C=DE, O=Test` for `CN=` a name, from 2020-02-29 to 2050-01-01.
pub(crate) fn certificate(name: &str) -> Vec<u8> {
    let alternative = [der(0x82, name.as_bytes()), der(0x87, &[192, 0, 2, 1])].concat();
    let extension = der(0x30, &[der(6, &[0x55, 0x1d, 0x11]), der(4, &der(0x30, &alternative))].concat());
    let fields = [
        der(0xa0, &der(2, &[2])),
        der(2, &[0x0a, 0x1b]),
        der(0x30, &der(6, &[0x2a, 3])),
        der(0x30, &[attribute(6, "DE"), attribute(10, "Test")].concat()),
        der(0x30, &[der(0x17, b"200229123456Z"), der(0x18, b"20500101000000Z")].concat()),
        der(0x30, &attribute(3, name)),
        der(0x30, &der(0x30, &der(6, &[0x2a, 3]))),
        der(0xa3, &der(0x30, &extension)),
    ];
    der(0x30, &[der(0x30, &fields.concat()), der(0x30, &[]), der(3, &[0])].concat())
}

/// The body of a Certificate message.
pub(crate) fn certificates(chain: &[Vec<u8>]) -> Vec<u8> {
    vector(3, &chain.iter().flat_map(|der| vector(3, der)).collect::<Vec<_>>())
}
