//! A sink that writes lines, and checks what every parser owes its sink.

use crate::buffer::Field;
use crate::frame::FrameEvent;
use crate::sink::{FileEvent, Handover, Sink};
use crate::tree::{Extra, Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Content up to so many bytes stands in the transcript; longer content as its size and checksum.
const SHOWN_BYTES_MAX: usize = 120;

/// Writes down what a parser tells.
#[derive(Default)]
pub struct Record<'a> {
    text: String,
    files: BTreeMap<u64, OpenFile>,
    extras: &'a [Extra],
    files_opened: u64,
    seen: Seen<'a>,
    frames: BTreeMap<(usize, &'static str), Vec<u8>>,
}

/// What rules see, as far as it is written down.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen<'a> {
    /// Parts of transactions.
    pub fields: &'a [Field],
    /// Frames.
    pub frames: bool,
}

struct OpenFile {
    head: String,
    content: Vec<u8>,
    gaps: u64,
}

impl<'a> Record<'a> {
    /// Nothing yet; transactions will tell these extras.
    pub fn new(extras: &'a [Extra]) -> Record<'a> {
        Record { extras, ..Record::default() }
    }

    /// Writes down what rules see too.
    pub fn seeing(self, seen: Seen<'a>) -> Record<'a> {
        Record { seen, ..self }
    }

    /// What was told. Panics if a file was left open.
    pub fn into_text(self) -> String {
        assert!(self.files.is_empty(), "files left open at the end: {:?}", self.files.keys());
        assert!(self.frames.is_empty(), "frames left open at the end: {:?}", self.frames.keys());
        self.text
    }

    /// The parts of a transaction that rules see, with who sends them.
    fn see(&mut self, transaction: &dyn Transaction) {
        for field in self.seen.fields {
            for sender in Side::BOTH {
                let texts = (0..).map_while(|place| transaction.buffer(*field, sender, place));
                let texts: Vec<_> = texts.map(|text| shown(&text)).collect();
                let numbers = (0..).map_while(|place| transaction.number(*field, sender, place));
                let numbers: Vec<_> = numbers.map(|number| number.to_string()).collect();
                let all = [texts, numbers].concat();
                if !all.is_empty() {
                    self.line(&format!("  {} of {} {}", field.name(), side(sender), all.join(" ")));
                }
            }
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn file_mut(&mut self, id: u64) -> &mut OpenFile {
        self.files.get_mut(&id).unwrap_or_else(|| panic!("file {id} is not open"))
    }

    fn close(&mut self, id: u64, is_complete: bool) {
        let file = self.files.remove(&id).unwrap_or_else(|| panic!("file {id} closed, but not open"));
        let end = if is_complete { "complete" } else { "incomplete" };
        let gaps = if file.gaps > 0 { format!(" gaps {}", file.gaps) } else { String::new() };
        self.line(&format!("{} {}{gaps} {end}", file.head, shown(&file.content)));
    }
}

impl Sink for Record<'_> {
    fn transaction(&mut self, _now: Timestamp, transaction: &dyn Transaction) {
        let mut tree = JsonTree::new(self.extras);
        transaction.tell(&mut tree);
        let mut beside = JsonTree::new(self.extras);
        transaction.tell_beside(&mut beside);
        let beside =
            Some(beside.into_text()).filter(|beside| beside != "{}").map_or(String::new(), |it| format!(" {it}"));
        let line = format!("{} {} {}{beside}", transaction.table(), transaction.id(), tree.into_text());
        self.line(&line);
        self.see(transaction);
    }

    fn unlogged(&mut self, _now: Timestamp, transaction: &dyn Transaction) {
        if !self.seen.fields.is_empty() {
            self.line(&format!("unlogged {}", transaction.id()));
            self.see(transaction);
        }
    }

    fn frame(&mut self, _now: Timestamp, event: FrameEvent<'_>) {
        if !self.seen.frames {
            return;
        }
        match event {
            FrameEvent::Whole { name, sender, bytes, .. } => {
                self.line(&format!("frame {name} of {} {}", side(sender), shown(bytes)));
            }
            FrameEvent::Open { name, sender, .. } => {
                let open = self.frames.insert((sender.index(), name), Vec::new());
                assert!(open.is_none(), "frame {name} is open");
            }
            FrameEvent::Data { sender, bytes } => {
                let of_sender = self.frames.iter_mut().filter(|((side, _), _)| *side == sender.index());
                of_sender.for_each(|(_, frame)| frame.extend_from_slice(bytes));
            }
            FrameEvent::Close { name, sender, is_complete } => {
                // What is not open need not be closed, but may be.
                let Some(bytes) = self.frames.remove(&(sender.index(), name)) else { return };
                let end = if is_complete { "" } else { " incomplete" };
                self.line(&format!("frame {name} of {} {}{end}", side(sender), shown(&bytes)));
            }
        }
    }

    fn anomaly(&mut self, _now: Timestamp, name: &'static str, transaction: Option<u64>) {
        let transaction = transaction.map_or("-".to_owned(), |id| id.to_string());
        self.line(&format!("anomaly {name} {transaction}"));
    }

    fn file(&mut self, _now: Timestamp, event: FileEvent<'_>) {
        match event {
            FileEvent::Open { id, sender, name, announced_bytes, transaction: _, .. } => {
                assert_eq!(id, self.files_opened, "files are counted from 0");
                self.files_opened += 1;
                let announced = announced_bytes.map_or(String::new(), |bytes| format!(" announced {bytes}"));
                let head = format!("file {id} {} {}{announced}", side(sender), shown(name));
                self.files.insert(id, OpenFile { head, content: Vec::new(), gaps: 0 });
            }
            FileEvent::Data { id, bytes } => self.file_mut(id).content.extend_from_slice(bytes),
            FileEvent::Gap { id, bytes } => self.file_mut(id).gaps += bytes,
            FileEvent::Close { id, is_complete } => self.close(id, is_complete),
        }
    }

    fn hand_over(&mut self, _now: Timestamp, handover: Handover<'_>) {
        match handover {
            Handover::Upgrade { protocol, about } => {
                let protocol = if protocol.is_empty() { "-" } else { protocol };
                self.line(&format!("upgrade {protocol} {}", shown(about)));
            }
            Handover::Expect { listener, address, port, protocol, about } => {
                let address = address.map_or(String::new(), |address| format!(" {address}"));
                self.line(&format!("expect {}{address} {port} {protocol} {}", side(listener), shown(about)));
            }
        }
    }
}

fn side(side: Side) -> &'static str {
    ["client", "server"][side.index()]
}

fn shown(content: &[u8]) -> String {
    if content.len() > SHOWN_BYTES_MAX {
        return format!("{} bytes, crc32 {:08x}", content.len(), crc32fast::hash(content));
    }
    format!("\"{}\"", content.escape_ascii())
}

/// A tree as one line of JSON. Bytes that are no UTF-8 stand as `\xNN`.
pub struct JsonTree<'a> {
    text: String,
    extras: &'a [Extra],
    needs_comma: bool,
    /// Is the innermost thing a list?
    lists: Vec<bool>,
}

impl<'a> JsonTree<'a> {
    /// An empty object, which wants these extras.
    pub fn new(extras: &'a [Extra]) -> JsonTree<'a> {
        JsonTree { text: "{".to_owned(), extras, needs_comma: false, lists: vec![false] }
    }

    /// The line. Panics if the tree was not closed as it was opened.
    pub fn into_text(mut self) -> String {
        assert_eq!(self.lists.len(), 1, "a tree was left open: {}", self.text);
        self.text.push('}');
        self.text
    }

    fn begin(&mut self, name: &str) {
        if self.needs_comma {
            self.text.push(',');
        }
        self.needs_comma = true;
        let in_list = *self.lists.last().unwrap_or(&false);
        assert!(in_list == name.is_empty(), "a name in a list, or none in an object: {:?} in {}", name, self.text);
        if !in_list {
            self.string(name.as_bytes());
            self.text.push(':');
        }
    }

    fn string(&mut self, bytes: &[u8]) {
        self.text.push('"');
        for chunk in bytes.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '"' | '\\' => self.text.extend(['\\', character]),
                    control if control.is_control() => self.text.extend(control.escape_default()),
                    plain => self.text.push(plain),
                }
            }
            chunk.invalid().iter().for_each(|byte| self.value(format_args!("\\x{byte:02x}")));
        }
        self.text.push('"');
    }

    fn value(&mut self, value: std::fmt::Arguments<'_>) {
        self.text.write_fmt(value).expect("INVARIANT: writing to a String cannot fail");
    }

    fn open(&mut self, name: &str, bracket: char, is_list: bool) {
        self.begin(name);
        self.text.push(bracket);
        self.needs_comma = false;
        self.lists.push(is_list);
    }

    fn close(&mut self, bracket: char, is_list: bool) {
        assert_eq!(self.lists.pop(), Some(is_list), "closed what was not opened: {}", self.text);
        self.text.push(bracket);
        self.needs_comma = true;
    }
}

impl Tree for JsonTree<'_> {
    fn wants(&self, extra: Extra) -> bool {
        self.extras.contains(&extra)
    }

    fn text(&mut self, name: &'static str, value: &[u8]) {
        self.begin(name);
        self.string(value);
    }

    fn number(&mut self, name: &'static str, value: u64) {
        self.begin(name);
        self.value(format_args!("{value}"));
    }

    fn signed(&mut self, name: &'static str, value: i64) {
        self.begin(name);
        self.value(format_args!("{value}"));
    }

    fn float(&mut self, name: &'static str, value: f64) {
        self.begin(name);
        self.value(format_args!("{value}"));
    }

    fn boolean(&mut self, name: &'static str, value: bool) {
        self.begin(name);
        self.value(format_args!("{value}"));
    }

    fn open_object(&mut self, name: &'static str) {
        self.open(name, '{', false);
    }

    fn close_object(&mut self) {
        self.close('}', false);
    }

    fn open_list(&mut self, name: &'static str) {
        self.open(name, '[', true);
    }

    fn close_list(&mut self) {
        self.close(']', true);
    }

    fn text_named(&mut self, name: &[u8], value: &[u8]) {
        if self.needs_comma {
            self.text.push(',');
        }
        self.needs_comma = true;
        self.string(name);
        self.text.push(':');
        self.string(value);
    }
}
