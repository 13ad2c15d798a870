//! Writes pcap with nanoseconds, little-endian.

use model::packet::{Frame, LinkType};
use std::io::{self, Write};

/// Writes frames of one link type.
#[derive(Debug)]
pub struct PcapWriter<W> {
    out: W,
    link_type: LinkType,
}

impl<W: Write> PcapWriter<W> {
    /// Writes the file's header. `snap_length` is what was kept of a frame at most.
    ///
    /// # Errors
    /// If `out` does not take it.
    pub fn new(mut out: W, link_type: LinkType, snap_length: u32) -> io::Result<PcapWriter<W>> {
        let mut header = [0; 24];
        header[..4].copy_from_slice(&0xa1b2_3c4d_u32.to_le_bytes());
        header[4..6].copy_from_slice(&2_u16.to_le_bytes());
        header[6..8].copy_from_slice(&4_u16.to_le_bytes());
        header[16..20].copy_from_slice(&snap_length.to_le_bytes());
        header[20..24].copy_from_slice(&u32::from(link_type.0).to_le_bytes());
        out.write_all(&header)?;
        Ok(PcapWriter { out, link_type })
    }

    /// Writes a frame. Times before 1970 and after 2106 cannot be said in this format; the nearest is written.
    ///
    /// # Errors
    /// If its link type is another than the file's, or it is longer than 4 GiB, or `out` does not take it.
    pub fn write(&mut self, frame: &Frame<'_>) -> io::Result<()> {
        if frame.link_type != self.link_type {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a pcap file has frames of one link type"));
        }
        let captured = u32::try_from(frame.bytes.len()).map_err(io::Error::other)?;
        let ns = frame.timestamp.0.clamp(0, i64::from(u32::MAX) * 1_000_000_000 + 999_999_999);
        let mut header = [0; 16];
        header[..4].copy_from_slice(&((ns / 1_000_000_000) as u32).to_le_bytes());
        header[4..8].copy_from_slice(&((ns % 1_000_000_000) as u32).to_le_bytes());
        header[8..12].copy_from_slice(&captured.to_le_bytes());
        header[12..].copy_from_slice(&frame.wire_length.max(captured).to_le_bytes());
        self.out.write_all(&header)?;
        self.out.write_all(frame.bytes)
    }

    /// Gives back what is written to.
    pub fn into_inner(self) -> W {
        self.out
    }
}
