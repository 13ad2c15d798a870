//! The fold: batches in, a bounded state that can be joined with its neighbour.

pub(crate) mod address;
pub(crate) mod alerts;
pub(crate) mod applications;
pub(crate) mod bitmap;
pub(crate) mod conversation;
pub(crate) mod conversations;
pub(crate) mod health;
pub(crate) mod location;
pub(crate) mod names;
pub(crate) mod observers;
pub(crate) mod rows;
pub(crate) mod table;
pub(crate) mod timeline;
pub(crate) mod turned_away;
pub(crate) mod ways;

use crate::{Context, Options, Summary, knowledge};
use ::table::read::{Addresses, Ip};
use address::{Address, V6};
use alerts::Alerts;
use applications::Applications;
use arrow_array::RecordBatch;
use conversation::{Key, Marks, Observation, seen_at};
use conversations::Conversations;
use detect::normal::Baseline;
use health::{HealthFold, reach};
use location::LocationColumns;
use model::FlowField;
use names::{AddressNames, NameColumns};
use observers::{Observer, ObserverColumns, Observers};
use rows::{Place, Row, Rows};
use std::collections::BTreeSet;
use table::BLOCK;
use timeline::Timeline;
use turned_away::TurnedAway;

/// The columns of `flows` that [`Fold::push_flows`] reads. Others may be there; missing ones count as null.
pub const WANTED: &[FlowField] = &[
    FlowField::TimeStart,
    FlowField::TimeEnd,
    FlowField::SrcIp,
    FlowField::DstIp,
    FlowField::SrcPort,
    FlowField::DstPort,
    FlowField::IpProto,
    FlowField::TcpFlags,
    FlowField::RevTcpFlags,
    FlowField::IcmpType,
    FlowField::Packets,
    FlowField::Bytes,
    FlowField::RevPackets,
    FlowField::RevBytes,
    FlowField::BytesSemantics,
    FlowField::Verdict,
    FlowField::Direction,
    FlowField::Initiator,
    FlowField::Vantage,
    FlowField::Provider,
    FlowField::SourceKind,
    FlowField::AccountId,
    FlowField::Region,
    FlowField::IfId,
    FlowField::IfType,
    FlowField::VpcId,
    FlowField::InstanceId,
    FlowField::SrcIpIf,
    FlowField::DstIpIf,
    FlowField::SrcK8sPod,
    FlowField::DstK8sPod,
    FlowField::AppProtocol,
    FlowField::HostName,
    FlowField::EndReason,
    FlowField::ClientRttNs,
    FlowField::ServerRttNs,
    FlowField::ServerResponseNs,
    FlowField::Retransmissions,
    FlowField::RevRetransmissions,
    FlowField::ZeroWindows,
    FlowField::CaptureLostBytes,
    FlowField::TcpFlagsScope,
    FlowField::SamplingRate,
    FlowField::TcpHistory,
    FlowField::Zone,
    FlowField::SubnetId,
    FlowField::PeerZone,
    FlowField::PeerRegion,
    FlowField::PeerIfType,
    FlowField::Path,
    FlowField::SrcService,
    FlowField::DstService,
    FlowField::LostNoRoute,
    FlowField::LostBlackhole,
    FlowField::LostMtu,
    FlowField::LostTtl,
];

/// Totals over all records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) records: u64,
    pub(crate) packets: u64,
    /// Records by verdict: allowed, denied, dropped, unknown.
    pub(crate) verdicts: [u64; 4],
    /// Seconds since 1970 of the first and last moment; 0 if there is none.
    pub(crate) first: u32,
    pub(crate) last: u32,
    /// Conversations that a limit folded together.
    pub(crate) conversations_folded: u64,
}

/// What is known of the flows so far. Bounded by [`crate::Limits`]; parts are joined with [`Fold::merge`].
///
/// Two folds of neighbouring parts, joined in the order of the input, are what one fold of both would be, as long as no
/// limit was reached; beyond a limit the same parts still give the same result.
#[derive(Clone, Debug)]
pub struct Fold {
    pub(crate) options: Options,
    pub(crate) totals: Totals,
    pub(crate) timeline: Timeline,
    pub(crate) observers: Observers,
    pub(crate) v4: Conversations<u32>,
    pub(crate) v6: Conversations<V6>,
    pub(crate) turned_away: TurnedAway,
    pub(crate) names: AddressNames,
    pub(crate) health: HealthFold,
    pub(crate) applications: Applications,
    pub(crate) alerts: Alerts,
    /// The ground of the findings: the detectors read it at the end.
    pub(crate) behaviour: detect::Fold,
}

impl Fold {
    /// Nothing seen yet.
    pub fn new(options: &Options) -> Fold {
        let limits = &options.limits;
        Fold {
            options: *options,
            totals: Totals::default(),
            timeline: Timeline::new(limits.timeline_buckets_max),
            observers: Observers::new(limits.interfaces_max),
            v4: Conversations::new(),
            v6: Conversations::new(),
            turned_away: TurnedAway::new(limits.addresses_max),
            names: AddressNames::new(limits.addresses_max),
            health: HealthFold::default(),
            applications: Applications::default(),
            alerts: Alerts::default(),
            behaviour: detect::Fold::new(limits.behaviour),
        }
    }

    /// Adds a batch of `flows` with (at least some of) the columns [`WANTED`].
    pub fn push_flows(&mut self, batch: &RecordBatch) {
        let columns = FlowColumns::of(batch, &mut self.observers);
        let (mut block, mut block_v6) = (Vec::with_capacity(BLOCK), Vec::new());
        for number in 0..batch.num_rows() {
            let row = columns.rows.at(number);
            let (src, dst) = (columns.src.at(number), columns.dst.at(number));
            let observer = columns.observers.at(number, &mut self.observers);
            columns.locate(number, &mut self.observers.all[observer as usize]);
            let (row, place) = self.note(row, observer, columns.own_address(&row, number, src, dst), src, dst);
            match (src, dst) {
                (Ip::V4(src), Ip::V4(dst)) => {
                    block.push(self.count(&row, place, src, dst, observer));
                    if block.len() == BLOCK {
                        self.v4.observe_block(&block);
                        block.clear();
                    }
                }
                (Ip::V6(src), Ip::V6(dst)) => {
                    let (src, dst) = (V6::from_bits(src), V6::from_bits(dst));
                    block_v6.push(self.count(&row, place, src, dst, observer));
                    if block_v6.len() == BLOCK {
                        self.v6.observe_block(&block_v6);
                        block_v6.clear();
                    }
                }
                _ => {}
            }
            if let Some(names) = &columns.names {
                self.names.learn(names, number, src, dst);
            }
        }
        self.v4.observe_block(&block);
        self.v6.observe_block(&block_v6);
        self.applications.push(batch);
        self.behaviour.push(batch);
        self.totals.records += batch.num_rows() as u64;
        self.shrink();
    }

    /// What does not need the conversation: verdicts, the observer, who was seen when. The row as its observer makes it,
    /// and the place of its bucket.
    #[inline]
    fn note(&mut self, mut row: Row, observer: u32, own: Ip, src: Ip, dst: Ip) -> (Row, usize) {
        let Fold { timeline, observers, health, totals, .. } = self;
        totals.verdicts[row.verdict as usize] += 1;
        let known = &mut observers.all[observer as usize];
        if known.is_middle {
            row.place = row.place.in_the_middle();
        }
        row.ways = if known.is_middle { row.ways.of_services() } else { row.ways }.and(known.ways);
        known.observe(&row, own, src, dst);
        if row.start == 0 {
            return (row, usize::MAX);
        }
        totals.first = if totals.first == 0 { row.start } else { totals.first.min(row.start) };
        totals.last = totals.last.max(row.end);
        if !timeline.covers(row.start, row.end) {
            for second in [row.start, row.end] {
                reach(timeline, second, |halvings| {
                    observers.coarsen(halvings);
                    health.coarsen(halvings);
                });
            }
        }
        let (first, last) = (timeline.bucket_of(row.start), timeline.bucket_of(row.end));
        observers.all[observer as usize].was_active(first, last);
        (row, first.wrapping_sub(timeline.base) as usize)
    }

    /// The streaming rule: a record counts at its sender, or at its receiver if the sender is not ours. Also, what the
    /// record is to its conversation.
    #[inline]
    fn count<A: Address>(&mut self, row: &Row, place: usize, src: A, dst: A, observer: u32) -> (Key<A>, Observation) {
        let internal = (src.is_internal(), dst.is_internal());
        // A session between two ends, as packets show it, is nobody's end: it has both directions, and is there once.
        let is_session = row.place == Place::Unknown;
        let (at_source, at_target) = ((row.place == Place::Source) | is_session, row.place == Place::Target);
        let forward = u64::from(at_source | (at_target & !internal.0));
        let backward = u64::from(at_target | (at_source & !internal.1) | is_session);
        self.totals.packets += row.packets * forward + row.rev_packets * backward;
        if let Some(bucket) = self.timeline.buckets.get_mut(place) {
            bucket.bytes += row.bytes * forward + row.rev_bytes * backward;
            let denied = u64::from(row.verdict.is_denied());
            bucket.denied += denied;
            bucket.allowed += 1 - denied;
        }
        observation(row, src, dst, internal, observer)
    }

    /// Adds a batch of `health`.
    pub fn push_health(&mut self, batch: &RecordBatch) {
        let Fold { timeline, observers, health, options, .. } = self;
        health.push(batch, &options.limits, &mut |health, second| {
            reach(timeline, second, |halvings| {
                observers.coarsen(halvings);
                health.coarsen(halvings);
            })
        });
    }

    /// Adds a batch of `alerts`.
    pub fn push_alerts(&mut self, batch: &RecordBatch) {
        self.alerts.push(batch, self.options.limits.alert_groups_max);
    }

    /// Has a part grown so large that the next batch should go into a new one?
    pub fn is_full(&self) -> bool {
        let conversations = self.v4.len() + self.v6.len();
        let limits = &self.options.limits;
        conversations >= limits.conversations_part_max
            || self.behaviour.rows() >= limits.behaviour_part_rows_max
            || self.observers.all.len() >= limits.interfaces_max
    }

    /// The formats of the records so far: `aws_vpc`, `az_vnet`, ...
    pub fn source_kinds(&self) -> BTreeSet<&str> {
        self.observers.all.iter().map(|observer| &*observer.names.source_kind).collect()
    }

    /// Joins the part that came right after this one, and leaves that empty: its memory can be used again.
    pub fn merge(&mut self, later: &mut Fold) {
        self.merge_totals(&std::mem::take(&mut later.totals));
        let (before, later_before) = (self.timeline.doublings, later.timeline.doublings);
        let empty = Timeline::new(later.options.limits.timeline_buckets_max);
        self.timeline.merge(std::mem::replace(&mut later.timeline, empty));
        let now = self.timeline.doublings;
        self.observers.coarsen(now - before);
        self.health.coarsen(now - before);
        later.observers.coarsen(now - later_before);
        later.health.coarsen(now - later_before);
        let numbers = self.observers.merge(&mut later.observers);
        self.health.merge(std::mem::take(&mut later.health), &self.options.limits);
        self.v4.merge(&mut later.v4, &numbers);
        self.v6.merge(&mut later.v6, &numbers);
        self.turned_away.merge(&mut later.turned_away);
        self.names.merge(&mut later.names);
        self.applications.merge(std::mem::take(&mut later.applications));
        self.alerts.merge(std::mem::take(&mut later.alerts), self.options.limits.alert_groups_max);
        self.behaviour.merge(&mut later.behaviour);
        self.shrink();
    }

    fn merge_totals(&mut self, later: &Totals) {
        let totals = &mut self.totals;
        totals.records += later.records;
        totals.packets += later.packets;
        totals.verdicts.iter_mut().zip(later.verdicts).for_each(|(mine, theirs)| *mine += theirs);
        totals.first = match (totals.first, later.first) {
            (0, first) | (first, 0) => first,
            (a, b) => a.min(b),
        };
        totals.last = totals.last.max(later.last);
        totals.conversations_folded += later.conversations_folded;
    }

    /// Folds the lightest conversations where there are too many.
    fn shrink(&mut self) {
        let max = self.options.limits.conversations_max;
        if self.v4.len() + self.v6.len() <= max {
            return;
        }
        // Half of it is freed at once, so that the work is spread over many records.
        let keep = max / 2;
        let share_v6 = (self.v6.len() * keep / (self.v4.len() + self.v6.len())).max(1);
        let Fold { v4, v6, totals, turned_away, .. } = self;
        v4.shrink(keep - share_v6, |entry| {
            totals.conversations_folded += 1;
            turned_away.note(entry);
        });
        v6.shrink(share_v6, |entry| {
            totals.conversations_folded += 1;
            turned_away.note(entry);
        });
    }

    /// What is normal in the records so far.
    pub fn learn(&self) -> Baseline {
        Baseline::learn(&self.behaviour.clone().finish())
    }

    /// The report.
    pub fn finish(self, context: &Context<'_>) -> Summary {
        crate::analysis::summarize(self, context)
    }
}

/// The columns of a batch of flows.
struct FlowColumns<'a> {
    rows: Rows<'a>,
    src: Addresses<'a>,
    dst: Addresses<'a>,
    /// Addresses of the interface, where they may be others than those of the packet.
    interface: Option<[Addresses<'a>; 2]>,
    observers: ObserverColumns<'a>,
    locations: Option<LocationColumns<'a>>,
    names: Option<NameColumns<'a>>,
}

impl<'a> FlowColumns<'a> {
    fn of(batch: &'a RecordBatch, observers: &mut Observers) -> FlowColumns<'a> {
        let addresses = |field| Addresses::of(batch, field);
        let interface = [addresses(FlowField::SrcIpIf), addresses(FlowField::DstIpIf)];
        FlowColumns {
            rows: Rows::of(batch),
            src: addresses(FlowField::SrcIp),
            dst: addresses(FlowField::DstIp),
            interface: interface.iter().any(|column| !column.is_absent()).then_some(interface),
            observers: ObserverColumns::of(batch, observers),
            locations: LocationColumns::of(batch),
            names: NameColumns::of(batch),
        }
    }

    /// Learns where the row's interface is. An observer without a name may be several interfaces.
    #[inline]
    fn locate(&self, number: usize, observer: &mut Observer) {
        if let Some(locations) = &self.locations
            && !(observer.names.if_id.is_empty() && observer.names.instance_id.is_empty())
        {
            locations.learn(number, &mut observer.location);
        }
    }

    /// The address of the row's interface. Where that has another than the packet, it passes on what others send.
    #[inline]
    fn own_address(&self, row: &Row, number: usize, src: Ip, dst: Ip) -> Ip {
        if !row.place.is_end() {
            return Ip::Absent;
        }
        let at_source = row.place == Place::Source;
        let passes_on = |columns: &[Addresses<'_>; 2]| columns[usize::from(!at_source)].at(number) != Ip::Absent;
        if self.interface.as_ref().is_some_and(passes_on) { Ip::Absent } else { Ip::one_of(at_source, src, dst) }
    }
}

/// A row as its conversation sees it: who is the client, which end saw it.
#[inline]
fn observation<A: Address>(row: &Row, src: A, dst: A, internal: (bool, bool), observer: u32) -> (Key<A>, Observation) {
    let by_port = || knowledge::source_is_client(row.src_port, row.dst_port, row.proto);
    let to_server = row.source_opened.or_else(by_port).unwrap_or_else(|| match internal {
        // Nothing says who began. NTP and DNS between equal ports go outwards; anything else that comes from outside
        // is taken for theirs, because a reply must never look like our own doing.
        (true, false) => row.proto == 17 && row.src_port == row.dst_port,
        (false, true) => !(row.proto == 17 && row.src_port == row.dst_port),
        _ => src < dst,
    });
    let (client, server, port) = if to_server { (src, dst, row.dst_port) } else { (dst, src, row.src_port) };
    let seen = seen_at(row.place, to_server, internal);
    let is_denied = row.verdict.is_denied();
    let has_answer = if to_server { (row.rev_packets > 0) & !row.rev_only_reset } else { !row.only_reset };
    let is_answered = !is_denied & has_answer;
    let observation = Observation {
        bytes: row.bytes,
        rev_bytes: row.rev_bytes,
        start: row.start,
        end: row.end,
        observer,
        to_server,
        is_denied,
        seen,
        marks: Marks::of(is_answered, row.source_opened.is_some()),
        ways: row.ways,
    };
    (Key { client, server, port, proto: row.proto }, observation)
}
