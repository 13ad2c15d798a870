//! What holds for every object, whatever is in it.

use crate::catalog;
use flowlog::{DecodeOptions, Filter, Format, Test};
use model::{FieldIndex, FlowField, Projection};
use testkit::{Decoded, Random, Row, Samples, decode_chunks, rows};

/// Calls `check` with every sample that is a flow log.
fn each_log(mut check: impl FnMut(&str, &'static dyn Format, &[u8], &mut Random)) {
    let Some(samples) = Samples::find() else { return };
    for (seed, path) in catalog::flow_logs().enumerate() {
        let bytes = samples.read(path);
        let format = flowlog::detect(&bytes).unwrap_or_else(|| panic!("{path} is a flow log"));
        check(path, format, &bytes, &mut Random::new(seed as u64));
    }
}

fn decoded(format: &dyn Format, chunks: &[&[u8]]) -> Decoded {
    decode_chunks(format, chunks, Projection::all(), &DecodeOptions::new("sample"))
}

/// How often an object is tried: small ones more often, all more often with `FATHOM_ROUNDS=10`.
fn rounds(bytes: &[u8], budget_bytes: usize) -> usize {
    let times = std::env::var("FATHOM_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    (budget_bytes / bytes.len().max(1)).clamp(4, 200) * times
}

#[track_caller]
fn assert_same(ours: &Decoded, other: &Decoded, what: &str) {
    assert_eq!(rows(&ours.flows), rows(&other.flows), "{what}");
    assert_eq!(rows(&ours.health), rows(&other.health), "{what}");
}

#[test]
fn it_makes_no_difference_where_an_object_is_cut() {
    each_log(|path, format, bytes, random| {
        let whole = decoded(format, &[bytes]);
        for round in 0..rounds(bytes, 1 << 19) {
            let size_max = [1, 7, 64, 700, 9000][round % 5];
            let pieces = random.cut(bytes, size_max);
            let cut = decoded(format, &pieces);
            if cut != whole {
                assert_same(&whole, &cut, &format!("{path} in {} pieces of up to {size_max} bytes", pieces.len()));
            }
        }
    });
}

/// Bytes that mean something in one of the formats.
const TELLING_BYTES: &[u8] = b"\"\\{}[],: \n\r\t-\0\xff";

/// Changes a byte, takes one out or cuts off the rest, up to eight times.
fn damage(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    for _ in 0..=random.below(8) {
        let at = random.below(damaged.len());
        match random.below(8) {
            _ if damaged.is_empty() => {}
            0..=2 => damaged[at] ^= 1 << random.below(8),
            3..=4 => damaged[at] = TELLING_BYTES[random.below(TELLING_BYTES.len())],
            5..=6 => drop(damaged.remove(at)),
            _ => damaged.truncate(at),
        }
    }
    damaged
}

#[test]
fn damage_never_panics_and_reads_the_same_in_pieces() {
    each_log(|path, format, bytes, random| {
        for round in 0..rounds(bytes, 1 << 17) {
            let damaged = damage(bytes, random);
            let whole = decoded(format, &[&damaged]);
            let pieces = random.cut(&damaged, 300);
            let cut = decoded(format, &pieces);
            assert!(cut == whole, "{path}, round {round}: {:?}", String::from_utf8_lossy(&damaged));
            // Whatever it is now, a decoder of another format must bear it too.
            for other in flowlog::FORMATS {
                decoded(*other, &[&damaged]);
            }
        }
    });
}

#[test]
fn the_count_of_rows_does_not_depend_on_the_wanted_columns() {
    each_log(|path, format, bytes, _| {
        let all = decoded(format, &[bytes]);
        let none = decode_chunks(format, &[bytes], Projection::none(), &DecodeOptions::new("sample"));
        assert_eq!(none.flows.num_rows(), all.flows.num_rows(), "{path}");
        assert_eq!(none.flows.num_columns(), 0, "{path}");
        let lost = |decoded: &Decoded| {
            let mut kinds = decoded.kinds();
            kinds.remove("field_error");
            kinds
        };
        assert_eq!(lost(&none), lost(&all), "{path}");
    });
}

#[test]
fn a_column_is_the_same_alone_and_among_others() {
    each_log(|path, format, bytes, random| {
        let all = decoded(format, &[bytes]).flow_rows();
        let check = |fields: &[FlowField]| {
            let names: Vec<&str> = fields.iter().map(|field| field.field().name).collect();
            let wanted = Projection::of(fields.iter().copied());
            let some = decode_chunks(format, &[bytes], wanted, &DecodeOptions::new("sample")).flow_rows();
            let expected: Vec<Row> = all.iter().map(|row| row.only(&names)).collect();
            assert!(some == expected, "{path}: {names:?} alone is\n{some:?}, among all\n{expected:?}");
        };
        let fields: Vec<FlowField> = (0..FlowField::FIELDS.len()).filter_map(FlowField::from_index).collect();
        fields.iter().for_each(|field| check(&[*field]));
        for _ in 0..4 {
            let some: Vec<FlowField> = fields.iter().copied().filter(|_| random.below(3) == 0).collect();
            check(&some);
        }
    });
}

/// The filters that a row fulfils, from its own values.
fn filters_of(row: &Row) -> Vec<Filter> {
    let number = |name: &str| row.get(name).and_then(|text| text.parse::<i64>().ok());
    let mut filters = Vec::new();
    for index in 0..FlowField::FIELDS.len() {
        let Some(field) = FlowField::from_index(index) else { continue };
        let name = field.field().name;
        let Some(text) = row.get(name) else { continue };
        let test = match field.field().field_type {
            model::FieldType::Text => Test::TextIn(vec![text.to_owned()]),
            model::FieldType::Int32 | model::FieldType::Int64 => match number(name) {
                Some(number) => Test::Between(number, number),
                None => continue,
            },
            model::FieldType::Time => {
                let time: jiff::Timestamp = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
                let ns = i64::try_from(time.as_nanosecond()).unwrap_or_default();
                Test::Between(ns, ns)
            }
            model::FieldType::Address => Test::AddressIn(text.parse().into_iter().collect()),
            _ => continue,
        };
        filters.push(Filter { field, test });
    }
    filters
}

#[test]
fn a_filter_keeps_every_row_that_fulfils_it() {
    each_log(|path, format, bytes, random| {
        let all = decoded(format, &[bytes]);
        let every = all.flow_rows();
        for _ in 0..rounds(bytes, 1 << 17).min(every.len()) {
            let row = &every[random.below(every.len())];
            for filter in filters_of(row) {
                let mut options = DecodeOptions::new("sample");
                options.filters.push(filter.clone());
                let kept = decode_chunks(format, &[bytes], Projection::all(), &options);
                assert!(kept.flow_rows().contains(row), "{path}: {filter:?} loses {row:?}");
                assert_eq!(kept.kinds(), all.kinds(), "{path}: {filter:?} changes health");
            }
        }
    });
}
