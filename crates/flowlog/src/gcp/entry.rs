//! A log entry taken apart: every value that matters, as it stands in the text.

use crate::json::{Read, Reader, Text, Value};

/// What an entry says of one side.
#[derive(Clone, Copy, Default)]
pub(crate) struct Side<'a> {
    pub(crate) instance: Option<Value<'a>>,
    pub(crate) vpc: Option<Value<'a>>,
    pub(crate) location: Option<Value<'a>>,
    pub(crate) gke: Option<Value<'a>>,
    pub(crate) service: Option<Value<'a>>,
    pub(crate) ip: Option<Value<'a>>,
    pub(crate) port: Option<Value<'a>>,
    pub(crate) nat_ip: Option<Value<'a>>,
}

/// A log entry, or a Pub/Sub message around one.
#[derive(Clone, Copy, Default)]
pub(crate) struct Entry<'a> {
    pub(crate) log_name: Option<Value<'a>>,
    pub(crate) receive_timestamp: Option<Value<'a>>,
    pub(crate) resource: Option<Value<'a>>,
    pub(crate) labels: Option<Value<'a>>,
    /// A Pub/Sub message.
    pub(crate) message: Option<Value<'a>>,
    /// A Pub/Sub message's own data.
    pub(crate) data: Option<Value<'a>>,
    /// Sender, receiver.
    pub(crate) sides: [Side<'a>; 2],
    pub(crate) has_connection: bool,
    /// It is a firewall rule's.
    pub(crate) has_rule: bool,
    pub(crate) protocol: Option<Value<'a>>,
    /// The translated address of the reporter's side.
    pub(crate) nat_ip: Option<Value<'a>>,
    pub(crate) reporter: Option<Value<'a>>,
    pub(crate) bytes: Option<Value<'a>>,
    pub(crate) packets: Option<Value<'a>>,
    pub(crate) bytes_dropped: Option<Value<'a>>,
    pub(crate) packets_dropped: Option<Value<'a>>,
    pub(crate) start: Option<Value<'a>>,
    pub(crate) end: Option<Value<'a>>,
    pub(crate) rtt_msec: Option<Value<'a>>,
    pub(crate) round_trip_time: Option<Value<'a>>,
    pub(crate) disposition: Option<Value<'a>>,
    pub(crate) drop_reason: Option<Value<'a>>,
    pub(crate) network_service: Option<Value<'a>>,
    pub(crate) routing: Option<Value<'a>>,
}

impl<'a> Entry<'a> {
    /// Reads an entry in one walk.
    #[inline]
    pub(crate) fn read(reader: &mut Reader<'a>) -> Read<Entry<'a>> {
        let mut entry = Entry::default();
        reader.object(|reader, key| {
            let place = match key.raw {
                b"jsonPayload" => {
                    return match reader.peek()? {
                        b'{' => reader.object(|reader, key| entry.payload_member(key, reader)),
                        _ => reader.skip(),
                    };
                }
                b"logName" => &mut entry.log_name,
                b"receiveTimestamp" => &mut entry.receive_timestamp,
                b"resource" => &mut entry.resource,
                b"labels" => &mut entry.labels,
                b"message" => &mut entry.message,
                b"data" => &mut entry.data,
                b"insertId" | b"timestamp" | b"severity" => return reader.skip(),
                // A payload without an entry around it.
                _ => return entry.payload_member(key, reader),
            };
            *place = Some(reader.value()?);
            Ok(())
        })?;
        Ok(entry)
    }

    fn payload_member(&mut self, key: Text<'a>, reader: &mut Reader<'a>) -> Read<()> {
        let [src, dest] = &mut self.sides;
        let place = match key.raw {
            b"connection" if reader.peek()? == b'{' => {
                self.has_connection = true;
                return reader.object(|reader, key| self.connection_member(key, reader));
            }
            b"bytes_sent" => &mut self.bytes,
            b"packets_sent" => &mut self.packets,
            b"start_time" => &mut self.start,
            b"end_time" => &mut self.end,
            b"reporter" => &mut self.reporter,
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
            b"rtt_msec" => &mut self.rtt_msec,
            b"round_trip_time" => &mut self.round_trip_time,
            b"disposition" => &mut self.disposition,
            b"drop_reason" => &mut self.drop_reason,
            b"bytes_dropped" => &mut self.bytes_dropped,
            b"packets_dropped" => &mut self.packets_dropped,
            b"network_service" => &mut self.network_service,
            b"internet_routing_details" => &mut self.routing,
            b"rule_details" => {
                self.has_rule = true;
                return reader.skip();
            }
            _ => return reader.skip(),
        };
        *place = Some(reader.value()?);
        Ok(())
    }

    fn connection_member(&mut self, key: Text<'a>, reader: &mut Reader<'a>) -> Read<()> {
        let [src, dest] = &mut self.sides;
        let place = match key.raw {
            b"src_ip" => &mut src.ip,
            b"dest_ip" => &mut dest.ip,
            b"src_port" => &mut src.port,
            b"dest_port" => &mut dest.port,
            b"protocol" => &mut self.protocol,
            b"nat_ip" => &mut self.nat_ip,
            b"src_nat_ip" | b"nat_src_ip" => &mut src.nat_ip,
            b"dest_nat_ip" | b"nat_dest_ip" => &mut dest.nat_ip,
            _ => return reader.skip(),
        };
        *place = Some(reader.value()?);
        Ok(())
    }

    /// Is it an entry of VPC flow logs? Both names end alike, encoded or not; without a name the
    /// payload's shape decides.
    pub(crate) fn is_flow(&self) -> bool {
        match self.log_name {
            Some(name) => name.raw().ends_with(b"%2Fvpc_flows") || name.raw().ends_with(b"/vpc_flows"),
            None => self.has_connection && !self.has_rule && (self.reporter.is_some() || self.start.is_some()),
        }
    }

    /// The side that reported: 0 is the sender. If the record does not say, the side it knows more of.
    pub(crate) fn own_side(&self) -> usize {
        match self.reporter.map(Value::raw) {
            Some(b"SRC" | b"SRC_GATEWAY") => 0,
            Some(b"DEST" | b"DEST_GATEWAY") => 1,
            _ => {
                let is_known = |side: &Side<'_>| side.instance.is_some() || side.vpc.is_some();
                self.sides.iter().position(is_known).unwrap_or(0)
            }
        }
    }
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
