//! A rule as it is run.

use super::{About, Action, Threshold, Track};
use crate::inspect::{Check, NumberTest, Range};
use applayer::{Field, Stage};
use model::packet::{AnomalyLayer, Side};
use std::net::IpAddr;
use std::sync::Arc;

/// What a rule is looked at with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The first packet of each direction of a flow: only addresses and the protocol matter.
    FlowOnce,
    /// Every packet, with the payload it has.
    Packet,
    /// Bytes of TCP streams as they come, and packets that are in none.
    Stream,
    /// Both of these.
    PacketAndStream,
    /// Packets of flows whose protocol is known.
    Protocol,
    /// Transactions.
    Transaction,
    /// Frames of an application.
    Frame,
}

/// Which packets a rule is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Header {
    /// IP protocols; empty for all.
    pub protocols: Vec<u8>,
    /// 4 or 6 where only that version counts.
    pub version: Option<u8>,
    /// Application protocols by their names in EVE; empty for all.
    pub applications: Vec<&'static str>,
    /// Who sends.
    pub source: Addresses,
    /// From which ports.
    pub source_ports: Ports,
    /// Who receives.
    pub destination: Addresses,
    /// On which ports.
    pub destination_ports: Ports,
    /// Does it also count the other way round?
    pub is_bidirectional: bool,
}

/// Addresses from one to another, in order and apart; none for all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Addresses {
    /// The first and the last of each range; IPv4 as v4-mapped IPv6.
    ranges: Option<Arc<[(u128, u128)]>>,
}

/// Ports from one to another, in order and apart; none for all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ports {
    ranges: Option<Arc<[(u16, u16)]>>,
}

/// An address as a number: IPv4 as v4-mapped IPv6.
pub fn number_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn is_in<T: PartialOrd + Copy>(ranges: &[(T, T)], value: T) -> bool {
    let place = ranges.partition_point(|(_, last)| *last < value);
    ranges.get(place).is_some_and(|(first, _)| *first <= value)
}

/// Puts ranges in order, and those that touch together.
fn merged<T: Ord + Copy>(mut ranges: Vec<(T, T)>) -> Vec<(T, T)> {
    ranges.sort_unstable();
    let mut out: Vec<(T, T)> = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match out.last_mut() {
            Some(before) if first <= before.1 => before.1 = before.1.max(last),
            _ => out.push((first, last)),
        }
    }
    out
}

impl Addresses {
    /// These ranges.
    pub fn of(ranges: Vec<(u128, u128)>) -> Addresses {
        Addresses { ranges: Some(merged(ranges).into()) }
    }

    /// Every address.
    pub const fn any() -> Addresses {
        Addresses { ranges: None }
    }

    /// Is it every address?
    pub const fn is_any(&self) -> bool {
        self.ranges.is_none()
    }

    /// The ranges; none where it is every address.
    pub fn ranges(&self) -> &[(u128, u128)] {
        self.ranges.as_deref().unwrap_or_default()
    }

    /// How many they are.
    pub fn size(&self) -> u128 {
        match &self.ranges {
            None => u128::MAX,
            Some(ranges) => ranges.iter().fold(0, |sum, (first, last)| last.saturating_sub(*first).saturating_add(sum)),
        }
    }

    /// All that are none of them.
    #[must_use]
    pub fn others(&self) -> Addresses {
        let Some(ranges) = &self.ranges else { return Addresses::of(Vec::new()) };
        let (mut others, mut next) = (Vec::new(), Some(0));
        for (first, last) in ranges.iter() {
            others.extend(next.filter(|next| next < first).map(|next| (next, first - 1)));
            next = last.checked_add(1);
        }
        others.extend(next.map(|next| (next, u128::MAX)));
        Addresses::of(others)
    }

    /// Is this one of them?
    pub fn contains(&self, address: IpAddr) -> bool {
        self.ranges.as_ref().is_none_or(|ranges| is_in(ranges, number_of(address)))
    }
}

impl Ports {
    /// These ranges.
    pub fn of(ranges: Vec<(u16, u16)>) -> Ports {
        Ports { ranges: Some(merged(ranges).into()) }
    }

    /// Every port.
    pub const fn any() -> Ports {
        Ports { ranges: None }
    }

    /// Is it every port?
    pub const fn is_any(&self) -> bool {
        self.ranges.is_none()
    }

    /// The ranges; none where it is every port.
    pub fn ranges(&self) -> &[(u16, u16)] {
        self.ranges.as_deref().unwrap_or_default()
    }

    /// Is this one of them? What has no port is in all of them only.
    pub fn contains(&self, port: Option<u16>) -> bool {
        match (&self.ranges, port) {
            (None, _) => true,
            (Some(ranges), Some(port)) => is_in(ranges, port),
            (Some(_), None) => false,
        }
    }
}

/// What a rule says of a packet or its flow, besides bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// `flow:to_server`, `to_client`: who sent it.
    Sender(Side),
    /// `flow:established`, `not_established`.
    Established(bool),
    /// `flow:stateless` and the rest that is always so; or never.
    Always(bool),
    /// `dsize`
    PayloadBytes(Range),
    /// `tcp.flags`: those that are set, which bits count, and how.
    TcpFlags {
        /// These.
        flags: u8,
        /// Bits that do not count.
        ignored: u8,
        /// How they are compared.
        mode: FlagMode,
    },
    /// A number of a header.
    Number(Number, Range),
    /// `ip_proto`
    IpProtocol(Range),
    /// `sameip`
    SameIp,
    /// `fragbits`
    FragmentBits {
        /// Reserved 4, do not fragment 2, more fragments 1.
        bits: u8,
        /// How they are compared.
        mode: FlagMode,
    },
    /// `ipopts`: an IPv4 option of this kind; none for any.
    IpOption(Option<u8>),
    /// `decode-event`, `stream-event`, `app-layer-event`.
    Event(AnomalyLayer, Box<str>),
    /// `app-layer-protocol`: what is spoken, and of which side that counts.
    Application {
        /// A name in EVE, `failed` or `unknown`.
        name: Box<str>,
        /// Must it be another?
        is_negated: bool,
        /// Which protocol of the flow is meant.
        which: WhichApplication,
    },
    /// `stream_size`: bytes that sides have sent.
    StreamBytes {
        /// Whose; none for either.
        sender: Option<Side>,
        /// Do both have to fulfil it?
        both: bool,
        /// How many.
        range: Range,
    },
    /// `flow.pkts`, `flow.bytes`: what a side has sent; `None` for both together.
    FlowCount {
        /// Whose.
        sender: Option<Side>,
        /// Must either of them fulfil it by itself?
        either: bool,
        /// Bytes, not packets?
        bytes: bool,
        /// How many.
        range: Range,
    },
    /// `flow.age`, in seconds.
    FlowAge(Range),
    /// `vlan.id`
    VlanId {
        /// Which.
        layer: VlanLayer,
        /// Its id.
        range: Range,
    },
    /// `vlan.layers`
    VlanLayers(Range),
    /// `rpc`: a call of ONC RPC (RFC 5531).
    RemoteCall {
        /// Of this program.
        program: u32,
        /// Its version; none for any.
        version: Option<u32>,
        /// Its procedure; none for any.
        procedure: Option<u32>,
    },
    /// `geoip`, `iprep`: what others say of addresses, as those of which it is said.
    SourceOrDestination(Addresses, Ends),
}

/// Which VLANs of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VlanLayer {
    /// One of them.
    Any,
    /// Each of them, and there is one.
    All,
    /// The one at this place, from the outermost; negative from the innermost.
    At(i8),
}

/// Which protocol of a flow is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichApplication {
    /// The one that the sender's bytes show.
    Sender,
    /// The one that is spoken.
    Final,
    /// The one that a side's bytes show.
    Side(Side),
    /// What either side's bytes show.
    Either,
    /// The one that it began with.
    Original,
}

/// Which ends of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// The sender.
    Source,
    /// The receiver.
    Destination,
    /// One of them.
    Any,
    /// Both.
    Both,
}

/// How bits are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagMode {
    /// These and no others.
    Exactly,
    /// These and maybe others.
    All,
    /// One of them.
    Any,
    /// None of them.
    None,
}

/// Numbers of headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named as its keyword")]
pub enum Number {
    Ttl,
    Tos,
    Identification,
    FragmentOffset,
    Sequence,
    Acknowledgement,
    Window,
    Mss,
    WindowScale,
    IcmpType,
    IcmpCode,
    IcmpId,
    IcmpSequence,
    IcmpV6Mtu,
}

/// Where bytes of a rule's part come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// A part of a transaction.
    Field(Field),
    /// `http.request_body`, `http.response_body`: the body of a side.
    Body,
    /// `file.data`: a file's bytes.
    FileData,
    /// `file.name`
    FileName,
    /// `file.magic`: what kind of file it is.
    FileMagic,
    /// `filesize`
    FileSize,
    /// `filemd5`, `filesha1`, `filesha256`: the hash of a whole file.
    FileHash(HashKind),
    /// `frame`: a piece of what a side sends, by its name.
    Frame(&'static str),
    /// What `base64_decode` decoded.
    Decoded,
    /// The payload of the packet, or the stream.
    Payload,
    /// Headers of the packet.
    Header(HeaderPlace),
    /// The address of the sender.
    SourceAddress,
    /// The address of the receiver.
    DestinationAddress,
}

impl Place {
    /// Can `absent` be said of it? Headers of packets and the names in DNS are only looked at where they are.
    pub(super) const fn may_be_absent(self) -> bool {
        use applayer::Field::*;
        match self {
            Place::Header(_) | Place::SourceAddress | Place::DestinationAddress => false,
            Place::Field(field) => !matches!(
                field,
                DnsQuery
                    | DnsQueriesName
                    | DnsAnswerName
                    | DnsAnswersName
                    | DnsAuthoritiesName
                    | DnsAdditionalsName
                    | DnsResponseName
            ),
            _ => true,
        }
    }
}

/// Hashes of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is named as it is known")]
pub enum HashKind {
    Md5,
    Sha1,
    Sha256,
}

/// Headers that rules look into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is named as its keyword")]
pub enum HeaderPlace {
    Ipv4,
    Ipv6,
    Tcp,
    Udp,
    IcmpV4,
    IcmpV6,
}

/// What a rule says of one buffer.
pub struct Part {
    /// Which.
    pub place: Place,
    /// Whose; none where the rule's direction says it.
    pub sender: Option<Side>,
    /// What is done with the bytes before they are looked at.
    pub transforms: Vec<super::Transform>,
    /// What they must fulfil.
    pub test: Test,
}

/// What bytes, or a number, must fulfil.
pub enum Test {
    /// All of these, of one buffer.
    Checks(Vec<Check>),
    /// It is such a number.
    Number(NumberTest),
    /// It is an address, and not the sender's.
    Foreign,
    /// There is none; or there is none, or it fulfils these.
    Absent(Option<Vec<Check>>),
}

/// Which files a rule keeps (`filestore`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Storing {
    /// Whose; none where the rule's direction says it.
    pub senders: Option<[bool; 2]>,
    /// Which of theirs.
    pub scope: StoringScope,
}

/// How far what a rule keeps reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoringScope {
    /// The file that it has matched.
    File,
    /// All files of the transaction.
    Transaction,
    /// All files of the flow from here on.
    Flow,
}

/// Reads and writes of named values. Reads come first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueStep {
    /// `flowbits:isset`: one of these is set.
    IsSet(Vec<u32>),
    /// `flowbits:isnotset`: none of these is.
    IsNotSet(Vec<u32>),
    /// `flowbits:set`
    Set(u32),
    /// `flowbits:unset`
    Unset(u32),
    /// `flowbits:toggle`
    Toggle(u32),
    /// `flowint`: a comparison.
    Compare(u32, crate::inspect::Comparison, Operand),
    /// `flowint:isset`, `notset`.
    HasNumber(u32, bool),
    /// `flowint`: a number is set.
    Assign(u32, Operand),
    /// `flowint:+`
    Add(u32, Operand),
    /// `flowint:-`
    Subtract(u32, Operand),
    /// `xbits`, `hostbits`
    Host {
        /// The bit.
        bit: u32,
        /// What is done with it.
        action: HostAction,
        /// Whose.
        track: Track,
        /// For how long.
        seconds: u32,
    },
    /// `xbits` with `track tx`
    Transaction {
        /// The bit.
        bit: u32,
        /// What is done with it.
        action: HostAction,
    },
}

/// A number, or a flow's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// This one.
    Fixed(u32),
    /// That of this name.
    Named(u32),
}

/// What is done with a host's bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named as its keyword")]
pub enum HostAction {
    IsSet,
    IsNotSet,
    Set,
    Unset,
    Toggle,
}

/// `config`: what is not logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlogged {
    /// The transaction.
    Transaction,
    /// Transactions of the flow, this and those that follow.
    Transactions,
    /// The flow.
    Flow,
}

/// `tag`: how many more packets of whom are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Of the whole flow, or of a host?
    pub host: Option<Ends>,
    /// Packets at most.
    pub packets: Option<u32>,
    /// Seconds at most.
    pub seconds: Option<u32>,
    /// Bytes at most.
    pub bytes: Option<u64>,
}

/// A rule, ready to be run.
pub struct Compiled {
    /// What it says of itself.
    pub about: Arc<About>,
    /// What it is looked at with.
    pub scope: Scope,
    /// Which packets it is for.
    pub header: Header,
    /// What they and their flow must be.
    pub conditions: Vec<Condition>,
    /// What the payload must fulfil.
    pub payload: Vec<Check>,
    /// What buffers must fulfil.
    pub parts: Vec<Part>,
    /// Who sends what it looks at in a transaction; none for either.
    pub sender: Option<Side>,
    /// How far a side must have come.
    pub stage: Stage,
    /// Bits and numbers.
    pub values: Vec<ValueStep>,
    /// Which matches become alerts.
    pub thresholds: Vec<Threshold>,
    /// Whose matches are not told, though they do what the rule says.
    pub suppressions: Vec<(Ends, Addresses)>,
    /// Is nothing told (`noalert`)?
    pub is_silent: bool,
    /// Is a match told though the rule passes (`alert`)?
    pub is_told: bool,
    /// Is nothing more of the flow looked at (`bypass`)?
    pub bypasses: bool,
    /// What more is told.
    pub tags: Vec<Tag>,
    /// What is not logged.
    pub unlogged: Option<Unlogged>,
    /// Which files are kept.
    pub storing: Option<Storing>,
}

impl Compiled {
    /// Does it match when it is known what is spoken (`app-layer-protocol`), and looks at nothing else?
    pub(super) fn recognises(&self) -> bool {
        let is_of_application = |condition: &Condition| matches!(condition, Condition::Application { .. });
        self.scope == Scope::Protocol && self.conditions.iter().any(is_of_application)
    }

    /// The frame that it looks into, if it looks into one.
    pub(super) fn frame(&self) -> Option<&'static str> {
        self.parts.iter().find_map(|part| match part.place {
            Place::Frame(name) => Some(name),
            _ => None,
        })
    }

    /// What a match does.
    pub fn action(&self) -> Action {
        self.about.action
    }

    /// All that bytes must fulfil, whatever their place.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        let of_parts = self.parts.iter().flat_map(|part| match &part.test {
            Test::Checks(checks) | Test::Absent(Some(checks)) => &checks[..],
            Test::Absent(None) | Test::Number(_) | Test::Foreign => &[],
        });
        self.payload.iter().chain(of_parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let number = |text: &str| number_of(text.parse().expect("address"));
        let addresses = Addresses::of(vec![
            (number("10.0.0.0"), number("10.0.0.9")),
            (number("10.0.0.5"), number("10.0.0.20")),
            (number("2001:db8::"), number("2001:db8::ff")),
        ]);
        for (address, expected) in
            [("10.0.0.0", true), ("10.0.0.15", true), ("10.0.0.21", false), ("2001:db8::1", true)]
        {
            assert_eq!(addresses.contains(address.parse().expect("address")), expected, "{address}");
        }
        assert!(Addresses::any().contains(IpAddr::from([1, 2, 3, 4])));
        assert!(addresses.others().contains(IpAddr::from([10, 0, 0, 21])) && addresses.others().others() == addresses);
        assert_eq!(Addresses::any().others().others().ranges(), [(0, u128::MAX)]);
        let ports = Ports::of(vec![(80, 90), (443, 443)]);
        assert_eq!([80, 90, 91, 443].map(|port| ports.contains(Some(port))), [true, true, false, true]);
        assert!(!ports.contains(None) && Ports::any().contains(None));
    }
}
