//! The labelled captures, through an engine, against what must and must not be told of them.

use capture::{FrameDetails, FrameReader, FrameSink, Note};
use detect::{Finding, Fold, Limits, Severity, findings};
use engine::tables::write_session;
use engine::{Config, Engine, Event, EventSink};
use model::packet::{Frame, Timestamp};
use std::path::{Path, PathBuf};
use table::FlowColumns;

/// The folder of labelled traffic, in `$FATHOM_SHARED` or in `shared` beside the repository.
fn labelled() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("FATHOM_SHARED").map_or_else(beside, PathBuf::from).join("data/labelled");
    if !folder.is_dir() {
        eprintln!("skipped: no labelled traffic (set FATHOM_SHARED to the folder that holds data/labelled)");
        return None;
    }
    Some(folder)
}

/// Sessions of an engine as rows.
struct Sessions(FlowColumns);

impl EventSink for Sessions {
    fn event(&mut self, _now: Timestamp, _frame_number: u64, event: Event<'_>) {
        if let Event::Flow { flow, reason, .. } = event {
            write_session(&flow, reason, &mut self.0);
        }
    }
}

/// Frames into an engine.
struct Feed {
    engine: Engine,
    sessions: Sessions,
    last: (Timestamp, u64),
}

impl FrameSink for Feed {
    fn frame(&mut self, frame: Frame<'_>, _details: FrameDetails) {
        self.last = (frame.timestamp, frame.number);
        self.engine.handle_frame(frame, &mut self.sessions);
    }

    fn note(&mut self, _note: Note<'_>) {}
}

fn found(capture: &Path) -> Vec<Finding> {
    let config = Config { skips_applications: true, ..Config::default() };
    let sessions = Sessions(FlowColumns::new(Fold::wanted()));
    let mut feed = Feed { engine: Engine::new(&config), sessions, last: (Timestamp(0), 0) };
    let mut frames = FrameReader::new(capture::Limits::default());
    let bytes = std::fs::read(capture).unwrap_or_else(|error| panic!("{}: {error}", capture.display()));
    frames.push(&bytes, &mut feed);
    frames.finish(&mut feed);
    let Feed { mut engine, mut sessions, last } = feed;
    engine.finish(last.0, last.1, &mut sessions);
    let mut fold = Fold::new(Limits::default());
    fold.push(&sessions.0.take_batch());
    let found = findings(&fold.finish());
    for finding in &found {
        let name = capture.file_name().unwrap_or_default().to_string_lossy();
        eprintln!("{name}: {:?} {} {:.2} {}", finding.severity, finding.detector, finding.confidence, finding.title);
    }
    found
}

/// Capture, detector (or its family), entity.
const MUST: &[(&str, &str, &str)] = &[
    ("nmap/ACK_SCAN.pcap", "scan.", ""),
    ("nmap/FTP_BOUNCE_SCAN.pcap", "scan.", ""),
    ("nmap/NULL_SCAN.pcap", "scan.", ""),
    ("nmap/TCP_SYN_SCAN.pcap", "scan.", ""),
    ("nmap/UDP_SCAN.pcap", "scan.", ""),
    ("nmap/version_scan.pcap", "scan.", ""),
    ("packets/synscan.pcapng", "scan.vertical", "172.16.0.8"),
    ("simple-scan/pcaps_445_scan.pcap", "scan.horizontal", "176.192.150.3"),
    ("simple-scan/pcaps_port_scan.pcap", "scan.vertical", "192.168.2.154"),
];

#[test]
fn scans_are_told() {
    let Some(root) = labelled() else { return };
    let mut missed = Vec::new();
    for (file, detector, entity) in MUST {
        let is_it = |finding: &Finding| {
            finding.detector.starts_with(detector) && (entity.is_empty() || finding.entity == *entity)
        };
        let all = found(&root.join(file));
        if !all.iter().any(is_it) {
            missed.push((file, detector));
        }
        let scans = all.iter().filter(|finding| finding.detector.starts_with("scan.")).count();
        assert!(scans <= 2, "{file}: one campaign is one finding, not {scans}");
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn backscatter_is_nobodys_scan() {
    let Some(root) = labelled() else { return };
    let all = found(&root.join("simple-scan/backscatter_first12h.pcap"));
    let loud: Vec<&Finding> = all
        .iter()
        .filter(|finding| finding.detector.starts_with("scan.") || finding.severity < Severity::Low)
        .collect();
    assert!(loud.is_empty(), "{loud:#?}");
}
