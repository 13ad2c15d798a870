//! Which protocol a flow speaks, from the first bytes of each side: content first, port second.

mod rows;

use crate::protocol::{Ports, Probe, Protocol, Transport};
use crate::protocol_set::ProtocolSet;
use model::packet::Side;

/// So many first bytes of a side are looked at and held; then it is decided, or given up.
pub const HEAD_BYTES_MAX: usize = 4 << 10;

/// What is known of a flow before its content.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// What carries it.
    pub transport: Transport,
    /// Its ports.
    pub ports: Ports,
    /// Its begin was not seen: client and server may be confused.
    pub is_midstream: bool,
}

/// What the bytes so far say.
#[derive(Clone, Copy)]
pub enum Outcome {
    /// More bytes are needed.
    Undecided,
    /// It is this protocol.
    Decided(&'static dyn Protocol),
    /// It is none that we know.
    Unknown,
}

/// What one side's bytes say.
#[derive(Clone, Copy, Default)]
enum Verdict {
    #[default]
    Open,
    Found(&'static dyn Protocol),
    Failed,
}

/// The search in one flow. While it lasts it holds the bytes that came.
pub struct Detection {
    circumstances: Circumstances,
    sides: [Head; 2],
    /// In which order the sides' bytes came that are held before the decision: how many of one side, then of the other.
    runs: Vec<(Side, u16)>,
    first_sender: Option<Side>,
    decided: Option<&'static dyn Protocol>,
    is_reversed: bool,
    /// Within another protocol: who spoke first is not known.
    is_nested: bool,
    /// Protocols that it is not, whatever the bytes say.
    ignored: ProtocolSet,
}

/// The first bytes of a side.
#[derive(Default)]
struct Head {
    bytes: Vec<u8>,
    /// Bytes behind them that are not held.
    dropped_bytes: u64,
    verdict: Verdict,
    /// The rows of [`PROTOCOLS`] that can still be it; none where nothing was looked at yet.
    candidates: Option<ProtocolSet>,
}

impl Detection {
    /// A flow that begins.
    pub fn new(circumstances: Circumstances) -> Detection {
        Detection {
            circumstances,
            sides: Default::default(),
            runs: Vec::new(),
            first_sender: None,
            decided: None,
            is_reversed: false,
            is_nested: false,
            ignored: ProtocolSet::default(),
        }
    }

    /// As if these protocols were not known.
    #[must_use]
    pub fn ignoring(self, ignored: ProtocolSet) -> Detection {
        Detection { ignored, ..self }
    }

    /// What is carried by another protocol that has handed over.
    pub fn nested(circumstances: Circumstances) -> Detection {
        let circumstances = Circumstances { is_midstream: false, ..circumstances };
        Detection { is_nested: true, ..Detection::new(circumstances) }
    }

    /// The next bytes of a side. Before the decision they are held, but for those that bring it: the protocol's parser
    /// gets first [`Detection::take_head`] of both sides, then these. `anomaly` is told Suricata's names of events.
    pub fn push(&mut self, sender: Side, bytes: &[u8], anomaly: &mut dyn FnMut(&'static str)) -> Outcome {
        self.first_sender.get_or_insert(sender);
        if matches!(self.sides[sender.index()].verdict, Verdict::Open) && !bytes.is_empty() {
            self.look(sender, bytes, anomaly);
        } else if self.decided.is_none() {
            self.hold(sender, bytes);
        }
        self.outcome()
    }

    /// Bytes of a side are missing: what comes behind them does not continue what is held.
    pub fn gap(&mut self, sender: Side) {
        let head = &mut self.sides[sender.index()];
        if !head.bytes.is_empty() {
            head.verdict = Verdict::Failed;
        }
    }

    /// No more bytes will come: what is likely on its port is taken for it.
    pub fn finish(&mut self, anomaly: &mut dyn FnMut(&'static str)) -> Outcome {
        for side in Side::BOTH {
            if self.decided.is_none()
                && let Some(protocol) = self.likely(side)
            {
                self.sides[side.index()].verdict = Verdict::Found(protocol);
                self.decide(protocol, anomaly);
            }
        }
        self.outcome()
    }

    fn likely(&self, sender: Side) -> Option<&'static dyn Protocol> {
        let head = &self.sides[sender.index()];
        let is_open = matches!(head.verdict, Verdict::Open) && !head.bytes.is_empty();
        let mut candidates = head.candidates.filter(|_| is_open)?.iter().map(|(_, protocol)| protocol);
        candidates.find(|row| self.is_on_port(*row) && self.probe(*row, &head.bytes, sender) == Probe::Maybe)
    }

    /// What is known so far.
    pub fn outcome(&self) -> Outcome {
        match (self.decided, self.sides.each_ref().map(|side| side.verdict)) {
            (Some(protocol), _) => Outcome::Decided(protocol),
            (None, [Verdict::Failed, Verdict::Failed]) => Outcome::Unknown,
            _ => Outcome::Undecided,
        }
    }

    /// Has each side said what it can say?
    pub fn is_settled(&self) -> bool {
        self.sides.iter().all(|side| !matches!(side.verdict, Verdict::Open))
    }

    /// The protocol that one side's bytes show: EVE's `app_proto_ts` and `app_proto_tc`.
    pub fn side_protocol(&self, sender: Side) -> Option<&'static dyn Protocol> {
        match self.sides[sender.index()].verdict {
            Verdict::Found(protocol) => Some(protocol),
            Verdict::Open | Verdict::Failed => None,
        }
    }

    /// The name of that: of a stream whose other side brought the decision and that shows nothing known, `failed`.
    pub fn side_name(&self, sender: Side) -> Option<&'static str> {
        let has_missed = self.has_failed(sender) && self.decided.is_some();
        match self.side_protocol(sender) {
            None if has_missed && self.circumstances.transport == Transport::Tcp => Some("failed"),
            found => found.map(|protocol| protocol.name()),
        }
    }

    /// Did a side's bytes show nothing known?
    pub fn has_failed(&self, sender: Side) -> bool {
        matches!(self.sides[sender.index()].verdict, Verdict::Failed)
    }

    /// Who spoke first.
    pub fn first_sender(&self) -> Option<Side> {
        self.first_sender
    }

    /// Does what is called the client speak as the server (only in flows picked up midstream)?
    pub fn is_reversed(&self) -> bool {
        self.is_reversed
    }

    /// The first bytes of a side that were held, and how many behind them were not.
    pub fn take_head(&mut self, sender: Side) -> (Vec<u8>, u64) {
        let head = &mut self.sides[sender.index()];
        (std::mem::take(&mut head.bytes), std::mem::take(&mut head.dropped_bytes))
    }

    /// How the bytes of [`Detection::take_head`] follow each other over both sides.
    pub fn take_runs(&mut self) -> Vec<(Side, u16)> {
        std::mem::take(&mut self.runs)
    }

    /// Bytes held.
    pub fn held_bytes(&self) -> usize {
        self.sides.iter().map(|side| side.bytes.capacity()).sum()
    }

    fn look(&mut self, sender: Side, bytes: &[u8], anomaly: &mut dyn FnMut(&'static str)) {
        let held = self.sides[sender.index()].bytes.len();
        if held == 0 {
            self.judge(sender, bytes, anomaly);
        } else {
            self.sides[sender.index()].bytes.extend_from_slice(bytes);
            let head = std::mem::take(&mut self.sides[sender.index()].bytes);
            self.judge(sender, &head, anomaly);
            self.sides[sender.index()].bytes = head;
            self.sides[sender.index()].bytes.truncate(held);
        }
        let is_first_look_over = !matches!(self.sides[sender.index()].verdict, Verdict::Open);
        if self.decided.is_none() || !is_first_look_over {
            self.hold(sender, bytes);
        }
    }

    fn hold(&mut self, sender: Side, bytes: &[u8]) {
        let head = &mut self.sides[sender.index()];
        let room = HEAD_BYTES_MAX.saturating_sub(head.bytes.len());
        let held = &bytes[..bytes.len().min(room)];
        head.bytes.extend_from_slice(held);
        head.dropped_bytes += (bytes.len() - held.len()) as u64;
        if self.decided.is_none() && !held.is_empty() {
            self.note_run(sender, held.len() as u16);
        }
    }

    /// Datagrams stay apart.
    fn note_run(&mut self, sender: Side, length: u16) {
        match self.runs.last_mut() {
            Some((last, bytes)) if *last == sender && self.circumstances.transport == Transport::Tcp => {
                *bytes += length
            }
            _ => self.runs.push((sender, length)),
        }
    }

    fn judge(&mut self, sender: Side, bytes: &[u8], anomaly: &mut dyn FnMut(&'static str)) {
        let head = &bytes[..bytes.len().min(HEAD_BYTES_MAX)];
        match self.decided {
            Some(protocol) => self.confirm(protocol, sender, head, anomaly),
            None => self.search(sender, head, anomaly),
        }
    }

    fn search(&mut self, sender: Side, head: &[u8], anomaly: &mut dyn FnMut(&'static str)) {
        let verdict = self.verdict(sender, head);
        self.sides[sender.index()].verdict = verdict;
        match verdict {
            Verdict::Found(protocol) => self.decide(protocol, anomaly),
            Verdict::Failed if self.circumstances.is_midstream => self.search_reversed(sender, head),
            Verdict::Failed | Verdict::Open => {}
        }
    }

    fn decide(&mut self, protocol: &'static dyn Protocol, anomaly: &mut dyn FnMut(&'static str)) {
        self.decided = Some(protocol);
        let is_wrong = protocol.first_sender().is_some_and(|first| Some(first) != self.first_sender);
        if is_wrong && !self.circumstances.is_midstream && !self.is_nested {
            anomaly("applayer_wrong_direction_first_data");
        }
        for side in Side::BOTH {
            self.settle_held(protocol, side, anomaly);
        }
    }

    /// What a side has said before the other one brought the decision.
    fn settle_held(&mut self, protocol: &'static dyn Protocol, side: Side, anomaly: &mut dyn FnMut(&'static str)) {
        if self.has_failed(side) {
            return self.miss(anomaly);
        }
        let head = std::mem::take(&mut self.sides[side.index()].bytes);
        if !head.is_empty() && matches!(self.sides[side.index()].verdict, Verdict::Open) {
            self.confirm(protocol, side, &head, anomaly);
            if matches!(self.sides[side.index()].verdict, Verdict::Open) {
                self.sides[side.index()].verdict = Verdict::Found(protocol);
            }
        }
        self.sides[side.index()].bytes = head;
    }

    /// One side shows the protocol, and the other one nothing known. Datagrams are looked at one by one: of them it means nothing.
    fn miss(&self, anomaly: &mut dyn FnMut(&'static str)) {
        if self.circumstances.transport == Transport::Tcp {
            anomaly("applayer_detect_protocol_only_one_direction");
        }
    }

    fn search_reversed(&mut self, sender: Side, head: &[u8]) {
        let speaker = sender.other();
        let (mut is_undecided, mut proven) = (false, None);
        for (_, protocol) in self.first_candidates(speaker, head).iter() {
            match self.probe(protocol, head, speaker) {
                Probe::Yes => proven = Some(self.earlier(proven, protocol, head, speaker)),
                Probe::NeedMore => is_undecided = true,
                Probe::Maybe | Probe::No => {}
            }
        }
        if let Some(protocol) = proven {
            (self.decided, self.is_reversed) = (Some(protocol), true);
            self.sides[sender.index()].verdict = Verdict::Found(protocol);
        } else if is_undecided && head.len() < HEAD_BYTES_MAX {
            self.sides[sender.index()].verdict = Verdict::Open;
        }
    }

    /// The protocol is known by the other side: does this one fit?
    fn confirm(
        &mut self,
        protocol: &'static dyn Protocol,
        sender: Side,
        head: &[u8],
        anomaly: &mut dyn FnMut(&'static str),
    ) {
        let speaker = if self.is_reversed { sender.other() } else { sender };
        let verdict = match protocol.fits(head, speaker, self.circumstances.transport) {
            Probe::NeedMore if head.len() < HEAD_BYTES_MAX => Verdict::Open,
            Probe::Yes | Probe::Maybe | Probe::NeedMore => Verdict::Found(protocol),
            Probe::No => self.verdict(sender, head),
        };
        self.sides[sender.index()].verdict = verdict;
        match verdict {
            Verdict::Found(other) if other.name() != protocol.name() => {
                anomaly("applayer_mismatch_protocol_both_directions");
            }
            Verdict::Failed => self.miss(anomaly),
            Verdict::Found(_) | Verdict::Open => {}
        }
    }

    /// What all protocols say of a side's first bytes.
    fn verdict(&mut self, sender: Side, head: &[u8]) -> Verdict {
        if let Some(protocol) = self.proven_on_port(head, sender) {
            return Verdict::Found(protocol);
        }
        let transport = self.circumstances.transport;
        let candidates = self.sides[sender.index()].candidates.unwrap_or_else(|| self.first_candidates(sender, head));
        let (mut open, mut is_undecided, mut proven, mut likely) = (ProtocolSet::NONE, false, None, None);
        for (place, protocol) in candidates.iter() {
            match self.probe(protocol, head, sender) {
                Probe::Yes => proven = Some(self.earlier(proven, protocol, head, sender)),
                Probe::NeedMore => {
                    is_undecided = true;
                    open.add(place);
                }
                Probe::Maybe if self.is_on_port(protocol) => {
                    open.add(place);
                    likely = likely.or(Some(protocol));
                }
                Probe::Maybe | Probe::No => {}
            }
        }
        self.sides[sender.index()].candidates = Some(open);
        let is_over = head.len() >= HEAD_BYTES_MAX || transport == Transport::Udp || !is_undecided;
        match proven.or(likely.filter(|_| is_over)) {
            Some(protocol) => Verdict::Found(protocol),
            None if is_over => Verdict::Failed,
            None => Verdict::Open,
        }
    }

    /// A datagram that is proven to be what its port says needs no other look.
    fn proven_on_port(&self, head: &[u8], sender: Side) -> Option<&'static dyn Protocol> {
        let Circumstances { transport, ports, .. } = self.circumstances;
        if transport == Transport::Tcp {
            return None;
        }
        let on_ports = [ports.server, ports.client].map(|port| rows::on_port(port).without(self.ignored));
        let mut candidates = on_ports.into_iter().flat_map(ProtocolSet::iter).map(|(_, protocol)| protocol);
        candidates.find(|protocol| self.probe(*protocol, head, sender) == Probe::Yes)
    }

    /// The protocols that can have these first bytes.
    fn first_candidates(&self, speaker: Side, head: &[u8]) -> ProtocolSet {
        rows::first(self.circumstances.transport, speaker, head).without(self.ignored)
    }

    /// Of two protocols that both are proven, the one that fewer bytes prove: as if the bytes came one by one.
    fn earlier(
        &self,
        one: Option<&'static dyn Protocol>,
        other: &'static dyn Protocol,
        head: &[u8],
        sender: Side,
    ) -> &'static dyn Protocol {
        let Some(one) = one else { return other };
        let proof = |protocol| (1..=head.len()).find(|n| self.probe(protocol, &head[..*n], sender) == Probe::Yes);
        if proof(other) < proof(one) { other } else { one }
    }

    /// What one of the candidates, which the transport carries, says.
    fn probe(&self, protocol: &dyn Protocol, head: &[u8], sender: Side) -> Probe {
        let Circumstances { transport, ports, .. } = self.circumstances;
        if protocol.is_possible_at(ports) { protocol.probe(head, sender, transport) } else { Probe::No }
    }

    fn is_on_port(&self, protocol: &dyn Protocol) -> bool {
        let Ports { client, server } = self.circumstances.ports;
        protocol.ports().contains(&server) || protocol.ports().contains(&client)
    }
}

#[cfg(test)]
mod tests;
