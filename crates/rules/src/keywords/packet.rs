//! What a rule says of headers of packets.

use super::{Keyword, other, sticky};
use crate::detect::rule::{Condition, FlagMode, HeaderPlace, Number, Place, VlanLayer};
use crate::diagnostic::Problem;
use crate::draft::{Draft, Origin, Outcome};
use crate::inspect::Range;
use crate::language::{Setting, Text, range_of};

const fn header(place: HeaderPlace) -> Origin {
    Origin::at(Place::Header(place), &[])
}

/// A number of a header.
macro_rules! number {
    ($names:expr, $number:ident, $max:expr, $doc:literal) => {
        other($names, |draft, setting| number(draft, setting, Number::$number, $max), $doc)
    };
}

const BYTE: u64 = u8::MAX as u64;
const SHORT: u64 = u16::MAX as u64;
const WORD: u64 = u32::MAX as u64;

pub(super) const KEYWORDS: &[Keyword] = &[
    number!(&["ttl"], Ttl, BYTE, "the time to live"),
    number!(&["tos"], Tos, BYTE, "the type of service"),
    number!(&["id"], Identification, SHORT, "the identification of IPv4"),
    number!(&["fragoffset"], FragmentOffset, SHORT, "where a fragment lies, in units of eight bytes"),
    number!(&["tcp.seq", "seq"], Sequence, WORD, "the sequence number of TCP"),
    number!(&["tcp.ack", "ack"], Acknowledgement, WORD, "the acknowledgement of TCP"),
    number!(&["tcp.window", "window"], Window, SHORT, "the window of TCP"),
    number!(&["tcp.mss"], Mss, SHORT, "the segment size that a SYN offers"),
    number!(&["tcp.wscale"], WindowScale, BYTE, "the window scale that a SYN offers"),
    number!(&["itype"], IcmpType, BYTE, "the type of ICMP"),
    number!(&["icode"], IcmpCode, BYTE, "the code of ICMP"),
    number!(&["icmp_id"], IcmpId, SHORT, "the identifier of an echo"),
    number!(&["icmp_seq"], IcmpSequence, SHORT, "the sequence number of an echo"),
    number!(&["icmpv6.mtu"], IcmpV6Mtu, WORD, "the MTU of a Packet Too Big"),
    other(&["tcp.flags", "flags"], tcp_flags, "the flags of TCP"),
    other(&["fragbits"], fragment_bits, "the bits that say whether and how a packet is fragmented"),
    other(&["ipopts"], ip_option, "an option of IPv4"),
    other(&["ip_proto"], ip_protocol, "the protocol of IP"),
    other(&["l3_proto"], network_version, "IPv4 or IPv6"),
    other(&["sameip"], same_ip, "both addresses are the same"),
    other(&["vlan.id"], vlan_id, "the VLAN"),
    other(&["vlan.layers"], vlan_layers, "how many VLANs lie in each other"),
    sticky(&["ip.src"], Origin::at(Place::SourceAddress, &[]), "the address of the sender, as bytes"),
    sticky(&["ip.dst"], Origin::at(Place::DestinationAddress, &[]), "the address of the receiver, as bytes"),
    sticky(&["ipv4.hdr"], header(HeaderPlace::Ipv4), "the header of IPv4"),
    sticky(&["ipv6.hdr"], header(HeaderPlace::Ipv6), "the header of IPv6"),
    sticky(&["tcp.hdr"], header(HeaderPlace::Tcp), "the header of TCP"),
    sticky(&["udp.hdr"], header(HeaderPlace::Udp), "the header of UDP"),
    sticky(&["icmpv4.hdr"], header(HeaderPlace::IcmpV4), "the header of ICMP"),
    sticky(&["icmpv6.hdr"], header(HeaderPlace::IcmpV6), "the header of ICMPv6"),
    other(
        &["ipv4-csum", "tcpv4-csum", "tcpv6-csum", "udpv4-csum", "udpv6-csum", "icmpv4-csum", "icmpv6-csum"],
        checksum,
        "is the checksum right?",
    ),
    other(&["rpc"], remote_call, "the program that a portmapper is asked for"),
    other(&["vxlan_vni"], by_data, "the network of a VXLAN"),
    other(&["ether.hdr"], by_data, "the header of Ethernet"),
];

fn number(draft: &mut Draft<'_>, setting: Setting<'_>, number: Number, max: u64) -> Outcome {
    let range = range_of(setting.needed()?.bare(), max)?;
    draft.push_packet(Condition::Number(number, range));
    Ok(())
}

/// How bits are compared, by the sign before or behind them.
fn mode_of(text: Text<'_>) -> (FlagMode, Text<'_>) {
    for (sign, mode) in [('+', FlagMode::All), ('*', FlagMode::Any), ('!', FlagMode::None)] {
        if text.as_str().starts_with(sign) {
            return (mode, text.from(1).trim());
        }
        if text.as_str().ends_with(sign) {
            return (mode, text.part(0, text.as_str().len() - 1).trim());
        }
    }
    (FlagMode::Exactly, text)
}

/// `tcp.flags:+SA,12`
fn tcp_flags(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let (wanted, ignored) = match value.split_once(',') {
        Some((wanted, ignored)) => (wanted, flag_bits(ignored)?),
        None => (value, 0),
    };
    let (mode, letters) = mode_of(wanted);
    let flags = flag_bits(letters)?;
    draft.push_packet(Condition::TcpFlags { flags, ignored, mode });
    Ok(())
}

fn flag_bits(letters: Text<'_>) -> Outcome<u8> {
    if letters.is_empty() {
        return Err(Problem::at(letters, "flags are missing"));
    }
    letters.as_str().chars().try_fold(0, |bits, letter| {
        let bit = match letter.to_ascii_uppercase() {
            'F' => 0x01,
            'S' => 0x02,
            'R' => 0x04,
            'P' => 0x08,
            'A' => 0x10,
            'U' => 0x20,
            'E' | '2' => 0x40,
            'C' | '1' => 0x80,
            '0' => 0,
            _ => return Err(Problem::at(letters, format!("there is no flag `{letter}`"))),
        };
        Ok(bits | bit)
    })
}

fn fragment_bits(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let (mode, letters) = mode_of(setting.needed()?);
    let bits = letters.as_str().chars().try_fold(0, |bits, letter| match letter {
        'R' => Ok(bits | 4),
        'D' => Ok(bits | 2),
        'M' => Ok(bits | 1),
        _ => Err(Problem::at(letters, "bits are `M`, `D` and `R`")),
    })?;
    if letters.is_empty() {
        return Err(Problem::at(setting.name, "bits are missing"));
    }
    draft.push_packet(Condition::FragmentBits { bits, mode });
    Ok(())
}

/// Options of IPv4 by their names and kinds.
const IP_OPTIONS: [(&str, u8); 10] = [
    ("eol", 0),
    ("nop", 1),
    ("rr", 7),
    ("ts", 68),
    ("sec", 130),
    ("lsrr", 131),
    ("esec", 133),
    ("cipso", 134),
    ("satid", 136),
    ("ssrr", 137),
];

fn ip_option(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let known = IP_OPTIONS.iter().find(|(name, _)| value.is(name));
    let kind = match known {
        Some((_, kind)) => Some(*kind),
        None if value.is("any") => None,
        None => return Err(Problem::at(value, format!("there is no option `{}`", value.as_str()))),
    };
    draft.push_packet(Condition::IpOption(kind));
    Ok(())
}

/// Protocols of IP that rules name (IANA's protocol numbers).
const IP_PROTOCOLS: [(&str, u8); 14] = [
    ("icmp", 1),
    ("igmp", 2),
    ("ipip", 4),
    ("tcp", 6),
    ("egp", 8),
    ("igp", 9),
    ("udp", 17),
    ("ipv6", 41),
    ("gre", 47),
    ("esp", 50),
    ("ah", 51),
    ("ipv6-icmp", 58),
    ("pim", 103),
    ("sctp", 132),
];

fn ip_protocol(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?.bare();
    let (text, is_negated) = match value.strip("!") {
        Some(text) => (text, true),
        None => (value, false),
    };
    let named = IP_PROTOCOLS.iter().find(|(name, _)| text.is(name));
    let range = match named {
        Some((_, number)) => Range { first: (*number).into(), last: (*number).into(), is_negated },
        None => Range { is_negated, ..range_of(text, BYTE)? },
    };
    draft.conditions.push(Condition::IpProtocol(range));
    Ok(())
}

/// `l3_proto:ipv4`
fn network_version(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?.bare();
    let version = match value.as_str() {
        "ipv4" | "ip4" => 4,
        "ipv6" | "ip6" => 6,
        _ => return Err(Problem::at(value, "this is `ipv4` or `ipv6`")),
    };
    match draft.header.version.replace(version) {
        Some(other) if other != version => Err(Problem::at(setting.name, format!("the header says IPv{other}"))),
        _ => Ok(()),
    }
}

fn same_ip(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    setting.bare()?;
    draft.push_packet(Condition::SameIp);
    Ok(())
}

/// `vlan.id:>100,0`
fn vlan_id(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    const ID_MAX: u64 = 4095;
    let value = setting.needed()?;
    let (number, layer) = match value.split_once(',') {
        Some((number, layer)) => (number, Some(layer)),
        None => (value, None),
    };
    let range = range_of(number, ID_MAX)?;
    let layer = match layer {
        None => VlanLayer::Any,
        Some(layer) if layer.is("any") => VlanLayer::Any,
        Some(layer) if layer.is("all") => VlanLayer::All,
        Some(layer) => match layer.number::<i8>()? {
            place @ -3..=2 => VlanLayer::At(place),
            _ => return Err(Problem::at(layer, "a layer is from -3 to 2, `any` or `all`")),
        },
    };
    draft.push_packet(Condition::VlanId { layer, range });
    Ok(())
}

fn vlan_layers(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    const LAYERS_MAX: u64 = 3;
    let range = range_of(setting.needed()?, LAYERS_MAX)?;
    draft.push_packet(Condition::VlanLayers(range));
    Ok(())
}

fn checksum(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?.bare();
    if !value.is("valid") && !value.is("invalid") {
        return Err(Problem::at(value, "a checksum is `valid` or `invalid`"));
    }
    draft.never(setting.name, "Fathom does not show rules whether checksums are right");
    draft.units.packet = true;
    Ok(())
}

/// `rpc:100003,*,*`: program, version and procedure.
fn remote_call(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let mut parts = setting.needed()?.split(',').map(Text::trim);
    let program = parts.next().unwrap_or(setting.name).number()?;
    let mut next = || match parts.next() {
        None => Ok(None),
        Some(any) if any.is("*") => Ok(None),
        Some(number) => number.number().map(Some),
    };
    let (version, procedure) = (next()?, next()?);
    draft.push_packet(Condition::RemoteCall { program, version, procedure });
    Ok(())
}

/// What Fathom has no data for.
fn by_data(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    setting.needed()?;
    draft.never(setting.name, format!("Fathom does not show rules what `{}` is about yet", setting.name.as_str()));
    draft.units.packet = true;
    Ok(())
}
