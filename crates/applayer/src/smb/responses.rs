//! What responses do to a connection.

use super::header::{FileId, Header, Status, Version, status};
use super::message::{Choice, Created, Response};
use super::state::{Concern, Key, Pending, Share, State};
use super::transaction::{Details, SmbTransaction};
use super::{names, smb1, smb2};
use crate::sink::Sink;
use model::packet::{Side, Timestamp};

impl State {
    /// A whole response, or one without what it would say if it were no error.
    pub(super) fn response(&mut self, now: Timestamp, header: &Header, response: &Response<'_>, sink: &mut dyn Sink) {
        let Some(mut pending) = self.take_pending(header) else { return };
        let header = &header.of_tree(pending.tree_id);
        if let Some(transaction) = &mut pending.transaction {
            (transaction.status, transaction.ended) = (Some(header.status), Some(now));
        }
        if header.is_pending() {
            return self.wait(now, header, pending, sink);
        }
        let Pending { transaction, concern, .. } = pending;
        self.settle(now, header, concern, response, sink);
        if let Some(mut transaction) = transaction {
            self.complete(now, header, response, &mut transaction, sink);
            self.tell(now, transaction, sink);
        }
    }

    /// SMB 2 may answer the NEGOTIATE of SMB 1.
    fn take_pending(&mut self, header: &Header) -> Option<Pending> {
        let own = self.pending.remove(&(header.message_id, header.command));
        let is_negotiate = header.version == Version::V2 && header.command == smb2::NEGOTIATE;
        own.or_else(|| {
            let key = self.pending.keys().find(|(_, command)| is_negotiate && *command == smb1::NEGOTIATE).copied()?;
            self.pending.remove(&key)
        })
    }

    /// What the response does to files and pipes.
    fn settle(
        &mut self,
        now: Timestamp,
        header: &Header,
        concern: Concern,
        response: &Response<'_>,
        sink: &mut dyn Sink,
    ) {
        match (concern, response) {
            (
                Concern::Opening(key),
                Response::Created(Created { file: Some(file), .. }) | Response::Opened { file },
            ) => {
                self.opened(now, key, *file, sink);
                self.note_opened(key, *file);
            }
            (Concern::Opening(key), _) => self.close(now, key, false, sink),
            (Concern::Reading { key, offset }, Response::Read { length, bytes }) => {
                let place = (offset, *length);
                let piece = self.begin_content(now, (header, key, Side::Server), place, bytes, sink);
                self.content(now, &piece, bytes, sink);
                self.content_gap(now, &piece, u64::from(*length) - bytes.len() as u64, sink);
            }
            (Concern::Reading { key, .. }, _) if header.status == Status::Nt(status::END_OF_FILE) => {
                self.end_of_file(now, key, header.status, sink);
            }
            (Concern::Calling(key), Response::PipeAnswer { bytes }) => {
                let piece = self.begin_content(now, (header, key, Side::Server), (0, 0), bytes, sink);
                self.content(now, &piece, bytes, sink);
            }
            (Concern::Calling(key), _) => self.call_failed(now, key, header.status, sink),
            _ => {}
        }
    }

    /// Requests that wait, and related ones to come, know the file by its opening.
    fn note_opened(&mut self, opening: Key, file: FileId) {
        let known = Key::Open(file);
        for pending in self.pending.values_mut() {
            match &mut pending.concern {
                Concern::Reading { key, .. } | Concern::Calling(key) if *key == opening => *key = known,
                _ => {}
            }
        }
        if let Some((_, _, Some(key))) = &mut self.related[Side::Client.index()]
            && *key == opening
        {
            *key = known;
        }
    }

    /// What the response says is told with the request.
    fn complete(
        &mut self,
        now: Timestamp,
        header: &Header,
        response: &Response<'_>,
        transaction: &mut SmbTransaction,
        sink: &mut dyn Sink,
    ) {
        match (&mut transaction.details, response) {
            (
                Details::Negotiate(negotiation),
                Response::Negotiated { choice, server_guid, read_bytes_max, write_bytes_max },
            ) => {
                negotiation.server_guid = *server_guid;
                (negotiation.read_bytes_max, negotiation.write_bytes_max) = (*read_bytes_max, *write_bytes_max);
                (self.read_bytes_max, self.write_bytes_max) = (*read_bytes_max, *write_bytes_max);
                let dialects = &negotiation.client_dialects;
                match chosen(*choice, dialects) {
                    Some(dialect) => self.dialect = dialect.into(),
                    None => sink.anomaly(now, "negotiate_malformed_dialects", Some(transaction.id)),
                }
            }
            (Details::SessionSetup(setup), Response::SessionSetup { host }) => {
                setup.server.clone_from(host);
                transaction.session_id = header.session_id;
            }
            (Details::TreeConnect(connect), Response::TreeConnected { share_type, service }) => {
                (connect.share_type, connect.is_pipe) = (*share_type, *share_type == 2);
                connect.services[1].clone_from(service);
                transaction.tree_id = header.tree_id;
                self.connect(header, Share { path: connect.path.clone(), is_pipe: connect.is_pipe });
            }
            (Details::Create(create), Response::Created(created)) => create.created = Some(*created),
            _ => {}
        }
    }
}

fn chosen(choice: Choice, dialects: &[Vec<u8>]) -> Option<String> {
    match choice {
        Choice::Revision(revision) => Some(names::dialect(revision)),
        Choice::Place(place) => dialects.get(usize::from(place)).map(|name| String::from_utf8_lossy(name).into_owned()),
    }
}
