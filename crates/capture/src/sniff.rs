//! Is it a capture?

use crate::order::Order;

/// The formats of captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CaptureKind {
    /// The format of tcpdump.
    Pcap,
    /// The format of Wireshark.
    Pcapng,
}

/// The format of the capture that begins with these bytes; four suffice for pcap, twelve for pcapng.
pub fn sniff(head: &[u8]) -> Option<CaptureKind> {
    if crate::pcap::Variant::of(head).is_some() {
        return Some(CaptureKind::Pcap);
    }
    (head.starts_with(&crate::pcapng::SECTION_HEADER) && byte_order(head.get(8..)?).is_some())
        .then_some(CaptureKind::Pcapng)
}

/// The byte order of a section, by its mark.
pub(crate) fn byte_order(mark: &[u8]) -> Option<Order> {
    match *mark.first_chunk::<4>()? {
        [0x1a, 0x2b, 0x3c, 0x4d] => Some(Order::Big),
        [0x4d, 0x3c, 0x2b, 0x1a] => Some(Order::Little),
        _ => None,
    }
}
