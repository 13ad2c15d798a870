//! All that this crate asks `enrich`, in one place.

use enrich::service::{Side, protocol_name as name_of_protocol, server_port, service_name as name_of_service};
use enrich::{AddressClass, is_cloud_metadata};
use std::net::IpAddr;

/// Is an IPv4 address, as a number, on this side of the internet by its class alone?
#[inline]
pub(crate) fn is_internal_v4(address: u32) -> bool {
    enrich::is_internal(&address.to_be_bytes())
}

/// Is an address on this side of the internet by its class alone? The clouds' own platform addresses count as ours.
pub(crate) fn is_internal(address: IpAddr) -> bool {
    let class = AddressClass::of_ip(address);
    let is_ours = matches!(
        class,
        AddressClass::Private
            | AddressClass::CarrierNat
            | AddressClass::Loopback
            | AddressClass::LinkLocal
            | AddressClass::UniqueLocal
    );
    is_ours || is_platform(address)
}

/// Can an address be a host on the internet? Documentation addresses can: only exercises use them.
pub(crate) fn is_host(address: IpAddr) -> bool {
    !matches!(
        AddressClass::of_ip(address),
        AddressClass::Multicast | AddressClass::Broadcast | AddressClass::Unspecified | AddressClass::Reserved
    )
}

/// Is it an address on which a cloud serves its own machines?
pub(crate) fn is_platform(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_cloud_metadata(&v4.octets()),
        IpAddr::V6(v6) => is_cloud_metadata(&v6.octets()),
    }
}

/// The class of an address, as text.
pub(crate) fn class_name(address: IpAddr) -> &'static str {
    AddressClass::of_ip(address).name()
}

/// By the ports alone: is the source the client? `None` if the ports do not tell.
#[inline]
pub(crate) fn source_is_client(src_port: u16, dst_port: u16, proto: u8) -> Option<bool> {
    server_port(src_port, dst_port, proto).map(|side| side == Side::Destination)
}

/// The usual service of a port, or empty.
pub(crate) fn service_name(port: u16, proto: u8) -> &'static str {
    name_of_service(port, proto).unwrap_or("")
}

/// The name of a protocol, or its number.
pub(crate) fn protocol_name(proto: u8) -> String {
    name_of_protocol(proto).map_or_else(|| proto.to_string(), str::to_owned)
}

/// The service, or protocol and port: `ssh`, `tcp/4444`.
pub(crate) fn service_label(port: u16, proto: u8) -> String {
    match service_name(port, proto) {
        "" if has_ports(proto) => format!("{}/{port}", protocol_name(proto)),
        "" => protocol_name(proto),
        name => name.to_owned(),
    }
}

/// Does a protocol have ports?
#[inline]
pub(crate) fn has_ports(proto: u8) -> bool {
    matches!(proto, 6 | 17 | 33 | 132 | 136)
}

/// TCP ports that should rarely face the internet: logins, file shares, databases, consoles of clusters.
const SENSITIVE_PORTS: &[u16] = &[
    21, 22, 23, 111, 135, 139, 389, 445, 512, 513, 514, 873, 1433, 1521, 2049, 2375, 2376, 2379, 3306, 3389, 5432,
    5601, 5900, 5985, 5986, 6379, 6443, 8020, 9042, 9200, 9300, 10250, 11211, 27017, 50070,
];

/// Should this service rarely face the internet?
pub(crate) fn is_sensitive(port: u16, proto: u8) -> bool {
    (proto == 6 && SENSITIVE_PORTS.contains(&port)) || (proto == 17 && [111, 161, 389, 11211].contains(&port))
}
