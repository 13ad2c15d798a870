//! Which messages of DNS are written, and how: `types`, `requests`, `responses`, `formats` and `version` of EVE's `dns`.
//!
//! A message tells itself as version 3 has it. Version 2 has the same names, but an event for each question of a request, whose
//! name and type stand at the top.

use super::json::JsonLine;
use applayer::dns::{DnsTransaction, Section};
use applayer::{Extra, Transaction, Tree};

/// Words of 64 bits that the types below [`RECORD_TYPES`] take.
const WORDS: usize = 5;
/// Types of records that can be chosen; all that have a name in EVE's settings are below.
const RECORD_TYPES: u16 = 64 * WORDS as u16;

/// Some types of resource records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordTypes([u64; WORDS]);

impl RecordTypes {
    /// Adds the type of this mnemonic, in any case; false where there is none.
    pub fn insert(&mut self, mnemonic: &str) -> bool {
        let number = applayer::dns::record_type_of(mnemonic).filter(|number| *number < RECORD_TYPES);
        if let Some(number) = number {
            self.0[usize::from(number / 64)] |= 1 << (number % 64);
        }
        number.is_some()
    }

    fn contains(self, number: u16) -> bool {
        number < RECORD_TYPES && self.0[usize::from(number / 64)] & 1 << (number % 64) != 0
    }
}

/// What of DNS is written, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsOptions {
    /// Requests.
    pub requests: bool,
    /// Responses.
    pub responses: bool,
    /// What is asked for; none for everything.
    pub types: Option<RecordTypes>,
    /// Each answer by itself (`detailed`).
    pub detailed: bool,
    /// Answers by type (`grouped`).
    pub grouped: bool,
    /// As version 2 has it.
    pub is_version_2: bool,
}

impl Default for DnsOptions {
    fn default() -> Self {
        DnsOptions::shipped()
    }
}

impl DnsOptions {
    /// As Suricata is shipped: everything, as version 3 has it.
    pub const fn shipped() -> DnsOptions {
        DnsOptions { requests: true, responses: true, types: None, detailed: true, grouped: true, is_version_2: false }
    }

    /// Is this written? What is no message of DNS is.
    pub(super) fn admits(&self, transaction: &dyn Transaction) -> bool {
        let Some(dns) = message_of(transaction) else { return true };
        let is_wanted = if dns.message.header().is_response() { self.responses } else { self.requests };
        let mut questions = dns.message.section(Section::Questions).iter();
        is_wanted && self.types.is_none_or(|types| questions.any(|question| types.contains(question.record_type)))
    }

    /// How many events it becomes.
    pub(super) fn events(&self, transaction: &dyn Transaction) -> usize {
        match message_of(transaction) {
            Some(dns) if self.is_version_2 && !dns.message.header().is_response() => {
                dns.message.section(Section::Questions).len().max(1)
            }
            _ => 1,
        }
    }

    /// Is it written in another way than it tells itself?
    pub(super) fn changes(&self, transaction: &dyn Transaction) -> bool {
        let is_plain = self.detailed && self.grouped && !self.is_version_2;
        !is_plain && message_of(transaction).is_some()
    }
}

fn message_of(transaction: &dyn Transaction) -> Option<&DnsTransaction> {
    let dns = transaction.as_any().downcast_ref::<DnsTransaction>();
    dns.filter(|_| transaction.table() == "dns")
}

/// Passes on what a message tells, as far as it is wanted. Messages have their values at the top, in lists of objects, and in
/// one object of lists.
pub(super) struct DnsTree<'a> {
    pub(super) json: &'a mut JsonLine,
    pub(super) options: &'a DnsOptions,
    /// Of version 2: the question that this event is about.
    pub(super) question: usize,
    /// Open lists and objects.
    depth: usize,
    /// In which list or object at the top we are.
    part: Part,
    /// Objects of the questions that are over.
    questions_seen: usize,
    is_response: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Passed on as it is.
    Plain,
    /// Left out.
    Unwanted,
    /// The list of questions of version 2.
    Questions,
}

impl<'a> DnsTree<'a> {
    pub(super) fn new(
        json: &'a mut JsonLine,
        options: &'a DnsOptions,
        (transaction, question): (&dyn Transaction, usize),
    ) -> DnsTree<'a> {
        let is_response = message_of(transaction).is_some_and(|dns| dns.message.header().is_response());
        DnsTree { json, options, question, depth: 0, part: Part::Plain, questions_seen: 0, is_response }
    }

    /// Opens a list or an object; is it passed on?
    fn open(&mut self, name: &str) -> bool {
        if self.depth == 0 {
            self.part = match name {
                "queries" if self.options.is_version_2 => Part::Questions,
                "answers" if !self.options.detailed => Part::Unwanted,
                "grouped" if !self.options.grouped => Part::Unwanted,
                _ => Part::Plain,
            };
        }
        self.depth += 1;
        self.part == Part::Plain
    }

    fn close(&mut self) -> bool {
        let is_passed = self.part == Part::Plain;
        self.depth = self.depth.saturating_sub(1);
        self.questions_seen += usize::from(self.part == Part::Questions && self.depth == 1);
        if self.depth == 0 {
            self.part = Part::Plain;
        }
        is_passed
    }

    /// Is a value passed on?
    fn is_told(&self, name: &str) -> bool {
        match self.part {
            Part::Unwanted => false,
            Part::Questions => self.questions_seen == self.question,
            Part::Plain if self.depth > 0 || !self.options.is_version_2 || self.is_response => true,
            // Of requests version 2 tells little.
            Part::Plain => matches!(name, "type" | "id" | "tx_id" | "opcode"),
        }
    }
}

impl Tree for DnsTree<'_> {
    fn wants(&self, extra: Extra) -> bool {
        self.json.wants(extra)
    }

    fn text(&mut self, name: &'static str, value: &[u8]) {
        if name == "type" && self.depth == 0 && self.options.is_version_2 {
            return self.json.text(name, if self.is_response { b"answer" } else { b"query" });
        }
        if self.is_told(name) {
            self.json.text(name, value);
        }
    }

    fn number(&mut self, name: &'static str, value: u64) {
        let is_version = name == "version" && self.depth == 0 && self.options.is_version_2;
        if self.is_told(name) {
            self.json.number(name, if is_version { 2 } else { value });
        }
    }

    fn signed(&mut self, name: &'static str, value: i64) {
        if self.is_told(name) {
            self.json.signed(name, value);
        }
    }

    fn float(&mut self, name: &'static str, value: f64) {
        if self.is_told(name) {
            self.json.float(name, value);
        }
    }

    fn boolean(&mut self, name: &'static str, value: bool) {
        if self.is_told(name) {
            self.json.boolean(name, value);
        }
    }

    fn open_object(&mut self, name: &'static str) {
        if self.open(name) {
            self.json.open_object(name);
        }
    }

    fn close_object(&mut self) {
        if self.close() {
            self.json.close_object();
        }
    }

    fn open_list(&mut self, name: &'static str) {
        if self.open(name) {
            self.json.open_list(name);
        }
    }

    fn close_list(&mut self) {
        if self.close() {
            self.json.close_list();
        }
    }

    fn text_named(&mut self, name: &[u8], value: &[u8]) {
        if self.is_told("") {
            self.json.text_named(name, value);
        }
    }
}
