//! A message as a transaction: requests and responses are told one by one.

use super::message::Message;
use super::{multicast, tell};
use crate::buffer::Field;
use crate::tree::{Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// Who speaks to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// One asks a server.
    Dns,
    /// One asks everybody on the link, and whoever knows answers everybody (RFC 6762).
    Mdns,
    /// One asks everybody on the link, and whoever knows answers the one (RFC 4795).
    Llmnr,
}

impl Variant {
    /// Its name, and its table's.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Variant::Dns => "dns",
            Variant::Mdns => "mdns",
            Variant::Llmnr => "llmnr",
        }
    }
}

/// What a message has to do with an earlier one of its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Nothing, or nothing that is known.
    Untold,
    /// The same request was sent before, and is still not answered.
    Retry {
        /// The first request's transaction.
        request: u64,
        /// 1 for the first repetition.
        retry: u64,
    },
    /// A response to a request of this flow.
    Response {
        /// The request's transaction.
        request: u64,
        /// From the first request to this response.
        latency_ns: i64,
        /// How often the request was sent again.
        retries: u64,
    },
    /// A response to nothing that was asked in this flow.
    Unsolicited,
}

/// One message.
#[derive(Debug)]
pub struct DnsTransaction {
    pub(super) variant: Variant,
    pub(super) id: u64,
    pub(super) now: Timestamp,
    pub(super) sender: Side,
    /// What it says.
    pub message: Message,
    /// What it has to do with an earlier one.
    pub answered: Answered,
}

impl DnsTransaction {
    /// A message that another protocol carries.
    pub(crate) fn carried(id: u64, now: Timestamp, sender: Side, message: Message) -> DnsTransaction {
        DnsTransaction { variant: Variant::Dns, id, now, sender, message, answered: Answered::Untold }
    }
}

impl Transaction for DnsTransaction {
    fn table(&self) -> &'static str {
        self.variant.name()
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.now
    }

    fn sender(&self) -> Side {
        self.sender
    }

    fn tell(&self, tree: &mut dyn Tree) {
        match self.variant {
            Variant::Dns => tell::tell(self, tree),
            Variant::Mdns | Variant::Llmnr => multicast::tell(self, tree),
        }
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        self.bytes_of(field, sender, place)
    }

    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        self.number_of(field, sender, place)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
