//! A message as rules look into it.

use super::data::push_text;
use super::message::{Record, Section};
use super::registry::record_type as t;
use super::transaction::DnsTransaction;
use crate::buffer::Field;
use model::packet::Side;
use std::borrow::Cow;

/// Is the data of this type a name, with or without a number before it?
fn is_name(record_type: u16) -> bool {
    matches!(record_type, t::NS | t::CNAME | t::PTR | t::MX)
}

impl DnsTransaction {
    pub(super) fn bytes_of(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        if sender != self.sender {
            return None;
        }
        let is_response = self.message.header().is_response();
        match field {
            Field::DnsQuery if is_response => None,
            Field::DnsQuery | Field::DnsQueriesName => self.name_in(&[Section::Questions], place),
            Field::DnsAnswerName | Field::DnsAnswersName => self.name_in(&[Section::Answers], place),
            Field::DnsAuthoritiesName => self.name_in(&[Section::Authorities], place),
            Field::DnsAdditionalsName => self.name_in(&[Section::Additionals], place),
            Field::DnsResponseName if is_response => self.response_name(place),
            _ => None,
        }
    }

    /// Every name of a response, then the names that its data are.
    fn response_name(&self, place: usize) -> Option<Cow<'_, [u8]>> {
        const ALL: [Section; 4] = [Section::Questions, Section::Answers, Section::Authorities, Section::Additionals];
        let names: usize = ALL.iter().map(|section| self.message.section(*section).len()).sum();
        let Some(place) = place.checked_sub(names) else { return self.name_in(&ALL, place) };
        let mut records = ALL[1..].iter().flat_map(|section| self.message.section(*section));
        let record = records.by_ref().filter(|record| is_name(record.record_type)).nth(place)?;
        let mut name = Vec::new();
        push_text(&self.message, record, &mut name);
        Some(Cow::Owned(name))
    }

    fn name_in(&self, sections: &[Section], place: usize) -> Option<Cow<'_, [u8]>> {
        let record: &Record = sections.iter().flat_map(|section| self.message.section(*section)).nth(place)?;
        let mut name = Vec::new();
        self.message.push_name(record, &mut name);
        Some(Cow::Owned(name))
    }

    pub(super) fn number_of(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        if sender != self.sender {
            return None;
        }
        let header = self.message.header();
        match (field, place) {
            (Field::DnsOpcode, 0) => Some(header.opcode().into()),
            (Field::DnsRcode, 0) => Some(header.rcode().into()),
            (Field::DnsRrtype, place) => {
                // What is asked for, and of a response what is answered.
                let section = if header.is_response() { Section::Answers } else { Section::Questions };
                self.message.section(section).get(place).map(|record| record.record_type.into())
            }
            _ => None,
        }
    }
}
