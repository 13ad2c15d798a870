//! What Zeek's letters say of a connection.

use crate::tcp_flags::{ACK, FIN, RST, SYN};

/// TCP flags that each side has sent, OR-ed: originator, responder. Letters of the originator are upper case.
///
/// PSH and URG are in no history; data is only ever sent with ACK. Letters that say no flag (`C` bad checksum, `G` gap,
/// `I` and `Q` contradictory flags, `^` turned around) count for nothing.
pub(super) fn tcp_flags(history: &[u8]) -> [i32; 2] {
    let mut flags = [0; 2];
    for letter in history {
        let side = usize::from(letter.is_ascii_lowercase());
        flags[side] |= match letter.to_ascii_uppercase() {
            b'S' => SYN,
            b'H' => SYN | ACK,
            b'A' | b'D' | b'T' | b'W' => ACK,
            b'F' => FIN,
            b'R' => RST,
            _ => 0,
        };
    }
    flags
}

/// Where a TCP connection of that `conn_state` stood, in the words of the column `tcp_state`.
pub(super) fn tcp_state(conn_state: &[u8]) -> Option<&'static str> {
    Some(match conn_state {
        b"S0" | b"SH" => "syn_sent",
        b"SHR" => "syn_recv",
        b"S1" => "established",
        // The originator has closed, or the responder, and the other has not.
        b"S2" => "close_wait",
        b"S3" => "fin_wait1",
        b"SF" | b"REJ" | b"RSTO" | b"RSTR" | b"RSTOS0" | b"RSTRH" => "closed",
        b"OTH" => "none",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_both_sides() {
        let check =
            |history: &str, expected: [i32; 2]| assert_eq!(tcp_flags(history.as_bytes()), expected, "{history}");
        check("S", [SYN, 0]);
        check("Sr", [SYN, RST]);
        check("ShADadFf", [SYN | ACK | FIN, SYN | ACK | FIN]);
        check("ShAdDatfr", [SYN | ACK, SYN | ACK | FIN | RST]);
        check("^dCG", [0, ACK]);
        check("", [0, 0]);
    }
}
