//! A traffic mirror of the jump host: the packets of an hour, as a sensor in the VPC gets them, and rules for them.

use super::Files;
use super::traffic::{Conversation, TCP, UDP};
use super::world::{CONTROL, JUMP, ip};
use crate::clock::{DAY, at};
use crate::random::Random;
use anyhow::Context;
use capture::PcapWriter;
use model::packet::{Frame, LinkType, Timestamp};
use std::net::Ipv4Addr;

/// When the mirror session was on.
const SESSION: std::ops::Range<u64> = at(11, 15, 0)..at(12, 30, 0);
/// Where the mirror goes to, and under which number.
const SENSOR: Ipv4Addr = ip(10, 20, 40, 30);
const VNI: u32 = 8421;
/// Payload of a TCP segment.
const SEGMENT_BYTES: usize = 1400;
/// From a packet to the answer of a machine outside, and of one inside, in microseconds.
const ROUND_TRIP_US: [u64; 2] = [31_000, 400];

/// Writes the capture and the rules.
pub(super) fn emit(conversations: &[Conversation], seed: u64, files: &mut Files) -> anyhow::Result<()> {
    let mut random = Random::new(seed, 5);
    let mut packets: Vec<Packet> = Vec::new();
    for conversation in conversations.iter().filter(|conversation| is_mirrored(conversation)) {
        play(conversation, &mut random, &mut packets);
    }
    packets.sort_by_key(|packet| packet.time_us);
    let mut writer = PcapWriter::new(Vec::new(), LinkType::ETHERNET, 65_535)?;
    for (packet, number) in packets.iter().zip(1..) {
        let bytes = mirrored(packet);
        let frame = Frame {
            timestamp: Timestamp((DAY * 1_000_000 + packet.time_us) as i64 * 1_000),
            link_type: LinkType::ETHERNET,
            interface: 0,
            number,
            bytes: &bytes,
            wire_length: u32::try_from(bytes.len()).context("a frame is short")?,
        };
        writer.write(&frame)?;
    }
    files.insert("mirror/jump-1.pcap.gz".to_owned(), writer.into_inner());
    files.insert("rules/larkfell.rules".to_owned(), include_bytes!("larkfell.rules").to_vec());
    Ok(())
}

/// The mirror's filter: the jump host's, without ssh.
fn is_mirrored(conversation: &Conversation) -> bool {
    let is_of_jump = conversation.client == JUMP || conversation.server == JUMP;
    is_of_jump && SESSION.contains(&conversation.start) && conversation.server_port != 22 && !conversation.denied
}

/// One packet, from its IP header on.
struct Packet {
    /// Since midnight.
    time_us: u64,
    bytes: Vec<u8>,
}

/// A conversation as packets.
fn play(conversation: &Conversation, random: &mut Random, packets: &mut Vec<Packet>) {
    let (ask, answer) = match (conversation.protocol, conversation.server_port) {
        (TCP, 443) if conversation.server == CONTROL => call_home(conversation, random),
        (TCP, 9100) => metrics(conversation, random),
        (UDP, 53) => lookup(random),
        _ => return,
    };
    let is_outside = conversation.server == CONTROL;
    let mut wire = Wire::new(conversation, ROUND_TRIP_US[usize::from(!is_outside)], random, packets);
    if conversation.protocol == UDP {
        wire.datagram(true, &ask);
        wire.wait();
        return wire.datagram(false, &answer);
    }
    wire.segment(true, SYN, &[]);
    wire.wait();
    wire.segment(false, SYN | ACK, &[]);
    wire.segment(true, ACK, &[]);
    wire.say(true, &ask);
    wire.wait();
    wire.say(false, &answer);
    wire.segment(true, ACK, &[]);
    wire.segment(true, FIN | ACK, &[]);
    wire.wait();
    wire.segment(false, FIN | ACK, &[]);
    wire.segment(true, ACK, &[]);
}

/// What the conversation carried each way, without headers.
fn payload(conversation: &Conversation) -> (usize, usize) {
    let of = |volume: super::traffic::Volume| (volume.bytes - volume.packets * 52) as usize;
    (of(conversation.out), of(conversation.back))
}

/// What nobody can read, of so many bytes.
fn opaque(bytes: usize, random: &mut Random) -> Vec<u8> {
    (0..bytes).map(|_| random.bits() as u8).collect()
}

/// A message of HTTP whose body makes it so long.
fn message(head: &str, length: usize, random: &mut Random) -> Vec<u8> {
    // The number of the length has three digits, whatever it is.
    let body = length.saturating_sub(head.len() + "Content-Length: 000\r\n\r\n".len());
    let mut text = format!("{head}Content-Length: {body:03}\r\n\r\n").into_bytes();
    text.extend(opaque(body, random));
    text
}

/// The beacon: plain HTTP on the port of TLS, always of the same size.
fn call_home(conversation: &Conversation, random: &mut Random) -> (Vec<u8>, Vec<u8>) {
    let (ask, answer) = payload(conversation);
    let request = "POST /v2/sync.php HTTP/1.1\r\nHost: updates.lark-cdn.example\r\n\
                   User-Agent: Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)\r\n\
                   Content-Type: application/octet-stream\r\nConnection: close\r\n";
    let response =
        "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: application/octet-stream\r\nConnection: close\r\n";
    (message(request, ask, random), message(response, answer, random))
}

/// The monitor's question, and the numbers of the machine.
fn metrics(conversation: &Conversation, random: &mut Random) -> (Vec<u8>, Vec<u8>) {
    let (ask, answer) = payload(conversation);
    let request = "GET /metrics HTTP/1.1\r\nHost: jump-1:9100\r\nUser-Agent: Prometheus/2.53.1\r\n\
                   Accept: text/plain;version=0.0.4\r\nX-Prometheus-Scrape-Timeout-Seconds: 10\r\nX-Scrape: ";
    let padding = "0".repeat(ask.saturating_sub(request.len() + 4));
    let mut body = String::new();
    while body.len() < answer.saturating_sub(140) {
        let (core, value) = (body.len() % 4, random.below(100_000));
        body.push_str(&format!("node_cpu_seconds_total{{cpu=\"{core}\",mode=\"idle\"}} {value}.{}\n", value % 90));
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    (format!("{request}{padding}\r\n\r\n").into_bytes(), (head + &body).into_bytes())
}

/// A question to the resolver, and its answer (RFC 1035, section 4).
fn lookup(random: &mut Random) -> (Vec<u8>, Vec<u8>) {
    const NAMES: [&str; 3] = ["updates.lark-cdn.example", "files-1.larkfell.internal", "orders-db.larkfell.internal"];
    let (id, name) = (random.bits() as u16, random.pick(&NAMES));
    let answer = if name.ends_with("example") { CONTROL } else { ip(10, 20, 30, 40) };
    let mut question: Vec<u8> =
        name.split('.').flat_map(|label| std::iter::once(label.len() as u8).chain(label.bytes())).collect();
    question.extend([0, 0, 1, 0, 1]);
    let header = |flags: u16, answers: u16| {
        [id, flags, 1, answers, 0, 0].into_iter().flat_map(u16::to_be_bytes).collect::<Vec<u8>>()
    };
    let query = [header(0x0100, 0), question.clone()].concat();
    let record = [&[0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4][..], &answer.octets()].concat();
    (query, [header(0x8180, 1), question, record].concat())
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const PSH: u8 = 8;
const ACK: u8 = 16;

/// A conversation's two ends while it goes on.
struct Wire<'a> {
    conversation: &'a Conversation,
    packets: &'a mut Vec<Packet>,
    time_us: u64,
    round_trip_us: u64,
    /// The next sequence number of the client and of the server.
    next: [u32; 2],
    identification: u16,
}

impl<'a> Wire<'a> {
    fn new(
        conversation: &'a Conversation,
        round_trip_us: u64,
        random: &mut Random,
        packets: &'a mut Vec<Packet>,
    ) -> Wire<'a> {
        let next = [random.bits() as u32, random.bits() as u32];
        let time_us = conversation.start * 1_000;
        Wire { conversation, packets, time_us, round_trip_us, next, identification: random.bits() as u16 }
    }

    fn wait(&mut self) {
        self.time_us += self.round_trip_us;
    }

    /// Some bytes of a stream, in as many segments as they need.
    fn say(&mut self, by_client: bool, bytes: &[u8]) {
        for part in bytes.chunks(SEGMENT_BYTES) {
            self.segment(by_client, PSH | ACK, part);
        }
    }

    fn segment(&mut self, by_client: bool, flags: u8, payload: &[u8]) {
        let [mine, theirs] = if by_client { [0, 1] } else { [1, 0] };
        let (seq, ack) = (self.next[mine], if flags & ACK == 0 { 0 } else { self.next[theirs] });
        let mut tcp = self.ports(by_client).to_vec();
        tcp.extend([seq, ack].into_iter().flat_map(u32::to_be_bytes));
        // A header of five words, a window of 64,240, no checksum yet, nothing urgent.
        tcp.extend([0x50, flags, 0xfa, 0xf0, 0, 0, 0, 0]);
        tcp.extend(payload);
        let control = u32::from(flags & (SYN | FIN) != 0);
        self.next[mine] = seq.wrapping_add(payload.len() as u32 + control);
        self.send(by_client, TCP, tcp, 16);
    }

    fn datagram(&mut self, by_client: bool, payload: &[u8]) {
        let mut udp = self.ports(by_client).to_vec();
        udp.extend((8 + payload.len() as u16).to_be_bytes());
        udp.extend([0, 0]);
        udp.extend(payload);
        self.send(by_client, UDP, udp, 6);
    }

    /// Source and destination port.
    fn ports(&self, by_client: bool) -> [u8; 4] {
        let ([a, b], [c, d]) =
            (self.conversation.client_port.to_be_bytes(), self.conversation.server_port.to_be_bytes());
        if by_client { [a, b, c, d] } else { [c, d, a, b] }
    }

    /// Adds the checksum at that place, and the IP header.
    fn send(&mut self, by_client: bool, protocol: u8, mut transport: Vec<u8>, checksum_at: usize) {
        let Conversation { client, server, .. } = *self.conversation;
        let (source, destination) = if by_client { (client, server) } else { (server, client) };
        let pseudo =
            [&source.octets()[..], &destination.octets(), &[0, protocol], &(transport.len() as u16).to_be_bytes()];
        let sum = checksum(&[pseudo.concat(), transport.clone()].concat());
        transport[checksum_at..checksum_at + 2].copy_from_slice(&sum.to_be_bytes());
        self.identification = self.identification.wrapping_add(1);
        let bytes =
            [ip_header(source, destination, protocol, transport.len(), self.identification), transport].concat();
        self.packets.push(Packet { time_us: self.time_us, bytes });
        self.time_us += 20;
    }
}

/// RFC 791, section 3.1, without options.
fn ip_header(source: Ipv4Addr, destination: Ipv4Addr, protocol: u8, payload: usize, identification: u16) -> Vec<u8> {
    let [a, b] = (20 + payload as u16).to_be_bytes();
    let [c, d] = identification.to_be_bytes();
    let mut header = vec![0x45, 0, a, b, c, d, 0x40, 0, 64, protocol, 0, 0];
    header.extend(source.octets());
    header.extend(destination.octets());
    let sum = checksum(&header);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    header
}

/// RFC 1071.
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)));
    let sum: u32 = words.sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !((folded & 0xffff) + (folded >> 16)) as u16
}

/// The packet as the mirror sends it: a frame in VXLAN (RFC 7348, section 5) in UDP.
fn mirrored(packet: &Packet) -> Vec<u8> {
    let ethernet =
        |destination: u8, source: u8| [&[2, 0, 0, 0, 0, destination][..], &[2, 0, 0, 0, 0, source], &[8, 0]].concat();
    let vxlan = [&[8, 0, 0, 0][..], &VNI.to_be_bytes()[1..], &[0]].concat();
    let inside = [vxlan, ethernet(1, 22), packet.bytes.clone()].concat();
    let length = (8 + inside.len() as u16).to_be_bytes();
    let udp = [&65_330_u16.to_be_bytes()[..], &4789_u16.to_be_bytes(), &length, &[0, 0]].concat();
    let header = ip_header(JUMP, SENSOR, UDP, udp.len() + inside.len(), 0);
    [ethernet(30, 22), header, udp, inside].concat()
}
