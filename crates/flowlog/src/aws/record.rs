//! One AWS record: from its columns to a row of `flows`, or of `health`.

use super::fields::{Meaning, Side, is_header};
use super::layout::Layout;
use super::own_address::OwnAddresses;
use crate::columns::Columns;
use crate::format::{DecodeOptions, Origin};
use crate::health::{Place, excerpt};
use crate::line_decoder::LineRecords;
use crate::number::{epoch_to_ns, parse_i64, parse_ipv6, parse_u64};
use memchr::{memchr, memchr2};
use model::vocabulary::{
    BytesSemantics, CounterKind, Direction, Encryption, HealthKind, Path, TcpFlagsScope, Vantage, Verdict,
};
use model::{FlowField as F, HealthField as H};
use std::borrow::Cow;
use table::{FlowColumns, Tables};

/// Decodes AWS records, one line each, whatever they were wrapped in.
pub struct RecordDecoder {
    options: DecodeOptions,
    origin: Origin,
    layout: Option<Layout>,
    /// The header line's layout, while records of another shape have put it aside.
    declared: Option<Layout>,
    /// Columns of a line that had to be tidied up: repeated spaces, carriage return, quotes.
    tidy: Vec<u8>,
    ends: Vec<u32>,
    own_addresses: OwnAddresses,
}

impl LineRecords for RecordDecoder {
    const MERGES_DELIMITERS: bool = true;

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn delimiter(&self) -> u8 {
        self.layout.as_ref().map_or(b' ', |layout| layout.delimiter)
    }

    /// Nothing is to be trimmed, unquoted or split further.
    fn tidiness(text: &[u8], delimiter: u8) -> impl Fn(&[u8]) -> bool {
        let untidy: fn(&[u8]) -> bool = match delimiter {
            b',' => |text| memchr2(b'"', b' ', text).is_some(),
            b'\t' => |text| memchr(b' ', text).is_some(),
            _ => |text| memchr(b'\t', text).is_some(),
        };
        let is_any_untidy = untidy(text);
        let is_edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
        move |line| is_edge(line.first()) && is_edge(line.last()) && !(is_any_untidy && untidy(line))
    }

    /// The common case is decoded as it stands.
    #[inline]
    fn push_columns(&mut self, columns: Columns<'_>, place: Place, out: &mut Tables) {
        if let Some(layout) = &self.layout {
            let first = columns.first_byte().unwrap_or(b'\n');
            if columns.len() == layout.names.len() && !first.is_ascii_alphabetic() && first != b'"' {
                let own_addresses = &mut self.own_addresses;
                let unreadable = HealthKind::ParseError;
                let read = [None; 2];
                let mut decode = Decode { layout, origin: &self.origin, own_addresses, place, unreadable, read };
                return decode.record(columns, out);
            }
        }
        self.push_untidy(columns.raw(), place, true, out);
    }

    /// A line that needs a closer look: the first one, a header line, too many or too few columns.
    fn push_untidy(&mut self, line: &[u8], place: Place, is_complete: bool, out: &mut Tables) {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
        if line.is_empty() {
            return;
        }
        // A line that the end of the object cuts off was not malformed where it came from.
        let unreadable = if is_complete { HealthKind::ParseError } else { HealthKind::Truncated };
        let delimiter = self.tidy_columns(line);
        let (text, ends) = (std::mem::take(&mut self.tidy), std::mem::take(&mut self.ends));
        let columns = Columns::new(&text, 0, &ends);
        if is_header(columns.iter()) {
            self.declared = None;
            self.use_layout(Layout::new(columns.iter(), delimiter, out.flows.projection(), &self.options.filters), out);
        } else {
            self.guess_layout(columns, out);
            match &self.layout {
                None => self.note_unreadable(unreadable, line, place, out),
                Some(layout) => {
                    let own_addresses = &mut self.own_addresses;
                    let read = [None; 2];
                    let mut decode = Decode { layout, origin: &self.origin, own_addresses, place, unreadable, read };
                    decode.untidy_record(columns, out);
                }
            }
        }
        (self.tidy, self.ends) = (text, ends);
    }
}

impl RecordDecoder {
    /// A decoder that has not seen a header line yet.
    pub fn new(options: &DecodeOptions) -> RecordDecoder {
        let origin = Origin { provider: "aws", source_kind: "aws_vpc", object: options.object.clone() };
        RecordDecoder {
            options: options.clone(),
            origin,
            layout: None,
            declared: None,
            tidy: Vec::new(),
            ends: Vec::new(),
            own_addresses: OwnAddresses::default(),
        }
    }

    /// Decodes one line, without its line feed: a record, a header line, or nothing.
    pub fn push_line(&mut self, line: &[u8], record_no: u64, offset: u64, out: &mut Tables) {
        self.push_untidy(line, Place { record_no, offset }, true, out);
    }

    /// Splits a line into columns with one delimiter between them, and says which one it is.
    fn tidy_columns(&mut self, line: &[u8]) -> u8 {
        let known = self.layout.as_ref().map(|layout| layout.delimiter);
        let delimiter = known.unwrap_or_else(|| guess_delimiter(line));
        let is_csv = delimiter == b',';
        self.tidy.clear();
        self.ends.clear();
        let separates = |byte: &u8| if is_csv { *byte == b',' } else { matches!(*byte, b' ' | b'\t') };
        for column in line.split(separates) {
            let column = if is_csv { unquote(column) } else { column };
            if column.is_empty() && !is_csv {
                continue;
            }
            self.tidy.extend_from_slice(column);
            self.ends.push(self.tidy.len() as u32);
            self.tidy.push(delimiter);
        }
        delimiter
    }

    /// Finds a layout by shape where there is none, or where the one there is does not fit.
    fn guess_layout(&mut self, columns: Columns<'_>, out: &mut Tables) {
        let fits = self.layout.as_ref().is_some_and(|layout| layout.names.len() == columns.len());
        if fits || (self.layout.is_some() && columns.len() < 6) {
            return;
        }
        if let Some(declared) = self.declared.take_if(|declared| declared.names.len() == columns.len()) {
            return self.use_layout(declared, out);
        }
        let wanted = *out.flows.projection();
        if let Some(format) = self.options.aws_format.clone() {
            if self.layout.is_none() {
                let names = format.split_whitespace().map(str::as_bytes);
                self.use_layout(Layout::new(names, b' ', &wanted, &self.options.filters), out);
            }
            return;
        }
        let texts: Vec<&[u8]> = columns.iter().collect();
        if let Some(layout) = Layout::guess(&texts, &wanted, &self.options.filters) {
            self.declared = self.layout.take_if(|layout| layout.is_declared).or(self.declared.take());
            self.use_layout(layout, out);
        }
    }

    /// From here on records have this layout. What is the same for all of them is set once.
    fn use_layout(&mut self, layout: Layout, out: &mut Tables) {
        self.origin.source_kind = if layout.is_tgw { "aws_tgw" } else { "aws_vpc" };
        let constants = [
            (F::Provider, Some("aws")),
            (F::SourceKind, Some(self.origin.source_kind)),
            (F::BytesSemantics, Some(BytesSemantics::L3Packet.name())),
            (F::CounterKind, Some(CounterKind::Delta.name())),
            (F::TcpFlagsScope, Some(TcpFlagsScope::PartialAws.name())),
            (F::SrcObject, Some(&*self.origin.object)),
            (F::Vantage, layout.is_tgw.then_some(Vantage::Middle.name())),
            (F::Verdict, layout.is_tgw.then_some(Verdict::Unknown.name())),
        ];
        for (field, text) in constants {
            out.flows.set_default_text(field, text);
        }
        out.flows.set_default_float64(F::SamplingRate, Some(1.0));
        self.layout = Some(layout);
    }

    fn note_unreadable(&self, kind: HealthKind, line: &[u8], place: Place, out: &mut Tables) {
        let detail = format!(
            "not an AWS flow log record, and no header line before it: {}; if the flow log has a custom format, \
             name its fields with --aws-format",
            excerpt(line)
        );
        note(kind, &detail, place, &self.origin, out);
    }
}

fn guess_delimiter(line: &[u8]) -> u8 {
    let count = |wanted: u8| line.iter().filter(|byte| **byte == wanted).count();
    let (spaces, tabs, commas) = (count(b' '), count(b'\t'), count(b','));
    if commas > spaces && commas > tabs {
        b','
    } else if tabs > spaces {
        b'\t'
    } else {
        b' '
    }
}

fn unquote(mut column: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] | [rest @ .., b' '] = column {
        column = rest;
    }
    column.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(column)
}

fn note(kind: HealthKind, detail: &str, place: Place, origin: &Origin, out: &mut Tables) {
    place.note(kind, detail, origin, out);
}

fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// What one record is decoded with.
struct Decode<'a> {
    layout: &'a Layout,
    origin: &'a Origin,
    own_addresses: &'a mut OwnAddresses,
    place: Place,
    /// What it is when the record cannot be read: `parse_error`, or `truncated` in an unfinished last line.
    unreadable: HealthKind,
    /// Interface-level IPv4 addresses of sender and receiver, where they were read already.
    read: [Option<u32>; 2],
}

impl Decode<'_> {
    /// A record whose column count may differ from the layout's.
    fn untidy_record(&mut self, columns: Columns<'_>, out: &mut Tables) {
        let (has, due) = (columns.len(), self.layout.names.len());
        if has < due {
            let detail = format!("record has {has} of {due} columns: {}", excerpt(columns.raw()));
            if self.unreadable == HealthKind::Truncated || has * 2 < due {
                return note(self.unreadable, &detail, self.place, self.origin, out);
            }
            note(HealthKind::FieldError, &detail, self.place, self.origin, out);
        }
        if has > due && out.flows.wants(F::Ext) {
            for column in due..has {
                let name = format!("column_{}", column + 1);
                out.flows.insert(F::Ext, &name, &text_of(columns.get(column)));
            }
        }
        self.record(columns, out);
    }

    /// A record: a row of `flows` if it is one and is wanted.
    #[inline]
    fn record(&mut self, columns: Columns<'_>, out: &mut Tables) {
        if let Some(column) = self.layout.log_status {
            let status = columns.get(column);
            if status != b"OK" && !self.other_status(status, columns, out) {
                return self.leave_out(columns, out);
            }
        } else if self.has_no_addresses(columns) {
            self.window_without_flow(HealthKind::NoData, columns, out);
            return self.leave_out(columns, out);
        }
        if !self.has_address_shape(columns) {
            let detail = format!("not a flow log record: {}", excerpt(columns.raw()));
            note(self.unreadable, &detail, self.place, self.origin, out);
            return self.leave_out(columns, out);
        }
        // Every record teaches, also one that is filtered out.
        let direction = self.layout.derives_direction.then(|| self.derived_direction(columns));
        if self.layout.filters.iter().any(|filter| !filter.passes(columns.get(filter.column))) {
            return self.leave_out(columns, out);
        }
        for step in &self.layout.steps {
            self.step(step.column, step.meaning, columns, out);
        }
        if let Some(direction) = direction {
            set_direction(&mut out.flows, direction);
        }
        self.finish_row(&mut out.flows);
    }

    /// The direction of a record that does not say it.
    #[inline]
    fn derived_direction(&mut self, columns: Columns<'_>) -> Direction {
        let interface = self.layout.interface.map_or(b"-".as_slice(), |column| columns.get(column));
        let address = |column: Option<usize>| columns.address(column?);
        let [source, destination] = self.layout.interface_addresses.map(address);
        let ipv4 = |address: Option<u128>| address.filter(|value| value >> 32 == 0xffff).map(|value| value as u32);
        self.read = [ipv4(source), ipv4(destination)];
        match (source, destination) {
            (Some(source), Some(destination)) if interface != b"-" => {
                self.own_addresses.direction(interface, source, destination)
            }
            _ => Direction::Unknown,
        }
    }

    /// Forgets the row. Only surplus columns and an odd status can have set anything by now.
    #[inline]
    fn leave_out(&self, columns: Columns<'_>, out: &mut Tables) {
        let status = self.layout.log_status.map_or(b"OK".as_slice(), |column| columns.get(column));
        if columns.len() != self.layout.names.len() || status != b"OK" {
            out.flows.abort_row();
        }
    }

    #[inline]
    fn finish_row(&self, flows: &mut FlowColumns) {
        flows.set_int64(F::RecordNo, self.place.record_no as i64);
        flows.set_int64(F::SrcOffset, self.place.offset as i64);
        flows.end_row();
    }

    /// NODATA, SKIPDATA, or something unexpected. True if the record has a flow all the same.
    fn other_status(&self, status: &[u8], columns: Columns<'_>, out: &mut Tables) -> bool {
        match status {
            b"NODATA" => self.window_without_flow(HealthKind::NoData, columns, out),
            b"SKIPDATA" => self.window_without_flow(HealthKind::SkipData, columns, out),
            b"" | b"-" => {}
            other => {
                let detail = format!("log-status is {}, not OK, NODATA or SKIPDATA", excerpt(other));
                note(self.unreadable, &detail, self.place, self.origin, out);
                return false;
            }
        }
        let is_window = matches!(status, b"NODATA" | b"SKIPDATA");
        let has_flow = if is_window { self.has_any_address(columns) } else { !self.has_no_addresses(columns) };
        if has_flow && !status.is_empty() && out.flows.wants(F::Ext) {
            out.flows.insert(F::Ext, "log-status", &text_of(status));
        }
        has_flow
    }

    fn has_any_address(&self, columns: Columns<'_>) -> bool {
        let mut all = self.layout.interface_addresses.iter().chain(&self.layout.packet_addresses).flatten();
        all.any(|column| !matches!(columns.get(*column), b"-" | b""))
    }

    /// There are address columns, and all are empty.
    fn has_no_addresses(&self, columns: Columns<'_>) -> bool {
        let all = [self.layout.interface_addresses, self.layout.packet_addresses];
        all.as_flattened().iter().any(Option::is_some) && !self.has_any_address(columns)
    }

    /// A cheap look at the addresses that does not depend on the wanted columns, so that the count
    /// of records does not either.
    #[inline]
    fn has_address_shape(&self, columns: Columns<'_>) -> bool {
        self.layout.interface_addresses.iter().flatten().all(|column| {
            matches!(columns.get(*column).first(), None | Some(b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b':' | b'-'))
        })
    }

    fn window_without_flow(&self, kind: HealthKind, columns: Columns<'_>, out: &mut Tables) {
        let texts = [(self.layout.account, H::AccountId), (self.layout.interface, H::IfId)];
        for (column, field) in texts {
            let text = column.map_or(b"-".as_slice(), |column| columns.get(column));
            if text != b"-" {
                out.health.set_text(field, &text_of(text));
            }
        }
        for (column, field) in self.layout.times.iter().zip([H::TimeStart, H::TimeEnd]) {
            let text = column.map_or(b"".as_slice(), |column| columns.get(column));
            if let Some((ns, _)) = parse_u64(text).and_then(epoch_to_ns) {
                out.health.set_time(field, ns);
            }
        }
        note(kind, "", self.place, self.origin, out);
    }

    #[inline]
    fn step(&self, column: usize, meaning: Meaning, columns: Columns<'_>, out: &mut Tables) {
        let text = columns.get(column);
        let is_read = match meaning {
            Meaning::InterfaceAddress(side) => self.addresses(side, columns, &mut out.flows),
            _ if text == b"-" || text.is_empty() => true,
            Meaning::Text(field) => {
                out.flows.set_text_bytes(field, text);
                true
            }
            Meaning::Int32(field) => set_int32(&mut out.flows, field, columns.number(column)),
            Meaning::Int64(field) => set_int64(&mut out.flows, field, columns.number(column), text),
            Meaning::PacketAddress(side) => {
                let field = if side == Side::Src { F::SrcIp } else { F::DstIp };
                set_address(&mut out.flows, field, columns, column)
            }
            Meaning::Port(side) => self.port(side, column, columns, &mut out.flows),
            Meaning::Time(field) => set_time(&mut out.flows, field, columns.number(column)),
            Meaning::Action => set_verdict(&mut out.flows, text),
            Meaning::Direction => self.direction(text, &mut out.flows),
            Meaning::TrafficType => set_traffic_type(&mut out.flows, text),
            Meaning::TrafficPath => set_path(&mut out.flows, text),
            Meaning::EncryptionStatus => set_encryption(&mut out.flows, text),
            Meaning::Tag => {
                out.flows.insert(F::Tags, &self.layout.names[column], &percent_decode(text));
                true
            }
            Meaning::Ext => {
                out.flows.insert(F::Ext, &self.layout.names[column], &text_of(text));
                true
            }
            Meaning::LogStatus => true,
        };
        if !is_read {
            self.unreadable_field(column, text, out);
        }
    }

    /// A value that is not what its column should hold: kept as it stands, and reported.
    #[cold]
    fn unreadable_field(&self, column: usize, text: &[u8], out: &mut Tables) {
        let name = &self.layout.names[column];
        out.flows.insert(F::Ext, name, &text_of(text));
        let detail = format!("{name} is {}; the record was kept without it", excerpt(text));
        note(HealthKind::FieldError, &detail, self.place, self.origin, out);
    }

    /// Sender or receiver: the packet's address is the flow's, the interface's is kept beside it
    /// where they differ.
    #[inline]
    fn addresses(&self, side: Side, columns: Columns<'_>, flows: &mut FlowColumns) -> bool {
        let (best, at_interface) = match side {
            Side::Src => (F::SrcIp, F::SrcIpIf),
            Side::Dst => (F::DstIp, F::DstIpIf),
        };
        let is_present = |column: &usize| !matches!(columns.get(*column), b"-" | b"");
        let interface = self.layout.interface_addresses[side as usize].filter(is_present);
        let packet = self.layout.packet_addresses[side as usize].filter(is_present);
        match (packet, interface) {
            (None, None) => true,
            (Some(packet), None) => set_address(flows, best, columns, packet),
            (Some(packet), Some(interface)) if columns.get(packet) != columns.get(interface) => {
                let is_packet_read = set_address(flows, best, columns, packet);
                self.set_interface_address(side, at_interface, columns, interface, flows) && is_packet_read
            }
            (_, Some(interface)) => self.set_interface_address(side, best, columns, interface, flows),
        }
    }

    #[inline]
    fn set_interface_address(
        &self,
        side: Side,
        field: F,
        columns: Columns<'_>,
        column: usize,
        flows: &mut FlowColumns,
    ) -> bool {
        match self.read[side as usize] {
            Some(v4) => set_ipv4(flows, field, v4),
            None => set_address(flows, field, columns, column),
        }
    }

    #[inline]
    fn port(&self, side: Side, column: usize, columns: Columns<'_>, flows: &mut FlowColumns) -> bool {
        let field = if side == Side::Src { F::SrcPort } else { F::DstPort };
        let protocol = self.layout.protocol.map_or(b"6".as_slice(), |column| columns.get(column));
        // TCP, UDP, DCCP, SCTP, UDP-Lite; AWS writes 0 for the others.
        if matches!(protocol, b"6" | b"17" | b"33" | b"132" | b"136" | b"-" | b"") {
            return set_port(flows, field, columns.number(column));
        }
        let text = columns.get(column);
        if text != b"0" {
            let name = if side == Side::Src { "srcport" } else { "dstport" };
            flows.insert(F::Ext, name, &text_of(text));
        }
        true
    }

    fn direction(&self, text: &[u8], flows: &mut FlowColumns) -> bool {
        let direction = match text {
            b"ingress" => Direction::Ingress,
            b"egress" => Direction::Egress,
            _ => return false,
        };
        if self.layout.is_tgw {
            // Seen in the middle, whatever the direction: the vantage is the layout's default.
            flows.set_text(F::Direction, direction.name());
        } else {
            set_direction(flows, direction);
        }
        true
    }
}

/// The direction, and the vantage that follows from it.
#[inline]
fn set_direction(flows: &mut FlowColumns, direction: Direction) {
    let vantage = match direction {
        Direction::Ingress => Vantage::Dst,
        Direction::Egress => Vantage::Src,
        Direction::Unknown => return,
    };
    flows.set_text(F::Direction, direction.name());
    flows.set_text(F::Vantage, vantage.name());
}

#[inline]
fn set_int32(flows: &mut FlowColumns, field: F, number: Option<u64>) -> bool {
    let max = if field == F::IpProto { 255 } else { i32::MAX };
    let value = number.and_then(|number| i32::try_from(number).ok()).filter(|value| *value <= max);
    value.map(|value| flows.set_int32(field, value)).is_some()
}

#[inline]
fn set_int64(flows: &mut FlowColumns, field: F, number: Option<u64>, text: &[u8]) -> bool {
    // Tencent writes -1 for "none", and other signs are kept as they are.
    let value = number.and_then(|number| i64::try_from(number).ok()).or_else(|| parse_i64(text));
    value.map(|value| flows.set_int64(field, value)).is_some()
}

#[inline]
fn set_port(flows: &mut FlowColumns, field: F, number: Option<u64>) -> bool {
    let port = number.filter(|port| *port <= 65_535);
    port.map(|port| flows.set_int32(field, port as i32)).is_some()
}

#[inline]
fn set_address(flows: &mut FlowColumns, field: F, columns: Columns<'_>, column: usize) -> bool {
    match columns.ipv4(column) {
        Some(v4) => set_ipv4(flows, field, v4),
        None => set_ipv6(flows, field, columns.get(column)),
    }
}

#[inline]
fn set_ipv4(flows: &mut FlowColumns, field: F, v4: u32) -> bool {
    flows.set_ipv4(field, v4);
    if field == F::SrcIp {
        flows.set_int32(F::IpVersion, 4);
    }
    true
}

#[cold]
fn set_ipv6(flows: &mut FlowColumns, field: F, text: &[u8]) -> bool {
    let Some(v6) = parse_ipv6(text) else { return false };
    flows.set_ipv6(field, v6);
    if field == F::SrcIp {
        flows.set_int32(F::IpVersion, if v6.to_ipv4_mapped().is_some() { 4 } else { 6 });
    }
    true
}

#[inline]
fn set_time(flows: &mut FlowColumns, field: F, number: Option<u64>) -> bool {
    let Some((ns, resolution)) = number.and_then(epoch_to_ns) else { return false };
    flows.set_time(field, ns);
    flows.set_int64(F::TimeResolutionNs, resolution);
    true
}

fn set_verdict(flows: &mut FlowColumns, text: &[u8]) -> bool {
    let verdict = match text {
        b"ACCEPT" => Verdict::Allowed,
        b"REJECT" => Verdict::Denied,
        _ => return false,
    };
    flows.set_text(F::Verdict, verdict.name());
    true
}

fn set_traffic_type(flows: &mut FlowColumns, text: &[u8]) -> bool {
    match text {
        b"IPv4" | b"IPv6" => {
            flows.set_text(F::L2Type, "ip");
            flows.set_int32(F::IpVersion, if text == b"IPv4" { 4 } else { 6 });
        }
        other => flows.set_text(F::L2Type, &text_of(other).to_ascii_lowercase()),
    }
    true
}

fn set_path(flows: &mut FlowColumns, text: &[u8]) -> bool {
    let path = match text {
        b"1" => Path::SameVpc,
        b"2" => Path::IgwOrGatewayEndpoint,
        b"3" => Path::Vgw,
        b"4" => Path::PeeringIntraRegion,
        b"5" => Path::PeeringInterRegion,
        b"6" => Path::LocalGateway,
        b"7" => Path::GatewayEndpoint,
        b"8" => Path::Igw,
        _ => return false,
    };
    flows.set_text(F::Path, path.name());
    true
}

fn set_encryption(flows: &mut FlowColumns, text: &[u8]) -> bool {
    let encryption = match text {
        b"0" => Encryption::None,
        b"1" => Encryption::Platform,
        b"2" => Encryption::App,
        b"3" => Encryption::Both,
        _ => Encryption::Unknown,
    };
    flows.set_text(F::Encryption, encryption.name());
    flows.set_text(F::EncryptionRaw, &text_of(text));
    true
}

/// `%41` to `A` (RFC 3986 section 2.1); anything that is no such escape stays as it is.
fn percent_decode(text: &[u8]) -> String {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match (text[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, _, _) => {
                bytes.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
