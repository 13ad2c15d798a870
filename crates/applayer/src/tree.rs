//! How a transaction is told: once, as a tree of named values in the names of Suricata's EVE.
//!
//! EVE JSON is that tree; a column of an SQL table is one of its leaves, named by [`Column::path`].

use crate::buffer::Field;
use model::FieldType;
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

/// What a transaction tells only to those who want it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    /// What EVE has only when it is asked to dump everything: each header, each certificate.
    Dump,
    /// What EVE has no name for: times of a transaction, counts.
    Own,
    /// Passwords that were sent as they are, or as good as that: only what asks for them by name is told.
    Password,
}

/// Takes a tree of named values, in order. In a list the names are empty.
pub trait Tree {
    /// Is this wanted? What is not need not be told.
    fn wants(&self, extra: Extra) -> bool {
        extra != Extra::Password
    }

    /// Text; bytes that are no UTF-8 are the taker's business.
    fn text(&mut self, name: &'static str, value: &[u8]);
    /// A number without sign.
    fn number(&mut self, name: &'static str, value: u64);
    /// A number with sign.
    fn signed(&mut self, name: &'static str, value: i64);
    /// A number with a fraction.
    fn float(&mut self, name: &'static str, value: f64);
    /// Yes or no.
    fn boolean(&mut self, name: &'static str, value: bool);
    /// An object begins.
    fn open_object(&mut self, name: &'static str);
    /// The innermost object ends.
    fn close_object(&mut self);
    /// A list begins.
    fn open_list(&mut self, name: &'static str);
    /// The innermost list ends.
    fn close_list(&mut self);
    /// As [`Tree::text`], under a name that the traffic chose (a header, an attribute).
    fn text_named(&mut self, name: &[u8], value: &[u8]);
}

/// What a protocol keeps of one exchange.
pub trait Transaction {
    /// The table it is a row of, and its `event_type` in EVE: `http`, `dns`, `tls`.
    fn table(&self) -> &'static str;

    /// Its place among its flow's transactions, from 0: EVE's `tx_id`.
    fn id(&self) -> u64;

    /// When its first byte was seen.
    fn started(&self) -> Timestamp;

    /// Who sent what EVE shows as its source: of one message its sender, of an exchange the client.
    fn sender(&self) -> Side {
        Side::Client
    }

    /// Does EVE tell it? Suricata passes over some that make sense all the same.
    fn is_in_eve(&self) -> bool {
        true
    }

    /// Is it a row of its table? Some stand in EVE only, since Suricata tells them.
    fn is_in_tables(&self) -> bool {
        true
    }

    /// Does EVE tell the files that this side sends with it?
    fn tells_files_of(&self, _sender: Side) -> bool {
        true
    }

    /// Its values: what stands inside EVE's object of its name.
    fn tell(&self, tree: &mut dyn Tree);

    /// The server's name that the client asked for, as far as this exchange says: a host, an SNI; empty where it does not.
    fn host_name(&self) -> &[u8] {
        b""
    }

    /// Its values as an alert has them; the same for most.
    fn tell_in_alert(&self, tree: &mut dyn Tree) {
        self.tell(tree);
    }

    /// Objects that stand beside EVE's object of its name, each with its own: a mail's `email` beside `smtp`. None for most.
    fn tell_beside(&self, tree: &mut dyn Tree) {
        let _ = tree;
    }

    /// The bytes that a rule's buffer is of what `sender` sent; of a buffer that repeats the one at this place, from 0. `None`
    /// where there is no such thing, or not yet.
    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        let _ = (field, sender, place);
        None
    }

    /// As [`Transaction::buffer`], for what rules compare as a number.
    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        let _ = (field, sender, place);
        None
    }

    /// For those who need more than the tree (rules, performance).
    fn as_any(&self) -> &dyn Any;
}

/// A table that transactions fill.
#[derive(Debug)]
pub struct Table {
    /// Its name, in SQL and as EVE's `event_type`.
    pub name: &'static str,
    /// What a row is.
    pub doc: &'static str,
    /// Its own columns; those of the flow (time, addresses, ports, ids) come before them in every table.
    pub columns: &'static [Column],
}

/// One column.
#[derive(Debug)]
pub struct Column {
    /// Its name in SQL.
    pub name: &'static str,
    /// The leaf of the tree it is: `hostname`, `tls.ja3.hash` as `ja3.hash`, items of a list as `answers[].rdata`; of what is
    /// told beside it, with the name of that object: `email.subject`.
    pub path: &'static str,
    /// Its type; for items of a list, the items as text with commas between them.
    pub field_type: FieldType,
    /// What it means.
    pub doc: &'static str,
}
