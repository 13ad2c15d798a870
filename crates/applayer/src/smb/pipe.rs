//! A named pipe: messages of DCE/RPC in it, put together from what is written and read.

use super::transaction::SmbTransaction;
use crate::dcerpc::Association;
use crate::dcerpc::pdu::{HEADER_BYTES, Header};
use model::packet::Side;

/// An open pipe.
#[derive(Debug, Default)]
pub(super) struct Pipe {
    pub(super) association: Association<SmbTransaction>,
    /// Bytes of each side that are no whole message yet. The longest message has 65,535.
    held: [Vec<u8>; 2],
    is_other: bool,
}

impl Pipe {
    /// Is something else than DCE/RPC in it?
    pub(super) fn is_other(&self) -> bool {
        self.is_other
    }

    /// The next bytes of a side.
    pub(super) fn push(&mut self, sender: Side, bytes: &[u8]) {
        if !self.is_other {
            self.held[sender.index()].extend_from_slice(bytes);
        }
    }

    /// The next whole message of a side.
    pub(super) fn take(&mut self, sender: Side) -> Option<Vec<u8>> {
        let held = &mut self.held[sender.index()];
        if held.len() < HEADER_BYTES {
            return None;
        }
        let Some(header) = Header::parse(held) else {
            self.is_other = true;
            self.held = Default::default();
            return None;
        };
        let length = usize::from(header.bytes);
        (held.len() >= length).then(|| held.drain(..length).collect())
    }

    /// Bytes of a side are missing: the next message begins with the next piece.
    pub(super) fn gap(&mut self, sender: Side) {
        self.held[sender.index()].clear();
    }
}
