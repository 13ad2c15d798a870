//! Several workers: batches go to all of them, each takes the frames of its shards, and lines come back in order.

use crate::batch::Batch;
use crate::lines::{Lines, merge};
use crate::shards::SHARDS;
use engine::eve::{EveOptions, EveWriter};
use engine::{Config, Counters, Engine};
use model::packet::Timestamp;
use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Batches that may wait for one worker.
const BATCHES_WAITING: usize = 8;

/// What a worker is told.
#[derive(Clone)]
pub(crate) enum Order {
    Frames(Arc<Batch>),
    /// The capture is over, at this moment and frame.
    Finish(Timestamp, u64),
}

/// The lines that one worker made of one order: one part for each shard, empty for shards of others.
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

/// Runs `feed` with workers, and writes what they make. Returns what was counted, shard by shard.
///
/// # Errors
/// When the output does not take it.
pub(crate) fn run(
    count: usize,
    config: &Config,
    eve: EveOptions,
    output: &mut (impl Write + Send),
    feed: impl FnOnce(&Workers) + Send,
) -> std::io::Result<Vec<Counters>> {
    std::thread::scope(|scope| {
        let (orders, inboxes): (Vec<_>, Vec<_>) = (0..count).map(|_| sync_channel(BATCHES_WAITING)).unzip();
        let (outboxes, made): (Vec<_>, Vec<_>) = (0..count).map(|_| sync_channel(BATCHES_WAITING)).unzip();
        let threads: Vec<_> = inboxes
            .into_iter()
            .zip(outboxes)
            .enumerate()
            .map(|(place, (inbox, outbox))| scope.spawn(move || work(place, count, config, eve, &inbox, &outbox)))
            .collect();
        scope.spawn(move || feed(&Workers { orders }));
        let written = write_in_order(&made, output);
        drop(made);
        let mut counters = vec![Counters::default(); SHARDS];
        for (place, thread) in threads.into_iter().enumerate() {
            for (shard, counted) in thread.join().unwrap_or_default() {
                counters[shard] = counted;
            }
            debug_assert!(place < count);
        }
        written.map(|()| counters)
    })
}

fn work(
    place: usize,
    count: usize,
    config: &Config,
    eve: EveOptions,
    inbox: &Receiver<Order>,
    outbox: &SyncSender<Made>,
) -> Vec<(usize, Counters)> {
    let is_own = |shard: usize| shard % count == place;
    let mut shards: Vec<Option<(Engine, EveWriter<Lines>)>> = (0..SHARDS)
        .map(|shard| is_own(shard).then(|| (Engine::new(config), EveWriter::new(eve, Lines::default()))))
        .collect();
    for order in inbox {
        match order {
            Order::Frames(batch) => {
                for (shard, frame) in batch.frames() {
                    if let Some((engine, writer)) = &mut shards[shard] {
                        engine.handle_frame(frame, writer);
                    }
                }
            }
            Order::Finish(now, frame_number) => {
                for (engine, writer) in shards.iter_mut().flatten() {
                    engine.finish(now, frame_number, writer);
                }
            }
        }
        let take = |shard: &mut Option<(Engine, EveWriter<Lines>)>| {
            shard.as_mut().map(|(_, writer)| std::mem::take(writer.lines_mut())).unwrap_or_default()
        };
        if outbox.send(shards.iter_mut().map(take).collect()).is_err() {
            break;
        }
    }
    let counted = shards.into_iter().enumerate();
    counted.filter_map(|(shard, worker)| Some((shard, *worker?.0.counters()))).collect()
}

/// Takes one answer of every worker at a time: they are to the same order.
fn write_in_order(made: &[Receiver<Made>], output: &mut impl Write) -> std::io::Result<()> {
    let mut text = Vec::new();
    loop {
        let answers: Vec<Made> = made.iter().map_while(|made| made.recv().ok()).collect();
        if answers.len() < made.len() {
            return Ok(());
        }
        let parts: Vec<Lines> = (0..SHARDS).map(|_| Lines::default()).collect();
        let parts = answers.into_iter().fold(parts, |mut parts, answer| {
            for (part, lines) in parts.iter_mut().zip(answer) {
                if !lines.is_empty() {
                    *part = lines;
                }
            }
            parts
        });
        text.clear();
        merge(&parts, &mut text);
        output.write_all(&text)?;
    }
}
