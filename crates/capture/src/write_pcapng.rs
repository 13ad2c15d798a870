//! Writes pcapng with nanoseconds, little-endian.

use model::packet::{Frame, LinkType};
use std::io::{self, Write};

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const NAMES: u32 = 4;
const STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;
const SECRETS: u32 = 10;
const COMMENT: u16 = 1;

/// Writes frames of many interfaces, and what is to be said of them.
#[derive(Debug)]
pub struct PcapngWriter<W> {
    out: W,
    interfaces: u32,
    /// The block at hand, kept for its allocation.
    block: Vec<u8>,
}

impl<W: Write> PcapngWriter<W> {
    /// Writes the header of a section. `application` says which program writes; it may be empty.
    ///
    /// # Errors
    /// If `out` does not take it.
    pub fn new(out: W, application: &str) -> io::Result<PcapngWriter<W>> {
        let mut writer = PcapngWriter { out, interfaces: 0, block: Vec::new() };
        writer.begin(SECTION);
        writer.u32(0x1a2b_3c4d);
        writer.u16(1);
        writer.u16(0);
        // The section's length is not known.
        writer.block.extend_from_slice(&u64::MAX.to_le_bytes());
        writer.options(&[(4, application.as_bytes())]);
        writer.end()?;
        Ok(writer)
    }

    /// Describes an interface; gives its number. `snap_length` 0 stands for no limit, and `name` may be empty.
    ///
    /// # Errors
    /// If `out` does not take it.
    pub fn interface(&mut self, link_type: LinkType, snap_length: u32, name: &str) -> io::Result<u32> {
        const NANOSECONDS: u8 = 9;
        self.begin(INTERFACE);
        self.u16(link_type.0);
        self.u16(0);
        self.u32(snap_length);
        self.options(&[(2, name.as_bytes()), (9, &[NANOSECONDS])]);
        self.end()?;
        self.interfaces += 1;
        Ok(self.interfaces - 1)
    }

    /// Writes a frame of an interface that was described, with a comment that may be empty. Times before 1970 cannot be said in
    /// this format; 1970 is written.
    ///
    /// # Errors
    /// If the interface was not described, or the frame is longer than 4 GiB, or `out` does not take it.
    pub fn write(&mut self, frame: &Frame<'_>, flags: Option<u32>, comment: &str) -> io::Result<()> {
        if frame.interface >= self.interfaces {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "an interface is described before its frames"));
        }
        let captured = u32::try_from(frame.bytes.len()).map_err(io::Error::other)?;
        self.begin(ENHANCED_PACKET);
        self.u32(frame.interface);
        self.time(frame.timestamp.0);
        self.u32(captured);
        self.u32(frame.wire_length.max(captured));
        self.block.extend_from_slice(frame.bytes);
        self.pad();
        let flag_bytes = flags.unwrap_or_default().to_le_bytes();
        let flag_bytes = if flags.is_some() { &flag_bytes[..] } else { &[] };
        self.options(&[(2, flag_bytes), (COMMENT, comment.as_bytes())]);
        self.end()
    }

    /// Writes names of addresses of four or sixteen bytes.
    ///
    /// # Errors
    /// If `out` does not take it.
    pub fn names(&mut self, names: &[(std::net::IpAddr, &str)]) -> io::Result<()> {
        self.begin(NAMES);
        for (address, name) in names {
            let (kind, octets): (u16, Vec<u8>) = match address {
                std::net::IpAddr::V4(address) => (1, address.octets().to_vec()),
                std::net::IpAddr::V6(address) => (2, address.octets().to_vec()),
            };
            // A record's length has two bytes.
            let name = &name.as_bytes()[..name.len().min(60_000)];
            self.u16(kind);
            self.u16((octets.len() + name.len() + 1) as u16);
            self.block.extend_from_slice(&octets);
            self.block.extend_from_slice(name);
            self.block.push(0);
            self.pad();
        }
        self.u32(0);
        self.end()
    }

    /// Writes secrets that decrypt what was captured, such as a TLS key log (kind 0x544c534b).
    ///
    /// # Errors
    /// If they are longer than 4 GiB, or `out` does not take them.
    pub fn secrets(&mut self, kind: u32, secrets: &[u8]) -> io::Result<()> {
        let length = u32::try_from(secrets.len()).map_err(io::Error::other)?;
        self.begin(SECRETS);
        self.u32(kind);
        self.u32(length);
        self.block.extend_from_slice(secrets);
        self.pad();
        self.end()
    }

    /// Writes what an interface received and lost, up to a moment in nanoseconds since 1970.
    ///
    /// # Errors
    /// If `out` does not take it.
    pub fn statistics(&mut self, interface: u32, timestamp_ns: i64, received: u64, dropped: u64) -> io::Result<()> {
        self.begin(STATISTICS);
        self.u32(interface);
        self.time(timestamp_ns);
        self.options(&[(4, &received.to_le_bytes()), (5, &dropped.to_le_bytes())]);
        self.end()
    }

    /// Gives back what is written to.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn begin(&mut self, kind: u32) {
        self.block.clear();
        self.u32(kind);
        self.u32(0);
    }

    /// Puts the length at both ends and writes the block.
    fn end(&mut self) -> io::Result<()> {
        let length = u32::try_from(self.block.len() + 4).map_err(io::Error::other)?;
        self.u32(length);
        self.block[4..8].copy_from_slice(&length.to_le_bytes());
        self.out.write_all(&self.block)
    }

    fn u16(&mut self, value: u16) {
        self.block.extend_from_slice(&value.to_le_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.block.extend_from_slice(&value.to_le_bytes());
    }

    fn time(&mut self, ns: i64) {
        let ticks = u64::try_from(ns).unwrap_or(0);
        self.u32((ticks >> 32) as u32);
        self.u32(ticks as u32);
    }

    fn pad(&mut self) {
        let padded = self.block.len().next_multiple_of(4);
        self.block.resize(padded, 0);
    }

    /// Those that are not empty, and the end of options if there is one. A value has 65,535 bytes at most; what is beyond is left out.
    fn options(&mut self, options: &[(u16, &[u8])]) {
        let mut any = false;
        for (code, value) in options.iter().filter(|(_, value)| !value.is_empty()) {
            let value = &value[..value.len().min(usize::from(u16::MAX))];
            self.u16(*code);
            self.u16(value.len() as u16);
            self.block.extend_from_slice(value);
            self.pad();
            any = true;
        }
        if any {
            self.u32(0);
        }
    }
}
