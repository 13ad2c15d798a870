//! What a rule says of headers of packets.

use super::{Keyword, other, sticky};
use crate::detect::rule::{Condition, FlagMode, HeaderPlace, Number, Place, VlanLayer};
use crate::diagnostic::Problem;
use crate::draft::{Draft, Origin, Outcome};
use crate::inspect::{Comparison, Range};
use crate::language::{Setting, Text, compared, digits, range_of};

const fn header(place: HeaderPlace) -> Origin {
    Origin::at(Place::Header(place), &[])
}

/// A number of a header.
macro_rules! number {
    ($names:expr, $number:ident, $max:expr, $doc:literal) => {
        other($names, |draft, setting| number(draft, setting, Number::$number, $max), $doc)
    };
}

/// As before, but nothing is compared: it is this number.
macro_rules! plain {
    ($names:expr, $number:ident, $max:expr, $doc:literal) => {
        other($names, |draft, setting| plain(draft, setting, Number::$number, $max), $doc)
    };
}

const BYTE: u64 = u8::MAX as u64;
const SHORT: u64 = u16::MAX as u64;
const WORD: u64 = u32::MAX as u64;

pub(super) const KEYWORDS: &[Keyword] = &[
    number!(&["ttl"], Ttl, BYTE, "the time to live"),
    other(&["tos"], type_of_service, "the type of service"),
    plain!(&["id"], Identification, SHORT, "the identification of IPv4"),
    other(&["fragoffset"], fragment_offset, "where a fragment lies, in units of eight bytes"),
    plain!(&["tcp.seq", "seq"], Sequence, WORD, "the sequence number of TCP"),
    plain!(&["tcp.ack", "ack"], Acknowledgement, WORD, "the acknowledgement of TCP"),
    other(&["tcp.window", "window"], window, "the window of TCP"),
    number!(&["tcp.mss"], Mss, SHORT, "the segment size that a SYN offers"),
    number!(&["tcp.wscale"], WindowScale, BYTE, "the window scale that a SYN offers"),
    number!(&["itype"], IcmpType, BYTE, "the type of ICMP"),
    number!(&["icode"], IcmpCode, BYTE, "the code of ICMP"),
    plain!(&["icmp_id"], IcmpId, SHORT, "the identifier of an echo"),
    plain!(&["icmp_seq"], IcmpSequence, SHORT, "the sequence number of an echo"),
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
    let range = range_of(setting.needed()?, max)?;
    draft.push_packet(Condition::Number(number, range));
    Ok(())
}

fn plain(draft: &mut Draft<'_>, setting: Setting<'_>, number: Number, max: u64) -> Outcome {
    let value = digits(setting.needed()?, max)?;
    push_exactly(draft, number, value, false);
    Ok(())
}

fn push_exactly(draft: &mut Draft<'_>, number: Number, value: u64, is_negated: bool) {
    draft.push_packet(Condition::Number(number, Range { first: value, last: value, is_negated }));
}

/// `!` before a value.
fn negation(text: Text<'_>) -> (Text<'_>, bool) {
    text.strip("!").map_or((text, false), |text| (text, true))
}

/// `tos:8`, `tos:!x10`: with `x` the number is of base 16.
fn type_of_service(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let (text, is_negated) = negation(setting.needed()?.bare());
    let value = match text.strip("x") {
        Some(text) => u64::from_str_radix(text.as_str(), 16).ok().filter(|value| *value <= BYTE),
        None => Some(digits(text, BYTE)?),
    };
    let value = value.ok_or_else(|| Problem::at(text, "this is a number from x0 to xff"))?;
    push_exactly(draft, Number::Tos, value, is_negated);
    Ok(())
}

/// `tcp.window:1024`, `tcp.window:!0`
fn window(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let (text, is_negated) = negation(setting.needed()?);
    push_exactly(draft, Number::Window, digits(text, SHORT)?, is_negated);
    Ok(())
}

/// `fragoffset:185`, `fragoffset:>0`
fn fragment_offset(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let range = compared_with(setting.needed()?, SHORT)?;
    draft.push_packet(Condition::Number(Number::FragmentOffset, range));
    Ok(())
}

/// A number, with `<` or `>` before it or without; there may be none that is such.
fn compared_with(text: Text<'_>, max: u64) -> Outcome<Range> {
    const NONE: Range = Range { first: 0, last: u64::MAX, is_negated: true };
    let sign = [("<", Comparison::Less), (">", Comparison::Greater)];
    let found = sign.iter().find_map(|(sign, comparison)| Some((*comparison, text.strip(sign)?)));
    let (comparison, number) = found.unwrap_or((Comparison::Equal, text));
    Ok(compared(comparison, digits(number, max)?, max).unwrap_or(NONE))
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
        let bit = match letter {
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
const IP_PROTOCOLS: &[(&str, u8)] = &[
    ("ip", 0),
    ("icmp", 1),
    ("igmp", 2),
    ("ggp", 3),
    ("ipencap", 4),
    ("ipip", 4),
    ("st", 5),
    ("tcp", 6),
    ("egp", 8),
    ("igp", 9),
    ("pup", 12),
    ("udp", 17),
    ("hmp", 20),
    ("xns-idp", 22),
    ("rdp", 27),
    ("iso-tp4", 29),
    ("dccp", 33),
    ("xtp", 36),
    ("ddp", 37),
    ("idpr-cmtp", 38),
    ("ipv6-route", 43),
    ("ipv6-frag", 44),
    ("idrp", 45),
    ("rsvp", 46),
    ("gre", 47),
    ("esp", 50),
    ("ah", 51),
    ("skip", 57),
    ("ipv6-icmp", 58),
    ("ipv6-nonxt", 59),
    ("ipv6-opts", 60),
    ("rspf", 73),
    ("vmtp", 81),
    ("eigrp", 88),
    ("ospf", 89),
    ("ax.25", 93),
    ("etherip", 97),
    ("encap", 98),
    ("pim", 103),
    ("ipcomp", 108),
    ("vrrp", 112),
    ("l2tp", 115),
    ("isis", 124),
    ("sctp", 132),
    ("fc", 133),
    ("mobility-header", 135),
    ("udplite", 136),
    ("mpls-in-ip", 137),
    ("manet", 138),
    ("shim6", 139),
    ("wesp", 140),
    ("rohc", 141),
];

fn ip_protocol(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let (text, is_negated) = negation(setting.needed()?.bare());
    let named = IP_PROTOCOLS.iter().find(|(name, _)| text.is(name));
    let range = match (named, is_negated) {
        (Some((_, number)), _) => Range { first: (*number).into(), last: (*number).into(), is_negated },
        (None, true) => Range { first: digits(text, BYTE)?, last: digits(text, BYTE)?, is_negated },
        (None, false) => compared_with(text, BYTE)?,
    };
    if !draft.header.protocols.is_empty() || !draft.header.applications.is_empty() {
        return Err(Problem::at(setting.name, "only a rule for `ip` says which protocol of IP it is for"));
    }
    draft.conditions.push(Condition::IpProtocol(range));
    Ok(())
}

/// `l3_proto:ipv4`
fn network_version(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let value = setting.needed()?;
    let version = match value.as_str().to_ascii_lowercase().as_str() {
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
    let range = range_of(number, SHORT)?;
    if range.last > ID_MAX && range.last < SHORT {
        return Err(Problem::at(number, format!("the number of a VLAN can be {ID_MAX} at most")));
    }
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
    let value = setting.needed()?;
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
    if let Some(more) = parts.next() {
        return Err(Problem::at(more, "this is a program, its version and its procedure"));
    }
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
