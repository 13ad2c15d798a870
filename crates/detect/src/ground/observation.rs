//! From a row of `flows` to a record of a client and a server.

use super::direction::{Clues, ICMP, ICMP6, Opener, PORTED, TCP, UDP, opener, question};
use super::record::{Record, Sign};
use arrow_array::types::{Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use enrich::AddressClass;
use model::{FieldIndex, FlowField as F};
use std::net::IpAddr;
use table::read::{Addresses, Ip, Numbers, Texts, inline_view};

/// Protocols by which people log in, as sensors name them.
const LOGIN_PROTOCOLS: &[&str] = &["ssh", "rdp", "telnet", "vnc", "ftp", "rfb", "mysql", "postgresql", "smb", "ntlm"];
/// The columns that are read.
pub(super) const WANTED: &[F] = &[
    F::TimeStart,
    F::TimeEnd,
    F::SrcIp,
    F::DstIp,
    F::SrcPort,
    F::DstPort,
    F::IpProto,
    F::TcpFlags,
    F::RevTcpFlags,
    F::TcpFlagsScope,
    F::Packets,
    F::Bytes,
    F::RevPackets,
    F::RevBytes,
    F::SamplingRate,
    F::Verdict,
    F::Direction,
    F::Initiator,
    F::Provider,
    F::Vantage,
    F::IfType,
    F::AccountId,
    F::Region,
    F::VpcId,
    F::SrcIpIf,
    F::DstIpIf,
    F::IcmpType,
    F::TcpHistory,
    F::AppProtocol,
    F::LostNoRoute,
    F::LostBlackhole,
    F::LostMtu,
    F::LostTtl,
];

/// Packets that a router lost, and what that shows.
const LOSSES: [(F, Sign); 4] = [
    (F::LostNoRoute, Sign::NO_ROUTE),
    (F::LostBlackhole, Sign::NO_ROUTE),
    (F::LostMtu, Sign::TOO_LARGE),
    (F::LostTtl, Sign::TTL_EXPIRED),
];

/// One row, seen from the client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Observation {
    pub(super) client: IpAddr,
    pub(super) server: IpAddr,
    pub(super) proto: u8,
    /// The server's port; of ICMP the type of the question.
    pub(super) port: u16,
    /// Are client and server no hosts of the internet?
    pub(super) is_here: (bool, bool),
    pub(super) record: Record,
}

/// Stands for null: no counter, port or time of a record is negative.
const ABSENT: i64 = -1;
/// No sampling rate is negative either.
const NO_RATE: f64 = -1.0;

/// The columns of a batch.
pub(super) struct Rows<'a> {
    start: Numbers<i64>,
    end: Numbers<i64>,
    src: Addresses<'a>,
    dst: Addresses<'a>,
    /// Addresses of the interface, where they are others than those of the packet.
    src_if: Addresses<'a>,
    dst_if: Addresses<'a>,
    src_port: Numbers<i32>,
    dst_port: Numbers<i32>,
    proto: Numbers<i32>,
    flags: Numbers<i32>,
    rev_flags: Numbers<i32>,
    scope: Texts<'a>,
    packets: Numbers<i64>,
    bytes: Numbers<i64>,
    rev_packets: Numbers<i64>,
    rev_bytes: Numbers<i64>,
    sampling: Numbers<f64>,
    verdict: Texts<'a>,
    direction: Texts<'a>,
    initiator: Texts<'a>,
    provider: Texts<'a>,
    vantage: Texts<'a>,
    if_type: Texts<'a>,
    icmp_type: Numbers<i32>,
    history: Texts<'a>,
    app: Texts<'a>,
    /// Only few sources tell of losses.
    losses: Vec<(Numbers<i64>, Sign)>,
}

/// A number that is there and no nonsense.
#[inline]
fn small(numbers: &Numbers<i32>, row: usize) -> Option<u64> {
    u64::try_from(numbers.at(row)).ok()
}

#[inline]
fn large(numbers: &Numbers<i64>, row: usize) -> Option<u64> {
    u64::try_from(numbers.at(row)).ok()
}

/// Is the column there?
fn has_values(batch: &RecordBatch, field: F) -> bool {
    batch.column_by_name(field.field().name).is_some_and(|column| column.null_count() < column.len())
}

impl<'a> Rows<'a> {
    /// The columns of a batch; those that are missing are null.
    pub(super) fn of(batch: &'a RecordBatch) -> Rows<'a> {
        let small = |field: F| Numbers::of::<Int32Type>(batch, field, ABSENT as i32);
        let large = |field: F| Numbers::of::<Int64Type>(batch, field, ABSENT);
        let text = |field: F| Texts::of(batch, field);
        let address = |field: F| Addresses::of(batch, field);
        Rows {
            start: Numbers::times(batch, F::TimeStart),
            end: Numbers::times(batch, F::TimeEnd),
            src: address(F::SrcIp),
            dst: address(F::DstIp),
            src_if: address(F::SrcIpIf),
            dst_if: address(F::DstIpIf),
            src_port: small(F::SrcPort),
            dst_port: small(F::DstPort),
            proto: small(F::IpProto),
            flags: small(F::TcpFlags),
            rev_flags: small(F::RevTcpFlags),
            scope: text(F::TcpFlagsScope),
            packets: large(F::Packets),
            bytes: large(F::Bytes),
            rev_packets: large(F::RevPackets),
            rev_bytes: large(F::RevBytes),
            sampling: Numbers::of::<Float64Type>(batch, F::SamplingRate, NO_RATE),
            verdict: text(F::Verdict),
            direction: text(F::Direction),
            initiator: text(F::Initiator),
            provider: text(F::Provider),
            vantage: text(F::Vantage),
            if_type: text(F::IfType),
            icmp_type: small(F::IcmpType),
            history: text(F::TcpHistory),
            app: text(F::AppProtocol),
            losses: LOSSES
                .iter()
                .filter(|(field, _)| has_values(batch, *field))
                .map(|(field, sign)| (large(*field), *sign))
                .collect(),
        }
    }

    /// What a row shows; `None` if it has no time or an end is missing.
    pub(super) fn at(&self, row: usize) -> Option<Observation> {
        let (src, dst) = (self.src.at(row).address()?, self.dst.at(row).address()?);
        let start =
            large(&self.start, row).filter(|ns| *ns > 0).or_else(|| large(&self.end, row).filter(|ns| *ns > 0))?;
        let proto = small(&self.proto, row).map_or(255, |proto| proto as u8);
        let here = (is_here(src), is_here(dst));
        let clues = self.clues(row, proto, if here.0 == here.1 { src < dst } else { here.0 });
        let opener = opener(&clues);
        let is_forward = opener != Opener::Receiver;
        let counters = [&self.packets, &self.bytes, &self.rev_packets, &self.rev_bytes]
            .map(|counts| large(counts, row).unwrap_or(0));
        let [up_packets, up_bytes, down_packets, down_bytes] =
            if is_forward { counters } else { [counters[2], counters[3], counters[0], counters[1]] };
        let end = large(&self.end, row).unwrap_or(start).max(start);
        let port = match proto {
            ICMP | ICMP6 => clues.icmp_type.map_or(0, |kind| u16::from(question(proto, kind))),
            _ if is_forward => clues.dst_port,
            _ => clues.src_port,
        };
        let record = Record {
            start: seconds(start),
            duration_s: seconds(end) - seconds(start),
            client_port: match PORTED.contains(&proto) {
                false if large(&self.rev_packets, row).is_some() => within_second(start),
                _ if is_forward => clues.src_port,
                _ => clues.dst_port,
            },
            signs: self.signs(row, &clues, opener).with_if(src.is_ipv6() && dst.is_ipv6(), Sign::IPV6),
            up_packets: narrow(up_packets),
            down_packets: narrow(down_packets),
            up_bytes,
            down_bytes,
            one_of: self.one_of(row),
        };
        let (client, server) = if is_forward { (src, dst) } else { (dst, src) };
        let is_here = if is_forward { here } else { (here.1, here.0) };
        Some(Observation { client, server, proto, port, is_here, record })
    }

    fn clues(&self, row: usize, proto: u8, sender_by_address: bool) -> Clues<'a> {
        const PARTIAL: u128 = inline_view("partial_aws");
        const FROM_SENDER: u128 = inline_view("src");
        const FROM_RECEIVER: u128 = inline_view("dst");
        const NO_SCOPE: u128 = inline_view("none");
        let scope = self.scope.view(row);
        let has_flags = proto == TCP && scope != NO_SCOPE;
        Clues {
            proto,
            src_port: small(&self.src_port, row).map_or(0, |port| port as u16),
            dst_port: small(&self.dst_port, row).map_or(0, |port| port as u16),
            icmp_type: small(&self.icmp_type, row).map(|kind| kind as u8),
            flags: small(&self.flags, row).filter(|_| has_flags),
            rev_flags: small(&self.rev_flags, row).filter(|_| has_flags),
            ack_is_syn_ack: scope == PARTIAL,
            history: if proto == TCP { self.history.text(row) } else { "" },
            said: match self.initiator.view(row) {
                FROM_SENDER => Some(true),
                FROM_RECEIVER => Some(false),
                _ => None,
            },
            is_denied: self.is_denied(row),
            packets: large(&self.packets, row).unwrap_or(0),
            rev_packets: large(&self.rev_packets, row).unwrap_or(0),
            sender_by_address,
        }
    }

    fn is_denied(&self, row: usize) -> bool {
        const DENIED: u128 = inline_view("denied");
        const DROPPED: u128 = inline_view("dropped");
        matches!(self.verdict.view(row), DENIED | DROPPED)
    }

    fn signs(&self, row: usize, clues: &Clues<'_>, opener: Opener) -> Sign {
        const ALLOWED: u128 = inline_view("allowed");
        const AWS: u128 = inline_view("aws");
        const AZURE: u128 = inline_view("azure");
        const GCP: u128 = inline_view("gcp");
        let is_forward = opener != Opener::Receiver;
        let provider = self.provider.view(row);
        let is_cloud = [AWS, AZURE, GCP].contains(&provider);
        let (at_sender, at_receiver) = self.observed(row);
        let app = self.app.text(row);
        Sign::default()
            .with_if(clues.is_denied, Sign::DENIED)
            .with_if(self.verdict.view(row) == ALLOWED, Sign::ALLOWED)
            .with_if(opener == Opener::Nobody, Sign::NOTICE)
            .with_if(provider == GCP || self.is_sampled(row), Sign::SAMPLED)
            .with_if(large(&self.rev_packets, row).is_some() && !clues.is_denied, Sign::BOTH)
            .with_if(is_cloud, Sign::WINDOWED)
            .with_if(if is_forward { at_sender } else { at_receiver }, Sign::AT_CLIENT)
            .with_if(if is_forward { at_receiver } else { at_sender }, Sign::AT_SERVER)
            .with_if(!app.is_empty() && LOGIN_PROTOCOLS.iter().any(|login| app.contains(login)), Sign::LOGIN)
            | tcp_signs(clues, is_forward)
            | self.unreachable(row, clues)
            | self.lost(row)
    }

    /// What a router lost of it.
    fn lost(&self, row: usize) -> Sign {
        let losses = self.losses.iter().filter(|(packets, _)| large(packets, row).is_some_and(|packets| packets > 0));
        losses.fold(Sign::default(), |signs, (_, sign)| signs | *sign)
    }

    /// Datagrams that nothing but an ICMP error came back for were refused.
    fn unreachable(&self, row: usize, clues: &Clues<'_>) -> Sign {
        /// Destination unreachable, of ICMPv6 and ICMP (RFC 4443, 792).
        const UNREACHABLE: [u8; 2] = [1, 3];
        /// An error for the first datagram and one more; whoever gets more speaks with somebody.
        const ERRORS_MAX: u64 = 2;
        let is_error = clues.icmp_type.is_some_and(|kind| UNREACHABLE.contains(&kind));
        let is_lone = large(&self.rev_packets, row).unwrap_or(0) <= ERRORS_MAX;
        Sign::default().with_if(clues.proto == UDP && is_error && is_lone, Sign::SERVER_RESET)
    }

    /// One packet of how many; 0 if the record does not say.
    fn one_of(&self, row: usize) -> u16 {
        self.sampling.get(row).map_or(0, |rate| rate.round() as u16)
    }

    fn is_sampled(&self, row: usize) -> bool {
        self.sampling.get(row).is_some_and(|rate| rate != 1.0)
    }

    /// Was it observed at its sender, at its receiver? Whoever passes on what others send is neither.
    fn observed(&self, row: usize) -> (bool, bool) {
        const EGRESS: u128 = inline_view("egress");
        const INGRESS: u128 = inline_view("ingress");
        let (at_sender, at_receiver) = match self.direction.view(row) {
            EGRESS => (true, false),
            INGRESS => (false, true),
            _ => return (false, false),
        };
        let is_other = |column: &Addresses<'_>| column.at(row) != Ip::Absent;
        let is_between = self.is_between(row) || is_other(if at_sender { &self.src_if } else { &self.dst_if });
        (at_sender && !is_between, at_receiver && !is_between)
    }

    /// Did a gateway make it, or a host of machines?
    fn is_between(&self, row: usize) -> bool {
        const BETWEEN: [u128; 3] = [inline_view("middle"), inline_view("src_gateway"), inline_view("dst_gateway")];
        /// Interfaces that translate or pass on what others send.
        const GATEWAYS: [&str; 4] =
            ["nat_gateway", "regional_nat_gateway", "transit_gateway", "gateway_load_balancer_endpoint"];
        BETWEEN.contains(&self.vantage.view(row))
            || !self.if_type.is_absent() && GATEWAYS.contains(&self.if_type.text(row))
    }
}

/// What the flags and the history say of both sides.
fn tcp_signs(clues: &Clues<'_>, is_forward: bool) -> Sign {
    const SYN: u64 = 0x02;
    const RST: u64 = 0x04;
    let (flags, rev) = (clues.flags.unwrap_or(0), clues.rev_flags.unwrap_or(0));
    let (client, server) = if is_forward { (flags, rev) } else { (rev, flags) };
    let has = |letter: char| clues.history.contains(letter);
    let (client_data, server_data) = if is_forward { ('D', 'd') } else { ('d', 'D') };
    Sign::default()
        .with_if(client & SYN != 0, Sign::SYN)
        .with_if(server & SYN != 0, Sign::SYN_ACK)
        .with_if(server & RST != 0, Sign::SERVER_RESET)
        .with_if(client & RST != 0, Sign::CLIENT_RESET)
        .with_if(!clues.history.is_empty(), Sign::HAS_HISTORY)
        .with_if(has(client_data), Sign::CLIENT_DATA)
        .with_if(has(server_data), Sign::SERVER_DATA)
}

/// Which share a pair of ends belongs to, whichever of them is the client.
pub(super) fn pair_hash(a: IpAddr, b: IpAddr) -> u64 {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    };
    match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => pair_hash_v4(a.to_bits(), b.to_bits()),
        _ => {
            let (low, high) = (bits(a).min(bits(b)), bits(a).max(bits(b)));
            let words = [low as u64, (high >> 64) as u64, high as u64];
            words.iter().fold((low >> 64) as u64, |hash, word| mix(hash, *word))
        }
    }
}

#[inline]
fn pair_hash_v4(a: u32, b: u32) -> u64 {
    mix(u64::from(a.min(b)), u64::from(a.max(b)))
}

/// Folds the 128-bit product of two numbers: the step of wyhash.
#[inline]
pub(super) fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0x9e37_79b9_7f4a_7c15) * u128::from(b ^ 0xd6e8_feb8_6659_fd93);
    product as u64 ^ (product >> 64) as u64
}

/// Is it no host of the internet?
pub(super) fn is_here(address: IpAddr) -> bool {
    use AddressClass as C;
    matches!(
        AddressClass::of_ip(address),
        C::Private
            | C::CarrierNat
            | C::Loopback
            | C::LinkLocal
            | C::UniqueLocal
            | C::Unspecified
            | C::Multicast
            | C::Broadcast
    )
}

/// What tells two records of one second apart that have no ports, in units of 16 us.
fn within_second(ns: u64) -> u16 {
    (ns % 1_000_000_000 / 16_000) as u16
}

fn seconds(ns: u64) -> u32 {
    narrow(ns / 1_000_000_000)
}

fn narrow(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
