//! Packets as a capture of their own.

use anyhow::{Context, Result, bail};
use capture::{PcapWriter, PcapngWriter};
use model::packet::{Frame, LinkType};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

const SNAP_LENGTH: u32 = 262_144;

/// A capture being written. Its ending decides the format: `.pcap` has one link type, anything else is pcapng.
pub(crate) struct Export {
    path: PathBuf,
    format: Format,
}

enum Format {
    /// Not begun: the first frame says the link type. The file is taken out when it does.
    Empty(Option<BufWriter<File>>),
    Pcap(Box<PcapWriter<BufWriter<File>>>, LinkType),
    /// The link types of its interfaces, in their order.
    Pcapng(Box<PcapngWriter<BufWriter<File>>>, Vec<LinkType>),
}

impl Export {
    pub(crate) fn new(path: &Path) -> Result<Export> {
        let file = BufWriter::new(File::create(path).with_context(|| format!("cannot create {}", path.display()))?);
        let is_pcap = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("pcap"));
        let format = match is_pcap {
            true => Format::Empty(Some(file)),
            false => Format::Pcapng(Box::new(PcapngWriter::new(file, "fathom")?), Vec::new()),
        };
        Ok(Export { path: path.to_owned(), format })
    }

    pub(crate) fn write(&mut self, frame: Frame<'_>) -> Result<()> {
        self.write_frame(frame).with_context(|| format!("cannot write {}", self.path.display()))
    }

    fn write_frame(&mut self, frame: Frame<'_>) -> Result<()> {
        self.begin_pcap(frame.link_type)?;
        match &mut self.format {
            Format::Empty(_) => {}
            Format::Pcap(_, link_type) if *link_type != frame.link_type => {
                bail!("a pcap file has one link type, and these packets have several: name it .pcapng");
            }
            Format::Pcap(writer, _) => writer.write(&frame)?,
            Format::Pcapng(writer, interfaces) => {
                let known = interfaces.iter().position(|link_type| *link_type == frame.link_type);
                let interface = match known {
                    Some(place) => place as u32,
                    None => {
                        interfaces.push(frame.link_type);
                        writer.interface(frame.link_type, 0, "")?
                    }
                };
                writer.write(&Frame { interface, ..frame }, None, "")?;
            }
        }
        Ok(())
    }

    /// Writes the header of a pcap file that is not begun.
    fn begin_pcap(&mut self, link_type: LinkType) -> Result<()> {
        if let Format::Empty(file) = &mut self.format
            && let Some(file) = file.take()
        {
            self.format = Format::Pcap(Box::new(PcapWriter::new(file, link_type, SNAP_LENGTH)?), link_type);
        }
        Ok(())
    }

    /// Everything is written. Gives the file's place.
    pub(crate) fn finish(mut self) -> Result<PathBuf> {
        self.begin_pcap(LinkType::ETHERNET)?;
        let mut file = match self.format {
            Format::Empty(_) => return Ok(self.path),
            Format::Pcap(writer, _) => writer.into_inner(),
            Format::Pcapng(writer, _) => writer.into_inner(),
        };
        file.flush().with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(self.path)
    }
}
