//! How fast messages of DNS go, from a datagram to a line. Run: `cargo test --release -p engine --test measure -- --ignored --nocapture`.
#![allow(clippy::disallowed_methods, clippy::print_stdout)]

use applayer::{
    Circumstances, FileEvent, Handover, Input, Limits, Ports, Session, Sink, Transaction, Transport, Tree as _,
};
use engine::eve::JsonLine;
use model::packet::{Side, Timestamp};
use std::time::Instant;

/// Writes each transaction as a line, and counts.
struct Lines {
    json: JsonLine,
    lines: u64,
    bytes: u64,
}

impl Sink for Lines {
    fn transaction(&mut self, _: Timestamp, transaction: &dyn Transaction) {
        self.json.begin();
        self.json.open_object(transaction.table());
        transaction.tell(&mut self.json);
        self.json.close_object();
        self.bytes += self.json.end().len() as u64;
        self.lines += 1;
    }

    fn anomaly(&mut self, _: Timestamp, name: &'static str, _: Option<u64>) {
        panic!("{name}");
    }

    fn file(&mut self, _: Timestamp, _: FileEvent<'_>) {}

    fn hand_over(&mut self, _: Timestamp, _: Handover<'_>) {}
}

const REQUEST: &[u8] = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x03com\x00\x00\x01\x00\x01";
const RESPONSE: &[u8] = b"\x12\x34\x81\x80\x00\x01\x00\x03\x00\x00\x00\x00\x03www\x07example\x03com\x00\x00\x01\x00\x01\
\xc0\x0c\x00\x05\x00\x01\x00\x00\x01\x2c\x00\x06\x03cdn\xc0\x10\
\xc0\x2d\x00\x01\x00\x01\x00\x00\x01\x2c\x00\x04\xc0\x00\x02\x01\xc0\x2d\x00\x01\x00\x01\x00\x00\x01\x2c\x00\x04\xc0\x00\x02\x02";

#[test]
#[ignore = "a measurement"]
fn dns_messages() {
    const PAIRS: u64 = 1_000_000;
    let ports = Ports { client: 50_000, server: 53 };
    let circumstances = Circumstances { transport: Transport::Udp, ports, is_midstream: false };
    for per_flow in [1, 100] {
        let mut lines = Lines { json: JsonLine::new(false, false, false), lines: 0, bytes: 0 };
        let start = Instant::now();
        for _ in 0..PAIRS / per_flow {
            let mut session = Session::new(circumstances, Limits::default());
            for _ in 0..per_flow {
                for (sender, bytes) in [(Side::Client, REQUEST), (Side::Server, RESPONSE)] {
                    session.push(Input { now: Timestamp(0), sender, bytes }, &mut lines);
                }
                let rest = session.rest().expect("nothing is outstanding");
                session = Session::resume(rest, circumstances, Limits::default());
            }
        }
        assert_eq!(lines.lines, 2 * PAIRS);
        let ns = start.elapsed().as_nanos() as f64 / lines.lines as f64;
        println!("{per_flow:>3} exchanges a flow: {ns:.0} ns a message, {:.1} M messages/s", 1e3 / ns);
    }
}
