//! What the state machine makes of a segment.

use crate::anomaly::is_known;
use wire::Stack;

/// The answer to: does this segment count, and what is odd about it?
#[derive(Clone, Copy, Debug, Default)]
pub struct Verdict {
    /// Its payload does not belong to the stream.
    pub is_refused: bool,
    /// The server did not take the data that came with SYN.
    pub opening_data_refused: bool,
    /// What is odd, by Suricata's names.
    pub anomalies: Stack<&'static str, 4>,
}

impl Verdict {
    pub(crate) fn anomaly(&mut self, name: &'static str) {
        debug_assert!(is_known(name), "{name} has no row in ANOMALIES");
        self.anomalies.push(name);
    }

    pub(crate) fn refuse(&mut self, name: &'static str) {
        self.anomaly(name);
        self.is_refused = true;
    }

    pub(crate) fn refuse_silently(&mut self) {
        self.is_refused = true;
    }
}
