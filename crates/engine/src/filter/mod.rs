//! Filters in the language of tcpdump: `tcp port 80 and not net 10.0.0.0/8`.
//!
//! Source: pcap-filter(7). As there, a filter sees the frame from the outside: tags and tunnels are not taken off, `vlan` moves
//! what stands behind it past one tag, `and` and `or` bind equally from the left, a bare value takes the words of the one before
//! it, and a read beyond the frame turns the frame away.
//! Not known: names of hosts and networks (nothing is looked up), `mpls`, `pppoes`, `geneve`, 802.11 and what needs the
//! interface (`inbound`, `ifname`). They are named in the error.

mod headers;
mod language;
mod names;
mod parser;
mod test;
#[cfg(test)]
mod tests;
mod tokens;

use headers::View;
use model::packet::LinkType;
use test::Test;

/// A compiled filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(Test);

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFilter {
    /// Where in the text, in bytes.
    pub offset: usize,
    /// What is wrong there.
    pub what: String,
}

impl std::fmt::Display for BadFilter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "at character {}: {}", self.offset + 1, self.what)
    }
}

impl std::error::Error for BadFilter {}

impl Filter {
    /// Compiles a filter. A text without words admits everything.
    ///
    /// # Errors
    /// Where the text is not in the language, or says what is not known here.
    pub fn compile(text: &str) -> Result<Filter, BadFilter> {
        parser::parse(text).map(Filter)
    }

    /// Does a frame pass? `wire_length` is what `len` means: the bytes on the wire.
    pub fn admits(&self, link_type: LinkType, frame: &[u8], wire_length: u32) -> bool {
        self.0.holds(&View { link_type, frame, wire_length }) == Some(true)
    }
}
