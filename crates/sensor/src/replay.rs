//! Captures from files through engines.

use crate::batch::Batch;
use crate::shards::{SHARDS, shard_of};
use crate::workers::{Workers, run};
use capture::{FrameDetails, FrameReader, FrameSink, Note};
use engine::eve::{EveOptions, EveWriter, LineSink, Tally, stats_line};
use engine::filter::Filter;
use engine::{Config, Counters, Engine, Event, EventSink};
use model::packet::{Frame, Timestamp};
use rules::RuleCounts;
use source::Object;
use std::io::Write;
use std::sync::Arc;

/// Bytes of a file's beginning that show whether it is a capture.
const HEAD_BYTES: usize = 64 << 10;

/// So many flows of each shard end one after the other when a capture is over: their lines wait for those of other shards.
pub(crate) const FLOWS_ENDED_TOGETHER: usize = 1024;

/// How captures are replayed.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads that run engines. With one, everything happens on the caller's thread.
    pub workers: usize,
    /// What each engine does. Its limits are for all shards together.
    pub config: Config,
    /// What of EVE is written.
    pub eve: EveOptions,
    /// Frames that it does not admit are passed over, and not counted.
    pub filter: Option<Filter>,
}

/// Where one selection of events goes.
pub struct Output<'a> {
    /// What of EVE is written.
    pub eve: EveOptions,
    /// Where to.
    pub lines: &'a mut (dyn Write + Send),
}

/// What could not be read, or only in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub object: String,
    /// Where in the decompressed file, in bytes.
    pub offset: u64,
    /// What is wrong.
    pub what: String,
}

/// What came of a replay.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// What the engines counted, together.
    pub counters: Counters,
    /// Captures read.
    pub captures: u64,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// What each rule has cost, in the ruleset's order; nothing where that is not counted.
    pub rule_counts: Vec<RuleCounts>,
    /// The last moment and frame.
    pub last: (Timestamp, u64),
}

/// Reads captures one after the other, as if they were one, and writes EVE lines.
///
/// # Errors
/// When the output does not take it. What is wrong with a capture is a [`Problem`] in the summary.
pub fn replay(captures: &[Object], options: &Options, output: &mut (impl Write + Send)) -> std::io::Result<Summary> {
    replay_into(captures, options, &mut [Output { eve: options.eve, lines: output }])
}

/// As [`replay`], into any number of outputs, each with its own selection of events (`options.eve` is not looked at).
///
/// # Errors
/// When an output does not take it.
pub fn replay_into(captures: &[Object], options: &Options, outputs: &mut [Output<'_>]) -> std::io::Result<Summary> {
    let config = sharded(&options.config);
    let reading = Reading { config: &config, filter: options.filter.as_ref() };
    let mut summary = Summary::default();
    let counted = if options.workers <= 1 {
        let mut direct = Direct::new(&config, outputs);
        read_all(captures, reading, &mut direct, &mut summary);
        direct.finish(summary.last)?
    } else {
        let read = &mut summary;
        run(options.workers.min(SHARDS), &config, outputs, |workers| {
            let mut dispatch = Dispatch { workers, batch: Batch::with_capacity() };
            read_all(captures, reading, &mut dispatch, read);
            dispatch.send();
            dispatch.workers.finish(read.last.0, read.last.1, config.flow_limits.flows_max);
        })?
    };
    summary.counters = counted.counters;
    summary.rule_counts = counted.rule_counts;
    for (output, tally) in outputs.iter_mut().zip(&counted.tallies) {
        if let Some(stats) = &output.eve.stats {
            output.lines.write_all(&stats_line(summary.last.0, &counted.counters, tally, stats))?;
        }
    }
    Ok(summary)
}

/// What all engines and the writers of each output have counted.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) counters: Counters,
    pub(crate) tallies: Vec<Tally>,
    pub(crate) rule_counts: Vec<RuleCounts>,
}

impl Counted {
    /// Adds what an engine has counted of rules.
    pub(crate) fn add_rules(&mut self, counts: &[RuleCounts]) {
        if self.rule_counts.len() < counts.len() {
            self.rule_counts.resize(counts.len(), RuleCounts::default());
        }
        self.rule_counts.iter_mut().zip(counts).for_each(|(all, own)| *all = all.plus(*own));
    }
}

/// How frames are read.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) config: &'a Config,
    pub(crate) filter: Option<&'a Filter>,
}

/// Each shard has its part of what all may hold.
fn sharded(config: &Config) -> Config {
    let mut config = config.clone();
    let limits = &mut config.flow_limits;
    limits.flows_max = limits.flows_max.div_ceil(SHARDS);
    limits.held_bytes_max = limits.held_bytes_max.div_ceil(SHARDS);
    config
}

/// Takes frames with their shard.
pub(crate) trait Taker {
    fn take(&mut self, shard: usize, frame: Frame<'_>, packet: &wire::Packet<'_>);

    /// Of a frame the packet around which so many tunnels lie.
    fn take_outer(&mut self, _shard: usize, _frame: Frame<'_>, _level: u8) {}

    /// Another capture begins.
    fn begin_capture(&mut self, _name: &Arc<str>) {}
}

/// One thread: engines are called as the frames come.
struct Direct<'a> {
    engines: Vec<Engine>,
    writers: Vec<EveWriter<Straight<'a>>>,
}

/// Lines straight to the output.
struct Straight<'a> {
    output: &'a mut (dyn Write + Send),
    error: Option<std::io::Error>,
}

impl LineSink for Straight<'_> {
    fn line(&mut self, _frame_number: u64, line: &[u8]) {
        if self.error.is_none() {
            self.error = self.output.write_all(line).err();
        }
    }
}

/// Every event goes to every writer.
pub(crate) struct EveryWriter<'a, L>(pub(crate) &'a mut [EveWriter<L>]);

impl<L: LineSink> EventSink for EveryWriter<'_, L> {
    fn event(&mut self, now: Timestamp, frame_number: u64, event: Event<'_>) {
        self.0.iter_mut().for_each(|writer| writer.event(now, frame_number, event));
    }
}

impl<'a> Direct<'a> {
    fn new(config: &Config, outputs: &'a mut [Output<'_>]) -> Self {
        let engines = (0..SHARDS).map(|_| Engine::new(config)).collect();
        let writer = |output: &'a mut Output<'_>| {
            EveWriter::new(output.eve, Straight { output: &mut *output.lines, error: None })
        };
        Direct { engines, writers: outputs.iter_mut().map(writer).collect() }
    }

    fn finish(mut self, (now, frame_number): (Timestamp, u64)) -> std::io::Result<Counted> {
        let mut is_over = false;
        while !is_over {
            is_over = true;
            for engine in &mut self.engines {
                let mut out = EveryWriter(&mut self.writers);
                is_over &= engine.finish_some(now, frame_number, FLOWS_ENDED_TOGETHER, &mut out);
            }
        }
        if let Some(error) = self.writers.iter_mut().find_map(|writer| writer.lines_mut().error.take()) {
            return Err(error);
        }
        let counters = self.engines.iter().map(|engine| *engine.counters()).fold(Counters::default(), Counters::plus);
        let tallies = self.writers.iter().map(|writer| writer.tally().clone()).collect();
        let mut counted = Counted { counters, tallies, rule_counts: Vec::new() };
        self.engines.iter().for_each(|engine| counted.add_rules(engine.rule_counts()));
        Ok(counted)
    }
}

impl Taker for Direct<'_> {
    fn take(&mut self, shard: usize, frame: Frame<'_>, packet: &wire::Packet<'_>) {
        self.engines[shard].handle_packet(&frame, packet, &mut EveryWriter(&mut self.writers));
    }

    fn take_outer(&mut self, shard: usize, frame: Frame<'_>, level: u8) {
        self.engines[shard].handle_level(frame, Some(level), &mut EveryWriter(&mut self.writers));
    }

    fn begin_capture(&mut self, name: &Arc<str>) {
        self.writers.iter_mut().for_each(|writer| writer.begin_capture(name));
    }
}

/// Several threads: frames are copied into batches.
struct Dispatch<'a, 'q> {
    workers: &'a mut Workers<'q>,
    batch: Batch,
}

impl Dispatch<'_, '_> {
    fn push(&mut self, shard: usize, frame: &Frame<'_>, level: Option<u8>) {
        self.batch.push(frame, shard, level);
        if self.batch.is_full() {
            self.send();
        }
    }

    fn send(&mut self) {
        if !self.batch.is_empty() {
            self.batch = self.workers.send(std::mem::take(&mut self.batch));
        }
    }
}

impl Taker for Dispatch<'_, '_> {
    fn take(&mut self, shard: usize, frame: Frame<'_>, _packet: &wire::Packet<'_>) {
        self.push(shard, &frame, None);
    }

    fn take_outer(&mut self, shard: usize, frame: Frame<'_>, level: u8) {
        self.push(shard, &frame, Some(level));
    }

    fn begin_capture(&mut self, name: &Arc<str>) {
        self.send();
        self.workers.begin_capture(name);
    }
}

/// Hands the frames of one capture on.
struct Feed<'a, T> {
    taker: &'a mut T,
    reading: Reading<'a>,
    summary: &'a mut Summary,
    object: &'a str,
    /// Frames of the captures before this one.
    before: u64,
}

impl<T: Taker> Feed<'_, T> {
    /// A packet, and those around it: by their shards, as their lines are, and in a shard from the inside to the outside.
    fn take_all(&mut self, frame: Frame<'_>, packet: &wire::Packet<'_>) {
        let decode = &self.reading.config.decode;
        let outer = engine::outer_levels(packet).rev().map(|level| {
            let outer = engine::outer_packet(&frame, level, decode);
            (shard_of(&outer), Some(level))
        });
        let mut parts: Vec<(usize, Option<u8>)> = std::iter::once((shard_of(packet), None)).chain(outer).collect();
        parts.sort_by_key(|(shard, _)| *shard);
        for (shard, level) in parts {
            match level {
                None => self.taker.take(shard, frame, packet),
                Some(level) => self.taker.take_outer(shard, frame, level),
            }
        }
    }
}

impl<T: Taker> FrameSink for Feed<'_, T> {
    fn frame(&mut self, mut frame: Frame<'_>, _details: FrameDetails) {
        match self.reading.filter {
            Some(filter) if !filter.admits(frame.link_type, frame.bytes, frame.wire_length) => return,
            // As with libpcap, nobody sees the others, so that they have no number.
            Some(_) => frame.number = self.summary.last.1 + 1,
            None => frame.number += self.before,
        }
        self.summary.last = (self.summary.last.0.max(frame.timestamp), frame.number);
        let Reading { config, .. } = self.reading;
        let packet = wire::decode(frame.link_type, frame.bytes, frame.wire_length, &config.decode);
        match config.has_outer_flows && !packet.tunnels.is_empty() {
            true => self.take_all(frame, &packet),
            false => self.taker.take(shard_of(&packet), frame, &packet),
        }
    }

    fn note(&mut self, note: Note<'_>) {
        let (offset, what) = match note {
            Note::Damaged { offset, damage } => (offset, damage.text().to_owned()),
            Note::OverLimit { offset, length } => (offset, format!("a frame or block of {length} bytes was left out")),
            Note::Truncated { offset, present, needed } => {
                (offset, format!("the file ends in a record: {present} of {needed} bytes are there"))
            }
            _ => return,
        };
        self.summary.add_problem(self.object, offset, what);
    }
}

/// Problems that are kept.
const PROBLEMS_MAX: usize = 1_000;

impl Summary {
    fn add_problem(&mut self, object: &str, offset: u64, what: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem { object: object.to_owned(), offset, what });
        }
    }
}

pub(crate) fn read_all(captures: &[Object], reading: Reading<'_>, taker: &mut impl Taker, summary: &mut Summary) {
    for object in captures {
        let before = summary.last.1;
        taker.begin_capture(&object.name.as_str().into());
        let read = read(object, &mut Feed { taker, reading, summary, object: &object.name, before });
        match read {
            Ok(true) => summary.captures += 1,
            Ok(false) => summary.add_problem(&object.name, 0, "no capture (pcap, pcapng)".to_owned()),
            Err(error) => summary.add_problem(&object.name, error.decompressed_offset, error.to_string()),
        }
    }
}

/// Reads one capture; false if it is none.
fn read<T: Taker>(object: &Object, feed: &mut Feed<'_, T>) -> Result<bool, source::SourceError> {
    let mut reader = object.open(&source::Limits::default())?;
    if capture::sniff(reader.peek(HEAD_BYTES)?).is_none() {
        return Ok(false);
    }
    let mut frames = FrameReader::new(capture::Limits::default());
    while let Some(chunk) = reader.next_chunk()? {
        frames.push(chunk, feed);
    }
    frames.finish(feed);
    Ok(true)
}
