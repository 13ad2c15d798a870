//! A call as rules look into it.

use super::call::{Call, Interface};
use crate::buffer::Field;
use model::packet::Side;
use std::borrow::Cow;

impl Call {
    /// Parameters, results, and the interface that is called.
    pub(crate) fn bytes_of(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        match (field, sender, place) {
            (Field::DcerpcStubData, _, 0) => {
                let stub = if sender == Side::Client { &self.parameters } else { &self.results };
                (!stub.head.is_empty()).then_some(Cow::Borrowed(&stub.head[..]))
            }
            // What is called is asked of both sides.
            (Field::DcerpcInterface, _, 0) => {
                self.called().map(|interface| interface.uuid.to_string().into_bytes().into())
            }
            _ => None,
        }
    }

    /// The operation, and the version of its interface.
    pub(crate) fn number_of(&self, field: Field, place: usize) -> Option<u64> {
        match (field, place) {
            (Field::DcerpcOpnum, 0) if self.is_request() => Some(self.opnum.into()),
            (Field::DcerpcInterfaceVersion, 0) => self.called().map(|interface| interface.major.into()),
            _ => None,
        }
    }

    /// The interface whose operation is called, if the server has accepted it.
    fn called(&self) -> Option<&Interface> {
        let is_accepted = |interface: &&Interface| interface.answer.is_none_or(|(result, _)| result == 0);
        self.interfaces.first().filter(|_| self.is_request()).filter(is_accepted)
    }
}
