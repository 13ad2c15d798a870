//! Messages (RFC 1035 section 4): where everything in them stands.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! |              id               |Q| opcode|A|T|R|R|Z|A|C| rcode |
//! |           questions           |            answers            |
//! |          authorities          |          additionals          |
//! ```

use super::name::{self, Oddities, Walked};
use super::registry::record_type as t;

/// Bytes of a header.
pub(super) const HEADER_BYTES: usize = 12;
/// The shortest question: root, type, class.
const QUESTION_BYTES_MIN: usize = 5;
/// The shortest record: root, type, class, TTL, length.
const RECORD_BYTES_MIN: usize = 11;
/// Labels and pointers of one message that are followed; no honest message has as many.
const STEPS_MAX: u32 = 1 << 17;
/// Bytes of all names of one message as text.
const TEXT_BYTES_MAX: usize = 4 << 20;

/// The header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// What ties a response to its request.
    pub id: u16,
    /// Flags, opcode and response code, as they stand there.
    pub flags: u16,
    /// Questions, answers, authorities, additionals that it announces.
    pub counts: [u16; 4],
}

impl Header {
    /// The header of a message, if it is there.
    pub(super) fn parse(message: &[u8]) -> Option<Header> {
        let header: &[u8; HEADER_BYTES] = message.first_chunk()?;
        let word = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
        Some(Header { id: word(0), flags: word(2), counts: [word(4), word(6), word(8), word(10)] })
    }

    /// Is it a response?
    pub fn is_response(&self) -> bool {
        self.flags & 0x8000 != 0
    }

    /// What is asked for: 0 a query, 4 a notification, 5 an update.
    pub fn opcode(&self) -> u8 {
        (self.flags >> 11) as u8 & 0xf
    }

    /// The lower four bits of the response code.
    pub fn rcode(&self) -> u16 {
        self.flags & 0xf
    }

    /// Bytes that the whole message has at least.
    pub(super) fn message_bytes_min(&self) -> usize {
        let [questions, records @ ..] = self.counts.map(usize::from);
        HEADER_BYTES + questions * QUESTION_BYTES_MIN + records.iter().sum::<usize>() * RECORD_BYTES_MIN
    }
}

/// A part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What is asked.
    Questions,
    /// What answers it.
    Answers,
    /// Who knows.
    Authorities,
    /// What else may help.
    Additionals,
}

impl Section {
    const ALL: [Section; 4] = [Section::Questions, Section::Answers, Section::Authorities, Section::Additionals];
}

/// A question or a resource record: where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Its name's offset.
    pub(super) name_at: u16,
    /// Its type, such as 1 for an address.
    pub record_type: u16,
    /// Its class, 1 for the Internet; the sender's buffer for OPT.
    pub class: u16,
    /// For how many seconds it may be kept; flags for OPT.
    pub ttl: u32,
    pub(super) data_at: u16,
    pub(super) data_length: u16,
    pub(super) oddities: Oddities,
    /// Its data is not what its type says.
    pub(super) is_malformed: bool,
}

/// A message, and where everything in it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    bytes: Vec<u8>,
    header: Header,
    records: Vec<Record>,
    /// Where each section ends in `records`.
    ends: [u16; 4],
    pub(super) faults: Faults,
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Faults {
    /// The first section that could not be read to its end.
    pub(super) broken: Option<Section>,
    /// A record's data is not what its type says.
    pub(super) has_malformed_data: bool,
    /// Of any of its names.
    pub(super) oddities: Oddities,
    /// Bytes behind the last record.
    pub(super) has_trailing_bytes: bool,
}

impl Message {
    /// Reads a message as far as it goes; `None` where not even a header is there, or where it is longer than any can be.
    pub fn parse(bytes: &[u8]) -> Option<Message> {
        let header = Header::parse(bytes)?;
        u16::try_from(bytes.len()).ok()?;
        let mut reader = Reader::new(bytes);
        let announced = header.counts.iter().map(|count| usize::from(*count)).sum::<usize>();
        let mut records = Vec::with_capacity(announced.min(bytes.len() / QUESTION_BYTES_MIN));
        let mut ends = [0; 4];
        for (place, section) in Section::ALL.into_iter().enumerate() {
            if reader.faults.broken.is_none() {
                reader.section(section, header.counts[place], &mut records);
            }
            ends[place] = records.len() as u16;
        }
        reader.faults.has_trailing_bytes = reader.at < bytes.len();
        Some(Message { bytes: bytes.to_vec(), header, records, ends, faults: reader.faults })
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The questions or records of a section.
    pub fn section(&self, section: Section) -> &[Record] {
        let ends = self.ends.map(usize::from);
        match section {
            Section::Questions => &self.records[..ends[0]],
            Section::Answers => &self.records[ends[0]..ends[1]],
            Section::Authorities => &self.records[ends[1]..ends[2]],
            Section::Additionals => &self.records[ends[2]..ends[3]],
        }
    }

    /// Appends a record's name as text.
    pub fn push_name(&self, record: &Record, text: &mut Vec<u8>) {
        name::push_text(&self.bytes, usize::from(record.name_at), text);
    }

    /// Where a record's name stands whole: behind the pointer, if it is nothing but one.
    pub(super) fn name_place(&self, record: &Record) -> usize {
        let at = usize::from(record.name_at);
        pointer(&self.bytes, at).unwrap_or(at)
    }

    /// Appends the name at an offset into a record's data.
    pub(super) fn push_data_name(&self, record: &Record, offset: usize, text: &mut Vec<u8>) {
        name::push_text(&self.bytes, usize::from(record.data_at) + offset, text);
    }

    /// The name at an offset into a record's data.
    pub(super) fn walk_data(&self, record: &Record, offset: usize) -> Option<Walked> {
        name::walk(&self.bytes, usize::from(record.data_at) + offset)
    }

    /// A record's data.
    pub fn data(&self, record: &Record) -> &[u8] {
        let begin = usize::from(record.data_at);
        &self.bytes[begin..begin + usize::from(record.data_length)]
    }

    /// A number for what is asked first.
    pub(super) fn question_key(&self) -> Option<u32> {
        let question = self.section(Section::Questions).first()?;
        Some(name::key(&self.bytes, usize::from(question.name_at)) ^ u32::from(question.record_type))
    }
}

/// Reads on and on.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    steps: u32,
    text_bytes: usize,
    faults: Faults,
    /// The name at this offset was walked through before: most names of a message are a pointer to the question's.
    known: Option<(usize, Walked)>,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: HEADER_BYTES, steps: 0, text_bytes: 0, faults: Faults::default(), known: None }
    }

    fn section(&mut self, section: Section, count: u16, records: &mut Vec<Record>) {
        for _ in 0..count {
            let record = if section == Section::Questions { self.question() } else { self.record() };
            let Some(record) = record.filter(|_| self.steps <= STEPS_MAX && self.text_bytes <= TEXT_BYTES_MAX) else {
                self.faults.broken = Some(section);
                return;
            };
            self.faults.oddities.add(record.oddities);
            self.faults.has_malformed_data |= record.is_malformed;
            records.push(record);
        }
    }

    fn question(&mut self) -> Option<Record> {
        let name_at = self.at as u16;
        let oddities = self.name()?;
        let [record_type, class] = [self.word()?, self.word()?];
        Some(Record { name_at, record_type, class, oddities, ..Record::default() })
    }

    fn record(&mut self) -> Option<Record> {
        let record = self.question()?;
        let ttl = u32::from(self.word()?) << 16 | u32::from(self.word()?);
        let data_length = self.word()?;
        let data_at = self.at as u16;
        let end = self.at + usize::from(data_length);
        self.bytes.get(self.at..end)?;
        let mut record = Record { ttl, data_at, data_length, ..record };
        match self.data(&record) {
            Some(oddities) => record.oddities.add(oddities),
            None => record.is_malformed = true,
        }
        self.at = end;
        Some(record)
    }

    /// Checks a record's data: the names in it, and its length where that is fixed.
    fn data(&mut self, record: &Record) -> Option<Oddities> {
        let end = self.at + usize::from(record.data_length);
        let mut oddities = Oddities::default();
        let (skipped, names, behind) = layout(record.record_type);
        if names == 0 {
            let is_fitting = match record.record_type {
                t::A => record.data_length == 4,
                t::AAAA => record.data_length == 16,
                t::SSHFP => record.data_length >= 2,
                t::TXT | t::SPF => are_strings(&self.bytes[self.at..end]),
                _ => true,
            };
            return is_fitting.then_some(oddities);
        }
        self.at += skipped;
        for _ in 0..names {
            if self.at >= end {
                return None;
            }
            oddities.add(self.name()?);
        }
        (self.at + behind <= end).then_some(oddities)
    }

    fn name(&mut self) -> Option<Oddities> {
        let target = pointer(self.bytes, self.at);
        let walked = match (target, self.known) {
            (Some(target), Some((known, walked))) if known == target => Walked { end: self.at + 2, steps: 1, ..walked },
            _ => {
                let walked = name::walk(self.bytes, self.at)?;
                self.known = Some((target.unwrap_or(self.at), walked));
                walked
            }
        };
        self.at = walked.end;
        self.steps += walked.steps;
        self.text_bytes += walked.text_bytes.min(name::NAME_BYTES_MAX);
        Some(walked.oddities)
    }

    fn word(&mut self) -> Option<u16> {
        let word = self.bytes.get(self.at..self.at + 2)?;
        self.at += 2;
        Some(u16::from_be_bytes([word[0], word[1]]))
    }
}

/// Where the pointer at an offset points to, if there is one.
fn pointer(message: &[u8], at: usize) -> Option<usize> {
    let bytes = message.get(at..at + 2).filter(|bytes| bytes[0] >= 0xc0)?;
    Some(usize::from(bytes[0] & 0x3f) << 8 | usize::from(bytes[1]))
}

/// How a type's data is made: bytes in front of its names, names that may be compressed, bytes behind them.
fn layout(record_type: u16) -> (usize, usize, usize) {
    match record_type {
        t::NS | t::CNAME | t::PTR | t::DNAME => (0, 1, 0),
        t::MX | t::AFSDB | t::KX => (2, 1, 0),
        t::SRV => (6, 1, 0),
        t::SOA => (0, 2, 20),
        t::RP => (0, 2, 0),
        _ => (0, 0, 0),
    }
}

/// Do character strings (RFC 1035 section 3.3) fill these bytes?
fn are_strings(mut bytes: &[u8]) -> bool {
    while let [length, rest @ ..] = bytes {
        let Some(rest) = rest.get(usize::from(*length)..) else { return false };
        bytes = rest;
    }
    true
}
