//! Messages of all versions.

use crate::der::{Der, Tag, dotted, integer};
use crate::tree::Tree;

/// Variables of one message that are kept.
const VARIABLES_MAX: usize = 128;

/// What a message says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// 1, 2 or 3.
    pub version: u8,
    /// The community, of versions 1 and 2.
    pub community: Option<Vec<u8>>,
    /// The user, of version 3.
    pub user: Option<Vec<u8>>,
    /// Is what it asks encrypted?
    pub is_encrypted: bool,
    /// The kind, by its tag's number.
    pub kind: Option<u8>,
    /// Why a request failed; 0 where it did not.
    pub error: i64,
    /// The variables it is about, as dotted numbers.
    pub variables: Vec<String>,
    /// Of version 1.
    pub trap: Option<Trap>,
    pub(super) has_unknown_security: bool,
}

/// What happened (RFC 1157, section 4.1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trap {
    /// The kind of device, as dotted numbers.
    pub enterprise: String,
    /// Its address.
    pub address: [u8; 4],
    /// What happened, by its number.
    pub kind: i64,
}

const TRAP_V1: u8 = 4;

impl Message {
    /// Reads one; `None` where it is malformed.
    pub(super) fn parse(bytes: &[u8]) -> Option<Message> {
        let mut fields = Der::new(bytes).inner(Tag::SEQUENCE)?;
        let mut message = Message::default();
        match integer(fields.expect(Tag::INTEGER)?)? {
            version @ 0..=1 => {
                message.version = version as u8 + 1;
                message.community = Some(fields.expect(Tag::OCTET_STRING)?.to_vec());
                message.pdu(&mut fields)?;
            }
            3 => message.version3(&mut fields)?,
            _ => return None,
        }
        Some(message)
    }

    /// RFC 3412, section 6, and RFC 3414, section 2.4.
    fn version3(&mut self, fields: &mut Der<'_>) -> Option<()> {
        const ENCRYPTED: u8 = 2;
        const USER_BASED: i64 = 3;
        self.version = 3;
        let mut header = fields.inner(Tag::SEQUENCE)?;
        header.expect(Tag::INTEGER)?;
        header.expect(Tag::INTEGER)?;
        let flags = *header.expect(Tag::OCTET_STRING)?.first()?;
        let model = integer(header.expect(Tag::INTEGER)?)?;
        let security = fields.expect(Tag::OCTET_STRING)?;
        self.has_unknown_security = model != USER_BASED;
        if model == USER_BASED {
            let mut parameters = Der::new(security).inner(Tag::SEQUENCE)?;
            parameters.expect(Tag::OCTET_STRING)?;
            parameters.expect(Tag::INTEGER)?;
            parameters.expect(Tag::INTEGER)?;
            self.user = Some(parameters.expect(Tag::OCTET_STRING)?.to_vec());
        }
        self.is_encrypted = flags & ENCRYPTED != 0;
        if self.is_encrypted {
            return Some(());
        }
        let mut scoped = fields.inner(Tag::SEQUENCE)?;
        scoped.expect(Tag::OCTET_STRING)?;
        scoped.expect(Tag::OCTET_STRING)?;
        self.pdu(&mut scoped)
    }

    fn pdu(&mut self, fields: &mut Der<'_>) -> Option<()> {
        let (tag, body) = fields.any()?;
        let mut fields = Der::new(body);
        let kind = tag.0 & 0x1f;
        self.kind = Some(kind);
        if kind == TRAP_V1 {
            self.trap = Some(trap(&mut fields)?);
        } else {
            fields.expect(Tag::INTEGER)?;
            let error = integer(fields.expect(Tag::INTEGER)?)?;
            fields.expect(Tag::INTEGER)?;
            // Of a bulk request these two say how many are wanted.
            self.error = if kind == 5 { 0 } else { error };
        }
        let variables = fields.inner(Tag::SEQUENCE)?.elements().take(VARIABLES_MAX);
        let name = |(_, bytes)| Der::new(bytes).expect(Tag::OBJECT_IDENTIFIER).map(dotted);
        self.variables = variables.filter_map(name).collect();
        Some(())
    }

    pub(super) fn tell(&self, tree: &mut dyn Tree) {
        tree.number("version", self.version.into());
        if self.is_encrypted {
            return tree.text("pdu_type", b"encrypted");
        }
        if let Some(kind) = self.kind {
            tree.text("pdu_type", kind_name(kind).as_bytes());
        }
        if self.error != 0 {
            tree.text("error", error_name(self.error).as_bytes());
        }
        if let Some(trap) = &self.trap {
            tree.text("trap_type", trap_name(trap.kind).as_bytes());
            tree.text("trap_oid", trap.enterprise.as_bytes());
            tree.text("trap_address", std::net::Ipv4Addr::from(trap.address).to_string().as_bytes());
        }
        if !self.variables.is_empty() {
            tree.open_list("vars");
            self.variables.iter().for_each(|name| tree.text("", name.as_bytes()));
            tree.close_list();
        }
        for (name, value) in [("community", &self.community), ("usm", &self.user)] {
            if let Some(value) = value {
                tree.text(name, value);
            }
        }
    }
}

fn trap(fields: &mut Der<'_>) -> Option<Trap> {
    const IP_ADDRESS: Tag = Tag(0x40);
    const TIME_TICKS: Tag = Tag(0x43);
    let enterprise = dotted(fields.expect(Tag::OBJECT_IDENTIFIER)?);
    let address = *fields.expect(IP_ADDRESS)?.first_chunk()?;
    let kind = integer(fields.expect(Tag::INTEGER)?)?;
    fields.expect(Tag::INTEGER)?;
    fields.expect(TIME_TICKS)?;
    Some(Trap { enterprise, address, kind })
}

fn kind_name(kind: u8) -> String {
    let known = match kind {
        0 => "get_request",
        1 => "get_next_request",
        2 => "response",
        3 => "set_request",
        4 => "trap_v1",
        5 => "get_bulk_request",
        6 => "inform_request",
        7 => "trap_v2",
        8 => "report",
        other => return format!("Unknown(0x{other:x})"),
    };
    known.to_owned()
}

/// RFC 3416, section 3.
fn error_name(error: i64) -> String {
    const NAMES: [&str; 19] = [
        "NoError",
        "TooBig",
        "NoSuchName",
        "BadValue",
        "ReadOnly",
        "GenErr",
        "NoAccess",
        "WrongType",
        "WrongLength",
        "WrongEncoding",
        "WrongValue",
        "NoCreation",
        "InconsistentValue",
        "ResourceUnavailable",
        "CommitFailed",
        "UndoFailed",
        "AuthorizationError",
        "NotWritable",
        "InconsistentName",
    ];
    let known = usize::try_from(error).ok().and_then(|place| NAMES.get(place));
    known.map_or_else(|| error.to_string(), |name| (*name).to_owned())
}

fn trap_name(kind: i64) -> String {
    const NAMES: [&str; 7] = [
        "coldStart",
        "warmStart",
        "linkDown",
        "linkUp",
        "authenticationFailure",
        "egpNeighborLoss",
        "enterpriseSpecific",
    ];
    let known = usize::try_from(kind).ok().and_then(|place| NAMES.get(place));
    known.map_or_else(|| kind.to_string(), |name| (*name).to_owned())
}
