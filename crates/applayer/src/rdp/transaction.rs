//! What is kept of one step.

use super::client::Client;
use super::negotiation::{Request, Response};
use super::tell;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;

/// A step of a session's beginning.
#[derive(Clone, Debug)]
pub enum Step {
    /// The client asks for a connection.
    Request(Request),
    /// The server answers.
    Response(Response),
    /// The client says what it is.
    ConnectRequest(Box<Client>),
    /// The server says what it is.
    ConnectResponse,
    /// Both begin TLS: the serial numbers of the server's certificates.
    Tls(Vec<String>),
}

/// A step.
#[derive(Clone, Debug)]
pub struct RdpTransaction {
    /// Which one.
    pub step: Step,
    pub(super) id: u64,
    pub(super) started: Timestamp,
}

impl Transaction for RdpTransaction {
    fn table(&self) -> &'static str {
        "rdp"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn sender(&self) -> Side {
        match self.step {
            Step::Request(_) | Step::ConnectRequest(_) => Side::Client,
            Step::Response(_) | Step::ConnectResponse | Step::Tls(_) => Side::Server,
        }
    }

    fn tell(&self, tree: &mut dyn Tree) {
        // EVE counts from 1.
        tree.number("tx_id", self.id + u64::from(!tree.wants(Extra::Own)));
        tell::tell(&self.step, tree);
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
