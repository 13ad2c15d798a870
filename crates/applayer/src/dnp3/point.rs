//! Points: how the value of each group and variation is written (IEEE 1815, annex A).

use super::object::{ObjectHeader, number};
use crate::reader::Reader;
use crate::tree::Tree;

/// One part of a point's value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// A byte of bits: names from the lowest bit on, and how many bits each has.
    Bits(&'static [(&'static str, u8)]),
    /// Numbers without sign, the lowest byte first.
    U8(&'static str),
    U16(&'static str),
    U32(&'static str),
    /// Milliseconds since 1970.
    U48(&'static str),
    /// Numbers with sign.
    I16(&'static str),
    I32(&'static str),
    /// Numbers with a fraction.
    F32(&'static str),
    F64(&'static str),
}

/// How points are written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Layout {
    /// So many bits each, packed into bytes.
    Packed(u8),
    /// These parts, one behind the other.
    Parts(&'static [Part]),
    /// So many bytes of text each.
    Text(usize),
    /// Bytes, as many as its prefix says.
    Sized,
}

use Part::{Bits, F32, F64, I16, I32, U8, U16, U32, U48};

const INPUT: Part = Bits(&[
    ("online", 1),
    ("restart", 1),
    ("comm_lost", 1),
    ("remote_forced", 1),
    ("local_forced", 1),
    ("chatter_filter", 1),
    ("reserved", 1),
    ("state", 1),
]);
const DOUBLE_INPUT: Part = Bits(&[
    ("online", 1),
    ("restart", 1),
    ("comm_lost", 1),
    ("remote_forced", 1),
    ("local_forced", 1),
    ("chatter_filter", 1),
    ("state", 2),
]);
const OUTPUT: Part = Bits(&[
    ("online", 1),
    ("restart", 1),
    ("comm_lost", 1),
    ("remote_forced", 1),
    ("local_forced", 1),
    ("reserved0", 1),
    ("reserved1", 1),
    ("state", 1),
]);
const COUNTER: Part = Bits(&[
    ("online", 1),
    ("restart", 1),
    ("comm_lost", 1),
    ("remote_forced", 1),
    ("local_forced", 1),
    ("rollover", 1),
    ("discontinuity", 1),
    ("reserved0", 1),
]);
const ANALOG: Part = Bits(&[
    ("online", 1),
    ("restart", 1),
    ("comm_lost", 1),
    ("remote_forced", 1),
    ("local_forced", 1),
    ("over_range", 1),
    ("reference_err", 1),
    ("reserved0", 1),
]);
const CONTROL: Part = Bits(&[("op_type", 4), ("qu", 1), ("cr", 1), ("tcc", 2)]);
const STATUS: Part = Bits(&[("status_code", 7), ("reserved", 1)]);
const COMMAND: Part = Bits(&[("status_code", 7), ("commanded_state", 1)]);
const TIME: Part = U48("timestamp");

/// Group, variation, layout.
#[rustfmt::skip]
const LAYOUTS: &[(u8, u8, Layout)] = &[
    (1, 1, Layout::Packed(1)), (1, 2, Layout::Parts(&[INPUT])),
    (2, 1, Layout::Parts(&[INPUT])), (2, 2, Layout::Parts(&[INPUT, TIME])),
    (2, 3, Layout::Parts(&[INPUT, U16("timestamp")])),
    (3, 1, Layout::Packed(2)), (3, 2, Layout::Parts(&[DOUBLE_INPUT])),
    (4, 1, Layout::Parts(&[DOUBLE_INPUT])), (4, 2, Layout::Parts(&[DOUBLE_INPUT, TIME])),
    (4, 3, Layout::Parts(&[DOUBLE_INPUT, U16("relative_time_ms")])),
    (10, 1, Layout::Packed(1)), (10, 2, Layout::Parts(&[OUTPUT])),
    (11, 1, Layout::Parts(&[OUTPUT])), (11, 2, Layout::Parts(&[OUTPUT, TIME])),
    (12, 1, Layout::Parts(&[CONTROL, U8("count"), U32("ontime"), U32("offtime"), STATUS])),
    (12, 2, Layout::Parts(&[CONTROL, U8("count"), U32("ontime"), U32("offtime"), STATUS])),
    (12, 3, Layout::Packed(1)),
    (13, 1, Layout::Parts(&[COMMAND])), (13, 2, Layout::Parts(&[COMMAND, TIME])),
    (20, 1, Layout::Parts(&[COUNTER, U32("count")])), (20, 2, Layout::Parts(&[COUNTER, U16("count")])),
    (20, 3, Layout::Parts(&[COUNTER, U32("count")])), (20, 4, Layout::Parts(&[COUNTER, U16("count")])),
    (20, 5, Layout::Parts(&[U32("count")])), (20, 6, Layout::Parts(&[U16("count")])),
    (20, 7, Layout::Parts(&[U32("count")])), (20, 8, Layout::Parts(&[U16("count")])),
    (21, 1, Layout::Parts(&[COUNTER, U32("count")])), (21, 2, Layout::Parts(&[COUNTER, U16("count")])),
    (21, 5, Layout::Parts(&[COUNTER, U32("count"), TIME])), (21, 6, Layout::Parts(&[COUNTER, U16("count"), TIME])),
    (21, 9, Layout::Parts(&[U32("count")])), (21, 10, Layout::Parts(&[U16("count")])),
    (22, 1, Layout::Parts(&[COUNTER, U32("count")])), (22, 2, Layout::Parts(&[COUNTER, U16("count")])),
    (22, 5, Layout::Parts(&[COUNTER, U32("count"), TIME])), (22, 6, Layout::Parts(&[COUNTER, U16("count"), TIME])),
    (23, 1, Layout::Parts(&[COUNTER, U32("count")])), (23, 2, Layout::Parts(&[COUNTER, U16("count")])),
    (23, 5, Layout::Parts(&[COUNTER, U32("count"), TIME])), (23, 6, Layout::Parts(&[COUNTER, U16("count"), TIME])),
    (30, 1, Layout::Parts(&[ANALOG, I32("value")])), (30, 2, Layout::Parts(&[ANALOG, I16("value")])),
    (30, 3, Layout::Parts(&[I32("value")])), (30, 4, Layout::Parts(&[I16("value")])),
    (30, 5, Layout::Parts(&[ANALOG, F32("value")])), (30, 6, Layout::Parts(&[ANALOG, F64("value")])),
    (31, 1, Layout::Parts(&[ANALOG, I32("value")])), (31, 2, Layout::Parts(&[ANALOG, I16("value")])),
    (31, 3, Layout::Parts(&[ANALOG, I32("value"), TIME])), (31, 4, Layout::Parts(&[ANALOG, I16("value"), TIME])),
    (31, 5, Layout::Parts(&[I32("value")])), (31, 6, Layout::Parts(&[I16("value")])),
    (31, 7, Layout::Parts(&[ANALOG, F32("value")])), (31, 8, Layout::Parts(&[ANALOG, F64("value")])),
    (32, 1, Layout::Parts(&[ANALOG, I32("value")])), (32, 2, Layout::Parts(&[ANALOG, I16("value")])),
    (32, 3, Layout::Parts(&[ANALOG, I32("value"), TIME])), (32, 4, Layout::Parts(&[ANALOG, I16("value"), TIME])),
    (32, 5, Layout::Parts(&[ANALOG, F32("value")])), (32, 6, Layout::Parts(&[ANALOG, F64("value")])),
    (32, 7, Layout::Parts(&[ANALOG, F32("value"), TIME])), (32, 8, Layout::Parts(&[ANALOG, F64("value"), TIME])),
    (33, 1, Layout::Parts(&[ANALOG, I32("value")])), (33, 2, Layout::Parts(&[ANALOG, I16("value")])),
    (33, 3, Layout::Parts(&[ANALOG, I32("value"), TIME])), (33, 4, Layout::Parts(&[ANALOG, I16("value"), TIME])),
    (33, 5, Layout::Parts(&[ANALOG, F32("value")])), (33, 6, Layout::Parts(&[ANALOG, F64("value")])),
    (33, 7, Layout::Parts(&[ANALOG, F32("value"), TIME])), (33, 8, Layout::Parts(&[ANALOG, F64("value"), TIME])),
    (34, 1, Layout::Parts(&[U16("deadband_value")])), (34, 2, Layout::Parts(&[U32("deadband_value")])),
    (34, 3, Layout::Parts(&[F32("deadband_value")])),
    (40, 1, Layout::Parts(&[ANALOG, I32("value")])), (40, 2, Layout::Parts(&[ANALOG, I16("value")])),
    (40, 3, Layout::Parts(&[ANALOG, F32("value")])), (40, 4, Layout::Parts(&[ANALOG, F64("value")])),
    (41, 1, Layout::Parts(&[I32("value"), U8("control_status")])),
    (41, 2, Layout::Parts(&[I16("value"), U8("control_status")])),
    (41, 3, Layout::Parts(&[F32("value"), U8("control_status")])),
    (41, 4, Layout::Parts(&[F64("value"), U8("control_status")])),
    (42, 1, Layout::Parts(&[ANALOG, I32("value")])), (42, 2, Layout::Parts(&[ANALOG, I16("value")])),
    (42, 3, Layout::Parts(&[ANALOG, I32("value"), TIME])), (42, 4, Layout::Parts(&[ANALOG, I16("value"), TIME])),
    (42, 5, Layout::Parts(&[ANALOG, F32("value")])), (42, 6, Layout::Parts(&[ANALOG, F64("value")])),
    (42, 7, Layout::Parts(&[ANALOG, F32("value"), TIME])), (42, 8, Layout::Parts(&[ANALOG, F64("value"), TIME])),
    (43, 1, Layout::Parts(&[STATUS, I32("commanded_value")])), (43, 2, Layout::Parts(&[STATUS, I16("commanded_value")])),
    (43, 3, Layout::Parts(&[STATUS, I32("commanded_value"), TIME])),
    (43, 4, Layout::Parts(&[STATUS, I16("commanded_value"), TIME])),
    (50, 1, Layout::Parts(&[TIME])), (50, 2, Layout::Parts(&[TIME, U32("interval")])), (50, 3, Layout::Parts(&[TIME])),
    (50, 4, Layout::Parts(&[TIME, U32("interval_count"), U8("interval_units")])),
    (51, 1, Layout::Parts(&[TIME])), (51, 2, Layout::Parts(&[TIME])),
    (52, 1, Layout::Parts(&[U16("delay_secs")])), (52, 2, Layout::Parts(&[U16("delay_ms")])),
    (60, 1, Layout::Parts(&[])), (60, 2, Layout::Parts(&[])), (60, 3, Layout::Parts(&[])), (60, 4, Layout::Parts(&[])),
    (80, 1, Layout::Packed(1)),
    (102, 1, Layout::Parts(&[U8("value")])),
];

impl Layout {
    /// The layout of an object's points; none where it is not known.
    pub(super) fn of(object: &ObjectHeader) -> Option<Layout> {
        match (object.group, object.variation) {
            // Octet strings and virtual terminals: the variation is their length.
            (110..=113, length @ 1..) => Some(Layout::Text(length.into())),
            _ if (4..=6).contains(&object.prefix_code()) => Some(Layout::Sized),
            key => LAYOUTS.iter().find(|(group, variation, _)| (*group, *variation) == key).map(|(.., layout)| *layout),
        }
    }

    /// Bytes of the value of one point that is not packed.
    fn value_bytes(self, prefix: u32) -> usize {
        match self {
            Layout::Packed(_) => 0,
            Layout::Parts(parts) => parts.iter().map(|part| part.bytes()).sum(),
            Layout::Text(bytes) => bytes,
            Layout::Sized => prefix as usize,
        }
    }
}

impl Part {
    const fn bytes(self) -> usize {
        match self {
            Bits(_) | U8(_) => 1,
            U16(_) | I16(_) => 2,
            U32(_) | I32(_) | F32(_) => 4,
            U48(_) => 6,
            F64(_) => 8,
        }
    }

    fn tell(self, reader: &mut Reader<'_>, tree: &mut dyn Tree) -> Option<()> {
        match self {
            Bits(names) => {
                let mut bits = reader.u8()?;
                for (name, count) in names {
                    tree.number(name, (bits & ((1 << count) - 1)).into());
                    bits = bits.checked_shr(u32::from(*count)).unwrap_or(0);
                }
            }
            U8(name) => tree.number(name, reader.u8()?.into()),
            U16(name) => tree.number(name, reader.le16()?.into()),
            U32(name) => tree.number(name, reader.le32()?.into()),
            U48(name) => tree.number(name, u64::from(reader.le32()?) | u64::from(reader.le16()?) << 32),
            I16(name) => tree.signed(name, (reader.le16()? as i16).into()),
            I32(name) => tree.signed(name, (reader.le32()? as i32).into()),
            F32(name) => tree.float(name, f32::from_bits(reader.le32()?).into()),
            F64(name) => tree.float(name, f64::from_bits(reader.le64()?)),
        }
        Some(())
    }
}

/// What is read of one point.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    /// Bits of a byte.
    Packed(u8),
    /// The bytes of its value.
    Bytes(&'a [u8]),
}

/// Reads the points of an object; `each` gets what stands before each, or its place, and its value.
pub(super) fn walk<'a>(
    object: &ObjectHeader,
    layout: Layout,
    reader: &mut Reader<'a>,
    each: &mut dyn FnMut(u32, Value<'a>),
) -> Option<()> {
    if let Layout::Packed(bits) = layout {
        return walk_packed(object, bits, reader, each);
    }
    for place in 0..object.count {
        let prefix = match object.prefix_code() {
            0 => 0,
            code @ 1..=3 => number(reader, code - 1)?,
            code @ 4..=6 => number(reader, code - 4)?,
            _ => return None,
        };
        let value = reader.take(layout.value_bytes(prefix))?;
        let has_index = (1..=3).contains(&object.prefix_code());
        each(if has_index { prefix } else { object.start + place }, Value::Bytes(value));
    }
    Some(())
}

fn walk_packed<'a>(
    object: &ObjectHeader,
    bits: u8,
    reader: &mut Reader<'a>,
    each: &mut dyn FnMut(u32, Value<'a>),
) -> Option<()> {
    let per_byte = 8 / u32::from(bits);
    let bytes = reader.take(object.count.div_ceil(per_byte) as usize)?;
    for place in 0..object.count {
        let byte = *bytes.get((place / per_byte) as usize)?;
        let shifted = byte >> (place % per_byte * u32::from(bits));
        each(object.start + place, Value::Packed(shifted & ((1 << bits) - 1)));
    }
    Some(())
}

/// Tells a value in EVE's names.
pub(super) fn tell_value(layout: Layout, value: Value<'_>, tree: &mut dyn Tree) {
    match (layout, value) {
        (_, Value::Packed(state)) => tree.number("state", state.into()),
        (Layout::Parts(parts), Value::Bytes(bytes)) => {
            let mut reader = Reader::new(bytes);
            for part in parts {
                if part.tell(&mut reader, tree).is_none() {
                    return;
                }
            }
        }
        (_, Value::Bytes(bytes)) => tree.text("data", bytes),
    }
}
