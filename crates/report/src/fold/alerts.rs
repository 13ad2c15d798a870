//! Alerts of rules, folded: how often each rule matched between whom, and the first of it.

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Int32Type, Int64Type, TimestampNanosecondType};
use arrow_array::{Array, PrimitiveArray, RecordBatch};
use std::collections::BTreeMap;
use std::net::IpAddr;
use table::address_from_bytes;

/// A rule: gid and sid.
pub(crate) type RuleId = (i64, i64);

/// Between whom a rule matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AlertKey {
    pub(crate) rule: RuleId,
    pub(crate) client: IpAddr,
    pub(crate) server: IpAddr,
    pub(crate) port: u16,
}

/// What a rule says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AlertRule {
    pub(crate) rev: i64,
    pub(crate) message: Box<str>,
    pub(crate) category: Box<str>,
    /// 1 is the most urgent.
    pub(crate) severity: i32,
    pub(crate) attack: Box<str>,
    pub(crate) confidence: Box<str>,
    /// Alerts, also those that are in no group.
    pub(crate) count: u64,
    /// First and last second.
    pub(crate) span: (u32, u32),
}

/// How often a rule matched between two ends, and the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AlertGroup {
    pub(crate) count: u64,
    /// First and last second.
    pub(crate) span: (u32, u32),
    pub(crate) first: FirstAlert,
}

/// Where the first alert of a group is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FirstAlert {
    pub(crate) object: Box<str>,
    /// The session, 0 where there is none.
    pub(crate) flow_id: i64,
    pub(crate) frame_number: i64,
    pub(crate) app_protocol: Box<str>,
    /// `client` or `server`; empty without a session.
    pub(crate) sender: Box<str>,
    /// What the exchange that matched says.
    pub(crate) said: Box<str>,
    pub(crate) excerpt: Box<str>,
}

/// Every alert so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alerts {
    pub(crate) rules: BTreeMap<RuleId, AlertRule>,
    pub(crate) groups: BTreeMap<AlertKey, AlertGroup>,
    /// Alerts whose group a limit turned away; their rule counts them.
    pub(crate) turned_away: u64,
}

impl Alerts {
    /// Adds a batch of `alerts`.
    pub(crate) fn push(&mut self, batch: &RecordBatch, groups_max: usize) {
        let Some(columns) = AlertColumns::of(batch) else { return };
        for row in 0..batch.num_rows() {
            let rule = (columns.gid.value(row), columns.sid.value(row));
            let second = u32::try_from(columns.time.value(row) / 1_000_000_000).unwrap_or(0);
            let said = AlertRule { count: 1, span: (second, second), ..columns.rule(row) };
            add_rule(&mut self.rules, rule, said);
            let (Some(client), Some(server)) = (address(batch, "src_ip", row), address(batch, "dst_ip", row)) else {
                continue;
            };
            let port = columns.port.and_then(|ports| value(ports, row)).and_then(|port| u16::try_from(port).ok());
            let key = AlertKey { rule, client, server, port: port.unwrap_or(0) };
            let group = AlertGroup { count: 1, span: (second, second), first: columns.first(row) };
            self.add_group(key, group, groups_max);
        }
    }

    fn add_group(&mut self, key: AlertKey, group: AlertGroup, groups_max: usize) {
        if let Some(known) = self.groups.get_mut(&key) {
            known.count += group.count;
            known.span = joined(known.span, group.span);
        } else if self.groups.len() < groups_max {
            self.groups.insert(key, group);
        } else {
            self.turned_away += group.count;
        }
    }

    /// Joins what came later.
    pub(crate) fn merge(&mut self, later: Alerts, groups_max: usize) {
        for (id, rule) in later.rules {
            add_rule(&mut self.rules, id, rule);
        }
        for (key, group) in later.groups {
            self.add_group(key, group, groups_max);
        }
        self.turned_away += later.turned_away;
    }
}

/// There are no more of these than rules were loaded.
fn add_rule(rules: &mut BTreeMap<RuleId, AlertRule>, id: RuleId, more: AlertRule) {
    match rules.get_mut(&id) {
        Some(known) => {
            known.count += more.count;
            known.span = joined(known.span, more.span);
        }
        None => {
            rules.insert(id, more);
        }
    }
}

fn joined(a: (u32, u32), b: (u32, u32)) -> (u32, u32) {
    (a.0.min(b.0), a.1.max(b.1))
}

/// The columns that every batch of alerts has.
struct AlertColumns<'a> {
    batch: &'a RecordBatch,
    time: &'a PrimitiveArray<TimestampNanosecondType>,
    gid: &'a PrimitiveArray<Int64Type>,
    sid: &'a PrimitiveArray<Int64Type>,
    port: Option<&'a PrimitiveArray<Int32Type>>,
}

impl<'a> AlertColumns<'a> {
    fn of(batch: &'a RecordBatch) -> Option<AlertColumns<'a>> {
        Some(AlertColumns {
            batch,
            time: numbers(batch, "time")?,
            gid: numbers(batch, "gid")?,
            sid: numbers(batch, "signature_id")?,
            port: numbers(batch, "dst_port"),
        })
    }

    fn rule(&self, row: usize) -> AlertRule {
        let text = |name| text(self.batch, name, row);
        AlertRule {
            rev: numbers::<Int64Type>(self.batch, "rev").and_then(|column| value(column, row)).unwrap_or(0),
            message: text("signature"),
            category: text("category"),
            severity: numbers::<Int32Type>(self.batch, "severity").and_then(|column| value(column, row)).unwrap_or(3),
            attack: text("attack"),
            confidence: text("confidence"),
            ..AlertRule::default()
        }
    }

    fn first(&self, row: usize) -> FirstAlert {
        let text = |name| text(self.batch, name, row);
        let number = |name| numbers::<Int64Type>(self.batch, name).and_then(|column| value(column, row)).unwrap_or(0);
        FirstAlert {
            object: text("src_object"),
            flow_id: number("flow_id"),
            frame_number: number("frame_no"),
            app_protocol: text("app_protocol"),
            sender: text("sender"),
            said: text("said"),
            excerpt: text("excerpt"),
        }
    }
}

fn numbers<'a, T: ArrowPrimitiveType>(batch: &'a RecordBatch, name: &str) -> Option<&'a PrimitiveArray<T>> {
    batch.column_by_name(name)?.as_primitive_opt::<T>()
}

fn value<T: ArrowPrimitiveType>(column: &PrimitiveArray<T>, row: usize) -> Option<T::Native> {
    column.is_valid(row).then(|| column.value(row))
}

fn text(batch: &RecordBatch, name: &str, row: usize) -> Box<str> {
    let column = batch.column_by_name(name).and_then(|column| column.as_string_view_opt());
    column.filter(|column| column.is_valid(row)).map(|column| column.value(row)).unwrap_or_default().into()
}

fn address(batch: &RecordBatch, name: &str, row: usize) -> Option<IpAddr> {
    let column = batch.column_by_name(name)?.as_binary_view_opt()?;
    column.is_valid(row).then(|| address_from_bytes(column.value(row))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::FieldType;
    use table::Rows;

    const COLUMNS: [(&str, FieldType); 7] = [
        ("time", FieldType::Time),
        ("src_ip", FieldType::Address),
        ("dst_ip", FieldType::Address),
        ("dst_port", FieldType::Int32),
        ("gid", FieldType::Int64),
        ("signature_id", FieldType::Int64),
        ("signature", FieldType::Text),
    ];

    /// Alerts of a rule, between 10.0.0.1 and 192.0.2.n.
    fn batch(alerts: &[(i64, i64, u8)]) -> RecordBatch {
        let mut rows = Rows::new(COLUMNS);
        for (second, sid, server) in alerts {
            rows.set_number(0, second * 1_000_000_000);
            rows.set_address(1, IpAddr::from([10, 0, 0, 1]));
            rows.set_address(2, IpAddr::from([192, 0, 2, *server]));
            rows.set_number(3, 80);
            rows.set_number(4, 1);
            rows.set_number(5, *sid);
            rows.set_text(6, b"a rule");
            rows.end_row();
        }
        rows.take_batch()
    }

    #[test]
    fn parts_join_to_the_whole_and_the_limit_counts() {
        let all = [(10, 1, 1), (20, 1, 1), (5, 1, 2), (7, 2, 1)];
        let told = |groups_max: usize, cut: usize| {
            let mut parts = Alerts::default();
            parts.push(&batch(&all[..cut]), groups_max);
            let mut later = Alerts::default();
            later.push(&batch(&all[cut..]), groups_max);
            parts.merge(later, groups_max);
            let rules: Vec<(RuleId, u64, (u32, u32))> =
                parts.rules.iter().map(|(id, rule)| (*id, rule.count, rule.span)).collect();
            (rules, parts.groups.values().map(|group| group.count).collect::<Vec<_>>(), parts.turned_away)
        };
        let rules = vec![((1, 1), 3, (5, 20)), ((1, 2), 1, (7, 7))];
        for cut in 0..=all.len() {
            assert_eq!(told(10, cut), (rules.clone(), vec![2, 1, 1], 0), "cut at {cut}");
        }
        assert_eq!(told(1, 2), (rules, vec![2], 2));
    }
}
