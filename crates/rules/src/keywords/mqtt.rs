//! MQTT.

use super::{Keyword, Words, flags, number, sticky, word, words};
use crate::draft::Origin;
use applayer::Field;

const fn mqtt(field: Field) -> Origin {
    Origin::field(field, &["mqtt"])
}

pub(super) const KEYWORDS: &[Keyword] = &[
    words(&["mqtt.type"], mqtt(Field::MqttType), (TYPES, u8::MAX as u64), "the type of a packet"),
    flags(&["mqtt.flags"], mqtt(Field::MqttFlags), FLAGS, "the flags of a packet"),
    word(&["mqtt.qos"], mqtt(Field::MqttQos), (&[], 2), "how surely a packet is to arrive"),
    number(
        &["mqtt.protocol_version"],
        mqtt(Field::MqttProtocolVersion),
        u8::MAX as u64,
        "the version of the connection",
    ),
    number(
        &["mqtt.reason_code", "mqtt.connack.return_code"],
        mqtt(Field::MqttReasonCode),
        u8::MAX as u64,
        "what an answer says of success",
    ),
    flags(
        &["mqtt.connect.flags"],
        mqtt(Field::MqttConnectFlags),
        CONNECT_FLAGS,
        "the flags of a client's first packet",
    ),
    word(
        &["mqtt.connack.session_present"],
        mqtt(Field::MqttSessionPresent),
        (&[], 1),
        "does the server know the client's session?",
    ),
    sticky(&["mqtt.connect.clientid"], mqtt(Field::MqttConnectClientId).of_client(), "the client's name"),
    sticky(&["mqtt.connect.username"], mqtt(Field::MqttConnectUsername).of_client(), "the user"),
    sticky(&["mqtt.connect.password"], mqtt(Field::MqttConnectPassword).of_client(), "the password"),
    sticky(&["mqtt.connect.willtopic"], mqtt(Field::MqttConnectWillTopic).of_client(), "the topic of the will"),
    sticky(&["mqtt.connect.willmessage"], mqtt(Field::MqttConnectWillMessage).of_client(), "the message of the will"),
    sticky(&["mqtt.connect.protocol_string"], mqtt(Field::MqttConnectProtocol).of_client(), "the name of the protocol"),
    sticky(&["mqtt.publish.topic"], mqtt(Field::MqttPublishTopic), "the topic"),
    sticky(&["mqtt.publish.message"], mqtt(Field::MqttPublishMessage), "the message"),
    sticky(&["mqtt.subscribe.topic"], mqtt(Field::MqttSubscribeTopic).of_client().many(), "each topic"),
    sticky(&["mqtt.unsubscribe.topic"], mqtt(Field::MqttUnsubscribeTopic).of_client().many(), "each topic"),
];

/// Version 5.0, section 2.1.2.
const TYPES: Words = &[
    ("unassigned", 0),
    ("connect", 1),
    ("connack", 2),
    ("publish", 3),
    ("puback", 4),
    ("pubrec", 5),
    ("pubrel", 6),
    ("pubcomp", 7),
    ("subscribe", 8),
    ("suback", 9),
    ("unsubscribe", 10),
    ("unsuback", 11),
    ("pingreq", 12),
    ("pingresp", 13),
    ("disconnect", 14),
    ("auth", 15),
];

/// Section 3.3.1.
const FLAGS: Words = &[("dup", 8), ("retain", 1)];

/// Section 3.1.2.3.
const CONNECT_FLAGS: Words =
    &[("username", 0x80), ("password", 0x40), ("will_retain", 0x20), ("will", 0x04), ("clean_session", 0x02)];
