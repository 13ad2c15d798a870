//! The bytes that alerts keep.

use model::packet::Side;
use rules::FlowMemory;

/// What is in sight of a stream. What is missing before it is said in words, as Suricata does.
pub(crate) fn stream_payload(memory: &FlowMemory, sender: Side) -> Vec<u8> {
    let bytes = memory.stream_in_sight(sender);
    match memory.missing_before_sight(sender) {
        0 => bytes.to_vec(),
        missing => [format!("[{missing} bytes missing]").as_bytes(), bytes].concat(),
    }
}

/// The frame of a datagram that was put together: what stood before one of its fragments, and the datagram as if it had never
/// been cut. IPv6 without its extension headers.
pub(crate) fn whole_frame(frame: &[u8], fragment: &[u8], protocol: u8, payload: &[u8]) -> Vec<u8> {
    let header = whole_header(fragment, protocol, payload.len());
    let begin = fragment.first_chunk::<20>().and_then(|head| memchr::memmem::find(frame, head));
    [&frame[..begin.unwrap_or(0)], &header, payload].concat()
}

fn whole_header(fragment: &[u8], protocol: u8, payload_bytes: usize) -> Vec<u8> {
    let Some(version) = fragment.first().map(|byte| byte >> 4) else { return Vec::new() };
    if version == 4 {
        let length = usize::from(fragment[0] & 0xf) * 4;
        let mut header = fragment.get(..length).unwrap_or_default().to_vec();
        if header.len() >= 20 {
            let total = u16::try_from(header.len() + payload_bytes).unwrap_or(u16::MAX);
            header[2..4].copy_from_slice(&total.to_be_bytes());
            header[6..8].fill(0);
            header[10..12].fill(0);
            let sum = checksum(&header);
            header[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        return header;
    }
    let mut header = fragment.get(..40).unwrap_or_default().to_vec();
    if header.len() == 40 {
        let length = u16::try_from(payload_bytes).unwrap_or(u16::MAX);
        header[4..6].copy_from_slice(&length.to_be_bytes());
        header[6] = protocol;
    }
    header
}

/// RFC 1071.
fn checksum(header: &[u8]) -> u16 {
    let sum: u32 = header.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !((folded & 0xffff) + (folded >> 16)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datagram_as_if_never_cut() {
        let mut fragment = [0u8; 28];
        fragment[..20].copy_from_slice(&[0x45, 0, 0, 28, 0, 1, 0x20, 1, 64, 6, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
        let frame = [&[9, 9][..], &fragment].concat();
        let whole = whole_frame(&frame, &fragment, 6, &[7; 24]);
        assert_eq!(whole[..14], [9, 9, 0x45, 0, 0, 44, 0, 1, 0, 0, 64, 6, 0x74, 0xc6]);
        assert_eq!(whole.len(), 2 + 44);
        assert_eq!(whole_frame(&frame, &[], 6, &[7]), [7]);
    }
}
