//! A short list without an allocation.

use std::fmt;

/// A short list on the stack: what does not fit is counted, not kept.
#[derive(Clone, Copy)]
pub struct Stack<T, const N: usize> {
    items: [Option<T>; N],
    length: u8,
    dropped: u8,
}

impl<T: Copy, const N: usize> Default for Stack<T, N> {
    fn default() -> Self {
        Stack { items: [None; N], length: 0, dropped: 0 }
    }
}

impl<T: Copy + fmt::Debug, const N: usize> fmt::Debug for Stack<T, N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl<T: Copy + PartialEq, const N: usize> PartialEq for Stack<T, N> {
    fn eq(&self, other: &Self) -> bool {
        self.dropped == other.dropped && self.iter().eq(other.iter())
    }
}

impl<T: Copy, const N: usize> Stack<T, N> {
    /// Adds one; where there is no room it is counted only.
    pub fn push(&mut self, item: T) {
        match self.items.get_mut(self.length as usize) {
            Some(place) => {
                *place = Some(item);
                self.length += 1;
            }
            None => self.dropped = self.dropped.saturating_add(1),
        }
    }

    /// In the order in which they came.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = T> + '_ {
        self.items.iter().take(self.length as usize).filter_map(|item| *item)
    }

    /// The one that came last.
    pub fn last(&self) -> Option<T> {
        self.iter().next_back()
    }

    /// The one that came first.
    pub fn first(&self) -> Option<T> {
        self.iter().next()
    }

    /// How many are kept.
    pub const fn len(&self) -> usize {
        self.length as usize
    }

    /// Is there none?
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// How many found no room.
    pub const fn dropped(&self) -> u8 {
        self.dropped
    }

    /// Takes all out again.
    pub const fn clear(&mut self) {
        self.length = 0;
        self.dropped = 0;
    }
}
