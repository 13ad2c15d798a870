//! One GCP VPC flow log entry, printed as Cloud Logging exports it: fields in alphabetical order,
//! 64-bit integers as strings.

use std::io::{self, Write};
use std::net::Ipv4Addr;

use crate::clock::Rfc3339;
use crate::random::mix;

/// The flow of an entry, in the direction it is reported.
pub(crate) struct Entry<'a> {
    /// Where the log lives and which subnetwork reports.
    pub(crate) subnetwork: &'a Subnetwork,
    /// The zone of the reporting machine.
    pub(crate) zone: &'a str,
    /// `SRC` or `DEST`.
    pub(crate) reporter: &'a str,
    /// Where the packets come from.
    pub(crate) source: End<'a>,
    /// Where they go.
    pub(crate) target: End<'a>,
    /// IANA protocol number.
    pub(crate) protocol: u8,
    /// What was counted, after scaling for sampling.
    pub(crate) packets: u64,
    /// Bytes of payload.
    pub(crate) bytes: u64,
    /// True when the firewall dropped the packets.
    pub(crate) dropped: bool,
    /// Round trip, when measured.
    pub(crate) rtt_ms: Option<u64>,
    /// First and last packet, nanoseconds since midnight.
    pub(crate) start: u64,
    /// The last packet.
    pub(crate) end: u64,
    /// When Cloud Logging had it.
    pub(crate) received: u64,
}

/// One end of the flow and what GCP knows about it.
pub(crate) struct End<'a> {
    /// The address, as text.
    pub(crate) ip: &'a str,
    /// The port; ignored for ICMP.
    pub(crate) port: u16,
    /// A machine of the project, ...
    pub(crate) machine: Option<Machine<'a>>,
    /// ... or a place on the internet.
    pub(crate) place: Option<&'static Place>,
    /// A Google API at the other end.
    pub(crate) api: Option<&'a str>,
}

/// A virtual machine, perhaps with a pod on it.
pub(crate) struct Machine<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its zone.
    pub(crate) zone: &'a str,
    /// The managed instance group it belongs to.
    pub(crate) group: Option<&'a str>,
    /// The subnetwork it is in.
    pub(crate) subnetwork: &'a Subnetwork,
    /// Cluster, namespace, pod and workload.
    pub(crate) pod: Option<[&'a str; 4]>,
}

/// A subnetwork and its project.
pub(crate) struct Subnetwork {
    /// Project id.
    pub(crate) project: &'static str,
    /// Network name.
    pub(crate) network: &'static str,
    /// Subnetwork name.
    pub(crate) name: &'static str,
    /// Numeric id of the subnetwork.
    pub(crate) id: u64,
    /// Region.
    pub(crate) region: &'static str,
}

/// A place on the internet.
pub(crate) struct Place {
    asn: u32,
    city: &'static str,
    continent: &'static str,
    country: &'static str,
    region: &'static str,
}

const fn place(
    asn: u32,
    city: &'static str,
    continent: &'static str,
    country: &'static str,
    region: &'static str,
) -> Place {
    Place { asn, city, continent, country, region }
}

/// Invented neighbours: the AS numbers are of the private range.
const NEAR: &[Place] = &[
    place(64512, "Berlin", "Europe", "deu", "Berlin"),
    place(64513, "Munich", "Europe", "deu", "Bavaria"),
    place(64514, "Paris", "Europe", "fra", "Ile-de-France"),
    place(64515, "Lyon", "Europe", "fra", "Auvergne-Rhone-Alpes"),
    place(64516, "London", "Europe", "gbr", "England"),
    place(64517, "Amsterdam", "Europe", "nld", "North Holland"),
    place(64518, "Warsaw", "Europe", "pol", "Masovian Voivodeship"),
    place(64519, "Vienna", "Europe", "aut", "Vienna"),
    place(64520, "Zurich", "Europe", "che", "Zurich"),
    place(64521, "Madrid", "Europe", "esp", "Community of Madrid"),
];
const FAR: &[Place] = &[
    place(64530, "Ashburn", "America", "usa", "Virginia"),
    place(64531, "Sao Paulo", "America", "bra", "Sao Paulo"),
    place(64532, "Hangzhou", "Asia", "chn", "Zhejiang"),
    place(64533, "Hanoi", "Asia", "vnm", "Hanoi"),
    place(64534, "Mumbai", "Asia", "ind", "Maharashtra"),
    place(64535, "Seoul", "Asia", "kor", "Seoul"),
];

/// Where an internet address is; made up, but always the same, and on a likely continent.
pub(crate) fn place_of(ip: Ipv4Addr) -> &'static Place {
    let near = matches!(
        ip.octets()[0],
        2 | 5 | 31 | 37 | 45 | 46 | 62 | 77..=95 | 109 | 141 | 151 | 176 | 178 | 185 | 188 | 193..=195 | 212 | 213 | 217
    );
    let places = if near { NEAR } else { FAR };
    &places[(mix(u64::from(u32::from(ip) >> 12)) % places.len() as u64) as usize]
}

impl Entry<'_> {
    /// Prints the entry and a newline.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Subnetwork { project, name, id, region, .. } = self.subnetwork;
        write!(out, r#"{{"insertId":"{}","jsonPayload":{{"#, self.insert_id())?;
        if self.dropped {
            write!(out, r#""bytes_dropped":"{}","#, self.bytes)?;
        } else {
            write!(out, r#""bytes_sent":"{}","#, self.bytes)?;
        }
        self.write_connection(out)?;
        self.target.write(out, "dest")?;
        if self.dropped {
            out.write_all(br#","disposition":"DROPPED","drop_reason":"FIREWALL_RULE""#)?;
        }
        write!(out, r#","end_time":"{}""#, Rfc3339(self.end))?;
        if let Some(Place { asn, .. }) = self.target.place.filter(|_| self.reporter == "SRC") {
            write!(out, r#","internet_routing_details":{{"egress_as_path":[{{"as_details":[{{"asn":{asn}}}]}}]}}"#)?;
        }
        let packets = if self.dropped { "packets_dropped" } else { "packets_sent" };
        write!(out, r#","{packets}":"{}","reporter":"{}""#, self.packets, self.reporter)?;
        if let Some(rtt) = self.rtt_ms {
            write!(out, r#","rtt_msec":"{rtt}""#)?;
        }
        self.source.write(out, "src")?;
        write!(out, r#","start_time":"{}"}},"#, Rfc3339(self.start))?;
        let received = Rfc3339(self.received);
        let zone = self.zone;
        writeln!(
            out,
            r#""logName":"projects/{project}/logs/compute.googleapis.com%2Fvpc_flows","receiveTimestamp":"{received}","resource":{{"labels":{{"location":"{zone}","project_id":"{project}","subnetwork_id":"{id}","subnetwork_name":"{name}"}},"type":"gce_subnetwork"}},"timestamp":"{received}"}}"#
        )?;
        debug_assert!(zone.starts_with(region));
        Ok(())
    }

    fn write_connection(&self, out: &mut impl Write) -> io::Result<()> {
        let (source, target, protocol) = (&self.source, &self.target, self.protocol);
        write!(out, r#""connection":{{"dest_ip":"{}","#, target.ip)?;
        if protocol != 1 {
            write!(out, r#""dest_port":{},"#, target.port)?;
        }
        write!(out, r#""protocol":{protocol},"src_ip":"{}""#, source.ip)?;
        if protocol != 1 {
            write!(out, r#","src_port":{}"#, source.port)?;
        }
        out.write_all(b"}")
    }

    /// Twelve characters that differ between entries.
    fn insert_id(&self) -> String {
        let ends =
            mix(u64::from(self.source.port) << 32 | u64::from(self.target.port) << 8 | self.reporter.len() as u64);
        let mut rest = mix(self.start ^ ends ^ self.end.rotate_left(17) ^ self.packets);
        (0..12)
            .map(|_| {
                let digit = (rest % 36) as u32;
                rest /= 36;
                char::from_digit(digit, 36).unwrap_or('0')
            })
            .collect()
    }
}

impl End<'_> {
    /// Prints the objects about this end, each after a comma, in alphabetical order.
    fn write(&self, out: &mut impl Write, side: &str) -> io::Result<()> {
        let machine = self.machine.as_ref();
        if let Some([cluster, namespace, pod, workload]) = machine.and_then(|machine| machine.pod) {
            let region = machine.map_or("", |machine| machine.subnetwork.region);
            write!(
                out,
                r#","{side}_gke_details":{{"cluster":{{"cluster_location":"{region}","cluster_name":"{cluster}"}},"pod":{{"pod_name":"{pod}","pod_namespace":"{namespace}","pod_workload":{{"workload_name":"{workload}","workload_type":"DEPLOYMENT"}}}},"service":[{{"service_name":"{workload}","service_namespace":"{namespace}"}}]}}"#
            )?;
        }
        if let Some(api) = self.api {
            write!(
                out,
                r#","{side}_google_service":{{"connectivity":"PUBLIC_IP","service_name":"{api}","type":"GOOGLE_API"}}"#
            )?;
        }
        if let Some(machine) = machine {
            let Subnetwork { project, network, name, region, .. } = machine.subnetwork;
            write!(out, r#","{side}_instance":{{"#)?;
            if let Some(group) = machine.group {
                write!(out, r#""managed_instance_group":{{"name":"{group}","region":"{region}"}},"#)?;
            }
            write!(
                out,
                r#""project_id":"{project}","region":"{region}","vm_name":"{}","zone":"{}"}},"{side}_vpc":{{"project_id":"{project}","subnetwork_name":"{name}","subnetwork_region":"{region}","vpc_name":"{network}"}}"#,
                machine.name, machine.zone
            )?;
        }
        if let Some(Place { asn, city, continent, country, region }) = self.place {
            write!(
                out,
                r#","{side}_location":{{"asn":{asn},"city":"{city}","continent":"{continent}","country":"{country}","region":"{region}"}}"#
            )?;
        }
        Ok(())
    }
}
