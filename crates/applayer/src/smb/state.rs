//! What is known of a connection: requests without response, shares, open files and pipes.

use super::header::{FileId, Header};
use super::pipe::Pipe;
use super::transaction::{Details, File, SmbTransaction};
use crate::dcerpc::Call;
use crate::dcerpc::pdu::Pdu;
use crate::pieces::Pieces;
use crate::sink::{FileEvent, Sink};
use model::packet::{Side, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Requests that wait for their response; beyond them the oldest is told without one.
const PENDING_MAX: usize = 1_024;
/// Connections to shares that are remembered.
const TREES_MAX: usize = 256;
/// Open files and pipes that are remembered.
const OPEN_MAX: usize = 4_096;

/// A file as requests name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// It is open.
    Open(FileId),
    /// The request of this number wants to open it.
    Opening(u64),
}

/// What the response to a request concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Concern {
    Nothing,
    Opening(Key),
    Reading { key: Key, offset: u64 },
    Calling(Key),
}

/// A request without response.
#[derive(Debug)]
pub(super) struct Pending {
    /// None where what is told is not this request but the file or the call.
    pub(super) transaction: Option<SmbTransaction>,
    pub(super) concern: Concern,
    pub(super) tree_id: u32,
}

/// A connection to a share.
#[derive(Clone, Debug)]
pub(super) struct Share {
    pub(super) path: Arc<[u8]>,
    pub(super) is_pipe: bool,
}

/// An open file or pipe.
#[derive(Debug, Default)]
pub(super) struct Open {
    pub(super) name: Arc<[u8]>,
    /// By [`Side::index`] of who sends: what is written, what is read.
    transfers: [Option<Box<Transfer>>; 2],
    pipe: Option<Box<Pipe>>,
}

/// One direction of an open file.
#[derive(Debug)]
struct Transfer {
    transaction: SmbTransaction,
    pieces: Pieces,
}

/// What content is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    File,
    Pipe,
    Nothing,
}

/// A piece of content on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) key: Key,
    pub(super) header: Header,
    pub(super) sender: Side,
    destination: Destination,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) dialect: Arc<str>,
    pub(super) pending: BTreeMap<(u64, u16), Pending>,
    shares: BTreeMap<(u64, u32), Share>,
    open: BTreeMap<Key, Open>,
    /// Session, tree and opened file of the message before in the same record, by side: related messages mean them.
    pub(super) related: [Option<(u64, u32, Option<Key>)>; 2],
    /// What the server accepts at once; 0 where that is not known.
    pub(super) read_bytes_max: u32,
    pub(super) write_bytes_max: u32,
    begun: u64,
    files: u64,
    held_bytes: usize,
}

impl Transfer {
    /// The file is over; what is left of it is its transaction.
    fn close(
        &mut self,
        now: Timestamp,
        is_closed: bool,
        held_bytes: &mut usize,
        sink: &mut dyn Sink,
    ) -> SmbTransaction {
        self.pieces.close(now, is_closed, held_bytes, sink);
        let mut transaction = self.transaction.clone();
        if let Details::File(file) = &mut transaction.details {
            file.bytes = self.pieces.bytes;
        }
        transaction
    }
}

/// A transaction that begins with this message.
fn transaction(begun: &mut u64, now: Timestamp, header: &Header, details: Details) -> SmbTransaction {
    *begun += 1;
    SmbTransaction {
        version: header.version,
        command: header.command,
        status: None,
        session_id: header.session_id,
        tree_id: header.tree_id,
        dialect: Arc::default(),
        details,
        id: *begun - 1,
        started: now,
        ended: None,
    }
}

impl State {
    /// The transaction that begins with this message.
    pub(super) fn begin(&mut self, now: Timestamp, header: &Header, details: Details) -> SmbTransaction {
        transaction(&mut self.begun, now, header, details)
    }

    /// The last transaction that has begun.
    pub(super) fn last_id(&self) -> Option<u64> {
        self.begun.checked_sub(1)
    }

    pub(super) fn tell(&self, now: Timestamp, mut transaction: SmbTransaction, sink: &mut dyn Sink) {
        transaction.dialect = self.dialect.clone();
        sink.transaction(now, &transaction);
    }

    /// A request waits for its response.
    pub(super) fn wait(&mut self, now: Timestamp, header: &Header, pending: Pending, sink: &mut dyn Sink) {
        let replaced = self.pending.insert((header.message_id, header.command), pending);
        let oldest = if self.pending.len() > PENDING_MAX {
            sink.anomaly(now, "too_many_transactions", self.last_id());
            self.pending.pop_first().map(|(_, pending)| pending)
        } else {
            None
        };
        for transaction in [replaced, oldest].into_iter().flatten().filter_map(|pending| pending.transaction) {
            self.tell(now, transaction, sink);
        }
    }

    pub(super) fn share(&self, header: &Header) -> Option<&Share> {
        self.shares.get(&(header.session_id, header.tree_id))
    }

    pub(super) fn connect(&mut self, header: &Header, share: Share) {
        if self.shares.len() < TREES_MAX {
            self.shares.insert((header.session_id, header.tree_id), share);
        }
    }

    pub(super) fn disconnect(&mut self, header: &Header) {
        self.shares.remove(&(header.session_id, header.tree_id));
    }

    /// A request wants to open a file.
    pub(super) fn opening(&mut self, now: Timestamp, key: Key, name: Arc<[u8]>, sink: &mut dyn Sink) {
        if self.open.len() < OPEN_MAX {
            self.open.insert(key, Open { name, ..Open::default() });
        } else {
            sink.anomaly(now, "too_many_open_files", self.last_id());
        }
    }

    /// It is open.
    pub(super) fn opened(&mut self, now: Timestamp, opening: Key, file: FileId, sink: &mut dyn Sink) {
        let Some(mut open) = self.open.remove(&opening) else { return };
        for transfer in open.transfers.iter_mut().flatten() {
            if let Details::File(details) = &mut transfer.transaction.details {
                details.file = Some(file);
            }
        }
        if let Some(before) = self.open.insert(Key::Open(file), open) {
            self.end(now, before, false, sink);
        }
    }

    /// A file's name, if it is known.
    pub(super) fn name(&self, key: Key) -> Option<Arc<[u8]>> {
        self.open.get(&key).map(|open| open.name.clone())
    }

    /// A file is closed, or could not be opened.
    pub(super) fn close(&mut self, now: Timestamp, key: Key, is_closed: bool, sink: &mut dyn Sink) {
        if let Some(open) = self.open.remove(&key) {
            self.end(now, open, is_closed, sink);
        }
    }

    fn end(&mut self, now: Timestamp, open: Open, is_closed: bool, sink: &mut dyn Sink) {
        for mut transfer in open.transfers.into_iter().flatten() {
            let mut transaction = transfer.close(now, is_closed, &mut self.held_bytes, sink);
            if is_closed {
                transaction.status.get_or_insert(super::Status::Nt(super::header::status::SUCCESS));
                transaction.ended = Some(now);
            }
            self.tell(now, transaction, sink);
        }
        for (call, transaction) in open.pipe.map(|mut pipe| pipe.association.take_open()).unwrap_or_default() {
            self.tell_call(now, call, transaction, sink);
        }
    }

    /// The end of a file was read.
    pub(super) fn end_of_file(&mut self, now: Timestamp, key: Key, status: super::Status, sink: &mut dyn Sink) {
        let transfer = self.open.get_mut(&key).and_then(|open| open.transfers[Side::Server.index()].take());
        let Some(mut transfer) = transfer else { return };
        let mut transaction = transfer.close(now, true, &mut self.held_bytes, sink);
        (transaction.status, transaction.ended) = (Some(status), Some(now));
        self.tell(now, transaction, sink);
    }

    /// Content begins to come, with its first bytes.
    pub(super) fn begin_content(
        &mut self,
        now: Timestamp,
        (header, key, sender): (&Header, Key, Side),
        (offset, length): (u64, u32),
        head: &[u8],
        sink: &mut dyn Sink,
    ) -> Piece {
        let destination = self.destination(header, key, head);
        let piece = Piece { key, header: *header, sender, destination };
        if destination == Destination::File && self.begin_transfer(now, &piece, sink) {
            let State { open, held_bytes, .. } = self;
            let transfer = open.get_mut(&key).and_then(|open| open.transfers[sender.index()].as_mut());
            let overlaps =
                transfer.is_some_and(|transfer| transfer.pieces.begin(now, offset, length, held_bytes, sink));
            if overlaps {
                sink.anomaly(now, "file_overlap", self.last_id());
            }
        }
        piece
    }

    /// Where the share is not known (a flow picked up in the middle), the content says whether it is a pipe. It also does
    /// for an answer that was announced as pending, as in Suricata: what comes late out of a pipe is a program's output.
    fn destination(&mut self, header: &Header, key: Key, head: &[u8]) -> Destination {
        let is_rpc = || crate::dcerpc::pdu::Header::parse(head).is_some();
        let is_open = self.open.contains_key(&key);
        if !is_open && self.open.len() >= OPEN_MAX {
            return Destination::Nothing;
        }
        let is_known_pipe = self.open.get(&key).is_some_and(|open| open.pipe.is_some());
        let share = self.share(header).filter(|share| !(header.is_async && share.is_pipe));
        let is_pipe = is_known_pipe || share.map_or_else(is_rpc, |share| share.is_pipe);
        let open = self.open.entry(key).or_insert_with(|| Open { name: Arc::from(*b"<unknown>"), ..Open::default() });
        if is_pipe {
            open.pipe.get_or_insert_default();
        }
        if is_pipe { Destination::Pipe } else { Destination::File }
    }

    /// The file's first piece in this direction opens it; is it open?
    fn begin_transfer(&mut self, now: Timestamp, piece: &Piece, sink: &mut dyn Sink) -> bool {
        let share = self.share(&piece.header).map(|share| share.path.clone()).unwrap_or_default();
        let Some(open) = self.open.get_mut(&piece.key) else { return false };
        let slot = &mut open.transfers[piece.sender.index()];
        if slot.is_some() {
            return true;
        }
        let file = if let Key::Open(file) = piece.key { Some(file) } else { None };
        let details = Details::File(File { name: open.name.clone(), share, file, bytes: 0 });
        let transaction = transaction(&mut self.begun, now, &piece.header, details);
        let (id, file_id) = (transaction.id, self.files);
        self.files += 1;
        *slot = Some(Box::new(Transfer { transaction, pieces: Pieces::new(file_id) }));
        let (sender, name) = (piece.sender, &open.name[..]);
        sink.file(
            now,
            FileEvent::Open { id: file_id, sender, name, announced_bytes: None, range: None, transaction: id },
        );
        true
    }

    /// The next bytes of content.
    pub(super) fn content(&mut self, now: Timestamp, piece: &Piece, bytes: &[u8], sink: &mut dyn Sink) {
        match piece.destination {
            Destination::Nothing => {}
            Destination::Pipe => self.pipe_bytes(now, piece, bytes, sink),
            Destination::File => {
                let State { open, held_bytes, .. } = self;
                let transfer = open.get_mut(&piece.key).and_then(|open| open.transfers[piece.sender.index()].as_mut());
                if let Some(transfer) = transfer {
                    transfer.pieces.push(now, bytes, held_bytes, sink);
                }
            }
        }
    }

    /// Bytes of content are missing.
    pub(super) fn content_gap(&mut self, now: Timestamp, piece: &Piece, bytes: u64, sink: &mut dyn Sink) {
        let State { open, held_bytes, .. } = self;
        let Some(open) = open.get_mut(&piece.key).filter(|_| bytes > 0) else { return };
        match piece.destination {
            Destination::Nothing => {}
            Destination::Pipe => open.pipe.iter_mut().for_each(|pipe| pipe.gap(piece.sender)),
            Destination::File => {
                if let Some(transfer) = &mut open.transfers[piece.sender.index()] {
                    transfer.pieces.gap(now, bytes, held_bytes, sink);
                }
            }
        }
    }

    fn pipe_bytes(&mut self, now: Timestamp, piece: &Piece, bytes: &[u8], sink: &mut dyn Sink) {
        if let Some(pipe) = self.open.get_mut(&piece.key).and_then(|open| open.pipe.as_mut()) {
            pipe.push(piece.sender, bytes);
        }
        while let Some(message) = self.take_message(piece) {
            self.pipe_message(now, piece, &message, sink);
        }
    }

    fn take_message(&mut self, piece: &Piece) -> Option<Vec<u8>> {
        self.open.get_mut(&piece.key)?.pipe.as_mut()?.take(piece.sender)
    }

    fn pipe_message(&mut self, now: Timestamp, piece: &Piece, message: &[u8], sink: &mut dyn Sink) {
        let State { open, begun, .. } = self;
        let Some(open) = open.get_mut(&piece.key) else { return };
        let (Some(pipe), Some(pdu)) = (&mut open.pipe, Pdu::parse(message)) else { return };
        let name = open.name.clone();
        let begin = || transaction(begun, now, &piece.header, Details::Pipe(Box::default(), name));
        let seen = pipe.association.see(piece.sender, &pdu, begin);
        if seen.is_malformed {
            sink.anomaly(now, "malformed_data", self.last_id());
        }
        if let Some((call, mut transaction)) = seen.over {
            if piece.sender == Side::Server {
                (transaction.status, transaction.ended) = (Some(piece.header.status), Some(now));
            }
            self.tell_call(now, call, transaction, sink);
        }
    }

    fn tell_call(&self, now: Timestamp, call: Call, mut transaction: SmbTransaction, sink: &mut dyn Sink) {
        if let Details::Pipe(details, _) = &mut transaction.details {
            **details = call;
        }
        self.tell(now, transaction, sink);
    }

    /// Is something else than DCE/RPC in a pipe?
    pub(super) fn is_other_pipe(&self, key: Key) -> bool {
        self.open.get(&key).and_then(|open| open.pipe.as_ref()).is_some_and(|pipe| pipe.is_other())
    }

    /// The server could not take a call to a pipe.
    pub(super) fn call_failed(&mut self, now: Timestamp, key: Key, status: super::Status, sink: &mut dyn Sink) {
        let pipe = self.open.get_mut(&key).and_then(|open| open.pipe.as_mut());
        let Some((call, mut transaction)) = pipe.and_then(|pipe| pipe.association.take_last()) else { return };
        (transaction.status, transaction.ended) = (Some(status), Some(now));
        self.tell_call(now, call, transaction, sink);
    }

    /// The flow is over.
    pub(super) fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        for open in std::mem::take(&mut self.open).into_values() {
            self.end(now, open, false, sink);
        }
        let mut left: Vec<_> =
            std::mem::take(&mut self.pending).into_values().filter_map(|pending| pending.transaction).collect();
        left.sort_by_key(|transaction| transaction.id);
        left.into_iter().for_each(|transaction| self.tell(now, transaction, sink));
    }
}
