//! The real inventories and range files of the shared data: skipped, with a note, where they are absent.

use enrich::inventory::{File, Inventory, Limits, Owner, load};
use std::io::Read;
use std::path::{Path, PathBuf};

/// `FATHOM_SHARED`, else `shared` beside the workspace.
fn shared(part: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("FATHOM_SHARED").map_or(beside, PathBuf::from).join("data/flowlogs").join(part);
    if !path.exists() {
        eprintln!("skipped: {} is absent (set FATHOM_SHARED)", path.display());
        return None;
    }
    Some(path)
}

fn read(path: &Path) -> File {
    let mut bytes = std::fs::read(path).expect("readable");
    if path.extension().is_some_and(|ending| ending == "gz") {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut plain).expect("gzip");
        bytes = plain;
    }
    load(&path.display().to_string(), &bytes, &Limits::default()).expect("a known form")
}

#[track_caller]
fn check(inventory: &Inventory, address: &str, expected: &str) {
    let owner = inventory.address(address.parse().expect("an address"), 1_778_000_000);
    assert_eq!(owner.map(Owner::to_string).unwrap_or_default(), expected, "{address}");
}

/// What each recorded answer says of its interfaces, by address.
const RECORDED: &[(&str, &[(&str, &str)])] = &[
    ("ecs_task_network_location_filter_sg", &[("10.0.1.232", "ECS task")]),
    ("eip_used_by", &[("10.0.1.151", "NAT gateway nat-03362ee41477cbc96"), ("10.0.7.84", "EC2 i-02bdb80e43cda8576")]),
    (
        "interface_detach_primary_nic_1",
        &[
            ("10.146.96.20", "transit gateway tgw-attach-063138e03e7866a3d"),
            ("10.146.96.21", "VPC endpoint vpce-0ae25b74ddcffae7b"),
            ("10.146.96.42", ""),
        ],
    ),
    ("interface_detach_primary_nic_2", &[("10.146.96.42", "EC2 i-0feb6dd62cea504f5")]),
    ("network_interface_filter", &[("10.4.8.179", "")]),
    (
        "network_location_match_in_triple_intersect",
        &[
            ("172.31.29.132", "EFS fs-017557a9f00b1bec9"),
            ("172.16.0.18", "Directory Service d-90677cc91c"),
            ("10.4.9.201", ""),
            ("172.31.9.28", "Lambda test-python"),
            ("172.31.8.114", "RDS"),
        ],
    ),
    ("security_group_unused", &[("172.31.23.100", "RDS"), ("172.31.1.181", "Classic ELB test-load-balancer")]),
    (
        "security_group_used",
        &[("172.31.26.53", "EC2 i-017cf4e2a33b853fe"), ("10.81.74.32", "Lambda"), ("100.71.36.229", "EKS node")],
    ),
];

#[test]
fn recorded_interfaces() {
    let Some(root) = shared("eni_inventory/cloud-custodian") else { return };
    for (name, expected) in RECORDED {
        let file = read(&root.join(format!("test_{name}.json")));
        assert_eq!(file.unread, 0, "{name}");
        let inventory = Inventory::build(vec![file]);
        expected.iter().for_each(|(address, owner)| check(&inventory, address, owner));
    }
    let files: Vec<File> =
        std::fs::read_dir(root).expect("a folder").map(|entry| read(&entry.expect("an entry").path())).collect();
    assert_eq!(files.iter().map(File::entries).sum::<usize>(), 66);
}

#[test]
fn published_ranges() {
    let Some(root) = shared("ip_ranges") else { return };
    let paths = ["2026-05-06/aws.json.gz", "2026-05-06/azure.json.gz", "2026-05-06/gcp.json.gz"];
    let mut files: Vec<File> = paths.iter().map(|path| read(&root.join(path))).collect();
    files.push(read(&root.join("2025-07/oracle-cloud-ip-ranges.json")));
    let formats: Vec<&str> = files.iter().map(|file| file.format.name()).collect();
    assert_eq!(formats, ["aws_ip_ranges", "azure_service_tags", "google_ip_ranges", "oracle_ip_ranges"]);
    assert!(files.iter().all(|file| file.unread == 0 && file.entries() > 500));
    assert_eq!(files[2].entries(), 937);
    let inventory = Inventory::build(files);
    for (address, expected) in [
        ("3.5.140.1", "AWS S3 ap-northeast-2"),
        ("52.95.110.1", "AWS ROUTE53 GLOBAL"),
        ("34.80.0.1", "Google Cloud asia-east1"),
        ("129.80.1.1", "Oracle Cloud us-ashburn-1"),
        ("4.145.74.53", "Azure ActionGroup southeastasia"),
        ("20.60.1.1", "Azure Storage westus"),
        ("192.0.2.1", ""),
    ] {
        check(&inventory, address, expected);
    }
}
