//! The smallest reader of captures that tests of parsers over real conversations need: payloads of TCP in order, and
//! datagrams of UDP. Neither tunnels nor fragments nor checksums.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// The folder of shared samples. `None`, with a note, where there is none.
pub(crate) fn shared() -> Option<PathBuf> {
    let shared = match std::env::var_os("FATHOM_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    if !shared.is_dir() {
        eprintln!("skipped: no samples (set FATHOM_SHARED to their folder)");
        return None;
    }
    Some(shared)
}

/// The files of a folder, sorted.
#[allow(dead_code, reason = "not every test looks for files")]
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// One conversation.
#[derive(Debug)]
pub(crate) struct Flow {
    pub is_tcp: bool,
    pub client: SocketAddr,
    pub server: SocketAddr,
    /// What came, in order of arrival: by the client?, when (nanoseconds), bytes; no bytes for a gap.
    pub pieces: Vec<Piece>,
}

#[derive(Debug)]
pub(crate) struct Piece {
    pub from_client: bool,
    pub at_ns: i64,
    pub bytes: Vec<u8>,
    pub missing_bytes: u64,
}

/// The conversations of a capture, in order of their first packet.
pub(crate) fn flows(capture: &Path) -> Vec<Flow> {
    let bytes = std::fs::read(capture).unwrap_or_else(|error| panic!("{}: {error}", capture.display()));
    let mut table = Table::default();
    for frame in frames(&bytes) {
        if let Some(packet) = packet(&frame) {
            table.add(packet);
        }
    }
    table.finish()
}

struct Frame<'a> {
    link: u32,
    at_ns: i64,
    bytes: &'a [u8],
}

fn frames(bytes: &[u8]) -> Vec<Frame<'_>> {
    match bytes.first_chunk() {
        Some([0x0a, 0x0d, 0x0d, 0x0a]) => pcapng(bytes),
        Some([0xd4, 0xc3, 0xb2, 0xa1]) => pcap(bytes, u32::from_le_bytes, 1000),
        Some([0x4d, 0x3c, 0xb2, 0xa1]) => pcap(bytes, u32::from_le_bytes, 1),
        Some([0xa1, 0xb2, 0xc3, 0xd4]) => pcap(bytes, u32::from_be_bytes, 1000),
        Some([0xa1, 0xb2, 0x3c, 0x4d]) => pcap(bytes, u32::from_be_bytes, 1),
        _ => Vec::new(),
    }
}

fn word(bytes: &[u8], at: usize, order: fn([u8; 4]) -> u32) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|word| order(*word))
}

fn pcap(bytes: &[u8], order: fn([u8; 4]) -> u32, ns: i64) -> Vec<Frame<'_>> {
    let Some(link) = word(bytes, 20, order) else { return Vec::new() };
    let mut frames = Vec::new();
    let mut at = 24;
    while let (Some(s), Some(fraction), Some(length)) =
        (word(bytes, at, order), word(bytes, at + 4, order), word(bytes, at + 8, order))
    {
        let Some(frame) = bytes.get(at + 16..at + 16 + length as usize) else { break };
        let at_ns = i64::from(s) * 1_000_000_000 + i64::from(fraction) * ns;
        frames.push(Frame { link: link & 0xffff, at_ns, bytes: frame });
        at += 16 + length as usize;
    }
    frames
}

/// Enhanced packet blocks; time units other than microseconds are taken for nanoseconds.
fn pcapng(bytes: &[u8]) -> Vec<Frame<'_>> {
    let mut order: fn([u8; 4]) -> u32 = u32::from_le_bytes;
    let mut interfaces = Vec::new();
    let mut frames = Vec::new();
    let mut at = 0;
    while let Some(kind) = word(bytes, at, order) {
        if kind == 0x0a0d_0d0a {
            order = if bytes.get(at + 8) == Some(&0x4d) { u32::from_le_bytes } else { u32::from_be_bytes };
            interfaces.clear();
        }
        let Some(length) = word(bytes, at + 4, order).map(|length| length as usize) else { break };
        let Some(block) = bytes.get(at..at + length).filter(|block| block.len() >= 12) else { break };
        match kind {
            1 => interfaces.push(interface(block, order)),
            6 => frames.extend(enhanced_packet(block, order, &interfaces)),
            _ => {}
        }
        at += length;
    }
    frames
}

fn interface(block: &[u8], order: fn([u8; 4]) -> u32) -> (u32, i64) {
    let halves = word(block, 8, order).unwrap_or(0);
    let link = if order([0, 0, 0, 1]) == 1 { halves >> 16 } else { halves & 0xffff };
    let mut at = 16;
    while let Some(option) = word(block, at, order) {
        let (kind, length) =
            if order([0, 0, 0, 1]) == 1 { (option >> 16, option & 0xffff) } else { (option & 0xffff, option >> 16) };
        if kind == 9 && block.get(at + 4) == Some(&9) {
            return (link, 1);
        }
        if kind == 0 {
            break;
        }
        at += 4 + (length as usize).next_multiple_of(4);
    }
    (link, 1000)
}

fn enhanced_packet<'a>(block: &'a [u8], order: fn([u8; 4]) -> u32, interfaces: &[(u32, i64)]) -> Option<Frame<'a>> {
    let (link, ns) = *interfaces.get(word(block, 8, order)? as usize)?;
    let ticks = i64::from(word(block, 12, order)?) << 32 | i64::from(word(block, 16, order)?);
    let captured = word(block, 20, order)? as usize;
    Some(Frame { link, at_ns: ticks.wrapping_mul(ns), bytes: block.get(28..28 + captured)? })
}

struct Packet<'a> {
    at_ns: i64,
    is_tcp: bool,
    from: SocketAddr,
    to: SocketAddr,
    sequence: u32,
    is_syn: bool,
    is_ack: bool,
    payload: &'a [u8],
}

fn packet<'a>(frame: &Frame<'a>) -> Option<Packet<'a>> {
    let ip = match frame.link {
        1 => ethernet(frame.bytes)?,
        0 | 108 => frame.bytes.get(4..)?,
        113 => sll(frame.bytes, 14, 16)?,
        276 => sll(frame.bytes, 0, 20)?,
        12 | 14 | 101 | 228 | 229 => frame.bytes,
        _ => return None,
    };
    let (from, to, protocol, body) = match ip.first()? >> 4 {
        4 => ipv4(ip)?,
        6 => ipv6(ip)?,
        _ => return None,
    };
    let ports = body.first_chunk::<4>()?;
    let from = SocketAddr::new(from, u16::from_be_bytes([ports[0], ports[1]]));
    let to = SocketAddr::new(to, u16::from_be_bytes([ports[2], ports[3]]));
    let mut packet = Packet {
        at_ns: frame.at_ns,
        is_tcp: protocol == 6,
        from,
        to,
        sequence: 0,
        is_syn: false,
        is_ack: false,
        payload: &[],
    };
    match protocol {
        17 => {
            packet.payload = body.get(8..usize::from(u16::from_be_bytes([body[4], body[5]])).max(8).min(body.len()))?
        }
        6 => {
            packet.sequence = word(body, 4, u32::from_be_bytes)?;
            let flags = *body.get(13)?;
            packet.is_syn = flags & 2 != 0;
            packet.is_ack = flags & 16 != 0;
            packet.payload = body.get(usize::from(body.get(12)? >> 4) * 4..)?;
        }
        _ => return None,
    }
    Some(packet)
}

fn ethernet(bytes: &[u8]) -> Option<&[u8]> {
    let mut at = 12;
    loop {
        match bytes.get(at..)?.first_chunk()? {
            [0x81, 0] | [0x88, 0xa8] | [0x91, 0] => at += 4,
            [8, 0] | [0x86, 0xdd] => return bytes.get(at + 2..),
            [0x88, 0x64] => return bytes.get(at + 10..),
            _ => return None,
        }
    }
}

fn sll(bytes: &[u8], protocol: usize, header: usize) -> Option<&[u8]> {
    matches!(bytes.get(protocol..)?.first_chunk()?, [8, 0] | [0x86, 0xdd]).then(|| bytes.get(header..))?
}

type Ip<'a> = (IpAddr, IpAddr, u8, &'a [u8]);

fn ipv4(bytes: &[u8]) -> Option<Ip<'_>> {
    let header = bytes.first_chunk::<20>()?;
    let is_fragment = header[6] & 0x3f != 0 || header[7] != 0;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let length = if length == 0 { bytes.len() } else { length.min(bytes.len()) };
    let body = bytes.get(usize::from(header[0] & 15) * 4..length)?;
    let [from, to] = [12, 16].map(|at| IpAddr::from(*header[at..].first_chunk::<4>().unwrap()));
    (!is_fragment).then_some((from, to, header[9], body))
}

fn ipv6(bytes: &[u8]) -> Option<Ip<'_>> {
    let header = bytes.first_chunk::<40>()?;
    let [from, to] = [8, 24].map(|at| IpAddr::from(*header[at..].first_chunk::<16>().unwrap()));
    let length = usize::from(u16::from_be_bytes([header[4], header[5]]));
    let mut next = header[6];
    let mut body = bytes.get(40..(40 + length).min(bytes.len()))?;
    while matches!(next, 0 | 43 | 60) {
        next = *body.first()?;
        body = body.get(8 + usize::from(*body.get(1)?) * 8..)?;
    }
    Some((from, to, next, body))
}

#[derive(Default)]
struct Table {
    places: HashMap<(bool, SocketAddr, SocketAddr), usize>,
    flows: Vec<(Flow, [Stream; 2])>,
}

/// One direction of TCP.
#[derive(Default)]
struct Stream {
    next: Option<u32>,
    held: BTreeMap<u32, Vec<u8>>,
}

impl Table {
    fn add(&mut self, packet: Packet<'_>) {
        let key = (packet.is_tcp, packet.from, packet.to);
        let reverse = (packet.is_tcp, packet.to, packet.from);
        let place = match (self.places.get(&key), self.places.get(&reverse)) {
            (Some(place), _) | (None, Some(place)) => *place,
            (None, None) => self.open(&packet),
        };
        let is_reused = packet.is_syn && !packet.is_ack && !self.flows[place].0.pieces.is_empty();
        let place = if is_reused { self.open(&packet) } else { place };
        let (flow, streams) = &mut self.flows[place];
        let from_client = packet.from == flow.client;
        let stream = &mut streams[usize::from(!from_client)];
        let mut piece = |bytes: Vec<u8>| {
            flow.pieces.push(Piece { from_client, at_ns: packet.at_ns, bytes, missing_bytes: 0 });
        };
        if !packet.is_tcp {
            piece(packet.payload.to_vec());
        } else {
            stream.add(&packet).into_iter().for_each(&mut piece);
        }
    }

    /// The client is who sends SYN; else who does not answer one; else who has no well-known port.
    fn open(&mut self, packet: &Packet<'_>) -> usize {
        let answers = packet.is_tcp && packet.is_syn && packet.is_ack;
        let is_midstream = !packet.is_syn && matches!(packet.from.port(), 443 | 8443 | 993 | 853);
        let (client, server) =
            if answers || is_midstream { (packet.to, packet.from) } else { (packet.from, packet.to) };
        self.places.insert((packet.is_tcp, client, server), self.flows.len());
        let flow = Flow { is_tcp: packet.is_tcp, client, server, pieces: Vec::new() };
        self.flows.push((flow, Default::default()));
        self.flows.len() - 1
    }

    /// What waited for bytes that never came follows a gap.
    fn finish(self) -> Vec<Flow> {
        let mut flows = Vec::new();
        for (mut flow, streams) in self.flows {
            for (side, mut stream) in streams.into_iter().enumerate() {
                while let (Some(next), Some(first)) = (stream.next, stream.first_held()) {
                    let at_ns = flow.pieces.last().map_or(0, |piece| piece.at_ns);
                    let mut piece = |bytes, missing_bytes| {
                        flow.pieces.push(Piece { from_client: side == 0, at_ns, bytes, missing_bytes });
                    };
                    piece(Vec::new(), u64::from(first.wrapping_sub(next)));
                    stream.next = Some(first);
                    stream.take_held().into_iter().for_each(|bytes| piece(bytes, 0));
                }
            }
            flows.push(flow);
        }
        flows
    }
}

impl Stream {
    fn add(&mut self, packet: &Packet<'_>) -> Vec<Vec<u8>> {
        if packet.is_syn {
            self.next = Some(packet.sequence.wrapping_add(1));
            self.held.clear();
        }
        if packet.payload.is_empty() {
            return Vec::new();
        }
        let sequence = packet.sequence.wrapping_add(u32::from(packet.is_syn));
        self.next.get_or_insert(sequence);
        self.held.entry(sequence).or_insert_with(|| packet.payload.to_vec());
        self.take_held()
    }

    fn first_held(&self) -> Option<u32> {
        let next = self.next?;
        self.held
            .keys()
            .copied()
            .filter(|sequence| sequence.wrapping_sub(next) < 1 << 31)
            .min_by_key(|sequence| sequence.wrapping_sub(next))
    }

    /// The held segments that are next, without what came before.
    fn take_held(&mut self) -> Vec<Vec<u8>> {
        let mut taken = Vec::new();
        while let Some(next) = self.next {
            let fits = |(sequence, bytes): &(&u32, &Vec<u8>)| {
                let behind = next.wrapping_sub(**sequence);
                behind < 1 << 31 && (behind as usize) < bytes.len()
            };
            let Some(sequence) = self.held.iter().find(fits).map(|(sequence, _)| *sequence) else { break };
            let bytes = self.held.remove(&sequence).unwrap();
            let fresh = bytes[next.wrapping_sub(sequence) as usize..].to_vec();
            self.next = Some(next.wrapping_add(fresh.len() as u32));
            taken.push(fresh);
        }
        taken
    }
}
