//! Calls of one association: a question, and what was answered to it.

use super::pdu::{self, Pdu, Uuid};
use crate::tree::{Extra, Tree};
use model::packet::Side;

/// Interfaces of one association that are remembered.
const INTERFACES_MAX: usize = 256;

/// Calls of one association that wait for their answer; beyond them the oldest is told without one.
const OPEN_MAX: usize = 256;

/// Bytes of one call's parameters, or results, that are kept.
const STUB_BYTES_KEPT_MAX: usize = 16 << 10;

/// An interface that was bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interface {
    /// What it is.
    pub uuid: Uuid,
    /// Its version.
    pub major: u16,
    /// Its minor version.
    pub minor: u16,
    /// The server's answer and its reason; 0 is acceptance.
    pub answer: Option<(u16, u16)>,
    context: u16,
    call_id: u32,
}

/// Parameters or results of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stub {
    /// Messages that brought them.
    pub fragments: u32,
    /// Bytes of them.
    pub bytes: u64,
    /// Their first bytes.
    pub head: Vec<u8>,
}

impl Stub {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.fragments += 1;
        self.bytes += bytes.len() as u64;
        let room = STUB_BYTES_KEPT_MAX.saturating_sub(self.head.len());
        self.head.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    pub(super) fn tell(&self, tree: &mut dyn Tree) {
        tree.number("frag_cnt", self.fragments.into());
        tree.number("stub_data_size", self.bytes);
    }
}

/// One question and its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// The kind of the question; none where it was not seen.
    pub request: Option<u8>,
    /// The kind of the answer; none where there was none.
    pub response: Option<u8>,
    /// Its number.
    pub call_id: u32,
    /// The operation that is called.
    pub opnum: u16,
    /// The minor version of the protocol.
    pub minor: u8,
    /// The parameters.
    pub parameters: Stub,
    /// The results.
    pub results: Stub,
    /// Of a BIND what was asked for; of a REQUEST what is called.
    pub interfaces: Vec<Interface>,
    context: u16,
}

impl Call {
    /// Is it a call of an operation?
    pub fn is_request(&self) -> bool {
        self.request == Some(pdu::REQUEST)
    }

    /// Its question's kind in EVE's words.
    pub fn request_name(&self) -> &'static str {
        self.request.map_or("REQUEST_LOST", pdu::kind_name)
    }

    /// Its answer's kind in EVE's words.
    pub fn response_name(&self) -> &'static str {
        self.response.map_or("UNREPLIED", pdu::kind_name)
    }

    /// The interfaces, as EVE has them.
    pub(crate) fn tell_interfaces(&self, tree: &mut dyn Tree, carrier: Carrier) {
        if self.interfaces.is_empty() {
            return;
        }
        tree.open_list("interfaces");
        for interface in &self.interfaces {
            tree.open_object("");
            self.tell_interface(interface, tree, carrier);
            tree.close_object();
        }
        tree.close_list();
    }

    fn tell_interface(&self, interface: &Interface, tree: &mut dyn Tree, carrier: Carrier) {
        tree.text("uuid", interface.uuid.to_string().as_bytes());
        tree.text("version", format!("{}.{}", interface.major, interface.minor).as_bytes());
        match (interface.answer, carrier) {
            (Some((result, _)), Carrier::Connection) => tree.number("ack_result", result.into()),
            (Some((result, reason)), Carrier::Pipe) if !self.is_request() => {
                tree.number("ack_result", result.into());
                tree.number("ack_reason", reason.into());
            }
            _ => {}
        }
        if let (true, Some(service)) = (tree.wants(Extra::Own), super::services::service(interface.uuid)) {
            tree.text("service", service.as_bytes());
        }
    }

    /// The results, if there are any.
    pub(crate) fn tell_results(&self, tree: &mut dyn Tree) {
        if self.response == Some(pdu::RESPONSE) {
            tree.open_object("res");
            self.results.tell(tree);
            tree.close_object();
        }
    }
}

/// What carries an association: EVE tells answers to a BIND differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// A connection of its own.
    Connection,
    /// A named pipe in SMB.
    Pipe,
}

/// A call that waits, and what its carrier knows of it.
#[derive(Debug)]
struct Open<C> {
    call: Call,
    carrier: C,
}

/// What two ends of a connection, or of a pipe, agreed on and ask each other. `C` is what the carrier adds to a call.
#[derive(Debug)]
pub(crate) struct Association<C> {
    interfaces: Vec<Interface>,
    open: Vec<Open<C>>,
}

impl<C> Default for Association<C> {
    fn default() -> Self {
        Association { interfaces: Vec::new(), open: Vec::new() }
    }
}

/// What came out of a message.
pub(crate) struct Seen<C> {
    /// The call that is over with it, if one is.
    pub(crate) over: Option<(Call, C)>,
    /// Did the message depart from the protocol?
    pub(crate) is_malformed: bool,
}

impl<C> Association<C> {
    /// One message; `carrier` is asked where a call begins with it.
    pub(crate) fn see(&mut self, sender: Side, pdu: &Pdu<'_>, carrier: impl FnOnce() -> C) -> Seen<C> {
        match sender {
            Side::Client => self.question(pdu, carrier),
            Side::Server => self.answer(pdu, carrier),
        }
    }

    fn question(&mut self, pdu: &Pdu<'_>, carrier: impl FnOnce() -> C) -> Seen<C> {
        let header = pdu.header;
        if header.kind == pdu::REQUEST && !header.is_first() {
            return Seen { over: None, is_malformed: !self.go_on_asking(pdu) };
        }
        let mut call = Call { request: Some(header.kind), ..Call::default() };
        (call.call_id, call.minor) = (header.call_id, header.minor);
        let is_well_formed = match header.kind {
            pdu::REQUEST => call.begin_request(pdu),
            pdu::BIND | pdu::ALTER_CONTEXT => self.bind(pdu),
            kind => kind <= pdu::KIND_MAX,
        };
        self.open.push(Open { call, carrier: carrier() });
        let is_unanswerable = matches!(header.kind, pdu::AUTH3 | pdu::CO_CANCEL | pdu::ORPHANED);
        let over = match is_unanswerable {
            true => self.open.pop(),
            false => (self.open.len() > OPEN_MAX).then(|| self.open.remove(0)),
        };
        Seen { over: over.map(|open| self.finished(open)), is_malformed: !is_well_formed }
    }

    /// A further part of a request.
    fn go_on_asking(&mut self, pdu: &Pdu<'_>) -> bool {
        let Some(request) = pdu.request() else { return false };
        let of_call = |open: &&mut Open<C>| open.call.call_id == pdu.header.call_id && open.call.is_request();
        if let Some(open) = self.open.iter_mut().rev().find(of_call) {
            open.call.parameters.add(request.stub);
        }
        true
    }

    fn bind(&mut self, pdu: &Pdu<'_>) -> bool {
        let (contexts, is_whole) = pdu.contexts();
        if pdu.header.kind == pdu::BIND {
            self.interfaces.clear();
        }
        let room = INTERFACES_MAX.saturating_sub(self.interfaces.len());
        let call_id = pdu.header.call_id;
        self.interfaces.extend(contexts.into_iter().take(room).map(|context| {
            let pdu::Context { id, uuid, major, minor } = context;
            Interface { uuid, major, minor, answer: None, context: id, call_id }
        }));
        is_whole
    }

    fn answer(&mut self, pdu: &Pdu<'_>, carrier: impl FnOnce() -> C) -> Seen<C> {
        let header = pdu.header;
        let place = self.open.iter().position(|open| open.call.call_id == header.call_id);
        let place = place.unwrap_or_else(|| {
            let call = Call { call_id: header.call_id, minor: header.minor, ..Call::default() };
            self.open.push(Open { call, carrier: carrier() });
            self.open.len() - 1
        });
        let call = &mut self.open[place].call;
        call.response = Some(header.kind);
        let is_well_formed = match header.kind {
            pdu::RESPONSE => call.go_on_answering(pdu),
            pdu::BIND_ACK | pdu::ALTER_CONTEXT_RESPONSE => self.acknowledge(pdu),
            kind => kind <= pdu::KIND_MAX,
        };
        let is_over = header.kind != pdu::RESPONSE || header.is_last() || self.open.len() > OPEN_MAX;
        let over = is_over.then(|| self.open.remove(place)).map(|open| self.finished(open));
        Seen { over, is_malformed: !is_well_formed }
    }

    fn acknowledge(&mut self, pdu: &Pdu<'_>) -> bool {
        let Some(results) = pdu.results() else { return false };
        let asked = self.interfaces.iter_mut().filter(|interface| interface.call_id == pdu.header.call_id);
        asked.zip(results).for_each(|(interface, result)| interface.answer = Some(result));
        true
    }

    fn finished(&self, open: Open<C>) -> (Call, C) {
        let Open { mut call, carrier } = open;
        let is_of_call = |interface: &&Interface| match call.request {
            Some(pdu::REQUEST) => interface.context == call.context,
            Some(pdu::BIND | pdu::ALTER_CONTEXT) => interface.call_id == call.call_id,
            _ => false,
        };
        call.interfaces = self.interfaces.iter().filter(is_of_call).copied().collect();
        (call, carrier)
    }

    /// The last call, if it waits for an answer.
    pub(crate) fn take_last(&mut self) -> Option<(Call, C)> {
        let open = self.open.pop()?;
        Some(self.finished(open))
    }

    /// What waits for an answer and will not get one.
    pub(crate) fn take_open(&mut self) -> Vec<(Call, C)> {
        let open = std::mem::take(&mut self.open);
        open.into_iter().map(|open| self.finished(open)).collect()
    }
}

impl Call {
    fn begin_request(&mut self, pdu: &Pdu<'_>) -> bool {
        let Some(request) = pdu.request() else { return false };
        (self.context, self.opnum) = (request.context, request.opnum);
        self.parameters.add(request.stub);
        true
    }

    fn go_on_answering(&mut self, pdu: &Pdu<'_>) -> bool {
        pdu.response_stub().map(|stub| self.results.add(stub)).is_some()
    }
}
