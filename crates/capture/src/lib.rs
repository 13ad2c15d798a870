//! Capture files: bytes of a file in, frames out; and frames in, bytes of a file out.
//!
//! Reads pcap (microseconds, nanoseconds, both byte orders, and the variants of Kuznetzov, Navtel, FMESQUID and IXIA) and pcapng (all blocks, many sections and
//! interfaces). Knows nothing of: files, decompression, what is in a frame, the clock.
//! Start at: [`FrameReader`], [`FrameSink`], [`Note`]; [`PcapWriter`], [`PcapngWriter`].
//!
//! Bytes come in chunks that are cut anywhere. A frame that lies wholly in a chunk is handed out in place; only one that a border
//! cuts is copied. The same bytes give the same frames and notes however they are cut.
//!
//! A damaged file is no error: what can be read is handed out, and what cannot is a [`Note`] with its place.
//!
//! ```
//! use capture::{FrameDetails, FrameReader, FrameSink, Limits, Note};
//! use model::packet::Frame;
//!
//! struct Count(u64);
//! impl FrameSink for Count {
//!     fn frame(&mut self, _: Frame<'_>, _: FrameDetails) {
//!         self.0 += 1;
//!     }
//!     fn note(&mut self, _: Note<'_>) {}
//! }
//!
//! let mut count = Count(0);
//! let mut reader = FrameReader::new(Limits::default());
//! reader.push(&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0], &mut count);
//! reader.push(&[0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0], &mut count);
//! reader.finish(&mut count);
//! assert_eq!(count.0, 0);
//! ```

mod limits;
mod note;
mod order;
mod pcap;
mod pcapng;
mod reader;
mod sniff;
mod write_pcap;
mod write_pcapng;

pub use limits::Limits;
pub use note::{About, Damage, FrameDetails, FrameSink, Interface, InterfaceStatistics, Note, Section};
pub use reader::FrameReader;
pub use sniff::{CaptureKind, sniff};
pub use write_pcap::PcapWriter;
pub use write_pcapng::PcapngWriter;
