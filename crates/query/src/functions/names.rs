//! Functions that name numbers.

use super::address::addresses;
use super::{FunctionRow, no_check};
use datafusion::arrow::array::{AsArray, Int64Array, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use std::borrow::Cow;
use std::sync::Arc;

pub(super) const SERVICE_NAME: FunctionRow = FunctionRow {
    name: "service_name",
    arguments: "port, ip_proto",
    doc: "the service usually found on a port: https, ssh, postgresql, ...; null if there is none",
    example: "service_name(dst_port, ip_proto)",
    argument_count: 2,
    returns: || DataType::Utf8View,
    invoke: |arguments, rows| {
        let (ports, protocols) = (numbers(&arguments[0], rows)?, numbers(&arguments[1], rows)?);
        let name = |(port, protocol): (Option<i64>, Option<i64>)| {
            enrich::service::service_name(u16::try_from(port?).ok()?, u8::try_from(protocol?).ok()?).map(Cow::Borrowed)
        };
        Ok(texts(ports.iter().zip(protocols.iter()).map(name)))
    },
    check: no_check,
};

pub(super) const PROTOCOL_NAME: FunctionRow = FunctionRow {
    name: "protocol_name",
    arguments: "ip_proto",
    doc: "the name of an IP protocol: tcp, udp, icmp, ...",
    example: "protocol_name(ip_proto)",
    argument_count: 1,
    returns: || DataType::Utf8View,
    invoke: |arguments, rows| {
        let name =
            |protocol: Option<i64>| enrich::service::protocol_name(u8::try_from(protocol?).ok()?).map(Cow::Borrowed);
        Ok(texts(numbers(&arguments[0], rows)?.iter().map(name)))
    },
    check: no_check,
};

pub(super) const COMMUNITY_ID: FunctionRow = FunctionRow {
    name: "community_id",
    arguments: "src_ip, dst_ip, src_port, dst_port, ip_proto",
    doc: "Community ID v1: the same for both directions, and in Zeek, Suricata and others",
    example: "community_id(src_ip, dst_ip, src_port, dst_port, ip_proto)",
    argument_count: 5,
    returns: || DataType::Utf8View,
    invoke: community_id,
    check: no_check,
};

pub(super) const TCP_FLAGS: FunctionRow = FunctionRow {
    name: "tcp_flag_names",
    arguments: "tcp_flags",
    doc: "flags as text, such as SYN|ACK",
    example: "tcp_flag_names(tcp_flags)",
    argument_count: 1,
    returns: || DataType::Utf8View,
    invoke: |arguments, rows| {
        let name = |flags: Option<i64>| flags.map(|flags| Cow::Owned(flag_names(flags)));
        Ok(texts(numbers(&arguments[0], rows)?.iter().map(name)))
    },
    check: no_check,
};

pub(super) const HUMAN_BYTES: FunctionRow = FunctionRow {
    name: "human_bytes",
    arguments: "bytes",
    doc: "a byte count for people, in powers of 1000: 1.5 MB",
    example: "human_bytes(sum(bytes))",
    argument_count: 1,
    returns: || DataType::Utf8View,
    invoke: |arguments, rows| {
        let text = |bytes: Option<i64>| bytes.map(|bytes| Cow::Owned(human_bytes(bytes)));
        Ok(texts(numbers(&arguments[0], rows)?.iter().map(text)))
    },
    check: no_check,
};

fn numbers(argument: &ColumnarValue, rows: usize) -> Result<Int64Array> {
    Ok(cast(&argument.to_array(rows)?, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

fn texts<'a>(values: impl Iterator<Item = Option<Cow<'a, str>>>) -> ColumnarValue {
    let mut texts = StringViewBuilder::new();
    values.for_each(|value| texts.append_option(value));
    ColumnarValue::Array(Arc::new(texts.finish()))
}

fn community_id(arguments: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let (sources, destinations) = (addresses(&arguments[0], rows)?, addresses(&arguments[1], rows)?);
    let [src_ports, dst_ports, protocols] =
        [numbers(&arguments[2], rows)?, numbers(&arguments[3], rows)?, numbers(&arguments[4], rows)?];
    let mut ids = StringViewBuilder::with_capacity(rows);
    let ports = src_ports.iter().zip(dst_ports.iter()).zip(protocols.iter());
    for ((source, destination), ((src_port, dst_port), protocol)) in sources.iter().zip(destinations.iter()).zip(ports)
    {
        let port = |port: Option<i64>| port.and_then(|port| u16::try_from(port).ok());
        let id = || {
            let protocol = u8::try_from(protocol?).ok()?;
            enrich::community_id::community_id(0, source?, destination?, protocol, port(src_port).zip(port(dst_port)))
        };
        ids.append_option(id().as_ref().map(enrich::CommunityId::as_str));
    }
    Ok(ColumnarValue::Array(Arc::new(ids.finish())))
}

fn flag_names(flags: i64) -> String {
    const NAMES: [&str; 8] = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];
    let set: Vec<&str> = (0..8).filter(|bit| flags >> bit & 1 == 1).map(|bit| NAMES[bit]).collect();
    set.join("|")
}

fn human_bytes(bytes: i64) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value.abs() >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}
