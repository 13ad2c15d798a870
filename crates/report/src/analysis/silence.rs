//! Interfaces that stopped logging, or have a hole, while the rest went on.

use super::Analysis;
use super::traffic::moment;
use crate::fold::bitmap::Bitmap;
use crate::fold::observers::Names;
use crate::summary::Silence;
use hashbrown::HashMap;
use std::net::IpAddr;

/// Buckets in which an interface must have logged before its silence means something.
const ACTIVE_BUCKETS_MIN: usize = 10;
/// A silence is at least this long, in seconds.
pub(super) const SILENCE_SECONDS_MIN: u32 = 1800;
/// ... and this many times the interface's usual longest gap.
pub(super) const USUAL_GAPS: u32 = 3;

/// When one interface logged.
pub(super) struct Interface<'a> {
    provider: &'a str,
    pub(super) activity: Bitmap,
    addresses: Vec<IpAddr>,
}

/// A hole between two buckets in which there was something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    pub(super) after: u32,
    pub(super) before: u32,
}

impl Hole {
    /// Buckets in which there was nothing.
    pub(super) fn empty(&self) -> u32 {
        (self.before - self.after).saturating_sub(1)
    }

    /// From end to end, without the buckets in which the whole log has a hole.
    fn length(&self, gaps: &[Hole]) -> u32 {
        let common = |gap: &Hole| self.before.min(gap.before).saturating_sub(self.after.max(gap.after) + 1);
        self.before - self.after - gaps.iter().map(common).sum::<u32>()
    }
}

impl Analysis<'_> {
    /// Silences, seen by peers first, then the longest.
    pub(super) fn silences(&self) -> Vec<Silence> {
        // A sampled log has no silence: absence says nothing there.
        let interfaces = self.interfaces(|names| &*names.source_kind != "aws_tgw" && &*names.provider != "gcp");
        let gaps = self.log_gaps();
        let timeline = &self.fold.timeline;
        let Some(last) = (timeline.base + timeline.buckets.len() as u32).checked_sub(1) else { return Vec::new() };
        let mut found: Vec<(&str, &Interface<'_>, Hole)> = Vec::new();
        for (&(provider, if_id), interface) in &interfaces {
            let gaps = gaps.iter().filter(|gap| gap.provider == provider).map(|gap| gap.hole);
            let Some(hole) = self.hole(interface, last, &gaps.collect::<Vec<_>>()) else { continue };
            let inside = |bucket: u32| bucket > hole.after + 1 && bucket < hole.before;
            let went_on = |key: &(&str, &str), other: &Interface<'_>| {
                key.1 != if_id && key.0 == provider && other.activity.iter().any(inside)
            };
            if interfaces.iter().any(|(key, other)| went_on(key, other)) {
                found.push((if_id, interface, hole));
            }
        }
        let seen = self.seen_by_peers(&found, last);
        let mut rows: Vec<(Silence, u32)> = found
            .iter()
            .zip(seen)
            .map(|(&(if_id, interface, hole), seen)| {
                (self.silence(if_id, interface, hole, last, seen), hole.before - hole.after)
            })
            .collect();
        rows.sort_by_key(|(row, length)| {
            (!row.peers_still_saw_it, u32::MAX - length, row.provider.clone(), row.if_id.clone())
        });
        rows.into_iter().map(|(row, _)| row).collect()
    }

    /// For each silence: did somebody else record traffic of its addresses in that time?
    fn seen_by_peers(&self, found: &[(&str, &Interface<'_>, Hole)], last: u32) -> Vec<bool> {
        let mut silences_of: HashMap<IpAddr, Vec<usize>> = HashMap::new();
        for (number, (_, interface, _)) in found.iter().enumerate() {
            for &address in &interface.addresses {
                silences_of.entry(address).or_default().push(number);
            }
        }
        let mut seen = vec![false; found.len()];
        if found.is_empty() {
            return seen;
        }
        let seconds = self.fold.timeline.bucket_seconds() as u32;
        for talk in self.singles() {
            for host in [talk.client, talk.server] {
                for &number in silences_of.get(&self.host(host).ip).into_iter().flatten() {
                    let (from, to) = self.span(found[number].2, last);
                    // Buckets are coarse and windows long: only what began or ended well inside the silence counts.
                    let inside = |moment: u32| moment > from.saturating_add(seconds.max(900)) && moment <= to;
                    seen[number] |= inside(talk.last_allowed) || inside(talk.first_allowed);
                }
            }
        }
        seen
    }

    /// First and last second of a hole.
    fn span(&self, hole: Hole, last: u32) -> (u32, u32) {
        let seconds = self.fold.timeline.bucket_seconds() as u32;
        let to = if hole.before > last { self.fold.totals.last } else { hole.before * seconds };
        ((hole.after + 1) * seconds, to)
    }

    /// Interfaces with a name that are wanted, by provider and name.
    pub(super) fn interfaces(&self, is_wanted: impl Fn(&Names) -> bool) -> HashMap<(&str, &str), Interface<'_>> {
        let mut interfaces: HashMap<(&str, &str), Interface<'_>> = HashMap::new();
        for observer in &self.fold.observers.all {
            let names = &observer.names;
            if names.if_id.is_empty() || !is_wanted(names) {
                continue;
            }
            let interface = interfaces.entry((&names.provider, &names.if_id)).or_insert_with(|| Interface {
                provider: &names.provider,
                activity: self.fold.health.alive.get(&names.if_id).cloned().unwrap_or_default(),
                addresses: Vec::new(),
            });
            interface.activity.merge(&observer.activity);
            interface.addresses.extend(observer.addresses());
        }
        interfaces
    }

    /// The longest hole, if it is out of the ordinary. What is a hole in the whole log is none of the interface's.
    fn hole(&self, interface: &Interface<'_>, last: u32, gaps: &[Hole]) -> Option<Hole> {
        let active: Vec<u32> = interface.activity.iter().collect();
        if active.len() < ACTIVE_BUCKETS_MIN {
            return None;
        }
        let mut holes: Vec<Hole> = active.windows(2).map(|pair| Hole { after: pair[0], before: pair[1] }).collect();
        holes.push(Hole { after: *active.last()?, before: last + 1 });
        // The end of a hole counts as a bucket of its own; a hole of length 1 is none.
        let length = |hole: &Hole| hole.length(gaps);
        holes.sort_by_key(|hole| (length(hole), hole.after));
        let longest = holes.pop()?;
        let usual = holes.last().map_or(1, length);
        let least = SILENCE_SECONDS_MIN / (self.fold.timeline.bucket_seconds() as u32).max(1);
        (length(&longest) > least.max(2) && length(&longest) > usual * USUAL_GAPS).then_some(longest)
    }

    fn silence(
        &self,
        if_id: &str,
        interface: &Interface<'_>,
        hole: Hole,
        last: u32,
        peers_still_saw_it: bool,
    ) -> Silence {
        let (from, to) = self.span(hole, last);
        Silence {
            if_id: if_id.to_owned(),
            provider: interface.provider.to_owned(),
            from: moment(from),
            to: moment(to),
            until_end: hole.before > last,
            peers_still_saw_it,
            addresses: interface.addresses.iter().map(IpAddr::to_string).collect(),
        }
    }
}
