//! What comes out of a table.

use crate::flow::{EndReason, Flow};
use crate::path::Path;
use model::packet::{Anomaly, Side, Timestamp};
use wire::{Icmp, Packet};

/// A flow, the way it came, and what the sink keeps for it.
#[derive(Debug)]
pub struct FlowView<'a, T> {
    /// What is known of it.
    pub flow: &'a Flow,
    /// VLANs and tunnels.
    pub path: &'a Path,
    /// The sink's own.
    pub state: &'a mut T,
    /// What the sink wants of it from here on.
    pub wants: &'a mut Wants,
}

/// What a sink still wants of a flow. Saves the work of putting streams together where nobody reads them. One byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants(u8);

impl Wants {
    const CUT_OFF: u8 = 4;

    /// Are the bytes of a side wanted?
    pub fn has_data(self, side: Side) -> bool {
        self.0 & 1 << side.index() == 0
    }

    /// The bytes of a side are not wanted any more: its stream stays off.
    pub fn stop(&mut self, side: Side) {
        self.0 |= 1 << side.index();
    }

    /// Nobody reads either side any more.
    pub fn stop_both(&mut self) {
        self.0 |= 3;
    }

    /// Is nothing that comes looked at any more, or is it thrown away?
    pub fn is_cut_off(self) -> bool {
        self.0 & Self::CUT_OFF != 0
    }

    /// From here on packets are counted to their flow, and that is all. What is held is forgotten.
    pub fn cut_off(&mut self) {
        self.0 |= Self::CUT_OFF;
    }
}

/// Takes what a table finds, in the order in which it finds it.
pub trait Sink<T> {
    /// A flow begins. What is returned is kept with it.
    fn opened(&mut self, flow: &Flow, path: &Path, now: Timestamp) -> T;

    /// A packet of a flow, counted already, before its bytes are handed on.
    fn packet(&mut self, flow: FlowView<'_, T>, packet: &Packet<'_>, sender: Side, now: Timestamp) {
        let _ = (flow, packet, sender, now);
    }

    /// All that a packet of a flow has caused was told.
    fn packet_done(&mut self, flow: FlowView<'_, T>, packet: &Packet<'_>, sender: Side, now: Timestamp) {
        let _ = (flow, packet, sender, now);
    }

    /// The first bytes of a TCP connection that was picked up in its middle, and of which nothing tells who is the client. Do they
    /// show that what was taken for the client is the server? Then the flow is turned round before they are handed on.
    fn is_turned_round(&mut self, flow: FlowView<'_, T>, sender: Side, bytes: &[u8]) -> bool {
        let _ = (flow, sender, bytes);
        false
    }

    /// The next bytes of a TCP stream: in order, each once. `offset` counts the bytes before them, those of gaps too.
    fn data(&mut self, flow: FlowView<'_, T>, sender: Side, offset: u64, bytes: &[u8], now: Timestamp);

    /// The next bytes of a TCP stream are not to be had.
    fn gap(&mut self, flow: FlowView<'_, T>, sender: Side, offset: u64, bytes: u64, now: Timestamp);

    /// A flow is over, and these bytes of a TCP stream lie behind a hole that their receiver waited for: no application got them.
    fn leftover(&mut self, flow: FlowView<'_, T>, sender: Side, offset: u64, bytes: &[u8], now: Timestamp) {
        let _ = (flow, sender, offset, bytes, now);
    }

    /// What a packet of another protocol carries.
    fn datagram(&mut self, flow: FlowView<'_, T>, sender: Side, payload: &[u8], now: Timestamp);

    /// An ICMP error about a flow. `sender` is the side from which it comes: the one that the failed packet went to.
    fn icmp_error(&mut self, flow: FlowView<'_, T>, sender: Side, icmp: &Icmp<'_>, now: Timestamp) {
        let _ = (flow, sender, icmp, now);
    }

    /// A side has sent FIN and all before it was handed on.
    fn closing(&mut self, flow: FlowView<'_, T>, sender: Side, now: Timestamp) {
        let _ = (flow, sender, now);
    }

    /// Something odd, of a flow or of none.
    fn anomaly(&mut self, flow: Option<FlowView<'_, T>>, anomaly: Anomaly, now: Timestamp);

    /// A flow is over.
    fn ended(&mut self, flow: &Flow, path: &Path, state: T, reason: EndReason, now: Timestamp);
}
