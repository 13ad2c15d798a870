//! The ordinary day: customers, services, colleagues, machines, and the noise of the internet.

use std::net::Ipv4Addr;

use super::world::{
    ALB_A, ALB_B, APP, BACKUP, BRUTE, CONTROL, CRM_DB, DESKTOP, DIRECTORY, DROP, ETL, FEATURES, FILES, HOSTS, IMAGES,
    JUMP, KMS, Kind, MONITOR, ORDERS_DB, ORDERS_REPLICA, PODS, PORTAL, REDIS, RESOLVER, SCANNER, SHARES, SPARK, Site,
    TRAINER, VPN, WAREHOUSE, WEB, ip,
};
use crate::clock::{DAY_MS, HOUR_MS, MINUTE_MS, at};
use crate::random::Random;

/// Packets and bytes of one direction; bytes count IP headers.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Volume {
    pub(super) packets: u64,
    pub(super) bytes: u64,
}

/// One conversation, as it happened; every cloud tells it in its own way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conversation {
    /// Milliseconds since midnight.
    pub(super) start: u64,
    /// The last packet; may be after midnight.
    pub(super) end: u64,
    pub(super) client: Ipv4Addr,
    pub(super) server: Ipv4Addr,
    pub(super) client_port: u16,
    pub(super) server_port: u16,
    pub(super) protocol: u8,
    /// Client to server.
    pub(super) out: Volume,
    /// Server to client.
    pub(super) back: Volume,
    /// The server's firewall turned it away.
    pub(super) denied: bool,
}

pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
const ICMP: u8 = 1;

/// Everything that happens, in the order it was made up.
pub(super) struct Traffic {
    pub(super) random: Random,
    pub(super) conversations: Vec<Conversation>,
}

/// Both ends of a conversation to be made up.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    pub(super) client: Ipv4Addr,
    pub(super) server: Ipv4Addr,
    pub(super) port: u16,
    pub(super) protocol: u8,
}

/// TCP between two addresses.
pub(super) fn tcp(client: Ipv4Addr, server: Ipv4Addr, port: u16) -> Ends {
    Ends { client, server, port, protocol: TCP }
}

impl Traffic {
    /// Adds an accepted conversation that carries this much payload each way.
    pub(super) fn talk(&mut self, start: u64, lasts: u64, ends: Ends, ask: u64, answer: u64) {
        let Ends { client, server, port, protocol } = ends;
        let (handshake, header) = if protocol == TCP { (4, 52) } else { (0, 28) };
        let room = if protocol == ICMP { 56 } else { 1400 };
        let receipts = |bytes: u64| if protocol == TCP { bytes / 2800 } else { 0 };
        let out = ask.div_ceil(room).max(1) + handshake + receipts(answer);
        let back = answer.div_ceil(room) + handshake.min(answer) + receipts(ask);
        let client_port = match (protocol, port) {
            (ICMP, _) => 0,
            (UDP, 123) => 123,
            _ => self.random.port(),
        };
        self.conversations.push(Conversation {
            start,
            end: start + lasts,
            client,
            server,
            client_port,
            server_port: port,
            protocol,
            out: Volume { packets: out, bytes: ask + out * header },
            back: Volume { packets: back, bytes: answer + back * header },
            denied: false,
        });
    }

    /// Adds an attempt that is turned away.
    pub(super) fn refuse(&mut self, start: u64, client: Ipv4Addr, server: Ipv4Addr, port: u16) {
        let packets = self.random.between(1, 4);
        let size = self.random.pick(&[40, 44, 60]);
        let client_port = self.random.port();
        self.conversations.push(Conversation {
            start,
            end: start + (packets - 1) * 1000,
            client,
            server,
            client_port,
            server_port: port,
            protocol: TCP,
            out: Volume { packets, bytes: packets * size },
            back: Volume::default(),
            denied: true,
        });
    }
}

/// How the day's use is spread, in parts per hour of UTC.
type Curve = [u64; 24];
const SHOPPERS: Curve = [6, 4, 3, 2, 2, 4, 9, 16, 25, 32, 36, 38, 40, 36, 34, 35, 37, 42, 52, 60, 56, 42, 26, 12];
const WORKERS: Curve = [0, 0, 0, 0, 0, 1, 8, 30, 55, 60, 58, 50, 35, 50, 58, 55, 45, 25, 8, 3, 2, 1, 1, 0];
const EVEN: Curve = [1; 24];
const NIGHT: Curve = [0, 5, 30, 25, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Who uses a service.
#[derive(Clone, Copy)]
enum Users {
    /// People at home.
    Public,
    /// People of the company, on its VPN.
    Remote,
    /// The company's own machines.
    Hosts(&'static [Ipv4Addr]),
    /// Every machine of a site that has an operating system.
    All(Site),
}

/// One kind of traffic of the ordinary day.
struct Service {
    users: Users,
    servers: &'static [Ipv4Addr],
    port: u16,
    protocol: u8,
    per_day: u64,
    curve: Curve,
    /// Median payload each way, in bytes, and how far it strays (sigma).
    ask: f64,
    answer: f64,
    stray: f64,
    /// Median duration in milliseconds.
    lasts: f64,
}

/// A row: who asks whom, (port, protocol), (times per day, curve), [ask, answer, stray], duration.
const fn row(
    users: Users,
    servers: &'static [Ipv4Addr],
    (port, protocol): (u16, u8),
    (per_day, curve): (u64, Curve),
    [ask, answer, stray]: [f64; 3],
    lasts: f64,
) -> Service {
    Service { users, servers, port, protocol, per_day, curve, ask, answer, stray, lasts }
}

const S3: &[Ipv4Addr] = &[ip(52, 218, 40, 12), ip(52, 218, 41, 92), ip(52, 218, 105, 3)];
const STORAGE: &[Ipv4Addr] = &[ip(20, 150, 41, 196), ip(20, 150, 9, 4)];
const GOOGLE: &[Ipv4Addr] = &[ip(142, 250, 179, 138), ip(142, 250, 179, 170)];
const FRONTENDS: &[Ipv4Addr] = &[ip(35, 191, 11, 20), ip(35, 191, 11, 33), ip(35, 191, 24, 7), ip(130, 211, 1, 19)];
const PAYMENTS: &[Ipv4Addr] = &[ip(151, 101, 66, 31), ip(151, 101, 2, 31)];
const PACKAGES: &[Ipv4Addr] = &[ip(91, 189, 91, 81), ip(151, 101, 130, 132)];
const UPSTREAM_DNS: &[Ipv4Addr] = &[ip(8, 8, 8, 8), ip(1, 1, 1, 1), ip(9, 9, 9, 9)];
const CLOCKS: &[Ipv4Addr] = &[ip(162, 159, 200, 1), ip(193, 158, 22, 13), ip(185, 232, 69, 65)];
const CLOCKED: &[Ipv4Addr] = &[RESOLVER, ETL, DIRECTORY[0], FEATURES];
const RECOMMENDERS: &[Ipv4Addr] = &[PODS[0], PODS[1], PODS[2]];
const RANKERS: &[Ipv4Addr] = &[PODS[3], PODS[4], PODS[5]];
const SAAS: &[Ipv4Addr] = &[ip(140, 82, 121, 4), ip(52, 97, 183, 162), ip(104, 16, 41, 2), ip(13, 107, 136, 10)];

/// The ordinary day, one row per kind of traffic.
#[rustfmt::skip]
const SERVICES: &[Service] = &[
    // The shop.
    row(Users::Public, &[ALB_A, ALB_B], (443, TCP), (2300, SHOPPERS), [2600.0, 42_000.0, 1.1], 9_000.0),
    row(Users::Public, &[ALB_A, ALB_B], (80, TCP), (350, SHOPPERS), [420.0, 380.0, 0.3], 400.0),
    row(Users::Hosts(&[ALB_A, ALB_B]), WEB, (8080, TCP), (1600, SHOPPERS), [3400.0, 52_000.0, 1.0], 12_000.0),
    row(Users::Hosts(WEB), APP, (9000, TCP), (1350, SHOPPERS), [4800.0, 21_000.0, 0.9], 6_000.0),
    row(Users::Hosts(APP), &[ORDERS_DB], (5432, TCP), (950, SHOPPERS), [5200.0, 18_000.0, 1.2], 14_000.0),
    row(Users::Hosts(APP), &[ORDERS_REPLICA], (5432, TCP), (500, SHOPPERS), [3100.0, 64_000.0, 1.2], 12_000.0),
    row(Users::Hosts(APP), &[REDIS], (6379, TCP), (900, SHOPPERS), [1900.0, 5_200.0, 1.0], 5_000.0),
    row(Users::Hosts(&[ORDERS_DB]), &[ORDERS_REPLICA], (5432, TCP), (150, EVEN), [480_000.0, 9_000.0, 0.7], 280_000.0),
    row(Users::Hosts(APP), PAYMENTS, (443, TCP), (420, SHOPPERS), [2200.0, 3_900.0, 0.4], 1_200.0),
    row(Users::Hosts(APP), &[KMS], (443, TCP), (350, SHOPPERS), [1300.0, 2_100.0, 0.3], 300.0),
    row(Users::Hosts(APP), S3, (443, TCP), (450, SHOPPERS), [1800.0, 90_000.0, 1.5], 900.0),
    row(Users::Hosts(WEB), &[FILES], (445, TCP), (260, SHOPPERS), [2600.0, 240_000.0, 1.0], 3_000.0),
    row(Users::Hosts(APP), PODS, (8443, TCP), (650, SHOPPERS), [1500.0, 6_800.0, 0.8], 700.0),
    // Machines among themselves.
    row(Users::All(Site::Shop), &[RESOLVER], (53, UDP), (900, SHOPPERS), [44.0, 118.0, 0.3], 20.0),
    row(Users::Hosts(&[RESOLVER]), UPSTREAM_DNS, (53, UDP), (500, SHOPPERS), [46.0, 140.0, 0.4], 25.0),
    row(Users::All(Site::Office), DIRECTORY, (53, UDP), (900, WORKERS), [46.0, 130.0, 0.3], 15.0),
    row(Users::Hosts(DIRECTORY), &[ip(168, 63, 129, 16)], (53, UDP), (500, WORKERS), [46.0, 150.0, 0.4], 20.0),
    row(Users::Hosts(CLOCKED), CLOCKS, (123, UDP), (220, EVEN), [48.0, 48.0, 0.0], 30.0),
    row(Users::All(Site::Shop), PACKAGES, (443, TCP), (120, NIGHT), [1900.0, 900_000.0, 1.4], 5_000.0),
    row(Users::Hosts(&[MONITOR]), &[WAREHOUSE, CRM_DB, FEATURES, SHARES], (9100, TCP), (384, EVEN), [310.0, 21_000.0, 0.1], 180.0),
    // The data team.
    row(Users::Hosts(&[ETL]), &[ORDERS_REPLICA], (5432, TCP), (96, NIGHT), [9000.0, 9_000_000.0, 1.0], 45_000.0),
    row(Users::Hosts(SPARK), SPARK, (7077, TCP), (700, NIGHT), [60_000.0, 400_000.0, 1.3], 20_000.0),
    row(Users::Hosts(SPARK), &[WAREHOUSE], (3306, TCP), (1100, WORKERS), [4200.0, 160_000.0, 1.4], 8_000.0),
    row(Users::Hosts(SPARK), S3, (443, TCP), (600, NIGHT), [5000.0, 2_400_000.0, 1.3], 9_000.0),
    row(Users::Hosts(&[ETL]), &[WAREHOUSE], (3306, TCP), (400, EVEN), [30_000.0, 5_000.0, 1.0], 4_000.0),
    row(Users::Hosts(&[ETL]), &[TRAINER], (443, TCP), (60, NIGHT), [700_000.0, 6_000.0, 1.0], 15_000.0),
    // People.
    row(Users::Public, &[VPN], (51820, UDP), (120, WORKERS), [900_000.0, 6_000_000.0, 0.9], 420_000.0),
    row(Users::Remote, &[JUMP], (22, TCP), (42, WORKERS), [24_000.0, 90_000.0, 1.0], 600_000.0),
    row(Users::Remote, &[DESKTOP], (3389, TCP), (36, WORKERS), [900_000.0, 9_000_000.0, 0.8], 1_500_000.0),
    row(Users::Remote, PORTAL, (443, TCP), (700, WORKERS), [3200.0, 60_000.0, 1.1], 8_000.0),
    row(Users::Remote, &[SHARES], (445, TCP), (150, WORKERS), [60_000.0, 420_000.0, 1.4], 40_000.0),
    row(Users::Remote, &[WAREHOUSE], (3306, TCP), (60, WORKERS), [2600.0, 120_000.0, 1.4], 60_000.0),
    // The office services in Azure.
    row(Users::Public, PORTAL, (443, TCP), (1900, WORKERS), [2400.0, 38_000.0, 1.1], 7_000.0),
    row(Users::Hosts(PORTAL), &[CRM_DB], (3306, TCP), (1500, WORKERS), [3300.0, 16_000.0, 1.1], 9_000.0),
    row(Users::Hosts(PORTAL), DIRECTORY, (389, TCP), (420, WORKERS), [900.0, 2_400.0, 0.5], 500.0),
    row(Users::Hosts(&[DESKTOP, SHARES, CRM_DB]), DIRECTORY, (88, TCP), (420, WORKERS), [1800.0, 1_900.0, 0.3], 60.0),
    row(Users::Hosts(&[DESKTOP]), &[SHARES], (445, TCP), (520, WORKERS), [90_000.0, 600_000.0, 1.3], 30_000.0),
    row(Users::Hosts(&[DESKTOP]), SAAS, (443, TCP), (1300, WORKERS), [4200.0, 70_000.0, 1.3], 12_000.0),
    row(Users::Hosts(PORTAL), STORAGE, (443, TCP), (500, WORKERS), [3000.0, 30_000.0, 1.2], 1_500.0),
    row(Users::Hosts(&[ip(168, 63, 129, 16)]), PORTAL, (443, TCP), (576, EVEN), [180.0, 210.0, 0.0], 15.0),
    row(Users::Hosts(&[CRM_DB]), &[ETL], (443, TCP), (48, NIGHT), [2_000_000.0, 9_000.0, 0.8], 30_000.0),
    // Recommendations and images in GCP.
    row(Users::Hosts(FRONTENDS), IMAGES, (8080, TCP), (1000, SHOPPERS), [1700.0, 120_000.0, 1.2], 4_000.0),
    row(Users::Hosts(PODS), &[FEATURES], (6379, TCP), (600, SHOPPERS), [4500.0, 26_000.0, 1.0], 6_000.0),
    row(Users::Hosts(RECOMMENDERS), RANKERS, (50051, TCP), (450, SHOPPERS), [9000.0, 15_000.0, 0.9], 9_000.0),
    row(Users::Hosts(IMAGES), GOOGLE, (443, TCP), (600, SHOPPERS), [4000.0, 160_000.0, 1.3], 2_000.0),
    row(Users::Hosts(&[TRAINER]), GOOGLE, (443, TCP), (300, NIGHT), [20_000.0, 3_000_000.0, 1.2], 20_000.0),
    row(Users::Hosts(&[TRAINER]), &[FEATURES], (6379, TCP), (200, NIGHT), [600_000.0, 60_000.0, 1.0], 20_000.0),
];

/// Makes up the ordinary day.
pub(super) fn ordinary_day(seed: u64) -> Traffic {
    let mut traffic = Traffic { random: Random::new(seed, 1), conversations: Vec::new() };
    SERVICES.iter().for_each(|service| serve(&mut traffic, service));
    scrapes(&mut traffic);
    uptime_checks(&mut traffic);
    backups(&mut traffic);
    tunnels(&mut traffic);
    pings(&mut traffic);
    noise(&mut traffic);
    traffic
}

fn serve(traffic: &mut Traffic, service: &Service) {
    let total: u64 = service.curve.iter().sum();
    for hour in 0..24 {
        for _ in 0..service.per_day * service.curve[hour as usize] / total {
            let random = &mut traffic.random;
            let start = hour * HOUR_MS + random.below(HOUR_MS);
            let ends = Ends {
                client: user(random, service.users),
                server: random.pick(service.servers),
                port: service.port,
                protocol: service.protocol,
            };
            let ask = random.log_normal(service.ask, service.stray) as u64;
            let answer = random.log_normal(service.answer, service.stray) as u64;
            let lasts = random.log_normal(service.lasts, 0.8) as u64;
            if ends.client != ends.server {
                traffic.talk(start, lasts.min(4 * HOUR_MS), ends, ask, answer);
            }
        }
    }
}

fn user(random: &mut Random, users: Users) -> Ipv4Addr {
    match users {
        Users::Public => household(random),
        Users::Remote => ip(10, 8, random.below(2) as u8, 10 + random.below(24) as u8),
        Users::Hosts(hosts) => random.pick(hosts),
        Users::All(site) => loop {
            let host = &HOSTS[random.below(HOSTS.len() as u64) as usize];
            if host.site == site && host.kind == Kind::Machine && host.name != "spare-1" {
                return host.ip;
            }
        },
    }
}

/// An address of a European household. Some come back often, most do not.
fn household(random: &mut Random) -> Ipv4Addr {
    const FIRST: &[u8] = &[
        2, 5, 31, 37, 46, 62, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 92, 93, 94, 95, 109, 141, 176,
        178, 188, 193, 212, 213, 217,
    ];
    let (first, rest) = match random.percent(35.0) {
        true => {
            let regular = crate::random::mix(random.below(160));
            (FIRST[(regular % FIRST.len() as u64) as usize], regular >> 32)
        }
        false => (random.pick(FIRST), random.bits() >> 32),
    };
    let [_, b, c, d] = (rest as u32).to_be_bytes();
    ip(first, b, c, d)
}

/// The monitor asks every machine of the shop, each ten minutes, to the second.
fn scrapes(traffic: &mut Traffic) {
    for round in 0..144 {
        for (nth, &host) in WEB.iter().chain(APP).chain(&[FILES, BACKUP, JUMP, RESOLVER]).enumerate() {
            let start = round * 10 * MINUTE_MS + nth as u64 * 1700 + traffic.random.below(40);
            let (answer, lasts) = (18_000 + traffic.random.below(2500), 120 + traffic.random.below(80));
            traffic.talk(start, lasts, tcp(MONITOR, host, 9100), 310, answer);
        }
    }
}

/// A service outside asks the shop every five minutes whether it is there: regular, and harmless.
fn uptime_checks(traffic: &mut Traffic) {
    for round in 0..288 {
        let start = round * 5 * MINUTE_MS + 12_000 + traffic.random.below(900);
        let balancer = if round % 2 == 0 { ALB_A } else { ALB_B };
        traffic.talk(start, 240, tcp(ip(178, 255, 152, 2), balancer, 443), 640, 5200);
    }
}

/// Every night the backup host collects and uploads: large, outbound, and harmless.
fn backups(traffic: &mut Traffic) {
    const MB: u64 = 1_000_000;
    traffic.talk(at(1, 0, 4), 21 * MINUTE_MS, tcp(BACKUP, ORDERS_REPLICA, 5432), MB, 3100 * MB);
    traffic.talk(at(1, 24, 0), 17 * MINUTE_MS, tcp(BACKUP, FILES, 445), 2 * MB, 2400 * MB);
    traffic.talk(at(1, 45, 9), 38 * MINUTE_MS, tcp(BACKUP, S3[0], 443), 5300 * MB, 3 * MB);
    traffic.talk(at(2, 30, 2), 12 * MINUTE_MS, tcp(SHARES, STORAGE[0], 443), 1900 * MB, MB);
    traffic.talk(at(3, 5, 0), 9 * MINUTE_MS, tcp(CRM_DB, STORAGE[1], 443), 640 * MB, MB);
    traffic.talk(at(2, 10, 0), 8 * MINUTE_MS, tcp(FEATURES, GOOGLE[0], 443), 420 * MB, MB);
}

/// The IPsec tunnels between the clouds, as Azure's gateway sees them.
fn tunnels(traffic: &mut Traffic) {
    let gateway = ip(10, 30, 255, 4);
    for (peer, start) in [(ip(52, 30, 71, 18), 0), (ip(35, 187, 40, 6), 400)] {
        let ends = Ends { client: peer, server: gateway, port: 4500, protocol: UDP };
        traffic.talk(start, DAY_MS, ends, 520_000_000, 610_000_000);
    }
}

/// The monitor pings one machine of every network.
fn pings(traffic: &mut Traffic) {
    for round in 0..48 {
        for server in [ETL, PORTAL[0], IMAGES[0], FILES] {
            let start = round * 30 * MINUTE_MS + 33_000 + traffic.random.below(300);
            let ends = Ends { client: MONITOR, server, port: 0, protocol: ICMP };
            traffic.talk(start, 3000, ends, 224, 224);
        }
    }
}

/// The internet knocks on every public address, all day, at random.
fn noise(traffic: &mut Traffic) {
    const PORTS: &[u16] =
        &[23, 23, 23, 22, 445, 445, 3389, 3389, 6379, 8080, 80, 5900, 1433, 3306, 2375, 9200, 8443, 5060, 25, 81];
    let knockers: Vec<Ipv4Addr> = (0..700).map(|_| knocker(&mut traffic.random)).collect();
    let doors: Vec<Ipv4Addr> = HOSTS.iter().filter(|host| host.public.is_some()).map(|host| host.ip).collect();
    for _ in 0..5200 {
        let random = &mut traffic.random;
        let (client, server, port) = (random.pick(&knockers), random.pick(&doors), random.pick(PORTS));
        let start = random.below(DAY_MS);
        // Doors that are open on purpose, or by mistake later in the day, are not for the noise.
        let open = matches!(port, 80 | 443 | 8443) || (server == JUMP && port == 22);
        if !open {
            traffic.refuse(start, client, server, port);
        }
    }
}

/// Someone, somewhere, who is not part of the story.
fn knocker(random: &mut Random) -> Ipv4Addr {
    const FIRST: &[u8] = &[
        14, 27, 36, 42, 58, 59, 61, 103, 106, 111, 113, 117, 121, 123, 162, 167, 170, 179, 180, 183, 187, 189, 190,
        196, 197, 200, 201, 218, 222,
    ];
    let [b, c, d, _] = (random.bits() as u32).to_be_bytes();
    let chosen = ip(random.pick(FIRST), b, c, d);
    debug_assert!(![BRUTE, SCANNER, CONTROL, DROP].contains(&chosen));
    chosen
}
