//! Every way in which fragments and TCP connections depart from what they should be, as one table.
//!
//! Names are those of Suricata's decoder and stream events, without `decoder.` and `stream.`.

/// A row of [`ANOMALIES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnomalyKind {
    /// The name in rules, records and tables.
    pub name: &'static str,
    /// What it means, in one line.
    pub meaning: &'static str,
}

const fn row(name: &'static str, meaning: &'static str) -> AnomalyKind {
    AnomalyKind { name, meaning }
}

/// Every anomaly that this crate can find.
pub const ANOMALIES: &[AnomalyKind] = &[
    row(
        "3whs_ack_data_inject",
        "the server acknowledges what the client cannot have sent, before the handshake is over",
    ),
    row("3whs_ack_in_wrong_dir", "the server sends the third packet of the handshake"),
    row("3whs_async_wrong_seq", "the client goes on without an answer, and not where its SYN ended"),
    row("3whs_right_seq_wrong_ack_evasion", "the third packet acknowledges another SYN/ACK than there was"),
    row("3whs_syn_flood", "many SYNs with different sequence numbers"),
    row("3whs_syn_resend_diff_seq_on_syn_recv", "another SYN, with another sequence number, behind the SYN/ACK"),
    row("3whs_syn_toclient_on_syn_recv", "the server sends SYN behind its SYN/ACK"),
    row("3whs_synack_flood", "many SYN/ACKs with different numbers"),
    row("3whs_synack_in_wrong_direction", "the client sends SYN/ACK without a SYN of the server"),
    row("3whs_synack_resend_with_diff_seq", "another SYN/ACK, with another sequence number"),
    row("3whs_synack_resend_with_different_ack", "another SYN/ACK, which acknowledges something else"),
    row("3whs_synack_tfo_data_ignored", "the server did not take the data that came with SYN"),
    row("3whs_synack_toserver_on_syn_recv", "the client sends SYN/ACK behind the server's"),
    row("3whs_synack_with_wrong_ack", "SYN/ACK acknowledges something else than SYN"),
    row("3whs_wrong_seq_wrong_ack", "the third packet fits neither SYN nor SYN/ACK"),
    row("4whs_invalid_ack", "an acknowledgement that fits no SYN of a split handshake"),
    row("4whs_synack_with_wrong_ack", "SYN/ACK of a split handshake acknowledges something else"),
    row("4whs_synack_with_wrong_syn", "SYN/ACK of a split handshake has another sequence number than the SYN"),
    row("4whs_wrong_seq", "a sequence number that does not follow the SYN of a split handshake"),
    row("closewait_ack_out_of_window", "beyond the window, after the client has closed"),
    row("closewait_fin_out_of_window", "FIN beyond the window, after the client has closed"),
    row("closewait_invalid_ack", "acknowledges what was not sent, after the client has closed"),
    row("closewait_pkt_before_last_ack", "repeats what was acknowledged, after the client has closed"),
    row("closing_ack_wrong_seq", "beyond the window, while both sides close"),
    row("closing_invalid_ack", "acknowledges what was not sent, while both sides close"),
    row("est_invalid_ack", "acknowledges what was not sent"),
    row("est_packet_out_of_window", "beyond what the receiver can take"),
    row("est_pkt_before_last_ack", "repeats what was acknowledged"),
    row("est_syn_resend", "SYN again, in an established connection"),
    row("est_syn_resend_diff_seq", "SYN with another sequence number, in an established connection"),
    row("est_syn_toclient", "the server sends SYN in an established connection"),
    row("est_synack_resend", "SYN/ACK again, in an established connection"),
    row("est_synack_resend_with_diff_seq", "SYN/ACK with another sequence number, in an established connection"),
    row(
        "est_synack_resend_with_different_ack",
        "SYN/ACK that acknowledges something else, in an established connection",
    ),
    row("est_synack_toserver", "the client sends SYN/ACK in an established connection"),
    row("fin1_ack_wrong_seq", "beyond the window, after the server has closed"),
    row("fin1_fin_wrong_seq", "FIN beyond the window, after the server has closed"),
    row("fin1_invalid_ack", "acknowledges what was not sent, after the server has closed"),
    row("fin2_ack_wrong_seq", "beyond the window, after the server's closing was acknowledged"),
    row("fin2_fin_wrong_seq", "FIN beyond the window, after the server's closing was acknowledged"),
    row("fin2_invalid_ack", "acknowledges what was not sent, after the server's closing was acknowledged"),
    row("fin_but_no_session", "FIN without a connection"),
    row("fin_invalid_ack", "FIN that acknowledges what was not sent"),
    row("fin_out_of_window", "FIN beyond the window"),
    row("fin_syn", "FIN and SYN in one packet"),
    row("ipv4.frag_ignored", "a fragment too many for its datagram"),
    row("ipv4.frag_overlap", "fragments lie over each other"),
    row("ipv4.frag_pkt_too_large", "a fragment that ends beyond 65,535 bytes"),
    row("ipv6.frag_ignored", "a fragment too many for its datagram"),
    row("ipv6.frag_overlap", "fragments lie over each other"),
    row("ipv6.frag_pkt_too_large", "a fragment that ends beyond 65,535 bytes"),
    row("lastack_ack_wrong_seq", "beyond the window, while the last acknowledgement is missing"),
    row("lastack_invalid_ack", "acknowledges what was not sent, while the last acknowledgement is missing"),
    row("pkt_bad_window_update", "acknowledges more than was sent, and closes the window"),
    row("pkt_broken_ack", "an acknowledgement without the flag"),
    row("pkt_invalid_ack", "acknowledges what was not sent"),
    row("pkt_invalid_timestamp", "an older timestamp than was received in order (PAWS)"),
    row("pkt_retransmission", "repeats what is on its way, or comes late"),
    row("pkt_spurious_retransmission", "repeats what was acknowledged"),
    row("reassembly_depth_reached", "more bytes than are looked at"),
    row("reassembly_overlap_different_data", "segments have different bytes for one place"),
    row("reassembly_seq_gap", "bytes of a stream are missing"),
    row("rst_but_no_session", "RST without a connection"),
    row("rst_invalid_ack", "RST that acknowledges what was not sent"),
    row("shutdown_syn_resend", "SYN in a connection that closes or is closed"),
    row("suspected_rst_inject", "who was reset goes on: the RST was not its peer's"),
    row("timewait_ack_wrong_seq", "beyond the window, after both sides have closed"),
    row("timewait_invalid_ack", "acknowledges what was not sent, after both sides have closed"),
];

/// Is it a name of the table?
pub(crate) fn is_known(name: &str) -> bool {
    ANOMALIES.iter().any(|kind| kind.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_single() {
        assert!(ANOMALIES.is_sorted_by(|one, next| one.name < next.name));
    }
}
