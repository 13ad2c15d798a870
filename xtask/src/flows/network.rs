//! The made-up network behind the benchmark data: hosts, their interfaces, and who talks to whom.

use std::net::Ipv4Addr;

use super::Object;
use crate::random::{Random, Zipf, mix};

const INTERFACES: u64 = 320;
const HOSTS: u64 = 4000;
const EXTERNALS: u64 = 200_000;
/// Services and how often each is used: port, protocol, weight.
const SERVICES: &[(u16, u8, u64)] = &[
    (443, 6, 460),
    (80, 6, 90),
    (53, 17, 110),
    (5432, 6, 60),
    (3306, 6, 40),
    (6379, 6, 50),
    (9092, 6, 30),
    (22, 6, 15),
    (123, 17, 20),
    (8080, 6, 40),
    (443, 17, 30),
    (25, 6, 5),
    (9200, 6, 15),
    (27017, 6, 15),
    (389, 6, 6),
    (445, 6, 6),
    (0, 1, 8),
];
/// Ports that scanners of the internet ask for, most wanted first.
const SCANNED: &[u16] = &[23, 22, 445, 3389, 80, 8080, 443, 6379, 5900, 3306, 1433, 25, 5060, 2375, 9200];

/// An address and its text, printed once.
#[derive(Clone, Copy)]
pub(super) struct Address {
    text: [u8; 15],
    length: u8,
    /// Which interface the host sits on; for an external address, a number to derive things from.
    pub(super) interface: u32,
    pub(super) internal: bool,
}

impl Address {
    fn new(ip: Ipv4Addr, interface: u32, internal: bool) -> Address {
        let printed = ip.to_string();
        let mut text = [0; 15];
        text[..printed.len()].copy_from_slice(printed.as_bytes());
        Address { text, length: printed.len() as u8, interface, internal }
    }

    /// The address as text.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.text[..usize::from(self.length)]
    }

    /// The address as a string (it is ASCII).
    pub(super) fn str(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }
}

/// Packets and bytes of one direction; bytes count IP headers.
#[derive(Clone, Copy)]
pub(super) struct Volume {
    pub(super) packets: u64,
    pub(super) bytes: u64,
}

/// One conversation, client to server.
#[derive(Clone, Copy)]
pub(super) struct Connection {
    pub(super) start_ms: u64,
    pub(super) end_ms: u64,
    pub(super) client: Address,
    pub(super) server: Address,
    pub(super) client_port: u16,
    pub(super) server_port: u16,
    pub(super) protocol: u8,
    pub(super) out: Volume,
    pub(super) back: Volume,
    pub(super) denied: bool,
}

/// Everything the objects share.
pub(super) struct Network {
    hosts: Vec<Address>,
    externals: Vec<Address>,
    host_ranks: Zipf,
    external_ranks: Zipf,
    services: Vec<(u16, u8)>,
}

impl Network {
    /// The network of a seed.
    pub(super) fn new(seed: u64) -> Network {
        let mut random = Random::new(seed, u64::MAX);
        let hosts = (0..HOSTS as u32)
            .map(|n| {
                let scattered = mix(u64::from(n)) as u32;
                let ip = Ipv4Addr::new(10, 64 + (n >> 8) as u8, n as u8, 4 + (scattered % 250) as u8);
                Address::new(ip, scattered % INTERFACES as u32, true)
            })
            .collect();
        let externals = (0..EXTERNALS as u32).map(|n| Address::new(public(&mut random), n, false)).collect();
        let services = SERVICES
            .iter()
            .flat_map(|&(port, protocol, weight)| std::iter::repeat_n((port, protocol), weight as usize))
            .collect();
        Network {
            hosts,
            externals,
            host_ranks: Zipf::new(HOSTS as usize, 5.0),
            external_ranks: Zipf::new(EXTERNALS as usize, 50.0),
            services,
        }
    }

    /// A host that clients often ask for.
    pub(super) fn host(&self, random: &mut Random) -> Address {
        self.hosts[self.host_ranks.rank(random)]
    }

    fn external(&self, random: &mut Random) -> Address {
        self.externals[self.external_ranks.rank(random)]
    }

    /// The `nth` of about `of` conversations that start during an object, roughly in order.
    pub(super) fn connection(&self, random: &mut Random, object: &Object, nth: u64, of: u64) -> Connection {
        let span = object.end_ms - object.start_ms;
        let even = (u128::from(span) * u128::from(nth.min(of)) / u128::from(of.max(1))) as u64;
        let start_ms = (object.start_ms + even + random.below(8000)).min(object.end_ms - 1);
        let lasts = random.log_normal(1800.0, 1.6) as u64;
        let (client, server) = match random.below(100) {
            0..65 => (self.external(random), self.host(random)),
            65..85 => (self.host(random), self.external(random)),
            _ => (self.host(random), self.host(random)),
        };
        let (server_port, protocol) = random.pick(&self.services);
        let client_port = if protocol == 1 { 0 } else { random.port() };
        let (out, back) = volumes(random, protocol);
        let end_ms = (start_ms + lasts.min(59_000)).min(object.end_ms - 1);
        Connection { start_ms, end_ms, client, server, client_port, server_port, protocol, out, back, denied: false }
    }

    /// A connection attempt from the internet that is turned away.
    pub(super) fn attempt(&self, random: &mut Random, object: &Object, nth: u64, of: u64) -> Connection {
        let mut attempt = self.connection(random, object, nth, of);
        let packets = random.between(1, 4);
        attempt.client = self.external(random);
        attempt.server = self.host(random);
        attempt.client_port = random.port();
        attempt.server_port = SCANNED[(random.below(15) * random.below(15) / 15) as usize];
        attempt.protocol = 6;
        attempt.out = Volume { packets, bytes: packets * random.pick(&[40, 44, 60]) };
        attempt.back = Volume { packets: 0, bytes: 0 };
        attempt.denied = true;
        attempt
    }
}

/// An address that is routed on the internet (as far as its first byte tells).
fn public(random: &mut Random) -> Ipv4Addr {
    loop {
        let [a, b, c, d] = (random.bits() as u32).to_be_bytes();
        if (1..=223).contains(&a) && !matches!(a, 10 | 100 | 127 | 169 | 172 | 192 | 198 | 203) {
            return Ipv4Addr::new(a, b, c, d);
        }
    }
}

fn volumes(random: &mut Random, protocol: u8) -> (Volume, Volume) {
    let (ask, answer) = match protocol {
        1 | 17 => (random.log_normal(70.0, 0.5), random.log_normal(130.0, 0.7)),
        _ => (random.log_normal(900.0, 1.2), random.log_normal(4500.0, 1.8)),
    };
    let (ask, answer) = (ask as u64 + 1, answer as u64 + 1);
    let handshake = if protocol == 6 { 4 } else { 0 };
    let header = if protocol == 6 { 52 } else { 28 };
    let out = ask.div_ceil(1400) + handshake + answer / 2800;
    let back = answer.div_ceil(1400) + handshake + ask / 2800;
    (Volume { packets: out, bytes: ask + header * out }, Volume { packets: back, bytes: answer + header * back })
}
