//! Connections packet by packet: which state they end in, what is odd, what is read.
//!
//! A packet is written `> SA 300 101 text`: sender (`>` client, `<` server), flags, sequence number, acknowledgement, payload.

mod support;

use flow::tcp::{Delivery, Openings};
use flow::{Config, DirectionPolicy, FlowTable, Limits};
use model::packet::Side;
use support::{Journal, at_ms, tcp};

fn run(config: Config, packets: &[&str]) -> Journal {
    run_into(Journal::default(), config, packets)
}

fn run_into(mut journal: Journal, config: Config, packets: &[&str]) -> Journal {
    let mut table = FlowTable::new(config, Limits::default());
    for (at, line) in packets.iter().enumerate() {
        let mut words = line.splitn(5, ' ');
        let mut word = || words.next().unwrap_or_default();
        let sender = if word() == ">" { Side::Client } else { Side::Server };
        let (letters, sequence, acknowledgement) =
            (word(), word().parse().expect("a number"), word().parse().expect("a number"));
        let packet = tcp(sender, letters, sequence, acknowledgement, word().as_bytes());
        table.packet(at_ms(10 * at as i64), &packet, &mut journal);
    }
    table.finish(at_ms(10 * packets.len() as i64), &mut journal);
    journal
}

/// State at the end, anomalies, what client and server were read to send.
#[track_caller]
fn check(packets: &[&str], state: &str, anomalies: &[&str], client: &str, server: &str) {
    check_with(Config::default(), packets, state, anomalies, client, server);
}

#[track_caller]
fn check_with(config: Config, packets: &[&str], state: &str, anomalies: &[&str], client: &str, server: &str) {
    let journal = run(config, packets);
    let ended = journal.with("ended");
    assert!(ended[0].ends_with(state), "{ended:?}, not {state}");
    assert_eq!(journal.anomalies(), anomalies);
    let read = |side: Side| String::from_utf8_lossy(&journal.streams[side.index()]).into_owned();
    assert_eq!((read(Side::Client).as_str(), read(Side::Server).as_str()), (client, server));
}

const OPEN: [&str; 3] = ["> S 100 0", "< SA 300 101", "> A 101 301"];

fn opened<'a>(more: &[&'a str]) -> Vec<&'a str> {
    OPEN.iter().copied().chain(more.iter().copied()).collect()
}

#[test]
fn three_way_handshake_and_both_ways_of_closing() {
    check(&OPEN[..1], "syn_sent", &[], "", "");
    check(&OPEN[..2], "syn_recv", &[], "", "");
    check(&OPEN, "established", &[], "", "");
    let data = ["> PA 101 301 hello", "< PA 301 106 world"];
    check(&opened(&data), "established", &[], "hello", "world");
    let client_first = opened(&["> FA 101 301", "< A 301 102", "< FA 301 102", "> A 102 302"]);
    check(&client_first[..4], "close_wait", &[], "", "");
    check(&client_first[..6], "last_ack", &[], "", "");
    check(&client_first, "closed", &[], "", "");
    let server_first = opened(&["< FA 301 101", "> A 101 302", "> FA 101 302", "< A 302 102"]);
    check(&server_first[..4], "fin_wait1", &[], "", "");
    check(&server_first[..5], "fin_wait2", &[], "", "");
    check(&server_first[..6], "time_wait", &[], "", "");
    check(&server_first, "closed", &[], "", "");
    let both = opened(&["< FA 301 101", "> FA 101 301", "> A 102 302", "< A 302 102"]);
    check(&both[..5], "closing", &[], "", "");
    check(&both, "closed", &[], "", "");
}

#[test]
fn closing_is_told_once_all_is_read() {
    let journal = run(Config::default(), &opened(&["> FPA 105 301 o", "> PA 101 301 hell", "< A 301 107"]));
    assert_eq!(journal.with("data"), ["1 data Client 0 hell", "1 data Client 4 o"]);
    assert_eq!(journal.with("closing"), ["1 closing Client"]);
}

#[test]
fn refused_and_reset() {
    check(&["> S 100 0", "< RA 0 101"], "closed", &[], "", "");
    check(&["> S 100 0", "< RA 0 999"], "syn_sent", &["rst_invalid_ack"], "", "");
    check(&opened(&["> R 101 0"]), "closed", &[], "", "");
    check(&["> R 100 0"], "none", &["rst_but_no_session"], "", "");
    check(&opened(&["> R 50000 0"]), "established", &[], "", "");
    check(&["> S 100 0", "> R 101 0"], "syn_sent", &[], "", "");
}

/// Who is reset and goes on, was not reset by its peer.
#[test]
fn injected_reset() {
    let packets = opened(&["< R 301 0", "> PA 101 301 still here", "< A 301 111"]);
    check(&packets, "established", &["suspected_rst_inject"], "still here", "");
}

#[test]
fn odd_handshakes() {
    let cases: &[(&[&str], &str, &[&str])] = &[
        (&["> S 100 0", "> SA 100 55"], "syn_sent", &["3whs_synack_in_wrong_direction"]),
        (&["> S 100 0", "< SA 300 999"], "syn_sent", &["3whs_synack_with_wrong_ack"]),
        (&["> S 100 0", "< SA 300 101", "> A 101 999999999"], "syn_recv", &["3whs_right_seq_wrong_ack_evasion"]),
        (&["> S 100 0", "< SA 300 101", "> A 105 999999999"], "syn_recv", &["3whs_wrong_seq_wrong_ack"]),
        (&["> S 100 0", "< SA 300 101", "< A 301 101"], "syn_recv", &["3whs_ack_in_wrong_dir"]),
        (&["> S 100 0", "< SA 300 101", "< SA 300 55"], "syn_recv", &["3whs_synack_resend_with_different_ack"]),
        (&["> S 100 0", "< SA 300 101", "< SA 400 101"], "syn_recv", &["3whs_synack_resend_with_diff_seq"]),
        (&["> S 100 0", "< SA 300 101", "> SA 100 301"], "syn_recv", &["3whs_synack_toserver_on_syn_recv"]),
        (&["> S 100 0", "< SA 300 101", "< S 300 0"], "syn_recv", &["3whs_syn_toclient_on_syn_recv"]),
        (&["> S 100 0", "< SA 300 101", "> S 111 0"], "syn_recv", &["3whs_syn_resend_diff_seq_on_syn_recv"]),
        (&["> SF 100 0"], "syn_sent", &["fin_syn"]),
        (&["> FA 100 5"], "close_wait", &["fin_but_no_session"]),
    ];
    for (packets, state, anomalies) in cases {
        check(packets, state, anomalies, "", "");
    }
}

#[test]
fn floods_of_different_openings() {
    let syns: Vec<String> = (0..14).map(|number| format!("> S {} 0", 100 + number)).collect();
    // Ten others behind the first are as many as there may be.
    check(&syns.iter().map(String::as_str).collect::<Vec<_>>(), "syn_sent", &["3whs_syn_flood"; 3], "", "");
}

/// An answer to a SYN that was sent before the last one.
#[test]
fn older_syn_answered() {
    check(&["> S 100 0", "> S 200 0", "< SA 300 101", "> A 101 301", "> PA 101 301 x"], "established", &[], "x", "");
}

#[test]
fn four_way_and_split_handshakes() {
    let simultaneous = ["> S 100 0", "< S 300 0", "> SA 100 301", "< SA 300 101", "> PA 101 301 hi", "< PA 301 103 ho"];
    check(&simultaneous, "established", &[], "hi", "ho");
    let split = ["> S 100 0", "< S 300 0", "> SA 100 301", "< A 301 101", "> PA 101 301 hi", "< PA 301 103 ho"];
    check(&split, "established", &[], "hi", "ho");
    let five = ["> S 100 0", "< A 300 101", "< S 300 0", "> SA 100 301", "< A 301 101", "> PA 101 301 hi"];
    check(&five, "established", &[], "hi", "");
    check(&["> S 100 0", "< S 300 0", "> SA 100 999"], "syn_sent", &["4whs_synack_with_wrong_ack"], "", "");
    check(&["> S 100 0", "< S 300 0", "> SA 111 301"], "syn_sent", &["4whs_synack_with_wrong_syn"], "", "");
}

#[test]
fn fast_open() {
    let taken = ["> S 100 0 early", "< SA 300 106", "> A 106 301", "> PA 106 301 late"];
    check(&taken, "established", &[], "earlylate", "");
    let refused = ["> S 100 0 early", "< SA 300 101", "> PA 101 301 again"];
    check(&refused, "established", &["3whs_synack_tfo_data_ignored"], "again", "");
}

#[test]
fn midstream_and_one_sided() {
    check(&["> PA 100 300 a", "< PA 300 101 b"], "established", &[], "a", "b");
    check(&["< SA 300 101", "> A 101 301", "> PA 101 301 a"], "established", &[], "a", "");
    check(&["> S 100 0", "> A 101 301", "> PA 101 301 a"], "established", &[], "a", "");
    check(&["< PA 300 100 a", "< PA 301 100 b"], "established", &[], "", "ab");
    let openings = Openings { midstream: false, one_sided: false, ..Openings::default() };
    let config = Config { openings, ..Config::default() };
    check_with(config, &["> PA 100 300 a", "< PA 300 101 b"], "none", &[], "", "");
}

#[test]
fn segments_that_do_not_belong() {
    let cases: &[(&str, &str)] = &[
        ("> PA 90000 301 x", "est_packet_out_of_window"),
        ("> S 100 0", "est_syn_resend"),
        ("> S 555 0", "est_syn_resend_diff_seq"),
        ("< S 300 0", "est_syn_toclient"),
        ("> SA 100 301", "est_synack_toserver"),
        ("< SA 300 101", "est_synack_resend"),
        ("< SA 300 555", "est_synack_resend_with_different_ack"),
        ("< SA 333 101", "est_synack_resend_with_diff_seq"),
        ("> FA 90000 301", "fin_out_of_window"),
    ];
    for (packet, anomaly) in cases {
        check(&opened(&[packet]), "established", &[anomaly], "", "");
    }
    let repeated = opened(&["> PA 101 301 xy", "< A 301 103", "> PA 101 301 xy"]);
    check(&repeated, "established", &["pkt_spurious_retransmission", "est_pkt_before_last_ack"], "xy", "");
    check(&opened(&["> A 101 999999"]), "established", &["pkt_invalid_ack", "est_invalid_ack"], "", "");
}

#[test]
fn gaps_are_told_when_acknowledged_or_at_the_end() {
    let acknowledged = opened(&["> PA 106 301 world", "< A 301 111", "< A 301 111"]);
    let journal = run(Config::default(), &acknowledged);
    assert_eq!(journal.lines[1..4], ["1 anomaly reassembly_seq_gap", "1 gap Client 0 5", "1 data Client 5 world"]);
    let journal = run(Config::default(), &opened(&["> PA 106 301 world"]));
    assert_eq!(journal.lines[1..4], ["1 anomaly reassembly_seq_gap", "1 gap Client 0 5", "1 data Client 5 world"]);
}

/// Suricata's reading: the overlap policy also decides over bytes that came in order, as long as they are not acknowledged.
#[test]
fn delivery_when_acknowledged() {
    let config =
        Config { delivery: Delivery::Acknowledged, overlap: flow::tcp::OverlapPolicy::OldLinux, ..Config::default() };
    let packets = opened(&["> PA 101 301 GOOD", "> PA 101 301 EVIL", "< A 301 105"]);
    check_with(
        config,
        &packets,
        "established",
        &["pkt_retransmission", "reassembly_overlap_different_data"],
        "EVIL",
        "",
    );
}

#[test]
fn reuse_of_the_tuple() {
    let packets = opened(&["> R 101 0", "> S 9000 0", "< SA 7000 9001", "> PA 9001 7001 again"]);
    let journal = run(Config::default(), &packets);
    assert_eq!(journal.with("ended"), ["1 ended tcp_reuse closed closed", "2 ended shutdown established established"]);
    assert_eq!(journal.streams[0], b"again");
}

#[test]
fn wrap_around() {
    let packets = [
        "> S 4294967290 0",
        "< SA 4294967295 4294967291",
        "> A 4294967291 0",
        "> PA 4294967291 0 0123456789",
        "< PA 0 5 abc",
        "> PA 5 3 !",
    ];
    check(&packets, "established", &[], "0123456789!", "abc");
}

#[test]
fn depth() {
    let config = Config { depth_bytes: 4, ..Config::default() };
    let packets = opened(&["> PA 101 301 012", "> PA 104 301 345", "> PA 107 301 678"]);
    check_with(config, &packets, "established", &["reassembly_depth_reached"], "0123", "");
}

/// A hole that the receiver waits for when the connection ends is no gap: what lies behind it has reached nobody.
#[test]
fn what_lies_behind_the_last_hole_is_left_over() {
    let cases: &[(&[&str], &[&str])] = &[
        (&["> A 101 301 ab", "> A 105 301 ef", "< RA 301 103"], &["1 data Client 0 ab", "1 leftover Client 4 ef"]),
        // What was acknowledged of the hole is missing.
        (
            &["> A 101 301 ab", "> A 106 301 fg", "< A 301 104", "< RA 301 104"],
            &["1 data Client 0 ab", "1 gap Client 2 1", "1 leftover Client 5 fg"],
        ),
        // Nobody is seen to acknowledge anything.
        (&["> A 101 301 ab", "> A 105 301 ef"], &["1 data Client 0 ab", "1 gap Client 2 2", "1 data Client 4 ef"]),
    ];
    for (packets, expected) in cases {
        let journal = run(Config::default(), &opened(packets));
        let is_of_stream = |line: &&String| line.contains("Client") && !line.contains("closing");
        let found: Vec<&str> = journal.lines.iter().filter(is_of_stream).map(String::as_str).collect();
        assert_eq!(found, *expected);
    }
}

/// A client that is met in the middle may show by its first bytes that it is the server.
#[test]
fn what_is_said_turns_a_connection_round() {
    let config = Config {
        direction: DirectionPolicy::FirstPacket,
        measures_performance: false,
        recognises_taps: false,
        ..Config::default()
    };
    let answer = ["> PA 101 301 200", "< A 301 104", "< FA 301 104"];
    for (turns_round, sender, state) in [(false, "Client", "fin_wait1"), (true, "Server", "close_wait")] {
        let journal = run_into(Journal { turns_round, ..Journal::default() }, config, &answer);
        assert_eq!(journal.with("data"), [format!("1 data {sender} 0 200")]);
        assert!(journal.with("ended")[0].ends_with(state), "{:?}", journal.lines);
    }
    // Who has sent SYN is the client, whatever it says.
    let journal = run_into(Journal { turns_round: true, ..Journal::default() }, config, &opened(&["> PA 101 301 200"]));
    assert_eq!(journal.with("data"), ["1 data Client 0 200"]);
}

/// Packets of a flow that is cut off are counted, and change nothing.
#[test]
fn a_flow_that_is_cut_off_stays_as_it_is() {
    let journal = Journal { cuts_off_behind: Some(b"stop"), ..Journal::default() };
    let more = ["> PA 101 301 stop", "> PA 108 301 later", "< FA 301 105", "> PA 105 302 more", "> RA 109 302"];
    let journal = run_into(journal, Config::default(), &opened(&more));
    assert_eq!(journal.streams[0], b"stop");
    assert_eq!(journal.with("leftover"), [""; 0]);
    assert!(journal.with("ended")[0].ends_with("established"), "{:?}", journal.lines);
}

#[test]
fn each_syn_beyond_those_that_are_kept_is_told() {
    let syns: Vec<String> = (0..12).map(|number| format!("> S {} 0", 100 + number)).collect();
    let mut packets: Vec<&str> = syns.iter().map(String::as_str).collect();
    check(&packets, "syn_sent", &["3whs_syn_flood"], "", "");
    packets.pop();
    check(&packets, "syn_sent", &[], "", "");
}
