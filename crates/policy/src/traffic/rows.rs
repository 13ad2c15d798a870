//! Rows of `flows` as pairs of client and service.

use super::host::{Host, set_least};
use super::{Edge, EdgeKey};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, MapArray, RecordBatch};
use enrich::service::{Side, server_port};
use model::{FieldIndex, FlowField as F};
use std::net::IpAddr;
use table::read::{Addresses, Numbers, Texts};

/// The columns of `flows` that are read.
pub const WANTED: &[F] = &[
    F::TimeStart,
    F::TimeEnd,
    F::SrcIp,
    F::DstIp,
    F::SrcPort,
    F::DstPort,
    F::IpProto,
    F::TcpFlags,
    F::RevTcpFlags,
    F::Packets,
    F::Bytes,
    F::RevPackets,
    F::RevBytes,
    F::Verdict,
    F::Direction,
    F::Initiator,
    F::AccountId,
    F::VpcId,
    F::SubnetId,
    F::InstanceId,
    F::SrcService,
    F::DstService,
    F::Tags,
];

const SYN: i32 = 2;
const RST: i32 = 4;
const ACK: i32 = 16;

/// What one row shows.
pub(super) struct Observed {
    pub(super) key: EdgeKey,
    pub(super) edge: Edge,
    /// The host at which the record was made.
    pub(super) own: Option<IpAddr>,
}

/// The columns that rows are read from.
pub(super) struct Rows<'a> {
    times: [Numbers<i64>; 2],
    addresses: [Addresses<'a>; 2],
    ports: [Numbers<i32>; 2],
    protocol: Numbers<i32>,
    flags: [Numbers<i32>; 2],
    bytes: [Numbers<i64>; 2],
    packets: Numbers<i64>,
    rev_packets: Numbers<i64>,
    verdict: Texts<'a>,
    direction: Texts<'a>,
    initiator: Texts<'a>,
    /// Account, network, subnet, machine of the record's own side.
    attributes: [Texts<'a>; 4],
    services: [Texts<'a>; 2],
    tags: Option<&'a MapArray>,
}

impl<'a> Rows<'a> {
    /// The columns of a batch.
    pub(super) fn of(batch: &'a RecordBatch) -> Rows<'a> {
        /// Stands for null: what is read is never that low.
        const ABSENT: i32 = i32::MIN;
        let texts = |field: F| Texts::of(batch, field);
        let int32 = |field: F| Numbers::of::<Int32Type>(batch, field, ABSENT);
        let int64 = |field: F| Numbers::of::<Int64Type>(batch, field, i64::MIN);
        let times = |field: F| Numbers::times(batch, field);
        let addresses = |field: F| Addresses::of(batch, field);
        let tags = batch.column_by_name(F::Tags.field().name);
        Rows {
            times: [times(F::TimeStart), times(F::TimeEnd)],
            addresses: [addresses(F::SrcIp), addresses(F::DstIp)],
            ports: [int32(F::SrcPort), int32(F::DstPort)],
            protocol: int32(F::IpProto),
            flags: [int32(F::TcpFlags), int32(F::RevTcpFlags)],
            bytes: [int64(F::Bytes), int64(F::RevBytes)],
            packets: int64(F::Packets),
            rev_packets: int64(F::RevPackets),
            verdict: texts(F::Verdict),
            direction: texts(F::Direction),
            initiator: texts(F::Initiator),
            attributes: [F::AccountId, F::VpcId, F::SubnetId, F::InstanceId].map(texts),
            services: [texts(F::SrcService), texts(F::DstService)],
            tags: tags.and_then(|column| column.as_map_opt()),
        }
    }

    /// What a row shows; `None` if it has no ends or no protocol.
    pub(super) fn at(&self, row: usize) -> Option<Observed> {
        let [source, destination] = [self.addresses[0].at(row).address()?, self.addresses[1].at(row).address()?];
        let protocol = u8::try_from(self.protocol.get(row)?).ok()?;
        let [source_port, destination_port] =
            self.ports.each_ref().map(|ports| u16::try_from(ports.at(row)).unwrap_or(0));
        let told = self.source_opened(row, protocol);
        let guessed = || server_port(source_port, destination_port, protocol).map(|side| side == Side::Destination);
        let source_is_client = told.or_else(guessed).unwrap_or(source_port >= destination_port);
        let (client, server, port) = match source_is_client {
            true => (source, destination, destination_port),
            false => (destination, source, source_port),
        };
        let mut edge = self.counts(row, source_is_client, protocol);
        edge.oriented = u64::from(told.is_some());
        edge.two_ports = u64::from(source_port != destination_port);
        let own = match self.direction.text(row) {
            "egress" => Some(source),
            "ingress" => Some(destination),
            _ => None,
        };
        Some(Observed { key: EdgeKey { client, server, protocol, port }, edge, own })
    }

    fn counts(&self, row: usize, source_is_client: bool, protocol: u8) -> Edge {
        let verdict = self.verdict.text(row);
        let (is_denied, is_allowed) = (matches!(verdict, "denied" | "dropped"), verdict == "allowed");
        let has_reverse = self.rev_packets.get(row).is_some_and(|packets| packets > 0);
        // Who sent nothing opened nothing, whatever came to him.
        let is_silent = has_reverse && self.packets.get(row) == Some(0);
        let flags = |side: usize| self.flags[side].get(row);
        // A bare reset is a refusal, not an answer.
        let is_refusal = |side: usize| {
            protocol == 6 && flags(side).is_some_and(|flags| flags & (SYN | RST) == RST && flags & 1 == 0)
        };
        let is_answer = !is_denied && if source_is_client { has_reverse && !is_refusal(1) } else { !is_refusal(0) };
        let bytes = self.bytes.iter().filter_map(|bytes| bytes.get(row)).map(|bytes| bytes.max(0) as u64);
        let [start, end] = self.times.each_ref().map(|times| times.get(row));
        let start = start.or(end).unwrap_or(0);
        Edge {
            allowed: u64::from(source_is_client && is_allowed && !is_silent),
            tried: u64::from(source_is_client && !is_allowed && !is_denied && !is_silent),
            denied: u64::from(is_denied),
            answers: u64::from(is_answer),
            bytes: bytes.fold(0, u64::saturating_add),
            first_ns: start,
            last_ns: end.unwrap_or(start).max(start),
            oriented: 0,
            two_ports: 0,
        }
    }

    /// Did the source open the connection, as far as the record tells?
    fn source_opened(&self, row: usize, protocol: u8) -> Option<bool> {
        match self.initiator.text(row) {
            "src" => return Some(true),
            "dst" => return Some(false),
            _ => {}
        }
        match self.flags[0].get(row).filter(|_| protocol == 6)? & (SYN | ACK) {
            SYN => Some(true),
            both if both == SYN | ACK => Some(false),
            _ => None,
        }
    }

    /// Tells a host what a row says of it; the row was made at it.
    pub(super) fn describe(&self, row: usize, host: &mut Host, tags_max: usize) {
        let places = [&mut host.account, &mut host.vpc, &mut host.subnet, &mut host.instance];
        for (place, texts) in places.into_iter().zip(&self.attributes) {
            set_least(place, said(texts, row));
        }
        let side = usize::from(self.direction.text(row) == "ingress");
        set_least(&mut host.service, said(&self.services[side], row));
        let Some(tags) = self.tags.filter(|tags| tags.is_valid(row)) else { return };
        let entries = tags.value(row);
        let (keys, values) = (entries.column(0).as_string_opt::<i32>(), entries.column(1).as_string_opt::<i32>());
        let (Some(keys), Some(values)) = (keys, values) else { return };
        for (key, value) in keys.iter().zip(values) {
            if let (Some(key), Some(value)) = (key, value) {
                host.add_tag(key, value, tags_max);
            }
        }
    }
}

/// The text of a row, if there is one.
fn said<'a>(texts: &Texts<'a>, row: usize) -> Option<&'a str> {
    Some(texts.text(row)).filter(|text| !text.is_empty())
}
