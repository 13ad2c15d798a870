//! Names of record types and response codes (IANA, "Domain Name System (DNS) Parameters").

/// Record types that something is done with.
pub(super) mod record_type {
    pub(in crate::dns) const A: u16 = 1;
    pub(in crate::dns) const NS: u16 = 2;
    pub(in crate::dns) const CNAME: u16 = 5;
    pub(in crate::dns) const SOA: u16 = 6;
    pub(in crate::dns) const NULL: u16 = 10;
    pub(in crate::dns) const PTR: u16 = 12;
    pub(in crate::dns) const HINFO: u16 = 13;
    pub(in crate::dns) const MX: u16 = 15;
    pub(in crate::dns) const TXT: u16 = 16;
    pub(in crate::dns) const RP: u16 = 17;
    pub(in crate::dns) const AFSDB: u16 = 18;
    pub(in crate::dns) const SIG: u16 = 24;
    pub(in crate::dns) const KEY: u16 = 25;
    pub(in crate::dns) const AAAA: u16 = 28;
    pub(in crate::dns) const SRV: u16 = 33;
    pub(in crate::dns) const NAPTR: u16 = 35;
    pub(in crate::dns) const KX: u16 = 36;
    pub(in crate::dns) const CERT: u16 = 37;
    pub(in crate::dns) const DNAME: u16 = 39;
    pub(in crate::dns) const OPT: u16 = 41;
    pub(in crate::dns) const DS: u16 = 43;
    pub(in crate::dns) const SSHFP: u16 = 44;
    pub(in crate::dns) const RRSIG: u16 = 46;
    pub(in crate::dns) const NSEC: u16 = 47;
    pub(in crate::dns) const DNSKEY: u16 = 48;
    pub(in crate::dns) const NSEC3: u16 = 50;
    pub(in crate::dns) const NSEC3PARAM: u16 = 51;
    pub(in crate::dns) const TLSA: u16 = 52;
    pub(in crate::dns) const SMIMEA: u16 = 53;
    pub(in crate::dns) const CDS: u16 = 59;
    pub(in crate::dns) const CDNSKEY: u16 = 60;
    pub(in crate::dns) const SVCB: u16 = 64;
    pub(in crate::dns) const HTTPS: u16 = 65;
    pub(in crate::dns) const SPF: u16 = 99;
    pub(in crate::dns) const TSIG: u16 = 250;
    pub(in crate::dns) const URI: u16 = 256;
    pub(in crate::dns) const CAA: u16 = 257;
}

/// A record type, its mnemonic, and the mnemonic in lower case (a key in `mdns` events).
type Row = (u16, &'static str, &'static str);

#[rustfmt::skip]
const TYPES: &[Row] = &[
    (1, "A", "a"), (2, "NS", "ns"), (3, "MD", "md"), (4, "MF", "mf"), (5, "CNAME", "cname"), (6, "SOA", "soa"),
    (7, "MB", "mb"), (8, "MG", "mg"), (9, "MR", "mr"), (10, "NULL", "null"), (11, "WKS", "wks"), (12, "PTR", "ptr"),
    (13, "HINFO", "hinfo"), (14, "MINFO", "minfo"), (15, "MX", "mx"), (16, "TXT", "txt"), (17, "RP", "rp"),
    (18, "AFSDB", "afsdb"), (19, "X25", "x25"), (20, "ISDN", "isdn"), (21, "RT", "rt"), (22, "NSAP", "nsap"),
    (23, "NSAP-PTR", "nsap-ptr"), (24, "SIG", "sig"), (25, "KEY", "key"), (26, "PX", "px"), (27, "GPOS", "gpos"),
    (28, "AAAA", "aaaa"), (29, "LOC", "loc"), (30, "NXT", "nxt"), (31, "EID", "eid"), (32, "NIMLOC", "nimloc"),
    (33, "SRV", "srv"), (34, "ATMA", "atma"), (35, "NAPTR", "naptr"), (36, "KX", "kx"), (37, "CERT", "cert"),
    (38, "A6", "a6"), (39, "DNAME", "dname"), (40, "SINK", "sink"), (41, "OPT", "opt"), (42, "APL", "apl"),
    (43, "DS", "ds"), (44, "SSHFP", "sshfp"), (45, "IPSECKEY", "ipseckey"), (46, "RRSIG", "rrsig"),
    (47, "NSEC", "nsec"), (48, "DNSKEY", "dnskey"), (49, "DHCID", "dhcid"), (50, "NSEC3", "nsec3"),
    (51, "NSEC3PARAM", "nsec3param"), (52, "TLSA", "tlsa"), (53, "SMIMEA", "smimea"), (55, "HIP", "hip"),
    (56, "NINFO", "ninfo"), (57, "RKEY", "rkey"), (58, "TALINK", "talink"), (59, "CDS", "cds"),
    (60, "CDNSKEY", "cdnskey"), (61, "OPENPGPKEY", "openpgpkey"), (62, "CSYNC", "csync"), (63, "ZONEMD", "zonemd"),
    (64, "SVCB", "svcb"), (65, "HTTPS", "https"), (99, "SPF", "spf"), (100, "UINFO", "uinfo"), (101, "UID", "uid"),
    (102, "GID", "gid"), (103, "UNSPEC", "unspec"), (104, "NID", "nid"), (105, "L32", "l32"), (106, "L64", "l64"),
    (107, "LP", "lp"), (108, "EUI48", "eui48"), (109, "EUI64", "eui64"), (249, "TKEY", "tkey"), (250, "TSIG", "tsig"),
    (251, "IXFR", "ixfr"), (252, "AXFR", "axfr"), (253, "MAILB", "mailb"), (254, "MAILA", "maila"), (255, "ANY", "any"),
    (256, "URI", "uri"), (257, "CAA", "caa"), (258, "AVC", "avc"), (259, "DOA", "doa"), (260, "AMTRELAY", "amtrelay"),
    (32768, "TA", "ta"), (32769, "DLV", "dlv"),
];

/// Types up to this one are found by their place.
const DENSE_MAX: usize = 261;

const PLACES: [u8; DENSE_MAX] = {
    let mut places = [u8::MAX; DENSE_MAX];
    let mut place = 0;
    while place < TYPES.len() {
        if (TYPES[place].0 as usize) < DENSE_MAX {
            places[TYPES[place].0 as usize] = place as u8;
        }
        place += 1;
    }
    places
};

fn row(record_type: u16) -> Option<&'static Row> {
    match PLACES.get(usize::from(record_type)) {
        Some(place) => TYPES.get(usize::from(*place)),
        None => TYPES.iter().find(|row| row.0 == record_type),
    }
}

/// A record type's mnemonic.
pub(super) fn type_name(record_type: u16) -> Option<&'static str> {
    row(record_type).map(|row| row.1)
}

/// The number of a record type by its mnemonic, in any case.
pub fn record_type_of(mnemonic: &str) -> Option<u16> {
    TYPES.iter().find(|(_, upper, _)| upper.eq_ignore_ascii_case(mnemonic)).map(|(number, ..)| *number)
}

/// A record type's mnemonic in lower case.
pub(super) fn type_name_lower(record_type: u16) -> Option<&'static str> {
    row(record_type).map(|row| row.2)
}

/// A response code's mnemonic (RFC 6895 section 2.3); those above 15 come with EDNS.
pub(super) fn rcode_name(rcode: u16) -> Option<&'static str> {
    #[rustfmt::skip]
    const NAMES: [&str; 12] = [
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH",
        "NOTZONE", "DSOTYPENI",
    ];
    match rcode {
        16 => Some("BADVERS"),
        17 => Some("BADKEY"),
        18 => Some("BADTIME"),
        19 => Some("BADMODE"),
        20 => Some("BADNAME"),
        21 => Some("BADALG"),
        22 => Some("BADTRUNC"),
        23 => Some("BADCOOKIE"),
        _ => NAMES.get(usize::from(rcode)).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(type_name(1), Some("A"));
        assert_eq!(type_name(65), Some("HTTPS"));
        assert_eq!(type_name_lower(257), Some("caa"));
        assert_eq!(type_name(32769), Some("DLV"));
        assert_eq!((type_name(0), type_name(260), type_name(300)), (None, Some("AMTRELAY"), None));
        assert!(TYPES.iter().all(|(_, upper, lower)| upper.to_ascii_lowercase() == *lower));
        assert_eq!((rcode_name(3), rcode_name(12), rcode_name(23)), (Some("NXDOMAIN"), None, Some("BADCOOKIE")));
    }
}
