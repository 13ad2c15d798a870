//! Which column of a record is which field, and what has to be done with it.
//!
//! A layout comes from a header line, from the user, or from the shape of the first record. It is
//! compiled once for the wanted columns; decoding a record then runs its steps and nothing else.

use super::fields::{
    AWS_FIELDS, DEFAULT_FIELD_COUNT, Meaning, Side, TGW_ORDER, TGW_ORDER_SHORT, VPC_FIELD_COUNT, known_field,
};
use crate::filter::{Filter, Test};
use crate::number::{epoch_to_ns, parse_address, parse_i64, parse_rfc3339, parse_u64};
use model::vocabulary::Verdict;
use model::{FlowField as F, Projection};
use std::net::IpAddr;

/// Field orders of the AWS documents' examples, for records without a header line.
const DOCUMENTED_ORDERS: &[&str] = &[
    TGW_ORDER,
    TGW_ORDER_SHORT,
    "version vpc-id subnet-id instance-id interface-id account-id type srcaddr dstaddr srcport dstport pkt-srcaddr \
     pkt-dstaddr protocol bytes packets start end action tcp-flags log-status",
    "instance-id interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr",
    "version interface-id account-id vpc-id subnet-id instance-id srcaddr dstaddr srcport dstport protocol tcp-flags \
     type pkt-srcaddr pkt-dstaddr action log-status",
];

/// The column of a CloudWatch export that comes before each record's own columns.
const EXPORT_TIMESTAMP: &str = "timestamp";

/// One column's work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Which column.
    pub(crate) column: usize,
    /// What its value becomes.
    pub(crate) meaning: Meaning,
}

/// A condition on the text of one column, checked before anything is decoded.
#[derive(Clone, Debug)]
pub(crate) struct ColumnFilter {
    pub(crate) column: usize,
    test: ColumnTest,
}

#[derive(Clone, Debug)]
enum ColumnTest {
    OneOf(Vec<&'static [u8]>),
    Number(i64, i64),
    Time(i64, i64),
    AddressIn(Vec<IpAddr>),
}

impl ColumnFilter {
    /// Can a record with this text be wanted?
    pub(crate) fn passes(&self, text: &[u8]) -> bool {
        match &self.test {
            ColumnTest::OneOf(texts) => texts.contains(&text),
            ColumnTest::Number(min, max) => parse_i64(text).is_some_and(|value| (*min..=*max).contains(&value)),
            ColumnTest::Time(min, max) => {
                parse_u64(text).and_then(epoch_to_ns).is_some_and(|(ns, _)| (*min..=*max).contains(&ns))
            }
            ColumnTest::AddressIn(addresses) => parse_address(text).is_some_and(|address| addresses.contains(&address)),
        }
    }
}

/// The columns of a record, compiled for what is wanted.
pub(crate) struct Layout {
    /// Between columns: a space, a tab or a comma.
    pub(crate) delimiter: u8,
    /// The columns' names, with hyphens.
    pub(crate) names: Vec<Box<str>>,
    /// Work per column, ports and derived fields after what they depend on.
    pub(crate) steps: Vec<Step>,
    pub(crate) filters: Vec<ColumnFilter>,
    /// A header line says so, or the user; it was not guessed.
    pub(crate) is_declared: bool,
    /// Transit Gateway, not VPC.
    pub(crate) is_tgw: bool,
    /// The direction is wanted, and the record does not say it.
    pub(crate) derives_direction: bool,
    pub(crate) log_status: Option<usize>,
    pub(crate) protocol: Option<usize>,
    /// Interface-level addresses of sender and receiver.
    pub(crate) interface_addresses: [Option<usize>; 2],
    /// Packet-level addresses of sender and receiver.
    pub(crate) packet_addresses: [Option<usize>; 2],
    pub(crate) account: Option<usize>,
    pub(crate) interface: Option<usize>,
    pub(crate) times: [Option<usize>; 2],
}

impl Layout {
    /// Compiles a layout. A name that stands twice keeps its first place; the copy goes to `ext`.
    pub(crate) fn new<'a>(
        names: impl Iterator<Item = &'a [u8]>,
        delimiter: u8,
        wanted: &Projection<F>,
        filters: &[Filter],
    ) -> Layout {
        let mut meanings: Vec<Meaning> = Vec::new();
        let mut shown: Vec<Box<str>> = Vec::new();
        for name in names {
            let (text, meaning) = match known_field(name) {
                Some(field) => (field.name.to_owned(), field.meaning),
                None => (String::from_utf8_lossy(name).into_owned(), Meaning::Ext),
            };
            if shown.iter().any(|earlier| **earlier == text) {
                shown.push(format!("{text}#{}", shown.len() + 1).into());
                meanings.push(Meaning::Ext);
            } else {
                shown.push(text.into());
                meanings.push(meaning);
            }
        }
        let mut layout = Layout::of_meanings(&meanings, shown, delimiter);
        layout.steps = steps(&meanings, wanted);
        layout.derives_direction = !layout.is_tgw
            && !meanings.contains(&Meaning::Direction)
            && wanted.contains_any(&[F::Direction, F::Vantage]);
        layout.filters = filters.iter().filter_map(|filter| layout.compile_filter(filter, &meanings)).collect();
        layout
    }

    fn of_meanings(meanings: &[Meaning], names: Vec<Box<str>>, delimiter: u8) -> Layout {
        let place = |meaning: Meaning| meanings.iter().position(|other| *other == meaning);
        Layout {
            delimiter,
            is_tgw: names.iter().any(|name| name.starts_with("tgw-")),
            names,
            is_declared: true,
            derives_direction: false,
            steps: Vec::new(),
            filters: Vec::new(),
            log_status: place(Meaning::LogStatus),
            protocol: place(Meaning::Int32(F::IpProto)),
            interface_addresses: [Side::Src, Side::Dst].map(|side| place(Meaning::InterfaceAddress(side))),
            packet_addresses: [Side::Src, Side::Dst].map(|side| place(Meaning::PacketAddress(side))),
            account: place(Meaning::Text(F::AccountId)),
            interface: place(Meaning::Text(F::IfId)),
            times: [F::TimeStart, F::TimeEnd].map(|field| place(Meaning::Time(field))),
        }
    }

    /// The layout of a record without a header line, from its shape.
    pub(crate) fn guess(columns: &[&[u8]], wanted: &Projection<F>, filters: &[Filter]) -> Option<Layout> {
        let (stamp, own) = match columns {
            [first, own @ ..] if parse_rfc3339(first).is_some() => (Some(EXPORT_TIMESTAMP.as_bytes()), own),
            own => (None, own),
        };
        let documents_order = || {
            let known = AWS_FIELDS[..VPC_FIELD_COUNT].iter().map(|field| field.name.to_owned());
            let unknown = (VPC_FIELD_COUNT..own.len()).map(|column| format!("column_{}", column + 1));
            known.chain(unknown).take(own.len()).collect::<Vec<String>>()
        };
        let names = if own.len() >= DEFAULT_FIELD_COUNT && fits(own, &documents_order()) {
            documents_order()
        } else {
            let orders = DOCUMENTED_ORDERS.iter().map(|order| order.split_whitespace().map(str::to_owned).collect());
            orders.into_iter().find(|order: &Vec<String>| fits(own, order))?
        };
        let all = stamp.into_iter().chain(names.iter().map(String::as_bytes));
        Some(Layout { is_declared: false, ..Layout::new(all, b' ', wanted, filters) })
    }

    fn compile_filter(&self, filter: &Filter, meanings: &[Meaning]) -> Option<ColumnFilter> {
        let column_of = |meaning: Meaning| meanings.iter().position(|other| *other == meaning);
        let (column, test) = match (filter.field, &filter.test) {
            (F::Verdict, Test::TextIn(verdicts)) if !self.is_tgw => {
                (column_of(Meaning::Action)?, verdict_test(verdicts)?)
            }
            (field @ (F::Bytes | F::Packets), Test::Between(min, max)) => {
                (column_of(Meaning::Int64(field))?, ColumnTest::Number(*min, *max))
            }
            (field @ (F::IpProto | F::TcpFlags), Test::Between(min, max)) => {
                (column_of(Meaning::Int32(field))?, ColumnTest::Number(*min, *max))
            }
            (field @ (F::TimeStart | F::TimeEnd), Test::Between(min, max)) => {
                (column_of(Meaning::Time(field))?, ColumnTest::Time(*min, *max))
            }
            (F::SrcPort, Test::Between(min, max)) => {
                (column_of(Meaning::Port(Side::Src))?, ColumnTest::Number(*min, *max))
            }
            (F::DstPort, Test::Between(min, max)) => {
                (column_of(Meaning::Port(Side::Dst))?, ColumnTest::Number(*min, *max))
            }
            (F::SrcIp, Test::AddressIn(addresses)) if self.packet_addresses[0].is_none() => {
                (self.interface_addresses[0]?, ColumnTest::AddressIn(addresses.clone()))
            }
            (F::DstIp, Test::AddressIn(addresses)) if self.packet_addresses[1].is_none() => {
                (self.interface_addresses[1]?, ColumnTest::AddressIn(addresses.clone()))
            }
            _ => return None,
        };
        Some(ColumnFilter { column, test })
    }
}

fn verdict_test(verdicts: &[String]) -> Option<ColumnTest> {
    let action = |verdict: &String| match verdict {
        verdict if verdict == Verdict::Allowed.name() => Some(b"ACCEPT".as_slice()),
        verdict if verdict == Verdict::Denied.name() => Some(b"REJECT".as_slice()),
        _ => None,
    };
    verdicts.iter().map(action).collect::<Option<Vec<_>>>().map(ColumnTest::OneOf)
}

/// The work for the wanted columns.
fn steps(meanings: &[Meaning], wanted: &Projection<F>) -> Vec<Step> {
    // What a column cannot hold goes to `ext`, so `ext` is only whole if every column is looked at.
    let everything = Projection::all();
    let wanted = if wanted.contains(F::Ext) { &everything } else { wanted };
    let is_wanted = |meaning: &Meaning| match meaning {
        Meaning::Text(field) | Meaning::Int32(field) | Meaning::Int64(field) => wanted.contains(*field),
        Meaning::InterfaceAddress(Side::Src) => wanted.contains_any(&[F::SrcIp, F::SrcIpIf, F::IpVersion]),
        Meaning::InterfaceAddress(Side::Dst) => wanted.contains_any(&[F::DstIp, F::DstIpIf]),
        // The packet's address is taken care of together with the interface's, if there is one.
        Meaning::PacketAddress(side) => {
            !meanings.contains(&Meaning::InterfaceAddress(*side))
                && wanted.contains(if *side == Side::Src { F::SrcIp } else { F::DstIp })
        }
        Meaning::Port(Side::Src) => wanted.contains(F::SrcPort),
        Meaning::Port(Side::Dst) => wanted.contains(F::DstPort),
        Meaning::Time(field) => {
            wanted.contains(*field) || (*field == F::TimeStart && wanted.contains(F::TimeResolutionNs))
        }
        Meaning::Action => wanted.contains(F::Verdict),
        Meaning::TrafficType => wanted.contains_any(&[F::L2Type, F::IpVersion]),
        Meaning::Direction => wanted.contains_any(&[F::Direction, F::Vantage]),
        Meaning::TrafficPath => wanted.contains(F::Path),
        Meaning::EncryptionStatus => wanted.contains_any(&[F::Encryption, F::EncryptionRaw]),
        Meaning::Tag => wanted.contains(F::Tags),
        Meaning::Ext => wanted.contains(F::Ext),
        Meaning::LogStatus => false,
    };
    let wanted_steps = meanings.iter().enumerate().filter(|(_, meaning)| is_wanted(meaning));
    wanted_steps.map(|(column, meaning)| Step { column, meaning: *meaning }).collect()
}

/// Does every column look like the field of that name?
fn fits(columns: &[&[u8]], names: &[String]) -> bool {
    let looks_right = |(text, name): (&&[u8], &String)| {
        *text == b"-" || known_field(name.as_bytes()).is_none_or(|field| looks_like(text, field.name, field.meaning))
    };
    columns.len() == names.len() && columns.iter().zip(names).all(looks_right)
}

fn looks_like(text: &[u8], name: &str, meaning: Meaning) -> bool {
    match meaning {
        Meaning::Int32(_) | Meaning::Int64(_) | Meaning::Port(_) | Meaning::Time(_) => parse_i64(text).is_some(),
        Meaning::InterfaceAddress(_) | Meaning::PacketAddress(_) => parse_address(text).is_some(),
        Meaning::Action => matches!(text, b"ACCEPT" | b"REJECT"),
        Meaning::LogStatus => matches!(text, b"OK" | b"NODATA" | b"SKIPDATA"),
        Meaning::TrafficType => matches!(text, b"IPv4" | b"IPv6" | b"EFA"),
        Meaning::Direction => matches!(text, b"ingress" | b"egress"),
        Meaning::TrafficPath | Meaning::EncryptionStatus => parse_u64(text).is_some_and(|code| code < 100),
        Meaning::Text(F::SourceVersion) => text.len() <= 2 && parse_u64(text).is_some(),
        Meaning::Text(F::IfId) => text.starts_with(b"eni-"),
        Meaning::Text(F::VpcId) => text.starts_with(b"vpc-"),
        Meaning::Text(F::SubnetId) => text.starts_with(b"subnet-"),
        Meaning::Text(F::InstanceId) => text.starts_with(b"i-"),
        Meaning::Ext => name != "resource-type" || text.starts_with(b"TransitGateway"),
        Meaning::Text(_) | Meaning::Tag => true,
    }
}
