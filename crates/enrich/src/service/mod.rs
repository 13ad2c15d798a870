//! Names of ports and IP protocols, and which end of a flow is likely the server.

mod ports;
mod protocols;

pub use protocols::{protocol_name, protocol_number};

use ports::{Over, SERVICES};

/// The usual service of a port, such as `https` for 443.
///
/// `ip_proto` is the IP protocol number: 6 and 132 (SCTP) look among TCP services, 17 and 136 among UDP services; any
/// other protocol has no ports and no services.
///
/// ```
/// use enrich::service::service_name;
/// assert_eq!(service_name(514, 6), Some("rsh"));
/// assert_eq!(service_name(514, 17), Some("syslog"));
/// assert_eq!(service_name(514, 47), None);
/// ```
pub fn service_name(port: u16, ip_proto: u8) -> Option<&'static str> {
    if !is_service(port, ip_proto) {
        return None;
    }
    let not = if matches!(ip_proto, 6 | 132) { Over::Udp } else { Over::Tcp };
    let first = SERVICES.partition_point(|row| row.0 < port);
    SERVICES[first..].iter().find(|row| row.1 != not).map(|row| row.2)
}

/// Has the port a usual service? What [`service_name`] has a name for; cheap enough for every record.
#[inline]
pub fn is_service(port: u16, ip_proto: u8) -> bool {
    known_of(ip_proto).is_some_and(|known| is_set(known, port))
}

/// The ports with a service of a protocol; `None` if it has no ports.
#[inline]
fn known_of(ip_proto: u8) -> Option<&'static Bitmap> {
    match ip_proto {
        6 | 132 => Some(&KNOWN_TCP),
        17 | 136 => Some(&KNOWN_UDP),
        _ => None,
    }
}

/// One end of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The source of the record.
    Source,
    /// The destination of the record.
    Destination,
}

/// Which side's port is the service, where the record does not say who began; `None` if the ports do not tell.
///
/// Each port gets a rank and the better one is the server: 1. a known service below 1024, 2. a known service below the
/// ephemeral range, 3. any other port below 1024, 4. a known service inside the ephemeral range (51820, 47808), which a
/// client may also have drawn, 5. any other registered port, 6. ephemeral, from 32768 (Linux) up. Of two ports with
/// one rank the lower is the service, unless both are ephemeral. Equal ports (DNS or NTP between servers), port 0
/// (absent) and protocols without ports tell nothing.
///
/// A guess by port alone: use the record's own direction, TCP flags or order in time where there are any.
#[inline]
pub fn server_port(src_port: u16, dst_port: u16, ip_proto: u8) -> Option<Side> {
    let known = known_of(ip_proto)?;
    if src_port == dst_port || src_port == 0 || dst_port == 0 {
        return None;
    }
    let (source, destination) = (ranked(known, src_port), ranked(known, dst_port));
    if source.min(destination) >> 16 == EPHEMERAL_RANK {
        return None;
    }
    Some(if source < destination { Side::Source } else { Side::Destination })
}

/// The rank of a port, then the port. Without branches: which end is the client is random to the processor.
#[inline]
fn ranked(known: &Bitmap, port: u16) -> u32 {
    /// By known, below 1024, below the ephemeral range: from no, no, no to yes, yes, yes.
    const RANKS: [u32; 8] = [EPHEMERAL_RANK, 4, 2, 2, 3, 1, 0, 0];
    let [is_known, is_low, is_registered] = [is_set(known, port), port < 1024, port < EPHEMERAL_FIRST].map(usize::from);
    RANKS[is_known << 2 | is_low << 1 | is_registered] << 16 | u32::from(port)
}

#[inline]
fn is_set(bitmap: &Bitmap, port: u16) -> bool {
    bitmap[usize::from(port >> 6)] >> (port & 63) & 1 == 1
}

/// One bit per port.
type Bitmap = [u64; 1024];

const fn bitmap(not: Over) -> Bitmap {
    let mut bits = [0; 1024];
    let mut n = 0;
    while n < SERVICES.len() {
        let (port, over, _) = SERVICES[n];
        if over as u8 != not as u8 {
            bits[(port >> 6) as usize] |= 1 << (port & 63);
        }
        n += 1;
    }
    bits
}

static KNOWN_TCP: Bitmap = bitmap(Over::Udp);
static KNOWN_UDP: Bitmap = bitmap(Over::Tcp);

/// The first port of Linux's ephemeral range; others begin at 49152.
const EPHEMERAL_FIRST: u16 = 32768;
const EPHEMERAL_RANK: u32 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_without_doubles() {
        for pair in SERVICES.windows(2) {
            let different = pair[0].0 < pair[1].0 || (pair[0].1, pair[1].1) == (Over::Tcp, Over::Udp);
            assert!(pair[0].0 <= pair[1].0 && different, "{pair:?}");
        }
        assert!(SERVICES.len() > 250);
        for &(port, over, name) in SERVICES {
            let proto = if over == Over::Udp { 17 } else { 6 };
            assert_eq!(service_name(port, proto), Some(name));
        }
    }

    #[test]
    fn names() {
        for (port, proto, name) in [
            (443, 6, Some("https")),
            (443, 17, Some("https")),
            (22, 6, Some("ssh")),
            (22, 17, None),
            (3389, 6, Some("rdp")),
            (53, 17, Some("dns")),
            (5432, 6, Some("postgresql")),
            (47808, 17, Some("bacnet")),
            (51820, 17, Some("wireguard")),
            (514, 6, Some("rsh")),
            (514, 17, Some("syslog")),
            (10250, 6, Some("kubelet")),
            (65535, 6, None),
            (443, 1, None),
            (2404, 6, Some("iec104")),
            (179, 6, Some("bgp")),
        ] {
            assert_eq!(service_name(port, proto), name, "{port}/{proto}");
        }
    }

    #[test]
    fn the_server_side() {
        use Side::{Destination, Source};
        for (src, dst, expected) in [
            (50123, 443, Some(Destination)),
            (443, 50123, Some(Source)),
            (8080, 443, Some(Destination)),
            (50000, 8443, Some(Destination)),
            (51820, 40000, None),
            (1023, 3389, Some(Destination)),
            (600, 40000, Some(Source)),
            (1501, 1301, Some(Destination)),
            (2300, 60000, Some(Source)),
            (50001, 50002, None),
            (53, 53, None),
            (0, 443, None),
        ] {
            assert_eq!(server_port(src, dst, 6), expected, "{src} {dst}");
        }
        assert_eq!(server_port(51820, 40000, 17), Some(Source));
        assert_eq!(server_port(8, 0, 1), None);
    }
}
