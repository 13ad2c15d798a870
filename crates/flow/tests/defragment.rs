//! Fragments: policies, limits, lies.

mod support;

use flow::{DefragmentConfig, DefragmentLimits, Defragmenter, FragmentPolicy};
use model::packet::Timestamp;
use support::{at_ms, network};
use wire::{Fragment, Network, Packet};

const HERE: (&str, &str) = ("10.0.0.1", "10.0.0.2");
const THERE: (&str, &str) = ("2001:db8::1", "2001:db8::2");

fn fragment<'a>(ends: (&str, &str), offset: u32, more: bool, payload: &'a [u8]) -> Packet<'a> {
    let network = Network {
        fragment: Some(Fragment { offset, more }),
        identification: 7,
        ..network(ends.0, ends.1, 17, 20 + payload.len())
    };
    Packet { network: Some(network), payload, ..Packet::default() }
}

/// What the fragments become, and what was odd.
fn put_together(policy: FragmentPolicy, fragments: &[Packet<'_>]) -> (Vec<String>, Vec<&'static str>) {
    let config = DefragmentConfig { policy, ..DefragmentConfig::default() };
    let mut defragmenter = Defragmenter::new(config, DefragmentLimits::default());
    let (mut whole, mut odd) = (Vec::new(), Vec::new());
    for packet in fragments {
        if let Some(datagram) = defragmenter.push(at_ms(0), packet, |anomaly| odd.push(anomaly.name)) {
            whole.push(String::from_utf8(datagram.payload).expect("text"));
        }
    }
    if defragmenter.is_empty() {
        assert_eq!(defragmenter.counters().held_bytes, 0);
    }
    (whole, odd)
}

/// `original` and `new` at their places, around them what is missing.
#[track_caller]
fn check(policies: &[FragmentPolicy], original: (u32, &str), new: (u32, &str), expected: &str) {
    for policy in policies {
        let fragments = [
            fragment(HERE, original.0, true, original.1.as_bytes()),
            fragment(HERE, new.0, true, new.1.as_bytes()),
            fragment(HERE, 40, false, b"."),
            fragment(HERE, 0, true, b"01234567"),
        ];
        let (whole, odd) = put_together(*policy, &fragments);
        assert_eq!(whole.len(), 1, "{policy:?}");
        assert_eq!(&whole[0][8..whole[0].len() - 1], expected, "{policy:?}");
        assert_eq!(odd, ["ipv4.frag_overlap"], "{policy:?}");
    }
}

#[test]
fn policies() {
    use FragmentPolicy::*;
    let (a, b) = ("aaaaaaaa", "bbbbbbbb");
    let (aa, bb) = (a.repeat(2), b.repeat(2));
    let (aaaa, bbbb) = (a.repeat(4), b.repeat(4));
    // the same place
    check(&[First, Bsd, Windows, Solaris], (8, &aaaa), (8, &bbbb), &aaaa);
    check(&[Last, BsdRight, Linux], (8, &aaaa), (8, &bbbb), &bbbb);
    // begins before it, ends behind it
    let around = format!("{b}{aa}{b}");
    check(&[First, BsdRight], (16, &aa), (8, &bbbb), &around);
    check(&[Last, Bsd, Linux, Windows, Solaris], (16, &aa), (8, &bbbb), &bbbb);
    // begins before it, ends with it
    let before = format!("{b}{}", a.repeat(3));
    check(&[First, BsdRight, Windows], (16, &a.repeat(3)), (8, &bbbb), &before);
    check(&[Last, Bsd, Linux, Solaris], (16, &a.repeat(3)), (8, &bbbb), &bbbb);
    // begins within it, ends behind it
    let (left, right) = (format!("{}{b}", a.repeat(3)), format!("{aa}{bb}"));
    check(&[First, Bsd, Linux, Windows, Solaris], (8, &a.repeat(3)), (24, &bb), &left);
    check(&[Last, BsdRight], (8, &a.repeat(3)), (24, &bb), &right);
}

#[test]
fn any_order_and_version() {
    for ends in [HERE, THERE] {
        let parts = [
            fragment(ends, 0, true, b"01234567"),
            fragment(ends, 8, true, b"89abcdef"),
            fragment(ends, 16, false, b"!"),
        ];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let fragments = order.map(|at| parts[at].clone());
            assert_eq!(put_together(FragmentPolicy::Bsd, &fragments), (vec!["0123456789abcdef!".to_owned()], vec![]));
        }
    }
}

#[test]
fn duplicates_are_no_overlap_and_overlaps_may_discard() {
    let part = fragment(THERE, 0, true, b"01234567");
    let end = fragment(THERE, 8, false, b"!");
    let (whole, odd) = put_together(FragmentPolicy::Discard, &[part.clone(), part.clone(), end.clone()]);
    assert_eq!((whole.len(), odd.len()), (1, 0));
    let other = fragment(THERE, 0, true, b"0123456x");
    let (whole, odd) = put_together(FragmentPolicy::Discard, &[part, other, end]);
    assert_eq!((whole.len(), odd), (0, vec!["ipv6.frag_overlap"]));
}

#[test]
fn too_large() {
    let (whole, odd) = put_together(FragmentPolicy::Bsd, &[fragment(HERE, 65_528, false, b"01234567")]);
    assert_eq!((whole.len(), odd), (0, vec!["ipv4.frag_pkt_too_large"]));
}

/// A million first fragments, and one datagram of a million fragments.
#[test]
fn floods_stay_within_limits() {
    let limits = DefragmentLimits { datagrams_max: 1_000, bytes_max: 100_000, fragments_per_datagram_max: 64 };
    let mut defragmenter = Defragmenter::new(DefragmentConfig::default(), limits);
    for number in 0..100_000_u32 {
        let mut packet = fragment(HERE, 0, true, b"01234567");
        packet.network.as_mut().unwrap().identification = number;
        defragmenter.push(Timestamp(0), &packet, |_| {});
        assert!(defragmenter.len() <= 1_000 && defragmenter.counters().held_bytes <= 100_000);
    }
    assert!(defragmenter.counters().evicted >= 99_000);
    let mut ignored = 0;
    for number in 0..1_000_u32 {
        defragmenter.push(Timestamp(0), &fragment(THERE, 8 * number, true, b"01234567"), |_| ignored += 1);
    }
    assert_eq!(ignored, 1_000 - 64);
    defragmenter.timeout(at_ms(0));
    assert!(defragmenter.is_empty());
}
