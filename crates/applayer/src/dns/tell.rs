//! Messages in the names of EVE's `dns`, version 3.

use super::data::{self, Strings};
use super::edns;
use super::message::{Header, Message, Record, Section};
use super::name::Oddities;
use super::registry::{rcode_name, record_type as t, type_name};
use super::transaction::{Answered, DnsTransaction};
use crate::tree::{Extra, Tree};

/// Flags of the header, in EVE's order.
const FLAGS: [(u16, &str); 6] =
    [(0x8000, "qr"), (0x0400, "aa"), (0x0200, "tc"), (0x0100, "rd"), (0x0080, "ra"), (0x0040, "z")];

/// Tells a transaction.
pub(super) fn tell(transaction: &DnsTransaction, tree: &mut dyn Tree) {
    let message = &transaction.message;
    let header = message.header();
    tree.number("version", 3);
    tree.text("type", if header.is_response() { b"response" } else { b"request" });
    tree.number("tx_id", transaction.id);
    tell_header(header, tree);
    let mut texts = Texts::default();
    tell_questions(message, tree, &mut texts);
    if !message.section(Section::Answers).is_empty() {
        tell_records("answers", message, message.section(Section::Answers), tree, &mut texts);
        tell_grouped(message, tree, &mut texts);
    }
    if !message.section(Section::Authorities).is_empty() {
        tell_records("authorities", message, message.section(Section::Authorities), tree, &mut texts);
    }
    let additionals = message.section(Section::Additionals);
    if additionals.iter().any(|record| !is_empty_opt(record)) {
        tell_records("additionals", message, additionals, tree, &mut texts);
    }
    if tree.wants(Extra::Own) {
        edns::tell(message, tree);
        tell_timing(transaction.answered, tree);
    }
}

/// Buffers that are used again.
#[derive(Default)]
struct Texts {
    /// The last name: most records have the name of the one before.
    name: Vec<u8>,
    name_place: Option<usize>,
    data: Vec<u8>,
}

fn tell_header(header: &Header, tree: &mut dyn Tree) {
    tree.number("id", header.id.into());
    tree.text("flags", data::hex_number(header.flags, &mut [0; 4]));
    for (flag, name) in FLAGS {
        if header.flags & flag != 0 {
            tree.boolean(name, true);
        }
    }
    tree.number("opcode", header.opcode().into());
    match rcode_name(header.rcode()) {
        Some(name) => tree.text("rcode", name.as_bytes()),
        None => tree.text("rcode", header.rcode().to_string().as_bytes()),
    }
}

fn tell_questions(message: &Message, tree: &mut dyn Tree, texts: &mut Texts) {
    let questions = message.section(Section::Questions);
    if questions.is_empty() {
        return;
    }
    tree.open_list("queries");
    for question in questions {
        tree.open_object("");
        tell_name(message, question, tree, texts);
        tell_type(question.record_type, tree);
        if question.oddities.has(Oddities::TOO_LONG) {
            tree.boolean("rrname_truncated", true);
        }
        tree.close_object();
    }
    tree.close_list();
}

fn tell_name(message: &Message, record: &Record, tree: &mut dyn Tree, texts: &mut Texts) {
    let place = message.name_place(record);
    if texts.name_place != Some(place) {
        texts.name_place = Some(place);
        texts.name.clear();
        message.push_name(record, &mut texts.name);
    }
    tree.text("rrname", &texts.name);
}

/// Types that Suricata tells by their numbers: SVCB, AXFR, CAA.
const UNNAMED_IN_EVE: [u16; 3] = [64, 252, 257];

fn tell_type(record_type: u16, tree: &mut dyn Tree) {
    match type_name(record_type) {
        Some(name) if !UNNAMED_IN_EVE.contains(&record_type) || tree.wants(Extra::Own) => {
            tree.text("rrtype", name.as_bytes());
        }
        _ => tree.text("rrtype", record_type.to_string().as_bytes()),
    }
}

/// An OPT that says nothing but the sender's buffer.
pub(super) fn is_empty_opt(record: &Record) -> bool {
    record.record_type == t::OPT && record.data_length == 0
}

fn tell_records(name: &'static str, message: &Message, records: &[Record], tree: &mut dyn Tree, texts: &mut Texts) {
    tree.open_list(name);
    for record in records.iter().filter(|record| !is_empty_opt(record)) {
        if record.record_type == t::TXT && !record.is_malformed {
            // Each string stands for itself.
            for string in Strings(message.data(record)) {
                tell_record_begin(message, record, tree, texts);
                tree.text("rdata", string);
                tree.close_object();
            }
        } else {
            tell_record_begin(message, record, tree, texts);
            if !record.is_malformed {
                tell_data(message, record, tree, texts);
            }
            tree.close_object();
        }
    }
    tree.close_list();
}

fn tell_record_begin(message: &Message, record: &Record, tree: &mut dyn Tree, texts: &mut Texts) {
    tree.open_object("");
    tell_name(message, record, tree, texts);
    if record.oddities.has(Oddities::TOO_LONG) {
        tree.boolean("rrname_truncated", true);
    }
    tell_type(record.record_type, tree);
    tree.number("ttl", record.ttl.into());
}

fn tell_data(message: &Message, record: &Record, tree: &mut dyn Tree, texts: &mut Texts) {
    if data::has_text(record.record_type) {
        texts.data.clear();
        data::push_text(message, record, &mut texts.data);
        tree.text("rdata", &texts.data);
        return;
    }
    match record.record_type {
        t::SOA => data::tell_soa("soa", message, record, tree, &mut texts.data),
        t::SSHFP => data::tell_sshfp("sshfp", message, record, tree, &mut texts.data),
        t::SRV => data::tell_srv("srv", message, record, tree, &mut texts.data),
        t::OPT => data::tell_opt("opt", message, record, tree, &mut texts.data),
        _ => {}
    }
    if tree.wants(Extra::Own) && record.record_type != t::OPT {
        texts.data.clear();
        super::presentation::push(message, record, &mut texts.data);
        tree.text("rdata", &texts.data);
    }
}

/// The answers' data by type, the types in the order in which they came.
fn tell_grouped(message: &Message, tree: &mut dyn Tree, texts: &mut Texts) {
    let answers = message.section(Section::Answers);
    tree.open_object("grouped");
    for (place, first) in answers.iter().enumerate() {
        let is_first = !answers[..place].iter().any(|earlier| is_of_group(earlier, first.record_type));
        if is_first
            && is_of_group(first, first.record_type)
            && let Some(name) = type_name(first.record_type)
        {
            tree.open_list(name);
            for record in answers[place..].iter().filter(|record| is_of_group(record, first.record_type)) {
                tell_grouped_one(message, record, tree, texts);
            }
            tree.close_list();
        }
    }
    tree.close_object();
}

fn is_of_group(record: &Record, record_type: u16) -> bool {
    let is_groupable = data::has_text(record_type) || matches!(record_type, t::TXT | t::SOA | t::SSHFP | t::SRV);
    record.record_type == record_type && is_groupable && !record.is_malformed
}

fn tell_grouped_one(message: &Message, record: &Record, tree: &mut dyn Tree, texts: &mut Texts) {
    match record.record_type {
        t::TXT => Strings(message.data(record)).for_each(|string| tree.text("", string)),
        t::SOA => data::tell_soa("", message, record, tree, &mut texts.data),
        t::SSHFP => data::tell_sshfp("", message, record, tree, &mut texts.data),
        t::SRV => data::tell_srv("", message, record, tree, &mut texts.data),
        _ => {
            texts.data.clear();
            data::push_text(message, record, &mut texts.data);
            tree.text("", &texts.data);
        }
    }
}

fn tell_timing(answered: Answered, tree: &mut dyn Tree) {
    if answered == Answered::Untold {
        return;
    }
    tree.open_object("timing");
    match answered {
        Answered::Retry { request, retry } => {
            tree.number("request_tx_id", request);
            tree.number("retry", retry);
        }
        Answered::Response { request, latency_ns, retries } => {
            tree.number("request_tx_id", request);
            tree.signed("latency_ns", latency_ns);
            tree.number("retries", retries);
        }
        Answered::Unsolicited => tree.boolean("is_unsolicited", true),
        Answered::Untold => {}
    }
    tree.close_object();
}
