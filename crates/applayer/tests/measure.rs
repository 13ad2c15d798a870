//! How fast HTTP goes. Run one at a time on a quiet machine, or count its CPU time:
//! `cargo test --release -p applayer --test measure -- --ignored --nocapture hundred`.
#![allow(clippy::disallowed_methods, clippy::print_stdout)]

use applayer::{Circumstances, FileEvent, Handover, Input, Limits, Ports, Session, Sink, Transaction, Transport};
use model::packet::{Side, Timestamp};
use std::time::Instant;

/// Counts what is told.
#[derive(Default)]
struct Count {
    transactions: u64,
    anomalies: u64,
    file_bytes: u64,
}

impl Sink for Count {
    fn transaction(&mut self, _: Timestamp, _: &dyn Transaction) {
        self.transactions += 1;
    }

    fn anomaly(&mut self, _: Timestamp, _: &'static str, _: Option<u64>) {
        self.anomalies += 1;
    }

    fn file(&mut self, _: Timestamp, event: FileEvent<'_>) {
        if let FileEvent::Data { bytes, .. } = event {
            self.file_bytes += bytes.len() as u64;
        }
    }

    fn hand_over(&mut self, _: Timestamp, _: Handover<'_>) {}
}

fn session(port: u16) -> Session {
    let ports = Ports { client: 50_000, server: port };
    Session::new(Circumstances { transport: Transport::Tcp, ports, is_midstream: false }, Limits::default())
}

fn push(session: &mut Session, sender: Side, bytes: &[u8], count: &mut Count) {
    for bytes in bytes.chunks(1_448) {
        session.push(Input { now: Timestamp(0), sender, bytes }, count);
    }
}

const REQUEST: &[u8] = b"GET /index.html?a=1&b=2 HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) \
AppleWebKit/537.36\r\nAccept: text/html,application/xhtml+xml\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate\r\n\
Referer: http://www.example.com/start\r\nConnection: keep-alive\r\nCookie: session=0123456789abcdef\r\n\r\n";

const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nDate: Mon, 31 Aug 2026 20:25:50 GMT\r\nServer: Apache\r\nContent-Type: text/html\r\n\
Cache-Control: no-cache\r\nETag: \"abc\"\r\nVary: Accept-Encoding\r\nContent-Length: 13\r\nConnection: keep-alive\r\n\r\nHello, world!";

#[test]
#[ignore = "a measurement"]
fn one_exchange_a_flow() {
    small_exchanges(1);
}

#[test]
#[ignore = "a measurement"]
fn hundred_exchanges_a_flow() {
    small_exchanges(100);
}

fn small_exchanges(per_flow: u64) {
    const PAIRS: u64 = 1_000_000;
    let (mut count, start) = (Count::default(), Instant::now());
    for _ in 0..PAIRS / per_flow {
        let mut session = session(80);
        for _ in 0..per_flow {
            push(&mut session, Side::Client, REQUEST, &mut count);
            push(&mut session, Side::Server, RESPONSE, &mut count);
        }
        session.finish(Timestamp(0), &mut count);
    }
    assert_eq!((count.transactions, count.anomalies), (PAIRS, 0));
    println!("{per_flow:>3} exchanges a flow: {:.0} ns each", start.elapsed().as_nanos() as f64 / PAIRS as f64);
}

#[test]
#[ignore = "a measurement"]
fn bodies() {
    const BODY: usize = 64 << 20;
    let plain = format!("HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n").into_bytes();
    let mut chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..BODY / 8_192 {
        chunked.extend(b"2000\r\n");
        chunked.extend([b'x'; 8_192]);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\n\r\n");
    for (name, mut response) in [("with a length", plain), ("chunked", chunked)] {
        if name == "with a length" {
            response.extend(vec![b'x'; BODY]);
        }
        let (mut count, mut session) = (Count::default(), session(80));
        let start = Instant::now();
        for _ in 0..8 {
            push(&mut session, Side::Client, REQUEST, &mut count);
            push(&mut session, Side::Server, &response, &mut count);
        }
        let seconds = start.elapsed().as_secs_f64();
        assert_eq!(count.file_bytes, 8 * BODY as u64);
        println!("bodies {name}: {:.1} GB/s", 8.0 * response.len() as f64 / seconds / 1e9);
    }
}
