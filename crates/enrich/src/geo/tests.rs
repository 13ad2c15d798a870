//! A database of two networks, and whatever is left of it after some bytes were changed.

use super::*;
use proptest::prelude::*;

/// One node: addresses with 0 in front are of DE, the others of FR through a pointer, with an autonomous system.
fn database() -> Vec<u8> {
    let data =
        b"\xe1\x47country\xe1\x48iso_code\x42DE\xe3\x20\x01\xe1\x48iso_code\x42FR\x43asn\x47AS64500\x47as_name\x44Acme";
    let second = 22;
    let mut bytes = vec![0, 0, 1 + 16, 0, 0, 1 + 16 + second];
    bytes.extend([0; SEPARATOR_BYTES]);
    bytes.extend(data);
    bytes.extend(MARKER);
    bytes.extend(b"\xe3\x4anode_count\xc1\x01\x4brecord_size\xa1\x18\x4aip_version\xa1\x04");
    bytes
}

#[test]
fn where_addresses_are() {
    let geo = Geo::new(vec![Database::read(database()).expect("a database")]);
    let told = |text: &str| geo.origin(text.parse().unwrap()).to_string();
    assert_eq!(told("10.0.0.1"), "DE");
    assert_eq!(told("192.0.2.1"), "FR AS64500 Acme");
    assert_eq!(told("2001:db8::1"), "");
}

#[test]
fn networks_in_order() {
    let database = Database::read(database()).expect("a database");
    let (half, mut seen) = (V4_MAPPED | 0x8000_0000, Vec::new());
    database.networks(|range, origin| seen.push((range, origin.country.to_owned()))).unwrap();
    let expected = [((V4_MAPPED, half - 1), "DE".to_owned()), ((half, V4_MAPPED | 0xffff_ffff), "FR".to_owned())];
    assert_eq!(seen, expected);
}

#[test]
fn what_is_none() {
    assert!(Database::read(Vec::new()).is_err());
    let mut cut = database();
    cut.drain(..70);
    assert!(Database::read(cut).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = database();
        for (place, byte) in flips {
            let length = bytes.len();
            bytes[place.index(length)] = byte;
        }
        if let Ok(database) = Database::read(bytes) {
            database.origin("192.0.2.1".parse().unwrap());
            let _ = database.networks(|_, _| {});
        }
    }
}
