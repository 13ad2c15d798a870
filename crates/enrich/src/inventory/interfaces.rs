//! AWS network interfaces, as the API describes them and as AWS Config keeps them.

use super::pattern::{Signs, attribute};
use super::table::seconds;
use super::{File, Format, Interface, Limits, Owner, Period, Place};
use jiff::fmt::rfc2822;
use serde_json::Value;
use std::net::IpAddr;

/// Levels of wrapping around the list of interfaces: recorded answers stand in `data`.
const DEPTH_MAX: usize = 3;

/// Reads a document, if it holds interfaces.
pub(super) fn read(name: &str, document: &Value, limits: &Limits) -> Option<File> {
    if let Some(items) = field(document, "ConfigurationItems").and_then(Value::as_array) {
        return Some(read_config(name, items, limits));
    }
    let (answer, list) = answers(document, 0)?;
    let mut file = File::new(name, Format::AwsInterfaces);
    let seen = answered_at(answer);
    for described in list {
        if file.has_room(limits) {
            keep(&mut file, interface(described, seen));
        }
    }
    Some(file)
}

/// The answer that holds the list of interfaces, and the list.
fn answers(document: &Value, depth: usize) -> Option<(&Value, &[Value])> {
    if let Some(list) = document.get("NetworkInterfaces").and_then(Value::as_array) {
        return Some((document, list));
    }
    let is_list = |list: &&Vec<Value>| list.first().is_some_and(|first| first.get("NetworkInterfaceId").is_some());
    if let Some(list) = document.as_array().filter(is_list) {
        return Some((document, list));
    }
    let object = document.as_object().filter(|_| depth < DEPTH_MAX)?;
    object.values().find_map(|inner| answers(inner, depth + 1))
}

/// When the service answered, where that was recorded.
fn answered_at(answer: &Value) -> Option<i64> {
    let date = answer.pointer("/ResponseMetadata/HTTPHeaders/date")?.as_str()?;
    rfc2822::parse(date).ok().map(|zoned| zoned.timestamp().as_second())
}

fn keep(file: &mut File, interface: Option<Interface>) {
    match interface {
        Some(interface) => file.interfaces.push(interface),
        None => file.unread += 1,
    }
}

fn read_config(name: &str, items: &[Value], limits: &Limits) -> File {
    let mut file = File::new(name, Format::AwsConfig);
    let is_interface = |item: &&Value| text(item, "ResourceType") == "AWS::EC2::NetworkInterface";
    for item in items.iter().filter(is_interface) {
        let at = field(item, "ConfigurationItemCaptureTime").and_then(seconds);
        match (text(item, "ConfigurationItemStatus"), at) {
            ("ResourceDeleted", Some(at)) => file.deleted.push((text(item, "ResourceId").to_owned(), at)),
            _ if !file.has_room(limits) => {}
            _ => keep(&mut file, field(item, "Configuration").and_then(|described| config(described, at))),
        }
    }
    file
}

/// The configuration of an item; in some exports it is JSON in a text.
fn config(described: &Value, at: Option<i64>) -> Option<Interface> {
    match described.as_str() {
        Some(text) => interface(&serde_json::from_str(text).ok()?, at),
        None => interface(described, at),
    }
}

/// One interface; `None` if it has neither an id nor an address.
fn interface(described: &Value, seen: Option<i64>) -> Option<Interface> {
    let attachment = field(described, "Attachment").unwrap_or(&Value::Null);
    let signs = Signs {
        instance_id: text(attachment, "InstanceId"),
        interface_type: text(described, "InterfaceType"),
        description: text(described, "Description"),
        requester_id: text(described, "RequesterId"),
    };
    let (service, name) = attribute(&signs);
    // What its owner calls it says more than a number.
    let called = tag_name(described).filter(|_| name.is_empty() || service == "EC2").unwrap_or(name);
    let id = text(described, "NetworkInterfaceId").to_owned();
    let addresses = addresses(described);
    let period = Period { from: field(attachment, "AttachTime").and_then(seconds), to: None, seen };
    let is_something = !id.is_empty() || !addresses.is_empty();
    let owner = Owner { service: service.to_owned(), name: called.to_owned() };
    is_something.then_some(Interface { id, addresses, owner, place: place(described), period })
}

fn place(described: &Value) -> Place {
    let own = |name| text(described, name).to_owned();
    Place {
        account: own("OwnerId"),
        region: String::new(),
        zone: own("AvailabilityZone"),
        zone_id: own("AvailabilityZoneId"),
        network: own("VpcId"),
        subnet: own("SubnetId"),
    }
}

/// Every address of an interface, its public ones too.
fn addresses(described: &Value) -> Vec<IpAddr> {
    let mut found = Vec::new();
    let mut add = |text: &str| {
        if let Ok(address) = text.parse::<IpAddr>()
            && !found.contains(&address)
        {
            found.push(address);
        }
    };
    add(text(described, "PrivateIpAddress"));
    let list = |name| field(described, name).and_then(Value::as_array).into_iter().flatten();
    let nested = list("PrivateIpAddresses").chain(std::iter::once(described));
    for one in nested {
        add(text(one, "PrivateIpAddress"));
        let association = field(one, "Association").unwrap_or(&Value::Null);
        ["PublicIp", "CarrierIp", "CustomerOwnedIp"].into_iter().for_each(|name| add(text(association, name)));
    }
    list("Ipv6Addresses").for_each(|one| add(text(one, "Ipv6Address")));
    found
}

/// The tag `Name`.
fn tag_name(described: &Value) -> Option<&str> {
    let tags = field(described, "TagSet").or_else(|| field(described, "Tags"))?.as_array()?;
    let name = tags.iter().find(|tag| text(tag, "Key") == "Name")?;
    Some(text(name, "Value")).filter(|name| !name.is_empty())
}

/// A field by the API's name, or as AWS Config writes it: with a small first letter.
fn field<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| {
        let (first, rest) = name.split_at_checked(1)?;
        object.get(format!("{}{rest}", first.to_ascii_lowercase()))
    })
}

fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    field(object, name).and_then(Value::as_str).unwrap_or("")
}
