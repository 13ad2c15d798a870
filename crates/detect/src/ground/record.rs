//! One record, seen from the client.

/// What a record shows beside its counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sign(pub u32);

impl Sign {
    /// It was denied or dropped.
    pub const DENIED: Sign = Sign(1);
    /// It was let through, as the record says.
    pub const ALLOWED: Sign = Sign(1 << 1);
    /// The client sent a SYN.
    pub const SYN: Sign = Sign(1 << 2);
    /// The server answered it.
    pub const SYN_ACK: Sign = Sign(1 << 3);
    /// The server reset; of UDP, an ICMP error came back.
    pub const SERVER_RESET: Sign = Sign(1 << 4);
    /// An ICMP error or housekeeping of the network: nobody wanted to reach anything.
    pub const NOTICE: Sign = Sign(1 << 5);
    /// The source looks at some packets only.
    pub const SAMPLED: Sign = Sign(1 << 6);
    /// The record has both directions: no answer in it is no answer.
    pub const BOTH: Sign = Sign(1 << 7);
    /// A record of a capture window, not of a connection.
    pub const WINDOWED: Sign = Sign(1 << 8);
    /// Observed at the client.
    pub const AT_CLIENT: Sign = Sign(1 << 9);
    /// Observed at the server.
    pub const AT_SERVER: Sign = Sign(1 << 10);
    /// Somebody sent data, as the sensor's history says; see [`Sign::HAS_HISTORY`].
    pub const CLIENT_DATA: Sign = Sign(1 << 11);
    /// The server sent data.
    pub const SERVER_DATA: Sign = Sign(1 << 12);
    /// There is a history, so that data would be seen.
    pub const HAS_HISTORY: Sign = Sign(1 << 13);
    /// The content was recognised as a login protocol (SSH, RDP, ...).
    pub const LOGIN: Sign = Sign(1 << 14);
    /// A router lost packets of it: it had no route, or one into a black hole.
    pub const NO_ROUTE: Sign = Sign(1 << 15);
    /// ... they were larger than the next link takes.
    pub const TOO_LARGE: Sign = Sign(1 << 16);
    /// ... they had passed too many routers: they went round in circles, or were a traceroute's.
    pub const TTL_EXPIRED: Sign = Sign(1 << 17);

    /// Between two IPv6 addresses: the headers of its packets are longer.
    pub const IPV6: Sign = Sign(1 << 18);
    /// The client reset.
    pub const CLIENT_RESET: Sign = Sign(1 << 19);

    /// Are all of the other's set?
    #[inline]
    pub fn has(self, other: Sign) -> bool {
        self.0 & other.0 == other.0
    }

    /// Is any of the other's set?
    #[inline]
    pub fn has_any(self, other: Sign) -> bool {
        self.0 & other.0 != 0
    }

    /// Those that are not the other's.
    #[inline]
    #[must_use]
    pub fn without(self, other: Sign) -> Sign {
        Sign(self.0 & !other.0)
    }

    /// Sets the other's as well, if so.
    #[inline]
    #[must_use]
    pub fn with_if(self, is_so: bool, other: Sign) -> Sign {
        if is_so { self | other } else { self }
    }
}

impl std::ops::BitOr for Sign {
    type Output = Sign;
    fn bitor(self, other: Sign) -> Sign {
        Sign(self.0 | other.0)
    }
}

/// Packets and bytes of one or more records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Totals {
    /// Packets to the server.
    pub up_packets: u64,
    /// Packets to the client.
    pub down_packets: u64,
    /// Bytes to the server.
    pub up_bytes: u64,
    /// Bytes to the client.
    pub down_bytes: u64,
}

impl Totals {
    /// Adds another's; counters that lie stay at the largest number.
    pub fn add(&mut self, other: &Totals) {
        self.up_packets = self.up_packets.saturating_add(other.up_packets);
        self.down_packets = self.down_packets.saturating_add(other.down_packets);
        self.up_bytes = self.up_bytes.saturating_add(other.up_bytes);
        self.down_bytes = self.down_bytes.saturating_add(other.down_bytes);
    }

    /// As much of each counter as a part is of a whole.
    #[must_use]
    pub(super) fn in_proportion(&self, part: &Totals, whole: &Totals) -> Totals {
        let scaled = |value: u64, part: u64, whole: u64| {
            if whole == 0 { value } else { (u128::from(value) * u128::from(part) / u128::from(whole)) as u64 }
        };
        Totals {
            up_packets: scaled(self.up_packets, part.up_packets, whole.up_packets),
            down_packets: scaled(self.down_packets, part.down_packets, whole.down_packets),
            up_bytes: scaled(self.up_bytes, part.up_bytes, whole.up_bytes),
            down_bytes: scaled(self.down_bytes, part.down_bytes, whole.down_bytes),
        }
    }

    /// The larger of each counter.
    #[must_use]
    pub fn larger(&self, other: &Totals) -> Totals {
        Totals {
            up_packets: self.up_packets.max(other.up_packets),
            down_packets: self.down_packets.max(other.down_packets),
            up_bytes: self.up_bytes.max(other.up_bytes),
            down_bytes: self.down_bytes.max(other.down_bytes),
        }
    }

    /// Bytes of both directions.
    pub fn bytes(&self) -> u64 {
        self.up_bytes.saturating_add(self.down_bytes)
    }
}

/// One record of a conversation. Ordered by time first: the earliest are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// Start, in seconds since 1970.
    pub start: u32,
    /// From start to end, in seconds.
    pub duration_s: u32,
    /// The client's port. Where the protocol has none: of a record with both directions what of a second it began in, so that
    /// two are not taken for one read twice; else 0.
    pub client_port: u16,
    /// What it shows.
    pub signs: Sign,
    /// Packets to the server, at most `u32::MAX`.
    pub up_packets: u32,
    /// Packets to the client, at most `u32::MAX`.
    pub down_packets: u32,
    /// Bytes to the server.
    pub up_bytes: u64,
    /// Bytes to the client.
    pub down_bytes: u64,
    /// One packet of so many is looked at, at most `u16::MAX`: 1 is each, 0 is not known.
    pub one_of: u16,
}

impl Record {
    /// End, in seconds since 1970.
    pub fn end(&self) -> u32 {
        self.start.saturating_add(self.duration_s)
    }

    /// How long it counted, in seconds: a record of a window that names one moment only (Azure's) stands for a minute.
    pub fn window_s(&self) -> u32 {
        if self.duration_s == 0 && self.signs.has(Sign::WINDOWED) { 60 } else { self.duration_s }
    }

    /// Its counters.
    pub fn totals(&self) -> Totals {
        Totals {
            up_packets: u64::from(self.up_packets),
            down_packets: u64::from(self.down_packets),
            up_bytes: self.up_bytes,
            down_bytes: self.down_bytes,
        }
    }
}
