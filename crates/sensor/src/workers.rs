//! Several workers: each takes the frames of one shard of a batch at a time, and lines come back in order.

use crate::batch::Batch;
use crate::lines::{Blanks, Lines, merge};
use crate::queue::{Queue, Task};
use crate::replay::{Counted, EveryWriter, FLOWS_ENDED_TOGETHER, Output};
use crate::shards::SHARDS;
use engine::eve::{EveOptions, EveWriter, Tally};
use engine::{Config, Engine};
use model::packet::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// What a shard is told.
#[derive(Clone)]
enum Order {
    Frames(Arc<Batch>),
    /// Another capture begins, of this name.
    Capture(Arc<str>),
    /// The capture is over, at this moment and frame: the next flows of those left end.
    Finish(Timestamp, u64),
}

/// The engine of a shard, with a writer for each output.
struct Shard {
    engine: Engine,
    writers: Vec<EveWriter<Lines>>,
}

/// What a shard made of an order.
struct Made {
    number: u64,
    shard: usize,
    /// For each output.
    lines: Vec<Lines>,
}

/// What the writer is told.
enum Message {
    /// An order was given to so many shards; told in the order of their numbers.
    Given(usize),
    Made(Made),
}

/// Where a dispatcher sends batches.
pub(crate) struct Workers<'a> {
    queue: &'a Queue<Order, Shard>,
    messages: Sender<Message>,
    /// Batches that were sent, to be filled again once nobody has them any more.
    sent: VecDeque<Arc<Batch>>,
}

impl Workers<'_> {
    /// Sends a batch off, and gives back an empty one.
    pub(crate) fn send(&mut self, batch: Batch) -> Batch {
        let batch = Arc::new(batch);
        self.give(Order::Frames(batch.clone()), |shard| batch.has(shard));
        self.sent.push_back(batch);
        match self.sent.pop_front().map(Arc::try_unwrap) {
            Some(Ok(empty)) => empty.cleared(),
            Some(Err(busy)) => {
                self.sent.push_front(busy);
                Batch::with_capacity()
            }
            None => Batch::with_capacity(),
        }
    }

    /// Another capture begins, of this name.
    pub(crate) fn begin_capture(&mut self, name: &Arc<str>) {
        self.give(Order::Capture(name.clone()), |_| true);
    }

    /// The capture is over: so are all engines, of which none holds more flows than this.
    pub(crate) fn finish(&mut self, now: Timestamp, frame_number: u64, flows_max: usize) {
        for _ in 0..flows_max.div_ceil(FLOWS_ENDED_TOGETHER).max(1) {
            self.give(Order::Finish(now, frame_number), |_| true);
        }
    }

    fn give(&mut self, order: Order, is_for: impl Fn(usize) -> bool) {
        // A writer that is gone has abandoned the queue.
        let _ = self.messages.send(Message::Given((0..SHARDS).filter(|shard| is_for(*shard)).count()));
        self.queue.give(&order, is_for);
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
    feed: impl FnOnce(&mut Workers<'_>) + Send,
) -> std::io::Result<Counted> {
    let nothing = Counted { tallies: vec![Tally::default(); outputs.len()], ..Counted::default() };
    let selections: Vec<EveOptions> = outputs.iter().map(|output| output.eve).collect();
    let queue = Queue::new((0..SHARDS).map(|_| Shard::new(config, &selections)));
    let blanks = Blanks::default();
    std::thread::scope(|scope| {
        let (messages, inbox) = channel();
        let (queue, blanks) = (&queue, &blanks);
        for _ in 0..count {
            let messages = messages.clone();
            scope.spawn(move || guarded(queue, || work(queue, blanks, &messages)));
        }
        scope.spawn(move || {
            guarded(queue, || feed(&mut Workers { queue, messages, sent: VecDeque::new() }));
            queue.close();
        });
        let written = write_in_order(&inbox, (queue, blanks), outputs);
        if written.is_err() {
            queue.abandon();
        }
        written
    })?;
    Ok(queue.into_states().map(Shard::counted).fold(nothing, Counted::plus))
}

/// Whoever fails takes the others with him: nobody waits for what does not come. The end of the scope tells of the failure.
fn guarded(queue: &Queue<Order, Shard>, run: impl FnOnce()) {
    struct Guard<'a>(&'a Queue<Order, Shard>);
    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                self.0.abandon();
            }
        }
    }
    let _guard = Guard(queue);
    run();
}

fn work(queue: &Queue<Order, Shard>, blanks: &Blanks, messages: &Sender<Message>) {
    while let Some(Task { shard, number, order, mut state }) = queue.take() {
        state.follow(shard, order);
        let lines = state.take_lines(blanks);
        queue.put_back(shard, state);
        if messages.send(Message::Made(Made { number, shard, lines })).is_err() {
            return;
        }
    }
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

impl Shard {
    fn new(config: &Config, selections: &[EveOptions]) -> Shard {
        let writers = selections.iter().map(|eve| EveWriter::new(*eve, Lines::default())).collect();
        Shard { engine: Engine::new(config), writers }
    }

    fn follow(&mut self, shard: usize, order: Order) {
        let Shard { engine, writers } = self;
        match order {
            Order::Frames(batch) => {
                for (frame, level) in batch.frames(shard) {
                    engine.handle_level(frame, level, &mut EveryWriter(writers));
                }
            }
            Order::Capture(name) => writers.iter_mut().for_each(|writer| writer.begin_capture(&name)),
            Order::Finish(now, frame_number) => {
                engine.finish_some(now, frame_number, FLOWS_ENDED_TOGETHER, &mut EveryWriter(writers));
            }
        }
    }

    fn take_lines(&mut self, blanks: &Blanks) -> Vec<Lines> {
        self.writers.iter_mut().map(|writer| std::mem::replace(writer.lines_mut(), blanks.take())).collect()
    }

    fn counted(self) -> Counted {
        let tallies = self.writers.iter().map(|writer| writer.tally().clone()).collect();
        let rule_counts = self.engine.rule_counts().to_vec();
        Counted { counters: *self.engine.counters(), tallies, rule_counts }
    }
}

/// An order whose lines are not all there.
struct Open {
    shards_missing: usize,
    /// For each output one part for each shard.
    parts: Vec<Vec<Lines>>,
}

impl Open {
    fn new(shards_missing: usize, outputs: usize) -> Open {
        let part = || (0..SHARDS).map(|_| Lines::default()).collect();
        Open { shards_missing, parts: (0..outputs).map(|_| part()).collect() }
    }

    fn take(&mut self, made: Made) {
        self.shards_missing -= 1;
        self.parts.iter_mut().zip(made.lines).for_each(|(parts, lines)| parts[made.shard] = lines);
    }
}

/// Writes what was made of one order after the other, each when all of its shards are done.
fn write_in_order(
    inbox: &Receiver<Message>,
    (queue, blanks): (&Queue<Order, Shard>, &Blanks),
    outputs: &mut [Output<'_>],
) -> std::io::Result<()> {
    let mut open: VecDeque<Open> = VecDeque::new();
    let mut written = 0;
    for message in inbox {
        match message {
            Message::Given(shards) => open.push_back(Open::new(shards, outputs.len())),
            Message::Made(made) => {
                if let Some(open) = open.get_mut((made.number - written) as usize) {
                    open.take(made);
                }
            }
        }
        while let Some(done) = open.pop_front_if(|open| open.shards_missing == 0) {
            for (output, parts) in outputs.iter_mut().zip(&done.parts) {
                merge(parts, output.lines)?;
            }
            blanks.put(done.parts.into_iter().flatten());
            written += 1;
            queue.order_written();
        }
    }
    Ok(())
}
