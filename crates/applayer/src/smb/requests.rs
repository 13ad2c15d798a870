//! What requests do to a connection.

use super::header::{FileId, Header, Version};
use super::message::{Request, Write};
use super::state::{Concern, Key, Pending, State};
use super::transaction::{Create, Details, Disposition, Negotiation, Rename, SessionSetup, TreeConnect};
use super::{security, smb1, smb2};
use crate::sink::Sink;
use model::packet::{Side, Timestamp};
use std::sync::Arc;

/// In a related message: the file that the message before has opened.
const RELATED_FILE: FileId = FileId::Long([0xff; 16]);

/// What is told of a request, and what its response concerns.
type Asked = (Option<Details>, Concern);

impl State {
    /// A whole request.
    pub(super) fn request(
        &mut self,
        now: Timestamp,
        header: &Header,
        request: Option<Request<'_>>,
        sink: &mut dyn Sink,
    ) {
        let is_unanswered = request == Some(Request::Unanswered);
        let is_malformed = request.is_none();
        let (details, concern) = self.ask(now, header, request.unwrap_or(Request::Other), sink);
        let transaction = details.map(|details| self.begin(now, header, details));
        if is_malformed {
            sink.anomaly(now, "malformed_data", self.last_id());
        }
        match transaction {
            Some(transaction) if is_unanswered => self.tell(now, transaction, sink),
            None if concern == Concern::Nothing => {}
            transaction => self.wait(now, header, Pending { transaction, concern, tree_id: header.tree_id }, sink),
        }
    }

    fn ask(&mut self, now: Timestamp, header: &Header, request: Request<'_>, sink: &mut dyn Sink) -> Asked {
        let told = |details| (Some(details), Concern::Nothing);
        match request {
            Request::Negotiate { dialects, client_guid, has_bad_dialects } => {
                let negotiation = Negotiation { client_dialects: dialects, client_guid, ..Negotiation::default() };
                self.negotiate(now, header, negotiation, has_bad_dialects, sink)
            }
            Request::SessionSetup { blob, host } => told(self.session_setup(now, blob, host, sink)),
            Request::TreeConnect { path, service } => {
                let services = [service, None];
                told(Details::TreeConnect(TreeConnect { path: path.into(), services, ..TreeConnect::default() }))
            }
            Request::TreeDisconnect => {
                self.disconnect(header);
                told(Details::Plain)
            }
            Request::Create { name, disposition, options } => {
                self.create(now, header, name.into(), (disposition, options), sink)
            }
            Request::Open { name } => {
                let key = Key::Opening(header.message_id);
                self.opening(now, key, name.into(), sink);
                (Some(Details::Plain), Concern::Opening(key))
            }
            Request::Close { file } => {
                let key = self.key(header, file);
                self.close(now, key, true, sink);
                told(Details::Plain)
            }
            Request::Read { file, offset, length } => {
                if self.read_bytes_max != 0 && length > self.read_bytes_max {
                    sink.anomaly(now, "read_request_too_large", self.last_id());
                }
                (None, Concern::Reading { key: self.key(header, file), offset })
            }
            Request::Write(write) => self.write(now, header, &write, sink),
            Request::PipeCall { file, bytes } => self.call(now, header, file, bytes, sink),
            Request::Ioctl { function } => told(Details::Control(function)),
            Request::Rename { file, from, to } => told(self.rename(header, file, from, to)),
            Request::Dispose { file, path, is_deletion, subcommand, level } => {
                let name = self.name_of(header, file, path);
                told(Details::Disposition(Disposition { name, file, is_deletion, subcommand, level }))
            }
            Request::Unanswered | Request::Other => (is_told(header).then_some(Details::Plain), Concern::Nothing),
        }
    }

    /// A file as this message names it.
    pub(super) fn key(&self, header: &Header, file: FileId) -> Key {
        let related = self.related[Side::Client.index()].and_then(|(_, _, key)| key);
        match related {
            Some(key) if header.is_related && file == RELATED_FILE => key,
            _ => Key::Open(file),
        }
    }

    fn negotiate(
        &mut self,
        now: Timestamp,
        header: &Header,
        negotiation: Negotiation,
        has_bad_dialects: bool,
        sink: &mut dyn Sink,
    ) -> Asked {
        if self.pending.contains_key(&(header.message_id, header.command)) {
            sink.anomaly(now, "duplicate_negotiate", self.last_id());
            return (None, Concern::Nothing);
        }
        if has_bad_dialects {
            sink.anomaly(now, "negotiate_malformed_dialects", self.last_id());
        }
        (Some(Details::Negotiate(Box::new(negotiation))), Concern::Nothing)
    }

    fn session_setup(
        &mut self,
        now: Timestamp,
        blob: &[u8],
        client: Option<super::message::Host>,
        sink: &mut dyn Sink,
    ) -> Details {
        let credentials = security::credentials(blob);
        if credentials.is_malformed {
            sink.anomaly(now, "malformed_ntlmssp_request", self.last_id());
        }
        let security::Credentials { ntlm, ticket, .. } = credentials;
        Details::SessionSetup(Box::new(SessionSetup { ntlm, ticket, client, server: None }))
    }

    fn create(
        &mut self,
        now: Timestamp,
        header: &Header,
        name: Arc<[u8]>,
        (disposition, options): (u32, u32),
        sink: &mut dyn Sink,
    ) -> Asked {
        const DIRECTORY: u32 = 0x1;
        const DELETE_ON_CLOSE: u32 = 0x1000;
        let key = Key::Opening(header.message_id);
        self.opening(now, key, name.clone(), sink);
        if let Some((_, _, opened)) = &mut self.related[Side::Client.index()] {
            *opened = Some(key);
        }
        let details = Create {
            name,
            is_directory: options & DIRECTORY != 0,
            is_deleted_on_close: options & DELETE_ON_CLOSE != 0,
            disposition,
            created: None,
        };
        (Some(Details::Create(Box::new(details))), Concern::Opening(key))
    }

    /// A write that is here as a whole, or as much of it as there will be.
    fn write(&mut self, now: Timestamp, header: &Header, write: &Write<'_>, sink: &mut dyn Sink) -> Asked {
        let key = self.key(header, write.file);
        self.tell_too_large(now, write.length, sink);
        let place = (write.offset, write.length);
        let piece = self.begin_content(now, (header, key, Side::Client), place, write.bytes, sink);
        self.content(now, &piece, write.bytes, sink);
        let missing = u64::from(write.length) - write.bytes.len() as u64;
        self.content_gap(now, &piece, missing, sink);
        if write.is_last {
            self.close(now, key, true, sink);
        }
        (is_told(header).then_some(Details::Plain), Concern::Nothing)
    }

    pub(super) fn tell_too_large(&self, now: Timestamp, length: u32, sink: &mut dyn Sink) {
        if self.write_bytes_max != 0 && length > self.write_bytes_max {
            sink.anomaly(now, "write_request_too_large", self.last_id());
        }
    }

    fn call(&mut self, now: Timestamp, header: &Header, file: FileId, bytes: &[u8], sink: &mut dyn Sink) -> Asked {
        const PIPE_TRANSCEIVE: u32 = 0x0011_c017;
        let key = self.key(header, file);
        let piece = self.begin_content(now, (header, key, Side::Client), (0, 0), bytes, sink);
        self.content(now, &piece, bytes, sink);
        let is_other = header.version == Version::V2 && self.is_other_pipe(key);
        (is_other.then_some(Details::Control(PIPE_TRANSCEIVE)), Concern::Calling(key))
    }

    fn rename(&self, header: &Header, file: Option<FileId>, from: Option<Vec<u8>>, to: Vec<u8>) -> Details {
        let from = self.name_of(header, file, from);
        Details::Rename(Rename { file, from, to })
    }

    /// The path that a request says, or the name of the file.
    fn name_of(&self, header: &Header, file: Option<FileId>, path: Option<Vec<u8>>) -> Vec<u8> {
        let name = || file.and_then(|file| self.name(self.key(header, file))).map(|name| name.to_vec());
        path.or_else(name).unwrap_or_else(|| b"<unknown>".to_vec())
    }
}

/// Is such a request told by itself? Reading and writing are told as files, questions about files not at all.
fn is_told(header: &Header) -> bool {
    match header.version {
        Version::V1 => !matches!(header.command, smb1::READ_ANDX | smb1::WRITE_ANDX | smb1::TRANS | smb1::TRANS2),
        Version::V2 => !matches!(header.command, smb2::READ | smb2::WRITE | smb2::GET_INFO | smb2::SET_INFO),
    }
}
