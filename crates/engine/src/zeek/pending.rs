//! Questions of DNS that wait for their answers.

use std::collections::BTreeMap;

/// Questions that wait at one time; beyond, the one that waits longest is written without an answer.
const QUESTIONS_MAX: usize = 65_536;

/// Lines of questions, by flow and place in it.
#[derive(Debug, Default)]
pub(super) struct Questions {
    lines: BTreeMap<(u64, u64), (u64, Vec<u8>)>,
    /// The same in the order in which they were asked.
    order: BTreeMap<u64, (u64, u64)>,
    asked: u64,
}

impl Questions {
    /// Keeps a question. Gives back the oldest one where there is no room for both.
    pub(super) fn ask(&mut self, flow: u64, transaction: u64, line: Vec<u8>) -> Option<Vec<u8>> {
        self.asked += 1;
        self.lines.insert((flow, transaction), (self.asked, line));
        self.order.insert(self.asked, (flow, transaction));
        if self.lines.len() <= QUESTIONS_MAX {
            return None;
        }
        let (_, oldest) = self.order.pop_first()?;
        self.lines.remove(&oldest).map(|(_, line)| line)
    }

    /// Its answer has come: the row is the answer's.
    pub(super) fn answered(&mut self, flow: u64, transaction: u64) {
        if let Some((place, _)) = self.lines.remove(&(flow, transaction)) {
            self.order.remove(&place);
        }
    }

    /// The flow is over: what was never answered.
    pub(super) fn over(&mut self, flow: u64) -> Vec<Vec<u8>> {
        let places: Vec<(u64, u64)> = self.lines.range((flow, 0)..=(flow, u64::MAX)).map(|(place, _)| *place).collect();
        places
            .into_iter()
            .filter_map(|place| {
                let (asked, line) = self.lines.remove(&place)?;
                self.order.remove(&asked);
                Some(line)
            })
            .collect()
    }

    /// Everything that still waits, in the order in which it was asked.
    pub(super) fn finish(&mut self) -> Vec<Vec<u8>> {
        let order = std::mem::take(&mut self.order);
        order.into_values().filter_map(|place| self.lines.remove(&place)).map(|(_, line)| line).collect()
    }
}
