//! Functions of time.

use super::FunctionRow;
use datafusion::arrow::array::{AsArray, PrimitiveArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimeUnit, TimestampNanosecondType};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::ColumnarValue;
use std::sync::Arc;

pub(super) const TIME_BUCKET: FunctionRow = FunctionRow {
    name: "time_bucket",
    arguments: "width, time",
    doc: "the start of the bucket a time falls into; width is '10s', '5m', '1h', '1d' or '1w', counted from 1970 UTC",
    example: "time_bucket('5m', time_start)",
    argument_count: 2,
    returns: bucket_type,
    invoke: time_bucket,
    check: |literals| match literals[0] {
        Some(width) => width_ns(width).map(|_| ()),
        None => plan_err!("the width of time_bucket must be a literal such as '5m'"),
    },
};

fn bucket_type() -> DataType {
    DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()))
}

fn time_bucket(arguments: &[ColumnarValue], rows: usize) -> Result<ColumnarValue> {
    let ColumnarValue::Scalar(width) = &arguments[0] else {
        return plan_err!("the width of time_bucket must be a literal such as '5m'");
    };
    let width = width_ns(width)?;
    let times = cast(&arguments[1].to_array(rows)?, &bucket_type())?;
    let times = times.as_primitive::<TimestampNanosecondType>();
    let starts: PrimitiveArray<TimestampNanosecondType> = times.unary(|ns| ns - ns.rem_euclid(width));
    Ok(ColumnarValue::Array(Arc::new(starts.with_timezone("UTC"))))
}

/// `5m`, `5 minutes`, or an SQL interval of fixed length, in nanoseconds.
fn width_ns(width: &ScalarValue) -> Result<i64> {
    let ns = match width {
        ScalarValue::Utf8(Some(text)) | ScalarValue::LargeUtf8(Some(text)) | ScalarValue::Utf8View(Some(text)) => {
            parse_width_ns(text)
        }
        ScalarValue::IntervalMonthDayNano(Some(interval)) if interval.months == 0 => {
            i64::from(interval.days).checked_mul(86_400_000_000_000).and_then(|ns| ns.checked_add(interval.nanoseconds))
        }
        _ => None,
    };
    match ns.filter(|ns| *ns > 0) {
        Some(ns) => Ok(ns),
        None => plan_err!("{width} is no bucket width; write a number and a unit: '10s', '5m', '1h', '1d' or '1w'"),
    }
}

fn parse_width_ns(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let count: i64 = text[..digits].parse().ok()?;
    let unit_s = match text[digits..].trim() {
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 604_800,
        _ => return None,
    };
    count.checked_mul(unit_s)?.checked_mul(1_000_000_000)
}
