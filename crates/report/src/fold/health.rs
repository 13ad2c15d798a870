//! The table `health`, folded: how many of each kind, where first, and who was alive without traffic.

use super::bitmap::Bitmap;
use super::rows::seconds;
use super::timeline::Timeline;
use crate::summary::Problem;
use arrow_array::RecordBatch;
use arrow_array::types::Int64Type;
use hashbrown::HashMap;
use model::HealthField;
use model::vocabulary::HealthKind;
use std::collections::BTreeMap;
use table::read::{Numbers, Texts};

/// What `health` says so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct HealthFold {
    /// Rows per kind.
    pub(crate) counts: BTreeMap<String, u64>,
    /// Problems by object and kind.
    problems: HashMap<(Box<str>, Box<str>), Problem>,
    /// Groups that the limit turned away.
    pub(crate) problems_turned_away: u64,
    /// When an interface without traffic was reported, by interface.
    pub(crate) alive: BTreeMap<Box<str>, Bitmap>,
    /// Windows the provider lost, by provider and interface.
    pub(crate) skipped: BTreeMap<(Box<str>, Box<str>), Skipped>,
}

/// Windows that were lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    pub(crate) windows: u64,
    /// First and last second.
    pub(crate) span: (u32, u32),
}

impl Skipped {
    fn add(&mut self, more: Skipped) {
        self.windows += more.windows;
        self.span = (self.span.0.min(more.span.0), self.span.1.max(more.span.1));
    }
}

/// What is told as a problem: everything but the ordinary life of a log.
fn is_problem(kind: &str) -> bool {
    let ordinary = [HealthKind::NoData, HealthKind::ControlMessage, HealthKind::OtherRecord];
    !ordinary.iter().any(|ordinary| ordinary.name() == kind)
}

/// Does a kind mean that input was lost?
pub(crate) fn is_loss(kind: &str) -> bool {
    HealthKind::ALL.iter().any(|known| known.name() == kind && known.is_loss())
}

impl HealthFold {
    /// Adds rows. Calls `reach` with the span of every window before it is marked.
    pub(crate) fn push(
        &mut self,
        batch: &RecordBatch,
        limits: &crate::Limits,
        reach: &mut dyn FnMut(&mut Self, u32) -> u32,
    ) {
        use HealthField as H;
        let [kinds, if_ids, providers, details, objects] =
            [H::Kind, H::IfId, H::Provider, H::Detail, H::SrcObject].map(|field| Texts::of(batch, field));
        let [starts, ends] = [H::TimeStart, H::TimeEnd].map(|field| Numbers::times(batch, field));
        let [record_nos, offsets] = [H::RecordNo, H::SrcOffset].map(|field| Numbers::of::<Int64Type>(batch, field, -1));
        for row in 0..batch.num_rows() {
            let kind = kinds.text(row);
            *self.counts.entry(kind.to_owned()).or_default() += 1;
            if is_problem(kind) {
                let place = |places: &Numbers<i64>| u64::try_from(places.at(row)).ok();
                let (record_no, offset) = (place(&record_nos), place(&offsets));
                let (kind, object, detail) =
                    (kind.to_owned(), objects.text(row).to_owned(), details.text(row).to_owned());
                self.add(Problem { kind, object, count: 1, record_no, offset, detail }, limits.problems_max);
            }
            let if_id = if_ids.text(row);
            let is_window = kind == HealthKind::NoData.name() || kind == HealthKind::SkipData.name();
            let start = seconds(starts.at(row));
            if is_window && !if_id.is_empty() && start > 0 {
                let end = seconds(ends.at(row)).max(start);
                self.window(if_id, providers.text(row), kind, (start, end), limits, reach);
            }
        }
    }

    fn window(
        &mut self,
        if_id: &str,
        provider: &str,
        kind: &str,
        (start, end): (u32, u32),
        limits: &crate::Limits,
        reach: &mut dyn FnMut(&mut Self, u32) -> u32,
    ) {
        reach(self, start);
        let last = reach(self, end);
        let first = reach(self, start);
        if self.alive.len() < limits.interfaces_max || self.alive.contains_key(if_id) {
            let alive = self.alive.entry(if_id.into()).or_default();
            (first..=last.min(first + 64)).for_each(|bucket| alive.set(bucket));
        }
        if kind == HealthKind::SkipData.name() && self.skipped.len() < limits.interfaces_max {
            let one = Skipped { windows: 1, span: (start, end) };
            self.skipped.entry((provider.into(), if_id.into())).and_modify(|known| known.add(one)).or_insert(one);
        }
    }

    /// Adds a problem, or the count of one that is known; the first place stays.
    fn add(&mut self, problem: Problem, problems_max: usize) {
        let key = (problem.object.as_str().into(), problem.kind.as_str().into());
        if let Some(known) = self.problems.get_mut(&key) {
            known.count += problem.count;
        } else if self.problems.len() < problems_max {
            self.problems.insert(key, problem);
        } else {
            self.problems_turned_away += problem.count;
        }
    }

    /// Joins what came later; both have the same timeline by now.
    pub(crate) fn merge(&mut self, later: HealthFold, limits: &crate::Limits) {
        later.counts.into_iter().for_each(|(kind, count)| *self.counts.entry(kind).or_default() += count);
        let mut problems: Vec<Problem> = later.problems.into_values().collect();
        problems.sort_by(|a, b| (&a.object, &a.kind).cmp(&(&b.object, &b.kind)));
        problems.into_iter().for_each(|problem| self.add(problem, limits.problems_max));
        self.problems_turned_away += later.problems_turned_away;
        for (if_id, alive) in later.alive {
            if self.alive.len() < limits.interfaces_max || self.alive.contains_key(&if_id) {
                self.alive.entry(if_id).or_default().merge(&alive);
            }
        }
        for (key, more) in later.skipped {
            self.skipped.entry(key).and_modify(|known| known.add(more)).or_insert(more);
        }
    }

    /// The timeline's buckets became longer.
    pub(crate) fn coarsen(&mut self, halvings: u32) {
        self.alive.values_mut().for_each(|alive| alive.coarsen(halvings));
    }

    /// The problems, worst first.
    pub(crate) fn problems(&self, rows_max: usize) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self.problems.values().cloned().collect();
        let rank = |problem: &Problem| (!is_loss(&problem.kind), std::cmp::Reverse(problem.count));
        problems.sort_by(|a, b| (rank(a), &a.object, &a.kind).cmp(&(rank(b), &b.object, &b.kind)));
        problems.truncate(rows_max);
        problems
    }
}

/// Makes room for a second in the timeline and coarsens what depends on it; the second's bucket.
pub(crate) fn reach(timeline: &mut Timeline, second: u32, coarsen: impl FnOnce(u32)) -> u32 {
    let before = timeline.doublings;
    if second > 0 && timeline.reach(second) {
        coarsen(timeline.doublings - before);
    }
    timeline.bucket_of(second)
}
