//! What is kept of an application message.

use super::link::Link;
use super::object::ObjectHeader;
use super::point::{self, Layout};
use crate::buffer::Field;
use crate::reader::Reader;
use crate::tree::{Transaction, Tree};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// An application message: a request or a response.
#[derive(Clone, Debug)]
pub struct Dnp3Transaction {
    /// The header of its last link frame.
    pub(super) link: Link,
    /// The message, without headers and checksums of what is below it.
    pub data: Vec<u8>,
    /// First and last fragment, asks to be confirmed, unsolicited, and a sequence.
    pub control: u8,
    /// What is asked or answered.
    pub function: u8,
    /// What the station says of its state, in responses only.
    pub indicators: Option<u16>,
    /// Which points it is about.
    pub objects: Vec<ObjectHeader>,
    /// Could all objects be read?
    pub is_complete: bool,
    /// Who sent it.
    pub sender: Side,
    pub(super) id: u64,
    pub(super) started: Timestamp,
}

/// Names of the station's indicators, from the lowest bit on (IEEE 1815, clause 4.2.2.6).
pub(super) const INDICATORS: [&str; 16] = [
    "no_func_code_support",
    "object_unknown",
    "parameter_error",
    "event_buffer_overflow",
    "already_executing",
    "config_corrupt",
    "reserved_2",
    "reserved_1",
    "all_stations",
    "class_1_events",
    "class_2_events",
    "class_3_events",
    "need_time",
    "local_control",
    "device_trouble",
    "device_restart",
];

/// Functions from here on are responses.
pub(super) const RESPONSE: u8 = 129;

impl Dnp3Transaction {
    fn kind(&self) -> &'static str {
        const UNSOLICITED: u8 = 130;
        match self.function {
            UNSOLICITED => "unsolicited_response",
            RESPONSE.. => "response",
            _ => "request",
        }
    }

    fn tell_all(&self, tree: &mut dyn Tree) {
        tree.text("type", self.kind().as_bytes());
        let control = self.link.control;
        tree.open_object("control");
        tree.boolean("dir", control & 0x80 != 0);
        tree.boolean("pri", control & 0x40 != 0);
        tree.boolean("fcb", control & 0x20 != 0);
        tree.boolean("fcv", control & 0x10 != 0);
        tree.number("function_code", (control & 0x0f).into());
        tree.close_object();
        tree.number("src", self.link.source.into());
        tree.number("dst", self.link.destination.into());
        self.tell_application(tree);
        if let Some(indicators) = self.indicators {
            tree.open_object("iin");
            let is_set = |(place, _): &(usize, &&str)| indicators >> place & 1 != 0;
            let mut set = INDICATORS.iter().enumerate().rev().filter(is_set).peekable();
            if set.peek().is_some() {
                tree.open_list("indicators");
                set.for_each(|(_, name)| tree.text("", name.as_bytes()));
                tree.close_list();
            }
            tree.close_object();
        }
    }

    fn tell_application(&self, tree: &mut dyn Tree) {
        tree.open_object("application");
        tree.open_object("control");
        tree.boolean("fir", self.control & 0x80 != 0);
        tree.boolean("fin", self.control & 0x40 != 0);
        tree.boolean("con", self.control & 0x20 != 0);
        tree.boolean("uns", self.control & 0x10 != 0);
        tree.number("sequence", (self.control & 0x0f).into());
        tree.close_object();
        tree.number("function_code", self.function.into());
        if !self.objects.is_empty() {
            tree.open_list("objects");
            self.objects.iter().for_each(|object| self.tell_object(object, tree));
            tree.close_list();
        }
        tree.boolean("complete", self.is_complete);
        tree.close_object();
    }

    fn tell_object(&self, object: &ObjectHeader, tree: &mut dyn Tree) {
        tree.open_object("");
        tree.number("group", object.group.into());
        tree.number("variation", object.variation.into());
        tree.number("qualifier", object.qualifier.into());
        tree.number("prefix_code", object.prefix_code().into());
        tree.number("range_code", object.range_code().into());
        tree.number("start", object.start.into());
        tree.number("stop", object.stop.into());
        tree.number("count", object.count.into());
        if let Some(layout) = Layout::of(object).filter(|_| object.has_values) {
            let mut reader = Reader::new(self.data.get(object.at..).unwrap_or_default());
            let has_index = (1..=3).contains(&object.prefix_code());
            tree.open_list("points");
            point::walk(object, layout, &mut reader, &mut |index, value| {
                tree.open_object("");
                tree.number("prefix", if has_index { index.into() } else { 0 });
                tree.number("index", index.into());
                point::tell_value(layout, value, tree);
                tree.close_object();
            });
            tree.close_list();
        }
        tree.close_object();
    }
}

impl Transaction for Dnp3Transaction {
    fn table(&self) -> &'static str {
        "dnp3"
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
        self.tell_all(tree);
    }

    fn tell_in_alert(&self, tree: &mut dyn Tree) {
        tree.open_object(if self.function < RESPONSE { "request" } else { "response" });
        self.tell_all(tree);
        tree.close_object();
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        let is_it = field == Field::Dnp3Data && sender == self.sender && place == 0;
        is_it.then_some(Cow::Borrowed(&self.data))
    }

    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        match field {
            _ if sender != self.sender => None,
            Field::Dnp3Function if place == 0 => Some(self.function.into()),
            Field::Dnp3Indicators if place == 0 => self.indicators.map(u64::from),
            Field::Dnp3Object => {
                let object = self.objects.get(place)?;
                Some(u64::from(object.group) << 8 | u64::from(object.variation))
            }
            _ => None,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
