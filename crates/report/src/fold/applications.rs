//! What packets say of applications: how many sessions, how much, how well.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, PrimitiveArray, RecordBatch};
use hashbrown::HashMap;
use model::{Field, FieldIndex, FlowField};
use std::collections::BTreeMap;
use table::read::Texts;

/// Names of servers that are counted for each application.
const HOSTS_MAX: usize = 4_096;
/// Applications that are counted; there are fewer protocols.
const APPLICATIONS_MAX: usize = 256;
/// What sessions without a recognised application are called.
pub(crate) const UNRECOGNISED: &str = "not recognised";

/// Sessions of one application.
#[derive(Clone, Debug, Default)]
pub(crate) struct Application {
    pub(crate) sessions: u64,
    pub(crate) bytes: u64,
    pub(crate) packets: u64,
    pub(crate) retransmissions: u64,
    pub(crate) zero_windows: u64,
    pub(crate) capture_lost_bytes: u64,
    pub(crate) client_rtt: Times,
    pub(crate) server_rtt: Times,
    pub(crate) response: Times,
    /// Sessions by the server's name.
    pub(crate) hosts: HashMap<Box<str>, u64>,
}

/// Durations in powers of two of a microsecond, so that parts can be joined and a median told.
#[derive(Clone, Debug)]
pub(crate) struct Times([u64; 40]);

impl Default for Times {
    fn default() -> Self {
        Times([0; 40])
    }
}

impl Times {
    fn add(&mut self, ns: i64) {
        // Four steps to a doubling would be finer; a report needs the order of magnitude and who is slow.
        let micros = u64::try_from(ns / 1_000).unwrap_or(0);
        let place = (u64::BITS - micros.leading_zeros()) as usize;
        self.0[place.min(self.0.len() - 1)] += 1;
    }

    fn merge(&mut self, later: &Times) {
        self.0.iter_mut().zip(later.0).for_each(|(mine, theirs)| *mine += theirs);
    }

    /// The middle of the bucket in which the median lies, in microseconds; `None` of none.
    pub(crate) fn median_us(&self) -> Option<u64> {
        let count: u64 = self.0.iter().sum();
        let mut before = 0;
        for (place, times) in self.0.iter().enumerate() {
            before += times;
            if count > 0 && before * 2 >= count {
                // Bucket n holds 2^(n-1) up to 2^n.
                return Some(if place == 0 { 0 } else { 3 << (place - 1) >> 1 });
            }
        }
        None
    }
}

/// Every application of the packets so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Applications {
    pub(crate) by_name: BTreeMap<Box<str>, Application>,
}

struct Columns<'a> {
    names: Texts<'a>,
    hosts: Texts<'a>,
    numbers: [Option<&'a PrimitiveArray<Int64Type>>; 10],
}

/// The numbers of a session, in the order of [`Columns::numbers`].
const NUMBERS: [FlowField; 10] = [
    FlowField::Bytes,
    FlowField::RevBytes,
    FlowField::Packets,
    FlowField::RevPackets,
    FlowField::Retransmissions,
    FlowField::RevRetransmissions,
    FlowField::ZeroWindows,
    FlowField::CaptureLostBytes,
    FlowField::ClientRttNs,
    FlowField::ServerRttNs,
];

impl Applications {
    /// Takes a batch in; rows of logs are none of its business.
    pub(crate) fn push(&mut self, batch: &RecordBatch) {
        let ends = Texts::of(batch, FlowField::EndReason);
        if ends.is_absent() {
            return;
        }
        let response = numbers(batch, FlowField::ServerResponseNs);
        let columns = Columns {
            names: Texts::of(batch, FlowField::AppProtocol),
            hosts: Texts::of(batch, FlowField::HostName),
            numbers: NUMBERS.map(|field| numbers(batch, field)),
        };
        for row in (0..batch.num_rows()).filter(|row| ends.view(*row) != 0) {
            self.count(&columns, response, row);
        }
    }

    fn count(&mut self, columns: &Columns<'_>, response: Option<&PrimitiveArray<Int64Type>>, row: usize) {
        let name = if columns.names.view(row) == 0 { "" } else { columns.names.text(row) };
        let name = if matches!(name, "" | "failed") { UNRECOGNISED } else { name };
        if self.by_name.len() >= APPLICATIONS_MAX && !self.by_name.contains_key(name) {
            return;
        }
        let application = match self.by_name.get_mut(name) {
            Some(application) => application,
            None => self.by_name.entry(name.into()).or_default(),
        };
        let [bytes, rev_bytes, packets, rev_packets, again, rev_again, closed, lost, client_rtt, server_rtt] =
            columns.numbers.map(|column| value(column, row));
        let sum = |parts: [Option<i64>; 2]| parts.into_iter().flatten().map(|part| part.max(0) as u64).sum::<u64>();
        application.sessions += 1;
        application.bytes += sum([bytes, rev_bytes]);
        application.packets += sum([packets, rev_packets]);
        application.retransmissions += sum([again, rev_again]);
        application.zero_windows += sum([closed, None]);
        application.capture_lost_bytes += sum([lost, None]);
        for (times, ns) in [
            (&mut application.client_rtt, client_rtt),
            (&mut application.server_rtt, server_rtt),
            (&mut application.response, value(response, row)),
        ] {
            ns.into_iter().for_each(|ns| times.add(ns));
        }
        if columns.hosts.view(row) != 0 {
            application.count_host(columns.hosts.text(row), 1);
        }
    }

    /// Joins what came later.
    pub(crate) fn merge(&mut self, later: Applications) {
        for (name, application) in later.by_name {
            self.by_name.entry(name).or_default().merge(application);
        }
    }
}

impl Application {
    fn count_host(&mut self, name: &str, sessions: u64) {
        if let Some(count) = self.hosts.get_mut(name) {
            *count += sessions;
        } else if self.hosts.len() < HOSTS_MAX {
            self.hosts.insert(name.into(), sessions);
        }
    }

    fn merge(&mut self, later: Application) {
        self.sessions += later.sessions;
        self.bytes += later.bytes;
        self.packets += later.packets;
        self.retransmissions += later.retransmissions;
        self.zero_windows += later.zero_windows;
        self.capture_lost_bytes += later.capture_lost_bytes;
        self.client_rtt.merge(&later.client_rtt);
        self.server_rtt.merge(&later.server_rtt);
        self.response.merge(&later.response);
        let mut hosts: Vec<(Box<str>, u64)> = later.hosts.into_iter().collect();
        hosts.sort_unstable();
        hosts.iter().for_each(|(name, sessions)| self.count_host(name, *sessions));
    }

    /// The names of servers by sessions, the most first.
    pub(crate) fn hosts_top(&self, count: usize) -> Vec<(&str, u64)> {
        let mut hosts: Vec<(&str, u64)> = self.hosts.iter().map(|(name, sessions)| (&**name, *sessions)).collect();
        hosts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        hosts.truncate(count);
        hosts
    }
}

fn numbers(batch: &RecordBatch, field: FlowField) -> Option<&PrimitiveArray<Int64Type>> {
    let Field { name, .. } = field.field();
    batch.column_by_name(name)?.as_primitive_opt::<Int64Type>()
}

fn value(column: Option<&PrimitiveArray<Int64Type>>, row: usize) -> Option<i64> {
    column.filter(|column| column.is_valid(row)).map(|column| column.value(row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Projection;
    use table::FlowColumns;

    fn batch(sessions: &[(&str, &str, i64, i64)]) -> RecordBatch {
        let mut flows = FlowColumns::new(Projection::all());
        for (name, host, bytes, server_rtt_ns) in sessions {
            flows.set_text(FlowField::EndReason, "timeout");
            if !name.is_empty() {
                flows.set_text(FlowField::AppProtocol, name);
            }
            if !host.is_empty() {
                flows.set_text(FlowField::HostName, host);
            }
            flows.set_int64(FlowField::Bytes, *bytes);
            flows.set_int64(FlowField::ServerRttNs, *server_rtt_ns);
            flows.end_row();
        }
        flows.take_batch()
    }

    #[test]
    fn sessions_are_counted_by_application_and_parts_join() {
        let all = [
            ("tls", "a.example", 10, 1_000_000),
            ("tls", "b.example", 20, 9_000_000),
            ("failed", "", 5, 0),
            ("tls", "b.example", 1, 1_200_000),
        ];
        let mut whole = Applications::default();
        whole.push(&batch(&all));
        let mut parts = Applications::default();
        parts.push(&batch(&all[..1]));
        let mut later = Applications::default();
        later.push(&batch(&all[1..]));
        parts.merge(later);
        for applications in [&whole, &parts] {
            let tls = &applications.by_name["tls"];
            assert_eq!((tls.sessions, tls.bytes), (3, 31));
            assert_eq!(tls.hosts_top(1), [("b.example", 2)]);
            // 1.0 and 1.2 ms lie between 512 µs and 2,048 µs; the median is one of them.
            assert!((512..2_048).contains(&tls.server_rtt.median_us().expect("times")));
            assert_eq!(applications.by_name[UNRECOGNISED].sessions, 1);
        }
    }

    #[test]
    fn rows_of_logs_are_not_counted() {
        let mut flows = FlowColumns::new(Projection::all());
        flows.set_int64(FlowField::Bytes, 1);
        flows.end_row();
        let mut applications = Applications::default();
        applications.push(&flows.take_batch());
        assert!(applications.by_name.is_empty());
    }
}
