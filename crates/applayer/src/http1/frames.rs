//! Messages as frames.

use super::{Http1, Stage};
use crate::frame::{close_frames, continue_frames, open_frames};
use crate::protocol::Input;
use crate::sink::Sink;
use model::packet::Side;

impl Http1 {
    /// Tells the bytes that a step has taken; `before` is the stage, and how many exchanges there were.
    pub(super) fn cut(&mut self, (stage, exchanges): (Stage, u64), taken: Input<'_>, sink: &mut dyn Sink) {
        let now_at = self.readers[taken.sender.index()].stage;
        let is_between = |stage: Stage| matches!(stage, Stage::Start | Stage::Waiting | Stage::Seeking);
        let begins = is_between(stage) && (!is_between(now_at) || self.transactions > exchanges);
        if begins && !self.is_framed[taken.sender.index()] {
            let id = self.exchanges.get(self.place(taken.sender)).map(|exchange| exchange.id);
            self.is_framed[taken.sender.index()] = true;
            open_frames(taken, id, &[name(taken.sender)], sink);
        }
        if self.is_framed[taken.sender.index()] {
            continue_frames(taken, sink);
        }
        if is_between(now_at) {
            self.close_frame(taken, now_at != Stage::Seeking, sink);
        }
    }

    /// A side's message is over.
    pub(super) fn close_frame(&mut self, at: Input<'_>, is_complete: bool, sink: &mut dyn Sink) {
        if std::mem::take(&mut self.is_framed[at.sender.index()]) {
            close_frames(at, is_complete, &[name(at.sender)], sink);
        }
    }
}

fn name(sender: Side) -> &'static str {
    match sender {
        Side::Client => "request",
        Side::Server => "response",
    }
}
