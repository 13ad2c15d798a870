//! Connections, put together from records of capture windows and of both directions.

use super::direction::{TCP, UDP};
use super::record::{Record, Sign, Totals};

/// How a session went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// A firewall turned it away.
    Denied,
    /// The server refused (a reset, no data).
    Rejected,
    /// Nothing came back, and the client tried no more than a probe.
    Unanswered,
    /// Only one direction was recorded; how it went is unknown.
    OneWay,
    /// Only the server's side: an answer to something that was not recorded, or backscatter.
    ReplyOnly,
    /// A handshake without data: an open port, looked at.
    Probed,
    /// Both sides spoke.
    Established,
}

impl Outcome {
    /// Did the client not get what it wanted?
    pub fn is_failure(self) -> bool {
        matches!(self, Outcome::Denied | Outcome::Rejected | Outcome::Unanswered)
    }

    /// Did the server answer as one that is there?
    pub fn is_success(self) -> bool {
        matches!(self, Outcome::Probed | Outcome::Established)
    }
}

/// One connection.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    /// First moment, in seconds since 1970.
    pub start: u32,
    /// Last moment.
    pub end: u32,
    /// The client's port.
    pub client_port: u16,
    /// What its records show.
    pub signs: Sign,
    /// What it moved, each packet counted at one vantage.
    pub totals: Totals,
    /// How it went.
    pub outcome: Outcome,
}

impl Session {
    /// From first to last moment, in seconds.
    pub fn duration_s(&self) -> u32 {
        self.end - self.start
    }
}

/// Records of one connection are no further apart: a capture window of 600 s and its delay.
const GAP_S: u32 = 900;
/// More packets without an answer than a client sends to one that is not there (a SYN and six more) are half a dialogue.
const PROBE_PACKETS_MAX: u64 = 8;
/// ... as a log tells it that multiplies one packet seen by 10 to 30.
const SAMPLED_PROBE_PACKETS_MAX: u64 = 64;
/// A refused client tries so often at most (Linux gives up at once, Windows after three).
pub(super) const RESET_PACKETS_MAX: u64 = 3;
/// A TCP packet without data: 20 bytes of IPv4, 20 to 60 of TCP, or 40 of IPv6.
pub(super) const BARE_PACKET_BYTES_MAX: u64 = 80;

/// A session in the making: sums per vantage, since two vantages see the same packets.
struct Stitching {
    session: Session,
    at_client: Totals,
    at_server: Totals,
    elsewhere: Totals,
    /// Answers that were turned away: they never arrived.
    refused: Totals,
}

impl Stitching {
    fn new(record: &Record) -> Stitching {
        let session = Session {
            start: record.start,
            end: record.end(),
            client_port: record.client_port,
            signs: Sign::default(),
            totals: Totals::default(),
            outcome: Outcome::OneWay,
        };
        let none = Totals::default();
        let mut stitching = Stitching { session, at_client: none, at_server: none, elsewhere: none, refused: none };
        stitching.add(record);
        stitching
    }

    fn add(&mut self, record: &Record) {
        let place = match record.signs {
            signs if signs.has(Sign::DENIED) && record.up_packets == 0 => &mut self.refused,
            signs if signs.has(Sign::AT_CLIENT) => &mut self.at_client,
            signs if signs.has(Sign::AT_SERVER) => &mut self.at_server,
            _ => &mut self.elsewhere,
        };
        place.add(&record.totals());
        self.session.end = self.session.end.max(record.end());
        self.session.signs = self.session.signs | record.signs;
    }

    /// Does the record go on with it?
    fn takes(&self, record: &Record, proto: u8) -> bool {
        let session = &self.session;
        let is_same_port = record.client_port == session.client_port;
        let is_new_handshake =
            record.signs.has(Sign::SYN) && session.signs.has(Sign::SYN) && record.start > session.end;
        let is_whole = proto != TCP && !record.signs.has(Sign::WINDOWED) && record.signs.has(Sign::BOTH);
        let is_two_attempts = proto == TCP
            && !record.signs.has(Sign::WINDOWED)
            && record.signs.has(Sign::SYN | Sign::BOTH)
            && session.signs.has(Sign::SYN | Sign::BOTH);
        let is_near = record.start <= session.end.saturating_add(GAP_S);
        is_same_port && is_near && !is_new_handshake && !is_whole && !is_two_attempts
    }

    fn finish(self, proto: u8) -> Session {
        let mut session = self.session;
        session.totals = self.at_client.larger(&self.at_server).larger(&self.elsewhere);
        let is_unasked = session.totals == Totals::default() && self.refused.down_packets > 0;
        session.outcome = if is_unasked { Outcome::ReplyOnly } else { outcome(&session, proto) };
        session.totals.add(&self.refused);
        session
    }
}

/// The sessions of the records (in order of time) of one conversation, by time.
pub(super) fn stitch(records: &[Record], proto: u8) -> Vec<Session> {
    let mut sessions = Vec::new();
    for_each_session(records, proto, |session| sessions.push(session));
    sessions.sort_by_key(|session| (session.start, session.client_port, session.end));
    sessions
}

/// The same, in the order of the client's ports.
pub(super) fn for_each_session(records: &[Record], proto: u8, mut take: impl FnMut(Session)) {
    // Port and place in one number: within a port the records stay in the order of time.
    let mut by_port: Vec<u64> =
        records.iter().enumerate().map(|(place, record)| u64::from(record.client_port) << 32 | place as u64).collect();
    by_port.sort_unstable();
    let mut current: Option<Stitching> = None;
    for key in by_port {
        let record = &records[key as u32 as usize];
        match &mut current {
            Some(stitching) if stitching.takes(record, proto) => stitching.add(record),
            _ => current.replace(Stitching::new(record)).into_iter().for_each(|done| take(done.finish(proto))),
        }
    }
    current.into_iter().for_each(|done| take(done.finish(proto)));
}

fn outcome(session: &Session, proto: u8) -> Outcome {
    let (signs, totals) = (session.signs, &session.totals);
    if totals.down_packets == 0 && totals.down_bytes == 0 {
        return without_answer(signs, totals, proto);
    }
    if totals.up_packets == 0 && totals.up_bytes == 0 && !signs.has(Sign::SYN) {
        // Where packets are looked at by chance, a server's data alone shows that somebody asked.
        let is_data = proto == TCP && totals.down_bytes > totals.down_packets.saturating_mul(BARE_PACKET_BYTES_MAX);
        return if signs.has(Sign::SAMPLED) && is_data { Outcome::Established } else { Outcome::ReplyOnly };
    }
    if proto != TCP {
        // An ICMP error about the datagrams is counted as a packet back, and is no answer of the service.
        let is_refused = proto == UDP && signs.has(Sign::SERVER_RESET) && totals.down_packets <= totals.up_packets;
        return if is_refused { Outcome::Rejected } else { Outcome::Established };
    }
    let has_data = match signs.has(Sign::HAS_HISTORY) {
        true => signs.has_any(Sign::SERVER_DATA | Sign::CLIENT_DATA),
        false => totals.bytes() > (totals.up_packets + totals.down_packets).saturating_mul(bare_packet_bytes(signs)),
    };
    // Who answers a SYN-ACK with a reset never asked: somebody forged the question.
    if !has_data && signs.has(Sign::SYN_ACK | Sign::CLIENT_RESET) && !signs.has(Sign::SYN) {
        return Outcome::ReplyOnly;
    }
    let is_short = totals.down_packets <= PROBE_PACKETS_MAX && totals.up_packets <= PROBE_PACKETS_MAX;
    match (has_data, is_short) {
        (false, _) if signs.has(Sign::SERVER_RESET) && !signs.has(Sign::SYN_ACK) => Outcome::Rejected,
        // No flags at all: one bare packet back for each probe is a reset, and nobody probes often. Who shakes hands and
        // leaves sends more than he gets.
        (false, true)
            if !signs.has_any(Sign::SYN | Sign::SYN_ACK)
                && totals.down_packets == totals.up_packets
                && totals.up_packets
                    <= if signs.has(Sign::SAMPLED) { SAMPLED_PROBE_PACKETS_MAX } else { RESET_PACKETS_MAX } =>
        {
            Outcome::Rejected
        }
        (false, true) => Outcome::Probed,
        _ => Outcome::Established,
    }
}

/// A packet of a handshake, or an acknowledgement, at most: 40 bytes of headers and 20 of options, of IPv6 20 more.
fn bare_packet_bytes(signs: Sign) -> u64 {
    if signs.has(Sign::IPV6) { BARE_PACKET_BYTES_MAX } else { BARE_PACKET_BYTES_MAX - 20 }
}

fn without_answer(signs: Sign, totals: &Totals, proto: u8) -> Outcome {
    if signs.has(Sign::DENIED) && !signs.has(Sign::ALLOWED) {
        return Outcome::Denied;
    }
    let is_probe = match proto {
        _ if signs.has(Sign::BOTH) => true,
        TCP if signs.has(Sign::SAMPLED) => totals.up_packets <= SAMPLED_PROBE_PACKETS_MAX && is_bare(totals, proto),
        TCP | UDP => totals.up_packets <= PROBE_PACKETS_MAX && is_bare(totals, proto),
        _ => totals.up_packets <= PROBE_PACKETS_MAX,
    };
    if is_probe { Outcome::Unanswered } else { Outcome::OneWay }
}

fn is_bare(totals: &Totals, proto: u8) -> bool {
    proto == UDP || totals.up_bytes <= totals.up_packets.saturating_mul(BARE_PACKET_BYTES_MAX)
}
