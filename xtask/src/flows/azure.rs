//! Azure VNet flow logs, version 4: one `PT1H.json` blob per interface and hour.

use std::io::{self, BufWriter, Write};

use super::Object;
use super::network::{Connection, Network};
use crate::clock::{DAY, Rfc3339};
use crate::random::Random;

/// Who the blobs belong to, as the path spells it.
const FLOW_LOG: &str =
    "/B0D432B7-61C4-4F0E-9A55-0123456789AB_NETWORKWATCHERRG/NETWORKWATCHER_WESTEUROPE_BENCH-RG-FLOWLOG";
/// Tuples per conversation, on average: begin and end, or one denial.
const TUPLES_PER_CONVERSATION: f64 = 1.92;
const DENY_PERCENT: f64 = 8.0;

fn hour(object: &Object) -> u64 {
    object.start_ms / 3_600_000
}

fn mac(object: &Object) -> String {
    format!("000D3A{:06X}", 0x41_0000 + object.number)
}

/// The blob's name.
pub(super) fn key(object: &Object) -> String {
    let (hour, mac) = (hour(object), mac(object));
    format!(
        "insights-logs-flowlogflowevent/flowLogResourceID={FLOW_LOG}/y=2026/m=03/d=02/h={hour:02}/m=00/macAddress={mac}/PT1H.json"
    )
}

/// Writes the blob: one record per minute, each with that minute's tuples.
pub(super) fn write(network: &Network, object: &Object, out: impl Write) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 17, out);
    let mut random = Random::new(object.seed, object.number);
    let conversations = ((object.records as f64 / TUPLES_PER_CONVERSATION) as u64).max(1);
    let minutes = (object.end_ms - object.start_ms).div_ceil(60_000).max(1);
    let (mut nth, mut left) = (0, object.records);
    out.write_all(b"{\"records\":[")?;
    for minute in 0..minutes {
        let keep = object.records - object.records * (minute + 1) / minutes;
        let (mut allowed, mut denied) = (Vec::new(), Vec::new());
        while left > keep {
            let deny = random.percent(DENY_PERCENT);
            let connection = match deny {
                true => network.attempt(&mut random, object, nth, conversations),
                false => network.connection(&mut random, object, nth, conversations),
            };
            nth += 1;
            let written =
                if deny { denial(&mut denied, &connection) } else { tuples(&mut allowed, &connection, left - keep) }?;
            left -= written;
        }
        if minute > 0 {
            out.write_all(b",")?;
        }
        record(&mut out, object, (object.start_ms + (minute + 1) * 60_000).min(object.end_ms), &allowed, &denied)?;
    }
    out.write_all(b"]}")?;
    out.flush()
}

fn denial(tuples: &mut Vec<u8>, c: &Connection) -> io::Result<u64> {
    tuple(tuples, c, c.start_ms, "I,D,NX,0,0,0,0")
}

/// Begin and end of a conversation, or only its begin when there is room for no more.
fn tuples(tuples: &mut Vec<u8>, c: &Connection, room: u64) -> io::Result<u64> {
    let way = if c.client.internal { 'O' } else { 'I' };
    let begun = tuple(tuples, c, c.start_ms, &format!("{way},B,NX,0,0,0,0"))?;
    if room < 2 {
        return Ok(begun);
    }
    let (out, back) = (c.out, c.back);
    let rest = format!("{way},E,NX,{},{},{},{}", out.packets, out.bytes, back.packets, back.bytes);
    Ok(begun + tuple(tuples, c, c.end_ms, &rest)?)
}

fn tuple(tuples: &mut Vec<u8>, c: &Connection, ms: u64, rest: &str) -> io::Result<u64> {
    let comma = if tuples.is_empty() { "" } else { "," };
    let (client, server) = (c.client.str(), c.server.str());
    let Connection { client_port, server_port, protocol, .. } = c;
    let time = DAY * 1000 + ms;
    write!(tuples, "{comma}\"{time},{client},{server},{client_port},{server_port},{protocol},{rest}\"")?;
    Ok(1)
}

fn record(out: &mut impl Write, object: &Object, ms: u64, allowed: &[u8], denied: &[u8]) -> io::Result<()> {
    let (time, mac) = (Rfc3339::from_ms(ms), mac(object));
    write!(
        out,
        r#"{{"time":"{time:.7}","flowLogVersion":4,"flowLogGUID":"6f0b4c52-9d1c-4b7e-8b0a-5a6f0e4c9d21","macAddress":"{mac}","category":"FlowLogFlowEvent","flowLogResourceID":"{FLOW_LOG}","targetResourceID":"/subscriptions/b0d432b7-61c4-4f0e-9a55-0123456789ab/resourceGroups/bench-rg/providers/Microsoft.Network/virtualNetworks/bench-vnet","operationName":"FlowLogFlowEvent","flowRecords":{{"flows":[{{"aclID":"3f2d8c1e-7a64-4e0b-93c5-8d1f6b2a7e90","flowGroups":[{{"rule":"UserRule_Allow-Bench","flowTuples":["#
    )?;
    out.write_all(allowed)?;
    out.write_all(br#"]},{"rule":"DefaultRule_DenyAllInBound","flowTuples":["#)?;
    out.write_all(denied)?;
    out.write_all(b"]}]}]}}")
}
