//! The data channel that is agreed on before a transfer.

use super::endpoint::Endpoint;
use crate::sink::{Handover, Sink};
use model::packet::{Side, Timestamp};

/// Commands whose data goes over the channel.
const TRANSFERS: [&[u8]; 7] = [b"RETR", b"STOR", b"STOU", b"APPE", b"LIST", b"NLST", b"MLSD"];

/// What is known of the next data channel: who listens where comes from one command, what for from another.
#[derive(Debug, Default)]
pub(super) struct Channel {
    listener: Option<(Side, Endpoint)>,
    /// The transfer, if it was asked for before the port was known.
    transfer: Option<Vec<u8>>,
}

/// Does this command's data go over a channel?
pub(super) fn is_transfer(command: &[u8]) -> bool {
    TRANSFERS.contains(&command)
}

impl Channel {
    /// Is it known where the next transfer goes?
    pub(super) fn is_announced(&self) -> bool {
        self.listener.is_some()
    }

    /// A side will listen.
    pub(super) fn listen(&mut self, now: Timestamp, side: Side, endpoint: Endpoint, sink: &mut dyn Sink) {
        self.listener = Some((side, endpoint));
        self.announce(now, sink);
    }

    /// What the channel is for: a command, and behind a blank its file.
    pub(super) fn transfer(&mut self, now: Timestamp, about: Vec<u8>, sink: &mut dyn Sink) {
        self.transfer = Some(about);
        self.announce(now, sink);
    }

    fn announce(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        let (Some((listener, (address, port))), Some(about)) = (self.listener, &self.transfer) else { return };
        let mut expect = |address| {
            let protocol = "ftp-data";
            sink.hand_over(now, Handover::Expect { listener, address, port, protocol, about });
        };
        // Behind a translation of addresses the named one can be another than the one that is used.
        expect(None);
        if address.is_some_and(|address| !address.is_unspecified()) {
            expect(address);
        }
        (self.listener, self.transfer) = (None, None);
    }
}
