//! Messages in the names of EVE's `mdns`; `llmnr` in the same way.

use super::data::{self, Strings};
use super::message::{Message, Record, Section};
use super::name::Oddities;
use super::registry::{record_type as t, type_name_lower};
use super::tell::is_empty_opt;
use super::transaction::{DnsTransaction, Variant};
use crate::tree::{Extra, Tree};

/// A flag of the header, and its name.
type Flag = (u16, &'static str);

const MDNS_FLAGS: &[Flag] =
    &[(0x0400, "aa"), (0x0200, "tc"), (0x0100, "rd"), (0x0080, "ra"), (0x0040, "z"), (0x0020, "ad"), (0x0010, "cd")];
/// Conflict, truncated, tentative (RFC 4795 section 2.1.1).
const LLMNR_FLAGS: &[Flag] = &[(0x0400, "c"), (0x0200, "tc"), (0x0100, "t")];
/// In a question: the answer shall come to the asker alone. In a record: others of this name are not to be kept (RFC 6762
/// sections 5.4 and 10.2).
const HIGHEST_CLASS_BIT: u16 = 0x8000;

/// Tells a transaction.
pub(super) fn tell(transaction: &DnsTransaction, tree: &mut dyn Tree) {
    let message = &transaction.message;
    let header = message.header();
    tree.text("type", if header.is_response() { b"response" } else { b"request" });
    tree.number("id", header.id.into());
    let flags = if transaction.variant == Variant::Mdns { MDNS_FLAGS } else { LLMNR_FLAGS };
    if flags.iter().any(|(flag, _)| header.flags & flag != 0) {
        tree.open_list("flags");
        let set = flags.iter().filter(|(flag, _)| header.flags & flag != 0);
        set.for_each(|(_, name)| tree.text("", name.as_bytes()));
        tree.close_list();
    }
    tree.number("opcode", header.opcode().into());
    if transaction.variant == Variant::Mdns {
        tree.number("rcode", header.rcode().into());
    }
    let mut text = Vec::with_capacity(128);
    tell_questions(message, tree, &mut text);
    let sections =
        [(Section::Answers, "answers"), (Section::Authorities, "authorities"), (Section::Additionals, "additionals")];
    for (section, name) in sections {
        tell_records(name, message, message.section(section), tree, &mut text);
    }
}

fn tell_questions(message: &Message, tree: &mut dyn Tree, text: &mut Vec<u8>) {
    let questions = message.section(Section::Questions);
    if questions.is_empty() {
        return;
    }
    tree.open_list("queries");
    for question in questions {
        tree.open_object("");
        tell_name(message, question, tree, text);
        match type_name_lower(question.record_type) {
            Some(name) => tree.text("rrtype", name.as_bytes()),
            None => tree.text("rrtype", question.record_type.to_string().as_bytes()),
        }
        if question.class & HIGHEST_CLASS_BIT != 0 && tree.wants(Extra::Own) {
            tree.boolean("wants_unicast", true);
        }
        tree.close_object();
    }
    tree.close_list();
}

fn tell_name(message: &Message, record: &Record, tree: &mut dyn Tree, text: &mut Vec<u8>) {
    text.clear();
    message.push_name(record, text);
    tree.text("rrname", text);
    if record.oddities.has(Oddities::TOO_LONG) {
        tree.boolean("rrname_truncated", true);
    }
}

fn tell_records(name: &'static str, message: &Message, records: &[Record], tree: &mut dyn Tree, text: &mut Vec<u8>) {
    if records.iter().all(is_empty_opt) {
        return;
    }
    tree.open_list(name);
    for record in records.iter().filter(|record| !is_empty_opt(record)) {
        tree.open_object("");
        tell_name(message, record, tree, text);
        if !record.is_malformed {
            tell_data(message, record, tree, text);
        }
        if tree.wants(Extra::Own) {
            tell_own(message, record, tree, text);
        }
        tree.close_object();
    }
    tree.close_list();
}

/// The data stands under the type's name.
fn tell_data(message: &Message, record: &Record, tree: &mut dyn Tree, text: &mut Vec<u8>) {
    text.clear();
    let Some(name) = type_name_lower(record.record_type) else {
        return tree.text_named(record.record_type.to_string().as_bytes(), message.data(record));
    };
    match record.record_type {
        t::TXT => {
            tree.open_list(name);
            Strings(message.data(record)).for_each(|string| tree.text("", string));
            tree.close_list();
        }
        t::SOA => data::tell_soa(name, message, record, tree, text),
        t::SSHFP => data::tell_sshfp(name, message, record, tree, text),
        t::SRV => data::tell_srv(name, message, record, tree, text),
        t::OPT => data::tell_opt(name, message, record, tree, text),
        record_type if data::has_text(record_type) => {
            data::push_text(message, record, text);
            tree.text(name, text);
        }
        _ => tree.text(name, message.data(record)),
    }
}

fn tell_own(message: &Message, record: &Record, tree: &mut dyn Tree, text: &mut Vec<u8>) {
    if record.record_type == t::OPT {
        return;
    }
    match type_name_lower(record.record_type) {
        Some(name) => tree.text("rrtype", name.as_bytes()),
        None => tree.text("rrtype", record.record_type.to_string().as_bytes()),
    }
    tree.number("ttl", record.ttl.into());
    if !record.is_malformed {
        text.clear();
        super::presentation::push(message, record, text);
        tree.text("rdata", text);
    }
    if record.class & HIGHEST_CLASS_BIT != 0 {
        tree.boolean("flushes_cache", true);
    }
}
