//! What was not ordinary that day. Every event is both traffic and a row of `story.json`.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::Serialize;

use super::traffic::{Traffic, tcp};
use super::world::{
    APP, BACKUP, BRUTE, CONTROL, CRM_DB, DIRECTORY, DROP, ETL, FEATURES, FILES, HOSTS, JUMP, Kind, MONITOR, ORDERS_DB,
    ORDERS_REPLICA, PORTAL, REDIS, RESOLVER, SCANNER, SHARES, SILENT, SPARK, TRAINER, VISITORS, WAREHOUSE, WEB,
};
use crate::clock::{DAY_MS, HOUR_MS, MINUTE_MS, Rfc3339, at};
use crate::random::Random;

/// When the security groups were opened to the world.
const OPENED: u64 = at(9, 12, 0);
/// When the interface of [`SILENT`] stops logging.
pub(super) const SILENT_FROM: u64 = at(13, 0, 0);
/// Time between two calls of the beacon, and how far it strays.
const BEACON_EVERY: u64 = 300_000;
const BEACON_STRAY: u64 = 6_000;
const MB: u64 = 1_000_000;

/// One event of the story: the truth that tests compare findings with.
#[derive(Serialize)]
pub(super) struct Event {
    /// `scan`, `exposed-service`, `brute-force`, `beacon`, `lateral-movement`, `staging`, `exfiltration` or `silent-log`.
    pub(super) kind: &'static str,
    /// First and last moment of it, RFC 3339.
    pub(super) start: String,
    /// Its end.
    pub(super) end: String,
    /// Who does it.
    pub(super) actors: Vec<Ipv4Addr>,
    /// To whom.
    pub(super) targets: Vec<Ipv4Addr>,
    /// On which ports.
    pub(super) ports: Vec<u16>,
    /// In a sentence.
    pub(super) summary: &'static str,
    /// What the logs must show, in words ...
    pub(super) evidence: Vec<&'static str>,
    /// ... and in numbers.
    pub(super) expected: BTreeMap<&'static str, u64>,
}

/// Plays the story into the day and tells it.
pub(super) fn play(traffic: &mut Traffic, seed: u64) -> Vec<Event> {
    traffic.random = Random::new(seed, 2);
    vec![
        scan(traffic),
        exposed(traffic),
        brute_force(traffic),
        beacon(traffic),
        silent(),
        lateral(traffic),
        staging(traffic),
        exfiltration(traffic),
    ]
}

fn time(ms: u64) -> String {
    format!("{:.0}", Rfc3339::from_ms(ms))
}

fn scan(traffic: &mut Traffic) -> Event {
    const WIDE: [u16; 8] = [21, 23, 445, 1433, 3306, 3389, 5900, 6379];
    let (start, end) = (at(4, 10, 0), at(4, 37, 0));
    let doors: Vec<Ipv4Addr> = HOSTS.iter().filter(|host| host.public.is_some()).map(|host| host.ip).collect();
    let wide = WIDE.iter().flat_map(|&port| doors.iter().map(move |&door| (door, port)));
    let deep = (1..=640).map(|port| (JUMP, port));
    let knocks: Vec<(Ipv4Addr, u16)> = wide.chain(deep).collect();
    for (nth, &(door, port)) in knocks.iter().enumerate() {
        let moment = start + (end - start - 5000) * nth as u64 / knocks.len() as u64 + traffic.random.below(400);
        traffic.refuse(moment, SCANNER, door, port);
    }
    Event {
        kind: "scan",
        start: time(start),
        end: time(end),
        actors: vec![SCANNER],
        targets: doors.clone(),
        ports: WIDE.to_vec(),
        summary: "One address tries eight ports on every public address, then ports 1-640 of the jump host; all rejected.",
        evidence: vec![
            "AWS: REJECT records from the scanner at many interfaces and ports",
            "Azure: flow state D from the scanner",
            "GCP: disposition DROPPED from the scanner (sampled)",
        ],
        expected: BTreeMap::from([
            ("knocks", knocks.len() as u64),
            ("hosts", doors.len() as u64),
            ("ports_on_one_host", 645),
        ]),
    }
}

fn exposed(traffic: &mut Traffic) -> Event {
    let (mut before, mut after) = (0, 0);
    for (server, port) in [(JUMP, 22), (ORDERS_DB, 5432)] {
        for &visitor in VISITORS {
            for _ in 0..8 {
                traffic_refusal(traffic, visitor, server, port);
                before += 1;
            }
            for nth in 0..10 {
                // Each visitor finds the door within a quarter of an hour, then comes back.
                let within = if nth == 0 { 15 * MINUTE_MS } else { DAY_MS - OPENED - HOUR_MS };
                let start = OPENED + 40_000 + traffic.random.below(within);
                let (ask, lasts) = (40 + traffic.random.below(900), 300 + traffic.random.below(6000));
                traffic.talk(start, lasts, tcp(visitor, server, port), ask, 1100);
                after += 1;
            }
        }
    }
    Event {
        kind: "exposed-service",
        start: time(OPENED),
        end: time(DAY_MS - 1000),
        actors: VISITORS.iter().copied().chain([BRUTE]).collect(),
        targets: vec![JUMP, ORDERS_DB],
        ports: vec![22, 5432],
        summary: "At 09:12 a change of security groups opens ssh of the jump host and postgres of the orders database to 0.0.0.0/0.",
        evidence: vec![
            "AWS: from the internet to jump-1:22 and orders-db:5432 only REJECT before 09:12, ACCEPT after",
            "AWS: several unrelated internet sources are accepted on both ports",
        ],
        expected: BTreeMap::from([
            ("rejected_before", before),
            ("accepted_after", after),
            ("sources", VISITORS.len() as u64),
        ]),
    }
}

fn traffic_refusal(traffic: &mut Traffic, visitor: Ipv4Addr, server: Ipv4Addr, port: u16) {
    let start = traffic.random.below(OPENED - MINUTE_MS);
    traffic.refuse(start, visitor, server, port);
}

fn brute_force(traffic: &mut Traffic) -> Event {
    const REFUSED: u64 = 34;
    const TRIES: u64 = 446;
    let (first_refused, start) = (at(8, 20, 0), at(9, 41, 10));
    let (session, session_end) = (at(11, 3, 20), at(11, 49, 5));
    for nth in 0..REFUSED {
        let moment = first_refused + nth * 90_000 + traffic.random.below(8000);
        traffic.refuse(moment, BRUTE, JUMP, 22);
    }
    for nth in 0..TRIES {
        let moment = start + nth * 10_200 + traffic.random.below(2500);
        let (lasts, ask) = (1800 + traffic.random.below(1400), 1900 + traffic.random.below(260));
        traffic.talk(moment, lasts, tcp(BRUTE, JUMP, 22), ask, 2450);
    }
    traffic.talk(session, session_end - session, tcp(BRUTE, JUMP, 22), 38 * MB, 9 * MB);
    Event {
        kind: "brute-force",
        start: time(start),
        end: time(session_end),
        actors: vec![BRUTE],
        targets: vec![JUMP],
        ports: vec![22],
        summary: "Hundreds of short ssh connections to the jump host, then, at 11:03:20, one session of 46 minutes that moves 47 MB.",
        evidence: vec![
            "AWS: REJECT of the same source from 08:20, before the security group was opened",
            "AWS: accepted connections of 2-3 s and a few kB, about every ten seconds, 09:41-10:57",
            "AWS: one accepted connection 11:03:20-11:49:05, 38 MB in and 9 MB out: it succeeded",
        ],
        expected: BTreeMap::from([
            ("rejected_before", REFUSED),
            ("short_connections", TRIES),
            ("session_bytes_in_at_least", 38 * MB),
            ("session_bytes_out_at_least", 9 * MB),
        ]),
    }
}

fn beacon(traffic: &mut Traffic) -> Event {
    let start = at(11, 20, 0);
    let mut calls = 0;
    let mut due = start;
    while due + BEACON_STRAY < DAY_MS - MINUTE_MS {
        let moment = due + traffic.random.below(2 * BEACON_STRAY) - BEACON_STRAY * u64::from(calls > 0);
        traffic.talk(moment, 900, tcp(JUMP, CONTROL, 443), 612, 388);
        calls += 1;
        due += BEACON_EVERY;
    }
    Event {
        kind: "beacon",
        start: time(start),
        end: time(due - BEACON_EVERY),
        actors: vec![JUMP],
        targets: vec![CONTROL],
        ports: vec![443],
        summary: "The jump host calls one address on port 443 every 300 s (stray 6 s), always with the same size, until midnight.",
        evidence: vec![
            "AWS: egress records of jump-1, equal packets and bytes each time, spaced 300 s",
            "the destination is on the blacklist",
        ],
        expected: BTreeMap::from([
            ("calls", calls),
            ("period_seconds", BEACON_EVERY / 1000),
            ("stray_seconds", BEACON_STRAY / 1000),
        ]),
    }
}

fn silent() -> Event {
    Event {
        kind: "silent-log",
        start: time(SILENT_FROM),
        end: time(DAY_MS - 1000),
        actors: vec![],
        targets: vec![SILENT],
        ports: vec![],
        summary: "The interface of app-3 logs nothing after 13:00, not even NODATA, while its peers still see its traffic.",
        evidence: vec![
            "AWS: no record of any status for the interface of 10.20.20.13 that starts after 13:00",
            "AWS: records of web, redis, database and monitor interfaces with 10.20.20.13 go on until midnight",
        ],
        expected: BTreeMap::from([("records_after", 0)]),
    }
}

/// The machines the intruder tries from the jump host, best last.
fn prey() -> Vec<Ipv4Addr> {
    let shop = [WEB, APP, &[REDIS, RESOLVER, MONITOR, BACKUP, ORDERS_REPLICA, ORDERS_DB]].concat();
    let elsewhere =
        [SPARK, &[ETL, WAREHOUSE], PORTAL, DIRECTORY, &[SHARES, CRM_DB, FEATURES, TRAINER], &[FILES]].concat();
    [shop, elsewhere].concat()
}

/// Does a machine answer the jump host on this port?
fn answers(target: Ipv4Addr, port: u16) -> bool {
    let managed = HOSTS.iter().any(|host| host.ip == target && host.kind == Kind::Managed);
    match port {
        22 => matches!(target.octets(), [10, 20, ..]) && !managed,
        445 => [FILES, SHARES].contains(&target),
        _ => [ORDERS_DB, ORDERS_REPLICA].contains(&target),
    }
}

fn lateral(traffic: &mut Traffic) -> Event {
    const PORTS: [u16; 3] = [22, 445, 5432];
    let (start, end) = (at(14, 5, 0), at(14, 48, 0));
    let targets = prey();
    let tries: Vec<(Ipv4Addr, u16)> =
        PORTS.iter().flat_map(|&port| targets.iter().map(move |&target| (target, port))).collect();
    let mut accepted = 0;
    for (nth, &(target, port)) in tries.iter().enumerate() {
        let moment = start + (end - start - 30_000) * nth as u64 / tries.len() as u64 + traffic.random.below(9000);
        if answers(target, port) {
            accepted += 1;
            let (ask, answer) = (2400 + traffic.random.below(9000), 3200 + traffic.random.below(40_000));
            let lasts = 4000 + traffic.random.below(20_000);
            traffic.talk(moment, lasts, tcp(JUMP, target, port), ask, answer);
        } else {
            traffic.refuse(moment, JUMP, target, port);
        }
    }
    traffic.talk(at(15, 10, 0), 31 * MINUTE_MS, tcp(JUMP, FILES, 22), 6 * MB, 2 * MB);
    Event {
        kind: "lateral-movement",
        start: time(start),
        end: time(at(15, 41, 0)),
        actors: vec![JUMP],
        ports: PORTS.to_vec(),
        summary: "The jump host tries ssh, smb and postgres on machines of all three clouds, then works on files-1 for half an hour.",
        evidence: vec![
            "AWS: egress of jump-1 to many internal addresses it never talked to before",
            "AWS: REJECT at the interfaces of the targets that refuse; Azure: D; GCP: DROPPED (sampled)",
            "AWS transit gateway: the same attempts on their way to Azure, GCP and the analytics VPC",
        ],
        expected: BTreeMap::from([
            ("targets", targets.len() as u64),
            ("tries", tries.len() as u64),
            ("accepted", accepted),
        ]),
        targets,
    }
}

fn staging(traffic: &mut Traffic) -> Event {
    let (start, end) = (at(19, 5, 0), at(19, 50, 0));
    traffic.talk(start, end - start, tcp(FILES, ORDERS_DB, 5432), 3 * MB, 7100 * MB);
    Event {
        kind: "staging",
        start: time(start),
        end: time(end),
        actors: vec![FILES],
        targets: vec![ORDERS_DB],
        ports: vec![5432],
        summary: "The file server, which never used the database, pulls 7.1 GB from it.",
        evidence: vec!["AWS: one connection from files-1 to orders-db:5432 with 7.1 GB towards files-1"],
        expected: BTreeMap::from([("bytes_to_actor_at_least", 7100 * MB)]),
    }
}

fn exfiltration(traffic: &mut Traffic) -> Event {
    let (start, end) = (at(21, 40, 0), at(22, 50, 0));
    traffic.talk(start, end - start, tcp(FILES, DROP, 443), 7400 * MB, 12 * MB);
    Event {
        kind: "exfiltration",
        start: time(start),
        end: time(end),
        actors: vec![FILES],
        targets: vec![DROP],
        ports: vec![443],
        summary: "The file server uploads 7.4 GB over one connection to an address nobody talked to before (and no list knows).",
        evidence: vec![
            "AWS: egress of files-1 to the address in some 70 windows of a minute",
            "AWS: the same bytes at the interface of the NAT gateway: count one of the two",
        ],
        expected: BTreeMap::from([
            ("bytes_out_at_least", 7400 * MB),
            ("bytes_out_at_most", 7800 * MB),
            ("connections", 1),
        ]),
    }
}
