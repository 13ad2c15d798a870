//! Azure VNet flow logs, version 4: one tuple when a flow begins, every five minutes, and at its end.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::Ipv4Addr;

use super::Files;
use super::split::split;
use super::traffic::Conversation;
use super::world::{Host, Kind, Site, World, site_of};
use crate::clock::{DAY, DAY_MS, MINUTE_MS, Rfc3339};
use crate::random::{hash, mix};

const SUBSCRIPTION: &str = "7c1e5a90-3b42-4d8f-a6c7-91e0d2f4b853";
const FLOW_LOG: &str =
    "/7C1E5A90-3B42-4D8F-A6C7-91E0D2F4B853_NETWORKWATCHERRG/NETWORKWATCHER_WESTEUROPE_VNET-OFFICE-RG-OFFICE-FLOWLOG";
/// The address of the platform: DNS, health probes.
const PLATFORM: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);
/// A flow that goes on is reported this often.
const CONTINUES: u64 = 5 * MINUTE_MS;

/// Tuples with their time, by rule; the rules of one minute.
type Minute = BTreeMap<(String, &'static str), Vec<(u64, String)>>;
/// Minutes by interface and number.
type Minutes = BTreeMap<(Ipv4Addr, u64), Minute>;

/// Writes the blobs, one per interface and hour.
pub(super) fn emit(world: &World, conversations: &[Conversation], files: &mut Files) {
    let mut minutes = Minutes::new();
    for c in conversations {
        for (ip, way) in [(c.client, 'O'), (c.server, 'I')] {
            if let Some(host) = world.host(ip).filter(|host| host.site == Site::Office) {
                see(host, c, way, &mut minutes);
            }
        }
    }
    for ((ip, minute), groups) in minutes {
        let Some(host) = world.host(ip) else { continue };
        let blob = files.entry(blob_name(host, minute / 60)).or_insert_with(|| b"{\"records\":[".to_vec());
        if !blob.ends_with(b"[") {
            blob.push(b',');
        }
        blob.extend(record(host, minute, groups).into_bytes());
    }
    files.iter_mut().filter(|(name, _)| name.ends_with("PT1H.json")).for_each(|(_, blob)| blob.extend(b"]}"));
}

fn blob_name(host: &Host, hour: u64) -> String {
    let mac = host.mac();
    format!(
        "azure/insights-logs-flowlogflowevent/flowLogResourceID={FLOW_LOG}/y=2026/m=03/d=02/h={hour:02}/m=00/macAddress={mac}/PT1H.json"
    )
}

/// The tuples of a conversation at one interface.
fn see(host: &Host, c: &Conversation, way: char, minutes: &mut Minutes) {
    let Conversation { client, server, client_port, server_port, protocol, .. } = c;
    let rule = rule(host, c, way);
    let encryption = if encrypted(c) { "X" } else { "NX" };
    let mut add = |ms: u64, state: char, counters: String| {
        if ms < DAY_MS {
            let time = DAY * 1000 + ms;
            let tuple = format!(
                "{time},{client},{server},{client_port},{server_port},{protocol},{way},{state},{encryption},{counters}"
            );
            minutes.entry((host.ip, ms / MINUTE_MS)).or_default().entry(rule.clone()).or_default().push((ms, tuple));
        }
    };
    if c.denied && way == 'I' {
        return add(c.start, 'D', "0,0,0,0".to_owned());
    }
    add(c.start, 'B', "0,0,0,0".to_owned());
    // Windows that start with the flow: what is in the last one is reported at its end.
    let offset = (CONTINUES - c.start % CONTINUES) % CONTINUES;
    let parts = |volume| split(volume, (c.start, c.end), CONTINUES, offset);
    let mut windows: BTreeMap<u64, [u64; 4]> = BTreeMap::new();
    parts(c.out)
        .iter()
        .for_each(|part| windows.entry(part.window).or_default()[..2].copy_from_slice(&[part.packets, part.bytes]));
    parts(c.back)
        .iter()
        .for_each(|part| windows.entry(part.window).or_default()[2..].copy_from_slice(&[part.packets, part.bytes]));
    let last = (c.end + offset) / CONTINUES;
    windows.entry(last).or_default();
    for (window, [out, out_bytes, back, back_bytes]) in windows {
        let counters = format!("{out},{out_bytes},{back},{back_bytes}");
        match window == last {
            true => add(c.end, 'E', counters),
            false => add((window + 1) * CONTINUES - offset, 'C', counters),
        }
    }
}

/// The VNet encrypts between its own machines.
fn encrypted(c: &Conversation) -> bool {
    site_of(c.client) == Some(Site::Office) && site_of(c.server) == Some(Site::Office)
}

/// Which security group and rule let the flow pass, or did not.
fn rule(host: &Host, c: &Conversation, way: char) -> (String, &'static str) {
    let peer = if way == 'I' { c.client } else { c.server };
    if peer == PLATFORM {
        return ("unspecified".to_owned(), "Platform rule");
    }
    let internal = site_of(peer).is_some();
    let rule = match (way, c.denied, internal) {
        ('O', _, true) => "DefaultRule_AllowVnetOutBound",
        ('O', _, false) => "DefaultRule_AllowInternetOutBound",
        (_, true, true) => "UserRule_Block-Admin-From-Shop",
        (_, true, false) if matches!(c.server_port, 22 | 445 | 3389) => "UserRule_Block-Admin-Ports",
        (_, true, false) => "DefaultRule_DenyAllInBound",
        (_, false, true) => "DefaultRule_AllowVnetInBound",
        (_, false, false) if host.kind == Kind::Vpn => "UserRule_Allow-IPsec",
        (_, false, false) => "UserRule_Allow-HTTPS-From-Internet",
    };
    (guid(&format!("nsg {}", host.ip.octets()[2])), rule)
}

/// A stable identifier in the form of a GUID.
fn guid(name: &str) -> String {
    let (a, b) = (hash(name), mix(hash(name)));
    let text = format!("{a:016x}{b:016x}");
    format!("{}-{}-4{}-8{}-{}", &text[..8], &text[8..12], &text[13..16], &text[17..20], &text[20..])
}

fn record(host: &Host, minute: u64, groups: Minute) -> String {
    let mac = host.mac();
    let late = mix(minute ^ hash(host.name)) % 9_000_000_000;
    let time = Rfc3339((minute + 1) * MINUTE_MS * 1_000_000 + late);
    let flow_log_id = guid("office flow log");
    let mut text = format!(
        r#"{{"time":"{time:.7}","flowLogVersion":4,"flowLogGUID":"{flow_log_id}","macAddress":"{mac}","category":"FlowLogFlowEvent","flowLogResourceID":"{FLOW_LOG}","targetResourceID":"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-office/providers/Microsoft.Network/virtualNetworks/vnet-office","operationName":"FlowLogFlowEvent","flowRecords":{{"flows":["#
    );
    let mut open: Option<String> = None;
    for ((acl, rule), mut tuples) in groups {
        tuples.sort();
        let tuples: Vec<&str> = tuples.iter().map(|(_, tuple)| tuple.as_str()).collect();
        let before = match &open {
            Some(current) if *current == acl => ",".to_owned(),
            Some(_) => format!(r#"]}},{{"aclID":"{acl}","flowGroups":["#),
            None => format!(r#"{{"aclID":"{acl}","flowGroups":["#),
        };
        let written = write!(text, r#"{before}{{"rule":"{rule}","flowTuples":["{}"]}}"#, tuples.join("\",\""));
        debug_assert!(written.is_ok());
        open = Some(acl);
    }
    text + "]}]}}"
}
