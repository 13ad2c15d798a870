//! What Argus's `State` and `Dir` say of a flow.

use crate::tcp_flags::{ACK, CWR, ECE, FIN, PSH, RST, SYN, URG};

/// TCP flags that each side has sent: `SPA_SA` is SYN, PSH and ACK of the source, SYN and ACK of the destination.
/// `None` where the state is a word such as `CON`.
pub(super) fn tcp_flags(state: &[u8]) -> Option<[i32; 2]> {
    let at = state.iter().position(|byte| *byte == b'_')?;
    Some([side_flags(&state[..at])?, side_flags(&state[at + 1..])?])
}

fn side_flags(letters: &[u8]) -> Option<i32> {
    letters.iter().try_fold(0, |flags, letter| {
        let flag = match letter {
            b'F' => FIN,
            b'S' => SYN,
            b'R' => RST,
            b'P' => PSH,
            b'A' => ACK,
            b'U' => URG,
            b'E' => ECE,
            b'C' => CWR,
            _ => return None,
        };
        Some(flags | flag)
    })
}

/// What a word says of the flags: that it is a request is that there was a SYN and nothing else.
pub(super) fn flags_of_word(state: &[u8]) -> Option<[i32; 2]> {
    match state {
        b"REQ" => Some([SYN, 0]),
        b"ACC" => Some([SYN, SYN | ACK]),
        _ => None,
    }
}

/// Where a TCP connection stood, in the words of the column `tcp_state`.
pub(super) fn tcp_state(state: &[u8]) -> Option<&'static str> {
    match state {
        b"REQ" => return Some("syn_sent"),
        b"ACC" => return Some("syn_recv"),
        b"CON" | b"EST" => return Some("established"),
        b"CLO" | b"RST" => return Some("closed"),
        _ => {}
    }
    let [source, destination] = tcp_flags(state)?;
    let both = source | destination;
    Some(if both & RST != 0 || (source & FIN != 0 && destination & FIN != 0) {
        "closed"
    } else if source & FIN != 0 {
        "close_wait"
    } else if destination & FIN != 0 {
        "fin_wait1"
    } else if destination & SYN != 0 && source & ACK == 0 {
        "syn_recv"
    } else if source & SYN != 0 && destination == 0 {
        "syn_sent"
    } else {
        "established"
    })
}

/// Who opened the flow, by the arrow between the ends; `?` says that Argus does not know either.
pub(super) fn initiator(direction: &[u8]) -> &'static str {
    match direction.trim_ascii() {
        text if text.contains(&b'?') => "unknown",
        b"<-" | b"<|" | b"<o" => "dst",
        _ => "src",
    }
}

/// Type and code of ICMP from both port columns: `0x0303` has the code before the type and an identifier for the
/// other port; short ones (`0x03`) have the type and the code.
pub(super) fn icmp(source_port: &[u8], destination_port: &[u8]) -> Option<[i32; 2]> {
    let number = hexadecimal(source_port)? as i32;
    let is_short = |text: &[u8]| text.len() <= 4;
    match (is_short(source_port), is_short(destination_port)) {
        (false, _) => Some([number & 0xff, number >> 8]),
        (true, true) => Some([number, hexadecimal(destination_port).unwrap_or(0) as i32]),
        (true, false) => Some([number, 0]),
    }
}

/// `0x0f72`.
pub(super) fn hexadecimal(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X"))?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states() {
        let check = |state: &str, flags: Option<[i32; 2]>, expected: Option<&str>| {
            assert_eq!((tcp_flags(state.as_bytes()), tcp_state(state.as_bytes())), (flags, expected), "{state}");
        };
        check("S_", Some([SYN, 0]), Some("syn_sent"));
        check("S_RA", Some([SYN, RST | ACK]), Some("closed"));
        check("S_SA", Some([SYN, SYN | ACK]), Some("syn_recv"));
        check("SPA_SPA", Some([SYN | PSH | ACK, SYN | PSH | ACK]), Some("established"));
        check("FSPA_FSA", Some([FIN | SYN | PSH | ACK, FIN | SYN | ACK]), Some("closed"));
        check("FSPA_SPA", Some([FIN | SYN | PSH | ACK, SYN | PSH | ACK]), Some("close_wait"));
        check("REQ", None, Some("syn_sent"));
        check("CON", None, Some("established"));
        check("X_Y", None, None);
        check("", None, None);
    }

    #[test]
    fn arrows() {
        let check = |arrow: &str, expected: &str| assert_eq!(initiator(arrow.as_bytes()), expected, "{arrow}");
        check("   ->", "src");
        check("  <->", "src");
        check("  <?>", "unknown");
        check("   ?>", "unknown");
        check("<-", "dst");
        check("who", "src");
    }

    #[test]
    fn icmp_of_ports() {
        let check = |source: &str, destination: &str, expected: Option<[i32; 2]>| {
            assert_eq!(icmp(source.as_bytes(), destination.as_bytes()), expected, "{source} {destination}");
        };
        check("0x0303", "0x2a74", Some([3, 3]));
        check("0x0008", "0x0f72", Some([8, 0]));
        check("0x0b", "0x0f72", Some([11, 0]));
        check("0x03", "0x01", Some([3, 1]));
        check("", "", None);
        check("0xfffff", "", None);
    }
}
