//! A table of one's own: which interface or address was whose, from when to when.

use super::{File, Format, Interface, Limits, Owner, Period, Place};
use crate::intel::{columns, csv};
use serde_json::Value;
use std::borrow::Cow;
use std::net::IpAddr;

/// The columns, each with the names it may have.
const COLUMNS: [&[&str]; 10] = [
    &["eni", "if_id", "interface", "interface_id", "interface-id"],
    &["ip", "address", "ip_address"],
    &["service"],
    &["name"],
    &["from", "valid_from"],
    &["to", "valid_to"],
    &["zone", "availability_zone", "az"],
    &["region"],
    &["network", "vpc", "vpc_id", "vnet"],
    &["subnet", "subnet_id"],
];

/// One row: interface, address, service, name, from, to, zone, region, network, subnet.
type Row<'a> = [Cow<'a, str>; 10];

/// Reads an array of objects.
pub(super) fn read_json(name: &str, document: &Value, limits: &Limits) -> Option<File> {
    let one = std::slice::from_ref(document);
    let rows = if document.is_object() { one } else { document.as_array()?.as_slice() };
    read(name, rows.iter().map(row_of), limits)
}

/// Reads JSON lines, or CSV with a header.
pub(super) fn read_text(name: &str, text: &str, limits: &Limits) -> Option<File> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    if text.trim_start().starts_with('{') {
        let rows: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap_or(Value::Null)).collect();
        return read(name, rows.iter().map(row_of), limits);
    }
    let mut lines = lines.map(|line| csv::split(line, ','));
    let header = lines.next()?;
    let places = COLUMNS.map(|names| header.iter().position(|column| is_one_of(column, names)));
    let has = |column: usize| places[column].is_some();
    if !(has(0) || has(1)) || !(has(2) || has(3)) {
        return None;
    }
    let row = |fields: Vec<Cow<'_, str>>| {
        places.map(|place| place.and_then(|place| fields.get(place)).map_or_else(String::new, |text| text.to_string()))
    };
    read(name, lines.map(row).map(|fields| Some(fields.map(Cow::Owned))), limits)
}

fn is_one_of(column: &str, names: &[&str]) -> bool {
    names.iter().any(|name| column.trim().eq_ignore_ascii_case(name))
}

/// The columns of an object, if it has an interface or an address, and a service or a name.
fn row_of(object: &Value) -> Option<Row<'_>> {
    let object = object.as_object()?;
    let column = |names: &[&str]| names.iter().find_map(|name| object.get(*name)).map_or(Cow::Borrowed(""), plain);
    let row = COLUMNS.map(column);
    let says_any = |cells: &[Cow<'_, str>]| cells.iter().any(|cell| !cell.is_empty());
    let is_row = says_any(&row[..2]) && says_any(&row[2..4]);
    is_row.then_some(row)
}

fn plain(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Null => Cow::Borrowed(""),
        other => Cow::Owned(other.to_string()),
    }
}

/// Reads rows; `None` if there is none that can be read.
fn read<'a>(name: &str, rows: impl Iterator<Item = Option<Row<'a>>>, limits: &Limits) -> Option<File> {
    let mut file = File::new(name, Format::Table);
    for row in rows {
        match row.as_ref().and_then(interface) {
            Some(interface) if file.has_room(limits) => file.interfaces.push(interface),
            Some(_) => {}
            None => file.unread += 1,
        }
    }
    (!file.interfaces.is_empty()).then_some(file)
}

fn interface([id, address, service, name, from, to, zone, region, network, subnet]: &Row<'_>) -> Option<Interface> {
    let addresses: Vec<IpAddr> =
        address.split([' ', ';']).filter_map(|text| text.parse().ok()).map(|ip: IpAddr| ip.to_canonical()).collect();
    if addresses.is_empty() && (id.is_empty() || !address.trim().is_empty()) {
        return None;
    }
    // A time that cannot be read must not become "always".
    let period = Period { from: moment(from)?, to: moment(to)?, seen: None };
    let owner = Owner { service: service.trim().to_owned(), name: name.trim().to_owned() };
    let own = |text: &str| text.trim().to_owned();
    let mut place = Place { region: own(region), network: own(network), subnet: own(subnet), ..Place::default() };
    place.set_zone(zone.trim());
    Some(Interface { id: own(id), addresses, owner, place, period })
}

fn moment(text: &str) -> Option<Option<i64>> {
    let text = text.trim();
    if text.is_empty() { Some(None) } else { seconds_of(text).map(Some) }
}

/// A moment as text or as a number of seconds.
pub(super) fn seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| seconds_of(value.as_str()?))
}

fn seconds_of(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| columns::seconds(text))
}
