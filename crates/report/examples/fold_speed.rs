//! Where the CPU time of a report goes: reading and decoding, the fold, merging, the analysis. One thread, no SQL engine.
//!
//! `cargo run --release -p report --example fold_speed [--columns a,b,c] [--without a,b] [--json|--text|--decode] OBJECT...`
//!
//! Objects are cut into parts as the program cuts them, so `--json` is the program's report without its `inputs`.

use arrow_array::RecordBatch;
use flowlog::{DecodeOptions, Decoder};
use model::{FieldIndex, FlowField, Projection};
use report::{Context, Fold, Options, Summary, WANTED, render};
use source::{Limits, Reader};
use std::error::Error;
use std::io::Write as _;
use table::Tables;

/// As the program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rows after which the program hands on a batch.
const BATCH_ROWS: usize = 4_096;
/// Bytes of an object that decide about its format.
const HEAD_BYTES: usize = 64 << 10;

/// CPU nanoseconds of this thread.
fn cpu() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0)
}

/// The work between two looks at the clock.
#[derive(Clone, Copy)]
enum Work {
    Decode,
    Fold,
    Merge,
    Analysis,
    Render,
}

/// CPU time by work.
#[derive(Default)]
struct Clock {
    last: u64,
    spent: [u64; 5],
    records: usize,
}

impl Clock {
    fn lap(&mut self, work: Work) {
        let now = cpu();
        self.spent[work as usize] += now - self.last;
        self.last = now;
    }

    fn tell(&self) {
        let names = ["read and decode", "fold", "merge", "analysis", "render"];
        let total: u64 = self.spent.iter().sum();
        for (name, spent) in names.into_iter().zip(self.spent).chain([("all", total)]) {
            let each = spent as f64 / self.records.max(1) as f64;
            eprintln!("{name:>16} {:8.3} s {each:8.1} ns per record", spent as f64 / 1e9);
        }
        eprintln!("{:>16} {}", "records", self.records);
    }
}

/// What is to be measured and shown.
struct Arguments {
    columns: Projection<FlowField>,
    show: String,
    objects: Vec<String>,
}

/// The fields that a list names.
fn fields(list: Option<String>) -> Vec<FlowField> {
    let list = list.unwrap_or_default();
    let named = |name: &str| FlowField::from_name(name);
    list.split(',').filter_map(named).collect()
}

fn arguments() -> Arguments {
    let mut arguments =
        Arguments { columns: Projection::of(WANTED.iter().copied()), show: String::new(), objects: Vec::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--columns" => arguments.columns = Projection::of(fields(words.next())),
            "--without" => {
                let without = fields(words.next());
                arguments.columns = Projection::of(WANTED.iter().copied().filter(|field| !without.contains(field)));
            }
            "--json" | "--text" | "--decode" => arguments.show = word,
            _ => arguments.objects.push(word),
        }
    }
    arguments
}

/// One object being decoded.
struct Scan {
    reader: Reader,
    decoder: Box<dyn Decoder>,
    tables: Tables,
    is_done: bool,
}

impl Scan {
    /// Opens an object; `None` if it has no known format.
    fn open(name: &str, columns: Projection<FlowField>) -> Result<Option<Scan>, Box<dyn Error>> {
        let mut reader = Reader::new(name, Box::new(std::fs::File::open(name)?), Limits::default());
        let head = reader.peek(HEAD_BYTES)?.to_vec();
        let Some(format) = flowlog::detect(&head) else { return Ok(None) };
        let decoder = format.decoder(&DecodeOptions::new(name));
        Ok(Some(Scan { reader, decoder, tables: Tables::new(columns), is_done: false }))
    }
}

impl Iterator for Scan {
    type Item = (RecordBatch, RecordBatch);

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        while self.tables.flows.len() < BATCH_ROWS && self.tables.health.len() < BATCH_ROWS {
            match self.reader.next_chunk() {
                Ok(Some(chunk)) => self.decoder.push(chunk, &mut self.tables),
                _ => {
                    self.is_done = true;
                    self.decoder.finish(&mut self.tables);
                    break;
                }
            }
        }
        Some((self.tables.flows.take_batch(), self.tables.health.take_batch()))
    }
}

/// Folds an object into `whole`, by way of an empty part.
fn read(
    name: &str,
    arguments: &Arguments,
    clock: &mut Clock,
    [whole, part]: &mut [Fold; 2],
) -> Result<(), Box<dyn Error>> {
    let Some(scan) = Scan::open(name, arguments.columns)? else { return Ok(()) };
    for (flows, health) in scan {
        clock.records += flows.num_rows();
        clock.lap(Work::Decode);
        if arguments.show != "--decode" {
            part.push_flows(&flows);
            part.push_health(&health);
        }
        drop((flows, health));
        clock.lap(Work::Fold);
        if part.is_full() {
            whole.merge(part);
            clock.lap(Work::Merge);
        }
    }
    whole.merge(part);
    clock.lap(Work::Merge);
    Ok(())
}

fn show(summary: &Summary, form: &str) -> Result<String, Box<dyn Error>> {
    Ok(match form {
        "--json" => format!("{}\n", serde_json::to_string_pretty(summary)?),
        "--text" => render::text(summary, 100, false),
        _ => String::new(),
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = arguments();
    let mut clock = Clock { last: cpu(), ..Clock::default() };
    let mut folds = [(); 2].map(|()| Fold::new(&Options::default()));
    for name in &arguments.objects {
        read(name, &arguments, &mut clock, &mut folds)?;
    }
    let [whole, _] = folds;
    let summary = whole.finish(&Context::default());
    clock.lap(Work::Analysis);
    let shown = show(&summary, &arguments.show)?;
    clock.lap(Work::Render);
    clock.tell();
    Ok(std::io::stdout().write_all(shown.as_bytes())?)
}
