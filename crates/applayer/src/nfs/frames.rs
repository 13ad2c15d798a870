//! Messages in pieces.

use super::rpc::opaque;
use crate::frame::tell_frames;
use crate::protocol::Input;
use crate::reader::Reader;
use crate::sink::Sink;

/// A message's number, and whether it is a call.
const HEADER_BYTES: usize = 8;
/// What stands before the credentials of a call.
const BEFORE_CREDENTIALS_BYTES: usize = 24;

/// Tells the pieces of a whole message, before which a mark of so many bytes stands; `version` is that of its call.
pub(super) fn tell(input: Input<'_>, mark_bytes: usize, version: Option<u32>, sink: &mut dyn Sink) {
    let (header, data) = input.bytes.split_at(input.bytes.len().min(mark_bytes + HEADER_BYTES));
    let message = input.bytes.get(mark_bytes..).unwrap_or_default();
    let frames = [("rpc.pdu", input.bytes), ("rpc.hdr", header), ("rpc.data", data)];
    tell_frames(input, None, &frames, sink);
    let is_call = message.get(4..HEADER_BYTES) == Some(&[0; 4]);
    let procedure = if is_call { call(input, message, sink) } else { reply(message) };
    let Some(procedure) = procedure else { return };
    let status = if is_call { &b""[..] } else { procedure.get(..4).unwrap_or_default() };
    let version = version.or_else(|| message.get(16..20).filter(|_| is_call).map(|_| u32::from(message[19])));
    let names = if version == Some(4) { ["nfs4.pdu", "nfs4.status"] } else { ["nfs.pdu", "nfs.status"] };
    tell_frames(input, None, &[(names[0], procedure), (names[1], status)], sink);
}

/// Tells who calls; what is behind that and how it is proved.
fn call<'a>(input: Input<'_>, message: &'a [u8], sink: &mut dyn Sink) -> Option<&'a [u8]> {
    let rest = message.get(BEFORE_CREDENTIALS_BYTES..)?;
    let mut reader = Reader::new(rest);
    reader.u32()?;
    opaque(&mut reader)?;
    let credentials = &rest[..rest.len() - reader.rest().len()];
    tell_frames(input, None, &[("rpc.creds", credentials)], sink);
    reader.u32()?;
    opaque(&mut reader)?;
    Some(reader.rest())
}

/// What is behind the state of a call that was accepted.
fn reply(message: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(message.get(HEADER_BYTES..)?);
    if reader.u32()? != 0 {
        return None;
    }
    reader.u32()?;
    opaque(&mut reader)?;
    reader.u32()?;
    Some(reader.rest())
}
