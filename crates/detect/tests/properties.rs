//! The findings depend on the set of records alone.

use arrow_array::RecordBatch;
use detect::ground::Conversation;
use detect::{Estate, Finding, Fold, Limits, findings};
use model::FlowField as F;
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use table::FlowColumns;

/// One record, small enough that many of them belong together.
#[derive(Clone, Debug)]
struct Row {
    source: u8,
    target: u8,
    source_port: i32,
    target_port: i32,
    proto: i32,
    start_s: i64,
    packets: i64,
    bytes: i64,
    answered: bool,
    denied: bool,
    is_v6: bool,
    /// Where it was observed, how it was sampled, what was lost of it.
    evidence: u8,
}

fn address(number: u8, is_v6: bool) -> IpAddr {
    // Half of them are ours.
    match (is_v6, number % 2) {
        (false, 0) => IpAddr::V4(Ipv4Addr::new(10, 0, 0, number)),
        (false, _) if number == 23 => IpAddr::V4(Ipv4Addr::new(240, 0, 0, number)),
        (false, _) => IpAddr::V4(Ipv4Addr::new(203, 1, 113, number)),
        (true, 0) => IpAddr::V6(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, number.into())),
        (true, _) => IpAddr::V6(Ipv6Addr::new(0x2a00, 0, 0, 0, 0, 0, 0, number.into())),
    }
}

fn batch(rows: &[Row]) -> RecordBatch {
    let mut columns = FlowColumns::new(Fold::wanted());
    for row in rows {
        columns.set_address(F::SrcIp, address(row.source, row.is_v6));
        columns.set_address(F::DstIp, address(row.target, row.is_v6));
        columns.set_int32(F::SrcPort, row.source_port);
        columns.set_int32(F::DstPort, row.target_port);
        columns.set_int32(F::IpProto, row.proto);
        columns.set_time(F::TimeStart, (1_700_000_000 + row.start_s) * 1_000_000_000);
        columns.set_time(F::TimeEnd, (1_700_000_001 + row.start_s) * 1_000_000_000);
        columns.set_int64(F::Packets, row.packets);
        columns.set_int64(F::Bytes, row.bytes);
        if row.answered {
            columns.set_int64(F::RevPackets, row.packets);
            columns.set_int64(F::RevBytes, row.bytes);
        }
        columns.set_text(F::Verdict, if row.denied { "denied" } else { "allowed" });
        match row.evidence {
            0..4 => columns.set_text(F::Direction, if row.evidence < 2 { "egress" } else { "ingress" }),
            4 => columns.set_float64(F::SamplingRate, if row.start_s < 2_000 { 10.0 } else { 100.0 }),
            5 => columns.set_int64(F::LostNoRoute, 1),
            _ => {}
        }
        columns.end_row();
    }
    columns.take_batch()
}

fn row() -> impl Strategy<Value = Row> {
    let ends = (0u8..24, 0u8..24, 30_000i32..30_020, prop_oneof![Just(22), Just(443), Just(3389), 1i32..40]);
    let rest = (prop_oneof![Just(6), Just(17), Just(1)], 0i64..4_000, 1i64..30, 40i64..9_000);
    let all = (ends, rest, any::<(bool, bool)>(), 0u8..8, 0u8..8);
    all.prop_map(|(ends, rest, (answered, denied), v6, evidence)| Row {
        source: ends.0,
        target: ends.1,
        source_port: ends.2,
        target_port: ends.3,
        proto: rest.0,
        start_s: rest.1,
        packets: rest.2,
        bytes: rest.3,
        answered,
        denied,
        is_v6: v6 == 0,
        evidence,
    })
}

/// Small, so that they matter.
fn limits(conversations_max: usize) -> Limits {
    Limits { conversations_max, records_max: 200, records_per_conversation_max: 64, ..Limits::default() }
}

fn estate(rows: &[Row], limits: Limits) -> Estate {
    let mut fold = Fold::new(limits);
    fold.push(&batch(rows));
    fold.finish()
}

fn in_parts(rows: &[Row], by: usize, limits: Limits) -> Estate {
    let mut parts = rows.chunks(by).map(|rows| {
        let mut fold = Fold::new(limits);
        fold.push(&batch(rows));
        fold
    });
    let mut merged = parts.next().expect("a part");
    parts.for_each(|mut part| merged.merge(&mut part));
    merged.finish()
}

fn shuffled(rows: &[Row], seed: u64) -> Vec<Row> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| (row.start_s as u64 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ row.bytes as u64);
    rows
}

fn whole(rows: &[Row], limits: Limits) -> Vec<Finding> {
    findings(&estate(rows, limits))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn order_cut_and_threads_change_nothing(
        rows in prop::collection::vec(row(), 1..600), by in 1usize..50, seed in any::<u64>(),
    ) {
        let limits = Limits { records_max: 4_000, ..limits(1_200) };
        let expected = whole(&rows, limits);
        let rows = shuffled(&rows, seed);
        prop_assert_eq!(&whole(&rows, limits), &expected);
        prop_assert_eq!(&findings(&in_parts(&rows, by, limits)), &expected);
    }

    /// Beyond the limit: the share is the same and whole, and whoever reaches the level is there.
    #[test]
    fn the_share_and_the_interesting_are_held_in_any_order(
        rows in prop::collection::vec(row(), 1..600), by in 1usize..50, seed in any::<u64>(), conversations_max in 20usize..300,
    ) {
        let limits = Limits { records_max: 4_000, ..limits(conversations_max) };
        let all = estate(&rows, Limits::default());
        let estates = [estate(&rows, limits), estate(&shuffled(&rows, seed), limits), in_parts(&rows, by, limits)];
        let share = |estate: &Estate| -> Vec<String> {
            let held = estate.conversations.iter().filter(|talk| talk.stands_for > 0);
            held.map(|talk| {
                let ends = (estate.text(talk.client), estate.text(talk.server), talk.proto, talk.port);
                format!("{ends:?} {} {:?}", talk.stands_for, talk.records)
            }).collect()
        };
        for estate in &estates {
            prop_assert_eq!(share(estate), share(&estates[0]));
            prop_assert!(estate.conversations.len() <= conversations_max + 3);
            let level = estate.turned_away.interest_levels.into_iter().max().unwrap_or(0) as usize;
            let key = |estate: &Estate, talk: &Conversation| (estate.text(talk.client), estate.text(talk.server), talk.proto, talk.port);
            let held: Vec<_> = estate.conversations.iter().map(|talk| key(estate, talk)).collect();
            // A record has a point at least. Ping has no client before both ways are known.
            let interesting = all.conversations.iter().filter(|talk| talk.records.len() >= level.max(1) && talk.proto != 1);
            for talk in interesting.filter(|talk| talk.proto != 58) {
                prop_assert!(level == 0 || held.contains(&key(&all, talk)), "{:?} of level {level}", key(&all, talk));
            }
        }
    }

    /// But for the finding that says so.
    #[test]
    fn objects_read_twice_change_nothing(rows in prop::collection::vec(row(), 1..300)) {
        let about_traffic = |rows: &[Row]| -> Vec<Finding> {
            let found = whole(rows, Limits::default());
            found.into_iter().filter(|finding| finding.detector != "loghealth.repeated").collect()
        };
        let expected = about_traffic(&rows);
        let twice: Vec<Row> = rows.iter().chain(rows.iter().rev()).cloned().collect();
        prop_assert_eq!(&about_traffic(&twice), &expected);
    }

    #[test]
    fn no_numbers_break_it(times in prop::collection::vec(any::<i64>(), 1..60), counter in any::<i64>(), port in any::<i32>()) {
        let mut columns = FlowColumns::new(Fold::wanted());
        for time in &times {
            columns.set_address(F::SrcIp, address((*time & 7) as u8, false));
            columns.set_address(F::DstIp, address((*time >> 3 & 7) as u8, false));
            columns.set_int32(F::SrcPort, port);
            columns.set_int32(F::DstPort, port.wrapping_mul(3));
            columns.set_int32(F::IpProto, (*time >> 8) as i32);
            columns.set_time(F::TimeStart, *time);
            columns.set_time(F::TimeEnd, time.wrapping_mul(7));
            columns.set_int64(F::Packets, counter);
            columns.set_int64(F::Bytes, counter.wrapping_mul(5));
            columns.set_int32(F::TcpFlags, port);
            columns.end_row();
        }
        let mut fold = Fold::new(Limits::default());
        fold.push(&columns.take_batch());
        findings(&fold.finish());
    }
}
