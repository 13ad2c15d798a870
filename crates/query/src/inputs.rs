//! The objects a user named, how to read them, and what came of it.

use engine::RuleConfig;
use flowlog::Limits;
use model::vocabulary::HealthKind;
use source::{Discovery, Object, Problem};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// How objects are read.
#[derive(Clone, Debug)]
pub struct ScanOptions {
    /// Threads that decode objects.
    pub threads: usize,
    /// Rows after which a batch is handed on.
    pub batch_rows: usize,
    /// The columns of AWS records without a header line, if the user says so.
    pub aws_format: Option<Arc<str>>,
    /// Keep only records that begin at or after this moment, in nanoseconds since 1970 UTC.
    pub since_ns: Option<i64>,
    /// Keep only records that begin before this moment.
    pub until_ns: Option<i64>,
    /// Limits of the decoders.
    pub limits: Limits,
    /// Rules that captures are held against: what matches is a row of `alerts`.
    pub rules: Option<RuleConfig>,
}

impl Default for ScanOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        ScanOptions {
            threads,
            batch_rows: 4_096,
            aws_format: None,
            since_ns: None,
            until_ns: None,
            limits: Limits::default(),
            rules: None,
        }
    }
}

/// What was read, counted while it happens. Progress and the exit code come from here.
#[derive(Debug, Default)]
pub struct ScanStats {
    /// Bytes as stored, read so far.
    pub bytes_stored: AtomicU64,
    /// Bytes after decompression.
    pub bytes_decoded: AtomicU64,
    /// Flow records decoded.
    pub records: AtomicU64,
    /// Objects finished.
    pub objects_done: AtomicU64,
    health: Mutex<BTreeMap<&'static str, u64>>,
}

impl ScanStats {
    /// Adds rows of `health` of one kind.
    pub(crate) fn add_health(&self, kind: &'static str, count: u64) {
        // A poisoned lock only means that another thread panicked; the counts are still right.
        let mut health = self.health.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *health.entry(kind).or_default() += count;
    }

    /// Rows of `health` by kind.
    pub fn health(&self) -> BTreeMap<&'static str, u64> {
        self.health.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Was any input lost, so that the exit code must be 3?
    pub fn is_partial(&self) -> bool {
        let lost = |kind: &HealthKind| kind.is_loss();
        let health = self.health();
        HealthKind::ALL.iter().filter(|kind| lost(kind)).any(|kind| health.contains_key(kind.name()))
    }

    pub(crate) fn add(counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Ordering::Relaxed);
    }
}

/// The objects a user named.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// Objects, in the order they are read.
    pub objects: Arc<[Object]>,
    /// What was named and cannot be read.
    pub problems: Arc<[Problem]>,
    /// How they are read.
    pub options: Arc<ScanOptions>,
    /// What was read, over all scans of these inputs.
    pub stats: Arc<ScanStats>,
}

impl Inputs {
    /// Finds the objects behind files, folders, globs and `-`.
    pub fn discover(names: &[String], options: ScanOptions) -> Inputs {
        let Discovery { objects, problems, hidden: _ } = source::discover(names, &source::Limits::default());
        Inputs {
            objects: objects.into(),
            problems: problems.into(),
            options: Arc::new(options),
            stats: Arc::new(ScanStats::default()),
        }
    }

    /// Bytes of all objects as stored, where they are known.
    pub fn bytes_stored(&self) -> u64 {
        self.objects.iter().filter_map(|object| object.bytes).sum()
    }
}
