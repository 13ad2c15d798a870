//! What is kept of a call.

use super::call::{Call, Carrier};
use super::pdu::Uuid;
use crate::buffer::Field;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// What a call over UDP has besides (version 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// The client's activity.
    pub activity: Uuid,
    /// The call's number in it.
    pub sequence: u32,
}

/// One question and its answer, and where they came.
#[derive(Clone, Debug, Default)]
pub struct DcerpcTransaction {
    /// The question and the answer.
    pub call: Call,
    /// Over UDP, whose call it is.
    pub datagram: Option<Datagram>,
    pub(super) id: u64,
    pub(super) started: Timestamp,
    pub(super) ended: Timestamp,
}

impl DcerpcTransaction {
    fn tell_request(&self, tree: &mut dyn Tree) {
        tree.text("request", self.call.request_name().as_bytes());
        if self.call.is_request() {
            tree.open_object("req");
            tree.number("opnum", self.call.opnum.into());
            self.call.parameters.tell(tree);
            tree.close_object();
        }
        self.call.tell_interfaces(tree, Carrier::Connection);
    }

    fn tell_version(&self, tree: &mut dyn Tree) {
        match self.datagram {
            Some(datagram) => {
                tree.text("activityuuid", datagram.activity.to_string().as_bytes());
                tree.number("seqnum", datagram.sequence.into());
                tree.text("rpc_version", b"4.0");
            }
            None => {
                tree.number("call_id", self.call.call_id.into());
                tree.text("rpc_version", format!("5.{}", self.call.minor).as_bytes());
            }
        }
    }
}

impl Transaction for DcerpcTransaction {
    fn table(&self) -> &'static str {
        "dcerpc"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn tell(&self, tree: &mut dyn Tree) {
        self.tell_request(tree);
        tree.text("response", self.call.response_name().as_bytes());
        self.call.tell_results(tree);
        self.tell_version(tree);
        if tree.wants(Extra::Own) && self.call.response.is_some() {
            tree.open_object("timing");
            tree.signed("response_ns", self.ended.since_ns(self.started));
            tree.close_object();
        }
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        self.call.bytes_of(field, sender, place)
    }

    fn number(&self, field: Field, _sender: Side, place: usize) -> Option<u64> {
        self.call.number_of(field, place)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
