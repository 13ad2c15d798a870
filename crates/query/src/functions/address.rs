//! Functions of addresses.

use super::{FunctionRow, no_check};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BinaryViewBuilder, BooleanArray, Int32Array, StringViewBuilder,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::ColumnarValue;
use enrich::{AddressClass, CidrSet, PrefixMap};
use std::net::IpAddr;
use std::sync::Arc;
use table::{address_from_bytes, format_address, push_address};

pub(super) const CIDR_CONTAINS: FunctionRow = FunctionRow {
    name: "cidr_contains",
    arguments: "cidr, address",
    doc: "is the address in the network? The network is text such as '10.0.0.0/8'",
    example: "cidr_contains('10.0.0.0/8', src_ip)",
    argument_count: 2,
    returns: || DataType::Boolean,
    invoke: cidr_contains,
    check: |literals| match literals.iter().flatten().find_map(|literal| text_of(literal)) {
        Some(text) => parse_cidr(&text).map(|_| ()),
        None => Ok(()),
    },
};

pub(super) const IP: FunctionRow = FunctionRow {
    name: "ip",
    arguments: "text",
    doc: "the address that a text is; null if it is none",
    example: "ip('10.0.0.1')",
    argument_count: 1,
    returns: || DataType::BinaryView,
    invoke: |arguments, rows| Ok(ColumnarValue::Array(Arc::new(addresses(&arguments[0], rows)?))),
    check: no_check,
};

pub(super) const IP_TEXT: FunctionRow = FunctionRow {
    name: "ip_text",
    arguments: "address",
    doc: "the address as text",
    example: "ip_text(src_ip)",
    argument_count: 1,
    returns: || DataType::Utf8View,
    invoke: |arguments, rows| Ok(ColumnarValue::Array(ip_text(&addresses(&arguments[0], rows)?))),
    check: no_check,
};

pub(super) const IP_NETWORK: FunctionRow = FunctionRow {
    name: "ip_network",
    arguments: "address, prefix_length",
    doc: "the network of that length around the address, as text; null if the length does not fit the address",
    example: "ip_network(src_ip, 24)",
    argument_count: 2,
    returns: || DataType::Utf8View,
    invoke: ip_network,
    check: no_check,
};

pub(super) const IP_VERSION: FunctionRow = FunctionRow {
    name: "ip_family",
    arguments: "address",
    doc: "4 or 6",
    example: "ip_family(src_ip)",
    argument_count: 1,
    returns: || DataType::Int32,
    invoke: |arguments, rows| {
        let family = |bytes: &[u8]| if bytes.len() == 4 { 4 } else { 6 };
        let addresses = addresses(&arguments[0], rows)?;
        let families: Int32Array = addresses.iter().map(|bytes| bytes.map(family)).collect();
        Ok(ColumnarValue::Array(Arc::new(families)))
    },
    check: no_check,
};

pub(super) const IP_CLASS: FunctionRow = FunctionRow {
    name: "ip_class",
    arguments: "address",
    doc: "private, public, loopback, link_local, multicast, documentation, ...",
    example: "ip_class(dst_ip)",
    argument_count: 1,
    returns: || DataType::Utf8View,
    invoke: |arguments, rows| {
        let addresses = addresses(&arguments[0], rows)?;
        let mut classes = StringViewBuilder::with_capacity(addresses.len());
        for bytes in &addresses {
            classes.append_option(bytes.and_then(AddressClass::of).map(AddressClass::name));
        }
        Ok(ColumnarValue::Array(Arc::new(classes.finish())))
    },
    check: no_check,
};

pub(super) const IS_PRIVATE: FunctionRow = FunctionRow {
    name: "is_private",
    arguments: "address",
    doc: "is it an address of a private network (RFC 1918, RFC 6598, RFC 4193, link local, loopback)?",
    example: "is_private(src_ip)",
    argument_count: 1,
    returns: || DataType::Boolean,
    invoke: |arguments, rows| test(arguments, rows, enrich::is_internal),
    check: no_check,
};

pub(super) const IS_PUBLIC: FunctionRow = FunctionRow {
    name: "is_public",
    arguments: "address",
    doc: "is it an address that is routed on the internet?",
    example: "is_public(dst_ip)",
    argument_count: 1,
    returns: || DataType::Boolean,
    invoke: |arguments, rows| test(arguments, rows, |bytes| AddressClass::of(bytes) == Some(AddressClass::Public)),
    check: no_check,
};

fn test(arguments: &[ColumnarValue], rows: usize, is: fn(&[u8]) -> bool) -> Result<ColumnarValue> {
    let addresses = addresses(&arguments[0], rows)?;
    let answers: BooleanArray = addresses.iter().map(|bytes| bytes.map(is)).collect();
    Ok(ColumnarValue::Array(Arc::new(answers)))
}

/// The argument as addresses; text is read as addresses, and null where it is none.
pub(super) fn addresses(argument: &ColumnarValue, rows: usize) -> Result<BinaryViewArray> {
    let array = argument.to_array(rows)?;
    match array.data_type() {
        DataType::BinaryView => Ok(array.as_binary_view().clone()),
        DataType::Binary | DataType::LargeBinary | DataType::FixedSizeBinary(_) => {
            Ok(cast(&array, &DataType::BinaryView)?.as_binary_view().clone())
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(_, _) | DataType::Null => {
            Ok(parse_addresses(&cast(&array, &DataType::Utf8View)?))
        }
        other => exec_err!("an address or text is needed here, not {other}"),
    }
}

fn parse_addresses(texts: &ArrayRef) -> BinaryViewArray {
    let mut addresses = BinaryViewBuilder::with_capacity(texts.len());
    let mut bytes = Vec::with_capacity(16);
    for text in texts.as_string_view() {
        bytes.clear();
        match text.and_then(|text| text.trim().parse::<IpAddr>().ok()) {
            Some(address) => {
                push_address(address, &mut bytes);
                addresses.append_value(&bytes);
            }
            None => addresses.append_null(),
        }
    }
    addresses.finish()
}

/// Addresses as text.
pub(crate) fn ip_text(addresses: &BinaryViewArray) -> ArrayRef {
    let mut texts = StringViewBuilder::with_capacity(addresses.len());
    for bytes in addresses {
        texts.append_option(bytes.map(format_address));
    }
    Arc::new(texts.finish())
}

fn text_of(value: &ScalarValue) -> Option<String> {
    match value {
        ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) | ScalarValue::Utf8View(text) => text.clone(),
        _ => None,
    }
}

fn parse_cidr(text: &str) -> Result<CidrSet> {
    match CidrSet::parse([text]) {
        Ok(set) => Ok(set),
        Err(error) => plan_err!("{error}"),
    }
}

fn cidr_contains(arguments: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    // Either order of arguments: the literal with the network is the network.
    let networks = [(0, 1), (1, 0)].into_iter().find_map(|(network, address)| match &arguments[network] {
        ColumnarValue::Scalar(value) => text_of(value).map(|text| (text, &arguments[address])),
        ColumnarValue::Array(_) => None,
    });
    let answers: BooleanArray = match networks {
        Some((text, address)) => {
            let set = parse_cidr(&text)?;
            addresses(address, rows)?.iter().map(|bytes| bytes.map(|bytes| set.contains(bytes))).collect()
        }
        None => {
            let networks = cast(&arguments[0].to_array(rows)?, &DataType::Utf8View)?;
            let addresses = addresses(&arguments[1], rows)?;
            let pairs = networks.as_string_view().iter().zip(addresses.iter());
            let contains = |text: &str, bytes: &[u8]| CidrSet::parse([text]).ok().map(|set| set.contains(bytes));
            pairs.map(|(text, bytes)| contains(text?, bytes?)).collect()
        }
    };
    Ok(ColumnarValue::Array(Arc::new(answers)))
}

fn ip_network(arguments: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let lengths = cast(&arguments[1].to_array(rows)?, &DataType::Int64)?;
    let addresses = addresses(&arguments[0], rows)?;
    let mut networks = StringViewBuilder::with_capacity(rows);
    for (bytes, length) in addresses.iter().zip(lengths.as_primitive::<Int64Type>()) {
        networks.append_option(bytes.zip(length).and_then(|(bytes, length)| network_text(bytes, length)));
    }
    Ok(ColumnarValue::Array(Arc::new(networks.finish())))
}

fn network_text(bytes: &[u8], length: i64) -> Option<String> {
    let address = address_from_bytes(bytes)?;
    let entry = enrich::prefix::parse_prefix(&format!("{address}/{length}")).ok()?;
    PrefixMap::new([(entry, ())]).iter().next().map(|(network, ())| network.to_string())
}
