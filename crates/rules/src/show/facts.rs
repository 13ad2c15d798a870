//! What a rule says of packets and flows, and of what is remembered, in words.

use super::bytes::range;
use crate::detect::Names;
use crate::detect::rule::{
    Condition, Ends, FlagMode, HostAction, Number, Operand, ValueStep, VlanLayer, WhichApplication,
};
use crate::inspect::Comparison;
use model::packet::Side;

/// Letters of TCP's flags, from the lowest bit on.
const TCP_FLAGS: [char; 8] = ['F', 'S', 'R', 'P', 'A', 'U', 'E', 'C'];

/// One condition.
pub(super) fn condition(condition: &Condition) -> String {
    match condition {
        Condition::Sender(Side::Client) => "sent by the client".to_owned(),
        Condition::Sender(Side::Server) => "sent by the server".to_owned(),
        Condition::Established(true) => "both sides have been heard".to_owned(),
        Condition::Established(false) => "not both sides have been heard".to_owned(),
        Condition::Always(true) => "anything".to_owned(),
        Condition::Always(false) => "something that Fathom does not see: the rule does not match".to_owned(),
        Condition::PayloadBytes(of) => format!("the payload has {} bytes", range(*of)),
        Condition::TcpFlags { flags, ignored, mode } => {
            let beside = if *ignored == 0 { String::new() } else { format!("; {} do not count", letters(*ignored)) };
            format!("{} of the TCP flags {}{beside}", mode_of(*mode), letters(*flags))
        }
        Condition::Number(number, of) => format!("{} is {}", number_of(*number), range(*of)),
        Condition::IpProtocol(of) => format!("the IP protocol is {}", range(*of)),
        Condition::SameIp => "source and destination are one address".to_owned(),
        Condition::FragmentBits { bits, mode } => format!("{} of the fragment bits {bits:03b}", mode_of(*mode)),
        Condition::IpOption(Some(kind)) => format!("the IPv4 option {kind} is there"),
        Condition::IpOption(None) => "an IPv4 option is there".to_owned(),
        Condition::Event(_, name) => format!("the event {name} was seen"),
        other => of_flow(other),
    }
}

fn when_spoken(which: WhichApplication) -> &'static str {
    match which {
        WhichApplication::Sender => "",
        WhichApplication::Final => "in the end ",
        WhichApplication::Side(Side::Client) => "of the client ",
        WhichApplication::Side(Side::Server) => "of the server ",
        WhichApplication::Either => "of either side ",
        WhichApplication::Original => "at first ",
    }
}

fn of_flow(condition: &Condition) -> String {
    match condition {
        Condition::Application { name, is_negated, which } => {
            let is = if *is_negated { "is not" } else { "is" };
            let when = when_spoken(*which);
            format!("the application protocol {when}{is} {name}")
        }
        Condition::StreamBytes { sender, both, range: of } => {
            let whose = match (sender, both) {
                (Some(Side::Client), _) => "the client has",
                (Some(Side::Server), _) => "the server has",
                (None, true) => "both sides have",
                (None, false) => "one side has",
            };
            format!("{whose} sent {} bytes", range(*of))
        }
        Condition::FlowCount { sender, either, bytes, range: of } => {
            let whose = match (sender, either) {
                (Some(Side::Client), _) => "the client has",
                (Some(Side::Server), _) => "the server has",
                (None, true) => "one side has",
                (None, false) => "both sides together have",
            };
            format!("{whose} sent {} {}", range(*of), if *bytes { "bytes" } else { "packets" })
        }
        Condition::FlowAge(of) => format!("the flow is {} seconds old", range(*of)),
        Condition::VlanId { layer, range: of } => {
            let which = match layer {
                VlanLayer::Any => "a VLAN".to_owned(),
                VlanLayer::All => "each VLAN".to_owned(),
                VlanLayer::At(place) => format!("the VLAN of layer {place}"),
            };
            format!("{which} is {}", range(*of))
        }
        Condition::VlanLayers(of) => format!("there are {} VLANs", range(*of)),
        Condition::RemoteCall { program, .. } => format!("it is a call of RPC program {program}"),
        Condition::SourceOrDestination(_, ends) => format!("{} is in a list of addresses", ends_of(*ends)),
        _ => "something".to_owned(),
    }
}

fn ends_of(ends: Ends) -> &'static str {
    match ends {
        Ends::Source => "the source",
        Ends::Destination => "the destination",
        Ends::Any => "source or destination",
        Ends::Both => "each of source and destination",
    }
}

fn mode_of(mode: FlagMode) -> &'static str {
    match mode {
        FlagMode::Exactly => "exactly these",
        FlagMode::All => "all",
        FlagMode::Any => "one",
        FlagMode::None => "none",
    }
}

fn letters(flags: u8) -> String {
    match flags {
        0 => "none".to_owned(),
        flags => {
            TCP_FLAGS.iter().enumerate().filter(|(bit, _)| flags >> bit & 1 == 1).map(|(_, letter)| letter).collect()
        }
    }
}

fn number_of(number: Number) -> &'static str {
    match number {
        Number::Ttl => "the time to live",
        Number::Tos => "the type of service",
        Number::Identification => "the IPv4 identification",
        Number::FragmentOffset => "the fragment's place",
        Number::Sequence => "the sequence number",
        Number::Acknowledgement => "the acknowledgement number",
        Number::Window => "the window",
        Number::Mss => "the greatest segment size",
        Number::WindowScale => "the window scale",
        Number::IcmpType => "the ICMP type",
        Number::IcmpCode => "the ICMP code",
        Number::IcmpId => "the ICMP identifier",
        Number::IcmpSequence => "the ICMP sequence number",
        Number::IcmpV6Mtu => "the ICMPv6 MTU",
    }
}

/// What must have been remembered.
pub(super) fn wanted(step: &ValueStep, names: &Names) -> Option<String> {
    let name = |place: u32| named(names, place);
    Some(match step {
        ValueStep::IsSet(bits) => format!("the flow has the bit {}", any_of(bits, names)),
        ValueStep::IsNotSet(bits) => format!("the flow has not the bit {}", any_of(bits, names)),
        ValueStep::Compare(of, comparison, value) => {
            format!("the flow's number {} is {} {}", name(*of), sign(*comparison), operand(*value, names))
        }
        ValueStep::HasNumber(of, true) => format!("the flow has a number {}", name(*of)),
        ValueStep::HasNumber(of, false) => format!("the flow has no number {}", name(*of)),
        ValueStep::Host { bit, action: HostAction::IsSet, .. } => format!("the host has the bit {}", name(*bit)),
        ValueStep::Host { bit, action: HostAction::IsNotSet, .. } => format!("the host has not the bit {}", name(*bit)),
        ValueStep::Transaction { bit, action: HostAction::IsSet } => {
            format!("the transaction has the bit {}", name(*bit))
        }
        ValueStep::Transaction { bit, action: HostAction::IsNotSet } => {
            format!("the transaction has not the bit {}", name(*bit))
        }
        _ => return None,
    })
}

/// What is remembered of a match.
pub(super) fn done(step: &ValueStep, names: &Names) -> Option<String> {
    let name = |place: u32| named(names, place);
    Some(match step {
        ValueStep::Set(bit) => format!("the flow gets the bit {}", name(*bit)),
        ValueStep::Unset(bit) => format!("the flow loses the bit {}", name(*bit)),
        ValueStep::Toggle(bit) => format!("the flow's bit {} is turned", name(*bit)),
        ValueStep::Assign(of, value) => format!("the flow's number {} becomes {}", name(*of), operand(*value, names)),
        ValueStep::Add(of, value) => format!("the flow's number {} grows by {}", name(*of), operand(*value, names)),
        ValueStep::Subtract(of, value) => {
            format!("the flow's number {} shrinks by {}", name(*of), operand(*value, names))
        }
        ValueStep::Host { bit, action: HostAction::Set, seconds, .. } => {
            format!("the host gets the bit {} for {seconds} s", name(*bit))
        }
        ValueStep::Host { bit, action: HostAction::Unset, .. } => format!("the host loses the bit {}", name(*bit)),
        ValueStep::Host { bit, action: HostAction::Toggle, .. } => format!("the host's bit {} is turned", name(*bit)),
        ValueStep::Transaction { bit, action: HostAction::Set } => {
            format!("the transaction gets the bit {}", name(*bit))
        }
        ValueStep::Transaction { bit, action: HostAction::Unset } => {
            format!("the transaction loses the bit {}", name(*bit))
        }
        ValueStep::Transaction { bit, action: HostAction::Toggle } => {
            format!("the transaction's bit {} is turned", name(*bit))
        }
        _ => return None,
    })
}

fn named(names: &Names, place: u32) -> String {
    names.name(place).map_or_else(|| place.to_string(), |name| name.to_string())
}

fn any_of(bits: &[u32], names: &Names) -> String {
    bits.iter().map(|bit| named(names, *bit)).collect::<Vec<_>>().join(" or ")
}

fn operand(operand: Operand, names: &Names) -> String {
    match operand {
        Operand::Fixed(number) => number.to_string(),
        Operand::Named(place) => named(names, place),
    }
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "below",
        Comparison::LessOrEqual => "at most",
        Comparison::Greater => "above",
        Comparison::GreaterOrEqual => "at least",
        Comparison::Equal => "equal to",
        Comparison::And => "sharing a bit with",
        Comparison::Or => "other than",
    }
}
