//! Objects to batches: one object after the other, or many at once with the output in order.

use crate::capture_object::SessionDecoder;
use crate::inputs::{Inputs, ScanStats};
use crate::parquet_object::ParquetObject;
use arrow::array::{AsArray, RecordBatch};
use flowlog::{DecodeOptions, Decoder, Filter, HealthNote, Origin, excerpt};
use model::vocabulary::HealthKind;
use model::{FieldIndex, FlowField, HealthField, Projection};
use source::{Object, Reader};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use table::Tables;

/// Bytes of an object that decide about its format.
pub(crate) const HEAD_BYTES: usize = 64 << 10;
/// The format of captures, as reports and messages name it.
const CAPTURE_FORMAT: &str = "capture";
/// The first bytes of a Parquet file.
const PARQUET_MAGIC: &[u8] = b"PAR1";

/// What is wanted of the objects.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Columns of `flows`.
    pub columns: Projection<FlowField>,
    /// Conditions that every wanted flow fulfils. Decoders may skip others; they need not.
    pub filters: Vec<Filter>,
    /// Are rows of `health` wanted? They are counted in any case.
    pub health: bool,
}

impl Wanted {
    /// These columns of every flow, and `health`.
    pub fn columns(columns: Projection<FlowField>) -> Wanted {
        Wanted { columns, filters: Vec::new(), health: true }
    }
}

/// Some rows of one object.
#[derive(Clone, Debug)]
pub struct Batches {
    /// Which object, by its place in [`Inputs::objects`].
    pub object: usize,
    /// Flows; may be empty.
    pub flows: RecordBatch,
    /// Health; `None` if there is none or none is wanted.
    pub health: Option<RecordBatch>,
    /// Alerts of rules; `None` if there are none.
    pub alerts: Option<RecordBatch>,
    /// The format it was read as, such as `aws_text`; empty if it has none.
    pub format: &'static str,
}

/// Reads one object, batch by batch.
pub struct ObjectScan {
    inputs: Inputs,
    object: usize,
    wants_health: bool,
    state: State,
    tables: Tables,
    format: &'static str,
    /// Alerts of a capture that are still to be handed on.
    alerts: Option<RecordBatch>,
    /// Counts of the reader that were added to the statistics already.
    counted: [u64; 2],
}

enum State {
    Text {
        reader: Box<Reader>,
        decoder: Box<dyn Decoder>,
    },
    Capture {
        reader: Box<Reader>,
        decoder: Box<SessionDecoder>,
    },
    Parquet(Box<ParquetObject>),
    /// Nothing more to read; what is in the tables is still to be handed on.
    Ended,
    Done,
}

impl ObjectScan {
    /// Opens an object. One that cannot be opened or recognised is a row of `health`.
    pub fn open(inputs: &Inputs, object: usize, wanted: &Wanted) -> ObjectScan {
        let mut scan = ObjectScan {
            inputs: inputs.clone(),
            object,
            wants_health: wanted.health,
            state: State::Ended,
            tables: Tables::new(wanted.columns),
            format: "",
            alerts: None,
            counted: [0; 2],
        };
        scan.state = scan.start(wanted).unwrap_or(State::Ended);
        scan
    }

    fn object(&self) -> &Object {
        &self.inputs.objects[self.object]
    }

    fn start(&mut self, wanted: &Wanted) -> Option<State> {
        let mut reader = match self.object().open(&source::Limits::default()) {
            Ok(reader) => Box::new(reader),
            Err(error) => {
                self.note(HealthKind::ReadError, &error.without_object(), error.decompressed_offset);
                return None;
            }
        };
        let head = match reader.peek(HEAD_BYTES) {
            Ok(head) => head.to_vec(),
            Err(error) => {
                self.note(HealthKind::ReadError, &error.without_object(), error.decompressed_offset);
                return None;
            }
        };
        let mut options = DecodeOptions::new(&self.object().name);
        options.filters = wanted.filters.clone();
        options.aws_format = self.inputs.options.aws_format.clone();
        options.limits = self.inputs.options.limits;
        if head.starts_with(PARQUET_MAGIC) {
            return self.start_parquet(&options, wanted);
        }
        if capture::sniff(&head).is_some() {
            self.format = CAPTURE_FORMAT;
            let rules = self.inputs.options.rules.as_ref();
            let decoder = Box::new(SessionDecoder::new(options.object, &wanted.columns, rules));
            return Some(State::Capture { reader, decoder });
        }
        let format =
            flowlog::detect(&head).or_else(|| options.aws_format.is_some().then_some(&flowlog::aws::AwsText as _));
        let Some(format) = format else {
            self.note_unknown(&head);
            return None;
        };
        self.format = format.name();
        Some(State::Text { reader, decoder: format.decoder(&options) })
    }

    fn start_parquet(&mut self, options: &DecodeOptions, wanted: &Wanted) -> Option<State> {
        match ParquetObject::open(self.object(), options, wanted, self.inputs.options.batch_rows) {
            Ok(object) => {
                self.format = object.format();
                Some(State::Parquet(Box::new(object)))
            }
            Err(error) => {
                self.note(HealthKind::ReadError, &format!("Parquet file cannot be read: {error}"), 0);
                None
            }
        }
    }

    fn note_unknown(&mut self, head: &[u8]) {
        let detail = match head {
            [] => "the object is empty".to_owned(),
            head => format!(
                "no flow log (AWS, Azure, GCP) and no capture (pcap, pcapng) that Fathom reads; it begins with {}",
                excerpt(&head[..head.len().min(40)])
            ),
        };
        self.note(HealthKind::NotAFlowLog, &detail, 0);
    }

    fn note(&mut self, kind: HealthKind, detail: &str, offset: u64) {
        let origin = Origin { provider: "", source_kind: "", object: self.object().name.as_str().into() };
        HealthNote { kind, detail, record_no: 0, offset }.write(&origin, &mut self.tables.health);
    }

    /// Reads until a batch is full or the object ends.
    fn fill(&mut self) -> Option<RecordBatch> {
        let batch_rows = self.inputs.options.batch_rows;
        while self.tables.flows.len() < batch_rows && self.tables.health.len() < batch_rows {
            let mut state = std::mem::replace(&mut self.state, State::Ended);
            match &mut state {
                State::Text { reader, decoder } => {
                    let goes_on = self.read_chunk(reader, decoder.as_mut());
                    self.count_bytes(reader.consumed_bytes(), reader.decompressed_bytes());
                    if !goes_on {
                        decoder.finish(&mut self.tables);
                        return None;
                    }
                }
                State::Capture { reader, decoder } => {
                    let goes_on = self.read_chunk(reader, decoder.as_mut());
                    self.count_bytes(reader.consumed_bytes(), reader.decompressed_bytes());
                    if !goes_on {
                        decoder.finish(&mut self.tables);
                    }
                    self.alerts = decoder.take_alerts();
                    if !goes_on {
                        return None;
                    }
                    if self.alerts.is_some() {
                        self.state = state;
                        return None;
                    }
                }
                State::Parquet(object) => match object.next_batch(&mut self.tables) {
                    Ok(Some(ready)) => {
                        self.count_bytes(object.bytes_read(), object.bytes_read());
                        self.state = state;
                        return ready;
                    }
                    Ok(None) => {
                        self.count_bytes(object.bytes_total(), object.bytes_total());
                        return None;
                    }
                    Err(error) => {
                        self.note(HealthKind::ReadError, &format!("Parquet file cannot be read further: {error}"), 0);
                        return None;
                    }
                },
                State::Ended | State::Done => return None,
            }
            self.state = state;
        }
        None
    }

    /// One chunk into the decoder. False when there is no more.
    fn read_chunk(&mut self, reader: &mut Reader, decoder: &mut dyn Decoder) -> bool {
        match reader.next_chunk() {
            Ok(Some(chunk)) => {
                decoder.push(chunk, &mut self.tables);
                true
            }
            Ok(None) => false,
            Err(error) => {
                self.note(HealthKind::ReadError, &error.without_object(), error.decompressed_offset);
                false
            }
        }
    }

    fn count_bytes(&mut self, stored: u64, decoded: u64) {
        let stats = &self.inputs.stats;
        ScanStats::add(&stats.bytes_stored, stored.saturating_sub(self.counted[0]));
        ScanStats::add(&stats.bytes_decoded, decoded.saturating_sub(self.counted[1]));
        self.counted = [stored.max(self.counted[0]), decoded.max(self.counted[1])];
    }

    fn take(&mut self, ready: Option<RecordBatch>) -> Batches {
        let flows = ready.unwrap_or_else(|| self.tables.flows.take_batch());
        let stats = &self.inputs.stats;
        ScanStats::add(&stats.records, flows.num_rows() as u64);
        let health = (!self.tables.health.is_empty()).then(|| self.tables.health.take_batch());
        if let Some(health) = &health {
            count_health(health, stats);
        }
        Batches {
            object: self.object,
            flows,
            health: health.filter(|_| self.wants_health),
            alerts: self.alerts.take(),
            format: self.format,
        }
    }
}

impl Iterator for ObjectScan {
    type Item = Batches;

    fn next(&mut self) -> Option<Batches> {
        if matches!(self.state, State::Done) {
            return None;
        }
        let ready = self.fill();
        if matches!(self.state, State::Ended) && ready.is_none() {
            self.state = State::Done;
            ScanStats::add(&self.inputs.stats.objects_done, 1);
        }
        Some(self.take(ready))
    }
}

fn count_health(health: &RecordBatch, stats: &ScanStats) {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let kinds = health.column(HealthField::Kind.index()).as_string_view();
    for kind in kinds.iter().flatten() {
        *counts.entry(kind).or_default() += 1;
    }
    for kind in HealthKind::ALL {
        if let Some(count) = counts.get(kind.name()) {
            stats.add_health(kind.name(), *count);
        }
    }
}

/// The problems of discovery as rows of `health`; they belong to no object.
pub fn discovery_health(inputs: &Inputs) -> RecordBatch {
    let mut health = table::HealthColumns::new(Projection::all());
    for problem in inputs.problems.iter() {
        let origin = Origin { provider: "", source_kind: "", object: problem.path.as_str().into() };
        let kind = match problem.severity {
            source::Severity::Error => HealthKind::ReadError,
            source::Severity::Note => HealthKind::Duplicate,
        };
        let detail = format!("{}: {} ({})", problem.what, problem.why, problem.hint);
        HealthNote { kind, detail: &detail, record_no: 0, offset: 0 }.write(&origin, &mut health);
    }
    let batch = health.take_batch();
    count_health(&batch, &inputs.stats);
    batch
}

/// Batches that one object may be ahead of the reader.
const BATCHES_AHEAD: usize = 4;

/// Decodes objects on [`crate::ScanOptions::threads`] threads and calls `take` with every batch in the
/// order of the objects, whatever the threads do. `take` returns false to stop.
pub fn in_order(inputs: &Inputs, wanted: &Wanted, mut take: impl FnMut(Batches) -> bool) {
    let threads = inputs.options.threads.clamp(1, inputs.objects.len().max(1));
    if threads == 1 {
        let mut scans = (0..inputs.objects.len()).flat_map(|object| ObjectScan::open(inputs, object, wanted));
        return while scans.next().is_some_and(&mut take) {};
    }
    let (senders, receivers): (Vec<_>, Vec<_>) =
        inputs.objects.iter().map(|_| sync_channel(BATCHES_AHEAD)).map(|(tx, rx)| (Mutex::new(Some(tx)), rx)).unzip();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| decode_objects(inputs, wanted, &senders, &next));
        }
        drain(receivers, &next, inputs.objects.len(), &mut take);
    });
}

type Slot = Mutex<Option<SyncSender<Batches>>>;

fn decode_objects(inputs: &Inputs, wanted: &Wanted, senders: &[Slot], next: &AtomicUsize) {
    loop {
        let object = next.fetch_add(1, Ordering::Relaxed);
        let Some(slot) = senders.get(object) else { return };
        let sender = slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        let Some(sender) = sender else { return };
        for batches in ObjectScan::open(inputs, object, wanted) {
            if sender.send(batches).is_err() {
                return;
            }
        }
    }
}

fn drain(
    receivers: Vec<Receiver<Batches>>,
    next: &AtomicUsize,
    objects: usize,
    take: &mut impl FnMut(Batches) -> bool,
) {
    for receiver in receivers {
        for batches in receiver {
            if !take(batches) {
                // No thread begins another object; those at work find their channel closed.
                next.store(objects, Ordering::Relaxed);
                return;
            }
        }
    }
}

/// A state that batches are folded into, piece by piece, in parallel.
pub trait Part: Send {
    /// Takes the next batch of an object.
    fn push(&mut self, batches: &Batches);

    /// Is it so large that a new part should be begun?
    fn is_full(&self) -> bool;
}

/// Folds objects into parts on all threads and merges the parts in the order of the input, so that
/// the result does not depend on the threads. An object may become several parts; a part never
/// holds more than one object.
pub fn fold<P: Part>(inputs: &Inputs, wanted: &Wanted, begin: &(impl Fn() -> P + Sync), merge: impl FnMut(P) + Send) {
    let objects = inputs.objects.len();
    let threads = inputs.options.threads.clamp(1, objects.max(1));
    let merger = Merger::new(merge, objects, threads);
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let object = next.fetch_add(1, Ordering::Relaxed);
            if object >= objects {
                return;
            }
            merger.wait_for_turn(object);
            let mut part = begin();
            for batches in ObjectScan::open(inputs, object, wanted) {
                part.push(&batches);
                if part.is_full() {
                    merger.add(object, std::mem::replace(&mut part, begin()), false);
                }
            }
            merger.add(object, part, true);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
}

/// Merges parts in the order of their objects.
struct Merger<P, M> {
    shared: Mutex<Merging<P, M>>,
    turned: std::sync::Condvar,
    /// Objects that may be at work behind the one being merged.
    ahead_max: usize,
}

struct Merging<P, M> {
    merge: M,
    /// The object whose parts are merged as they come.
    current: usize,
    /// Parts of later objects, and whether the object is complete.
    waiting: BTreeMap<usize, (Vec<P>, bool)>,
    objects: usize,
}

impl<P: Part, M: FnMut(P) + Send> Merger<P, M> {
    fn new(merge: M, objects: usize, threads: usize) -> Self {
        let merging = Merging { merge, current: 0, waiting: BTreeMap::new(), objects };
        Merger { shared: Mutex::new(merging), turned: std::sync::Condvar::new(), ahead_max: threads * 2 }
    }

    /// Bounds memory: an object far ahead of the merge waits.
    fn wait_for_turn(&self, object: usize) {
        let mut merging = self.shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        while object > merging.current + self.ahead_max {
            merging = self.turned.wait(merging).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }

    fn add(&self, object: usize, part: P, is_last: bool) {
        let mut merging = self.shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let entry = merging.waiting.entry(object).or_insert_with(|| (Vec::new(), false));
        entry.0.push(part);
        entry.1 |= is_last;
        while merging.current < merging.objects {
            let current = merging.current;
            let Some((parts, is_complete)) = merging.waiting.get_mut(&current) else { break };
            let (parts, is_complete) = (std::mem::take(parts), *is_complete);
            parts.into_iter().for_each(&mut merging.merge);
            if !is_complete {
                break;
            }
            merging.waiting.remove(&current);
            merging.current += 1;
        }
        self.turned.notify_all();
    }
}

/// Shared by the streams of a parallel scan without order: each takes the next object.
#[derive(Debug, Default)]
pub(crate) struct NextObject(AtomicUsize);

impl NextObject {
    /// Flows (or health) of whatever objects this stream gets to read.
    pub(crate) fn batches(self: Arc<Self>, inputs: Inputs, wanted: Arc<Wanted>) -> impl Iterator<Item = Batches> {
        let claim = move || {
            let object = self.0.fetch_add(1, Ordering::Relaxed);
            (object < inputs.objects.len()).then(|| ObjectScan::open(&inputs, object, &wanted))
        };
        std::iter::from_fn(claim).flatten()
    }
}
