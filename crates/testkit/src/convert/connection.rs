//! What a bidirectional record says of a connection.

use crate::{Decoded, Row};
use jiff::Timestamp;
use std::net::IpAddr;

/// One connection with both directions; index 0 is from source to destination.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// What it is called where it comes from: Zeek's `uid`, or the number of its record.
    pub id: String,
    /// What it is labelled, or empty.
    pub label: String,
    /// Time of the first packet, in nanoseconds since 1970.
    pub start_ns: i64,
    /// Time of the last packet.
    pub end_ns: i64,
    /// Source and destination.
    pub addresses: [IpAddr; 2],
    /// Their ports; 0 where the protocol has none.
    pub ports: [u16; 2],
    /// The IANA number.
    pub protocol: u8,
    /// Packets of each direction.
    pub packets: [i64; 2],
    /// Bytes of each direction, as the record counts them.
    pub bytes: [i64; 2],
    /// TCP flags of each direction, OR-ed.
    pub tcp_flags: [u8; 2],
    /// Is the side local, as far as the record says?
    pub is_local: [Option<bool>; 2],
}

const TCP: u8 = 6;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

/// The connections of decoded records: Zeek's, Argus's, or those of a capture. Rows without addresses, times or an
/// IP protocol are none.
pub fn connections(decoded: &Decoded) -> Vec<Connection> {
    decoded.flow_rows().iter().filter_map(connection).collect()
}

fn connection(row: &Row) -> Option<Connection> {
    let number = |column: &str| row.get(column).and_then(|text| text.parse::<i64>().ok());
    let time = |column: &str| row.get(column).and_then(|text| text.parse::<Timestamp>().ok());
    let nanoseconds = |time: Timestamp| i64::try_from(time.as_nanosecond()).ok();
    let start_ns = time("time_start").and_then(nanoseconds)?;
    let port = |column: &str| number(column).and_then(|port| u16::try_from(port).ok()).unwrap_or_default();
    let is_local = |name: &str| row.get(name).map(|text| matches!(text, "T" | "true"));
    let protocol = u8::try_from(number("ip_proto")?).ok()?;
    let bytes = ["bytes", "rev_bytes"].map(|column| number(column).unwrap_or_default());
    let (packets, bytes) = match is_error_only(protocol, number("icmp_type"), number("rev_packets")) {
        true => ([number("packets").unwrap_or_default(), 0], [bytes[0], 0]),
        false => (packets(row, bytes), bytes),
    };
    Some(Connection {
        id: row
            .get("ext.uid")
            .map_or_else(|| format!("record {}", number("record_no").unwrap_or_default()), str::to_owned),
        label: label(row),
        start_ns,
        end_ns: time("time_end").and_then(nanoseconds).unwrap_or(start_ns).max(start_ns),
        addresses: [row.get("src_ip")?.parse().ok()?, row.get("dst_ip")?.parse().ok()?],
        ports: [port("src_port"), port("dst_port")],
        protocol,
        packets,
        bytes,
        tcp_flags: tcp_flags(protocol, [number("tcp_flags"), number("rev_tcp_flags")], packets),
        is_local: [is_local("ext.local_orig"), is_local("ext.local_resp")],
    })
}

/// Did nothing but ICMP errors (RFC 792, 4443: destination unreachable) come back for datagrams? Sensors count them as the
/// other direction; a cloud's log does not.
fn is_error_only(protocol: u8, icmp_type: Option<i64>, rev_packets: Option<i64>) -> bool {
    const UDP: u8 = 17;
    protocol == UDP && matches!(icmp_type, Some(1 | 3)) && rev_packets.is_some_and(|packets| packets <= 2)
}

/// Labels of IoT-23, Slips and CTU-13.
fn label(row: &Row) -> String {
    let names = ["ext.label", "ext.detailed-label", "ext.detailedlabel", "ext.Label"];
    let labels: Vec<&str> = names.iter().filter_map(|name| row.get(name)).collect();
    labels.join(" ")
}

/// Packets of each direction. Where only their total is told, they are shared out as the bytes are.
fn packets(row: &Row, bytes: [i64; 2]) -> [i64; 2] {
    let number = |column: &str| row.get(column).and_then(|text| text.parse::<i64>().ok());
    if let (Some(forward), Some(back)) = (number("packets"), number("rev_packets")) {
        return [forward, back];
    }
    let total = number("ext.TotPkts").unwrap_or_else(|| bytes.iter().filter(|bytes| **bytes > 0).count() as i64);
    let all = (bytes[0] + bytes[1]).max(1);
    let has_both = total >= 2 && bytes.iter().all(|bytes| *bytes > 0);
    let least = i64::from(has_both);
    let forward = (total as i128 * bytes[0] as i128 / all as i128) as i64;
    let forward = forward.clamp(least, total - least);
    [forward, total - forward]
}

/// Flags as told, or those of an ordinary handshake.
fn tcp_flags(protocol: u8, told: [Option<i64>; 2], packets: [i64; 2]) -> [u8; 2] {
    if protocol != TCP {
        return [0; 2];
    }
    let usual = if packets[1] > 0 { [SYN | ACK, SYN | ACK] } else { [SYN, 0] };
    let flags = |side: usize| told[side].and_then(|flags| u8::try_from(flags).ok()).unwrap_or(usual[side]);
    [flags(0), flags(1)]
}

impl Connection {
    /// Did the destination take it: did more come back than a reset?
    pub fn is_answered(&self) -> bool {
        let is_refusal = self.protocol == TCP && self.tcp_flags[1] & RST != 0 && self.tcp_flags[1] & SYN == 0;
        self.packets[1] > 0 && !(is_refusal && self.bytes[1] <= 60 * self.packets[1])
    }

    /// What AWS writes of a direction's flags: SYN, SYN with ACK, FIN and RST. ACK alone is none.
    pub(super) fn aws_flags(&self, direction: usize) -> u8 {
        let flags = self.tcp_flags[direction];
        let kept = flags & 0b111;
        if direction == 1 && flags & SYN != 0 { kept | ACK } else { kept }
    }
}
