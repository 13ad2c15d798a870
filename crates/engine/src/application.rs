//! What an engine keeps of a flow's application, and how bytes reach its parser.

use crate::config::Config;
use crate::detection::{Guess, Verdict, look};
use crate::event::{Event, EventSink, FlowFacts, PacketFacts};
use crate::expectation::{Expectation, Expectations};
use crate::files::{File, OpenFiles};
use applayer::{Conversation, FileEvent, Handover, Input, PROTOCOLS, Ports, Protocol, Start, Transaction, Transport};
use flow::{Flow, Path};
use model::packet::{Anomaly, AnomalyLayer, Side, Timestamp};

/// Files that wait for the transaction they belong to.
const WAITING_FILES_MAX: usize = 256;
/// Times that a flow may go over to another protocol.
const UPGRADES_MAX: u8 = 8;

/// What an engine keeps with a flow. 16 bytes where nothing is said.
#[derive(Default)]
pub struct FlowState(Application);

#[derive(Default)]
enum Application {
    /// Nothing was said yet.
    #[default]
    Silent,
    /// Something was said, but not enough to know.
    Guessing(Box<Guess>),
    /// A protocol is spoken.
    Speaking(Box<Speaking>),
    /// No protocol fits.
    Unknown,
}

/// A flow with a protocol.
struct Speaking {
    conversation: Conversation,
    talk: Talk,
}

/// What belongs to the conversation but not to the parser.
struct Talk {
    protocol: &'static dyn Protocol,
    before: Option<&'static str>,
    upgrades: u8,
    files: OpenFiles,
    /// Files that are complete, and wait for their transaction.
    waiting: Vec<File>,
    upgrade: Option<(Option<&'static dyn Protocol>, Vec<u8>)>,
}

impl Talk {
    fn facts<'a>(&self, known: Known<'a>) -> FlowFacts<'a> {
        FlowFacts {
            flow: known.flow,
            path: known.path,
            protocol: Some(self.protocol.name()),
            protocol_before: self.before,
        }
    }
}

/// What a call may use besides the flow's own state.
pub(crate) struct Surroundings<'a> {
    pub(crate) config: &'a Config,
    pub(crate) expectations: &'a mut Expectations,
    pub(crate) out: &'a mut dyn EventSink,
    pub(crate) frame_number: u64,
    pub(crate) now: Timestamp,
}

/// A flow as its table shows it.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) flow: &'a Flow,
    pub(crate) path: &'a Path,
}

impl Known<'_> {
    fn ports(&self) -> Ports {
        Ports { client: self.flow.client().port, server: self.flow.server().port }
    }

    fn transport(&self) -> Transport {
        if self.flow.tcp.is_some() { Transport::Tcp } else { Transport::Udp }
    }
}

impl FlowState {
    /// A flow that begins; one that was announced knows what it speaks.
    pub(crate) fn new(known: Known<'_>, around: &mut Surroundings<'_>) -> FlowState {
        let Some(expectation) = around.expectations.fulfil(known.flow, around.now) else { return FlowState::default() };
        let Some(protocol) = named(&expectation.protocol) else { return FlowState::default() };
        FlowState(Application::Speaking(Speaking::new(protocol, known, around.config, &expectation.about, None)))
    }

    /// What the flow speaks, and what it spoke before.
    pub(crate) fn facts<'a>(&self, known: Known<'a>) -> FlowFacts<'a> {
        let (protocol, protocol_before) = match &self.0 {
            Application::Silent | Application::Guessing(_) => (None, None),
            Application::Speaking(speaking) => (Some(speaking.talk.protocol.name()), speaking.talk.before),
            Application::Unknown => (Some("failed"), None),
        };
        FlowFacts { flow: known.flow, path: known.path, protocol, protocol_before }
    }

    /// Does anyone still read this flow's bytes?
    pub(crate) fn reads(&self) -> bool {
        !matches!(self.0, Application::Unknown)
    }

    /// The next bytes of a stream, or a datagram.
    pub(crate) fn push(&mut self, known: Known<'_>, sender: Side, bytes: &[u8], around: &mut Surroundings<'_>) {
        match &mut self.0 {
            Application::Speaking(speaking) => {
                let next = speaking.push(known, sender, bytes, around);
                self.follow(next, known, around);
            }
            Application::Silent => match look(bytes, sender, known.transport(), known.ports()) {
                Verdict::Is(protocol) => {
                    let said = [(sender, bytes)];
                    self.speak(protocol, known, &said, around);
                }
                _ => {
                    let mut guess = Box::new(Guess::default());
                    guess.add(sender, bytes);
                    self.guess(guess, known, around);
                }
            },
            Application::Guessing(guess) => {
                let mut guess = std::mem::take(guess);
                guess.add(sender, bytes);
                self.guess(guess, known, around);
            }
            Application::Unknown => {}
        }
    }

    fn guess(&mut self, guess: Box<Guess>, known: Known<'_>, around: &mut Surroundings<'_>) {
        match guess.verdict(known.transport(), known.ports()) {
            Verdict::Is(protocol) => {
                let said: Vec<(Side, &[u8])> = guess.said.iter().map(|(sender, said)| (*sender, said.as_slice())).collect();
                self.speak(protocol, known, &said, around);
            }
            Verdict::Open => self.0 = Application::Guessing(guess),
            Verdict::None => self.0 = Application::Unknown,
        }
    }

    fn speak(
        &mut self,
        protocol: &'static dyn Protocol,
        known: Known<'_>,
        said: &[(Side, &[u8])],
        around: &mut Surroundings<'_>,
    ) {
        self.0 = Application::Speaking(Speaking::new(protocol, known, around.config, b"", None));
        said.iter().for_each(|(sender, bytes)| self.push(known, *sender, bytes, around));
    }

    /// Goes over to the protocol that the one before handed over to, with what it left.
    fn follow(&mut self, next: Option<Next>, known: Known<'_>, around: &mut Surroundings<'_>) {
        let Some(next) = next else { return };
        let said = next.unconsumed;
        match next.protocol {
            Some(protocol) => {
                let mut speaking = Speaking::new(protocol, known, around.config, &next.about, Some(next.before));
                speaking.talk.upgrades = next.upgrades;
                self.0 = Application::Speaking(speaking);
            }
            None => self.0 = Application::Silent,
        }
        for (sender, bytes) in Side::BOTH.into_iter().zip(&said) {
            if !bytes.is_empty() {
                self.push(known, sender, bytes, around);
            }
        }
    }

    /// Bytes of a stream are missing.
    pub(crate) fn gap(&mut self, known: Known<'_>, sender: Side, bytes: u64, around: &mut Surroundings<'_>) {
        match &mut self.0 {
            Application::Speaking(speaking) => {
                let Speaking { conversation, talk } = speaking.as_mut();
                conversation.gap(around.now, sender, bytes, &mut Teller { known, talk, around });
            }
            Application::Guessing(_) => self.0 = Application::Unknown,
            Application::Silent | Application::Unknown => {}
        }
    }

    /// The flow is over: whatever is still open is told as far as it came.
    pub(crate) fn finish(&mut self, known: Known<'_>, around: &mut Surroundings<'_>) {
        if let Application::Speaking(speaking) = &mut self.0 {
            speaking.finish(known, around);
        }
    }
}

/// What follows the protocol that was spoken.
struct Next {
    protocol: Option<&'static dyn Protocol>,
    about: Vec<u8>,
    before: &'static str,
    upgrades: u8,
    unconsumed: [Vec<u8>; 2],
}

impl Speaking {
    fn new(
        protocol: &'static dyn Protocol,
        known: Known<'_>,
        config: &Config,
        about: &[u8],
        before: Option<&'static str>,
    ) -> Box<Speaking> {
        let start = Start { about, ..Start::new(known.transport(), known.ports()) };
        let conversation = Conversation::new(protocol.parser(start), config.application_limits);
        let talk =
            Talk { protocol, before, upgrades: 0, files: OpenFiles::default(), waiting: Vec::new(), upgrade: None };
        Box::new(Speaking { conversation, talk })
    }

    fn push(
        &mut self,
        known: Known<'_>,
        sender: Side,
        bytes: &[u8],
        around: &mut Surroundings<'_>,
    ) -> Option<Next> {
        let Speaking { conversation, talk } = self;
        let input = Input { now: around.now, sender, bytes };
        let mut teller = Teller { known, talk, around };
        match known.transport() {
            Transport::Tcp => conversation.push(input, &mut teller),
            Transport::Udp => conversation.push_datagram(input, &mut teller),
        }
        let (protocol, about) = talk.upgrade.take()?;
        let unconsumed = Side::BOTH.map(|side| conversation.take_unconsumed(side));
        let next = Next { protocol, about, before: talk.protocol.name(), upgrades: talk.upgrades + 1, unconsumed };
        self.finish(known, around);
        Some(next)
    }

    fn finish(&mut self, known: Known<'_>, around: &mut Surroundings<'_>) {
        let Speaking { conversation, talk } = self;
        let now = around.now;
        let mut teller = Teller { known, talk, around };
        conversation.finish(now, &mut teller);
        while let Some(file) = teller.talk.files.cut_off() {
            teller.talk.waiting.push(file);
        }
        for file in std::mem::take(&mut teller.talk.waiting) {
            teller.tell_file(&file, None);
        }
    }
}

fn named(name: &str) -> Option<&'static dyn Protocol> {
    PROTOCOLS.iter().copied().find(|protocol| protocol.name() == name)
}

/// Makes events of what a parser tells.
struct Teller<'t, 'a> {
    known: Known<'t>,
    talk: &'t mut Talk,
    around: &'t mut Surroundings<'a>,
}

impl Teller<'_, '_> {
    fn tell_file(&mut self, file: &File, transaction: Option<&dyn Transaction>) {
        let flow = self.talk.facts(self.known);
        self.around.out.event(self.around.now, self.around.frame_number, Event::File { flow, file, transaction });
    }
}

impl applayer::Sink for Teller<'_, '_> {
    fn transaction(&mut self, now: Timestamp, transaction: &dyn Transaction) {
        let flow = self.talk.facts(self.known);
        self.around.out.event(now, self.around.frame_number, Event::Transaction { flow, transaction });
        if self.talk.waiting.is_empty() {
            return;
        }
        let is_own = |file: &File| file.transaction == transaction.id();
        let (own, others): (Vec<File>, Vec<File>) =
            std::mem::take(&mut self.talk.waiting).into_iter().partition(is_own);
        self.talk.waiting = others;
        own.iter().for_each(|file| self.tell_file(file, Some(transaction)));
    }

    fn anomaly(&mut self, now: Timestamp, name: &'static str, transaction: Option<u64>) {
        let anomaly = Anomaly { layer: AnomalyLayer::Application, name };
        let flow = self.talk.facts(self.known);
        let packet = PacketFacts::default();
        let event = Event::Anomaly { flow: Some(flow), packet, sender: None, anomaly, transaction };
        self.around.out.event(now, self.around.frame_number, event);
    }

    fn file(&mut self, _now: Timestamp, event: FileEvent<'_>) {
        let Some(file) = self.talk.files.take(event, self.around.config.hashes) else { return };
        if self.talk.waiting.len() >= WAITING_FILES_MAX {
            // Its transaction never came: it is told without.
            let oldest = self.talk.waiting.remove(0);
            self.tell_file(&oldest, None);
        }
        self.talk.waiting.push(file);
    }

    fn hand_over(&mut self, now: Timestamp, handover: Handover<'_>) {
        match handover {
            Handover::Upgrade { protocol, about } => {
                if self.talk.upgrades >= UPGRADES_MAX {
                    return self.anomaly(now, "too_many_upgrades", None);
                }
                self.talk.upgrade = Some((named(protocol), about.to_vec()));
            }
            Handover::Expect { listener, address, port, protocol, about } => {
                let ends = [self.known.flow.client().address, self.known.flow.server().address];
                self.around.expectations.add(Expectation {
                    listener: address.unwrap_or(ends[listener.index()]),
                    port,
                    opener: ends[listener.other().index()],
                    protocol: protocol.to_owned(),
                    about: about.to_vec(),
                    announced: now,
                });
            }
        }
    }
}
