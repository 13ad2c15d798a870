//! What detection keeps of one flow.

use super::frame::Frames;
use super::groups::Group;
use super::memory::Values;
use super::rule::{HashKind, Unlogged};
use super::tags::ActiveTag;
use applayer::{FileEvent, Stage};
use md5::Md5;
use model::packet::Side;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Bytes of a body or a file that rules look into: Suricata's `request-body-limit` and `response-body-limit`.
const BODY_BYTES_MAX: usize = 100 << 10;
/// Bodies and files of one flow that are held at a time.
const BODIES_MAX: usize = 32;
/// Transactions of one flow that are looked at a second time.
const TRANSACTIONS_MAX: usize = 512;
/// Bytes of a stream that stay in sight behind those that were looked at.
const TAIL_BYTES: usize = 2 << 10;
/// Rules that wait for more bytes of a stream.
const WAITING_MAX: usize = 64;

/// What detection keeps of one flow.
#[derive(Debug, Default)]
pub struct FlowMemory {
    /// Bits and numbers.
    pub values: Values,
    pub(super) streams: [Option<Box<StreamMemory>>; 2],
    /// Of packets and of streams, by sender.
    pub(super) groups: [[Option<Arc<Group>>; 2]; 2],
    pub(super) transactions: Vec<Seen>,
    pub(super) bodies: Vec<Body>,
    /// It was decided over the flow: nothing more is looked at.
    pub is_passed: bool,
    /// Packets that are told too.
    pub tags: Vec<ActiveTag>,
    /// What is sent from here on is encrypted: there is nothing to find in it.
    pub is_encrypted: bool,
    /// Something was told of it.
    pub has_alerted: bool,
    /// Sides whose first packet was looked at.
    pub(super) has_begun: [bool; 2],
    pub(super) frames: Frames,
    /// Rules over what is spoken that have matched: once is enough.
    pub(super) recognised: Vec<u32>,
    /// Bodies and waiting rules that found no room.
    pub turned_away: u64,
    unlogged: Vec<u64>,
    /// Bits of transactions.
    transaction_bits: Vec<(u64, u32)>,
    are_transactions_unlogged: bool,
    /// Is the flow not logged?
    pub is_unlogged: bool,
}

/// How far both sides of a transaction were looked at.
#[derive(Debug)]
pub(super) struct Seen {
    id: u64,
    stages: [Option<Stage>; 2],
    /// Rules that have matched, where they look more than once.
    matched: Vec<u32>,
}

/// A body or a file, as far as it is held.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// Its file; none where it is a body.
    pub(super) file: Option<u64>,
    pub(super) transaction: u64,
    pub(super) sender: Option<Side>,
    pub(super) name: Vec<u8>,
    pub(super) bytes: Vec<u8>,
    /// Bytes that passed.
    pub(super) length: u64,
    pub(super) is_over: bool,
    has_gap: bool,
    digests: Option<Box<Digests>>,
}

/// Digests of a file that is on its way.
#[derive(Clone, Debug, Default)]
struct Digests {
    md5: Option<Md5>,
    sha1: Option<Sha1>,
    sha256: Option<Sha256>,
}

/// What stays in sight of one side's stream.
#[derive(Debug, Default)]
pub(super) struct StreamMemory {
    /// The last bytes, those that are new among them.
    pub(super) window: Vec<u8>,
    /// Bytes of the stream before the window.
    pub(super) skipped: u64,
    /// Bytes that are missing right before the window.
    missing: u64,
    /// Where in the window the bytes begin that were not looked at.
    pub(super) fresh: usize,
    /// Rules whose pattern was found, and until where they wait for the rest.
    pub(super) waiting: Vec<(u32, u64)>,
    /// Rules that have matched, and up to where.
    pub(super) matched: Vec<(u32, u64)>,
}

impl StreamMemory {
    /// Adds the next bytes.
    pub(super) fn extend(&mut self, offset: u64, bytes: &[u8]) {
        let end = self.skipped + self.window.len() as u64;
        if end != offset {
            self.window.clear();
            self.missing = offset.saturating_sub(end);
            self.skipped = offset;
            self.waiting.clear();
        }
        let old = self.window.len();
        let surplus = old.saturating_sub(TAIL_BYTES);
        self.window.drain(..surplus);
        self.missing = if surplus > 0 { 0 } else { self.missing };
        self.skipped += surplus as u64;
        self.window.extend_from_slice(bytes);
        self.fresh = old - surplus;
    }

    /// The end of what is known of the stream.
    pub(super) fn end(&self) -> u64 {
        self.skipped + self.window.len() as u64
    }

    /// Lets a rule wait for more bytes; false where too many wait.
    pub(super) fn wait(&mut self, rule: u32) -> bool {
        let until = self.end() + TAIL_BYTES as u64;
        match self.waiting.iter().position(|(known, _)| *known == rule) {
            Some(place) => self.waiting[place].1 = until,
            None if self.waiting.len() < WAITING_MAX => self.waiting.push((rule, until)),
            None => return false,
        }
        true
    }

    /// Where in the window a rule may look: behind its last match.
    pub(super) fn start_for(&self, rule: u32) -> usize {
        let matched = self.matched.iter().find(|(known, _)| *known == rule);
        matched.map_or(0, |(_, end)| usize::try_from(end.saturating_sub(self.skipped)).unwrap_or(0))
    }

    /// A rule has matched in what is in sight.
    pub(super) fn note_match(&mut self, rule: u32) {
        let end = self.end();
        self.waiting.retain(|(known, _)| *known != rule);
        match self.matched.iter_mut().find(|(known, _)| *known == rule) {
            Some(known) => known.1 = end,
            None => {
                self.matched.retain(|(_, end)| *end > self.skipped);
                self.matched.push((rule, end));
            }
        }
    }
}

impl FlowMemory {
    /// By sender: the groups of rules over packets.
    pub(super) fn packet_groups(&mut self) -> &mut [Option<Arc<Group>>; 2] {
        &mut self.groups[0]
    }

    /// By sender: the groups of rules over streams.
    pub(super) fn stream_groups(&mut self) -> &mut [Option<Arc<Group>>; 2] {
        &mut self.groups[1]
    }

    /// The bytes that are in sight of a side's stream.
    pub fn stream_in_sight(&self, sender: Side) -> &[u8] {
        self.streams[sender.index()].as_ref().map_or(&[], |stream| &stream.window)
    }

    /// A `config` rule has matched, in this transaction if it was in one.
    pub fn stop_logging(&mut self, what: Unlogged, transaction: Option<u64>) {
        match what {
            Unlogged::Transaction => {
                let is_full = self.unlogged.len() >= TRANSACTIONS_MAX;
                self.turned_away += u64::from(is_full);
                self.unlogged.extend(transaction.filter(|_| !is_full));
            }
            Unlogged::Transactions => self.are_transactions_unlogged = true,
            Unlogged::Flow => self.is_unlogged = true,
        }
    }

    /// Is a transaction logged?
    pub fn logs(&self, transaction: u64) -> bool {
        !self.are_transactions_unlogged && !self.unlogged.contains(&transaction)
    }

    /// Bytes that are missing right before those in sight.
    pub fn missing_before_sight(&self, sender: Side) -> u64 {
        self.streams[sender.index()].as_ref().map_or(0, |stream| stream.missing)
    }

    /// Notes that a side of a transaction came so far. Returns the stages that were not looked at before.
    pub(super) fn stages(&mut self, id: u64, sender: Side, stage: Stage) -> &'static [Stage] {
        let place = self.transactions.iter().position(|seen| seen.id == id);
        let place = match place {
            Some(place) => place,
            None => {
                if self.transactions.len() >= TRANSACTIONS_MAX {
                    self.transactions.remove(0);
                    self.turned_away += 1;
                }
                self.transactions.push(Seen { id, stages: [None; 2], matched: Vec::new() });
                self.transactions.len() - 1
            }
        };
        let before = self.transactions[place].stages[sender.index()].replace(stage);
        match (before, stage) {
            (None, Stage::Head) => &[Stage::Head],
            (None, Stage::Whole) => &[Stage::Head, Stage::Whole],
            (Some(Stage::Head), Stage::Whole) => &[Stage::Whole],
            _ => &[],
        }
    }

    /// Has this side of a transaction come, where its protocol tells how far sides are?
    pub(super) fn has_begun(&self, id: u64, sender: Side) -> bool {
        let seen = self.transactions.iter().find(|seen| seen.id == id);
        seen.is_none_or(|seen| seen.stages[sender.index()].is_some())
    }

    /// Has a rule matched in this transaction, as [`FlowMemory::note_match`] has noted?
    pub(super) fn has_matched(&self, id: u64, rule: u32) -> bool {
        self.transactions.iter().any(|seen| seen.id == id && seen.matched.contains(&rule))
    }

    /// A rule has matched in a transaction that it may look at again.
    pub(super) fn note_match(&mut self, id: u64, rule: u32) {
        if let Some(seen) = self.transactions.iter_mut().find(|seen| seen.id == id) {
            seen.matched.push(rule);
        }
    }

    /// A transaction is over. Returns for a side what was not looked at.
    pub(super) fn last_stages(&self, id: u64, sender: Side) -> &'static [Stage] {
        let seen = self.transactions.iter().find(|seen| seen.id == id);
        match seen.and_then(|seen| seen.stages[sender.index()]) {
            None => &[Stage::Head, Stage::Whole],
            Some(Stage::Head) => &[Stage::Whole],
            Some(Stage::Whole) => &[],
        }
    }

    /// Forgets a transaction, its bodies and its files.
    pub(super) fn forget(&mut self, id: u64) {
        self.transactions.retain(|seen| seen.id != id);
        self.bodies.retain(|body| body.transaction != id);
        self.transaction_bits.retain(|(known, _)| *known != id);
    }

    /// Is this bit of a transaction set?
    pub(super) fn has_transaction_bit(&self, id: u64, bit: u32) -> bool {
        self.transaction_bits.contains(&(id, bit))
    }

    /// Sets or takes away a bit of a transaction, as far as there is room.
    pub(super) fn set_transaction_bit(&mut self, id: u64, bit: u32, is_set: bool) {
        self.transaction_bits.retain(|known| *known != (id, bit));
        match is_set && self.transaction_bits.len() < TRANSACTIONS_MAX {
            true => self.transaction_bits.push((id, bit)),
            false => self.turned_away += u64::from(is_set),
        }
    }

    /// The next bytes of a body.
    pub(super) fn body(&mut self, transaction: u64, sender: Side, bytes: &[u8]) {
        let is_it = |body: &Body| body.file.is_none() && body.transaction == transaction && body.sender == Some(sender);
        let place = self.bodies.iter().position(is_it);
        match place {
            Some(place) => self.bodies[place].push(bytes),
            None => {
                let body = Body { transaction, sender: Some(sender), ..Body::default() };
                if let Some(body) = self.hold(body) {
                    body.push(bytes);
                }
            }
        }
    }

    fn hold(&mut self, body: Body) -> Option<&mut Body> {
        if self.bodies.len() >= BODIES_MAX {
            self.turned_away += 1;
            return None;
        }
        self.bodies.push(body);
        self.bodies.last_mut()
    }

    /// What a parser says of a file.
    pub(super) fn file(&mut self, event: &FileEvent<'_>, hashes: [bool; 3]) {
        match *event {
            FileEvent::Open { id, sender, name, transaction, .. } => {
                let (file, sender, name) = (Some(id), Some(sender), name.to_vec());
                let digests = (hashes != [false; 3]).then(|| {
                    Box::new(Digests {
                        md5: hashes[HashKind::Md5 as usize].then(Md5::new),
                        sha1: hashes[HashKind::Sha1 as usize].then(Sha1::new),
                        sha256: hashes[HashKind::Sha256 as usize].then(Sha256::new),
                    })
                });
                self.hold(Body { file, transaction, sender, name, digests, ..Body::default() });
            }
            FileEvent::Data { id, bytes } => {
                if let Some(body) = self.bodies.iter_mut().find(|body| body.file == Some(id)) {
                    body.push(bytes);
                }
            }
            FileEvent::Gap { id, bytes } => {
                if let Some(body) = self.bodies.iter_mut().find(|body| body.file == Some(id)) {
                    body.length += bytes;
                    body.has_gap = true;
                }
            }
            FileEvent::Close { id, .. } => {
                if let Some(body) = self.bodies.iter_mut().find(|body| body.file == Some(id)) {
                    body.is_over = true;
                }
            }
        }
    }
}

impl Digests {
    fn update(&mut self, bytes: &[u8]) {
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        if let Some(sha1) = &mut self.sha1 {
            sha1.update(bytes);
        }
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
    }
}

impl Body {
    /// The hash of a file that is whole.
    pub(super) fn hash(&self, kind: HashKind) -> Option<Vec<u8>> {
        let digests = self.digests.as_ref().filter(|_| self.is_over && !self.has_gap)?;
        match kind {
            HashKind::Md5 => digests.md5.clone().map(|digest| digest.finalize().to_vec()),
            HashKind::Sha1 => digests.sha1.clone().map(|digest| digest.finalize().to_vec()),
            HashKind::Sha256 => digests.sha256.clone().map(|digest| digest.finalize().to_vec()),
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if let Some(digests) = &mut self.digests {
            digests.update(bytes);
        }
        let room = BODY_BYTES_MAX - self.bytes.len();
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}
