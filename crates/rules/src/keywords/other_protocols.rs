//! Other protocols. What Fathom does not see of them is read, and the rule kept.

use super::{Keyword, number, other, sticky};
use crate::draft::{Draft, Origin, Outcome};
use crate::language::Setting;
use applayer::Field;

const DHCP: &[&str] = &["dhcp"];
const WEBSOCKET: &[&str] = &["websocket"];
const RFB: Origin = Origin::unseen(&["rfb"]);
const MQTT: Origin = Origin::unseen(&["mqtt"]);
const SNMP: Origin = Origin::unseen(&["snmp"]);
const IKE: Origin = Origin::unseen(&["ike"]);
const KRB5: Origin = Origin::unseen(&["krb5"]);
const LDAP: Origin = Origin::unseen(&["ldap"]);
const ENIP: Origin = Origin::unseen(&["enip"]);
const PGSQL: Origin = Origin::unseen(&["pgsql"]);
const TEMPLATE: Origin = Origin::unseen(&["template"]);

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
    Keyword {
        names: &["websocket.opcode"],
        doc: "what a frame is",
        meaning: super::Meaning::Words(Origin::field(Field::WebsocketOpcode, WEBSOCKET), WEBSOCKET_OPCODES),
    },
    number(&["websocket.mask"], Origin::field(Field::WebsocketMask, WEBSOCKET), u32::MAX as u64, "the mask of a frame"),
    other(&["websocket.flags"], |draft, setting| later(draft, setting, WEBSOCKET), "the flags of a frame"),
    sticky(&["rfb.name"], RFB.of_server(), "the name of the desktop"),
    other(
        &["rfb.secresult", "rfb.sectype"],
        |draft, setting| later(draft, setting, RFB.applications),
        "security of RFB",
    ),
    sticky(&["mqtt.connect.clientid"], MQTT.of_client(), "the client's name"),
    sticky(&["mqtt.connect.username"], MQTT.of_client(), "the user"),
    sticky(&["mqtt.connect.password"], MQTT.of_client(), "the password"),
    sticky(&["mqtt.connect.willtopic"], MQTT.of_client(), "the topic of the will"),
    sticky(&["mqtt.connect.willmessage"], MQTT.of_client(), "the message of the will"),
    sticky(&["mqtt.connect.protocol_string"], MQTT.of_client(), "the name of the protocol"),
    sticky(&["mqtt.publish.topic"], MQTT, "the topic"),
    sticky(&["mqtt.publish.message"], MQTT, "the message"),
    sticky(&["mqtt.subscribe.topic"], MQTT.of_client().many(), "each topic"),
    sticky(&["mqtt.unsubscribe.topic"], MQTT.of_client().many(), "each topic"),
    other(
        &[
            "mqtt.type",
            "mqtt.flags",
            "mqtt.qos",
            "mqtt.protocol_version",
            "mqtt.reason_code",
            "mqtt.connect.flags",
            "mqtt.connack.session_present",
            "mqtt.connack.return_code",
        ],
        |draft, setting| later(draft, setting, MQTT.applications),
        "numbers and flags of MQTT",
    ),
    sticky(&["snmp.community"], SNMP, "the community"),
    sticky(&["snmp.usm"], SNMP, "the user of version 3"),
    other(
        &["snmp.version", "snmp.pdu_type"],
        |draft, setting| later(draft, setting, SNMP.applications),
        "numbers of SNMP",
    ),
    sticky(&["ike.init_spi"], IKE, "the index of the initiator"),
    sticky(&["ike.resp_spi"], IKE, "the index of the responder"),
    sticky(&["ike.vendor"], IKE.many(), "each vendor"),
    sticky(&["ike.key_exchange_payload"], IKE, "the key exchange"),
    sticky(&["ike.nonce_payload"], IKE, "the nonce"),
    other(
        &["ike.exchtype", "ike.chosen_sa_attribute", "ike.key_exchange_payload_length", "ike.nonce_payload_length"],
        |draft, setting| later(draft, setting, IKE.applications),
        "numbers of IKE",
    ),
    sticky(&["krb5.cname", "krb5_cname"], KRB5.many(), "each name of the client"),
    sticky(&["krb5.sname", "krb5_sname"], KRB5.many(), "each name of the service"),
    other(
        &["krb5_msg_type", "krb5_err_code", "krb5.ticket_encryption", "krb5.weak_encryption"],
        |draft, setting| later(draft, setting, KRB5.applications),
        "numbers of Kerberos",
    ),
    sticky(&["ldap.request.dn"], LDAP.of_client(), "the name that is asked for"),
    sticky(&["ldap.responses.dn"], LDAP.of_server().many(), "each name that is answered"),
    sticky(&["ldap.responses.message"], LDAP.of_server().many(), "each message of an error"),
    sticky(&["ldap.request.attribute_type"], LDAP.of_client().many(), "each attribute that is asked for"),
    sticky(&["ldap.responses.attribute_type"], LDAP.of_server().many(), "each attribute that is answered"),
    other(
        &["ldap.request.operation", "ldap.responses.operation", "ldap.responses.count", "ldap.responses.result_code"],
        |draft, setting| later(draft, setting, LDAP.applications),
        "numbers of LDAP",
    ),
    sticky(&["enip.product_name"], ENIP, "the product"),
    sticky(&["enip.service_name"], ENIP, "the service"),
    other(
        &[
            "enip_command",
            "cip_service",
            "enip.command",
            "enip.cip_attribute",
            "enip.cip_class",
            "enip.cip_extendedstatus",
            "enip.cip_instance",
            "enip.cip_status",
            "enip.capabilities",
            "enip.device_type",
            "enip.identity_status",
            "enip.product_code",
            "enip.protocol_version",
            "enip.revision",
            "enip.serial",
            "enip.state",
            "enip.status",
            "enip.vendor_id",
        ],
        |draft, setting| later(draft, setting, ENIP.applications),
        "numbers of EtherNet/IP",
    ),
    other(&["modbus"], |draft, setting| later(draft, setting, &["modbus"]), "functions and values of Modbus"),
    other(
        &["dnp3_func", "dnp3_ind", "dnp3_obj"],
        |draft, setting| later(draft, setting, &["dnp3"]),
        "functions and objects of DNP3",
    ),
    sticky(&["dnp3.data", "dnp3_data"], Origin::unseen(&["dnp3"]), "the data of DNP3"),
    other(&["nfs_procedure", "nfs_version"], |draft, setting| later(draft, setting, &["nfs"]), "numbers of NFS"),
    sticky(&["pgsql.query"], PGSQL.of_client(), "the query"),
    sticky(&["template.buffer"], TEMPLATE, "the message"),
    sticky(&["tftp.file"], Origin::unseen(&["tftp"]), "the file"),
    other(&["cipservice"], |draft, setting| later(draft, setting, ENIP.applications), "the service of CIP"),
];

/// RFC 6455, section 5.2.
const WEBSOCKET_OPCODES: &[(&str, u64)] = &[
    ("continuation", 0),
    ("text", 1),
    ("binary", 2),
    ("connection_close", 8),
    ("close", 8),
    ("ping", 9),
    ("pong", 10),
];

/// What Fathom does not see yet: it has a value, and is of this protocol.
fn later(draft: &mut Draft<'_>, setting: Setting<'_>, applications: &'static [&'static str]) -> Outcome {
    if !setting.name.is("krb5.weak_encryption") {
        setting.needed()?;
    }
    draft.need_application(Origin::unseen(applications), setting)
}
