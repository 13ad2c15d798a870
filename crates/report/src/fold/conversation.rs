//! One conversation: a client, a server, a service; everything kept of it, and how two halves are joined.
//!
//! 80 bytes for IPv4 (12 of key), 104 for IPv6. Bytes are kept per direction and per end where they were seen, because
//! most east-west traffic is logged at both ends: the larger of the two ends is the truth, their sum is not.

use super::address::Address;
use super::rows::Place;
use super::ways::Ways;

/// Client, server, and the service: the client's own port is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key<A> {
    pub(crate) client: A,
    pub(crate) server: A,
    pub(crate) port: u16,
    pub(crate) proto: u8,
}

/// The end of the conversation at which a record was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    AtClient,
    AtServer,
    /// In between; the two ways are kept apart as the two ends are.
    MiddleIn,
    MiddleOut,
    /// At the end where its observer is, whichever that is.
    AtObserver,
}

/// A record as its conversation sees it. 56 bytes with its key: a block of them stays in the
/// nearest cache.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observation {
    pub(crate) bytes: u64,
    pub(crate) rev_bytes: u64,
    /// Seconds since 1970; 0 if unknown.
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) observer: u32,
    /// Does it go from client to server?
    pub(crate) to_server: bool,
    pub(crate) is_denied: bool,
    pub(crate) seen: Seen,
    /// What it says of its conversation.
    pub(crate) marks: Marks,
    /// By which way it went.
    pub(crate) ways: Ways,
}

/// Place of accepted records in counters.
pub(crate) const ALLOWED: usize = 0;
/// Place of denied and dropped ones.
pub(crate) const DENIED: usize = 1;
const NO_OBSERVER: u32 = u32::MAX;

/// What is known of a conversation beside its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counters {
    /// `[towards the server, towards the client][seen at the client, seen at the server]`.
    bytes: [[u64; 2]; 2],
    /// Seconds since 1970 of the first record, accepted and denied; `u32::MAX` if there is none.
    pub(crate) first: [u32; 2],
    /// The same of the last; 0 if there is none.
    pub(crate) last: [u32; 2],
    /// Records, accepted and denied.
    pub(crate) records: [u32; 2],
    /// Whose records without direction stand in the first column of `bytes`.
    observer: u32,
}

/// What is known of a conversation as bits; they stand beside the key, where there is a byte to spare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks(u8);

impl Marks {
    /// An end has seen it; what the middle saw does not count.
    const ENDS: u8 = 1;
    const ANSWERED: u8 = 2;
    const CERTAIN: u8 = 4;
    const FOLDED: u8 = 8;

    /// What a record says.
    #[inline]
    pub(crate) fn of(is_answered: bool, is_certain: bool) -> Marks {
        let mark = |is_set: bool, mark: u8| u8::from(is_set) * mark;
        Marks(mark(is_answered, Self::ANSWERED) | mark(is_certain, Self::CERTAIN))
    }

    fn has(self, mark: u8) -> bool {
        self.0 & mark != 0
    }
    /// The server sent something other than a refusal, and it was let through.
    pub(crate) fn is_answered(self) -> bool {
        self.has(Self::ANSWERED)
    }
    /// A record said that the client opened it.
    pub(crate) fn is_certain(self) -> bool {
        self.has(Self::CERTAIN)
    }
    /// It stands for several that a limit folded together.
    pub(crate) fn is_folded(self) -> bool {
        self.has(Self::FOLDED)
    }
}

/// One conversation in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry<A> {
    pub(crate) client: A,
    pub(crate) server: A,
    pub(crate) port: u16,
    pub(crate) proto: u8,
    pub(crate) marks: Marks,
    /// By which ways it went.
    pub(crate) ways: Ways,
    pub(crate) counters: Counters,
}

const _: () = assert!(size_of::<Entry<u32>>() <= 96);

impl<A: Address> Entry<A> {
    /// Nothing seen yet.
    pub(crate) fn new(key: Key<A>) -> Entry<A> {
        let counters =
            Counters { bytes: [[0; 2]; 2], first: [u32::MAX; 2], last: [0; 2], records: [0; 2], observer: NO_OBSERVER };
        let Key { client, server, port, proto } = key;
        Entry { client, server, port, proto, marks: Marks::default(), ways: Ways::default(), counters }
    }

    /// Its key.
    #[inline]
    pub(crate) fn key(&self) -> Key<A> {
        Key { client: self.client, server: self.server, port: self.port, proto: self.proto }
    }

    /// Adds a record.
    #[inline]
    pub(crate) fn observe(&mut self, observation: &Observation) {
        let verdict = usize::from(observation.is_denied);
        let counters = &mut self.counters;
        counters.records[verdict] = counters.records[verdict].saturating_add(1);
        let start = if observation.start == 0 { u32::MAX } else { observation.start };
        counters.first[verdict] = counters.first[verdict].min(start);
        counters.last[verdict] = counters.last[verdict].max(observation.end);
        self.marks.0 |= observation.marks.0;
        self.ways = self.ways.and(observation.ways);
        if let Some(side) = self.side(observation.seen, observation.observer) {
            let forward = usize::from(!observation.to_server);
            self.counters.bytes[forward][side] += observation.bytes;
            self.counters.bytes[1 - forward][side] += observation.rev_bytes;
        }
    }

    /// The column of `bytes` that a record belongs to; `None` if it does not count.
    #[inline]
    fn side(&mut self, seen: Seen, observer: u32) -> Option<usize> {
        let side = match seen {
            Seen::AtClient => 0,
            Seen::AtServer => 1,
            Seen::MiddleIn | Seen::MiddleOut if self.marks.has(Marks::ENDS) => return None,
            Seen::MiddleIn => return Some(0),
            Seen::MiddleOut => return Some(1),
            Seen::AtObserver => {
                if self.counters.observer == NO_OBSERVER {
                    self.counters.observer = observer;
                }
                usize::from(self.counters.observer != observer)
            }
        };
        if !self.marks.has(Marks::ENDS) {
            self.marks.0 |= Marks::ENDS;
            self.counters.bytes = [[0; 2]; 2];
        }
        Some(side)
    }

    /// Joins what came later.
    pub(crate) fn merge(&mut self, later: &Entry<A>) {
        let (mine, theirs) = (&mut self.counters, &later.counters);
        for verdict in [ALLOWED, DENIED] {
            mine.first[verdict] = mine.first[verdict].min(theirs.first[verdict]);
            mine.last[verdict] = mine.last[verdict].max(theirs.last[verdict]);
            mine.records[verdict] = mine.records[verdict].saturating_add(theirs.records[verdict]);
        }
        let swaps = mine.observer != NO_OBSERVER && theirs.observer != NO_OBSERVER && mine.observer != theirs.observer;
        mine.observer = if mine.observer == NO_OBSERVER { theirs.observer } else { mine.observer };
        let (ends, later_ends) = (self.marks.has(Marks::ENDS), later.marks.has(Marks::ENDS));
        if later_ends && !ends {
            mine.bytes = [[0; 2]; 2];
        }
        if later_ends || !ends {
            for (mine, theirs) in mine.bytes.iter_mut().zip(&theirs.bytes) {
                mine[0] += theirs[usize::from(swaps)];
                mine[1] += theirs[usize::from(!swaps)];
            }
        }
        self.ways = match self.marks.is_folded() && later.marks.is_folded() {
            true => self.ways.folded_with(later.ways),
            false => self.ways.and(later.ways),
        };
        self.marks.0 |= later.marks.0;
    }

    /// Gives its observer another number.
    pub(crate) fn renumber(&mut self, observers: &[u32]) {
        if let Some(&number) = observers.get(self.counters.observer as usize) {
            self.counters.observer = number;
        }
    }

    /// Adds the bytes of one that is folded into this: of the better end each.
    pub(crate) fn absorb(&mut self, folded: &Entry<A>) {
        let mut folded = *folded;
        let counters = &mut folded.counters;
        counters.bytes = [[counters.to_server(), 0], [counters.to_client(), 0]];
        counters.observer = NO_OBSERVER;
        // Certainty and an end that saw it are not asked of a folded one; they must not throw bytes away.
        if !self.marks.is_folded() {
            self.ways = folded.ways;
        }
        folded.marks.0 = folded.marks.0 & !Marks::CERTAIN | Marks::ENDS | Marks::FOLDED;
        self.marks.0 |= Marks::ENDS | Marks::FOLDED;
        self.merge(&folded);
    }

    /// How much would be lost if it were folded: what it moved, and how often.
    pub(crate) fn weight(&self) -> u64 {
        if self.marks.is_folded() {
            return u64::MAX;
        }
        let counters = &self.counters;
        let records = u64::from(counters.records[ALLOWED]) * 2048 + u64::from(counters.records[DENIED]) * 256;
        (counters.to_server() + counters.to_client()).saturating_add(records)
    }
}

impl Counters {
    /// Bytes from client to server.
    pub(crate) fn to_server(self) -> u64 {
        self.bytes[0][0].max(self.bytes[0][1])
    }
    /// Bytes from server to client.
    pub(crate) fn to_client(self) -> u64 {
        self.bytes[1][0].max(self.bytes[1][1])
    }
}

/// Which end of the conversation a record was made at.
#[inline]
pub(crate) fn seen_at(place: Place, to_server: bool, internal: (bool, bool)) -> Seen {
    let at_end = |at_source: bool| if at_source == to_server { Seen::AtClient } else { Seen::AtServer };
    if place.is_end() {
        return at_end(place == Place::Source);
    }
    match (place, internal) {
        (Place::MiddleIn, _) => Seen::MiddleIn,
        (Place::MiddleOut, _) => Seen::MiddleOut,
        (_, (true, true)) => Seen::AtObserver,
        (_, (src_internal, dst_internal)) => at_end(src_internal || !dst_internal),
    }
}
