//! What waits for workers: for each shard its orders, one after the other.
//!
//! A shard belongs to nobody. Whoever is free takes the one that waits longest, with its state, and puts it back. So no worker idles
//! while another has too much, and the orders of a shard are followed in their order all the same.

use crate::shards::SHARDS;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Orders that were given and are not written: what one shard may be behind another.
const ORDERS_WAITING_MAX: u64 = 16;

/// Orders `O` for shards with a state `S`.
pub(crate) struct Queue<O, S> {
    inside: Mutex<Inside<O, S>>,
    /// There may be something to take.
    work: Condvar,
    /// There may be room for an order.
    room: Condvar,
}

struct Inside<O, S> {
    shards: Vec<Waiting<O, S>>,
    given: u64,
    written: u64,
    is_closed: bool,
    is_abandoned: bool,
}

/// One shard: nothing in the place of its state while a worker has it.
struct Waiting<O, S> {
    orders: VecDeque<(u64, O)>,
    state: Option<S>,
}

/// What a worker has taken.
pub(crate) struct Task<O, S> {
    pub(crate) shard: usize,
    /// Which order it is, counted from 0.
    pub(crate) number: u64,
    pub(crate) order: O,
    pub(crate) state: S,
}

impl<O: Clone, S> Queue<O, S> {
    /// Nothing waits; each shard with its state.
    pub(crate) fn new(states: impl Iterator<Item = S>) -> Queue<O, S> {
        let waiting = |state| Waiting { orders: VecDeque::new(), state: Some(state) };
        let shards = states.take(SHARDS).map(waiting).collect();
        let inside = Inside { shards, given: 0, written: 0, is_closed: false, is_abandoned: false };
        Queue { inside: Mutex::new(inside), work: Condvar::new(), room: Condvar::new() }
    }

    /// Gives an order to some shards, as soon as there is room. Nobody follows it once the queue is abandoned.
    pub(crate) fn give(&self, order: &O, is_for: impl Fn(usize) -> bool) {
        let is_full =
            |inside: &mut Inside<O, S>| inside.given - inside.written >= ORDERS_WAITING_MAX && !inside.is_abandoned;
        let inside = self.room.wait_while(self.lock(), is_full);
        let mut inside = inside.unwrap_or_else(PoisonError::into_inner);
        if inside.is_abandoned {
            return;
        }
        let number = inside.given;
        inside.given += 1;
        let own = inside.shards.iter_mut().enumerate().filter(|(shard, _)| is_for(*shard));
        own.for_each(|(_, waiting)| waiting.orders.push_back((number, order.clone())));
        self.work.notify_all();
    }

    /// No more orders come.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.work.notify_all();
    }

    /// Nobody wants the rest: a worker or the output has failed.
    pub(crate) fn abandon(&self) {
        let mut inside = self.lock();
        (inside.is_closed, inside.is_abandoned) = (true, true);
        inside.shards.iter_mut().for_each(|waiting| waiting.orders.clear());
        self.work.notify_all();
        self.room.notify_all();
    }

    /// The oldest order whose shard is free; waits for one. `None` when all are followed.
    pub(crate) fn take(&self) -> Option<Task<O, S>> {
        let mut inside = self.lock();
        loop {
            if let Some(task) = inside.take() {
                return Some(task);
            }
            if inside.is_closed && inside.shards.iter().all(|waiting| waiting.orders.is_empty()) {
                return None;
            }
            inside = self.work.wait(inside).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A worker is done with a shard.
    pub(crate) fn put_back(&self, shard: usize, state: S) {
        self.lock().shards[shard].state = Some(state);
        self.work.notify_all();
    }

    /// What one more order made is written.
    pub(crate) fn order_written(&self) {
        self.lock().written += 1;
        self.room.notify_all();
    }

    /// The states, when all workers are gone.
    pub(crate) fn into_states(self) -> impl Iterator<Item = S> {
        let inside = self.inside.into_inner().unwrap_or_else(PoisonError::into_inner);
        inside.shards.into_iter().filter_map(|waiting| waiting.state)
    }

    fn lock(&self) -> MutexGuard<'_, Inside<O, S>> {
        // Nothing is left half done under the lock.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<O, S> Inside<O, S> {
    fn take(&mut self) -> Option<Task<O, S>> {
        let free = self.shards.iter().enumerate().filter(|(_, waiting)| waiting.state.is_some());
        let (_, shard) = free.filter_map(|(shard, waiting)| Some((waiting.orders.front()?.0, shard))).min()?;
        let waiting = &mut self.shards[shard];
        let (number, order) = waiting.orders.pop_front()?;
        Some(Task { shard, number, order, state: waiting.state.take()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_order_of_a_free_shard_is_taken() {
        let queue = Queue::new(0..SHARDS);
        for (order, shards) in [("a", [0, 1]), ("b", [1, 2])] {
            queue.give(&order, |shard| shards.contains(&shard));
        }
        queue.close();
        let mut taken: Vec<_> = std::iter::from_fn(|| queue.inside.lock().ok()?.take()).collect();
        let told: Vec<_> = taken.iter().map(|task| (task.order, task.shard, task.number)).collect();
        assert_eq!(told, [("a", 0, 0), ("a", 1, 0), ("b", 2, 1)]);
        let Task { shard, state, .. } = taken.remove(1);
        queue.put_back(shard, state);
        assert_eq!(queue.take().map(|task| (task.order, task.shard)), Some(("b", 1)));
        assert!(queue.take().is_none());
    }

    #[test]
    fn whoever_waits_is_let_go_when_the_rest_is_not_wanted() {
        let queue = Queue::new(0..SHARDS);
        std::thread::scope(|scope| {
            scope.spawn(|| (0..=ORDERS_WAITING_MAX).for_each(|order| queue.give(&order, |_| true)));
            while queue.inside.lock().is_ok_and(|inside| inside.given < ORDERS_WAITING_MAX) {
                std::thread::yield_now();
            }
            queue.abandon();
        });
        assert!(queue.take().is_none());
        assert_eq!(queue.into_states().count(), SHARDS);
    }
}
