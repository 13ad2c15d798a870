//! How a message is told, in EVE's names.

use super::body::Body;
use super::function::{self, Access, Store};
use super::message::Message;
use crate::tree::Tree;

pub(super) fn tell(message: &Message, tree: &mut dyn Tree) {
    let function = message.function & 0x7f;
    tree.number("transaction_id", message.transaction.into());
    tree.number("protocol_id", message.protocol.into());
    tree.number("unit_id", message.unit.into());
    tree.number("function_raw", message.function.into());
    tree.text("function_code", function::name(function).as_bytes());
    tree.text("access_type", access(function).as_bytes());
    tree.text("category", message.category().name().as_bytes());
    tree.text("error_flags", errors(message).as_bytes());
    tell_body(&message.body, tree);
}

fn joined(names: Vec<&'static str>) -> String {
    if names.is_empty() { "NONE".to_owned() } else { names.join(" | ") }
}

fn access(function: u8) -> String {
    const NAMES: [&str; 9] =
        ["READ", "WRITE", "DISCRETES", "COILS", "INPUT", "HOLDING", "SINGLE", "MULTIPLE", "WRITE_SINGLE"];
    let has = |name: &str| {
        function::accesses(function).iter().any(|(access, store)| {
            let of_store = match store {
                Store::Discretes => "DISCRETES",
                Store::Coils => "COILS",
                Store::Input => "INPUT",
                Store::Holding => "HOLDING",
            };
            let of_access: &[&str] = match access {
                Access::Read => &["READ"],
                Access::WriteOne => &["WRITE", "SINGLE", "WRITE_SINGLE"],
                Access::WriteMany => &["WRITE", "MULTIPLE"],
            };
            of_store == name || of_access.contains(&name)
        })
    };
    joined(NAMES.into_iter().filter(|name| has(name)).collect())
}

fn errors(message: &Message) -> String {
    let errors = &message.errors;
    let flags = [
        (errors.value, "DATA_VALUE"),
        (errors.length, "DATA_LENGTH"),
        (errors.exception, "EXC_CODE"),
        (errors.function, "FUNC_CODE"),
        (errors.protocol, "PROTO_ID"),
    ];
    joined(flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name).collect())
}

fn tell_body(body: &Body, tree: &mut dyn Tree) {
    match body {
        Body::Bytes(bytes) if bytes.is_empty() => {}
        Body::Bytes(bytes) => tree.text("data", bytes),
        Body::Exception(code) => tell_coded("exception", (*code).into(), function::exception_name(*code), None, tree),
        Body::Diagnostic(code, data) => {
            tell_coded("diagnostic", (*code).into(), function::diagnostic_name(*code), Some(data), tree);
        }
        Body::Encapsulated(kind, data) => {
            tell_coded("mei", (*kind).into(), function::encapsulated_name(*kind), Some(data), tree);
        }
        Body::Read(address, quantity) => tell_numbers("read", &[("address", *address), ("quantity", *quantity)], tree),
        Body::Data(data) => {
            tree.open_object("read");
            tree.text("data", data);
            tree.close_object();
        }
        Body::WriteOne(address, data) => tell_numbers("write", &[("address", *address), ("data", *data)], tree),
        Body::WriteMany(address, quantity, data) => tell_many(*address, *quantity, data, tree),
        Body::Mask(address, and, or) => {
            tell_numbers("write", &[("address", *address), ("and_mask", *and), ("or_mask", *or)], tree);
        }
        Body::ReadWrite((address, quantity), (write_address, write_quantity, data)) => {
            tell_numbers("read", &[("address", *address), ("quantity", *quantity)], tree);
            tell_many(*write_address, *write_quantity, data, tree);
        }
    }
}

fn tell_coded(name: &'static str, raw: u64, code: &str, data: Option<&[u8]>, tree: &mut dyn Tree) {
    tree.open_object(name);
    tree.number("raw", raw);
    tree.text("code", code.as_bytes());
    if let Some(data) = data {
        tree.text("data", data);
    }
    tree.close_object();
}

fn tell_numbers(name: &'static str, numbers: &[(&'static str, u16)], tree: &mut dyn Tree) {
    tree.open_object(name);
    numbers.iter().for_each(|(name, number)| tree.number(name, (*number).into()));
    tree.close_object();
}

fn tell_many(address: u16, quantity: u16, data: &[u8], tree: &mut dyn Tree) {
    tree.open_object("write");
    tree.number("address", address.into());
    tree.number("quantity", quantity.into());
    tree.text("data", data);
    tree.close_object();
}
