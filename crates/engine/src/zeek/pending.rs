//! Questions of DNS that wait for their answers.

use super::leaves::Leaves;
use std::collections::BTreeMap;

/// Questions that wait at one time; beyond, the one that waits longest is written without an answer.
const QUESTIONS_MAX: usize = 65_536;

/// What a question's header says that its row is to have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// The server shall ask others.
    pub(super) wants_recursion: bool,
    /// The three bits between RA and the response code.
    pub(super) reserved_bits: u64,
}

impl Asked {
    pub(super) fn of(leaves: &Leaves) -> Asked {
        let flags =
            leaves.first("flags").and_then(|text| u64::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok());
        Asked {
            wants_recursion: leaves.boolean("rd") == Some(true),
            reserved_bits: flags.map_or(0, |flags| flags >> 4 & 7),
        }
    }
}

/// Lines of questions, by flow and place in it.
#[derive(Debug, Default)]
pub(super) struct Questions {
    lines: BTreeMap<(u64, u64), (u64, Asked, Vec<u8>)>,
    /// The same in the order in which they were asked.
    order: BTreeMap<u64, (u64, u64)>,
    asked: u64,
}

impl Questions {
    /// Keeps a question. Gives back the oldest one where there is no room for both.
    pub(super) fn ask(&mut self, flow: u64, transaction: u64, asked: Asked, line: Vec<u8>) -> Option<Vec<u8>> {
        self.asked += 1;
        self.lines.insert((flow, transaction), (self.asked, asked, line));
        self.order.insert(self.asked, (flow, transaction));
        if self.lines.len() <= QUESTIONS_MAX {
            return None;
        }
        let (_, oldest) = self.order.pop_first()?;
        self.lines.remove(&oldest).map(|(.., line)| line)
    }

    /// Its answer has come: the row is the answer's.
    pub(super) fn answered(&mut self, flow: u64, transaction: u64) -> Option<Asked> {
        let (place, asked, _) = self.lines.remove(&(flow, transaction))?;
        self.order.remove(&place);
        Some(asked)
    }

    /// The flow is over: what was never answered.
    pub(super) fn over(&mut self, flow: u64) -> Vec<Vec<u8>> {
        let places: Vec<(u64, u64)> = self.lines.range((flow, 0)..=(flow, u64::MAX)).map(|(place, _)| *place).collect();
        places
            .into_iter()
            .filter_map(|place| {
                let (asked, _, line) = self.lines.remove(&place)?;
                self.order.remove(&asked);
                Some(line)
            })
            .collect()
    }

    /// Everything that still waits, in the order in which it was asked.
    pub(super) fn finish(&mut self) -> Vec<Vec<u8>> {
        let order = std::mem::take(&mut self.order);
        order.into_values().filter_map(|place| self.lines.remove(&place)).map(|(.., line)| line).collect()
    }
}
