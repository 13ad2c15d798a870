//! What is kept of an answer.

use super::message::{Kind, Message};
use crate::buffer::Field;
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// A ticket that was given, refused, or shown.
#[derive(Clone, Debug)]
pub struct Krb5Transaction {
    /// What the message is.
    pub kind: Kind,
    /// The request it answers, if it was seen.
    pub request: Option<Kind>,
    /// Of an error: why.
    pub error_code: Option<i64>,
    /// Who asks, in parts.
    pub client: Option<Vec<Vec<u8>>>,
    /// In which realm.
    pub realm: Option<Vec<u8>>,
    /// For which service, in parts.
    pub service: Option<Vec<Vec<u8>>>,
    /// How the answer is encrypted.
    pub encryption: Option<i64>,
    /// How the ticket is encrypted.
    pub ticket_encryption: Option<i64>,
    id: u64,
    started: Timestamp,
    ended: Timestamp,
    sender: Side,
}

impl Krb5Transaction {
    pub(super) fn new(
        id: u64,
        sender: Side,
        message: Message,
        request: Option<(Kind, Timestamp)>,
        now: Timestamp,
    ) -> Self {
        let Message { kind, client, realm, service, encryption, ticket_encryption, error_code } = message;
        let (request, started) = request.map_or((None, now), |(request, asked)| (Some(request), asked));
        Krb5Transaction {
            kind,
            request,
            error_code,
            client,
            realm,
            service,
            encryption,
            ticket_encryption,
            id,
            started,
            ended: now,
            sender,
        }
    }

    fn tell_error(&self, tree: &mut dyn Tree) {
        let Some(code) = self.error_code else { return };
        tree.text("failed_request", self.request.map_or("UNKNOWN", Kind::name).as_bytes());
        match error_name(code) {
            Some(name) => tree.text("error_code", name.as_bytes()),
            None => tree.text("error_code", code.to_string().as_bytes()),
        }
    }
}

/// A name's parts, with slashes between them.
fn joined(parts: Option<&Vec<Vec<u8>>>) -> Vec<u8> {
    parts.map_or_else(|| b"<empty>".to_vec(), |parts| parts.join(&b'/'))
}

impl Transaction for Krb5Transaction {
    fn table(&self) -> &'static str {
        "krb5"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn sender(&self) -> Side {
        self.sender
    }

    /// A request is a part of its answer's row.
    fn is_in_tables(&self) -> bool {
        !matches!(self.kind, Kind::AsRequest | Kind::TgsRequest)
    }

    fn tell(&self, tree: &mut dyn Tree) {
        tree.text("msg_type", self.kind.name().as_bytes());
        self.tell_error(tree);
        tree.text("cname", &joined(self.client.as_ref()));
        tree.text("realm", self.realm.as_deref().unwrap_or(b"<empty>"));
        tree.text("sname", &joined(self.service.as_ref()));
        let encryption = self.encryption.map_or_else(|| "<none>".to_owned(), encryption_name);
        tree.text("encryption", encryption.as_bytes());
        tree.boolean("weak_encryption", self.encryption.is_some_and(is_weak));
        if let Some(encryption) = self.ticket_encryption {
            tree.text("ticket_encryption", encryption_name(encryption).as_bytes());
            tree.boolean("ticket_weak_encryption", is_weak(encryption));
        }
        if tree.wants(Extra::Own) && self.request.is_some() {
            tree.open_object("timing");
            tree.signed("response_ns", self.ended.since_ns(self.started));
            tree.close_object();
        }
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        // Names are looked at in what the server says.
        if sender != self.sender || matches!(self.kind, Kind::AsRequest | Kind::TgsRequest) {
            return None;
        }
        let parts = match field {
            Field::Krb5ClientName => self.client.as_ref(),
            Field::Krb5ServiceName => self.service.as_ref(),
            _ => None,
        };
        parts?.get(place).map(|part| Cow::Borrowed(&part[..]))
    }

    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        if sender != self.sender || place > 0 {
            return None;
        }
        match field {
            Field::Krb5MessageType => Some(self.kind.number().into()),
            // Below 0 as two's complement.
            Field::Krb5ErrorCode => self.error_code.map(i64::cast_unsigned),
            Field::Krb5TicketEncryption | Field::Krb5WeakEncryption => self.ticket_encryption.map(i64::cast_unsigned),
            _ => None,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Encryptions that are not weak: AES and Camellia (RFC 6649, RFC 8429).
pub const STRONG_ENCRYPTIONS: &[u64] = &[17, 18, 19, 20, 25, 26];

/// Registry "Kerberos Encryption Type Numbers".
pub const ENCRYPTIONS: &[(&str, u64)] = &[
    ("des-cbc-crc", 1),
    ("des-cbc-md4", 2),
    ("des-cbc-md5", 3),
    ("des3-cbc-md5", 5),
    ("des3-cbc-sha1", 7),
    ("des3-cbc-sha1-kd", 16),
    ("aes128-cts-hmac-sha1-96", 17),
    ("aes256-cts-hmac-sha1-96", 18),
    ("aes128-cts-hmac-sha256-128", 19),
    ("aes256-cts-hmac-sha384-192", 20),
    ("rc4-hmac", 23),
    ("rc4-hmac-exp", 24),
    ("camellia128-cts-cmac", 25),
    ("camellia256-cts-cmac", 26),
];

/// Is this no encryption that still holds?
pub(super) fn is_weak(encryption: i64) -> bool {
    !STRONG_ENCRYPTIONS.contains(&encryption.cast_unsigned())
}

fn encryption_name(encryption: i64) -> String {
    match ENCRYPTIONS.iter().find(|(_, known)| *known == encryption.cast_unsigned()) {
        Some((name, _)) => (*name).to_owned(),
        None => encryption.to_string(),
    }
}

/// Section 7.5.9.
fn error_name(code: i64) -> Option<&'static str> {
    Some(match code {
        0 => "KDC_ERR_NONE",
        1 => "KDC_ERR_NAME_EXP",
        2 => "KDC_ERR_SERVICE_EXP",
        3 => "KDC_ERR_BAD_PVNO",
        6 => "KDC_ERR_C_PRINCIPAL_UNKNOWN",
        7 => "KDC_ERR_S_PRINCIPAL_UNKNOWN",
        8 => "KDC_ERR_PRINCIPAL_NOT_UNIQUE",
        9 => "KDC_ERR_NULL_KEY",
        11 => "KDC_ERR_NEVER_VALID",
        12 => "KDC_ERR_POLICY",
        13 => "KDC_ERR_BADOPTION",
        14 => "KDC_ERR_ETYPE_NOSUPP",
        15 => "KDC_ERR_SUMTYPE_NOSUPP",
        16 => "KDC_ERR_PADATA_TYPE_NOSUPP",
        18 => "KDC_ERR_CLIENT_REVOKED",
        20 => "KDC_ERR_TGT_REVOKED",
        23 => "KDC_ERR_KEY_EXPIRED",
        24 => "KDC_ERR_PREAUTH_FAILED",
        25 => "KDC_ERR_PREAUTH_REQUIRED",
        26 => "KDC_ERR_SERVER_NOMATCH",
        28 => "KDC_ERR_PATH_NOT_ACCEPTED",
        29 => "KDC_ERR_SVC_UNAVAILABLE",
        31 => "KRB_AP_ERR_BAD_INTEGRITY",
        32 => "KRB_AP_ERR_TKT_EXPIRED",
        33 => "KRB_AP_ERR_TKT_NYV",
        34 => "KRB_AP_ERR_REPEAT",
        35 => "KRB_AP_ERR_NOT_US",
        36 => "KRB_AP_ERR_BADMATCH",
        37 => "KRB_AP_ERR_SKEW",
        38 => "KRB_AP_ERR_BADADDR",
        40 => "KRB_AP_ERR_MSG_TYPE",
        41 => "KRB_AP_ERR_MODIFIED",
        44 => "KRB_AP_ERR_BADKEYVER",
        45 => "KRB_AP_ERR_NOKEY",
        46 => "KRB_AP_ERR_MUT_FAIL",
        52 => "KRB_ERR_RESPONSE_TOO_BIG",
        60 => "KRB_ERR_GENERIC",
        68 => "KDC_ERR_WRONG_REALM",
        _ => return None,
    })
}
