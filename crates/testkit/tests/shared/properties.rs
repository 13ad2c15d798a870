//! What holds for every object holds for every sample.

use crate::catalog;
use testkit::{Object, Random, Samples};

/// Calls `check` with every sample that is a flow log: small ones more often, for about so many bytes each,
/// and all `FATHOM_ROUNDS` times as often.
fn each_log(bytes_each: usize, check: impl Fn(&Object<'_>, &mut Random)) {
    let Some(samples) = Samples::find() else { return };
    let times = std::env::var("FATHOM_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    for (seed, path) in catalog::flow_logs().enumerate() {
        let bytes = samples.read(path);
        let object = Object::detect(path, &bytes).unwrap_or_else(|| panic!("{path} is a flow log"));
        let mut random = Random::new(seed as u64);
        for _ in 0..(bytes_each / bytes.len().max(1)).clamp(1, 30) * times {
            check(&object, &mut random);
        }
    }
}

#[test]
fn it_makes_no_difference_where_an_object_is_cut() {
    each_log(10_000, |object, random| {
        for size_max in [1, 7, 64, 700, 9000] {
            object.check_pieces(size_max, random);
        }
    });
}

#[test]
fn damage_never_panics_and_reads_the_same_in_pieces() {
    each_log(100_000, |object, random| object.check_damaged(random));
}

#[test]
fn columns_are_the_same_alone_and_among_others() {
    each_log(1, |object, random| object.check_columns(random));
}

#[test]
fn a_filter_keeps_every_row_that_fulfils_it() {
    each_log(5_000, |object, random| object.check_filters(random));
}
