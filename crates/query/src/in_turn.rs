//! Work on many objects at once whose results are taken in the order of the objects.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A result that waits for its turn.
pub(crate) trait Waiting: Send {
    /// About how much memory it holds.
    fn bytes(&self) -> usize;
}

/// Takes the results of one object. [`Turn::give`] is false when no more are wanted.
pub(crate) struct Turn<'a, P, T> {
    queue: &'a Queue<P, T>,
    object: usize,
}

impl<P: Waiting, T: FnMut(P) -> bool + Send> Turn<'_, P, T> {
    /// Hands on a result; waits while too much of later objects is held.
    pub(crate) fn give(&self, part: P) -> bool {
        self.queue.add(self.object, part)
    }
}

impl<P, T> Drop for Turn<'_, P, T> {
    fn drop(&mut self) {
        // Nobody may wait for an object that will never be complete.
        if std::thread::panicking() {
            self.queue.stop();
        }
    }
}

/// Calls `work` for every object on `threads` threads, and `take` for what they give in the order of the objects.
///
/// Results of objects that are not at turn may hold `ahead_bytes_max` bytes; the object at turn never waits.
/// `take` returns false to stop.
pub(crate) fn in_turn<P, T, S>(
    objects: usize,
    threads: usize,
    ahead_bytes_max: usize,
    begin: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize, &Turn<'_, P, T>) + Sync,
    take: T,
) where
    P: Waiting,
    T: FnMut(P) -> bool + Send,
{
    let queue = Queue::new(take, ahead_bytes_max);
    let next = AtomicUsize::new(0);
    let run = || {
        let mut state = begin();
        loop {
            let object = next.fetch_add(1, Ordering::Relaxed);
            if object >= objects || queue.is_stopped() {
                return;
            }
            let turn = Turn { queue: &queue, object };
            work(&mut state, object, &turn);
            queue.finish(object);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.clamp(1, objects.max(1)) {
            scope.spawn(run);
        }
        run();
    });
}

struct Queue<P, T> {
    state: Mutex<State<P, T>>,
    moved: Condvar,
    ahead_bytes_max: usize,
}

struct State<P, T> {
    take: T,
    /// The object whose results are taken as they come.
    current: usize,
    /// Results of later objects, and whether there are no more of the object.
    waiting: BTreeMap<usize, (Vec<P>, bool)>,
    waiting_bytes: usize,
    is_stopped: bool,
}

impl<P, T> Queue<P, T> {
    fn new(take: T, ahead_bytes_max: usize) -> Self {
        let state = State { take, current: 0, waiting: BTreeMap::new(), waiting_bytes: 0, is_stopped: false };
        Queue { state: Mutex::new(state), moved: Condvar::new(), ahead_bytes_max }
    }

    fn lock(&self) -> MutexGuard<'_, State<P, T>> {
        // A poisoned lock means that another thread panicked; the scope hands that panic on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopped(&self) -> bool {
        self.lock().is_stopped
    }

    fn stop(&self) {
        self.lock().is_stopped = true;
        self.moved.notify_all();
    }
}

impl<P: Waiting, T: FnMut(P) -> bool> Queue<P, T> {
    fn add(&self, object: usize, part: P) -> bool {
        let bytes = part.bytes();
        let mut state = self.lock();
        // The object at turn never waits, so somebody always goes on.
        while !state.is_stopped
            && object != state.current
            && state.waiting_bytes > 0
            && state.waiting_bytes + bytes > self.ahead_bytes_max
        {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if object == state.current {
            state.take(part);
        } else {
            state.waiting_bytes += bytes;
            state.waiting.entry(object).or_default().0.push(part);
        }
        let goes_on = !state.is_stopped;
        drop(state);
        self.moved.notify_all();
        goes_on
    }

    fn finish(&self, object: usize) {
        let mut state = self.lock();
        state.waiting.entry(object).or_default().1 = true;
        state.turn();
        drop(state);
        self.moved.notify_all();
    }
}

impl<P: Waiting, T: FnMut(P) -> bool> State<P, T> {
    fn take(&mut self, part: P) {
        if !self.is_stopped {
            self.is_stopped = !(self.take)(part);
        }
    }

    /// Passes the turn on over objects that are complete, and takes what the next one has given so far.
    fn turn(&mut self) {
        while let Some((parts, is_complete)) = self.waiting.get_mut(&self.current) {
            let (parts, is_complete) = (std::mem::take(parts), *is_complete);
            for part in parts {
                self.waiting_bytes -= part.bytes();
                self.take(part);
            }
            if !is_complete {
                return;
            }
            self.waiting.remove(&self.current);
            self.current += 1;
        }
    }
}
