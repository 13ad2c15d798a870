//! Where a data channel goes, as commands and replies write it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address, if one is named, and a port.
pub(super) type Endpoint = (Option<IpAddr>, u16);

/// `h1,h2,h3,h4,p1,p2` of PORT and of the reply to PASV (RFC 959), anywhere in the text.
pub(super) fn of_port(text: &[u8]) -> Option<Endpoint> {
    let start = (0..text.len()).find(|place| numbers(&text[*place..]).is_some())?;
    let [a, b, c, d, high, low] = numbers(&text[start..])?;
    Some((Some(Ipv4Addr::new(a, b, c, d).into()), u16::from_be_bytes([high, low])))
}

fn numbers(text: &[u8]) -> Option<[u8; 6]> {
    let mut numbers = [0; 6];
    let mut rest = text;
    for (place, number) in numbers.iter_mut().enumerate() {
        if place > 0 {
            rest = rest.strip_prefix(b",")?.trim_ascii_start();
        }
        let length = rest.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
        *number = std::str::from_utf8(&rest[..length]).ok()?.parse().ok()?;
        rest = &rest[length..];
    }
    Some(numbers)
}

/// `|1|132.235.1.2|6275|` of EPRT and `(|||6446|)` of the reply to EPSV (RFC 2428). The delimiter is what comes first.
pub(super) fn of_extended(text: &[u8]) -> Option<Endpoint> {
    let delimiter = *text.first()?;
    let mut fields = text[1..].split(|byte| *byte == delimiter);
    let _family = fields.next()?;
    let address = std::str::from_utf8(fields.next()?).ok()?;
    let port = std::str::from_utf8(fields.next()?).ok()?.trim().parse().ok()?;
    Some((address.parse().ok(), port))
}

/// The part of a reply that [`of_extended`] reads.
pub(super) fn in_parentheses(text: &[u8]) -> Option<&[u8]> {
    let start = memchr::memchr(b'(', text)?;
    Some(&text[start + 1..])
}

/// `4,4,a,a,a,a,2,p,p` and `6,16,...,2,p,p` of LPRT and of the reply to LPSV (RFC 1639).
pub(super) fn of_long(text: &[u8]) -> Option<Endpoint> {
    let text = std::str::from_utf8(text).ok()?;
    let text = text.split(')').next()?.rsplit('(').next()?;
    let numbers: Vec<u8> = text.split(',').map(|number| number.trim().parse().ok()).collect::<Option<_>>()?;
    let (_version, rest) = numbers.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (address, rest) = rest.split_at_checked(usize::from(*length))?;
    let [2, high, low] = rest else { return None };
    let address = match *address {
        [a, b, c, d] => Some(Ipv4Addr::new(a, b, c, d).into()),
        _ => <[u8; 16]>::try_from(address).ok().map(|octets| Ipv6Addr::from(octets).into()),
    };
    Some((address, u16::from_be_bytes([*high, *low])))
}
