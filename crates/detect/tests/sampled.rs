//! Logs that look at one packet of ten and keep half of the records, as Google's do: numbers are what the seen ones stand
//! for, bytes are payload.

use detect::{Finding, Fold, Limits, Severity, findings};
use model::FlowField as F;
use table::FlowColumns;

const ONE_OF: u64 = 10;
const START: i64 = 1_700_000_000;
const BOT: &str = "192.168.2.12";

/// Chance, the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % end
    }
}

/// Second, server, port, packets and payload bytes up, and down.
type Call = (i64, String, i32, (u64, u64), (u64, u64));

fn told(calls: &[Call]) -> Vec<Finding> {
    let (mut columns, mut random) = (FlowColumns::new(Fold::wanted()), Random(88_172_645_463_325_252));
    for (number, (at_s, server, port, up, down)) in calls.iter().enumerate() {
        let client_port = 32_768 + (number % 28_000) as i32;
        let (client, server) = (BOT.parse().expect("an address"), server.parse().expect("an address"));
        for (is_up, (packets, bytes)) in [(true, *up), (false, *down)] {
            let seen = (0..packets).filter(|_| random.below(ONE_OF) == 0).count() as u64;
            if seen == 0 || random.below(2) == 0 {
                continue;
            }
            let ends = [(F::SrcIp, client), (F::DstIp, server)];
            for (field, address) in ends
                .iter()
                .zip(if is_up { [client, server] } else { [server, client] })
                .map(|(end, address)| (end.0, address))
            {
                columns.set_address(field, address);
            }
            columns.set_int32(F::SrcPort, if is_up { client_port } else { *port });
            columns.set_int32(F::DstPort, if is_up { *port } else { client_port });
            columns.set_int32(F::IpProto, 6);
            columns.set_time(F::TimeStart, (START + at_s) * 1_000_000_000);
            columns.set_time(F::TimeEnd, (START + at_s + 1) * 1_000_000_000);
            columns.set_int64(F::Packets, (seen * ONE_OF) as i64);
            columns.set_int64(F::Bytes, (bytes * seen * ONE_OF / packets) as i64);
            columns.set_text(F::Provider, "gcp");
            columns.end_row();
        }
    }
    let mut fold = Fold::new(Limits::default());
    fold.push(&columns.take_batch());
    findings(&fold.finish())
}

fn server(n: i64) -> String {
    format!("52.{}.{}.{}", n * 7 % 250, n * 13 % 250, n * 29 % 250 + 1)
}

#[test]
fn a_scan_of_which_one_packet_of_ten_is_seen() {
    let calls: Vec<Call> = (0..300).map(|n| (n * 3, server(n), 81, (2, 0), (0, 0))).collect();
    let told = told(&calls);
    assert!(told.iter().any(|one| one.detector == "scan.horizontal" && one.entity == BOT), "{told:#?}");
}

#[test]
fn short_calls_of_which_one_side_is_seen_are_no_scan() {
    // Most packets of who only reads are bare: in the worst case all that were seen.
    for (packets, up_bytes) in [(4, 600), (6, 600), (6, 0), (9, 0), (20, 0)] {
        let calls: Vec<Call> =
            (0..900).map(|n| (n * 40, server(n), 443, (packets, up_bytes), (packets, 900 * packets))).collect();
        let loud: Vec<_> = told(&calls).into_iter().filter(|one| one.severity < Severity::Low).collect();
        assert!(loud.is_empty(), "{packets} packets, {up_bytes} bytes: {loud:#?}");
    }
}

#[test]
fn a_beacon_of_which_few_calls_are_seen() {
    let calls: Vec<Call> =
        (0..400).map(|n| (n * 300 + n * 37 % 25, "46.1.1.1".to_owned(), 4_444, (8, 700), (8, 900))).collect();
    let told = told(&calls);
    assert!(told.iter().any(|one| one.detector == "beacon.regular" && one.entity == BOT), "{told:#?}");
}
