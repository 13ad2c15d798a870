//! AWS VPC flow logs: every interface writes what passed it, per five-tuple, direction and window.

use super::connection::Connection;
use super::estate::Estate;
use super::output::Converted;
use super::spread::{Slice, spread};
use crate::Random;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::IpAddr;

const SECOND_NS: i64 = 1_000_000_000;
const HEADER: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end \
    action log-status vpc-id tcp-flags pkt-srcaddr pkt-dstaddr flow-direction\n";
const ACCOUNT: &str = "123456789010";
const VPC: &str = "vpc-0a1b2c3d4e5f60718";
/// Of windows without traffic, one of so many lost its records instead.
const SKIPPED_WINDOWS: usize = 50;

/// One record's identity, in the order in which records are written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    window_ns: i64,
    host: usize,
    is_egress: bool,
    addresses: [IpAddr; 2],
    ports: [u16; 2],
    protocol: u8,
    is_rejected: bool,
}

/// What a record counts.
#[derive(Clone, Debug)]
struct Totals {
    packets: i64,
    bytes: i64,
    times_ns: [i64; 2],
    flags: u8,
    connections: BTreeSet<usize>,
}

#[derive(Default)]
struct Records(BTreeMap<Key, Totals>);

pub(super) fn convert(connections: &[Connection], estate: &Estate, window_s: i64) -> Converted {
    let window_ns = window_s * SECOND_NS;
    let mut records = Records::default();
    for (number, connection) in connections.iter().enumerate() {
        records.add(number, connection, estate, window_ns);
    }
    records.write(connections, window_ns)
}

impl Records {
    /// Both directions of a connection, at each end that has an interface.
    fn add(&mut self, number: usize, connection: &Connection, estate: &Estate, window_ns: i64) {
        let hosts = connection.addresses.map(|address| estate.host(address));
        let is_rejected = hosts[1].is_some() && !estate.allows(connection);
        for direction in 0..2 {
            let is_reply = direction == 1;
            if is_reply && is_rejected {
                // What never came in is not answered.
                continue;
            }
            let (packets, bytes) = (connection.packets[direction], connection.bytes[direction]);
            for slice in spread(connection.start_ns, connection.end_ns, packets, bytes, window_ns) {
                for (side, host) in hosts.iter().enumerate() {
                    let Some(host) = *host else { continue };
                    let key = Key {
                        window_ns: slice.window_ns,
                        host,
                        is_egress: side == direction,
                        addresses: ordered(connection.addresses, is_reply),
                        ports: ordered(connection.ports, is_reply),
                        protocol: connection.protocol,
                        is_rejected: is_rejected && side == 1,
                    };
                    self.count(key, &slice, flags_in(connection, direction, &slice), number);
                }
            }
        }
    }

    fn count(&mut self, key: Key, slice: &Slice, flags: u8, connection: usize) {
        let empty = Totals { packets: 0, bytes: 0, times_ns: slice.times_ns, flags: 0, connections: BTreeSet::new() };
        let totals = self.0.entry(key).or_insert(empty);
        totals.packets += slice.packets;
        totals.bytes += slice.bytes;
        totals.times_ns[0] = totals.times_ns[0].min(slice.times_ns[0]);
        totals.times_ns[1] = totals.times_ns[1].max(slice.times_ns[1]);
        totals.flags |= flags;
        totals.connections.insert(connection);
    }

    fn write(&self, connections: &[Connection], window_ns: i64) -> Converted {
        let mut text = HEADER.to_owned();
        let mut converted = Converted::default();
        let mut silence = self.silence(window_ns).into_iter().peekable();
        let mut random = Random::new(window_ns as u64);
        for (key, totals) in &self.0 {
            while let Some((window, host)) = silence.next_if(|(window, _)| *window < key.window_ns) {
                let status = if random.below(SKIPPED_WINDOWS) == 0 { "SKIPDATA" } else { "NODATA" };
                write_silence(window, window_ns, host, status, &mut text);
            }
            for number in &totals.connections {
                converted.label(text.len(), &connections[*number]);
            }
            write_record(key, totals, &mut text);
        }
        converted.object = text.into_bytes();
        converted
    }

    /// Windows in which an interface had no traffic, between its first and its last.
    fn silence(&self, window_ns: i64) -> Vec<(i64, usize)> {
        let mut busy: BTreeMap<usize, BTreeSet<i64>> = BTreeMap::new();
        for key in self.0.keys() {
            busy.entry(key.host).or_default().insert(key.window_ns);
        }
        let mut silent = Vec::new();
        for (host, windows) in busy {
            let (first, last) = (windows.first().copied(), windows.last().copied());
            let (Some(mut window), Some(last)) = (first, last) else { continue };
            while window < last {
                if !windows.contains(&window) {
                    silent.push((window, host));
                }
                window += window_ns;
            }
        }
        silent.sort_unstable();
        silent
    }
}

fn ordered<T: Copy>(ends: [T; 2], is_reply: bool) -> [T; 2] {
    if is_reply { [ends[1], ends[0]] } else { ends }
}

/// SYN where the direction begins, FIN and RST where it ends.
fn flags_in(connection: &Connection, direction: usize, slice: &Slice) -> u8 {
    const SYN_ACK: u8 = 18;
    const FIN_RST: u8 = 5;
    let flags = connection.aws_flags(direction);
    let opening = if slice.has_first { flags & SYN_ACK } else { 0 };
    let closing = if slice.has_last { flags & FIN_RST } else { 0 };
    opening | closing
}

fn interface(host: usize) -> String {
    format!("eni-{:017x}", 0x0a00_0000_0000_0000_u64 + host as u64)
}

fn write_record(key: &Key, totals: &Totals, text: &mut String) {
    let [source, destination] = key.addresses;
    let [source_port, destination_port] = key.ports;
    let [start, end] = totals.times_ns.map(|time| time.div_euclid(SECOND_NS));
    let action = if key.is_rejected { "REJECT" } else { "ACCEPT" };
    let direction = if key.is_egress { "egress" } else { "ingress" };
    let Totals { packets, bytes, flags, .. } = totals;
    let _ = writeln!(
        text,
        "5 {ACCOUNT} {} {source} {destination} {source_port} {destination_port} {} {packets} {bytes} {start} {end} \
         {action} OK {VPC} {flags} {source} {destination} {direction}",
        interface(key.host),
        key.protocol,
    );
}

fn write_silence(window: i64, window_ns: i64, host: usize, status: &str, text: &mut String) {
    let [start, end] = [window, window + window_ns].map(|time| time.div_euclid(SECOND_NS));
    let interface = interface(host);
    let _ = writeln!(text, "5 {ACCOUNT} {interface} - - - - - - - {start} {end} - {status} {VPC} - - - -");
}
