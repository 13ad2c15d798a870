//! What HTTP/1 said when it handed over (RFC 7540, section 3.2): the client's settings, and the request that stream 1
//! answers.

use super::connection::Http2;
use super::{frame, frames};
use crate::protocol::Input;
use crate::sink::Sink;
use base64::Engine;
use model::packet::{Side, Timestamp};

/// What was said before the first bytes, kept until they come.
pub(super) struct Upgrade {
    about: Vec<u8>,
}

impl Upgrade {
    pub(super) fn new(about: &[u8]) -> Option<Upgrade> {
        (!about.is_empty()).then(|| Upgrade { about: about.to_vec() })
    }
}

impl Http2 {
    /// Tells the settings, and opens stream 1 as if its request had come in a frame.
    pub(super) fn begin_upgraded(&mut self, upgrade: &Upgrade, now: Timestamp, sink: &mut dyn Sink) {
        let fields = upgrade.about.split(|byte| *byte == b'\n').filter_map(field);
        let mut fields = fields.peekable();
        if let Some((_, value)) = fields.next_if(|(name, _)| *name == b"http2-settings") {
            self.upgrade_settings(value, now, sink);
        }
        let limits = self.limits.headers;
        let place = self.new_stream(1, now, sink);
        let half = &mut self.streams[place].halves[Side::Client.index()];
        half.times.see(now);
        for (name, value) in fields {
            half.add(name, value, &limits);
        }
        self.end_half(1, Side::Client, true, now, sink);
    }

    fn upgrade_settings(&mut self, value: &[u8], now: Timestamp, sink: &mut dyn Sink) {
        match base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(value) {
            Ok(payload) if payload.len().is_multiple_of(6) => {
                let settings = frame::settings(&payload).take(frames::SETTINGS_MAX).collect();
                let input = Input { now, sender: Side::Client, bytes: b"" };
                self.tell_connection(frame::SETTINGS, input, sink, |half| half.settings = Some(settings));
            }
            _ => sink.anomaly(now, "invalid_http1_settings", None),
        }
    }
}

fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.windows(2).position(|pair| pair == b": ")?;
    Some((&line[..colon], &line[colon + 2..]))
}
