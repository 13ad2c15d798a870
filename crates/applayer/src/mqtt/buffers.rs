//! Packets as rules look into them: each rule sees all packets of a transaction together.

use super::packet::{self, Connect, Packet, Payload};
use super::transaction::MqttTransaction;
use crate::buffer::{Field, item_at};

impl MqttTransaction {
    pub(super) fn bytes_of(&self, field: Field, place: usize) -> Option<&[u8]> {
        let mut found = self.packets.iter().flat_map(|packet| packet.bytes_of(field));
        item_at(&mut || found.next(), place)
    }

    pub(super) fn number_of(&self, field: Field, place: usize) -> Option<u64> {
        if field == Field::MqttProtocolVersion {
            return (place == 0 && self.version > 0).then_some(self.version.into());
        }
        let mut found = self.packets.iter().flat_map(|packet| packet.numbers_of(field));
        item_at(&mut || found.next(), place)
    }
}

impl Packet {
    fn bytes_of(&self, field: Field) -> Vec<&[u8]> {
        match (&self.payload, field) {
            (Payload::Connect(connect), _) => connect.bytes_of(field).into_iter().collect(),
            (Payload::Publish(topic, ..), Field::MqttPublishTopic) => vec![topic],
            (Payload::Publish(_, _, _, message), Field::MqttPublishMessage) => vec![message],
            (Payload::Subscribe(_, topics, _), Field::MqttSubscribeTopic) => {
                topics.iter().map(|(topic, _)| &topic[..]).collect()
            }
            (Payload::Unsubscribe(_, topics, _), Field::MqttUnsubscribeTopic) => {
                topics.iter().map(|topic| &topic[..]).collect()
            }
            _ => Vec::new(),
        }
    }

    fn numbers_of(&self, field: Field) -> Vec<u64> {
        match field {
            Field::MqttType => vec![packet::kind(&self.payload).into()],
            Field::MqttQos => vec![self.qos.into()],
            Field::MqttFlags => {
                vec![u64::from(self.is_duplicate) << 3 | u64::from(self.qos) << 1 | u64::from(self.is_retained)]
            }
            Field::MqttReasonCode => self.reasons(),
            _ => match (&self.payload, field) {
                (Payload::Connect(connect), Field::MqttConnectFlags) => vec![connect.flags.into()],
                (Payload::ConnAck(has_session, ..), Field::MqttSessionPresent) => vec![(*has_session).into()],
                _ => Vec::new(),
            },
        }
    }

    fn reasons(&self) -> Vec<u64> {
        match &self.payload {
            Payload::ConnAck(_, code, _) => vec![(*code).into()],
            Payload::Granted(_, _, codes, _) => codes.iter().map(|code| (*code).into()).collect(),
            Payload::Acknowledge(_, _, reason, _) | Payload::Plain(_, reason, _) => {
                reason.iter().map(|reason| (*reason).into()).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Connect {
    fn bytes_of(&self, field: Field) -> Option<&[u8]> {
        let will = self.will.as_ref();
        match field {
            Field::MqttConnectClientId => Some(&self.client_id),
            Field::MqttConnectProtocol => Some(&self.protocol),
            Field::MqttConnectUsername => self.username.as_deref(),
            Field::MqttConnectPassword => self.password.as_deref(),
            Field::MqttConnectWillTopic => will.map(|will| &will.topic[..]),
            Field::MqttConnectWillMessage => will.map(|will| &will.message[..]),
            _ => None,
        }
    }
}
