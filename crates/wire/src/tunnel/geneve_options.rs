//! The options of GENEVE (RFC 8926 section 3.5): what clouds and mirrors say of themselves in them.
//!
//! ```text
//! | class 2 | type 1, critical if 0x80 | reserved 3 bits, length in 4 bytes 5 | content |
//! ```

use crate::bytes::{be16, be32, be64};

const HEADER: usize = 4;
const CRITICAL: u8 = 0x80;
/// Amazon's gateway load balancer.
const AWS: u16 = 0x0108;
/// Google's network security integration.
const GOOGLE: u16 = 0x0132;
const CPACKET: u16 = 0x0164;
/// Classes whose options are known, or are for those who sent them only: Linux to VMware, Amazon, Google, cPacket.
const KNOWN_CLASSES: &[std::ops::RangeInclusive<u16>] =
    &[0x0100..=0x0105, 0x0108..=0x0110, 0x0132..=0x0135, CPACKET..=CPACKET];

/// What the options of a GENEVE header say, as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GeneveOptions<'a> {
    /// AWS gateway load balancer: the endpoint (or network interface) that the packet came through.
    pub aws_endpoint: Option<u64>,
    /// AWS gateway load balancer: the attachment.
    pub aws_attachment: Option<u64>,
    /// AWS gateway load balancer: its flow, which an appliance has to give back.
    pub aws_flow_cookie: Option<u32>,
    /// Google: the network, 28 bits.
    pub google_network: Option<u32>,
    /// Google: did the packet leave the mirrored machine?
    pub google_is_egress: Option<bool>,
    /// Google: the endpoint, as bytes.
    pub google_endpoint: Option<&'a [u8]>,
    /// Google: the security profile.
    pub google_profile: Option<u64>,
    /// cPacket: what the capturing device says.
    pub cpacket: Option<CpacketOption>,
}

/// What a cPacket device says of a packet it saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpacketOption {
    /// Counts packets.
    pub packet_id: u32,
    /// Bytes of the packet before it was cut.
    pub original_length: u16,
    /// When it was seen, in seconds of the device's epoch.
    pub seconds: u64,
    /// And nanoseconds.
    pub nanoseconds: u32,
    /// And a part of a nanosecond, in 1/65536.
    pub nanosecond_fraction: u16,
    /// The device.
    pub device: u16,
    /// Its port.
    pub port: u16,
}

impl<'a> GeneveOptions<'a> {
    /// Reads the option bytes of a header, as in [`Packet::geneve_options`](crate::Packet::geneve_options).
    pub fn read(bytes: &'a [u8]) -> GeneveOptions<'a> {
        let mut options = GeneveOptions::default();
        for option in walk(bytes) {
            options.take(&option);
        }
        options
    }

    fn take(&mut self, option: &GeneveOption<'a>) {
        let content = option.content;
        match (option.class, option.kind & !CRITICAL, content.len()) {
            (AWS, 1, 8) => self.aws_endpoint = Some(be64(content, 0)),
            (AWS, 2, 8) => self.aws_attachment = Some(be64(content, 0)),
            (AWS, 3, 4) => self.aws_flow_cookie = Some(be32(content, 0)),
            (GOOGLE, 1, 4) => {
                self.google_network = Some(be32(content, 0) >> 4);
                self.google_is_egress = Some(be32(content, 0) & 1 == 1);
            }
            (GOOGLE, 2, _) => self.google_endpoint = Some(content),
            (GOOGLE, 3, 8) => self.google_profile = Some(be64(content, 0)),
            (CPACKET, 0, 24..) => self.cpacket = Some(CpacketOption::read(content)),
            _ => {}
        }
    }
}

impl CpacketOption {
    /// `| packet id 4 | original length 2 | reserved 1 | version 1 | seconds 6 | nanoseconds 4 | fraction 2 | device 2 | port 2 |`
    fn read(content: &[u8]) -> CpacketOption {
        CpacketOption {
            packet_id: be32(content, 0),
            original_length: be16(content, 4),
            seconds: be64(content, 8) >> 16,
            nanoseconds: be32(content, 14),
            nanosecond_fraction: be16(content, 18),
            device: be16(content, 20),
            port: be16(content, 22),
        }
    }
}

/// One option.
struct GeneveOption<'a> {
    class: u16,
    kind: u8,
    content: &'a [u8],
}

/// The option at the beginning, and what is behind it.
fn split(bytes: &[u8]) -> Option<(GeneveOption<'_>, &[u8])> {
    let (header, behind) = bytes.split_first_chunk::<HEADER>()?;
    let [high, low, kind, length] = *header;
    let (content, behind) = behind.split_at_checked(usize::from(length & 0x1f) * 4)?;
    Some((GeneveOption { class: u16::from_be_bytes([high, low]), kind, content }, behind))
}

fn walk(bytes: &[u8]) -> impl Iterator<Item = GeneveOption<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (option, behind) = split(rest)?;
        rest = behind;
        Some(option)
    })
}

/// Do the lengths of the options add up to the length of all?
pub(crate) fn add_up(bytes: &[u8]) -> bool {
    walk(bytes).map(|option| HEADER + option.content.len()).sum::<usize>() == bytes.len()
}

/// Is there an option that a receiver must understand, and that is not known here? RFC 8926 section 3.5 says to drop the packet; one
/// who only looks on counts it.
pub(crate) fn has_unknown_critical(bytes: &[u8]) -> bool {
    walk(bytes).any(|option| {
        option.kind & CRITICAL != 0 && !KNOWN_CLASSES.iter().any(|classes| classes.contains(&option.class))
    })
}

/// Are these the options of an AWS gateway load balancer?
pub(crate) fn are_of_aws_load_balancer(bytes: &[u8]) -> bool {
    walk(bytes).any(|option| option.class == AWS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws() {
        let bytes = [
            [1, 8, 1, 2, 0, 0, 0, 0, 0, 0, 0, 7].as_slice(),
            &[1, 8, 2, 2, 0, 0, 0, 0, 0, 0, 0, 8],
            &[1, 8, 3, 1, 0, 0, 0, 9],
        ]
        .concat();
        let options = GeneveOptions::read(&bytes);
        assert_eq!(
            (options.aws_endpoint, options.aws_attachment, options.aws_flow_cookie),
            (Some(7), Some(8), Some(9))
        );
        assert!(add_up(&bytes) && are_of_aws_load_balancer(&bytes) && !has_unknown_critical(&bytes));
        assert!(!add_up(&bytes[..bytes.len() - 4]));
    }

    #[test]
    fn google() {
        let bytes = [1, 0x32, 0x81, 1, 0, 0, 0, 0x51, 1, 0x32, 2, 1, 1, 2, 3, 4];
        let options = GeneveOptions::read(&bytes);
        assert_eq!((options.google_network, options.google_is_egress), (Some(5), Some(true)));
        assert_eq!(options.google_endpoint, Some(&[1, 2, 3, 4][..]));
        assert!(!has_unknown_critical(&bytes));
    }

    #[test]
    fn cpacket() {
        let content = [0, 0, 0, 1, 5, 0xdc, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 4, 0, 5, 0, 6];
        let bytes = [&[1, 0x64, 0, 6][..], &content].concat();
        let expected = CpacketOption {
            packet_id: 1,
            original_length: 1500,
            seconds: 2,
            nanoseconds: 3,
            nanosecond_fraction: 4,
            device: 5,
            port: 6,
        };
        assert_eq!(GeneveOptions::read(&bytes).cpacket, Some(expected));
    }

    #[test]
    fn unknown_and_critical() {
        assert!(has_unknown_critical(&[0xff, 0xff, 0x80, 0]));
        assert!(!has_unknown_critical(&[0xff, 0xff, 0x00, 0]));
    }
}
