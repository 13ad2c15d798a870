//! A capture as an object among others: bytes in, sessions as flows, events as rows of one table.

use arrow::array::RecordBatch;
use capture::{FrameDetails, FrameReader, FrameSink, Note};
use engine::tables::{EventRows, SOURCE_KIND, alert_table, write_session};
use engine::{Config, Engine, Event, EventSink, RuleConfig};
use flowlog::{Decoder, HealthNote, Origin};
use model::packet::{Frame, Timestamp};
use model::vocabulary::HealthKind;
use model::{FlowField, Projection};
use std::sync::Arc;
use table::{FlowColumns, HealthColumns, Tables};

/// Rows of `health` that one capture's damage may fill; what is beyond is counted in the last.
const NOTES_MAX: u32 = 1_000;

/// Reads a capture's bytes through an engine.
pub(crate) struct CaptureReader {
    frames: FrameReader,
    position: Position,
}

/// Where a capture is, and what belongs to it.
struct Position {
    engine: Engine,
    origin: Origin,
    last: (Timestamp, u64),
    notes: u32,
}

impl CaptureReader {
    /// A reader of a capture of that name.
    pub(crate) fn new(object: Arc<str>, config: &Config) -> CaptureReader {
        let origin = Origin { provider: "", source_kind: SOURCE_KIND, object };
        CaptureReader {
            frames: FrameReader::new(capture::Limits::default()),
            position: Position { engine: Engine::new(config), origin, last: (Timestamp(0), 0), notes: 0 },
        }
    }

    /// The next bytes of the file.
    pub(crate) fn push(&mut self, bytes: &[u8], events: &mut dyn EventSink, health: &mut HealthColumns) {
        self.frames.push(bytes, &mut Feed { position: &mut self.position, events, health });
    }

    /// The file has ended.
    pub(crate) fn finish(&mut self, events: &mut dyn EventSink, health: &mut HealthColumns) {
        self.frames.finish(&mut Feed { position: &mut self.position, events, health });
        let Position { engine, last, .. } = &mut self.position;
        engine.finish(last.0, last.1, events);
    }
}

/// Hands frames to the engine and writes what is wrong with the file down.
struct Feed<'a> {
    position: &'a mut Position,
    events: &'a mut dyn EventSink,
    health: &'a mut HealthColumns,
}

impl FrameSink for Feed<'_> {
    fn frame(&mut self, frame: Frame<'_>, _details: FrameDetails) {
        self.position.last = (frame.timestamp, frame.number);
        self.position.engine.handle_frame(frame, self.events);
    }

    fn note(&mut self, note: Note<'_>) {
        let Some((kind, offset, detail)) = problem(&note) else { return };
        self.position.notes += 1;
        let record_no = self.position.last.1;
        let detail = match self.position.notes {
            ..NOTES_MAX => detail,
            NOTES_MAX => format!("{detail}; {NOTES_MAX} remarks on this capture, more are not kept"),
            _ => return,
        };
        HealthNote { kind, detail: &detail, record_no, offset }.write(&self.position.origin, self.health);
    }
}

/// What of a file's notes is a problem: its kind, its place, and in words.
fn problem(note: &Note<'_>) -> Option<(HealthKind, u64, String)> {
    Some(match note {
        Note::Damaged { offset, damage } => (HealthKind::ParseError, *offset, damage.text().to_owned()),
        Note::OverLimit { offset, length } => {
            (HealthKind::LimitReached, *offset, format!("a frame or block of {length} bytes was left out"))
        }
        Note::Truncated { offset, present, needed } => {
            let detail = format!("the file ends in a record: {present} of {needed} bytes are there");
            (HealthKind::Truncated, *offset, detail)
        }
        Note::Statistics(statistics) if statistics.dropped.is_some_and(|dropped| dropped > 0) => {
            let dropped = statistics.dropped.unwrap_or(0);
            let detail = format!("interface {} lost {dropped} frames while it captured", statistics.interface);
            (HealthKind::Gap, 0, detail)
        }
        _ => return None,
    })
}

/// Decodes a capture into sessions, as a log format's decoder does.
pub(crate) struct SessionDecoder {
    reader: CaptureReader,
    object: Arc<str>,
    /// Rows of `alerts`, where there are rules.
    alerts: Option<EventRows>,
}

impl SessionDecoder {
    /// A decoder of a capture of that name. Applications are looked at only where a wanted column needs them.
    pub(crate) fn new(object: Arc<str>, wanted: &Projection<FlowField>, rules: Option<&RuleConfig>) -> SessionDecoder {
        let needs_applications =
            [FlowField::AppProtocol, FlowField::HostName].iter().any(|field| wanted.contains(*field));
        let rules = rules.map(of_one_object);
        let alerts = rules.is_some().then(|| EventRows::new(&alert_table()));
        let config = Config { skips_applications: !needs_applications && rules.is_none(), rules, ..Config::default() };
        SessionDecoder { reader: CaptureReader::new(object.clone(), &config), object, alerts }
    }

    /// Rows of `alerts` so far, where there are any.
    pub(crate) fn take_alerts(&mut self) -> Option<RecordBatch> {
        let rows = self.alerts.as_mut()?.rows();
        (!rows.is_empty()).then(|| rows.take_batch())
    }
}

impl Decoder for SessionDecoder {
    fn push(&mut self, bytes: &[u8], out: &mut Tables) {
        out.flows.set_default_text(FlowField::SrcObject, Some(&self.object));
        let SessionDecoder { reader, object, alerts } = self;
        reader.push(bytes, &mut Sessions { flows: &mut out.flows, alerts, object }, &mut out.health);
    }

    fn finish(&mut self, out: &mut Tables) {
        out.flows.set_default_text(FlowField::SrcObject, Some(&self.object));
        let SessionDecoder { reader, object, alerts } = self;
        reader.finish(&mut Sessions { flows: &mut out.flows, alerts, object }, &mut out.health);
    }
}

/// What rules know of hosts stays with the object, so that alerts do not depend on which thread reads what when.
pub(crate) fn of_one_object(rules: &RuleConfig) -> RuleConfig {
    RuleConfig { shared: Arc::default(), ..rules.clone() }
}

struct Sessions<'a> {
    flows: &'a mut FlowColumns,
    alerts: &'a mut Option<EventRows>,
    object: &'a str,
}

impl EventSink for Sessions<'_> {
    fn event(&mut self, now: Timestamp, frame_number: u64, event: Event<'_>) {
        match (&event, &mut self.alerts) {
            (Event::Flow { flow, reason, .. }, _) => write_session(flow, *reason, self.flows),
            (Event::Alert { .. }, Some(alerts)) => alerts.push(now, frame_number, &event, self.object),
            _ => {}
        }
    }
}

/// Takes the rows of one table out of a capture's events.
pub(crate) struct Events<'a> {
    /// Where they go.
    pub(crate) rows: &'a mut EventRows,
    /// The capture's name.
    pub(crate) object: &'a str,
}

impl EventSink for Events<'_> {
    fn event(&mut self, now: Timestamp, frame_number: u64, event: Event<'_>) {
        self.rows.push(now, frame_number, &event, self.object);
    }
}
