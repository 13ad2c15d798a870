//! Other protocols. What Fathom does not see of them is read, and the rule kept.

use super::numbers;
use super::{Keyword, Words, flags, number, other, sticky, words};
use crate::draft::{Draft, Origin, Outcome};
use crate::language::Setting;
use applayer::Field;

const DHCP: &[&str] = &["dhcp"];
const WEBSOCKET: &[&str] = &["websocket"];
const TEMPLATE: Origin = Origin::unseen(&["template"]);

const fn rfb(field: Field) -> Origin {
    Origin::field(field, &["rfb"])
}

const fn ntp(field: Field) -> Origin {
    Origin::field(field, &["ntp"])
}

const fn snmp(field: Field) -> Origin {
    Origin::field(field, &["snmp"])
}

/// What is called: the client says it.
const fn nfs(field: Field) -> Origin {
    Origin::field(field, &["nfs"]).of_client()
}

pub(super) const KEYWORDS: &[Keyword] = &[
    number(
        &["dhcp.leasetime"],
        Origin::field(Field::DhcpLeaseTime, DHCP),
        u64::MAX,
        "seconds that an address is lent for",
    ),
    number(
        &["dhcp.rebinding_time"],
        Origin::field(Field::DhcpRebindingTime, DHCP),
        u64::MAX,
        "seconds until it is asked of anyone",
    ),
    number(
        &["dhcp.renewal_time"],
        Origin::field(Field::DhcpRenewalTime, DHCP),
        u64::MAX,
        "seconds until it is asked for again",
    ),
    sticky(&["websocket.payload"], Origin::field(Field::WebsocketPayload, WEBSOCKET), "the payload of a frame"),
    words(
        &["websocket.opcode"],
        Origin::field(Field::WebsocketOpcode, WEBSOCKET),
        (WEBSOCKET_OPCODES, u8::MAX as u64),
        "what a frame is",
    ),
    number(&["websocket.mask"], Origin::field(Field::WebsocketMask, WEBSOCKET), u32::MAX as u64, "the mask of a frame"),
    flags(
        &["websocket.flags"],
        Origin::field(Field::WebsocketFlags, WEBSOCKET),
        WEBSOCKET_FLAGS,
        "the flags of a frame",
    ),
    sticky(&["rfb.name"], rfb(Field::RfbName).of_server(), "the name of the desktop"),
    words(
        &["rfb.sectype"],
        rfb(Field::RfbSecurityType).of_client(),
        (&[], u32::MAX as u64),
        "how the client proves who it is",
    ),
    words(
        &["rfb.secresult"],
        rfb(Field::RfbSecurityResult).of_server(),
        (RFB_RESULTS, u32::MAX as u64),
        "did it succeed?",
    ),
    sticky(&["snmp.community"], snmp(Field::SnmpCommunity), "the community"),
    sticky(&["snmp.usm"], snmp(Field::SnmpUser), "the user of version 3"),
    number(&["snmp.trap_type"], snmp(Field::SnmpTrapType), u8::MAX as u64, "what a trap tells"),
    number(&["ntp.version"], ntp(Field::NtpVersion), u8::MAX as u64, "the version of NTP"),
    words(&["ntp.mode"], ntp(Field::NtpMode), (NTP_MODES, u8::MAX as u64), "who speaks to whom"),
    number(&["ntp.stratum"], ntp(Field::NtpStratum), u8::MAX as u64, "how far the clock is from its reference"),
    sticky(&["ntp.reference_id"], ntp(Field::NtpReferenceId), "the reference of the clock, as bytes"),
    number(&["snmp.version"], snmp(Field::SnmpVersion), u32::MAX as u64, "the version"),
    number(&["snmp.pdu_type"], snmp(Field::SnmpPduType), u32::MAX as u64, "what is asked"),
    other(
        &["nfs_procedure"],
        |draft, setting| of_nfs(draft, setting, Field::NfsProcedure),
        "the number of the procedure",
    ),
    other(&["nfs.version", "nfs_version"], |draft, setting| of_nfs(draft, setting, Field::NfsVersion), "the version"),
    sticky(&["pgsql.query"], Origin::field(Field::PgsqlQuery, &["pgsql"]).of_client(), "the query"),
    sticky(&["template.buffer"], TEMPLATE, "the message"),
    sticky(&["tftp.file"], Origin::field(Field::TftpFile, &["tftp"]).of_client(), "the file"),
];

/// RFC 6455, section 5.2.
const WEBSOCKET_OPCODES: Words =
    &[("continuation", 0), ("text", 1), ("binary", 2), ("close", 8), ("ping", 9), ("pong", 10)];

/// Section 5.2; a compressed message has the first reserved bit (RFC 7692, section 6).
const WEBSOCKET_FLAGS: Words = &[("fin", 0x80), ("comp", 0x40)];

/// RFC 5905, section 7.3.
const NTP_MODES: Words = &[
    ("reserved", 0),
    ("symmetric_active", 1),
    ("symmetric_passive", 2),
    ("client", 3),
    ("server", 4),
    ("broadcast", 5),
    ("control", 6),
    ("private", 7),
];

/// RFC 6143, section 7.1.3.
const RFB_RESULTS: Words = &[("ok", 0), ("fail", 1), ("unknown", 3)];

/// Here the ends of a range belong to it.
fn of_nfs(draft: &mut Draft<'_>, setting: Setting<'_>, field: Field) -> Outcome {
    let test = numbers::inclusive(setting.needed()?, u32::MAX.into())?;
    draft.push_number(nfs(field), test, setting)
}
