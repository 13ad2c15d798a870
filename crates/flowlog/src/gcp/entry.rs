//! A log entry taken apart: every value that matters, as it stands in the text.

use crate::json::trail::Trail;
use crate::json::{Read, Reader, Text, Value};

/// A value of an entry that is no container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scalar {
    LogName,
    ReceiveTimestamp,
    SrcIp,
    DestIp,
    SrcPort,
    DestPort,
    SrcNatIp,
    DestNatIp,
    Protocol,
    /// The translated address of the reporter's side.
    NatIp,
    Reporter,
    Bytes,
    Packets,
    BytesDropped,
    PacketsDropped,
    Start,
    End,
    RttMsec,
    RoundTripTime,
    Disposition,
    DropReason,
}

/// How many there are.
const SCALARS: usize = Scalar::DropReason as usize + 1;

/// What an entry says of one side, apart from scalars.
#[derive(Clone, Copy, Default)]
pub(crate) struct Side<'a> {
    pub(crate) instance: Option<Value<'a>>,
    pub(crate) vpc: Option<Value<'a>>,
    pub(crate) location: Option<Value<'a>>,
    pub(crate) gke: Option<Value<'a>>,
    pub(crate) service: Option<Value<'a>>,
}

/// A log entry, or a Pub/Sub message around one.
#[derive(Clone, Default)]
pub(crate) struct Entry<'a> {
    scalars: [Option<Value<'a>>; SCALARS],
    /// Some scalar was there twice; the last one stands.
    is_ambiguous: bool,
    pub(crate) resource: Option<Value<'a>>,
    pub(crate) labels: Option<Value<'a>>,
    /// A Pub/Sub message.
    pub(crate) message: Option<Value<'a>>,
    /// A Pub/Sub message's own data.
    pub(crate) data: Option<Value<'a>>,
    /// Sender, receiver.
    pub(crate) sides: [Side<'a>; 2],
    has_connection: bool,
    /// It is a firewall rule's.
    has_rule: bool,
    pub(crate) network_service: Option<Value<'a>>,
    pub(crate) routing: Option<Value<'a>>,
}

impl<'a> Entry<'a> {
    /// The value of a scalar.
    #[inline]
    pub(crate) fn get(&self, scalar: Scalar) -> Option<Value<'a>> {
        self.scalars[scalar as usize]
    }

    /// Reads an entry that looks like others before it, if it is one of a flow: its scalars only.
    /// Returns its length; `None` says nothing about the entry.
    #[inline]
    pub(crate) fn follow(&mut self, trail: &mut Trail, bytes: &'a [u8]) -> Option<usize> {
        let length = trail.follow(bytes, |number, value| {
            if let Some(place) = self.scalars.get_mut(usize::from(number)) {
                *place = Some(value);
            }
        })?;
        (self.get(Scalar::LogName).is_some() && self.is_flow()).then_some(length)
    }

    /// Has a trail learn from this entry, if it is one that [`Entry::follow`] could read.
    #[cold]
    pub(crate) fn teach(&self, trail: &mut Trail, bytes: &'a [u8]) {
        if self.is_ambiguous || self.get(Scalar::LogName).is_none() || !self.is_flow() {
            return;
        }
        let numbered = (0u8..).zip(&self.scalars);
        let wanted: Vec<_> = numbered.filter_map(|(number, value)| Some((value.as_ref()?.raw(), number))).collect();
        trail.learn(bytes, &wanted);
    }

    /// Reads an entry in one walk.
    #[inline]
    pub(crate) fn read(&mut self, reader: &mut Reader<'a>) -> Read<()> {
        reader.object(|reader, key| match key.raw {
            b"jsonPayload" => match reader.peek()? {
                b'{' => reader.object(|reader, key| self.payload_member(key, reader)),
                _ => reader.skip(),
            },
            b"logName" => self.scalar(Scalar::LogName, reader),
            b"receiveTimestamp" => self.scalar(Scalar::ReceiveTimestamp, reader),
            b"resource" => set(&mut self.resource, reader),
            b"labels" => set(&mut self.labels, reader),
            b"message" => set(&mut self.message, reader),
            b"data" => set(&mut self.data, reader),
            b"insertId" | b"timestamp" | b"severity" => reader.skip(),
            // A payload without an entry around it.
            _ => self.payload_member(key, reader),
        })
    }

    fn payload_member(&mut self, key: Text<'a>, reader: &mut Reader<'a>) -> Read<()> {
        let [src, dest] = &mut self.sides;
        let place = match key.raw {
            b"connection" if reader.peek()? == b'{' => {
                self.has_connection = true;
                return reader.object(|reader, key| self.connection_member(key, reader));
            }
            b"bytes_sent" => return self.scalar(Scalar::Bytes, reader),
            b"packets_sent" => return self.scalar(Scalar::Packets, reader),
            b"start_time" => return self.scalar(Scalar::Start, reader),
            b"end_time" => return self.scalar(Scalar::End, reader),
            b"reporter" => return self.scalar(Scalar::Reporter, reader),
            b"rtt_msec" => return self.scalar(Scalar::RttMsec, reader),
            b"round_trip_time" => return self.scalar(Scalar::RoundTripTime, reader),
            b"disposition" => return self.scalar(Scalar::Disposition, reader),
            b"drop_reason" => return self.scalar(Scalar::DropReason, reader),
            b"bytes_dropped" => return self.scalar(Scalar::BytesDropped, reader),
            b"packets_dropped" => return self.scalar(Scalar::PacketsDropped, reader),
            b"src_instance" => &mut src.instance,
            b"dest_instance" => &mut dest.instance,
            b"src_vpc" => &mut src.vpc,
            b"dest_vpc" => &mut dest.vpc,
            b"src_location" => &mut src.location,
            b"dest_location" => &mut dest.location,
            b"src_gke_details" => &mut src.gke,
            b"dest_gke_details" => &mut dest.gke,
            b"src_google_service" => &mut src.service,
            b"dest_google_service" => &mut dest.service,
            b"network_service" => &mut self.network_service,
            b"internet_routing_details" => &mut self.routing,
            b"rule_details" => {
                self.has_rule = true;
                return reader.skip();
            }
            _ => return reader.skip(),
        };
        set(place, reader)
    }

    fn connection_member(&mut self, key: Text<'a>, reader: &mut Reader<'a>) -> Read<()> {
        let scalar = match key.raw {
            b"src_ip" => Scalar::SrcIp,
            b"dest_ip" => Scalar::DestIp,
            b"src_port" => Scalar::SrcPort,
            b"dest_port" => Scalar::DestPort,
            b"protocol" => Scalar::Protocol,
            b"nat_ip" => Scalar::NatIp,
            b"src_nat_ip" | b"nat_src_ip" => Scalar::SrcNatIp,
            b"dest_nat_ip" | b"nat_dest_ip" => Scalar::DestNatIp,
            _ => return reader.skip(),
        };
        self.scalar(scalar, reader)
    }

    fn scalar(&mut self, scalar: Scalar, reader: &mut Reader<'a>) -> Read<()> {
        let place = &mut self.scalars[scalar as usize];
        self.is_ambiguous |= place.is_some();
        set(place, reader)
    }

    /// Is it an entry of VPC flow logs? Both names end alike, encoded or not; without a name the
    /// payload's shape decides.
    pub(crate) fn is_flow(&self) -> bool {
        match self.get(Scalar::LogName) {
            Some(name) => name.raw().ends_with(b"%2Fvpc_flows") || name.raw().ends_with(b"/vpc_flows"),
            None => {
                let has_window = self.get(Scalar::Reporter).is_some() || self.get(Scalar::Start).is_some();
                self.has_connection && !self.has_rule && has_window
            }
        }
    }

    /// The side that reported: 0 is the sender. If the record does not say, the side it knows more of.
    pub(crate) fn own_side(&self) -> usize {
        match self.get(Scalar::Reporter).map(Value::raw) {
            Some(b"SRC" | b"SRC_GATEWAY") => 0,
            Some(b"DEST" | b"DEST_GATEWAY") => 1,
            _ => {
                let is_known = |side: &Side<'_>| side.instance.is_some() || side.vpc.is_some();
                self.sides.iter().position(is_known).unwrap_or(0)
            }
        }
    }
}

fn set<'a>(place: &mut Option<Value<'a>>, reader: &mut Reader<'a>) -> Read<()> {
    *place = Some(reader.value()?);
    Ok(())
}

/// Paths of entries that have columns of their own; of each side without `src_` or `dest_`.
const COLUMN_PATHS: &[&str] = &[
    "receiveTimestamp",
    "labels.target_resource_name",
    "connection.src_ip",
    "connection.dest_ip",
    "connection.src_port",
    "connection.dest_port",
    "connection.protocol",
    "connection.nat_ip",
    "connection.src_nat_ip",
    "connection.dest_nat_ip",
    "connection.nat_src_ip",
    "connection.nat_dest_ip",
    "reporter",
    "bytes_sent",
    "packets_sent",
    "bytes_dropped",
    "packets_dropped",
    "start_time",
    "end_time",
    "rtt_msec",
    "disposition",
    "drop_reason",
    "network_service.dscp",
    "internet_routing_details.egress_as_path",
];
const SIDE_PATHS: &[&str] = &[
    "instance.project_id",
    "instance.region",
    "instance.zone",
    "instance.vm_name",
    "vpc.vpc_name",
    "vpc.subnetwork_name",
    "location.country",
    "location.city",
    "location.asn",
    "google_service.service_name",
    "gke_details.cluster.cluster_name",
    "gke_details.pod.pod_name",
    "gke_details.pod.pod_namespace",
    "gke_details.pod.pod_workload.workload_name",
];

/// Has the field of this path, without `jsonPayload`, a column of its own?
pub(crate) fn has_column(path: &str) -> bool {
    let side_path = path.strip_prefix("src_").or_else(|| path.strip_prefix("dest_"));
    match side_path {
        Some(path) => SIDE_PATHS.contains(&path),
        None => COLUMN_PATHS.contains(&path),
    }
}
