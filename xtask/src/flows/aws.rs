//! AWS VPC flow logs, default format, as delivered to S3.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Object;
use super::network::{Address, Connection, Network, Volume};
use crate::clock::{DAY, DAY_SECONDS};
use crate::random::{Random, mix};

const HEADER: &[u8] =
    b"version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n";
/// Shares of conversations that become one rejected or one empty record, in percent, so that of
/// the *records* 8 % are rejected and 0.5 % empty (a conversation gives 2.3 records).
const REJECT_PERCENT: f64 = 16.6;
const NO_DATA_PERCENT: f64 = 1.03;
/// Records per conversation, on average, with both of the above.
const RECORDS_PER_CONVERSATION: f64 = 2.07;
/// Lines held back, so that the two directions of a conversation are not neighbours.
const HELD: usize = 64;

/// One direction of one conversation at one interface.
#[derive(Clone, Copy)]
struct Line {
    interface: u32,
    flow: Option<(Address, Address, u16, u16, u8, Volume)>,
    start: u64,
    end: u64,
    accept: bool,
}

/// The object's key.
pub(super) fn key(object: &Object) -> String {
    let minute = object.start_ms / 60_000;
    format!(
        "AWSLogs/123456789012/vpcflowlogs/us-east-1/2026/03/02/123456789012_vpcflowlogs_us-east-1_fl-0123456789abcdef0_20260302T{:02}{:02}Z_{:08x}.log.gz",
        minute / 60,
        minute % 60,
        mix(object.seed ^ mix(object.number)) as u32,
    )
}

/// Writes the object.
pub(super) fn write(network: &Network, object: &Object, out: impl Write) -> io::Result<()> {
    let mut out = GzEncoder::new(out, Compression::new(6));
    out.write_all(HEADER)?;
    let mut random = Random::new(object.seed, object.number);
    let conversations = (object.records as f64 / RECORDS_PER_CONVERSATION) as u64;
    let mut held: Vec<Line> = Vec::with_capacity(HELD);
    let mut text = Vec::with_capacity(1 << 17);
    let mut left = object.records;
    let mut fresh = Vec::with_capacity(4);
    for nth in 0.. {
        lines(network, &mut random, object, (nth, conversations), &mut fresh);
        for line in fresh.drain(..) {
            if held.len() < HELD {
                held.push(line);
                continue;
            }
            if left as usize == held.len() {
                break;
            }
            let slot = random.below(HELD as u64) as usize;
            print(&mut text, &std::mem::replace(&mut held[slot], line));
            left -= 1;
        }
        if left as usize <= held.len() {
            break;
        }
        if text.len() > 1 << 16 {
            out.write_all(&text)?;
            text.clear();
        }
    }
    held.iter().take(left as usize).for_each(|line| print(&mut text, line));
    out.write_all(&text)?;
    out.finish().map(drop)
}

/// The lines of the next conversation.
fn lines(network: &Network, random: &mut Random, object: &Object, (nth, of): (u64, u64), lines: &mut Vec<Line>) {
    if random.percent(NO_DATA_PERCENT) {
        let start = network.connection(random, object, nth, of).start_ms / 60_000 * 60;
        let interface = network.host(random).interface;
        lines.push(Line { interface, flow: None, start, end: start + 59, accept: true });
    } else if random.percent(REJECT_PERCENT) {
        let attempt = network.attempt(random, object, nth, of);
        lines.push(line(&attempt, attempt.server.interface, true));
    } else {
        let connection = network.connection(random, object, nth, of);
        for host in [connection.client, connection.server].iter().filter(|host| host.internal) {
            lines.push(line(&connection, host.interface, true));
            lines.push(line(&connection, host.interface, false));
        }
    }
}

fn line(connection: &Connection, interface: u32, forward: bool) -> Line {
    let Connection { client, server, client_port, server_port, protocol, out, back, .. } = *connection;
    let flow = match forward {
        true => (client, server, client_port, server_port, protocol, out),
        false => (server, client, server_port, client_port, protocol, back),
    };
    // A record covers the packets of one window of 60 s: what goes on beyond it is cut off.
    let start = connection.start_ms / 1000;
    let window_end = (start / 60 * 60 + 59).min(DAY_SECONDS - 1);
    let end = (connection.end_ms / 1000).min(window_end);
    Line { interface, flow: Some(flow), start, end, accept: !connection.denied }
}

fn print(text: &mut Vec<u8>, line: &Line) {
    text.extend_from_slice(b"2 123456789012 eni-0");
    hexadecimal(text, mix(u64::from(line.interface)));
    match &line.flow {
        Some((source, target, source_port, target_port, protocol, volume)) => {
            text.push(b' ');
            text.extend_from_slice(source.bytes());
            text.push(b' ');
            text.extend_from_slice(target.bytes());
            let [from, to, protocol] = [*source_port, *target_port, u16::from(*protocol)].map(u64::from);
            [from, to, protocol, volume.packets, volume.bytes].iter().for_each(|&n| decimal(text, n));
        }
        None => text.extend_from_slice(b" - - - - - - -"),
    }
    decimal(text, DAY + line.start);
    decimal(text, DAY + line.end);
    text.extend_from_slice(match (line.flow.is_some(), line.accept) {
        (true, true) => b" ACCEPT OK\n",
        (true, false) => b" REJECT OK\n",
        (false, _) => b" - NODATA\n",
    });
}

/// Appends a space and the number.
fn decimal(text: &mut Vec<u8>, mut number: u64) {
    let mut digits = [b' '; 21];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.extend_from_slice(&digits[first - 1..]);
}

/// Appends sixteen hexadecimal digits.
fn hexadecimal(text: &mut Vec<u8>, number: u64) {
    text.extend((0..16).rev().map(|nibble| b"0123456789abcdef"[(number >> (nibble * 4)) as usize & 15]));
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn shares() {
        let network = Network::new(1);
        let object = Object { seed: 1, number: 0, records: 20_000, start_ms: 0, end_ms: 3_600_000 };
        let (mut packed, mut text) = (Vec::new(), String::new());
        write(&network, &object, &mut packed).unwrap();
        flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
        let count = |word: &str| text.lines().filter(|line| line.contains(word)).count();
        assert_eq!(20_001, text.lines().count());
        assert!((1400..1800).contains(&count(" REJECT OK")), "{}", count(" REJECT OK"));
        assert!((60..140).contains(&count(" NODATA")), "{}", count(" NODATA"));
        assert!(text.lines().all(|line| line.split(' ').count() == 14));
    }
}
