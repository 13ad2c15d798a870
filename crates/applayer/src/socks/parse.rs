//! Messages of SOCKS.

use super::Stage;
use super::transaction::{Address, Request};
use crate::protocol::Probe;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What came of the bytes of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// So many bytes, and what comes next.
    Whole(usize, Stage),
    /// More bytes are needed.
    NeedMore,
    /// It is none.
    Invalid,
}

/// A name or user of SOCKS 4 that is longer is none.
const TEXT_BYTES_MAX: usize = 255;

/// The method that asks for user and password (RFC 1929).
const METHOD_PASSWORD: u8 = 2;

/// No method is good enough.
const METHOD_NONE: u8 = 0xff;

/// Reads one message.
pub(super) fn message(stage: Stage, bytes: &[u8], request: &mut Request) -> Parsed {
    let mut reader = Reader { bytes, place: 0 };
    let next = match stage {
        Stage::Greeting => greeting(&mut reader, request),
        Stage::Method => method(&mut reader),
        Stage::Credentials => credentials(&mut reader, request),
        Stage::Verdict => verdict(&mut reader, request),
        Stage::Request => request5(&mut reader, request),
        Stage::Answer4 => answer4(&mut reader, request),
        Stage::Answer5 => answer5(&mut reader, request),
        Stage::Over | Stage::HandedOver => Err(Parsed::Invalid),
    };
    next.map_or_else(|failure| failure, |next| Parsed::Whole(reader.place, next))
}

fn greeting(reader: &mut Reader<'_>, request: &mut Request) -> Result<Stage, Parsed> {
    match reader.byte()? {
        5 => {
            let count = reader.byte()?;
            reader.bytes(count.into())?;
            request.version = 5;
            Ok(Stage::Method)
        }
        4 => request4(reader, request),
        _ => Err(Parsed::Invalid),
    }
}

fn request4(reader: &mut Reader<'_>, request: &mut Request) -> Result<Stage, Parsed> {
    let command = reader.byte()?;
    let port = reader.port()?;
    let address = reader.ipv4()?;
    let user = reader.text()?.to_vec();
    // 4a: an address that cannot be, and a name behind the user.
    let host = match address.octets() {
        [0, 0, 0, last] if last != 0 => Address::Name(reader.text()?.to_vec()),
        _ => Address::Ip(address.into()),
    };
    (request.version, request.command, request.user) = (4, Some(command), user);
    (request.host, request.port) = (Some(host), port);
    Ok(Stage::Answer4)
}

fn method(reader: &mut Reader<'_>) -> Result<Stage, Parsed> {
    if reader.byte()? != 5 {
        return Err(Parsed::Invalid);
    }
    Ok(match reader.byte()? {
        0 => Stage::Request,
        METHOD_PASSWORD => Stage::Credentials,
        // None is good enough, or one that goes on in its own way (GSSAPI).
        _ => Stage::Over,
    })
}

fn credentials(reader: &mut Reader<'_>, request: &mut Request) -> Result<Stage, Parsed> {
    if reader.byte()? != 1 {
        return Err(Parsed::Invalid);
    }
    let length = reader.byte()?;
    let user = reader.bytes(length.into())?;
    let length = reader.byte()?;
    reader.bytes(length.into())?;
    request.user = user.to_vec();
    Ok(Stage::Verdict)
}

fn verdict(reader: &mut Reader<'_>, request: &mut Request) -> Result<Stage, Parsed> {
    reader.byte()?;
    if reader.byte()? == 0 {
        return Ok(Stage::Request);
    }
    request.status = Some("authentication failed");
    Ok(Stage::Over)
}

fn request5(reader: &mut Reader<'_>, request: &mut Request) -> Result<Stage, Parsed> {
    let (command, host, port) = reader.command_and_address()?;
    (request.command, request.host, request.port) = (Some(command), Some(host), port);
    Ok(Stage::Answer5)
}

fn answer4(reader: &mut Reader<'_>, request: &mut Request) -> Result<Stage, Parsed> {
    if reader.byte()? != 0 {
        return Err(Parsed::Invalid);
    }
    let status = reader.byte()?;
    let port = reader.port()?;
    let address = reader.ipv4()?;
    request.bound = Some((Address::Ip(address.into()), port));
    request.status = Some(match status {
        90 => "succeeded",
        91 => "rejected or failed",
        92 => "identd not reachable",
        93 => "other user at identd",
        _ => "unknown",
    });
    Ok(after_answer(status == 90, request))
}

fn answer5(reader: &mut Reader<'_>, request: &mut Request) -> Result<Stage, Parsed> {
    let (status, host, port) = reader.command_and_address()?;
    request.bound = Some((host, port));
    request.status = Some(match status {
        0 => "succeeded",
        1 => "general SOCKS server failure",
        2 => "connection not allowed by ruleset",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "unknown",
    });
    Ok(after_answer(status == 0, request))
}

/// Only a connection that stands carries something else.
fn after_answer(is_granted: bool, request: &Request) -> Stage {
    if is_granted && request.command == Some(1) { Stage::HandedOver } else { Stage::Over }
}

struct Reader<'a> {
    bytes: &'a [u8],
    place: usize,
}

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8], Parsed> {
        let taken = self.bytes.get(self.place..self.place + count).ok_or(Parsed::NeedMore)?;
        self.place += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Parsed> {
        self.bytes(N)?.try_into().map_err(|_| Parsed::NeedMore)
    }

    fn byte(&mut self) -> Result<u8, Parsed> {
        Ok(self.array::<1>()?[0])
    }

    fn port(&mut self) -> Result<u16, Parsed> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    fn ipv4(&mut self) -> Result<Ipv4Addr, Parsed> {
        Ok(self.array::<4>()?.into())
    }

    /// A text that ends with a zero.
    fn text(&mut self) -> Result<&'a [u8], Parsed> {
        let rest = &self.bytes[self.place..];
        match memchr::memchr(0, &rest[..rest.len().min(TEXT_BYTES_MAX + 1)]) {
            Some(end) => {
                self.place += end + 1;
                Ok(&rest[..end])
            }
            None if rest.len() > TEXT_BYTES_MAX => Err(Parsed::Invalid),
            None => Err(Parsed::NeedMore),
        }
    }

    /// What requests and answers of SOCKS 5 have in common (RFC 1928, sections 4 and 6).
    fn command_and_address(&mut self) -> Result<(u8, Address, u16), Parsed> {
        if self.byte()? != 5 {
            return Err(Parsed::Invalid);
        }
        let command = self.byte()?;
        self.byte()?;
        let host = match self.byte()? {
            1 => Address::Ip(self.ipv4()?.into()),
            3 => {
                let length = self.byte()?;
                Address::Name(self.bytes(length.into())?.to_vec())
            }
            4 => Address::Ip(IpAddr::V6(Ipv6Addr::from(self.array::<16>()?))),
            _ => return Err(Parsed::Invalid),
        };
        Ok((command, host, self.port()?))
    }
}

/// SOCKS 5 begins with a list of methods that there are; SOCKS 4 with a whole request.
pub(super) fn probe_client(head: &[u8]) -> Probe {
    match *head {
        [] | [4] | [5] => Probe::NeedMore,
        [5, count @ 1..=16, ref methods @ ..] => {
            let methods = &methods[..methods.len().min(count.into())];
            let is_known = |method: &u8| *method <= 9 || (0x80..METHOD_NONE).contains(method);
            match methods.iter().all(is_known) {
                true if methods.len() == usize::from(count) => Probe::Yes,
                true => Probe::NeedMore,
                false => Probe::No,
            }
        }
        [4, 1 | 2, ref rest @ ..] => probe_request4(rest),
        _ => Probe::No,
    }
}

fn probe_request4(rest: &[u8]) -> Probe {
    const PORT_AND_ADDRESS: usize = 6;
    let user = rest.get(PORT_AND_ADDRESS..).unwrap_or_default();
    let end = user.iter().take(TEXT_BYTES_MAX).position(|byte| !byte.is_ascii_graphic());
    match end {
        Some(end) if user[end] == 0 => Probe::Yes,
        None if user.len() < TEXT_BYTES_MAX => Probe::NeedMore,
        _ => Probe::No,
    }
}

/// A server's first bytes are too few to prove anything.
pub(super) fn probe_server(head: &[u8]) -> Probe {
    match head {
        [] | [0] | [5] => Probe::NeedMore,
        [5, 0..=9 | 0x80.., ..] | [0, 90..=93, ..] => Probe::Maybe,
        _ => Probe::No,
    }
}
