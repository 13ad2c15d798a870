//! Several workers: batches go to all of them, each takes the frames of its shards, and lines come back in order.

use crate::batch::Batch;
use crate::lines::{Lines, merge};
use crate::replay::{Counted, EveryWriter, Output};
use crate::shards::SHARDS;
use engine::eve::{EveOptions, EveWriter, Tally};
use engine::{Config, Engine};
use model::packet::Timestamp;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Batches that may wait for one worker.
const BATCHES_WAITING: usize = 8;

/// What a worker is told.
#[derive(Clone)]
pub(crate) enum Order {
    Frames(Arc<Batch>),
    /// Another capture begins, of this name.
    Capture(Arc<str>),
    /// The capture is over, at this moment and frame.
    Finish(Timestamp, u64),
}

/// The lines that one worker made of one order: for each output one part for each shard, empty for shards of others.
type Made = Vec<Lines>;

/// Where a dispatcher sends batches.
pub(crate) struct Workers {
    orders: Vec<SyncSender<Order>>,
}

impl Workers {
    /// Sends an order to every worker. A worker that is gone has failed, and its thread tells.
    pub(crate) fn send(&self, order: &Order) {
        for orders in &self.orders {
            let _ = orders.send(order.clone());
        }
    }
}

/// Runs `feed` with workers, and writes what they make.
///
/// # Errors
/// When an output does not take it.
pub(crate) fn run(
    count: usize,
    config: &Config,
    outputs: &mut [Output<'_>],
    feed: impl FnOnce(&Workers) + Send,
) -> std::io::Result<Counted> {
    let selections: Vec<EveOptions> = outputs.iter().map(|output| output.eve).collect();
    let selections = selections.as_slice();
    std::thread::scope(|scope| {
        let (orders, inboxes): (Vec<_>, Vec<_>) = (0..count).map(|_| sync_channel(BATCHES_WAITING)).unzip();
        let (outboxes, made): (Vec<_>, Vec<_>) = (0..count).map(|_| sync_channel(BATCHES_WAITING)).unzip();
        let threads: Vec<_> = inboxes
            .into_iter()
            .zip(outboxes)
            .enumerate()
            .map(|(place, (inbox, outbox))| {
                let is_own = move |shard: usize| shard % count == place;
                scope.spawn(move || Worker::new(config, selections, is_own).work(&inbox, &outbox))
            })
            .collect();
        scope.spawn(move || feed(&Workers { orders }));
        let written = write_in_order(&made, outputs);
        drop(made);
        let tallies = vec![Tally::default(); selections.len()];
        let nothing = Counted { tallies, ..Counted::default() };
        let counted = threads.into_iter().filter_map(|thread| thread.join().ok()).fold(nothing, Counted::plus);
        written.map(|()| counted)
    })
}

impl Counted {
    fn plus(self, other: Counted) -> Counted {
        let tallies = self.tallies.into_iter().zip(&other.tallies).map(|(own, other)| own.plus(other));
        let (counters, tallies) = (self.counters.plus(other.counters), tallies.collect());
        let mut all = Counted { counters, tallies, rule_counts: self.rule_counts };
        all.add_rules(&other.rule_counts);
        all
    }
}

/// The engines of a worker's shards, each with a writer for each output; nothing at the places of others.
struct Worker {
    shards: Vec<Option<(Engine, Vec<EveWriter<Lines>>)>>,
    outputs: usize,
}

impl Worker {
    fn new(config: &Config, selections: &[EveOptions], is_own: impl Fn(usize) -> bool) -> Worker {
        let writers = || selections.iter().map(|eve| EveWriter::new(*eve, Lines::default())).collect();
        let shard = |shard| is_own(shard).then(|| (Engine::new(config), writers()));
        Worker { shards: (0..SHARDS).map(shard).collect(), outputs: selections.len() }
    }

    fn work(mut self, inbox: &Receiver<Order>, outbox: &SyncSender<Made>) -> Counted {
        for order in inbox {
            self.follow(order);
            if outbox.send(self.take_lines()).is_err() {
                break;
            }
        }
        let nothing = Counted { tallies: vec![Tally::default(); self.outputs], ..Counted::default() };
        self.shards.iter().flatten().fold(nothing, |counted, (engine, writers)| {
            let tallies = writers.iter().map(|writer| writer.tally().clone()).collect();
            let rule_counts = engine.rule_counts().to_vec();
            counted.plus(Counted { counters: *engine.counters(), tallies, rule_counts })
        })
    }

    fn follow(&mut self, order: Order) {
        match order {
            Order::Frames(batch) => {
                for (shard, level, frame) in batch.frames() {
                    let Some((engine, writers)) = &mut self.shards[shard] else { continue };
                    engine.handle_level(frame, level, &mut EveryWriter(writers));
                }
            }
            Order::Capture(name) => {
                let writers = self.shards.iter_mut().flatten().flat_map(|(_, writers)| writers);
                writers.for_each(|writer| writer.begin_capture(&name));
            }
            Order::Finish(now, frame_number) => {
                for (engine, writers) in self.shards.iter_mut().flatten() {
                    engine.finish(now, frame_number, &mut EveryWriter(writers));
                }
            }
        }
    }

    fn take_lines(&mut self) -> Made {
        let outputs = 0..self.outputs;
        let take = |output: usize, shard: &mut Option<(Engine, Vec<EveWriter<Lines>>)>| {
            shard.as_mut().map(|(_, writers)| std::mem::take(writers[output].lines_mut())).unwrap_or_default()
        };
        let shards = &mut self.shards;
        outputs.flat_map(|output| shards.iter_mut().map(|shard| take(output, shard)).collect::<Vec<_>>()).collect()
    }
}

/// Takes one answer of every worker at a time: they are to the same order.
fn write_in_order(made: &[Receiver<Made>], outputs: &mut [Output<'_>]) -> std::io::Result<()> {
    let mut text = Vec::new();
    loop {
        let answers: Vec<Made> = made.iter().map_while(|made| made.recv().ok()).collect();
        if answers.len() < made.len() {
            return Ok(());
        }
        let mut parts: Vec<Lines> = (0..SHARDS * outputs.len()).map(|_| Lines::default()).collect();
        for answer in answers {
            let own = parts.iter_mut().zip(answer).filter(|(_, lines)| !lines.is_empty());
            own.for_each(|(part, lines)| *part = lines);
        }
        for (output, parts) in outputs.iter_mut().zip(parts.chunks(SHARDS)) {
            text.clear();
            merge(parts, &mut text);
            output.lines.write_all(&text)?;
        }
    }
}
