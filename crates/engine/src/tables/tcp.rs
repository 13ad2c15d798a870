//! What was measured of a TCP connection: one row of columns each, in one table.

use super::head_columns::{COMMON_COLUMNS, PlacedColumn};
use crate::event::FlowFacts;
use flow::tcp::{Durations, Performance, Sender, Tcp};
use model::FieldType;
use table::Rows;

/// A number and how it is measured; `None` where there is nothing to measure.
type Measure = (&'static str, &'static str, fn(&Tcp, &Performance) -> Option<i64>);

/// A number that each side has of its own: the column of the client has the name, that of the server `rev_` before it.
type SideMeasure = (&'static str, &'static str, fn(&Sender) -> Option<i64>);

/// What a connection says besides numbers, beyond [`COMMON_COLUMNS`].
const TEXT_COLUMNS: &[PlacedColumn] = &[
    ("app_protocol", FieldType::Text, "what it speaks, where it is known"),
    ("host_name", FieldType::Text, "the name that the client asked its server by"),
    ("state", FieldType::Text, "where the connection stood at its end"),
    ("history", FieldType::Text, "what happened, in letters: upper case the client, lower case the server"),
];

fn whole(number: u64) -> Option<i64> {
    Some(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A mean, where there is something to be the mean of.
fn mean(durations: &Durations) -> Option<i64> {
    durations.mean_ns().and_then(whole)
}

fn bound(durations: &Durations, bound_ns: u64) -> Option<i64> {
    (durations.count > 0).then_some(bound_ns).and_then(whole)
}

/// Numbers of the whole connection. Times are of the point of capture, in nanoseconds.
const MEASURES: &[Measure] = &[
    ("completeness", "what was seen: 1 SYN, 2 SYN/ACK, 4 ACK, 8 data, 16 FIN, 32 RST", |tcp, _| {
        whole(tcp.setup.completeness.into())
    }),
    ("rtt_ns", "the handshake: last SYN to the client's ACK", |tcp, _| tcp.setup.round_trip_ns()),
    ("server_rtt_ns", "last SYN to SYN/ACK: the way to the server and back", |tcp, _| tcp.setup.server_round_trip_ns()),
    ("client_rtt_ns", "SYN/ACK to ACK: the way to the client and back", |tcp, _| tcp.setup.client_round_trip_ns()),
    ("setup_ns", "first SYN to the client's ACK, retries included", |tcp, _| tcp.setup.duration_ns()),
    ("syn_retries", "SYNs beyond the first", |tcp, _| whole(tcp.setup.syn_retries.into())),
    ("syn_ack_retries", "SYN/ACKs beyond the first", |tcp, _| whole(tcp.setup.syn_ack_retries.into())),
    ("requests", "requests that were answered", |_, measured| whole(measured.turns.response.count)),
    ("server_response_ns", "last byte of a request to the first of its response, mean", |_, measured| {
        mean(&measured.turns.response)
    }),
    ("server_response_max_ns", "the longest of them", |_, measured| {
        bound(&measured.turns.response, measured.turns.response.max_ns)
    }),
    ("first_byte_ns", "first byte of a request to the first of its response, mean", |_, measured| {
        mean(&measured.turns.first_byte)
    }),
    ("request_transfer_ns", "first to last byte of a request, mean", |_, measured| {
        mean(&measured.turns.request_transfer)
    }),
    ("response_transfer_ns", "first to last byte of a response, mean", |_, measured| {
        mean(&measured.turns.response_transfer)
    }),
    ("transaction_ns", "first byte of a request to the last of its response, mean", |_, measured| {
        mean(&measured.turns.transaction)
    }),
    ("client_idle_ns", "last byte of a response to the next request, mean", |_, measured| {
        mean(&measured.turns.client_idle)
    }),
];

/// Numbers of each side, of what it sent.
const SIDE_MEASURES: &[SideMeasure] = &[
    ("data_packets", "packets with payload, repetitions too", |side| whole(side.data_segments)),
    ("data_bytes", "their payload", |side| whole(side.data_bytes)),
    ("goodput_bytes", "the payload, each byte once", |side| whole(side.unique_bytes)),
    ("goodput_bytes_per_s", "that per second between first and last payload", |side| {
        side.goodput_bytes_per_s().and_then(whole)
    }),
    ("ack_rtt_ns", "packet to its acknowledgement, mean; repeated ones give none (Karn)", |side| {
        mean(&side.round_trip)
    }),
    ("ack_rtt_min_ns", "the shortest of them", |side| bound(&side.round_trip, side.round_trip.min_ns)),
    ("ack_rtt_max_ns", "the longest of them", |side| bound(&side.round_trip, side.round_trip.max_ns)),
    ("retransmissions", "repetitions of all kinds", |side| whole(side.retransmissions().into())),
    ("timer_retransmissions", "repetitions by the retransmission timer", |side| {
        whole(side.timer_retransmissions.into())
    }),
    ("fast_retransmissions", "repetitions that duplicate acknowledgements or SACK asked for", |side| {
        whole(side.fast_retransmissions.into())
    }),
    ("spurious_retransmissions", "repetitions of what was acknowledged already", |side| {
        whole(side.spurious_retransmissions.into())
    }),
    ("other_retransmissions", "other repetitions: loss probes, rewritten segments", |side| {
        whole(side.other_retransmissions.into())
    }),
    ("retransmitted_bytes", "payload of repetitions", |side| whole(side.retransmitted_bytes)),
    ("out_of_order", "packets that others overtook", |side| whole(side.out_of_order.into())),
    ("network_losses", "packets lost before they came to the capture", |side| whole(side.network_losses.into())),
    ("capture_losses", "holes that the receiver acknowledged all the same", |side| whole(side.capture_losses.into())),
    ("capture_lost_bytes", "their bytes", |side| whole(side.capture_lost_bytes)),
    ("duplicate_acks", "acknowledgements that it repeated as a receiver", |side| whole(side.duplicate_acks.into())),
    ("zero_windows", "how often it closed its window", |side| whole(side.zero_windows.into())),
    ("zero_window_ns", "how long its window was closed", |side| whole(side.zero_window_ns)),
    ("window_updates", "acknowledgements that change the window alone", |side| whole(side.window_updates.into())),
    ("window_full", "packets that fill the receiver's window", |side| whole(side.window_full.into())),
    ("window_probes", "probes of a closed window", |side| whole(side.window_probes.into())),
    ("keep_alives", "keep-alives", |side| whole(side.keep_alives.into())),
];

/// The names of the server's columns, in the order of [`SIDE_MEASURES`].
const SERVER_NAMES: &[&str] = &[
    "rev_data_packets",
    "rev_data_bytes",
    "rev_goodput_bytes",
    "rev_goodput_bytes_per_s",
    "rev_ack_rtt_ns",
    "rev_ack_rtt_min_ns",
    "rev_ack_rtt_max_ns",
    "rev_retransmissions",
    "rev_timer_retransmissions",
    "rev_fast_retransmissions",
    "rev_spurious_retransmissions",
    "rev_other_retransmissions",
    "rev_retransmitted_bytes",
    "rev_out_of_order",
    "rev_network_losses",
    "rev_capture_losses",
    "rev_capture_lost_bytes",
    "rev_duplicate_acks",
    "rev_zero_windows",
    "rev_zero_window_ns",
    "rev_window_updates",
    "rev_window_full",
    "rev_window_probes",
    "rev_keep_alives",
];

/// Every column beyond [`COMMON_COLUMNS`].
pub(super) fn columns() -> impl Iterator<Item = PlacedColumn> {
    let measures = MEASURES.iter().map(|(name, doc, _)| (*name, FieldType::Int64, *doc));
    let client = SIDE_MEASURES.iter().map(|(name, doc, _)| (*name, FieldType::Int64, *doc));
    let server = SIDE_MEASURES.iter().zip(SERVER_NAMES).map(|((_, doc, _), name)| (*name, FieldType::Int64, *doc));
    TEXT_COLUMNS.iter().copied().chain(measures).chain(client).chain(server)
}

/// Sets them.
pub(super) fn set_tcp(facts: &FlowFacts<'_>, tcp: &Tcp, rows: &mut Rows) {
    const OWN: usize = COMMON_COLUMNS.len();
    let state = tcp.connection.state.name();
    let texts =
        [facts.protocol.unwrap_or("").as_bytes(), facts.host_name, state.as_bytes(), tcp.history.as_str().as_bytes()];
    for (place, text) in texts.into_iter().enumerate().filter(|(_, text)| !text.is_empty()) {
        rows.set_text(OWN + place, text);
    }
    let none = Performance::default();
    // A connection that never carried anything has its handshake all the same.
    let measured = tcp.performance.as_deref().unwrap_or(&none);
    let [client, server] = &measured.sides;
    let values = MEASURES.iter().map(|(.., measure)| measure(tcp, measured));
    let client = SIDE_MEASURES.iter().map(|(.., measure)| measure(client));
    let server = SIDE_MEASURES.iter().map(|(.., measure)| measure(server));
    for (place, value) in values.chain(client).chain(server).enumerate() {
        if let Some(value) = value {
            rows.set_number(OWN + TEXT_COLUMNS.len() + place, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_columns_are_named_after_the_clients() {
        assert_eq!(SIDE_MEASURES.len(), SERVER_NAMES.len());
        for ((name, ..), server) in SIDE_MEASURES.iter().zip(SERVER_NAMES) {
            assert_eq!(format!("rev_{name}"), *server);
        }
    }
}
