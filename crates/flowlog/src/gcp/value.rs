//! Values of log entries: numbers, times and addresses, as strings or not.

use super::entry::{Entry, Scalar as S};
use crate::filter::{Filter, Test};
use crate::json::Value;
use crate::number::{parse_i64, parse_ipv4, parse_ipv6, parse_rfc3339};
use model::FlowField as F;
use std::net::{IpAddr, Ipv4Addr};
use table::FlowColumns;

/// A time, as nanoseconds since 1970. BigQuery writes `2019-06-14 03:45:37.301953 UTC`.
pub(super) fn time(value: Value<'_>) -> Option<i64> {
    let text = value.raw();
    parse_rfc3339(text.strip_suffix(b" UTC").unwrap_or(text))
}

/// Sets an address; false if the value is none.
pub(super) fn set_address(flows: &mut FlowColumns, field: F, value: Value<'_>) -> bool {
    let text = value.raw();
    let version = if let Some(v4) = parse_ipv4(text) {
        flows.set_ipv4(field, v4);
        4
    } else if let Some(v6) = parse_ipv6(text) {
        flows.set_ipv6(field, v6);
        if v6.to_ipv4_mapped().is_some() { 4 } else { 6 }
    } else {
        return false;
    };
    if field == F::SrcIp {
        flows.set_int32(F::IpVersion, version);
    }
    true
}

/// An integer, written as a string, a number, or a number with a fraction of zero.
pub(super) fn integer(value: Value<'_>) -> Option<i64> {
    let text = value.raw();
    parse_i64(text).or_else(|| {
        const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
        let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
        (number.fract() == 0.0 && number.abs() <= EXACT_MAX).then_some(number as i64)
    })
}

/// Milliseconds, perhaps with a fraction, as nanoseconds.
pub(super) fn milliseconds(value: Value<'_>) -> Option<i64> {
    match integer(value) {
        Some(ms) => ms.checked_mul(1_000_000),
        None => {
            let ms: f64 = std::str::from_utf8(value.raw()).ok()?.parse().ok()?;
            (ms.is_finite() && ms.abs() < 1e12).then_some((ms * 1e6).round() as i64)
        }
    }
}

/// A duration as protocol buffers write it in JSON: `0.000250s`.
pub(super) fn duration(value: Value<'_>) -> Option<i64> {
    let seconds: f64 = std::str::from_utf8(value.raw().strip_suffix(b"s")?).ok()?.parse().ok()?;
    (seconds.is_finite() && seconds.abs() < 1e9).then_some((seconds * 1e9).round() as i64)
}

fn address(value: Option<Value<'_>>) -> Option<IpAddr> {
    let text = value?.raw();
    match parse_ipv4(text) {
        Some(v4) => Some(IpAddr::V4(Ipv4Addr::from(v4))),
        None => parse_ipv6(text).map(|v6| IpAddr::V6(v6).to_canonical()),
    }
}

/// Can the entry be wanted? A filter that is not understood here lets it pass.
pub(super) fn passes(entry: &Entry<'_>, filters: &[Filter]) -> bool {
    filters.iter().all(|filter| {
        let (field, test) = (filter.field, &filter.test);
        match (field, test) {
            (F::TimeStart | F::TimeEnd, Test::Between(min, max)) => {
                let value = entry.get(if field == F::TimeStart { S::Start } else { S::End });
                value.and_then(time).is_some_and(|ns| (*min..=*max).contains(&ns))
            }
            (F::SrcPort | F::DstPort | F::Bytes | F::Packets | F::IpProto, Test::Between(min, max)) => {
                let scalar = match field {
                    F::SrcPort => S::SrcPort,
                    F::DstPort => S::DestPort,
                    F::Bytes => S::Bytes,
                    F::Packets => S::Packets,
                    _ => S::Protocol,
                };
                entry.get(scalar).and_then(integer).is_some_and(|number| (*min..=*max).contains(&number))
            }
            (F::SrcIp, Test::AddressIn(wanted)) => {
                address(entry.get(S::SrcIp)).is_some_and(|address| wanted.contains(&address))
            }
            (F::DstIp, Test::AddressIn(wanted)) => {
                address(entry.get(S::DestIp)).is_some_and(|address| wanted.contains(&address))
            }
            _ => true,
        }
    })
}
