//! One flow: calls that wait, names of handles, files on their way.

use super::call::{self, Arguments};
use super::frames;
use super::procedure::Procedure;
use super::reply::{self, Results};
use super::rpc::{self, Message};
use super::transaction::NfsTransaction;
use crate::pieces::Pieces;
use crate::protocol::{Gap, Input, Parser, Progress, Transport};
use crate::sink::{FileEvent, Sink, Stage};
use model::packet::{Side, Timestamp};
use std::collections::BTreeMap;

/// A record is held until it is whole, if it is not longer than this; of a longer one its begin says what it is.
const HELD_BYTES_MAX: usize = 160 << 10;
const HEAD_BYTES: usize = 2 << 10;

/// Calls that wait for their reply; beyond them the oldest is told without one.
const OPEN_MAX: usize = 256;
/// Handles whose names are remembered.
const NAMES_MAX: usize = 4_096;
/// Files that are read or written at one time.
const FILES_MAX: usize = 512;

/// A call that waits for its reply.
struct Open {
    transaction: NfsTransaction,
    offset: u64,
}

/// A file on its way, in one direction.
struct File {
    transaction: NfsTransaction,
    pieces: Pieces,
    /// The piece that comes is the last one.
    is_ending: bool,
}

/// Of which file, and sent by whom.
type Key = (Vec<u8>, usize);

/// Content that comes: of which file, and how much of it.
type Rest = (Key, u64);

pub(super) struct Nfs {
    transport: Transport,
    open: BTreeMap<u32, Open>,
    names: BTreeMap<Vec<u8>, Vec<u8>>,
    files: BTreeMap<Key, File>,
    begun: u64,
    files_begun: u64,
    held_bytes: usize,
    /// Content that comes, by side, and bytes behind it that do not matter.
    rests: [Option<Rest>; 2],
    skips: [u64; 2],
    is_dark: [bool; 2],
}

impl Nfs {
    pub(super) fn new(transport: Transport) -> Nfs {
        Nfs {
            transport,
            open: BTreeMap::new(),
            names: BTreeMap::new(),
            files: BTreeMap::new(),
            begun: 0,
            files_begun: 0,
            held_bytes: 0,
            rests: [None, None],
            skips: [0; 2],
            is_dark: [false; 2],
        }
    }

    /// A message, or its begin; what is still to come of its content.
    fn message(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Option<Rest> {
        match rpc::parse(input.bytes) {
            Some(Message::Call { program, .. }) if program as usize != super::PROGRAM => None,
            Some(call @ Message::Call { .. }) => self.call(input.now, call, sink),
            Some(Message::Reply { xid, is_accepted, state, results }) => {
                let mut open = self.open.remove(&xid)?;
                open.transaction.is_accepted = Some(is_accepted);
                open.transaction.ended = input.now;
                let is_done = is_accepted && state == 0;
                let (version, procedure) = (open.transaction.version, open.transaction.procedure);
                let results =
                    if is_done { reply::results(version, procedure, results) } else { Some(Results::default()) };
                if results.is_none() {
                    sink.anomaly(input.now, "malformed_data", Some(open.transaction.id));
                }
                self.reply(input.now, open, results.unwrap_or_default(), sink)
            }
            None => {
                sink.anomaly(input.now, "malformed_data", self.begun.checked_sub(1));
                None
            }
        }
    }

    fn call(&mut self, now: Timestamp, call: Message<'_>, sink: &mut dyn Sink) -> Option<Rest> {
        let Message::Call { xid, version, procedure, credentials, arguments, .. } = call else { return None };
        let procedure = Procedure::of(version, procedure);
        if procedure == Procedure::Null {
            return None;
        }
        let Some(arguments) = call::arguments(version, procedure, arguments) else {
            sink.anomaly(now, "malformed_data", self.begun.checked_sub(1));
            return None;
        };
        let Arguments { handle, name, to, offset, content } = arguments;
        let file_name = name.or_else(|| self.names.get(&handle).cloned()).unwrap_or_default();
        let transaction = NfsTransaction {
            version,
            file_name,
            handle,
            is_found: false,
            rename_to: to,
            status: None,
            is_accepted: None,
            xid,
            credentials,
            file: None,
            procedure,
            id: self.begun,
            started: now,
            ended: now,
        };
        let key = (transaction.handle.clone(), Side::Client.index());
        let is_new_file = content.is_some() && !self.files.contains_key(&key);
        // Pieces of one file are one transaction.
        self.begun += u64::from(procedure != Procedure::Read && content.is_none() || is_new_file);
        if !matches!(procedure, Procedure::Read | Procedure::Write) || is_new_file {
            sink.progress(now, &transaction, Side::Client, Stage::Whole);
        }
        let rest = content
            .and_then(|(length, bytes)| self.content(now, &transaction, Side::Client, (offset, length), bytes, sink));
        self.wait(now, Open { transaction, offset }, sink);
        rest
    }

    fn wait(&mut self, now: Timestamp, open: Open, sink: &mut dyn Sink) {
        self.open.insert(open.transaction.xid, open);
        if self.open.len() > OPEN_MAX
            && let Some((_, oldest)) = self.open.pop_first()
        {
            sink.anomaly(now, "too_many_transactions", self.begun.checked_sub(1));
            self.tell(now, oldest.transaction, sink);
        }
    }

    /// Files are told by themselves, and questions about attributes not at all, as in Suricata.
    fn tell(&self, now: Timestamp, transaction: NfsTransaction, sink: &mut dyn Sink) {
        match transaction.procedure {
            Procedure::Read | Procedure::Write => {}
            Procedure::GetAttr => sink.unlogged(now, &transaction),
            _ => sink.transaction(now, &transaction),
        }
    }

    fn reply(&mut self, now: Timestamp, open: Open, results: Results<'_>, sink: &mut dyn Sink) -> Option<Rest> {
        let Open { mut transaction, offset } = open;
        let Results { status, handle, entries, content, is_end } = results;
        transaction.status = status;
        if let (Procedure::Lookup, Some(found)) = (transaction.procedure, &handle) {
            transaction.handle.clone_from(found);
            transaction.is_found = true;
        }
        // Suricata remembers the names of files that are looked up or made, not those of folders.
        let is_named = matches!(transaction.procedure, Procedure::Lookup | Procedure::Create);
        let named = handle.filter(|_| is_named).map(|handle| (transaction.file_name.clone(), handle));
        for (name, handle) in named.into_iter().chain(entries) {
            if self.names.len() < NAMES_MAX {
                self.names.insert(handle, name);
            }
        }
        let key = (transaction.handle.clone(), Side::Server.index());
        let rest = content.and_then(|(length, bytes)| {
            if !self.files.contains_key(&key) {
                transaction.id = self.begun;
                self.begun += 1;
            }
            self.content(now, &transaction, Side::Server, (offset, length), bytes, sink)
        });
        match transaction.procedure {
            Procedure::Read if is_end && rest.is_none() => self.close(now, &key, true, sink),
            // The last byte is still on its way.
            Procedure::Read if is_end => self.files.get_mut(&key).into_iter().for_each(|file| file.is_ending = true),
            Procedure::Read if status != Some(0) => self.tell_refusal(now, transaction.clone(), sink),
            Procedure::Commit => {
                self.close(now, &(transaction.handle.clone(), Side::Client.index()), true, sink);
            }
            Procedure::Write => {
                let key = (transaction.handle.clone(), Side::Client.index());
                if let Some(file) = self.files.get_mut(&key) {
                    file.transaction.is_accepted = transaction.is_accepted;
                    file.transaction.status = status;
                }
            }
            _ => {}
        }
        self.tell(now, transaction, sink);
        rest
    }

    /// Nothing of the file came: the call is told by itself.
    fn tell_refusal(&mut self, now: Timestamp, mut transaction: NfsTransaction, sink: &mut dyn Sink) {
        transaction.id = self.begun;
        self.begun += 1;
        sink.transaction(now, &transaction);
    }

    fn content(
        &mut self,
        now: Timestamp,
        transaction: &NfsTransaction,
        sender: Side,
        (offset, length): (u64, u32),
        bytes: &[u8],
        sink: &mut dyn Sink,
    ) -> Option<Rest> {
        let key = (transaction.handle.clone(), sender.index());
        if !self.files.contains_key(&key) && self.files.len() >= FILES_MAX {
            sink.anomaly(now, "too_many_open_files", Some(transaction.id));
            return None;
        }
        let files_begun = &mut self.files_begun;
        let file = self.files.entry(key.clone()).or_insert_with(|| {
            let (id, name) = (*files_begun, &transaction.file_name[..]);
            *files_begun += 1;
            let open =
                FileEvent::Open { id, sender, name, announced_bytes: None, range: None, transaction: transaction.id };
            sink.file(now, open);
            File { transaction: transaction.clone(), pieces: Pieces::new(id), is_ending: false }
        });
        let (chunks, _) = file.transaction.file.unwrap_or_default();
        file.transaction.file = Some((chunks + 1, 0));
        (file.transaction.xid, file.transaction.ended) = (transaction.xid, now);
        file.transaction.is_accepted = file.transaction.is_accepted.or(transaction.is_accepted);
        file.transaction.status = transaction.status.or(file.transaction.status);
        file.pieces.begin(now, offset, length, &mut self.held_bytes, sink);
        file.pieces.push(now, bytes, &mut self.held_bytes, sink);
        let left = u64::from(length) - bytes.len() as u64;
        (left > 0).then_some((key, left))
    }

    fn close(&mut self, now: Timestamp, key: &Key, is_whole: bool, sink: &mut dyn Sink) {
        let Some(File { mut transaction, mut pieces, .. }) = self.files.remove(key) else { return };
        pieces.close(now, is_whole, &mut self.held_bytes, sink);
        transaction.file = transaction.file.map(|(chunks, _)| (chunks, pieces.bytes));
        transaction.ended = now;
        sink.transaction(now, &transaction);
    }

    fn record(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        const MARK_BYTES: usize = 4;
        let side = input.sender.index();
        let Some(mark) = input.bytes.first_chunk::<MARK_BYTES>() else {
            return Progress { consumed: 0, needed: MARK_BYTES };
        };
        // Its first bit says that it is the message's last piece; nobody sends others.
        let length = (u32::from_be_bytes(*mark) & 0x7fff_ffff) as usize;
        let is_long = length > HELD_BYTES_MAX;
        let here = MARK_BYTES + if is_long { HEAD_BYTES } else { length };
        let Some(bytes) = input.bytes.get(MARK_BYTES..here) else { return Progress { consumed: 0, needed: here } };
        if !is_long {
            self.tell_frames(Input { bytes: &input.bytes[..here], ..input }, MARK_BYTES, sink);
        }
        let rest = self.message(Input { bytes, ..input }, sink);
        if is_long {
            let left = (length - bytes.len()) as u64;
            self.rests[side] = rest.map(|(key, of_file)| (key, of_file.min(left)));
            self.skips[side] = left - self.rests[side].as_ref().map_or(0, |(_, of_file)| *of_file);
        }
        Progress { consumed: here, needed: 0 }
    }

    fn tell_frames(&self, input: Input<'_>, mark_bytes: usize, sink: &mut dyn Sink) {
        let xid = input.bytes.get(mark_bytes..).and_then(|message| message.first_chunk());
        let call = xid.and_then(|xid| self.open.get(&u32::from_be_bytes(*xid)));
        frames::tell(input, mark_bytes, call.map(|open| open.transaction.version), sink);
    }

    fn go_on(&mut self, input: Input<'_>, (key, left): Rest, sink: &mut dyn Sink) -> Progress {
        let consumed = input.bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if let Some(file) = self.files.get_mut(&key) {
            file.pieces.push(input.now, &input.bytes[..consumed], &mut self.held_bytes, sink);
        }
        let left = left - consumed as u64;
        if left == 0 && self.files.get(&key).is_some_and(|file| file.is_ending) {
            self.close(input.now, &key, true, sink);
        } else {
            self.rests[input.sender.index()] = (left > 0).then_some((key, left));
        }
        Progress { consumed, needed: 0 }
    }
}

impl Parser for Nfs {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let side = input.sender.index();
        if self.transport == Transport::Udp {
            self.tell_frames(input, 0, sink);
            self.message(input, sink);
            return Progress::all(input.bytes);
        }
        if self.is_dark[side] {
            return Progress::all(input.bytes);
        }
        if let Some(rest) = self.rests[side].take() {
            return self.go_on(input, rest, sink);
        }
        if self.skips[side] > 0 {
            let consumed = input.bytes.len().min(usize::try_from(self.skips[side]).unwrap_or(usize::MAX));
            self.skips[side] -= consumed as u64;
            return Progress { consumed, needed: 0 };
        }
        self.record(input, sink)
    }

    fn gap(&mut self, gap: Gap<'_>, sink: &mut dyn Sink) {
        let side = gap.sender.index();
        let mut missing = gap.bytes;
        if let Some((key, left)) = self.rests[side].take() {
            let of_file = missing.min(left);
            if let Some(file) = self.files.get_mut(&key) {
                file.pieces.gap(gap.now, of_file, &mut self.held_bytes, sink);
            }
            self.rests[side] = (left > of_file).then_some((key, left - of_file));
            missing -= of_file;
        } else if let Some(mark) = gap.unparsed.first_chunk::<4>() {
            let record_bytes = 4 + u64::from(u32::from_be_bytes(*mark) & 0x7fff_ffff);
            self.skips[side] = record_bytes.saturating_sub(gap.unparsed.len() as u64);
        }
        let skipped = missing.min(self.skips[side]);
        self.skips[side] -= skipped;
        // Nothing marks where a record begins.
        self.is_dark[side] |= missing > skipped;
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        let keys: Vec<Key> = self.files.keys().cloned().collect();
        keys.iter().for_each(|key| self.close(now, key, false, sink));
        let mut open: Vec<_> = std::mem::take(&mut self.open).into_values().map(|open| open.transaction).collect();
        open.sort_by_key(|transaction| transaction.id);
        open.into_iter().for_each(|transaction| self.tell(now, transaction, sink));
    }
}
