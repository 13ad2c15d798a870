//! What an engine keeps of a flow's application, and how bytes reach its parser.

use crate::config::Config;
use crate::detection::{Detection, sight, sight_of};
use crate::event::{Event, EventSink, FlowFacts, FlowOutcome, FlowValues, PacketFacts};
use crate::exception::ExceptionPolicy;
use crate::expectation::{Expectation, Expectations};
use crate::fate::Fate;
use crate::file_store::Kept;
use crate::files::{File, Handling, OpenFiles};
use crate::flow_detection::FlowDetection;
use applayer::dns::{Answered, DnsTransaction};
use applayer::{
    Circumstances, FileEvent, FrameEvent, Handover, Input, PROTOCOLS, Ports, Protocol, Rest, Session, Stage,
    Transaction, Transport,
};
use flow::{Flow, Path};
use model::packet::{Anomaly, AnomalyLayer, Side, Timestamp};
use rules::{Names, Sight};

/// What an engine keeps with a flow. 24 bytes where nothing is said.
#[derive(Default)]
pub struct FlowState {
    application: Application,
    detection: Option<Box<FlowDetection>>,
}

#[derive(Default)]
enum Application {
    /// Nothing was said yet.
    #[default]
    Silent,
    /// Somebody speaks, in a protocol that is known or looked for.
    Talking(Box<Talk>),
    /// Somebody has spoken, and nothing of it is open: most flows of DNS, most of the time. The number counts what was exchanged.
    Resting(Rest, u32),
    /// No protocol fits: nobody listens any more.
    Unknown,
}

struct Talk {
    session: Session,
    report: Report,
}

/// What belongs to a talk but not to its parser.
#[derive(Default)]
struct Report {
    files: OpenFiles,
    protocol: Option<&'static str>,
    before: Option<&'static str>,
    /// Exchanges that were told.
    transactions: u32,
    /// What the session or its parser said last: what is spoken, and what carries it or came before.
    spoken: Option<(&'static str, Option<&'static str>)>,
    /// The first name that the client asked its server by.
    host_name: Box<[u8]>,
}

/// Bytes of a server's name that are kept.
const HOST_NAME_BYTES_MAX: usize = 255;

/// What a call may use besides the flow's own state.
pub(crate) struct Surroundings<'a> {
    pub(crate) config: &'a Config,
    pub(crate) expectations: &'a mut Expectations,
    pub(crate) detection: Option<&'a mut Detection>,
    pub(crate) out: &'a mut dyn EventSink,
    pub(crate) frame_number: u64,
    /// Who sent the packet that is taken in; none where a flow ends.
    pub(crate) packet_sender: Option<Side>,
    pub(crate) now: Timestamp,
}

/// A flow as its table shows it.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) flow: &'a Flow,
    pub(crate) path: &'a Path,
    pub(crate) is_over: bool,
    /// What rules call bits, numbers and texts.
    pub(crate) names: Option<&'a Names>,
    /// The packet that is taken in, and who sent it.
    pub(crate) packet: Option<(&'a PacketFacts, Side)>,
}

impl Known<'_> {
    /// Do these first bytes of a connection show that who sent them is not who it was taken for?
    pub(crate) fn speaks_as_other(&self, sender: Side, bytes: &[u8], config: &Config) -> bool {
        let circumstances = Circumstances { is_midstream: true, ..self.circumstances() };
        let mut detection = applayer::Detection::new(circumstances).ignoring(config.application_limits.ignored);
        detection.push(sender, bytes, &mut |_| {});
        detection.is_reversed()
    }

    fn circumstances(&self) -> Circumstances {
        Circumstances {
            transport: if self.flow.tcp.is_some() { Transport::Tcp } else { Transport::Udp },
            ports: Ports { client: self.flow.client().port, server: self.flow.server().port },
            is_midstream: self.flow.tcp.as_ref().is_some_and(|tcp| tcp.connection.traits.is_midstream),
        }
    }
}

impl FlowState {
    /// What the flow speaks, and what it spoke before.
    pub(crate) fn facts<'a>(&'a self, known: Known<'a>) -> FlowFacts<'a> {
        let (protocol, protocol_before) = match &self.application {
            Application::Silent => (None, None),
            Application::Talking(talk) => talk.names(),
            Application::Resting(rest, _) => (Some(rest.protocol().name()), None),
            Application::Unknown => (Some("failed"), None),
        };
        let (host_name, side_protocols): (&[u8], _) = match &self.application {
            Application::Talking(talk) => (&talk.report.host_name, talk.side_protocols()),
            _ => (b"", [None; 2]),
        };
        let values = values_of(known, &self.detection);
        let Known { flow, path, is_over, packet, .. } = known;
        FlowFacts { flow, path, protocol, protocol_before, side_protocols, host_name, is_over, values, packet }
    }

    /// Does anyone still read this flow's bytes?
    pub(crate) fn reads(&self) -> bool {
        !matches!(self.application, Application::Unknown)
    }

    /// The next bytes of a stream, or a datagram.
    pub(crate) fn push(&mut self, known: Known<'_>, sender: Side, bytes: &[u8], around: &mut Surroundings<'_>) {
        self.wake(known, around);
        let FlowState { application, detection } = self;
        let Application::Talking(talk) = application else { return };
        let now = around.now;
        talk.run((known, sender), detection, around, |session, teller| {
            session.push(Input { now, sender, bytes }, teller)
        });
        if talk.session.has_failed() {
            *application = Application::Unknown;
        } else if let Some(rest) = talk.session.rest().filter(|_| !talk.is_divided()) {
            *application = Application::Resting(rest, talk.report.transactions);
        }
    }

    /// Who has not spoken, or has rested, begins to talk.
    fn wake(&mut self, known: Known<'_>, around: &mut Surroundings<'_>) {
        let limits = around.config.application_limits;
        let (session, transactions) = match self.application {
            Application::Silent => (begin(known, around), 0),
            Application::Resting(rest, count) => (Session::resume(rest, known.circumstances(), limits), count),
            Application::Talking(_) | Application::Unknown => return,
        };
        let report = Report { transactions, ..Report::default() };
        self.application = Application::Talking(Box::new(Talk { session, report }));
    }

    /// Bytes of a stream are missing.
    pub(crate) fn gap(&mut self, known: Known<'_>, sender: Side, bytes: u64, around: &mut Surroundings<'_>) {
        if matches!(self.application, Application::Resting(..)) {
            self.wake(known, around);
        }
        let FlowState { application, detection } = self;
        let Application::Talking(talk) = application else { return };
        let now = around.now;
        talk.run((known, sender), detection, around, |session, teller| session.gap(now, sender, bytes, teller));
    }

    /// The next bytes of a stream, before the application takes them.
    pub(crate) fn hold_stream(&mut self, sender: Side, (offset, bytes): (u64, &[u8]), around: &mut Surroundings<'_>) {
        let Some(detection) = around.detection.as_deref_mut() else { return };
        detection.hold_stream(self.detection.get_or_insert_default(), sender, offset, bytes);
    }

    /// Rules look at the bytes that were held.
    pub(crate) fn inspect_stream(&mut self, known: Known<'_>, sender: Side, around: &mut Surroundings<'_>) {
        let Some(detection) = around.detection.as_deref_mut() else { return };
        let Some(mut own) = self.detection.take() else { return };
        let sight = sight(around.now, &self.facts(known), sender, None, &[]);
        detection.stream(&mut own, &sight);
        self.detection = Some(own);
    }

    /// What became of the flow, once it is over.
    pub(crate) fn outcome(&self) -> FlowOutcome {
        let detection = self.detection.as_deref();
        let fate = detection.and_then(|detection| detection.fate);
        FlowOutcome {
            has_alerted: detection.is_some_and(|detection| detection.memory.has_alerted),
            action: fate.and_then(Fate::action),
            is_bypassed: fate == Some(Fate::Bypassed),
            transactions: match &self.application {
                Application::Talking(talk) => talk.report.transactions,
                Application::Resting(_, transactions) => *transactions,
                Application::Silent | Application::Unknown => 0,
            },
            midstream: None,
        }
    }

    /// A packet comes that an exception policy is for.
    pub(crate) fn meet_exception(&mut self, policy: ExceptionPolicy, around: &mut Surroundings<'_>) {
        if let (Some(detection), true) = (around.detection.as_deref_mut(), policy != ExceptionPolicy::Ignore) {
            detection.meet_exception(self.detection.get_or_insert_default(), policy);
        }
    }

    /// Is nothing more of the flow looked at, nor let through?
    pub(crate) fn is_cut_off(&self, around: &Surroundings<'_>) -> bool {
        match (around.detection.as_deref(), &self.detection) {
            (Some(detection), Some(own)) => detection.cuts_off(own),
            _ => false,
        }
    }

    /// All that a packet caused was told: rules look at the packet, and what they found is told.
    pub(crate) fn packet_done(
        &mut self,
        known: Known<'_>,
        sender: Side,
        packet: &wire::Packet<'_>,
        around: &mut Surroundings<'_>,
    ) {
        let Some(detection) = around.detection.as_deref_mut() else { return };
        let mut own = self.detection.take().unwrap_or_default();
        let at = (around.now, around.frame_number);
        detection.packet_done(&mut own, (self.facts(known), sender), packet, at, around.out);
        self.detection = Some(own);
    }

    /// The flow is over: what rules found and had no packet to tell it with.
    pub(crate) fn tell_alerts(&mut self, known: Known<'_>, around: &mut Surroundings<'_>) {
        let Some(detection) = around.detection.as_deref_mut() else { return };
        let Some(mut own) = self.detection.take() else { return };
        let at = (around.now, around.frame_number);
        detection.flow_done(&mut own, self.facts(known), at, around.out);
        self.detection = Some(own);
    }

    /// Is the flow told when it is over?
    pub(crate) fn is_logged(&self) -> bool {
        self.detection.as_ref().is_none_or(|detection| !detection.memory.is_unlogged)
    }

    /// The flow is over: whatever is still open is told as far as it came.
    pub(crate) fn finish(&mut self, known: Known<'_>, around: &mut Surroundings<'_>) {
        let is_thrown_away = self.is_cut_off(around) && self.outcome().action == Some("drop");
        let FlowState { application, detection } = self;
        let Application::Talking(talk) = application else { return };
        if is_thrown_away {
            return;
        }
        let now = around.now;
        talk.run((known, Side::Client), detection, around, |session, teller| {
            session.finish(now, teller);
            teller.tell_cut_off_files();
        });
    }
}

/// What rules remember of a flow.
fn values_of<'a>(known: Known<'a>, detection: &'a Option<Box<FlowDetection>>) -> Option<FlowValues<'a>> {
    Some(FlowValues { values: &detection.as_ref()?.memory.values, names: known.names? })
}

/// A session that begins; one that was announced knows what it speaks. Asked with the first bytes, not the first packet: a
/// data channel of FTP may be open before the command that says what it is for.
fn begin(known: Known<'_>, around: &mut Surroundings<'_>) -> Session {
    let limits = around.config.application_limits;
    let expectation = around.expectations.fulfil(known.flow, around.now);
    match expectation.as_ref().and_then(|it| named(&it.protocol).map(|protocol| (protocol, &it.about))) {
        Some((protocol, about)) => Session::expected(protocol, about, known.circumstances(), limits),
        None => Session::new(known.circumstances(), limits),
    }
}

impl Talk {
    fn names(&self) -> (Option<&'static str>, Option<&'static str>) {
        let name = |protocol: &'static dyn Protocol| protocol.name();
        let protocol = self.session.protocol().map(name).or_else(|| self.session.has_failed().then_some("failed"));
        match self.report.spoken {
            // The parser goes on, and what it reads carries another protocol.
            Some((carried, carrier @ Some(_))) if carrier == protocol => (Some(carried), carrier),
            _ => (protocol, self.session.original_protocol().map(name)),
        }
    }

    /// What each side's first bytes show, where the two do not agree.
    fn side_protocols(&self) -> [Option<&'static str>; 2] {
        let names = Side::BOTH.map(|side| self.session.side_protocol(side));
        if self.is_divided() { names } else { [None; 2] }
    }

    /// Do the sides speak different protocols?
    fn is_divided(&self) -> bool {
        let [client, server] = Side::BOTH.map(|side| self.session.side_protocol(side));
        client.is_some() && server.is_some() && client != server
    }

    /// Runs the session; what it tells becomes events.
    fn run(
        &mut self,
        (known, sender): (Known<'_>, Side),
        detection: &mut Option<Box<FlowDetection>>,
        around: &mut Surroundings<'_>,
        call: impl FnOnce(&mut Session, &mut Teller<'_, '_>),
    ) {
        (self.report.protocol, self.report.before) = self.names();
        call(&mut self.session, &mut Teller { known, sender, detection, report: &mut self.report, around });
    }
}

fn named(name: &str) -> Option<&'static dyn Protocol> {
    PROTOCOLS.iter().copied().find(|protocol| protocol.name() == name)
}

/// Makes events of what a session tells.
struct Teller<'t, 'a> {
    known: Known<'t>,
    /// Whose bytes are taken.
    sender: Side,
    detection: &'t mut Option<Box<FlowDetection>>,
    report: &'t mut Report,
    around: &'t mut Surroundings<'a>,
}

/// Do rules say nothing against its being told? What goes for a question of DNS goes for its answer.
fn is_logged(detection: &Option<Box<FlowDetection>>, transaction: &dyn Transaction) -> bool {
    let Some(detection) = detection else { return true };
    let question = match transaction.as_any().downcast_ref::<DnsTransaction>().map(|dns| &dns.answered) {
        Some(Answered::Response { request, .. }) => *request,
        _ => transaction.id(),
    };
    detection.memory.logs(transaction.id()) && detection.memory.logs(question)
}

/// What is known of a flow while its session talks.
fn facts_of<'a>(known: Known<'a>, report: &Report, detection: &'a Option<Box<FlowDetection>>) -> FlowFacts<'a> {
    let Known { flow, path, is_over, packet, .. } = known;
    let Report { protocol, before: protocol_before, .. } = *report;
    let values = values_of(known, detection);
    let side_protocols = [None; 2];
    FlowFacts { flow, path, protocol, protocol_before, side_protocols, host_name: b"", is_over, values, packet }
}

impl Teller<'_, '_> {
    fn tell_file(&mut self, file: &File, transaction: Option<&dyn Transaction>) {
        let (now, frame_number) = (self.around.now, self.around.frame_number);
        let flow = facts_of(self.known, self.report, self.detection);
        if let Some(storing) = &self.around.config.file_storing {
            Kept { now, frame_number, flow, file, transaction }.settle(storing);
        }
        self.around.out.event(now, frame_number, Event::File { flow, file, transaction });
    }

    fn tell_cut_off_files(&mut self) {
        self.report.files.cut_off();
        for file in self.report.files.take_waiting(None) {
            self.tell_file(&file, None);
        }
    }
}

impl Teller<'_, '_> {
    /// Lets rules look, if there are any.
    fn detect(&mut self, sender: Side, look: impl FnOnce(&mut Detection, &mut FlowDetection, &Sight<'_>)) {
        let Some(detection) = self.around.detection.as_deref_mut() else { return };
        let names = (self.report.protocol, self.report.before);
        let sight = sight_of(self.around.now, self.known, sender, names);
        let own = self.detection.get_or_insert_default();
        let files = &mut self.report.files;
        let held = own.held();
        look(detection, own, &sight);
        own.tell_files(held, files);
        for order in detection.take_store_orders() {
            if let Some(storing) = &self.around.config.file_storing {
                files.store(&order, storing);
            }
        }
    }
}

impl applayer::Sink for Teller<'_, '_> {
    fn progress(&mut self, _now: Timestamp, transaction: &dyn Transaction, sender: Side, stage: Stage) {
        self.detect(sender, |detection, flow, sight| detection.progress(flow, sight, transaction, stage));
    }

    fn body(&mut self, _now: Timestamp, transaction: u64, sender: Side, bytes: &[u8]) {
        self.detect(sender, |detection, flow, _| detection.body(flow, transaction, sender, bytes));
    }

    fn speaks(&mut self, protocol: &'static str, original: Option<&'static str>) {
        (self.report.protocol, self.report.before) = (Some(protocol), original);
        self.report.spoken = Some((protocol, original));
    }

    fn part(&mut self, _now: Timestamp, transaction: &dyn Transaction, sender: Side) {
        self.detect(sender, |detection, flow, sight| detection.part(flow, sight, transaction));
    }

    fn frame(&mut self, _now: Timestamp, event: FrameEvent<'_>) {
        if !self.around.detection.as_ref().is_some_and(|detection| detection.wants_frames()) {
            return;
        }
        self.detect(self.sender, |detection, flow, sight| detection.frame(flow, sight, &event));
    }

    fn unlogged(&mut self, _now: Timestamp, transaction: &dyn Transaction) {
        let sender = transaction.sender();
        self.detect(sender, |detection, flow, sight| detection.transaction(flow, sight, transaction));
    }

    fn transaction(&mut self, now: Timestamp, transaction: &dyn Transaction) {
        let sender = transaction.sender();
        self.detect(sender, |detection, flow, sight| detection.transaction(flow, sight, transaction));
        let count = u32::from(transaction.is_in_eve());
        self.report.transactions = self.report.transactions.saturating_add(count);
        if is_logged(self.detection, transaction) {
            let flow = facts_of(self.known, self.report, self.detection);
            self.around.out.event(now, self.around.frame_number, Event::Transaction { flow, transaction });
        }
        let host_name = transaction.host_name();
        if self.report.host_name.is_empty() && !host_name.is_empty() {
            self.report.host_name = host_name[..host_name.len().min(HOST_NAME_BYTES_MAX)].into();
        }
        for file in self.report.files.take_waiting(Some(transaction.id())) {
            self.tell_file(&file, Some(transaction));
        }
    }

    fn anomaly(&mut self, now: Timestamp, name: &'static str, transaction: Option<u64>) {
        let anomaly = Anomaly { layer: AnomalyLayer::Application, name };
        self.detect(self.sender, |detection, flow, sight| detection.event(flow, sight, anomaly, transaction));
        let (flow, packet) = (Some(facts_of(self.known, self.report, self.detection)), PacketFacts::default());
        let sender = self.around.packet_sender.or(Some(self.sender));
        let event = Event::Anomaly { flow, packet, sender, anomaly, transaction };
        self.around.out.event(now, self.around.frame_number, event);
    }

    fn file(&mut self, _now: Timestamp, event: FileEvent<'_>) {
        self.detect(Side::Client, |detection, flow, _| detection.file(flow, &event));
        let Config { hashes, file_storing, rules, .. } = self.around.config;
        let rules_store = rules.as_ref().is_some_and(|rules| rules.ruleset.wants().stores);
        let storing = file_storing.as_ref().filter(|storing| storing.stores_all || rules_store);
        self.report.files.take(event, Handling { hashes: *hashes, storing });
        // Its transaction never came: it is told without.
        if let Some(file) = self.report.files.take_overdue() {
            self.tell_file(&file, None);
        }
    }

    fn hand_over(&mut self, now: Timestamp, handover: Handover<'_>) {
        // Upgrades are the session's own business.
        let Handover::Expect { listener, address, port, protocol, about } = handover else { return };
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
