//! What is kept of a message, with what was said before it.

use super::attribute::Attribute;
use super::message::Message;
use super::payload::Transform;
use super::tell;
use crate::buffer::{Field, item_at};
use crate::hex;
use crate::tree::{Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// What one end has said so far.
#[derive(Clone, Debug, Default)]
pub struct Party {
    /// The public value of its key exchange.
    pub key_exchange: Vec<u8>,
    /// Its number that is used once.
    pub nonce: Vec<u8>,
    /// What it says that it is, each once.
    pub vendors: Vec<Vec<u8>>,
}

/// What both ends have agreed on so far.
#[derive(Clone, Debug, Default)]
pub struct Agreed {
    /// Who has said what: client and server.
    pub parties: [Party; 2],
    /// What the server has chosen in version 1.
    pub chosen: Option<Transform>,
    /// What it has chosen in version 2: cipher, pseudo-random function, integrity, group, sequence numbers.
    pub algorithms: [u16; 5],
    /// The domain in which names of version 1 have a meaning.
    pub domain: Option<u32>,
}

/// A message.
#[derive(Clone, Debug)]
pub struct IkeTransaction {
    /// The message.
    pub message: Message,
    /// What both ends have agreed on up to it.
    pub agreed: Agreed,
    /// Who sent it.
    pub sender: Side,
    pub(super) id: u64,
    pub(super) started: Timestamp,
}

impl IkeTransaction {
    /// What the server has chosen with this message, as kinds of attributes of version 1 and values.
    fn chosen(&self) -> impl Iterator<Item = (u16, u64)> + '_ {
        let is_v1 = self.message.header.version.0 == 1;
        let proposals = self.message.proposals.iter().filter(|_| self.sender == Side::Server);
        let transforms = proposals.flat_map(|proposal| &proposal.transforms);
        transforms.flat_map(move |transform| {
            let kind = match transform.kind {
                1 => Attribute::ENCRYPTION,
                2 => Attribute::PRF,
                3 => Attribute::AUTHENTICATION,
                4 => Attribute::GROUP,
                _ => 0,
            };
            let of_v2 = (!is_v1).then_some((kind, u64::from(transform.id)));
            let attributes = transform.attributes.iter().filter_map(|it| Some((it.kind, it.value?)));
            attributes.chain(of_v2)
        })
    }
}

impl Transaction for IkeTransaction {
    fn table(&self) -> &'static str {
        "ike"
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

    fn tell(&self, tree: &mut dyn Tree) {
        tell::tell(self, tree);
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        let Message { header, key_exchange, nonce, vendors, .. } = &self.message;
        let owned = |text: String| Some(Cow::Owned(text.into_bytes()));
        match field {
            _ if sender != self.sender => None,
            Field::IkeVendor => owned(hex::lower(vendors.get(place)?)),
            _ if place > 0 => None,
            Field::IkeInitiatorSpi => owned(hex::lower(&header.initiator_spi)),
            Field::IkeResponderSpi => owned(hex::lower(&header.responder_spi)),
            Field::IkeKeyExchange if !key_exchange.is_empty() => Some(Cow::Borrowed(key_exchange)),
            Field::IkeNonce if !nonce.is_empty() => Some(Cow::Borrowed(nonce)),
            _ => None,
        }
    }

    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        let Message { header, key_exchange, nonce, .. } = &self.message;
        let once = |number: usize| (place == 0).then_some(number as u64);
        match field {
            _ if sender != self.sender => None,
            Field::IkeExchangeType => once(header.exchange.into()),
            Field::IkeKeyExchangeLength if !key_exchange.is_empty() => once(key_exchange.len()),
            Field::IkeNonceLength if !nonce.is_empty() => once(nonce.len()),
            Field::IkeChosenAttribute => {
                let mut chosen = self.chosen().map(|(kind, value)| u64::from(kind) << 32 | value & 0xffff_ffff);
                item_at(&mut || chosen.next(), place)
            }
            _ => None,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
