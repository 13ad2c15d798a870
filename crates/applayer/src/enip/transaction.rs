//! What is kept of a request and its response.

use super::cip::{Cip, SegmentKind};
use super::message::{Identity, Item, Message, Service};
use super::tell;
use crate::buffer::Field;
use crate::tree::{Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// A request and its response.
#[derive(Clone, Debug)]
pub struct EnipTransaction {
    /// What was asked; nothing where a message came unasked.
    pub request: Option<Message>,
    /// What was answered, if anything was.
    pub response: Option<Message>,
    pub(super) id: u64,
    pub(super) started: Timestamp,
}

impl Message {
    fn identities(&self) -> impl Iterator<Item = &Identity> {
        self.items.iter().filter_map(|item| if let Item::Identity(identity) = item { Some(identity) } else { None })
    }

    fn services(&self) -> impl Iterator<Item = &Service> {
        self.items.iter().filter_map(|item| if let Item::Service(service) = item { Some(service) } else { None })
    }

    /// Numbers of all services of CIP that it carries.
    fn of_cip<'a, I: Iterator<Item = u64>>(&'a self, numbers: impl Fn(&'a Cip) -> I, place: usize) -> Option<u64> {
        let mut found = Vec::new();
        self.each_cip(&mut |cip| found.extend(numbers(cip)));
        found.get(place).copied()
    }

    fn number(&self, field: Field, place: usize) -> Option<u64> {
        let of_kind = |kind| self.of_cip(|cip| cip.of_kind(kind).map(u64::from), place);
        match field {
            Field::EnipCommand if place == 0 => Some(self.command.into()),
            Field::EnipStatus if place == 0 => Some(self.status.into()),
            Field::EnipProtocolVersion => self.versions().nth(place).map(u64::from),
            Field::EnipCapabilities => self.services().nth(place).map(|service| service.capabilities.into()),
            Field::CipService => self.of_cip(|cip| std::iter::once(cip.service.into()), place),
            Field::CipServiceClass => self.of_cip(service_and_class, place),
            Field::CipServiceAttribute => self.of_cip(service_and_attribute, place),
            Field::EnipCipClass => of_kind(SegmentKind::Class),
            Field::EnipCipInstance => of_kind(SegmentKind::Instance),
            Field::EnipCipAttribute => self.of_cip(|cip| cip.attributes().map(u64::from), place),
            Field::EnipCipStatus => {
                self.of_cip(|cip| cip.is_response.then_some(u64::from(cip.status)).into_iter(), place)
            }
            Field::EnipCipExtendedStatus => {
                self.of_cip(|cip| cip.extended_status.iter().map(|status| u64::from(*status)), place)
            }
            _ => of_identity(self.identities().nth(place)?, field),
        }
    }

    fn versions(&self) -> impl Iterator<Item = u16> {
        let of_registration = self.registration.map(|(version, _)| version).into_iter();
        let of_identities = self.identities().map(|identity| identity.protocol_version);
        of_registration.chain(of_identities).chain(self.services().map(|service| service.protocol_version))
    }
}

fn of_identity(identity: &Identity, field: Field) -> Option<u64> {
    match field {
        Field::EnipRevision => Some(u64::from(identity.revision.0) << 8 | u64::from(identity.revision.1)),
        Field::EnipIdentityStatus => Some(identity.status.into()),
        Field::EnipState => Some(identity.state.into()),
        Field::EnipSerial => Some(identity.serial.into()),
        Field::EnipProductCode => Some(identity.product_code.into()),
        Field::EnipDeviceType => Some(identity.device_type.into()),
        Field::EnipVendor => Some(identity.vendor.into()),
        _ => None,
    }
}

/// A service and a class of its path, as one number.
fn service_and_class(cip: &Cip) -> impl Iterator<Item = u64> + '_ {
    cip.of_kind(SegmentKind::Class).map(|class| u64::from(cip.service) << 32 | u64::from(class))
}

/// A service, the class and an attribute, as one number.
fn service_and_attribute(cip: &Cip) -> impl Iterator<Item = u64> + '_ {
    let class = cip.of_kind(SegmentKind::Class).next();
    let both = class.into_iter().flat_map(|class| cip.attributes().map(move |attribute| (class, attribute)));
    both.map(|(class, attribute)| u64::from(cip.service) << 48 | u64::from(class & 0xffff) << 32 | u64::from(attribute))
}

impl EnipTransaction {
    fn of(&self, sender: Side) -> Option<&Message> {
        match sender {
            Side::Client => self.request.as_ref(),
            Side::Server => self.response.as_ref(),
        }
    }
}

impl Transaction for EnipTransaction {
    fn table(&self) -> &'static str {
        "enip"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn tell(&self, tree: &mut dyn Tree) {
        for (name, side) in [("request", Side::Client), ("response", Side::Server)] {
            if let Some(message) = self.of(side) {
                tree.open_object(name);
                tell::tell(message, side, tree);
                tree.close_object();
            }
        }
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        let message = self.of(sender)?;
        match field {
            Field::EnipProductName => message.identities().nth(place).map(|it| Cow::Borrowed(&it.product_name[..])),
            Field::EnipServiceName => message.services().nth(place).map(|service| Cow::Borrowed(&service.name[..])),
            _ => None,
        }
    }

    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        self.of(sender)?.number(field, place)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
