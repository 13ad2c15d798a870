//! The reassembler against a naive model, and its cases.

use flow::tcp::{Delivery, OverlapPolicy, Piece, Rules, SeqNumber, Stream};
use proptest::prelude::*;

fn rules(overlap: OverlapPolicy) -> Rules {
    Rules { overlap, delivery: Delivery::Arrival, segments_max: 1_000, held_bytes_max: 1 << 20 }
}

/// What came out: the bytes, and `None` for each byte of a gap.
#[derive(Default)]
struct Told(Vec<Option<u8>>);

impl Told {
    fn take(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Data { offset, bytes } => {
                assert_eq!(offset, self.0.len() as u64, "bytes come in order, each once");
                self.0.extend(bytes.iter().map(|byte| Some(*byte)));
            }
            Piece::Leftover { .. } => {}
            Piece::Gap { offset, bytes } => {
                assert_eq!(offset, self.0.len() as u64, "gaps come in order");
                self.0.extend((0..bytes).map(|_| None));
            }
        }
    }
}

/// The model: an array, into which segments write. A place that was handed on does not change any more. Where segments overlap, the
/// policy is asked with the ranges that the segments had when they came.
struct Model {
    bytes: Vec<Option<u8>>,
    handed_on: usize,
    policy: OverlapPolicy,
}

impl Model {
    fn push(&mut self, start: usize, bytes: &[u8]) {
        for (place, byte) in (start..).zip(bytes) {
            if place >= self.bytes.len() {
                self.bytes.resize(place + 1, None);
            }
            let is_free = self.bytes[place].is_none();
            let is_open = place >= self.handed_on;
            if is_open && (is_free || self.policy == OverlapPolicy::Last) {
                self.bytes[place] = Some(*byte);
            }
        }
        while self.bytes.get(self.handed_on).is_some_and(Option::is_some) {
            self.handed_on += 1;
        }
    }
}

/// Segments of up to 40 bytes somewhere in a stream of 400, in any order, over each other, some of it never.
fn segments() -> impl Strategy<Value = Vec<(usize, Vec<u8>)>> {
    prop::collection::vec((0_usize..400, prop::collection::vec(any::<u8>(), 0..40)), 0..60)
}

proptest! {
    /// The first and the last of two can be told without knowing where segments began; the model does.
    #[test]
    fn as_the_model(first in any::<u32>(), segments in segments(), keeps_last in any::<bool>()) {
        let policy = if keeps_last { OverlapPolicy::Last } else { OverlapPolicy::First };
        let mut model = Model { bytes: Vec::new(), handed_on: 0, policy };
        let (mut stream, mut told) = (Stream::new(SeqNumber(first)), Told::default());
        for (start, bytes) in &segments {
            model.push(*start, bytes);
            stream.push(SeqNumber(first).plus(*start as u32), bytes, &rules(policy), |piece| told.take(piece));
            prop_assert_eq!(told.0.len(), model.handed_on);
        }
        stream.flush(|piece| told.take(piece));
        prop_assert_eq!(told.0, model.bytes);
        prop_assert_eq!(stream.held_cost(), 0);
    }

    /// Whatever the policy: a stream that is sent whole, in any cut, any order and with repetitions, comes out as it was.
    #[test]
    fn whole_stream(
        first in any::<u32>(),
        bytes in prop::collection::vec(any::<u8>(), 1..2_000),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 1_usize..200), 0..80),
        policy in prop::sample::select(OverlapPolicy::NAMES),
        acknowledged in any::<bool>(),
    ) {
        let delivery = if acknowledged { Delivery::Acknowledged } else { Delivery::Arrival };
        let rules = Rules { delivery, ..rules(policy.1) };
        let (mut stream, mut told) = (Stream::new(SeqNumber(first)), Told::default());
        let mut send = |start: usize, length: usize, told: &mut Told| {
            let end = (start + length).min(bytes.len());
            let outcome = stream.push(SeqNumber(first).plus(start as u32), &bytes[start..end], &rules, |piece| told.take(piece));
            assert!(!outcome.overlap_differs);
        };
        for (start, length) in &cuts {
            send(start.index(bytes.len()), *length, &mut told);
        }
        for start in (0..bytes.len()).step_by(100).rev() {
            send(start, 100, &mut told);
        }
        stream.acknowledge(SeqNumber(first).plus(bytes.len() as u32), false, &rules, |piece| told.take(piece));
        prop_assert_eq!(told.0, bytes.iter().map(|byte| Some(*byte)).collect::<Vec<_>>());
    }

    /// Limits hold whatever comes, and what is handed on is still in order.
    #[test]
    fn limits(first in any::<u32>(), segments in segments(), held_bytes_max in 0_usize..100, segments_max in 0_usize..5) {
        let rules = Rules { held_bytes_max, segments_max, ..rules(OverlapPolicy::Linux) };
        let (mut stream, mut told) = (Stream::new(SeqNumber(first)), Told::default());
        for (start, bytes) in &segments {
            stream.push(SeqNumber(first).plus(*start as u32), bytes, &rules, |piece| told.take(piece));
            prop_assert!(stream.held_cost() <= held_bytes_max + segments_max * 64);
        }
    }
}

/// `original`, then `new`, held in front of a byte that is missing; what is read once it came.
#[track_caller]
fn check_overlap(policies: &[OverlapPolicy], original: (u32, &str), new: (u32, &str), expected: &str) {
    for policy in policies {
        let (mut stream, mut told) = (Stream::new(SeqNumber(u32::MAX - 3)), Told::default());
        let at = |place: u32| SeqNumber(u32::MAX - 3).plus(place);
        let rules = rules(*policy);
        stream.push(at(original.0), original.1.as_bytes(), &rules, |piece| told.take(piece));
        let outcome = stream.push(at(new.0), new.1.as_bytes(), &rules, |piece| told.take(piece));
        assert!(outcome.overlap_differs, "{policy:?}");
        stream.push(at(0), b"-", &rules, |piece| told.take(piece));
        let read: Vec<u8> = told.0.into_iter().flatten().collect();
        assert_eq!(String::from_utf8_lossy(&read), expected, "{policy:?} {original:?} {new:?}");
    }
}

#[test]
fn overlap_policies() {
    use OverlapPolicy::*;
    let all: Vec<OverlapPolicy> = OverlapPolicy::NAMES.iter().map(|(_, policy)| *policy).collect();
    let but = |not: &[OverlapPolicy]| all.iter().copied().filter(|policy| !not.contains(policy)).collect::<Vec<_>>();
    // the same place
    check_overlap(&[Last, OldLinux], (1, "GOOD"), (1, "EVIL"), "-EVIL");
    check_overlap(&but(&[Last, OldLinux]), (1, "GOOD"), (1, "EVIL"), "-GOOD");
    // begins with it, ends behind it
    let longer = [Last, OldLinux, Linux, Irix, Hpux10, Solaris, Hpux11];
    check_overlap(&longer, (1, "aaa"), (1, "bbbb"), "-bbbb");
    check_overlap(&but(&longer), (1, "aaa"), (1, "bbbb"), "-aaab");
    // begins before it
    let never = [First, Vista];
    check_overlap(&never, (2, "aaa"), (1, "bbbb"), "-baaa");
    check_overlap(&but(&never), (2, "aaa"), (1, "bbbb"), "-bbbb");
    // begins before it, ends within it
    let whole_only = [First, Vista, Solaris, Hpux11];
    check_overlap(&whole_only, (2, "aaa"), (1, "bb"), "-baaa");
    check_overlap(&but(&whole_only), (2, "aaa"), (1, "bb"), "-bbaa");
    // begins within it, ends behind it
    let trim_old = [Last, Solaris, Hpux11];
    check_overlap(&trim_old, (1, "aaa"), (2, "bbb"), "-abbb");
    check_overlap(&but(&trim_old), (1, "aaa"), (2, "bbb"), "-aaab");
    // lies within it
    check_overlap(&[Last], (1, "aaa"), (2, "b"), "-aba");
    check_overlap(&but(&[Last]), (1, "aaa"), (2, "b"), "-aaa");
}

#[test]
fn acknowledged_holes_are_gaps() {
    let (mut stream, mut told) = (Stream::new(SeqNumber(0)), Told::default());
    let rules = rules(OverlapPolicy::Bsd);
    stream.push(SeqNumber(2), b"cd", &rules, |piece| told.take(piece));
    // The acknowledgement may have overtaken the segment: one more is waited for.
    stream.acknowledge(SeqNumber(4), true, &rules, |piece| told.take(piece));
    assert_eq!(told.0.len(), 0);
    stream.acknowledge(SeqNumber(4), true, &rules, |piece| told.take(piece));
    assert_eq!(told.0, [None, None, Some(b'c'), Some(b'd')]);
    assert_eq!((stream.gaps(), stream.regions()), (1, 2));
}

#[test]
fn urgent_bytes_are_left_out() {
    let (mut stream, mut told) = (Stream::new(SeqNumber(0)), Told::default());
    let rules = rules(OverlapPolicy::Bsd);
    stream.leave_out(SeqNumber(2));
    stream.push(SeqNumber(0), b"maXlicious", &rules, |piece| told.take(piece));
    let read: Vec<u8> = told.0.into_iter().flatten().collect();
    assert_eq!(read, b"malicious");
}
