//! One conversation: a client, a server, a service; everything kept of it, and how two halves are joined.
//!
//! 80 bytes for IPv4 (12 of key), 104 for IPv6. Bytes are kept per direction and per end where they were seen, because
//! most east-west traffic is logged at both ends: the larger of the two ends is the truth, their sum is not.

use super::address::Address;
use super::contacts::Contacts;
use super::rows::{Place, Row, Verdict};

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
    /// At the end where this observer is, whichever that is.
    By(u32),
}

/// A record as its conversation sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observation {
    pub(crate) row: Row,
    /// Does it go from client to server?
    pub(crate) to_server: bool,
    pub(crate) seen: Seen,
    /// Did the record itself say who opened the connection?
    pub(crate) is_certain: bool,
    /// Does this record count where every call of the client is to be counted once?
    pub(crate) counts_calls: bool,
}

/// Index of an entry without contacts.
pub(crate) const NO_CONTACTS: u32 = u32::MAX;
const NO_OBSERVER: u32 = u32::MAX;

/// What is known of a conversation beside its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counters {
    /// `[towards the server, towards the client][seen at the client, seen at the server]`.
    bytes: [[u64; 2]; 2],
    /// Seconds since 1970 of the first and the last accepted record; `first` is `u32::MAX` if there is none.
    pub(crate) first_allowed: u32,
    pub(crate) last_allowed: u32,
    /// The same of denied and dropped ones.
    pub(crate) first_denied: u32,
    pub(crate) last_denied: u32,
    /// Records.
    pub(crate) allowed: u32,
    pub(crate) denied: u32,
    /// Whose records without direction stand in the first column of `bytes`.
    observer: u32,
    /// Where its contacts are.
    pub(crate) contacts: u32,
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
    const ASKED: u8 = 16;

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
    /// The client sent something that was let through.
    pub(crate) fn is_asked(self) -> bool {
        self.has(Self::ASKED)
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
    pub(crate) counters: Counters,
}

const _: () = assert!(size_of::<Entry<u32>>() <= 96);

impl<A: Address> Entry<A> {
    /// Nothing seen yet.
    pub(crate) fn new(key: Key<A>) -> Entry<A> {
        let counters = Counters {
            bytes: [[0; 2]; 2],
            first_allowed: u32::MAX,
            last_allowed: 0,
            first_denied: u32::MAX,
            last_denied: 0,
            allowed: 0,
            denied: 0,
            observer: NO_OBSERVER,
            contacts: NO_CONTACTS,
        };
        let Key { client, server, port, proto } = key;
        Entry { client, server, port, proto, marks: Marks::default(), counters }
    }

    /// Its key.
    #[inline]
    pub(crate) fn key(&self) -> Key<A> {
        Key { client: self.client, server: self.server, port: self.port, proto: self.proto }
    }

    /// Adds a record.
    #[inline]
    pub(crate) fn observe(&mut self, observation: &Observation) {
        let Observation { row, to_server, seen, is_certain, .. } = observation;
        let is_denied = matches!(row.verdict, Verdict::Denied | Verdict::Dropped);
        let counters = &mut self.counters;
        let end = if row.end > 0 { row.end } else { row.start };
        if is_denied {
            counters.denied = counters.denied.saturating_add(1);
            counters.first_denied =
                if row.start > 0 { counters.first_denied.min(row.start) } else { counters.first_denied };
            counters.last_denied = counters.last_denied.max(end);
        } else {
            counters.allowed = counters.allowed.saturating_add(1);
            counters.first_allowed =
                if row.start > 0 { counters.first_allowed.min(row.start) } else { counters.first_allowed };
            counters.last_allowed = counters.last_allowed.max(end);
            let answer = if *to_server { row.rev_packets > 0 } else { !row.only_reset };
            let ask = *to_server || row.rev_packets > 0;
            self.marks.0 |= if answer { Marks::ANSWERED } else { 0 } | if ask { Marks::ASKED } else { 0 };
        }
        self.marks.0 |= if *is_certain { Marks::CERTAIN } else { 0 };
        if let Some(side) = self.side(*seen) {
            let forward = usize::from(!to_server);
            self.counters.bytes[forward][side] += row.bytes;
            self.counters.bytes[1 - forward][side] += row.rev_bytes;
        }
    }

    /// The column of `bytes` that a record belongs to; `None` if it does not count.
    #[inline]
    fn side(&mut self, seen: Seen) -> Option<usize> {
        let side = match seen {
            Seen::AtClient => 0,
            Seen::AtServer => 1,
            Seen::MiddleIn | Seen::MiddleOut if self.marks.has(Marks::ENDS) => return None,
            Seen::MiddleIn => return Some(0),
            Seen::MiddleOut => return Some(1),
            Seen::By(observer) => {
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

    /// Joins what came later. `contacts` of the two are joined by the table.
    pub(crate) fn merge(&mut self, later: &Entry<A>) {
        let (mine, theirs) = (&mut self.counters, &later.counters);
        mine.first_allowed = mine.first_allowed.min(theirs.first_allowed);
        mine.last_allowed = mine.last_allowed.max(theirs.last_allowed);
        mine.first_denied = mine.first_denied.min(theirs.first_denied);
        mine.last_denied = mine.last_denied.max(theirs.last_denied);
        mine.allowed = mine.allowed.saturating_add(theirs.allowed);
        mine.denied = mine.denied.saturating_add(theirs.denied);
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
        folded.marks.0 = folded.marks.0 & !Marks::CERTAIN | Marks::ENDS | Marks::FOLDED;
        self.marks.0 |= Marks::ENDS | Marks::FOLDED;
        self.merge(&folded);
    }

    /// How much would be lost if it were folded: what it moved, how often, and how regularly.
    pub(crate) fn weight(&self, contacts: Option<&Contacts>) -> u64 {
        if self.marks.is_folded() {
            return u64::MAX;
        }
        let counters = &self.counters;
        let repeats = contacts.map_or(0, |contacts| u64::from(contacts.gaps).saturating_sub(2) * 65_536);
        let records = u64::from(counters.allowed) * 2048 + u64::from(counters.denied) * 256;
        (counters.to_server() + counters.to_client()).saturating_add(records).saturating_add(repeats)
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
pub(crate) fn seen_at(place: Place, to_server: bool, internal: (bool, bool), observer: u32) -> Seen {
    let (src_internal, dst_internal) = internal;
    let at_source = match place {
        Place::Source => true,
        Place::Target => false,
        Place::MiddleIn => return Seen::MiddleIn,
        Place::MiddleOut => return Seen::MiddleOut,
        Place::Unknown if src_internal && dst_internal => return Seen::By(observer),
        Place::Unknown => src_internal || !dst_internal,
    };
    if at_source == to_server { Seen::AtClient } else { Seen::AtServer }
}
