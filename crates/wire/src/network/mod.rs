//! IP of both versions.

pub mod checksum;
pub(crate) mod ipv4;
pub(crate) mod ipv4_options;
pub(crate) mod ipv6;
pub(crate) mod ipv6_extensions;

use crate::anomaly::IPRAW_INVALID_IP_VERSION;
use crate::decoder::{Decoder, Next};
use crate::link;

/// IP of the version that its first four bits say.
pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    match decoder.rest.first().map(|first| first >> 4) {
        Some(4) => Next::EtherType(link::IPV4),
        Some(6) => Next::EtherType(link::IPV6),
        _ => decoder.cut(IPRAW_INVALID_IP_VERSION),
    }
}
