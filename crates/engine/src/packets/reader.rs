//! Frames in; the packets of the chosen sessions and their streams out.

use super::selector::FlowSelector;
use crate::config::Config;
use flow::{Defragmenter, EndReason, Flow, FlowTable, FlowView, Path};
use model::packet::{Anomaly, Frame, Side, Timestamp};
use std::collections::VecDeque;
use std::net::IpAddr;
use wire::{DecodeConfig, Packet};

/// A packet of a chosen session.
#[derive(Clone, Copy, Debug)]
pub struct SeenPacket<'a> {
    /// Its frame.
    pub frame: Frame<'a>,
    /// The frame decoded; of the last fragment, the datagram put together.
    pub packet: &'a Packet<'a>,
    /// Its session and who of it sent it; `None` for what has no session: no IP, a fragment.
    pub flow: Option<(&'a Flow, Side)>,
}

/// Takes the packets of chosen sessions.
pub trait PacketSink {
    /// One packet, before its bytes.
    fn packet(&mut self, seen: &SeenPacket<'_>);

    /// What a side said next: bytes of a TCP stream in order, or a datagram.
    fn said(&mut self, flow: &Flow, sender: Side, bytes: &[u8]);

    /// Bytes that a side said and the capture does not have.
    fn gap(&mut self, flow: &Flow, sender: Side, bytes: u64);
}

/// Frames of fragments that are held until their datagram is whole; the oldest go first.
const HELD_FRAGMENTS_MAX: usize = 1_024;

/// A frame with a fragment that may belong to a chosen session: only the whole datagram says.
struct HeldFragment {
    datagram: (IpAddr, IpAddr, u32),
    frame: Frame<'static>,
    bytes: Box<[u8]>,
}

/// Reads frames and picks sessions out.
pub struct SessionReader {
    config: Config,
    selector: FlowSelector,
    defragmenter: Defragmenter,
    table: FlowTable<bool>,
    held: VecDeque<HeldFragment>,
    last: Timestamp,
}

impl SessionReader {
    /// A reader that has seen nothing.
    pub fn new(config: &Config, selector: FlowSelector) -> SessionReader {
        SessionReader {
            config: config.clone(),
            selector,
            defragmenter: Defragmenter::new(config.defragment, config.defragment_limits),
            table: FlowTable::new(config.flow, config.flow_limits),
            held: VecDeque::new(),
            last: Timestamp::default(),
        }
    }

    /// Takes a frame.
    pub fn handle_frame(&mut self, frame: Frame<'_>, out: &mut dyn PacketSink) {
        self.last = frame.timestamp;
        let packet = wire::decode(frame.link_type, frame.bytes, frame.wire_length, &self.config.decode);
        if !packet.is_fragment() {
            return self.take(frame, &packet, &[], out);
        }
        if self.selector == FlowSelector::All {
            out.packet(&SeenPacket { frame, packet: &packet, flow: None });
        }
        let whole = self.defragmenter.push(frame.timestamp, &packet, |_| {});
        let pieces = self.hold(frame, &packet, whole.is_some());
        if let Some(whole) = whole {
            self.take(frame, &whole.packet(&packet, &self.config.decode), &pieces, out);
        }
    }

    /// Keeps a fragment's frame; of a datagram that is whole now, gives the frames before this one back.
    fn hold(&mut self, frame: Frame<'_>, packet: &Packet<'_>, is_whole: bool) -> Vec<HeldFragment> {
        let Some(network) = &packet.network else { return Vec::new() };
        if self.selector == FlowSelector::All {
            // Told already.
            return Vec::new();
        }
        let datagram = (network.source, network.destination, network.identification);
        if is_whole {
            let is_own = |held: &HeldFragment| held.datagram == datagram;
            let (own, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.held).into_iter().partition(is_own);
            self.held = others.into();
            return own;
        }
        if self.held.len() >= HELD_FRAGMENTS_MAX {
            self.held.pop_front();
        }
        self.held.push_back(HeldFragment { datagram, frame: Frame { bytes: &[], ..frame }, bytes: frame.bytes.into() });
        Vec::new()
    }

    fn take(&mut self, frame: Frame<'_>, packet: &Packet<'_>, pieces: &[HeldFragment], out: &mut dyn PacketSink) {
        let mut picker =
            Picker { selector: &self.selector, frame: Some(frame), pieces, decode: &self.config.decode, out };
        let number = self.table.packet(frame.timestamp, packet, &mut picker);
        if number.is_none() && self.selector == FlowSelector::All {
            out.packet(&SeenPacket { frame, packet, flow: None });
        }
    }

    /// The capture is over: what waited for bytes that did not come is said.
    pub fn finish(&mut self, out: &mut dyn PacketSink) {
        let mut picker =
            Picker { selector: &self.selector, frame: None, pieces: &[], decode: &self.config.decode, out };
        self.table.finish(self.last, &mut picker);
    }
}

struct Picker<'a> {
    selector: &'a FlowSelector,
    /// The frame at hand; none at the end.
    frame: Option<Frame<'a>>,
    /// Frames with the other fragments of its datagram.
    pieces: &'a [HeldFragment],
    decode: &'a DecodeConfig,
    out: &'a mut dyn PacketSink,
}

impl Picker<'_> {
    fn tell(&mut self, frame: Frame<'_>, packet: &Packet<'_>, flow: (&Flow, Side)) {
        for piece in self.pieces {
            let frame = Frame { bytes: &piece.bytes, ..piece.frame };
            let packet = wire::decode(frame.link_type, frame.bytes, frame.wire_length, self.decode);
            self.out.packet(&SeenPacket { frame, packet: &packet, flow: Some(flow) });
        }
        self.out.packet(&SeenPacket { frame, packet, flow: Some(flow) });
    }
}

impl flow::Sink<bool> for Picker<'_> {
    fn opened(&mut self, flow: &Flow, _path: &Path, now: Timestamp) -> bool {
        self.selector.fits(flow, now)
    }

    fn packet(&mut self, view: FlowView<'_, bool>, packet: &Packet<'_>, sender: Side, _now: Timestamp) {
        match self.frame {
            Some(frame) if *view.state => self.tell(frame, packet, (view.flow, sender)),
            _ => view.wants.stop_both(),
        }
    }

    fn data(&mut self, view: FlowView<'_, bool>, sender: Side, _offset: u64, bytes: &[u8], _now: Timestamp) {
        if *view.state {
            self.out.said(view.flow, sender, bytes);
        }
    }

    fn gap(&mut self, view: FlowView<'_, bool>, sender: Side, _offset: u64, bytes: u64, _now: Timestamp) {
        if *view.state {
            self.out.gap(view.flow, sender, bytes);
        }
    }

    fn datagram(&mut self, view: FlowView<'_, bool>, sender: Side, payload: &[u8], _now: Timestamp) {
        if *view.state {
            self.out.said(view.flow, sender, payload);
        }
    }

    fn anomaly(&mut self, _view: Option<FlowView<'_, bool>>, _anomaly: Anomaly, _now: Timestamp) {}

    fn ended(&mut self, _flow: &Flow, _path: &Path, _state: bool, _reason: EndReason, _now: Timestamp) {}
}
