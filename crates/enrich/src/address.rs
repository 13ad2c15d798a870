//! Classes of addresses, after the IANA special-purpose registries (RFC 6890).
//!
//! An address is its network-order bytes: 4 for IPv4, 16 for IPv6. An IPv4-mapped IPv6 address (`::ffff:a.b.c.d`) is
//! the IPv4 address it maps. A slice of any other length is no address and has no class.

use std::net::IpAddr;

/// The kind of network an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AddressClass {
    /// RFC 1918: 10/8, 172.16/12, 192.168/16.
    Private,
    /// RFC 6598 space behind a carrier's NAT, 100.64/10; Kubernetes and overlay networks use it too.
    CarrierNat,
    /// 127/8 and `::1`.
    Loopback,
    /// 169.254/16 and `fe80::/10`. The clouds' metadata services live here: see [`is_cloud_metadata`].
    LinkLocal,
    /// 224/4 and `ff00::/8`.
    Multicast,
    /// 255.255.255.255.
    Broadcast,
    /// RFC 4193, `fc00::/7`, and its predecessor `fec0::/10`: the private space of IPv6.
    UniqueLocal,
    /// Addresses for examples: 192.0.2/24, 198.51.100/24, 203.0.113/24, `2001:db8::/32`, `3fff::/20`.
    Documentation,
    /// Set aside by IANA for protocols, benchmarks or the future; never a host on the internet.
    Reserved,
    /// 0.0.0.0 and `::`.
    Unspecified,
    /// Everything else: a host on the internet.
    Public,
}

impl AddressClass {
    /// The class of an address given as network-order bytes; `None` if it is neither 4 nor 16 bytes long.
    pub fn of(bytes: &[u8]) -> Option<AddressClass> {
        Some(match Key::unwrapped(bytes)? {
            Key::V4(address) => of_v4(address),
            Key::V6(address) => of_v6(address),
        })
    }

    /// The class of a parsed address.
    pub fn of_ip(address: IpAddr) -> AddressClass {
        match Key::from_ip(address) {
            Key::V4(address) => of_v4(address),
            Key::V6(address) => of_v6(address),
        }
    }

    /// The name shown to people and used in SQL, such as `carrier_nat`.
    pub fn name(self) -> &'static str {
        match self {
            AddressClass::Private => "private",
            AddressClass::CarrierNat => "carrier_nat",
            AddressClass::Loopback => "loopback",
            AddressClass::LinkLocal => "link_local",
            AddressClass::Multicast => "multicast",
            AddressClass::Broadcast => "broadcast",
            AddressClass::UniqueLocal => "unique_local",
            AddressClass::Documentation => "documentation",
            AddressClass::Reserved => "reserved",
            AddressClass::Unspecified => "unspecified",
            AddressClass::Public => "public",
        }
    }
}

/// Is it an organisation's own address by its number alone (RFC 1918, unique local)?
#[inline]
pub fn is_private(bytes: &[u8]) -> bool {
    match Key::of(bytes) {
        Some(Key::V4(a)) => is_private_v4(a),
        Some(Key::V6(a)) => (a >> 121 == 0xfc >> 1) | (a >> 118 == 0xfec0 >> 6),
        None => false,
    }
}

/// Is it on this side of the internet: private, carrier NAT, loopback, link-local or unique local?
///
/// Called for every record: integer compares without branches for IPv4.
#[inline]
pub fn is_internal(bytes: &[u8]) -> bool {
    match Key::of(bytes) {
        Some(Key::V4(a)) => is_private_v4(a) | (a >> 22 == 0x6440 >> 6) | (a >> 24 == 127) | (a >> 16 == 0xa9fe),
        Some(Key::V6(a)) => (a >> 121 == 0xfc >> 1) | (a >> 118 == 0xfec0 >> 6) | (a >> 118 == 0xfe80 >> 6) | (a == 1),
        None => false,
    }
}

/// Is it an address on which a cloud answers its own virtual machines about themselves?
///
/// 169.254.169.254 (AWS, Azure, GCP, OCI, IBM and others: credentials of the instance), 169.254.170.2 and .23 (AWS
/// container and pod credentials), 169.254.169.253 and `fd00:ec2::253` (AWS DNS), `fd00:ec2::254` (AWS over IPv6),
/// 168.63.129.16 (Azure platform; a public address) and 100.100.100.200 (Alibaba).
pub fn is_cloud_metadata(bytes: &[u8]) -> bool {
    match Key::of(bytes) {
        Some(Key::V4(a)) => METADATA_V4.contains(&a),
        Some(Key::V6(a)) => METADATA_V6.contains(&a),
        None => false,
    }
}

/// An address as an integer, so that prefixes are ranges of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// IPv4, or IPv4-mapped IPv6.
    V4(u32),
    /// Any other IPv6 address.
    V6(u128),
}

impl Key {
    /// Reads 4 or 16 network-order bytes.
    #[inline]
    pub(crate) fn of(bytes: &[u8]) -> Option<Key> {
        if let Ok(four) = <[u8; 4]>::try_from(bytes) {
            return Some(Key::V4(u32::from_be_bytes(four)));
        }
        <[u8; 16]>::try_from(bytes).ok().map(|sixteen| Key::of_v6(u128::from_be_bytes(sixteen)))
    }

    /// Like [`Key::of`], and an address behind NAT64 (`64:ff9b::/96`, RFC 6052) is the IPv4 address it stands for:
    /// that is the host an IPv6-only machine in a cloud subnet talks to.
    #[inline]
    pub(crate) fn unwrapped(bytes: &[u8]) -> Option<Key> {
        match Key::of(bytes)? {
            Key::V6(a) if a >> 32 == NAT64 => Some(Key::V4(a as u32)),
            key => Some(key),
        }
    }

    pub(crate) fn from_ip(address: IpAddr) -> Key {
        match address {
            IpAddr::V4(v4) => Key::V4(v4.to_bits()),
            IpAddr::V6(v6) => Key::of_v6(v6.to_bits()),
        }
    }

    #[inline]
    fn of_v6(address: u128) -> Key {
        if address >> 32 == 0xffff { Key::V4(address as u32) } else { Key::V6(address) }
    }
}

#[inline]
fn is_private_v4(a: u32) -> bool {
    (a >> 24 == 10) | (a >> 20 == 0xac10 >> 4) | (a >> 16 == 0xc0a8)
}

fn of_v4(address: u32) -> AddressClass {
    let holds = |&&(start, length, _): &&(u32, u8, AddressClass)| (address ^ start) >> (32 - length) == 0;
    SPECIAL_V4.iter().find(holds).map_or(AddressClass::Public, |row| row.2)
}

fn of_v6(address: u128) -> AddressClass {
    let holds = |&&(start, length, _): &&(u128, u8, AddressClass)| (address ^ start) >> (128 - length) == 0;
    match SPECIAL_V6.iter().find(holds) {
        Some(row) => row.2,
        None if address >> 125 == 1 || address >> 32 == NAT64 => AddressClass::Public,
        None => AddressClass::Reserved,
    }
}

/// `64:ff9b::/96` without its last 32 bits.
const NAT64: u128 = 0x0064_ff9b << 64;

/// Every special block of IPv4 as (first address, prefix length, class); the first that holds an address decides.
pub(crate) const SPECIAL_V4: &[(u32, u8, AddressClass)] = &[
    (0x0a00_0000, 8, AddressClass::Private),
    (0xac10_0000, 12, AddressClass::Private),
    (0xc0a8_0000, 16, AddressClass::Private),
    (0x6440_0000, 10, AddressClass::CarrierNat),
    (0x7f00_0000, 8, AddressClass::Loopback),
    (0xa9fe_0000, 16, AddressClass::LinkLocal),
    (0x0000_0000, 32, AddressClass::Unspecified),
    (0x0000_0000, 8, AddressClass::Reserved),
    (0xc000_0000, 24, AddressClass::Reserved),
    (0xc000_0200, 24, AddressClass::Documentation),
    (0xc633_6400, 24, AddressClass::Documentation),
    (0xcb00_7100, 24, AddressClass::Documentation),
    (0xc058_6300, 24, AddressClass::Reserved),
    (0xc612_0000, 15, AddressClass::Reserved),
    (0xe000_0000, 4, AddressClass::Multicast),
    (0xffff_ffff, 32, AddressClass::Broadcast),
    (0xf000_0000, 4, AddressClass::Reserved),
];

/// The same for IPv6; outside of these only `2000::/3` and NAT64 are public.
pub(crate) const SPECIAL_V6: &[(u128, u8, AddressClass)] = &[
    (0, 128, AddressClass::Unspecified),
    (1, 128, AddressClass::Loopback),
    (0xfe80 << 112, 10, AddressClass::LinkLocal),
    (0xfec0 << 112, 10, AddressClass::UniqueLocal),
    (0xfc00 << 112, 7, AddressClass::UniqueLocal),
    (0xff00 << 112, 8, AddressClass::Multicast),
    (0x2001_0db8 << 96, 32, AddressClass::Documentation),
    (0x3fff << 112, 20, AddressClass::Documentation),
    (0x2001_0002 << 96, 48, AddressClass::Reserved),
    (0x2001_0010 << 96, 28, AddressClass::Reserved),
];

const METADATA_V4: [u32; 6] = [0xa9fe_a9fe, 0xa9fe_a9fd, 0xa9fe_aa02, 0xa9fe_aa17, 0xa83f_8110, 0x6464_64c8];
const METADATA_V6: [u128; 2] = [0xfd00_0ec2 << 96 | 0x254, 0xfd00_0ec2 << 96 | 0x253];

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        match text.parse().unwrap() {
            IpAddr::V4(a) => a.octets().to_vec(),
            IpAddr::V6(a) => a.octets().to_vec(),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: AddressClass) {
        assert_eq!(AddressClass::of(&bytes(text)), Some(expected), "{text}");
        assert_eq!(AddressClass::of_ip(text.parse().unwrap()), expected);
        assert!(!expected.name().is_empty());
    }

    #[test]
    fn classes() {
        use AddressClass::*;
        for (text, class) in [
            ("10.0.0.0", Private),
            ("10.255.255.255", Private),
            ("11.0.0.0", Public),
            ("9.255.255.255", Public),
            ("172.15.255.255", Public),
            ("172.16.0.0", Private),
            ("172.31.255.255", Private),
            ("172.32.0.0", Public),
            ("192.167.255.255", Public),
            ("192.168.0.1", Private),
            ("192.169.0.0", Public),
            ("100.63.255.255", Public),
            ("100.64.0.0", CarrierNat),
            ("100.127.255.255", CarrierNat),
            ("100.128.0.0", Public),
            ("127.0.0.1", Loopback),
            ("169.254.169.254", LinkLocal),
            ("0.0.0.0", Unspecified),
            ("0.0.0.1", Reserved),
            ("192.0.2.1", Documentation),
            ("198.51.100.1", Documentation),
            ("203.0.113.9", Documentation),
            ("198.19.255.255", Reserved),
            ("224.0.0.1", Multicast),
            ("239.255.255.255", Multicast),
            ("240.0.0.1", Reserved),
            ("255.255.255.255", Broadcast),
            ("8.8.8.8", Public),
            ("::ffff:10.1.2.3", Private),
            ("::ffff:8.8.8.8", Public),
            ("::", Unspecified),
            ("::1", Loopback),
            ("fe80::1", LinkLocal),
            ("febf::1", LinkLocal),
            ("fec0::1", UniqueLocal),
            ("fc00::1", UniqueLocal),
            ("fdff::1", UniqueLocal),
            ("ff02::1", Multicast),
            ("2001:db8::1", Documentation),
            ("3fff:fff::1", Documentation),
            ("2606:4700::1", Public),
            ("100::1", Reserved),
            ("4000::1", Reserved),
            ("2002:a00::1", Public),
        ] {
            check(text, class);
        }
        assert_eq!(AddressClass::of(&bytes("64:ff9b::a00:1")), Some(Private));
        assert_eq!(AddressClass::of(&bytes("64:ff9b::808:808")), Some(Public));
        assert_eq!(AddressClass::of(&[1, 2, 3]), None);
    }

    #[test]
    fn the_fast_paths_agree_with_the_classes() {
        use AddressClass::*;
        let mut texts: Vec<Vec<u8>> = (0..=0xffffu32).map(|top| (top << 16 | 0x0101).to_be_bytes().to_vec()).collect();
        texts.extend((0..=0xffffu128).map(|top| (top << 112 | 0x1234).to_be_bytes().to_vec()));
        texts.extend([bytes("::1"), bytes("::"), bytes("::ffff:192.168.3.4"), bytes("0.0.0.0")]);
        for address in texts {
            let class = AddressClass::of(&address).unwrap();
            assert_eq!(is_private(&address), matches!(class, Private | UniqueLocal), "{address:?}");
            let internal = matches!(class, Private | UniqueLocal | CarrierNat | Loopback | LinkLocal);
            assert_eq!(is_internal(&address), internal, "{address:?}");
        }
    }

    #[test]
    fn metadata_services() {
        for text in ["169.254.169.254", "fd00:ec2::254", "168.63.129.16", "169.254.169.253", "::ffff:169.254.169.254"] {
            assert!(is_cloud_metadata(&bytes(text)), "{text}");
        }
        assert!(!is_cloud_metadata(&bytes("169.254.1.1")));
        assert!(!is_cloud_metadata(&[]));
    }
}
