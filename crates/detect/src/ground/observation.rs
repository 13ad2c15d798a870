//! From a row of `flows` to a record of a client and a server.

use super::direction::{Clues, ICMP, ICMP6, Opener, TCP, opener, question};
use super::record::{Record, Sign};
use crate::columns::{Addresses, Numbers, Texts, inline_view};
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, Float64Array, RecordBatch};
use enrich::AddressClass;
use model::{FieldIndex, FlowField as F};
use std::net::IpAddr;

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
    start: Numbers,
    end: Numbers,
    src: Addresses<'a>,
    dst: Addresses<'a>,
    src_port: Numbers,
    dst_port: Numbers,
    proto: Numbers,
    flags: Numbers,
    rev_flags: Numbers,
    scope: Texts<'a>,
    packets: Numbers,
    bytes: Numbers,
    rev_packets: Numbers,
    rev_bytes: Numbers,
    sampling: Option<&'a Float64Array>,
    verdict: Texts<'a>,
    direction: Texts<'a>,
    initiator: Texts<'a>,
    provider: Texts<'a>,
    icmp_type: Numbers,
    history: Texts<'a>,
    app: Texts<'a>,
}

impl<'a> Rows<'a> {
    /// The columns of a batch; those that are missing are null.
    pub(super) fn of(batch: &'a RecordBatch) -> Rows<'a> {
        let number = |field| Numbers::of(batch, field);
        let text = |field| Texts::of(batch, field);
        Rows {
            start: number(F::TimeStart),
            end: number(F::TimeEnd),
            src: Addresses::of(batch, F::SrcIp),
            dst: Addresses::of(batch, F::DstIp),
            src_port: number(F::SrcPort),
            dst_port: number(F::DstPort),
            proto: number(F::IpProto),
            flags: number(F::TcpFlags),
            rev_flags: number(F::RevTcpFlags),
            scope: text(F::TcpFlagsScope),
            packets: number(F::Packets),
            bytes: number(F::Bytes),
            rev_packets: number(F::RevPackets),
            rev_bytes: number(F::RevBytes),
            sampling: batch
                .column_by_name(F::SamplingRate.field().name)
                .and_then(|column| column.as_primitive_opt::<Float64Type>()),
            verdict: text(F::Verdict),
            direction: text(F::Direction),
            initiator: text(F::Initiator),
            provider: text(F::Provider),
            icmp_type: number(F::IcmpType),
            history: text(F::TcpHistory),
            app: text(F::AppProtocol),
        }
    }

    /// What a row shows; `None` if it has no time or an end is missing.
    pub(super) fn at(&self, row: usize) -> Option<Observation> {
        let (src, dst) = (self.src.at(row)?, self.dst.at(row)?);
        let start = self.start.at(row).filter(|ns| *ns > 0).or_else(|| self.end.at(row))?;
        let proto = self.proto.at(row).map_or(255, |proto| proto as u8);
        let clues = self.clues(row, proto, src, dst);
        let opener = opener(&clues);
        let is_forward = opener != Opener::Receiver;
        let counters = [&self.packets, &self.bytes, &self.rev_packets, &self.rev_bytes].map(|c| c.at(row).unwrap_or(0));
        let [up_packets, up_bytes, down_packets, down_bytes] =
            if is_forward { counters } else { [counters[2], counters[3], counters[0], counters[1]] };
        let end = self.end.at(row).unwrap_or(start).max(start);
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
        let has_flags = proto == TCP && scope != inline_view("none");
        Clues {
            proto,
            src_port: self.src_port.at(row).map_or(0, |port| port as u16),
            dst_port: self.dst_port.at(row).map_or(0, |port| port as u16),
            icmp_type: self.icmp_type.at(row).map(|kind| kind as u8),
            flags: self.flags.at(row).filter(|_| has_flags),
            rev_flags: self.rev_flags.at(row).filter(|_| has_flags),
            ack_is_syn_ack: scope == PARTIAL,
            history: if proto == TCP { self.history.text(row) } else { "" },
            said: match self.initiator.view(row) {
                FROM_SENDER => Some(true),
                FROM_RECEIVER => Some(false),
                _ => None,
            },
            is_denied: self.is_denied(row),
            packets: self.packets.at(row).unwrap_or(0),
            rev_packets: self.rev_packets.at(row).unwrap_or(0),
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
        let is_cloud = [inline_view("aws"), inline_view("azure"), inline_view("gcp")].contains(&provider);
        let (at_sender, at_receiver) = self.observed(row);
        let app = self.app.text(row);
        Sign::default()
            .with_if(clues.is_denied, Sign::DENIED)
            .with_if(self.verdict.view(row) == ALLOWED, Sign::ALLOWED)
            .with_if(opener == Opener::Nobody, Sign::NOTICE)
            .with_if(provider == inline_view("gcp") || self.is_sampled(row), Sign::SAMPLED)
            .with_if(self.rev_packets.at(row).is_some() && !clues.is_denied, Sign::BOTH)
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
        (direction == inline_view("egress"), direction == inline_view("ingress"))
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
