//! Calls and replies of RPC, up to what the program adds (RFC 5531, sections 9 and 11).

use crate::reader::Reader;

/// Who calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// How it is said: 0 not at all, 1 as Unix does, 6 by GSSAPI.
    pub flavor: u32,
    /// The machine's name, of Unix.
    pub machine: Vec<u8>,
    /// The user's number, of Unix.
    pub uid: u32,
    /// The group's number, of Unix.
    pub gid: u32,
    /// User and group as EVE has them: Suricata reads them right behind the name, and takes its padding for a part of them.
    pub(super) in_eve: (u32, u32),
}

pub(super) const UNIX: u32 = 1;

/// A message's header, and what is behind.
#[derive(Debug)]
pub(super) enum Message<'a> {
    Call {
        xid: u32,
        program: u32,
        version: u32,
        procedure: u32,
        credentials: Credentials,
        arguments: Reader<'a>,
    },
    /// Whether the call was accepted, and with which state.
    Reply {
        xid: u32,
        is_accepted: bool,
        state: u32,
        results: Reader<'a>,
    },
}

/// `None` where it is malformed.
pub(super) fn parse(bytes: &[u8]) -> Option<Message<'_>> {
    const CALL: u32 = 0;
    const REPLY: u32 = 1;
    let mut reader = Reader::new(bytes);
    let xid = reader.u32()?;
    match reader.u32()? {
        CALL => {
            let [2, program, version, procedure] = [reader.u32()?, reader.u32()?, reader.u32()?, reader.u32()?] else {
                return None;
            };
            let credentials = credentials(&mut reader)?;
            reader.u32()?;
            opaque(&mut reader)?;
            Some(Message::Call { xid, program, version, procedure, credentials, arguments: reader })
        }
        REPLY => reply(xid, reader),
        _ => None,
    }
}

fn reply(xid: u32, mut reader: Reader<'_>) -> Option<Message<'_>> {
    let is_accepted = reader.u32()? == 0;
    if is_accepted {
        reader.u32()?;
        opaque(&mut reader)?;
    }
    Some(Message::Reply { xid, is_accepted, state: reader.u32()?, results: reader })
}

fn credentials(reader: &mut Reader<'_>) -> Option<Credentials> {
    let flavor = reader.u32()?;
    let mut body = Reader::new(opaque(reader)?);
    if flavor != UNIX {
        return Some(Credentials { flavor, ..Credentials::default() });
    }
    body.skip(4)?;
    let mut unpadded = Reader::new(body.rest());
    let machine = opaque(&mut body)?.to_vec();
    unpadded.skip(4 + machine.len())?;
    let in_eve = (unpadded.u32()?, unpadded.u32()?);
    Some(Credentials { flavor, machine, uid: body.u32()?, gid: body.u32()?, in_eve })
}

/// A length, so many bytes, and zeros up to a multiple of four (RFC 4506, section 4.10).
pub(super) fn opaque<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let length = reader.u32()? as usize;
    let bytes = reader.take(length)?;
    reader.skip(length.wrapping_neg() % 4)?;
    Some(bytes)
}

/// As [`opaque`], of bytes that are too many to be here: their number, and as many as are.
pub(super) fn cut_opaque<'a>(reader: &mut Reader<'a>) -> Option<(u32, &'a [u8])> {
    let length = reader.u32()?;
    let rest = reader.rest();
    Some((length, &rest[..rest.len().min(length as usize)]))
}
