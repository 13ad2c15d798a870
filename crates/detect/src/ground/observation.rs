//! From a row of `flows` to a record of a client and a server.

use super::direction::{Clues, ICMP, ICMP6, Opener, TCP, opener, question};
use super::record::{Record, Sign};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, Float64Array, RecordBatch};
use enrich::AddressClass;
use model::{FieldIndex, FlowField as F};
use std::net::IpAddr;
use table::{Addresses, Ip, Numbers, Texts, inline_view};

/// Protocols by which people log in, as sensors name them.
const LOGIN_PROTOCOLS: &[&str] = &["ssh", "rdp", "telnet", "vnc", "ftp", "rfb", "mysql", "postgresql", "smb", "ntlm"];
/// Words of the vocabularies, as their views.
const GCP: u128 = inline_view("gcp");
const CLOUDS: [u128; 3] = [inline_view("aws"), inline_view("azure"), GCP];
const EGRESS: u128 = inline_view("egress");
const INGRESS: u128 = inline_view("ingress");
const NO_FLAGS: u128 = inline_view("none");

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
    F::IcmpType,
    F::TcpHistory,
    F::AppProtocol,
];

/// One row, seen from the client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Observation {
    pub(super) client: IpAddr,
    pub(super) server: IpAddr,
    pub(super) proto: u8,
    /// The server's port; of ICMP the type of the question.
    pub(super) port: u16,
    pub(super) record: Record,
}

/// The columns of a batch.
pub(super) struct Rows<'a> {
    start: Numbers<i64>,
    end: Numbers<i64>,
    src: Addresses<'a>,
    dst: Addresses<'a>,
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
    sampling: Option<&'a Float64Array>,
    verdict: Texts<'a>,
    direction: Texts<'a>,
    initiator: Texts<'a>,
    provider: Texts<'a>,
    icmp_type: Numbers<i32>,
    history: Texts<'a>,
    app: Texts<'a>,
}

impl<'a> Rows<'a> {
    /// The columns of a batch; those that are missing are null.
    pub(super) fn of(batch: &'a RecordBatch) -> Rows<'a> {
        let narrow = |field| Numbers::of::<Int32Type>(batch, field, -1);
        let wide = |field| Numbers::of::<Int64Type>(batch, field, -1);
        let text = |field| Texts::of(batch, field);
        Rows {
            start: Numbers::times(batch, F::TimeStart),
            end: Numbers::times(batch, F::TimeEnd),
            src: Addresses::of(batch, F::SrcIp),
            dst: Addresses::of(batch, F::DstIp),
            src_port: narrow(F::SrcPort),
            dst_port: narrow(F::DstPort),
            proto: narrow(F::IpProto),
            flags: narrow(F::TcpFlags),
            rev_flags: narrow(F::RevTcpFlags),
            scope: text(F::TcpFlagsScope),
            packets: wide(F::Packets),
            bytes: wide(F::Bytes),
            rev_packets: wide(F::RevPackets),
            rev_bytes: wide(F::RevBytes),
            sampling: batch
                .column_by_name(F::SamplingRate.field().name)
                .and_then(|column| column.as_primitive_opt::<Float64Type>()),
            verdict: text(F::Verdict),
            direction: text(F::Direction),
            initiator: text(F::Initiator),
            provider: text(F::Provider),
            icmp_type: narrow(F::IcmpType),
            history: text(F::TcpHistory),
            app: text(F::AppProtocol),
        }
    }

    /// The share of pairs that a row's two ends belong to: the same whichever sent. `None` if an end is missing.
    #[inline]
    pub(super) fn pair_hash(&self, row: usize) -> Option<u64> {
        match (self.src.at(row), self.dst.at(row)) {
            (Ip::V4(a), Ip::V4(b)) => Some(pair_hash_v4(a, b)),
            (a, b) => Some(pair_hash(a.address()?, b.address()?)),
        }
    }

    /// What a row shows; `None` if it has no time or an end is missing.
    pub(super) fn at(&self, row: usize) -> Option<Observation> {
        let (src, dst) = (self.src.at(row).address()?, self.dst.at(row).address()?);
        let end = self.end.count(row).filter(|ns| *ns > 0);
        let start = self.start.count(row).filter(|ns| *ns > 0).or(end)?;
        let proto = self.proto.count(row).map_or(255, |proto| proto as u8);
        let clues = self.clues(row, proto, src, dst);
        let opener = opener(&clues);
        let is_forward = opener != Opener::Receiver;
        let counters =
            [&self.packets, &self.bytes, &self.rev_packets, &self.rev_bytes].map(|c| c.count(row).unwrap_or(0));
        let [up_packets, up_bytes, down_packets, down_bytes] =
            if is_forward { counters } else { [counters[2], counters[3], counters[0], counters[1]] };
        let end = end.unwrap_or(start).max(start);
        let port = match proto {
            ICMP | ICMP6 => clues.icmp_type.map_or(0, |kind| u16::from(question(proto, kind))),
            _ if is_forward => clues.dst_port,
            _ => clues.src_port,
        };
        let record = Record {
            start: seconds(start),
            duration_s: seconds(end) - seconds(start),
            client_port: if is_forward { clues.src_port } else { clues.dst_port },
            signs: self.signs(row, &clues, opener),
            up_packets: narrow(up_packets),
            down_packets: narrow(down_packets),
            up_bytes,
            down_bytes,
        };
        let (client, server) = if is_forward { (src, dst) } else { (dst, src) };
        Some(Observation { client, server, proto, port, record })
    }

    fn clues(&self, row: usize, proto: u8, src: IpAddr, dst: IpAddr) -> Clues<'a> {
        const PARTIAL: u128 = inline_view("partial_aws");
        const FROM_SENDER: u128 = inline_view("src");
        const FROM_RECEIVER: u128 = inline_view("dst");
        let scope = self.scope.view(row);
        let has_flags = proto == TCP && scope != NO_FLAGS;
        Clues {
            proto,
            src_port: self.src_port.count(row).map_or(0, |port| port as u16),
            dst_port: self.dst_port.count(row).map_or(0, |port| port as u16),
            icmp_type: self.icmp_type.count(row).map(|kind| kind as u8),
            flags: self.flags.count(row).filter(|_| has_flags),
            rev_flags: self.rev_flags.count(row).filter(|_| has_flags),
            ack_is_syn_ack: scope == PARTIAL,
            history: if proto == TCP { self.history.text(row) } else { "" },
            said: match self.initiator.view(row) {
                FROM_SENDER => Some(true),
                FROM_RECEIVER => Some(false),
                _ => None,
            },
            is_denied: self.is_denied(row),
            packets: self.packets.count(row).unwrap_or(0),
            rev_packets: self.rev_packets.count(row).unwrap_or(0),
            sender_by_address: if is_here(src) == is_here(dst) { src < dst } else { is_here(src) },
        }
    }

    fn is_denied(&self, row: usize) -> bool {
        const DENIED: u128 = inline_view("denied");
        const DROPPED: u128 = inline_view("dropped");
        matches!(self.verdict.view(row), DENIED | DROPPED)
    }

    fn signs(&self, row: usize, clues: &Clues<'_>, opener: Opener) -> Sign {
        const ALLOWED: u128 = inline_view("allowed");
        let is_forward = opener != Opener::Receiver;
        let provider = self.provider.view(row);
        let is_cloud = CLOUDS.contains(&provider);
        let (at_sender, at_receiver) = self.observed(row);
        let app = self.app.text(row);
        Sign::default()
            .with_if(clues.is_denied, Sign::DENIED)
            .with_if(self.verdict.view(row) == ALLOWED, Sign::ALLOWED)
            .with_if(opener == Opener::Nobody, Sign::NOTICE)
            .with_if(provider == GCP || self.is_sampled(row), Sign::SAMPLED)
            .with_if(self.rev_packets.count(row).is_some() && !clues.is_denied, Sign::BOTH)
            .with_if(is_cloud, Sign::WINDOWED)
            .with_if(if is_forward { at_sender } else { at_receiver }, Sign::AT_CLIENT)
            .with_if(if is_forward { at_receiver } else { at_sender }, Sign::AT_SERVER)
            .with_if(!app.is_empty() && LOGIN_PROTOCOLS.iter().any(|login| app.contains(login)), Sign::LOGIN)
            | tcp_signs(clues, is_forward)
    }

    fn is_sampled(&self, row: usize) -> bool {
        self.sampling.is_some_and(|rates| row < rates.len() && rates.is_valid(row) && rates.value(row) != 1.0)
    }

    /// Was it observed at its sender, at its receiver?
    fn observed(&self, row: usize) -> (bool, bool) {
        let direction = self.direction.view(row);
        (direction == EGRESS, direction == INGRESS)
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
            [low as u64, (high >> 64) as u64, high as u64]
                .iter()
                .fold((low >> 64) as u64, |hash, word| mix(hash, *word))
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

fn seconds(ns: u64) -> u32 {
    narrow(ns / 1_000_000_000)
}

fn narrow(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
