//! The real lists and vectors of the shared data: skipped, with a note, where they are absent.

use std::collections::HashSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use enrich::community_id::community_id;
use enrich::intel::ListFormat::{
    AsnDrop, Csv, Firehol, Lines, LinesScored, Maltrail, MispEvent, MispWarningList, SpamhausDrop, Stix,
};
use enrich::intel::{self, Intel, Limits, List, ListFormat, Role};
use enrich::prefix::address_bytes;

/// `FATHOM_SHARED`, else `shared` beside the workspace.
fn shared(part: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let root = std::env::var_os("FATHOM_SHARED").map_or(beside, PathBuf::from);
    let path = root.join(part);
    if !path.exists() {
        eprintln!("skipped: {} is absent (set FATHOM_SHARED)", path.display());
        return None;
    }
    Some(path)
}

/// One list, loaded once for all tests.
fn load(root: &Path, file: &str) -> List {
    static LOADED: [OnceLock<List>; 64] = [const { OnceLock::new() }; 64];
    let n = LISTS.iter().position(|row| row.0 == file).expect("a row of LISTS");
    let read = || {
        let bytes = std::fs::read(root.join(file)).expect("readable");
        intel::load(file, &bytes, &Limits::default())
    };
    LOADED[n].get_or_init(read).clone()
}

/// Every list: its form, the addresses in it and how many of them are there again. The counts come from a separate
/// program (Python `ipaddress`, splitting at blanks), not from this one.
#[rustfmt::skip]
const LISTS: &[(&str, ListFormat, u64, u64)] = &[
    ("ipsum/ipsum.txt", LinesScored, 120430, 0),
    ("ipsum/level1.txt", Lines, 120430, 0),
    ("ipsum/level3.txt", Lines, 14217, 0),
    ("ipsum/level5.txt", Lines, 1413, 0),
    ("ipsum/level8.txt", Lines, 23, 0),
    ("et/compromised-ips.txt", Lines, 539, 0),
    ("abusech/feodo_ipblocklist_plain.txt", Lines, 7980, 373),
    ("abusech/threatfox_plain.txt", Lines, 3483, 1145),
    ("tor/tor-exit_cps.txt", Lines, 3251, 1879),
    ("misc/sans.txt", Lines, 106404, 0),
    ("misc/alienvault.txt", Lines, 609, 0),
    ("misc/binarydefense.txt", Lines, 2662, 3),
    ("misc/cobaltstrike_ips.txt", Lines, 2087, 1281),
    ("misc/log4j.txt", Lines, 25292, 0),
    ("spamhaus/drop.txt", SpamhausDrop, 989, 0),
    ("spamhaus/edrop.txt", SpamhausDrop, 322, 0),
    ("spamhaus/drop_ipv6.txt", SpamhausDrop, 51, 0),
    ("spamhaus/asn_drop.json", AsnDrop, 0, 0),
    ("tor/tor-exit-nodes.lst", Lines, 1746, 0),
    ("tor/tor-nodes.lst", Lines, 8054, 0),
    ("abusech/feodo_ipblocklist.csv", Csv, 28, 0),
    ("abusech/sslipblacklist.csv", Csv, 83, 0),
    ("abusech/threatfox_ips.txt", Lines, 19863, 0),
    ("misc/bitwire_outbound.txt", Lines, 167937, 0),
    ("stix/pegasus.stix2", Stix, 0, 0),
    ("stix/novispy.stix2", Stix, 0, 0),
    ("stix/wintego_helios.stix2", Stix, 0, 0),
    ("maltrail/mass_scanner.txt", Maltrail, 19215, 380),
    ("maltrail/mass_scanner_cidr.txt", Maltrail, 1106, 4),
    ("maltrail/crypto_mining.txt", Maltrail, 740, 5),
    ("maltrail/generic_miner.txt", Maltrail, 307, 0),
    ("maltrail/anonymous_web_proxy.txt", Maltrail, 0, 0),
    ("maltrail/dns_tunneling_service.txt", Maltrail, 0, 0),
    ("maltrail/cobalt.txt", Maltrail, 18, 2),
    ("misp-warninglists/amazon-aws.json", MispWarningList, 3847, 0),
    ("misp-warninglists/microsoft-azure.json", MispWarningList, 2683, 0),
    ("misp-warninglists/google-gcp.json", MispWarningList, 471, 0),
    ("misp-warninglists/cloudflare.json", MispWarningList, 22, 0),
    ("misp-warninglists/fastly.json", MispWarningList, 21, 0),
    ("misp-warninglists/akamai.json", MispWarningList, 268, 0),
    ("misp-warninglists/public-dns-v4.json", MispWarningList, 62745, 0),
    ("misp-warninglists/public-dns-v6.json", MispWarningList, 269, 0),
    ("misp-warninglists/vpn-ipv4.json", MispWarningList, 42426, 0),
    ("misp-warninglists/vpn-ipv6.json", MispWarningList, 1250, 0),
    ("misp-warninglists/rfc5735.json", MispWarningList, 15, 0),
    ("misp-warninglists/rfc1918.json", MispWarningList, 3, 0),
    ("misp-warninglists/rfc6598.json", MispWarningList, 1, 0),
    ("misp-warninglists/rfc3849.json", MispWarningList, 1, 0),
    ("misp-warninglists/microsoft-office365-ip.json", MispWarningList, 82, 0),
    ("misp-warninglists/tenable-cloud-ipv4.json", MispWarningList, 39, 0),
    ("firehol/firehol_level1_2017-09.netset", Firehol, 6612, 0),
    ("firehol/firehol_level1_2017-12.netset", Firehol, 6630, 0),
    ("firehol/firehol_level2_2017-12.netset", Firehol, 41319, 0),
    ("firehol/alienvault_reputation_2020-04.ipset", Firehol, 124702, 0),
    ("firehol/firehol_level1_2020-04.netset", Firehol, 1802, 0),
    ("misp/eset_glupteba.misp-event.json", MispEvent, 44, 0),
    ("misp/eset_swc-candiru_misp.json", MispEvent, 29, 0),
    ("misp/eset_oceanlotus.misp.event.json", MispEvent, 25, 0),
    ("stix/pan-unit42_solarphoenix.json", Stix, 55, 0),
    ("stix/pan-unit42_statelytaurus.json", Stix, 52, 0),
    ("stix/pan-unit42_brute-ratel.json", Stix, 43, 0),
    ("stix/mvt-project_residentbat.stix2", Stix, 24, 0),
    ("stix/mvt-project_eaglemsgspy.stix2", Stix, 13, 0),
    ("stix/mvt-project_wyrmspy_dragonegg.stix2", Stix, 5, 0),
];

#[test]
fn every_list_is_read() {
    let Some(root) = shared("data/intel") else {
        return;
    };
    let index = std::fs::read_to_string(root.join("INDEX.tsv")).unwrap();
    assert_eq!(index.lines().skip(1).filter(|line| !line.is_empty()).count(), LISTS.len());
    for &(file, format, addresses, duplicates) in LISTS {
        let list = load(&root, file);
        let report = &list.report;
        assert_eq!((list.format, report.addresses, report.duplicates), (format, addresses, duplicates), "{file}");
        let unmatched = report.duplicates + report.private_or_special + report.public_dns + report.too_wide;
        assert_eq!(report.entries + unmatched, addresses, "{file}");
        // Three addresses with a stray letter, and a last line cut short.
        let odd = match file {
            "maltrail/mass_scanner.txt" => 3,
            "firehol/alienvault_reputation_2020-04.ipset" => 1,
            _ => 0,
        };
        assert_eq!(report.skipped_total(), odd, "{file}: {:?}", report.skipped);
        assert!(list.entries.iter().all(|entry| entry.line > 0), "{file}");
        assert_eq!(list.role == Role::Match, format != MispWarningList, "{file}");
    }
}

#[test]
fn what_is_not_an_address_is_counted() {
    let Some(root) = shared("data/intel") else {
        return;
    };
    for (file, domains, urls, hashes, asns) in [
        ("spamhaus/asn_drop.json", 0, 0, 0, 201),
        ("stix/pegasus.stix2", 1438, 0, 0, 0),
        ("stix/wintego_helios.stix2", 175, 0, 0, 0),
        ("stix/mvt-project_eaglemsgspy.stix2", 13, 0, 25, 0),
        ("stix/pan-unit42_solarphoenix.json", 637, 2, 23, 0),
        ("maltrail/anonymous_web_proxy.txt", 1034, 0, 0, 0),
        ("maltrail/generic_miner.txt", 341, 45, 0, 0),
        ("maltrail/crypto_mining.txt", 445, 0, 0, 0),
        ("misp/eset_glupteba.misp-event.json", 274, 0, 6, 0),
    ] {
        let report = load(&root, file).report;
        assert_eq!((report.domains, report.urls, report.hashes, report.asns), (domains, urls, hashes, asns), "{file}");
    }
}

/// The measured trap: 62,605 of the 106,404 lines of `sans.txt` are public resolvers.
#[test]
fn resolvers_of_sans_are_not_matched() {
    let Some(root) = shared("data/intel") else {
        return;
    };
    let lines = |file: &str| std::fs::read_to_string(root.join(file)).unwrap();
    let sans = lines("misc/sans.txt");
    let resolvers = lines("misp-warninglists/public-dns-v4.json");
    let resolvers: HashSet<&str> = resolvers.lines().map(|line| line.trim().trim_matches([',', '"'])).collect();
    let both: Vec<IpAddr> =
        sans.lines().filter(|line| resolvers.contains(line)).map(|line| line.parse().unwrap()).collect();
    assert_eq!(both.len(), 62_605);

    let alone = Intel::build(vec![load(&root, "misc/sans.txt")]);
    for address in ["8.8.8.8", "8.8.4.4", "9.9.9.9", "1.0.0.1"] {
        assert!(sans.lines().any(|line| line == address));
        assert!(alone.lookup(&address_bytes(address.parse().unwrap())).is_none(), "{address}");
    }
    let intel = Intel::build(vec![load(&root, "misc/sans.txt"), load(&root, "misp-warninglists/public-dns-v4.json")]);
    assert!(both.iter().all(|address| intel.lookup(&address_bytes(*address)).is_none()));
    let report = &intel.lists()[0].report;
    let never = report.public_dns + report.private_or_special;
    assert!((62_605 - never..=62_605).contains(&report.suppressed_by_warning_list));
    assert_eq!(report.suppressed_by[0].0, "misp-warninglists/public-dns-v4.json");
}

/// However a list was carried here, it holds the same.
#[test]
fn line_ends_marks_and_encodings_change_nothing() {
    let Some(root) = shared("data/intel") else {
        return;
    };
    for &(file, format, ..) in LISTS {
        let bytes = std::fs::read(root.join(file)).unwrap();
        if bytes.len() > 300_000 {
            continue;
        }
        let text = String::from_utf8(bytes).unwrap().replace('\r', "");
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
        let carried = [
            text.replace('\n', "\r\n").into_bytes(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            [&[0xfe, 0xff][..], &wide(&text)].concat(),
            text.replace('\n', "\n\n").into_bytes(),
        ];
        let entries = |bytes: &[u8]| {
            let list = intel::load(file, bytes, &Limits::default());
            let told = |entry: intel::Entry| (entry.prefix, entry.port, entry.label, entry.score, entry.valid_until);
            (list.format, list.topic, list.asns, list.entries.into_iter().map(told).collect::<Vec<_>>())
        };
        let plain = entries(text.as_bytes());
        assert_eq!(plain.0, format, "{file}");
        for (n, bytes) in carried.iter().enumerate() {
            assert!(entries(bytes) == plain, "{file}, {n}");
        }
    }
}

/// The other measured trap: FireHOL level 1 lists private space.
#[test]
fn private_space_of_firehol_is_not_matched() {
    let Some(root) = shared("data/intel") else {
        return;
    };
    let file = "firehol/firehol_level1_2017-12.netset";
    let text = std::fs::read_to_string(root.join(file)).unwrap();
    for net in ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "0.0.0.0/8"] {
        assert!(text.lines().any(|line| line == net), "{net}");
    }
    let intel = Intel::build(vec![load(&root, file)]);
    for address in ["10.1.2.3", "172.20.0.1", "192.168.1.1", "127.0.0.1", "0.0.0.1", "224.0.0.5", "255.255.255.255"] {
        assert!(intel.lookup(&address_bytes(address.parse().unwrap())).is_none(), "{address}");
    }
    assert_eq!(intel.lookup(&[1, 10, 16, 9]).unwrap().prefix().to_string(), "1.10.16.0/20");
}

/// All lists at once: whatever is listed is either found or said to be suppressed, and found in its own list.
#[test]
fn all_lists_together() {
    let Some(root) = shared("data/intel") else {
        return;
    };
    let lists: Vec<List> = LISTS.iter().map(|row| load(&root, row.0)).collect();
    let asked: Vec<_> = lists
        .iter()
        .filter(|list| list.role == Role::Match)
        .flat_map(|list| list.entries.iter().step_by(7).map(|entry| (list.name.clone(), entry.prefix, entry.port)))
        .collect();
    let entries: usize = lists.iter().map(|list| list.entries.len()).sum();
    let intel = Intel::build(lists);
    let (mut found, mut suppressed) = (0u32, 0u32);
    for (name, prefix, port) in asked {
        let bytes = address_bytes(prefix.network());
        match intel.lookup_port(&bytes, port.unwrap_or(0)) {
            Some(hit) => {
                assert!(hit.lists().any(|list| list == name), "{name} {prefix}");
                found += 1;
            }
            None => {
                assert!(intel.suppressed_by(&bytes).is_some(), "{name} {prefix}");
                suppressed += 1;
            }
        }
    }
    eprintln!("{entries} entries in {} bytes; {found} asked for found, {suppressed} suppressed", intel.bytes());
    assert!(found > 80_000 && intel.bytes() < 50 << 20);
}

#[test]
fn community_ids_of_the_reference() {
    let Some(root) = shared("data/pcaps/community-id/baseline") else {
        return;
    };
    for (file, seed) in [("baseline_deflt.json", 0), ("baseline_seed1.json", 1)] {
        let rows: serde_json::Value = serde_json::from_slice(&std::fs::read(root.join(file)).unwrap()).unwrap();
        let rows = rows.as_array().unwrap();
        assert_eq!(rows.len(), 23);
        for row in rows {
            let address = |key: &str| address_bytes(row[key].as_str().unwrap().parse().unwrap());
            let port = |key: &str| row[key].as_u64().map(|port| port as u16);
            let ports = port("sport").zip(port("dport"));
            let id =
                community_id(seed, &address("saddr"), &address("daddr"), row["proto"].as_u64().unwrap() as u8, ports);
            assert_eq!(id.unwrap().as_str(), row["communityid"].as_str().unwrap(), "{row}");
        }
    }
}

/// What the samples say of their own age and cleanliness, with every warning list beside them.
#[test]
fn how_clean_the_lists_are() {
    let Some(root) = shared("data/intel") else {
        return;
    };
    let intel = Intel::build(LISTS.iter().map(|row| load(&root, row.0)).collect());
    const NOW: i64 = 1_790_000_000; // 2026-09-21
    let found = intel.cleanliness(NOW);
    let of = |file: &str| {
        let place = intel.lists().iter().position(|list| list.name == file).expect("a list");
        (found[place].grade.name(), found[place].age_days)
    };
    assert_eq!(of("misc/sans.txt"), ("careless", None), "62,605 resolvers");
    assert_eq!(of("firehol/firehol_level1_2017-12.netset"), ("usable", Some(3_243)));
    assert_eq!(of("abusech/feodo_ipblocklist.csv"), ("usable", Some(900)));
    assert_eq!(of("abusech/sslipblacklist.csv").1, Some(3_993));
    assert_eq!(of("ipsum/ipsum.txt").1, Some(30));
    assert_eq!(of("spamhaus/asn_drop.json").0, "useless", "AS numbers alone");
    assert!(found.iter().all(|one| one.age_days.is_none_or(|days| days >= 0)));
}
