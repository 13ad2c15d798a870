//! Interfaces, and how they count time.

use super::options::Options;
use super::{Block, Pcapng};
use crate::note::{About, Damage, FrameSink, Interface, InterfaceStatistics, Note};
use crate::order::Order;
use model::packet::{LinkType, Timestamp};

const NS_PER_SECOND: u64 = 1_000_000_000;
/// Microseconds, where nothing is said.
const RESOLUTION_DEFAULT: u8 = 6;

/// What has to be known of an interface to read its frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InterfaceClock {
    pub(super) link_type: LinkType,
    pub(super) snap_length: u32,
    ticks_per_second: u64,
    offset_seconds: i64,
}

impl InterfaceClock {
    /// Nanoseconds since 1970 of a number of ticks.
    pub(super) fn time(&self, ticks: u64) -> Timestamp {
        let since = match self.ticks_per_second {
            1_000_000 => i128::from(ticks) * 1000,
            NS_PER_SECOND => i128::from(ticks),
            per_second => i128::from(ticks) * i128::from(NS_PER_SECOND) / i128::from(per_second),
        };
        let shifted = since + i128::from(self.offset_seconds) * i128::from(NS_PER_SECOND);
        Timestamp(i64::try_from(shifted).unwrap_or(if shifted < 0 { i64::MIN } else { i64::MAX }))
    }
}

/// Ticks per second by `if_tsresol`: a power of ten, or of two where the highest bit is set. What is finer than 64 bits can hold
/// counts as the finest that they can.
fn ticks_per_second(resolution: u8) -> u64 {
    let exponent = u32::from(resolution & 0x7f);
    match resolution & 0x80 {
        0 => 10_u64.checked_pow(exponent).unwrap_or(10_u64.pow(19)),
        _ => 2_u64.checked_pow(exponent).unwrap_or(1 << 63),
    }
}

/// Two numbers of four bytes, the upper half first whatever the byte order.
pub(super) fn ticks(order: Order, bytes: &[u8], at: usize) -> u64 {
    u64::from(order.u32(bytes, at)) << 32 | u64::from(order.u32(bytes, at + 4))
}

impl Pcapng {
    /// `| link type 2 | reserved 2 | snap length 4 | options |`
    pub(super) fn interface(&mut self, block: &Block, sink: &mut impl FrameSink) -> Result<(), Damage> {
        let content = block.content;
        if content.len() < 8 {
            return Err(Damage::ShortBlock);
        }
        if self.interfaces.len() >= self.limits.interfaces_max {
            return Err(Damage::TooManyInterfaces);
        }
        let options = Options::new(self.order, content.get(8..).unwrap_or_default());
        let resolution = options.value(9).and_then(|value| value.first().copied()).unwrap_or(RESOLUTION_DEFAULT);
        let clock = InterfaceClock {
            link_type: LinkType(self.order.u16(content, 0)),
            snap_length: self.order.u32(content, 4),
            ticks_per_second: ticks_per_second(resolution),
            offset_seconds: options.u64(14).unwrap_or(0).cast_signed(),
        };
        let number = self.interfaces_before.saturating_add(self.interfaces.len() as u32);
        self.interfaces.push(clock);
        let text = |code| options.value(code).unwrap_or_default();
        sink.note(Note::Interface(Interface {
            number,
            link_type: clock.link_type,
            snap_length: clock.snap_length,
            name: text(2),
            description: text(3),
            hardware: text(15),
            system: text(12),
            // The first byte says that the rest is text.
            filter: text(11).strip_prefix(&[0]).unwrap_or_default(),
            ticks_per_second: clock.ticks_per_second,
            speed_bps: options.u64(8),
            check_sequence_bytes: options.value(13).and_then(|value| value.first().copied()),
        }));
        options.tell(About::Interface(number), block.offset, sink);
        Ok(())
    }

    /// `| interface 4 | time 8 | options |`
    pub(super) fn statistics(&mut self, block: &Block, sink: &mut impl FrameSink) -> Result<(), Damage> {
        let content = block.content;
        if content.len() < 12 {
            return Err(Damage::ShortBlock);
        }
        let (number, clock) = self.described(self.order.u32(content, 0))?;
        let options = Options::new(self.order, content.get(12..).unwrap_or_default());
        let time = |code| {
            let value = options.value(code).filter(|value| value.len() == 8)?;
            Some(clock.time(ticks(self.order, value, 0)))
        };
        sink.note(Note::Statistics(InterfaceStatistics {
            interface: number,
            timestamp: clock.time(ticks(self.order, content, 4)),
            started: time(2),
            ended: time(3),
            received: options.u64(4),
            dropped: options.u64(5),
            accepted: options.u64(6),
            dropped_by_system: options.u64(7),
            delivered: options.u64(8),
        }));
        options.tell(About::Interface(number), block.offset, sink);
        Ok(())
    }

    /// An interface of this section, and its number over all.
    pub(super) fn described(&self, interface: u32) -> Result<(u32, InterfaceClock), Damage> {
        let clock = self.interfaces.get(interface as usize).ok_or(Damage::UnknownInterface)?;
        Ok((self.interfaces_before.saturating_add(interface), *clock))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(resolution: u8, offset_seconds: i64, ticks: u64, expected_ns: i64) {
        let ticks_per_second = ticks_per_second(resolution);
        let clock = InterfaceClock { link_type: LinkType::ETHERNET, snap_length: 0, ticks_per_second, offset_seconds };
        assert_eq!(clock.time(ticks), Timestamp(expected_ns));
    }

    #[test]
    fn times() {
        check(6, 0, 1_500_000, 1_500_000_000);
        check(9, 0, 7, 7);
        check(3, 10, 1500, 11_500_000_000);
        check(12, 0, 1_234_567, 1234);
        check(0x8a, 0, 1024 + 512, 1_500_000_000);
        check(0, -1, 3, 2_000_000_000);
        check(0xff, 0, u64::MAX, 1_999_999_999);
        check(0, 0, u64::MAX, i64::MAX);
    }
}
