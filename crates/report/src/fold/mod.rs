//! The fold: batches in, a bounded state that can be joined with its neighbour.

pub(crate) mod address;
pub(crate) mod bitmap;
pub(crate) mod contacts;
pub(crate) mod conversation;
pub(crate) mod conversations;
pub(crate) mod health;
pub(crate) mod names;
pub(crate) mod observers;
pub(crate) mod rows;
pub(crate) mod timeline;
pub(crate) mod turned_away;

use crate::{Context, Options, Summary, knowledge};
use address::{Address, V6};
use arrow_array::RecordBatch;
use conversation::{Key, Observation, seen_at};
use conversations::{BLOCK, Conversations, keeps_contacts};
use health::{HealthFold, reach};
use model::FlowField;
use names::{AddressNames, NameColumns};
use observers::{ObserverColumns, Observers};
use rows::{Addresses, Ip, Place, Row, Rows, Verdict};
use std::collections::BTreeSet;
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
    FlowField::Packets,
    FlowField::Bytes,
    FlowField::RevPackets,
    FlowField::RevBytes,
    FlowField::BytesSemantics,
    FlowField::Verdict,
    FlowField::FlowState,
    FlowField::Direction,
    FlowField::Initiator,
    FlowField::Vantage,
    FlowField::Provider,
    FlowField::SourceKind,
    FlowField::AccountId,
    FlowField::IfId,
    FlowField::IfType,
    FlowField::VpcId,
    FlowField::InstanceId,
    FlowField::SrcIpIf,
    FlowField::DstIpIf,
    FlowField::SrcK8sPod,
    FlowField::DstK8sPod,
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
#[derive(Debug)]
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
}

/// A row of IPv4 that waits for its block.
type Pending = (Key<u32>, Observation, bool);

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
        }
    }

    /// Adds a batch of `flows` with (at least some of) the columns [`WANTED`].
    pub fn push_flows(&mut self, batch: &RecordBatch) {
        let rows = Rows::of(batch);
        let [src, dst, src_if, dst_if] = [FlowField::SrcIp, FlowField::DstIp, FlowField::SrcIpIf, FlowField::DstIpIf]
            .map(|field| Addresses::of(batch, field));
        let mut observer_columns = ObserverColumns::of(batch);
        let name_columns = NameColumns::of(batch);
        let mut block = Vec::with_capacity(BLOCK);
        for number in 0..batch.num_rows() {
            let mut row = rows.at(number);
            let (src, dst) = (src.at(number), dst.at(number));
            let (observer, is_middle) = observer_columns.at(number, &mut self.observers);
            // Where the interface has another address than the packet, it passes on what others send.
            let own = match row.place {
                Place::Source if src_if.at(number) == Ip::Absent => src,
                Place::Target if dst_if.at(number) == Ip::Absent => dst,
                _ => Ip::Absent,
            };
            row.place = if is_middle { row.place.in_the_middle() } else { row.place };
            self.note(&row, observer, own, src, dst);
            match (src, dst) {
                (Ip::V4(src), Ip::V4(dst)) => {
                    let internal = (src.is_internal(), dst.is_internal());
                    self.count(&row, internal);
                    block.push(observation(row, src, dst, internal, observer));
                    if block.len() == BLOCK {
                        self.push_block(&mut block);
                    }
                }
                (Ip::V6(src), Ip::V6(dst)) => self.push_v6(row, V6::from_bits(src), V6::from_bits(dst), observer),
                _ => {}
            }
            if let Some(names) = &name_columns {
                self.names.learn(names, number, src, dst);
            }
        }
        self.push_block(&mut block);
        self.shrink();
    }

    /// What does not need the conversation: totals, the observer, who was seen when.
    #[inline]
    fn note(&mut self, row: &Row, observer: u32, own: Ip, src: Ip, dst: Ip) {
        self.totals.records += 1;
        self.totals.verdicts[row.verdict as usize] += 1;
        self.observers.all[observer as usize].observe(row, own, src, dst);
        if row.start == 0 {
            return;
        }
        let end = row.end.max(row.start);
        self.totals.first = if self.totals.first == 0 { row.start } else { self.totals.first.min(row.start) };
        self.totals.last = self.totals.last.max(end);
        let Fold { timeline, observers, health, .. } = self;
        let mut bucket_of = |second| {
            reach(timeline, second, |halvings| {
                observers.coarsen(halvings);
                health.coarsen(halvings);
            })
        };
        let _ = bucket_of(row.start);
        let (last, first) = (bucket_of(end), bucket_of(row.start));
        observers.all[observer as usize].was_active(first, last);
    }

    /// The streaming rule: a record counts at its sender, or at its receiver if the sender is not ours.
    #[inline]
    fn count(&mut self, row: &Row, (src_internal, dst_internal): (bool, bool)) {
        let (forward, backward) = match row.place {
            Place::Source => (true, !dst_internal),
            Place::Target => (!src_internal, true),
            Place::MiddleIn | Place::MiddleOut => (false, false),
            Place::Unknown => (true, !dst_internal),
        };
        let bytes = if forward { row.bytes } else { 0 } + if backward { row.rev_bytes } else { 0 };
        let packets = if forward { row.packets } else { 0 } + if backward { row.rev_packets } else { 0 };
        self.totals.packets += packets;
        if row.start == 0 {
            return;
        }
        if let Some(bucket) = self.timeline.bucket_mut(row.start) {
            let denied = matches!(row.verdict, Verdict::Denied | Verdict::Dropped);
            bucket.bytes += bytes;
            bucket.denied += u64::from(denied);
            bucket.allowed += u64::from(!denied);
        }
    }

    fn push_block(&mut self, block: &mut Vec<Pending>) {
        let mut hashes = [0; BLOCK];
        for (hash, (key, ..)) in hashes.iter_mut().zip(block.iter()) {
            *hash = Conversations::hash(key);
        }
        self.v4.warm(&hashes[..block.len()]);
        for ((key, observation, keeps_contacts), &hash) in block.iter().zip(&hashes) {
            self.v4.observe(*key, hash, observation, *keeps_contacts);
        }
        block.clear();
    }

    fn push_v6(&mut self, row: Row, src: V6, dst: V6, observer: u32) {
        let internal = (src.is_internal(), dst.is_internal());
        self.count(&row, internal);
        let (key, observation, keeps_contacts) = observation(row, src, dst, internal, observer);
        self.v6.observe(key, Conversations::hash(&key), &observation, keeps_contacts);
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

    /// Has a part grown so large that the next batch should go into a new one?
    pub fn is_full(&self) -> bool {
        let conversations = self.v4.len() + self.v6.len();
        conversations >= self.options.limits.conversations_part_max
            || self.observers.all.len() >= self.options.limits.interfaces_max
    }

    /// The formats of the records so far: `aws_vpc`, `az_vnet`, ...
    pub fn source_kinds(&self) -> BTreeSet<&str> {
        self.observers.all.iter().map(|observer| &*observer.names.source_kind).collect()
    }

    /// Joins the part that came right after this one.
    pub fn merge(&mut self, later: Fold) {
        self.merge_totals(&later.totals);
        let (before, later_before) = (self.timeline.doublings, later.timeline.doublings);
        let (mut later_observers, mut later_health) = (later.observers, later.health);
        self.timeline.merge(later.timeline);
        let now = self.timeline.doublings;
        self.observers.coarsen(now - before);
        self.health.coarsen(now - before);
        later_observers.coarsen(now - later_before);
        later_health.coarsen(now - later_before);
        let numbers = self.observers.merge(&later_observers);
        self.health.merge(later_health, &self.options.limits);
        self.v4.merge(later.v4, &numbers);
        self.v6.merge(later.v6, &numbers);
        self.turned_away.merge(&later.turned_away);
        self.names.merge(later.names);
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

    /// The report.
    pub fn finish(self, context: &Context<'_>) -> Summary {
        crate::analysis::summarize(self, context)
    }
}

/// A row as its conversation sees it: who is the client, which end saw it.
#[inline]
fn observation<A: Address>(
    row: Row,
    src: A,
    dst: A,
    internal: (bool, bool),
    observer: u32,
) -> (Key<A>, Observation, bool) {
    let by_port = || knowledge::source_is_client(row.src_port, row.dst_port, row.proto);
    let to_server = row.source_opened.or_else(by_port).unwrap_or_else(|| match internal {
        // Nothing says who began. NTP and DNS between equal ports go outwards; anything else that comes from outside
        // is taken for theirs, because a reply must never look like our own doing.
        (true, false) => row.proto == 17 && row.src_port == row.dst_port,
        (false, true) => !(row.proto == 17 && row.src_port == row.dst_port),
        _ => src < dst,
    });
    let (client, server, port) = if to_server { (src, dst, row.dst_port) } else { (dst, src, row.src_port) };
    let (client_internal, server_internal) = if to_server { internal } else { (internal.1, internal.0) };
    let key = Key { client, server, port, proto: row.proto };
    let seen = seen_at(row.place, to_server, internal, observer);
    let at_client = matches!(seen, conversation::Seen::AtClient | conversation::Seen::By(_));
    let counts_calls = at_client || (!client_internal && seen == conversation::Seen::AtServer);
    let observation = Observation { row, to_server, seen, is_certain: row.source_opened.is_some(), counts_calls };
    (key, observation, keeps_contacts(server_internal, port, row.proto))
}
