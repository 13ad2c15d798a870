//! The conversations that a fold holds, and which it gives up when they are too many.
//!
//! Up to the limit all are held. Beyond it, a class of conversations keeps two kinds. The *share*: those between pairs
//! of hosts chosen by hash; they are whole, and the same in whatever order the records came. And the *interesting*: those
//! of other pairs whose points ([`super::interest`]) reach a level. A pair with as many points as the level at the end is
//! held in any order; what is not known of it are the records that came before it was interesting, with fewer points than
//! the level.

use super::conversation::Kept;
use super::interest::{FAILED_POINTS, Interest};
use super::key::{Class, Key};
use super::observation::pair_hash;
use super::pending::{BLOCK, Seen};
use crate::limits::{Limits, TurnedAway};
use hashbrown::HashTable;

/// Failures of one client that are interesting by themselves.
const FAILURES_MAX: u32 = 256;
/// It is not there.
const NOWHERE: u32 = u32::MAX;

/// A conversation in the making.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) hash: u64,
    pub(super) pair: u64,
    pub(super) key: Key,
    pub(super) class: Class,
    /// Of the share; else held because it is interesting.
    pub(super) is_shared: bool,
    /// Points of its records, and those credited when it was taken in.
    points: u32,
    /// How many of them the sums of the pairs have already.
    counted: u32,
    pub(super) kept: Kept,
}

/// How a conversation is let in.
struct Admission {
    is_shared: bool,
    /// Points that it may have had before.
    credit: u32,
    /// Points that the sums of the pairs have.
    counted: u32,
}

/// Of the share, or interesting: places in pairs of counts.
const SHARED: usize = 0;
const INTERESTING: usize = 1;
/// The share halves at most so often.
const HALVINGS_MAX: u32 = 40;
/// The least that is kept of one conversation, however many there are: of the share, of the interesting.
const RECORDS_PER_CONVERSATION_MIN: [usize; 2] = [16, 64];
/// A pair that becomes interesting by one service more after the other (a scan of ports) has about so many of them held
/// for each doubling of its points.
const SERVICES_PER_LEVEL: u64 = 64;

/// What gives way, class by class, in the order of [`Class::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Givings {
    /// How often the share was halved.
    pub(super) halvings: [u32; 3],
    /// Points from which on a pair outside the share is interesting.
    pub(super) levels: [u32; 3],
}

impl Givings {
    fn joined(&self, other: &Givings) -> Givings {
        Givings {
            halvings: std::array::from_fn(|class| self.halvings[class].max(other.halvings[class])),
            levels: std::array::from_fn(|class| self.levels[class].max(other.levels[class])),
        }
    }

    #[inline]
    fn is_shared(&self, class: Class, pair: u64) -> bool {
        pair.leading_zeros() >= self.halvings[class as usize]
    }
}

/// Conversations by key.
#[derive(Clone, Debug)]
pub(super) struct Held {
    limits: Limits,
    /// Places in `entries`, by hash: a look-up touches one place of each.
    places: HashTable<u32>,
    pub(super) entries: Vec<Entry>,
    pub(super) givings: Givings,
    interest: Interest,
    /// Conversations by class, of the share and interesting.
    counts: [[usize; 3]; 2],
    records_kept: [usize; 2],
    /// Records kept of one conversation.
    pub(super) records_max: [usize; 2],
    /// Records that are not held.
    pub(super) turned_away: u64,
}

impl Held {
    pub(super) fn new(limits: Limits) -> Held {
        Held {
            limits,
            places: HashTable::new(),
            entries: Vec::new(),
            givings: Givings::default(),
            interest: Interest::default(),
            counts: [[0; 3]; 2],
            records_kept: [0; 2],
            records_max: RECORDS_PER_CONVERSATION_MIN.map(|min| limits.records_per_conversation_max.max(min)),
            turned_away: 0,
        }
    }

    /// Takes in a block of at most [`BLOCK`] records.
    pub(super) fn add(&mut self, block: &[Seen]) {
        self.interest.ask_for(block.iter().map(|seen| seen.pair));
        let mut places = [NOWHERE; BLOCK];
        let known = self.entries.len();
        for (place, seen) in places.iter_mut().zip(block) {
            *place = self.look_up(seen);
        }
        for (place, seen) in places.iter().zip(block) {
            // What was not there may have come with another of the block.
            let place =
                if *place == NOWHERE && self.entries.len() > known { self.place(seen.hash, &seen.key) } else { *place };
            self.add_at(place, seen);
        }
    }

    /// Where it is, and its memory asked for.
    #[inline]
    fn look_up(&self, seen: &Seen) -> u32 {
        let place = self.place(seen.hash, &seen.key);
        std::hint::black_box(self.entries.get(place as usize).map_or(0, |entry| entry.kept.last));
        place
    }

    #[inline]
    fn add_at(&mut self, place: u32, seen: &Seen) {
        if let Some(entry) = self.entries.get_mut(place as usize) {
            let kind = usize::from(!entry.is_shared);
            entry.points = entry.points.saturating_add(seen.points);
            let more = entry.kept.add(seen.record, self.records_max[kind]);
            self.records_kept[kind] = self.records_kept[kind].saturating_add_signed(more);
            return;
        }
        let own = self.worth(seen);
        let Some(Admission { is_shared, credit, counted }) = self.admission(seen.class, seen.pair, seen.hash, own)
        else {
            self.turned_away += 1;
            return;
        };
        let points = own.saturating_add(credit);
        let Seen { pair, hash, key, class, .. } = *seen;
        let mut kept = Kept::new(seen.record);
        kept.is_cut = credit > 0;
        self.insert(Entry { hash, pair, key, class, is_shared, points, counted, kept });
    }

    /// The points of a record that is to be let in: a scanner's thousandth failure is no more interesting than others.
    #[inline]
    fn worth(&mut self, seen: &Seen) -> u32 {
        if !seen.is_vain || self.givings.is_shared(seen.class, seen.pair) {
            return seen.points;
        }
        let client = pair_hash(seen.key.client, seen.key.client);
        let failures = self.interest.add(client, 1, self.limits.conversations_max);
        if failures <= FAILURES_MAX { seen.points } else { seen.points.saturating_sub(FAILED_POINTS) }
    }

    /// Is a conversation that is not there let in, with so many points?
    #[inline]
    fn admission(&mut self, class: Class, pair: u64, hash: u64, own: u32) -> Option<Admission> {
        if self.givings.is_shared(class, pair) {
            return Some(Admission { is_shared: true, credit: 0, counted: 0 });
        }
        let level = self.givings.levels[class as usize];
        if own >= level {
            return Some(Admission { is_shared: false, credit: 0, counted: 0 });
        }
        let sum = self.interest.add(pair, own, self.limits.conversations_max);
        let part = (level as u64 * SERVICES_PER_LEVEL) as f64 / f64::from(sum.max(1));
        let is_let_in = sum >= level && (part >= 1.0 || (hash as u32 as f64) < part * u32::MAX as f64);
        let credit = sum.saturating_sub(own).min(level);
        is_let_in.then(|| Admission { is_shared: false, credit, counted: own.saturating_add(credit) })
    }

    /// Where a conversation is; [`NOWHERE`] if it is not there.
    #[inline]
    fn place(&self, hash: u64, key: &Key) -> u32 {
        let is_it = |place: &u32| {
            let entry = &self.entries[*place as usize];
            entry.hash == hash && entry.key == *key
        };
        self.places.find(spread(hash), is_it).copied().unwrap_or(NOWHERE)
    }

    /// Adds a conversation that is not there.
    fn insert(&mut self, entry: Entry) {
        let Held { places, entries, .. } = self;
        let (place, hash, kind) = (entries.len() as u32, entry.hash, usize::from(!entry.is_shared));
        self.counts[kind][entry.class as usize] += 1;
        self.records_kept[kind] += entry.kept.len();
        entries.push(entry);
        places.insert_unique(spread(hash), place, |place| spread(entries[*place as usize].hash));
    }

    /// Adds what another holds.
    pub(super) fn merge(&mut self, other: Held) {
        self.turned_away += other.turned_away;
        for kind in [SHARED, INTERESTING] {
            self.records_max[kind] = self.records_max[kind].min(other.records_max[kind]);
        }
        self.interest.merge(other.interest);
        let givings = self.givings.joined(&other.givings);
        if std::mem::replace(&mut self.givings, givings) != givings {
            self.rebuild();
        }
        other.entries.into_iter().for_each(|entry| self.take_in(entry));
    }

    /// Adds another's conversation.
    fn take_in(&mut self, mut entry: Entry) {
        let place = self.place(entry.hash, &entry.key);
        if let Some(mine) = self.entries.get_mut(place as usize) {
            let kind = usize::from(!mine.is_shared);
            mine.points = mine.points.saturating_add(entry.points);
            let more = mine.kept.merge(entry.kept, self.records_max[kind]);
            self.records_kept[kind] = self.records_kept[kind].saturating_add_signed(more);
            return;
        }
        match self.admission(entry.class, entry.pair, entry.hash, entry.points) {
            Some(Admission { is_shared, credit, counted }) => {
                (entry.is_shared, entry.counted) = (is_shared, counted);
                entry.points = entry.points.saturating_add(credit);
                entry.kept.is_cut |= credit > 0;
                self.insert(entry);
            }
            None => self.turned_away += entry.kept.raw_records,
        }
    }

    /// Asks of every conversation anew whether it is held.
    fn rebuild(&mut self) {
        let Held { limits, places, entries, givings, interest, counts, records_kept, turned_away, .. } = self;
        entries.retain_mut(|entry| {
            entry.is_shared = givings.is_shared(entry.class, entry.pair);
            let is_held = entry.is_shared || entry.points >= givings.levels[entry.class as usize];
            if !is_held {
                interest.add(entry.pair, entry.points.saturating_sub(entry.counted), limits.conversations_max);
                *turned_away += entry.kept.raw_records;
            }
            is_held
        });
        places.clear();
        (*counts, *records_kept) = ([[0; 3]; 2], [0; 2]);
        for (place, entry) in entries.iter().enumerate() {
            let kind = usize::from(!entry.is_shared);
            counts[kind][entry.class as usize] += 1;
            records_kept[kind] += entry.kept.len();
            places.insert_unique(spread(entry.hash), place as u32, |place| spread(entries[*place as usize].hash));
        }
    }

    /// Gives up what is beyond the limits.
    pub(super) fn hold_limits(&mut self) {
        let before = self.givings;
        for class in Class::ALL {
            self.settle(class);
        }
        if before != self.givings {
            self.rebuild();
        }
        self.hold_records();
    }

    /// Decides what of a class is held: all; or a share in one half of its places and the interesting in the other.
    fn settle(&mut self, class: Class) {
        let (max, at) = (class.share_of(self.limits.conversations_max), class as usize);
        let (half, [shared, interesting]) = (max.div_ceil(2), self.counts.map(|counts| counts[at]));
        let is_settled = match self.givings.halvings[at] {
            0 => shared + interesting <= max,
            _ => shared <= half && interesting <= half,
        };
        if is_settled {
            return;
        }
        let is_of_class = |entry: &&Entry| entry.class == class;
        let mut by_zeros = [0_usize; 65];
        for entry in self.entries.iter().filter(is_of_class).filter(|entry| entry.is_shared) {
            by_zeros[entry.pair.leading_zeros() as usize] += 1;
        }
        let mut halvings = self.givings.halvings[at].max(1);
        while by_zeros[halvings as usize..].iter().sum::<usize>() > half && halvings < HALVINGS_MAX {
            halvings += 1;
        }
        self.givings.halvings[at] = halvings;
        let level = self.givings.levels[at].max(1);
        let others = self.entries.iter().filter(is_of_class).filter(|entry| entry.pair.leading_zeros() < halvings);
        let mut points: Vec<u32> = others.map(|entry| entry.points).filter(|points| *points >= level).collect();
        self.givings.levels[at] = level;
        if points.len() > half {
            // Half of the places are freed at once, so that the work is spread over many records.
            let (_, most, _) = points.select_nth_unstable_by(half / 2, |a, b| b.cmp(a));
            self.givings.levels[at] = most.saturating_add(1);
        }
    }

    /// Looks all records through where they are too many; if they still are, fewer of one conversation are kept.
    fn hold_records(&mut self) {
        let max = [self.limits.records_max, self.limits.records_max / 2];
        if (0..2).all(|kind| self.records_kept[kind] <= max[kind]) {
            return;
        }
        self.compact();
        for kind in [SHARED, INTERESTING] {
            while self.records_kept[kind] > max[kind] && self.records_max[kind] > RECORDS_PER_CONVERSATION_MIN[kind] {
                self.records_max[kind] = (self.records_max[kind] / 2).max(RECORDS_PER_CONVERSATION_MIN[kind]);
                self.compact();
            }
        }
        self.give_up_more(max);
    }

    /// So many conversations that even few records of each are too many: the largest shares give way first, and the least
    /// interesting.
    fn give_up_more(&mut self, max: [usize; 2]) {
        while self.records_kept[SHARED] > max[SHARED] {
            let next = self.givings.halvings.iter().min().map_or(HALVINGS_MAX, |least| least + 1);
            if next > HALVINGS_MAX {
                break;
            }
            self.givings.halvings.iter_mut().for_each(|halvings| *halvings = (*halvings).max(next));
            self.givings.levels.iter_mut().for_each(|level| *level = (*level).max(1));
            self.rebuild();
        }
        while self.records_kept[INTERESTING] > max[INTERESTING] && self.givings.levels[0] < u32::MAX {
            self.givings.levels.iter_mut().for_each(|level| *level = level.saturating_mul(2).max(2));
            self.rebuild();
        }
    }

    fn compact(&mut self) {
        self.records_kept = [0; 2];
        for entry in &mut self.entries {
            let kind = usize::from(!entry.is_shared);
            entry.kept.compact(self.records_max[kind]);
            self.records_kept[kind] += entry.kept.len();
        }
    }

    /// Without what finds and lets in more: at the end it is memory that others need.
    pub(super) fn without_index(self) -> Held {
        Held { places: HashTable::new(), interest: Interest::default(), ..self }
    }

    /// What gave way, for the report.
    pub(super) fn tell(&self, turned_away: &mut TurnedAway) {
        turned_away.rows_of_other_conversations = self.turned_away;
        turned_away.conversation_halvings = self.givings.halvings;
        turned_away.interest_levels = self.givings.levels;
        turned_away.records_per_conversation = self.records_max[SHARED];
    }
}

/// A hash for the table: the highest bits, alike in all of a share, lie elsewhere.
fn spread(hash: u64) -> u64 {
    hash.rotate_left(20)
}
