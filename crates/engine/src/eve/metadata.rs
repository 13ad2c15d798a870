//! The object `metadata`: what rules remember of a flow and of a packet.

use super::json::JsonLine;
use crate::event::FlowValues;
use applayer::Tree;
use rules::Names;
use std::sync::Arc;

/// Writes it where there is something to remember. `texts` are the packet's.
pub(super) fn metadata(json: &mut JsonLine, flow: Option<FlowValues<'_>>, texts: &[(Arc<str>, Vec<u8>)]) {
    let flow = flow.filter(|flow| !flow.values.is_empty());
    if flow.is_none() && texts.is_empty() {
        return;
    }
    json.open_object("metadata");
    if let Some(FlowValues { values, names }) = flow {
        bits(json, values.bits(), names);
        numbers(json, values.numbers(), names);
        let own = values.texts().iter().map(|(place, text)| (name(names, *place), &text[..]));
        named_texts(json, "flowvars", own);
    }
    named_texts(json, "pktvars", texts.iter().map(|(name, text)| (&**name, &text[..])));
    json.close_object();
}

fn name(names: &Names, place: u32) -> &str {
    names.name(place).map_or("", |name| name)
}

fn bits(json: &mut JsonLine, bits: &[u32], names: &Names) {
    if !bits.is_empty() {
        json.open_list("flowbits");
        bits.iter().for_each(|bit| json.text("", name(names, *bit).as_bytes()));
        json.close_list();
    }
}

fn numbers(json: &mut JsonLine, numbers: &[(u32, u32)], names: &Names) {
    if !numbers.is_empty() {
        json.open_object("flowints");
        numbers.iter().for_each(|(place, value)| json.number_named(name(names, *place), u64::from(*value)));
        json.close_object();
    }
}

fn named_texts<'a>(json: &mut JsonLine, list: &'static str, texts: impl Iterator<Item = (&'a str, &'a [u8])>) {
    let mut texts = texts.peekable();
    if texts.peek().is_none() {
        return;
    }
    json.open_list(list);
    for (name, text) in texts {
        json.open_object("");
        json.text_named(name.as_bytes(), text);
        json.close_object();
    }
    json.close_list();
}
