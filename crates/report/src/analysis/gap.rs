//! Holes in a whole log: every interface of a provider is silent at once, and then all go on.
//!
//! A hole is out of the ordinary if it is far longer than every other one of the same log, and if it has edges: up to it
//! and right after it as many interfaces log as a while before and after. A night, when one after the other falls
//! silent, has none; a log that is switched off has.

use super::Analysis;
use super::silence::{Hole, SILENCE_SECONDS_MIN, USUAL_GAPS};
use std::collections::{BTreeMap, BTreeSet};

/// So many interfaces log right before the hole and right after it. Fewer are silent at once by chance: each of five that
/// log once in a quarter of an hour is silent for half an hour in one of seven, all five in one of 20,000.
const INTERFACES_MIN: usize = 5;
/// An edge is that long, in seconds.
const EDGE_SECONDS: u32 = 900;
/// An edge is held against so many as long before or after it.
const EDGES_BESIDE: u32 = 3;
/// In an edge log two thirds of the interfaces that do beside it, at least.
const EDGE_SHARE: (usize, usize) = (2, 3);

/// A hole in a whole log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogGap {
    pub(crate) provider: String,
    /// The last second before, and the first after it.
    pub(crate) span: (u32, u32),
    /// Interfaces that logged in the quarter of an hour before and after it.
    pub(crate) interfaces: [usize; 2],
    /// The longest other hole, in seconds.
    pub(crate) usual: u32,
    pub(super) hole: Hole,
}

impl Analysis<'_> {
    /// At most one hole for each provider, in their order.
    pub(crate) fn log_gaps(&self) -> Vec<LogGap> {
        let mut providers: BTreeMap<&str, Vec<Vec<u32>>> = BTreeMap::new();
        for ((provider, _), interface) in self.interfaces(|names| &*names.source_kind != "aws_tgw") {
            providers.entry(provider).or_default().push(interface.activity.iter().collect());
        }
        let seconds = self.fold.timeline.bucket_seconds() as u32;
        providers.into_iter().filter_map(|(provider, interfaces)| gap(provider, &interfaces, seconds)).collect()
    }
}

/// The longest hole in what all interfaces logged, if it is out of the ordinary. Buckets are of so many seconds.
fn gap(provider: &str, interfaces: &[Vec<u32>], seconds: u32) -> Option<LogGap> {
    let active: BTreeSet<u32> = interfaces.iter().flatten().copied().collect();
    let active: Vec<u32> = active.into_iter().collect();
    let mut holes: Vec<Hole> = active.windows(2).map(|pair| Hole { after: pair[0], before: pair[1] }).collect();
    holes.sort_by_key(|hole| (hole.empty(), hole.after));
    let hole = holes.pop()?;
    let usual = holes.last().map_or(0, Hole::empty);
    let is_long = hole.empty() * seconds >= SILENCE_SECONDS_MIN && hole.empty() >= 2;
    if !is_long || hole.empty() <= usual * USUAL_GAPS {
        return None;
    }
    let edge = EDGE_SECONDS.div_ceil(seconds).max(2);
    let ends = (*active.first()?, *active.last()?);
    let before = Edge { interfaces, ends, step: |place, buckets| place.checked_sub(buckets), first: hole.after };
    let after = Edge { interfaces, ends, step: |place, buckets| place.checked_add(buckets), first: hole.before };
    Some(LogGap {
        provider: provider.to_owned(),
        span: (hole.after * seconds + seconds - 1, hole.before * seconds),
        interfaces: [before.sharp(edge)?, after.sharp(edge)?],
        usual: usual * seconds,
        hole,
    })
}

/// One side of a hole.
struct Edge<'a> {
    interfaces: &'a [Vec<u32>],
    /// First and last bucket of the log.
    ends: (u32, u32),
    /// Away from the hole.
    step: fn(u32, u32) -> Option<u32>,
    /// The bucket next to the hole.
    first: u32,
}

impl Edge<'_> {
    /// How many interfaces log up to the hole, if they are many and hardly fewer than farther away.
    fn sharp(&self, length: u32) -> Option<usize> {
        let near = self.logging(0, length)?;
        let beside: Vec<usize> = (1..=EDGES_BESIDE).map_while(|place| self.logging(place, length)).collect();
        let usual = beside.iter().sum::<usize>().checked_div(beside.len())?;
        (near >= INTERFACES_MIN && near * EDGE_SHARE.1 >= usual * EDGE_SHARE.0).then_some(near)
    }

    /// How many interfaces log in the piece of that number, from the hole on; `None` where the log has ended.
    fn logging(&self, place: u32, length: u32) -> Option<usize> {
        let nearest = (self.step)(self.first, place * length)?;
        let farthest = (self.step)(nearest, length - 1)?;
        let (from, to) = (nearest.min(farthest), nearest.max(farthest));
        let is_within = self.ends.0 <= from && to <= self.ends.1;
        let logs =
            |buckets: &&Vec<u32>| buckets.get(buckets.partition_point(|own| *own < from)).is_some_and(|own| *own <= to);
        is_within.then(|| self.interfaces.iter().filter(logs).count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Interfaces that log every `every` minutes of two days, where `is_on` says so: interface and minute.
    fn log(interfaces: u32, every: u32, is_on: impl Fn(u32, u32) -> bool) -> Vec<Vec<u32>> {
        let minutes = |number: u32| (0..2_880).filter(move |minute| (minute + number * 7).is_multiple_of(every));
        (0..interfaces).map(|number| minutes(number).filter(|minute| is_on(number, *minute)).collect()).collect()
    }

    #[track_caller]
    fn check(interfaces: &[Vec<u32>], expected: Option<u32>) {
        let found = gap("aws", interfaces, 60);
        let lasts = found.map(|found| (found.span.1 - found.span.0) / 60);
        assert_eq!(lasts, expected);
    }

    /// Does a minute lie outside of three hours from minute 700 on?
    fn is_logged(minute: u32) -> bool {
        !(700..880).contains(&minute)
    }

    #[test]
    fn a_hole_with_edges() {
        check(&log(20, 10, |_, minute| is_logged(minute)), Some(180));
        // Most interfaces log once in two hours, some each minute.
        let mut mixed = log(20, 120, |_, minute| is_logged(minute));
        mixed.extend(log(6, 1, |_, minute| is_logged(minute)));
        check(&mixed, Some(180));
    }

    #[test]
    fn what_is_no_hole_in_the_log() {
        check(&log(20, 10, |_, _| true), None);
        // Few interfaces, one that went on, a short hole.
        check(&log(4, 1, |_, minute| is_logged(minute)), None);
        check(&log(20, 10, |number, minute| number == 3 || is_logged(minute)), None);
        check(&log(20, 10, |_, minute| !(700..720).contains(&minute)), None);
        // Switched off at the same hour twice; one after the other goes home.
        check(&log(20, 1, |_, minute| minute % 960 < 600), None);
        check(
            &log(40, 1, |number, minute| (420 + number * 3..900 + number * 7).contains(&minute) || minute > 1_900),
            None,
        );
        // It has ended, and not come back.
        check(&log(20, 10, |_, minute| minute < 1_000), None);
        check(&[], None);
        check(&[vec![7]], None);
    }
}
