//! Filters over captures, held against what tcpdump counted.

use capture::{FrameDetails, FrameReader, FrameSink, Note};
use engine::filter::Filter;
use model::packet::Frame;
use std::path::PathBuf;

/// A line for each filter, a column for each capture.
const COUNTS: &str = include_str!("filter_counts.tsv");

struct Counter<'a> {
    filters: &'a [Filter],
    counts: Vec<u64>,
}

impl FrameSink for Counter<'_> {
    fn frame(&mut self, frame: Frame<'_>, _details: FrameDetails) {
        for (filter, count) in self.filters.iter().zip(&mut self.counts) {
            *count += u64::from(filter.admits(frame.link_type, frame.bytes, frame.wire_length));
        }
    }

    fn note(&mut self, _note: Note<'_>) {}
}

fn shared() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("FATHOM_SHARED").map_or_else(beside, PathBuf::from).join("data/pcaps");
    shared.is_dir().then_some(shared)
}

#[test]
fn filters_count_what_tcpdump_counts() {
    let Some(shared) = shared() else {
        eprintln!("the shared captures are not here; nothing was compared");
        return;
    };
    let rows: Vec<Vec<&str>> =
        COUNTS.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect()).collect();
    let filters: Vec<Filter> = rows[1..]
        .iter()
        .map(|row| Filter::compile(row[0]).unwrap_or_else(|error| panic!("{}: {error}", row[0])))
        .collect();
    let (mut compared, mut differences) = (0, Vec::new());
    for (column, name) in rows[0].iter().enumerate().skip(1) {
        let mut counter = Counter { filters: &filters, counts: vec![0; filters.len()] };
        let mut frames = FrameReader::new(capture::Limits::default());
        frames.push(&std::fs::read(shared.join(name)).expect(name), &mut counter);
        frames.finish(&mut counter);
        for (row, count) in rows[1..].iter().zip(counter.counts).filter(|(row, _)| row[column] != "-") {
            compared += 1;
            if row[column] != count.to_string() {
                differences.push(format!("{name}: {}: tcpdump {}, here {count}", row[0], row[column]));
            }
        }
    }
    assert!(differences.is_empty(), "{} of {compared}:\n{}", differences.len(), differences.join("\n"));
    assert!(compared > 500);
}
