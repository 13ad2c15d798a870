//! How a message is told, in EVE's names.

use super::cip::{Cip, SegmentKind};
use super::message::{Identity, Item, Message, Service};
use super::names;
use crate::tree::Tree;
use model::packet::Side;

pub(super) fn tell(message: &Message, sender: Side, tree: &mut dyn Tree) {
    named("command", names::command(message.command), message.command.into(), tree);
    if sender == Side::Server {
        named("status", names::status(message.status), message.status.into(), tree);
    }
    if let Some((version, options)) = message.registration {
        tree.open_object("register_session");
        tree.number("protocol_version", version.into());
        tree.number("options", options.into());
        tree.close_object();
    }
    message.items.iter().for_each(|item| tell_item(item, tree));
}

fn named(field: &'static str, name: Option<&str>, number: u64, tree: &mut dyn Tree) {
    match name {
        Some(name) => tree.text(field, name.as_bytes()),
        None => tree.text(field, format!("unknown-{number}").as_bytes()),
    }
}

fn tell_item(item: &Item, tree: &mut dyn Tree) {
    match item {
        Item::Identity(identity) => tell_identity(identity, tree),
        Item::Service(service) => tell_service(service, tree),
        Item::Cip(cip) => {
            tree.open_object("cip");
            tell_cip(cip, tree);
            tree.close_object();
        }
        Item::Other(_) => {}
    }
}

fn tell_identity(identity: &Identity, tree: &mut dyn Tree) {
    tree.open_object("identity");
    tree.number("protocol_version", identity.protocol_version.into());
    tree.text("revision", format!("{}.{}", identity.revision.0, identity.revision.1).as_bytes());
    named("vendor_id", names::vendor(identity.vendor), identity.vendor.into(), tree);
    named("device_type", names::device_type(identity.device_type), identity.device_type.into(), tree);
    tree.number("product_code", identity.product_code.into());
    tree.number("status", identity.status.into());
    tree.number("serial", identity.serial.into());
    tree.text("product_name", &identity.product_name);
    tree.number("state", identity.state.into());
    tree.close_object();
}

fn tell_service(service: &Service, tree: &mut dyn Tree) {
    tree.open_object("list_services");
    tree.number("protocol_version", service.protocol_version.into());
    tree.number("capabilities", service.capabilities.into());
    tree.text("service_name", &service.name);
    tree.close_object();
}

fn tell_cip(cip: &Cip, tree: &mut dyn Tree) {
    named("service", names::cip_service(cip.service), cip.service.into(), tree);
    if cip.is_response {
        named("status", names::cip_status(cip.status), cip.status.into(), tree);
        if let Some(extended) = cip.extended_status.first() {
            tree.text("status_extended", extended.to_string().as_bytes());
        }
    } else {
        tell_path(cip, tree);
    }
    if !cip.services.is_empty() {
        tree.open_list("multiple");
        for service in &cip.services {
            tree.open_object("");
            tell_cip(service, tree);
            tree.close_object();
        }
        tree.close_list();
    }
}

fn tell_path(cip: &Cip, tree: &mut dyn Tree) {
    if cip.path.is_empty() {
        return;
    }
    tree.open_list("path");
    for segment in &cip.path {
        let kind = match segment.kind {
            SegmentKind::Class => "class",
            SegmentKind::Instance => "instance",
            SegmentKind::Member => "member",
            SegmentKind::ConnectionPoint => "connection_point",
            SegmentKind::Attribute => "attribute",
        };
        tree.open_object("");
        tree.text("segment_type", kind.as_bytes());
        tree.number("value", segment.value.into());
        tree.close_object();
    }
    tree.close_list();
    if let Some(name) = cip.of_kind(SegmentKind::Class).next().and_then(names::cip_class) {
        tree.text("class_name", name.as_bytes());
    }
}
