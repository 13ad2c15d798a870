//! Flows that another flow announced: FTP's data channels.

use flow::Flow;
use model::packet::Timestamp;
use std::collections::VecDeque;
use std::net::IpAddr;

/// Announcements that are remembered.
const EXPECTED_MAX: usize = 4_096;
/// How long an announcement holds.
const EXPECTED_NS: i64 = 60 * 1_000_000_000;

/// An announced flow.
#[derive(Clone, Debug)]
pub(crate) struct Expectation {
    /// Who will accept it.
    pub(crate) listener: IpAddr,
    /// On which port.
    pub(crate) port: u16,
    /// Who will open it.
    pub(crate) opener: IpAddr,
    /// What it will speak.
    pub(crate) protocol: String,
    /// What its parser has to know.
    pub(crate) about: Vec<u8>,
    /// When it was announced.
    pub(crate) announced: Timestamp,
}

/// The announced flows, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Expectations {
    expected: VecDeque<Expectation>,
    /// Announcements that had to go before their time.
    pub(crate) turned_away: u64,
}

impl Expectations {
    /// Adds an announcement. The newest one of the same flow says what it is.
    pub(crate) fn add(&mut self, expectation: Expectation) {
        let ends = |of: &Expectation| (of.listener, of.port, of.opener);
        self.expected.retain(|earlier| ends(earlier) != ends(&expectation));
        if self.expected.len() >= EXPECTED_MAX {
            self.expected.pop_front();
            self.turned_away += 1;
        }
        self.expected.push_back(expectation);
    }

    /// The announcement that a new flow fulfils. The announced flow may be turned: its first packet can be the listener's.
    pub(crate) fn fulfil(&mut self, flow: &Flow, now: Timestamp) -> Option<Expectation> {
        if self.expected.is_empty() {
            return None;
        }
        while self.expected.front().is_some_and(|oldest| now.since_ns(oldest.announced) > EXPECTED_NS) {
            self.expected.pop_front();
        }
        let (client, server) = (flow.client(), flow.server());
        let is_it = |expectation: &Expectation| {
            let ends = [(server, client), (client, server)];
            ends.iter().any(|(listener, opener)| {
                listener.address == expectation.listener
                    && listener.port == expectation.port
                    && opener.address == expectation.opener
            })
        };
        let place = self.expected.iter().position(is_it)?;
        self.expected.remove(place)
    }
}
