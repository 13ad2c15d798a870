//! One flow from its first byte to its last: detection, the parser, and the protocols it is handed over to.

use crate::PROTOCOLS;
use crate::conversation::{Conversation, Limits};
use crate::detection::{Circumstances, Detection, Outcome};
use crate::frame::FrameEvent;
use crate::protocol::{Input, Parser, Protocol, Start, Transport};
use crate::protocol_set::Unread;
use crate::sink::{FileEvent, Handover, Sink, Stage};
use crate::tree::Transaction;
use model::packet::{Side, Timestamp};

/// Protocols within protocols (a tunnel in a tunnel) that are followed in one flow.
const HANDOVERS_MAX: u32 = 8;

/// One flow's application side.
pub struct Session {
    circumstances: Circumstances,
    limits: Limits,
    state: State,
    /// The side whose bytes come as the other one's, because the flow was picked up midstream the wrong way round.
    is_reversed: bool,
    handovers: u32,
    /// Files of the parsers before this one: ids go on behind them.
    files_before: u64,
    /// Files of this parser.
    files_here: u64,
    /// The first protocol, if the flow was handed over.
    original: Option<&'static dyn Protocol>,
    side_names: [Option<&'static str>; 2],
}

enum State {
    /// Nothing is known. The name is what the protocol before expects, if it does.
    Detecting(Box<Detection>, Option<&'static str>),
    /// The detection goes on until the other side has spoken too.
    Speaking(&'static dyn Protocol, Box<Conversation>, Option<Box<Detection>>),
    /// Nothing known, or nothing to be followed.
    Over,
}

/// What is left of a session with which nothing is going on: its protocol, as a place in [`PROTOCOLS`], and what its
/// parser needs to go on. 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    word: u32,
    place: u16,
    is_reversed: bool,
}

impl Rest {
    /// The protocol that was spoken.
    pub fn protocol(self) -> &'static dyn Protocol {
        PROTOCOLS[usize::from(self.place)]
    }
}

/// A hand-over that a parser told, and how many files it had.
#[derive(Default)]
struct Caught {
    upgrade: Option<(String, Vec<u8>)>,
    files: u64,
}

/// Passes on what is told, and keeps the hand-over.
struct Relay<'a> {
    sink: &'a mut dyn Sink,
    files_before: u64,
    caught: Caught,
}

impl Session {
    /// A flow whose protocol has to be found.
    pub fn new(circumstances: Circumstances, limits: Limits) -> Session {
        let state = State::Detecting(Box::new(Detection::new(circumstances).ignoring(limits.ignored)), None);
        Session::in_state(state, circumstances, limits)
    }

    fn in_state(state: State, circumstances: Circumstances, limits: Limits) -> Session {
        Session {
            circumstances,
            limits,
            state,
            is_reversed: false,
            handovers: 0,
            files_before: 0,
            files_here: 0,
            original: None,
            side_names: [None; 2],
        }
    }

    /// A flow that another one announced ([`Handover::Expect`]).
    pub fn expected(
        protocol: &'static dyn Protocol,
        about: &[u8],
        circumstances: Circumstances,
        limits: Limits,
    ) -> Session {
        let mut session = Session::new(circumstances, limits);
        session.speak(protocol, about, None);
        session
    }

    /// What is left to keep, if nothing is going on: the session can be dropped, and [`Session::resume`]d with the next
    /// bytes. Not before both sides have spoken, not in the middle of a message, not behind a hand-over or a file.
    pub fn rest(&self) -> Option<Rest> {
        let State::Speaking(protocol, conversation, None) = &self.state else { return None };
        if self.handovers > 0 || self.files_before + self.files_here > 0 {
            return None;
        }
        let word = conversation.rest()?;
        let place = PROTOCOLS.iter().position(|row| row.name() == protocol.name())?;
        Some(Rest { word, place: u16::try_from(place).ok()?, is_reversed: self.is_reversed })
    }

    /// Goes on with a session that has rested.
    pub fn resume(rest: Rest, circumstances: Circumstances, limits: Limits) -> Session {
        let protocol = rest.protocol();
        let Circumstances { transport, ports, .. } = circumstances;
        let parser = protocol.resume(Start::new(transport, ports), rest.word);
        let state = State::Speaking(protocol, Box::new(Conversation::new(parser, limits)), None);
        Session {
            is_reversed: rest.is_reversed,
            side_names: [Some(protocol.name()); 2],
            ..Session::in_state(state, circumstances, limits)
        }
    }

    /// The protocol that is spoken now.
    pub fn protocol(&self) -> Option<&'static dyn Protocol> {
        match &self.state {
            State::Speaking(protocol, ..) => Some(*protocol),
            State::Detecting(..) | State::Over => None,
        }
    }

    /// The protocol with which the flow began, if it speaks another one now: EVE's `app_proto_orig`.
    pub fn original_protocol(&self) -> Option<&'static dyn Protocol> {
        self.original
    }

    /// What one side's first bytes showed: EVE's `app_proto_ts` and `app_proto_tc`. Unlike [`Session::protocol`], this
    /// is about each side alone.
    pub fn side_protocol(&self, sender: Side) -> Option<&'static str> {
        self.side_names[sender.index()]
    }

    /// Was nothing known found: EVE's `app_proto` is `failed`?
    pub fn has_failed(&self) -> bool {
        matches!(self.state, State::Over) && self.original.is_none()
    }

    /// Does the client speak as the server (only in flows picked up midstream)?
    pub fn is_reversed(&self) -> bool {
        self.is_reversed
    }

    /// Bytes held.
    pub fn held_bytes(&self) -> usize {
        match &self.state {
            State::Detecting(detection, _) => detection.held_bytes(),
            State::Speaking(_, conversation, _) => conversation.held_bytes(),
            State::Over => 0,
        }
    }

    /// The next bytes of a side: of TCP in order, of UDP one datagram.
    pub fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        self.push_oriented(Input { sender: self.oriented(input.sender), ..input }, sink);
    }

    /// Who a side is in the protocol.
    fn oriented(&self, sender: Side) -> Side {
        if self.is_reversed { sender.other() } else { sender }
    }

    fn push_oriented(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        match &mut self.state {
            State::Over => {}
            State::Detecting(detection, _) => {
                let mut anomalies = Vec::new();
                let outcome = detection.push(input.sender, input.bytes, &mut |name| anomalies.push(name));
                self.note_sides();
                self.tell_anomalies(input.now, outcome, &anomalies, sink);
                self.act_on(outcome, input, sink);
            }
            State::Speaking(.., detection) => {
                if let Some(open) = detection {
                    open.push(input.sender, input.bytes, &mut |name| sink.anomaly(input.now, name, None));
                    self.note_sides();
                }
                self.talk(input, sink);
            }
        }
    }

    /// What is odd about how the protocol was found, with its name where it was.
    fn tell_anomalies(&self, now: Timestamp, outcome: Outcome, anomalies: &[&'static str], sink: &mut dyn Sink) {
        if let (Outcome::Decided(protocol), false) = (outcome, anomalies.is_empty()) {
            sink.speaks(protocol.name(), self.original.map(|original| original.name()));
        }
        anomalies.iter().for_each(|name| sink.anomaly(now, name, None));
    }

    /// Bytes of a side are missing.
    pub fn gap(&mut self, now: Timestamp, sender: Side, bytes: u64, sink: &mut dyn Sink) {
        self.gap_oriented(now, self.oriented(sender), bytes, sink);
    }

    fn gap_oriented(&mut self, now: Timestamp, sender: Side, bytes: u64, sink: &mut dyn Sink) {
        match &mut self.state {
            State::Detecting(detection, _) => detection.gap(sender),
            State::Speaking(_, conversation, _) => {
                let mut relay = Relay::new(sink, self.files_before);
                conversation.gap(now, sender, bytes, &mut relay);
                let caught = relay.caught;
                self.follow(caught, Input { now, sender, bytes: b"" }, sink);
            }
            State::Over => {}
        }
    }

    /// The flow is over.
    pub fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        if let State::Detecting(detection, _) = &mut self.state {
            let outcome = detection.finish(&mut |name| sink.anomaly(now, name, None));
            self.note_sides();
            self.act_on(outcome, Input { now, sender: Side::Client, bytes: b"" }, sink);
        }
        if let State::Speaking(_, conversation, _) = &mut self.state {
            conversation.finish(now, &mut Relay::new(sink, self.files_before));
        }
    }

    fn act_on(&mut self, outcome: Outcome, input: Input<'_>, sink: &mut dyn Sink) {
        match outcome {
            Outcome::Undecided => {}
            Outcome::Unknown => self.state = State::Over,
            Outcome::Decided(protocol) => {
                let State::Detecting(mut detection, expected) = std::mem::replace(&mut self.state, State::Over) else {
                    return;
                };
                if expected.is_some_and(|expected| expected != protocol.name()) {
                    sink.anomaly(input.now, "applayer_unexpected_protocol", None);
                }
                let is_reversed = detection.is_reversed();
                let turned = |side: Side| if is_reversed { side.other() } else { side };
                self.is_reversed ^= is_reversed;
                let heads = Side::BOTH.map(|side| detection.take_head(side));
                let runs = detection.take_runs();
                // What is the wrong way round is not looked at twice.
                let goes_on = !detection.is_settled() && !is_reversed;
                self.speak(protocol, b"", Some(detection).filter(|_| goes_on));
                let handovers = self.handovers;
                sink.speaks(protocol.name(), self.original.map(|original| original.name()));
                let mut rests = heads.each_ref().map(|(bytes, _)| &bytes[..]);
                for (side, length) in runs {
                    let (bytes, rest) = rests[side.index()].split_at(length.into());
                    rests[side.index()] = rest;
                    self.replay(Input { sender: turned(side), bytes, ..input }, handovers, sink);
                }
                for side in Side::BOTH.into_iter().filter(|side| heads[side.index()].1 > 0) {
                    self.gap_oriented(input.now, turned(side), heads[side.index()].1, sink);
                }
                self.replay(Input { sender: turned(input.sender), ..input }, handovers, sink);
            }
        }
    }

    /// Bytes that the detection has seen. After a hand-over they are new again.
    fn replay(&mut self, input: Input<'_>, handovers: u32, sink: &mut dyn Sink) {
        if self.handovers == handovers { self.talk(input, sink) } else { self.push_oriented(input, sink) }
    }

    fn note_sides(&mut self) {
        let detection = match &mut self.state {
            State::Detecting(detection, _) => detection,
            State::Speaking(.., Some(detection)) => detection,
            State::Speaking(.., None) | State::Over => return,
        };
        let names = Side::BOTH.map(|side| detection.side_name(side));
        let is_settled = detection.is_settled();
        if self.handovers == 0 {
            self.side_names = names;
        }
        if let State::Speaking(.., detection) = &mut self.state
            && is_settled
        {
            *detection = None;
        }
    }

    fn speak(&mut self, protocol: &'static dyn Protocol, about: &[u8], detection: Option<Box<Detection>>) {
        let Circumstances { transport, ports, .. } = self.circumstances;
        let parser: Box<dyn Parser> = match self.limits.unread.contains(protocol) {
            true => Box::new(Unread),
            false => protocol.parser(Start { transport, ports, about, settings: self.limits.parsers }),
        };
        self.state = State::Speaking(protocol, Box::new(Conversation::new(parser, self.limits)), detection);
    }

    fn talk(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let State::Speaking(_, conversation, _) = &mut self.state else { return };
        if input.bytes.is_empty() {
            return;
        }
        let mut relay = Relay::new(sink, self.files_before);
        match self.circumstances.transport {
            Transport::Tcp => conversation.push(input, &mut relay),
            Transport::Udp => conversation.push_datagram(input, &mut relay),
        }
        let caught = relay.caught;
        self.follow(caught, input, sink);
    }

    /// After a hand-over, the next protocol gets what was not consumed.
    fn follow(&mut self, caught: Caught, input: Input<'_>, sink: &mut dyn Sink) {
        let now = input.now;
        self.files_here += caught.files;
        let Some((name, about)) = caught.upgrade else { return };
        let State::Speaking(protocol, mut conversation, _) = std::mem::replace(&mut self.state, State::Over) else {
            return;
        };
        self.original.get_or_insert(protocol);
        // What the other side sent came before.
        let order = [input.sender.other(), input.sender];
        let rests = order.map(|side| (side, conversation.take_unconsumed(side)));
        let mut relay = Relay::new(sink, self.files_before);
        conversation.finish(now, &mut relay);
        self.files_before += std::mem::take(&mut self.files_here) + relay.caught.files;
        self.handovers += 1;
        if self.handovers > HANDOVERS_MAX {
            return sink.anomaly(now, "too_many_protocol_changes", None);
        }
        self.begin_next(&name, &about);
        if let Some(protocol) = self.protocol() {
            sink.speaks(protocol.name(), self.original.map(|original| original.name()));
        }
        for (sender, bytes) in rests {
            if !bytes.is_empty() {
                self.push_oriented(Input { now, sender, bytes: &bytes }, sink);
            }
        }
    }

    /// What can be recognised is recognised; the rest is taken for what was said.
    fn begin_next(&mut self, name: &str, about: &[u8]) {
        let is_it = |protocol: &&&dyn Protocol| protocol.name() == name && !self.limits.ignored.contains(**protocol);
        let named = PROTOCOLS.iter().find(is_it).copied();
        let is_recognisable = name == "tls";
        match named {
            Some(protocol) if !is_recognisable => self.speak(protocol, about, None),
            _ if named.is_none() && !name.is_empty() => {}
            _ => {
                let detection = Box::new(Detection::nested(self.circumstances).ignoring(self.limits.ignored));
                self.state = State::Detecting(detection, named.map(|protocol| protocol.name()));
            }
        }
    }
}

impl<'a> Relay<'a> {
    fn new(sink: &'a mut dyn Sink, files_before: u64) -> Relay<'a> {
        Relay { sink, files_before, caught: Caught::default() }
    }
}

impl Sink for Relay<'_> {
    fn speaks(&mut self, protocol: &'static str, original: Option<&'static str>) {
        self.sink.speaks(protocol, original);
    }

    fn progress(&mut self, now: Timestamp, transaction: &dyn Transaction, sender: Side, stage: Stage) {
        self.sink.progress(now, transaction, sender, stage);
    }

    fn part(&mut self, now: Timestamp, transaction: &dyn Transaction, sender: Side) {
        self.sink.part(now, transaction, sender);
    }

    fn frame(&mut self, now: Timestamp, event: FrameEvent<'_>) {
        self.sink.frame(now, event);
    }

    fn unlogged(&mut self, now: Timestamp, transaction: &dyn Transaction) {
        self.sink.unlogged(now, transaction);
    }

    fn body(&mut self, now: Timestamp, transaction: u64, sender: Side, bytes: &[u8]) {
        self.sink.body(now, transaction, sender, bytes);
    }

    fn transaction(&mut self, now: Timestamp, transaction: &dyn Transaction) {
        self.sink.transaction(now, transaction);
    }

    fn anomaly(&mut self, now: Timestamp, name: &'static str, transaction: Option<u64>) {
        self.sink.anomaly(now, name, transaction);
    }

    fn file(&mut self, now: Timestamp, mut event: FileEvent<'_>) {
        self.caught.files += u64::from(matches!(event, FileEvent::Open { .. }));
        let (FileEvent::Open { id, .. }
        | FileEvent::Data { id, .. }
        | FileEvent::Gap { id, .. }
        | FileEvent::Close { id, .. }) = &mut event;
        *id += self.files_before;
        self.sink.file(now, event);
    }

    fn hand_over(&mut self, now: Timestamp, handover: Handover<'_>) {
        if let Handover::Upgrade { protocol, about } = handover {
            self.caught.upgrade = Some((protocol.to_owned(), about.to_vec()));
        }
        self.sink.hand_over(now, handover);
    }
}
