//! Files of each form, and who is found at which moment.

use super::*;

fn inventory(files: &[(&str, &str)]) -> Inventory {
    let load = |(name, text): &(&str, &str)| load(name, text.as_bytes(), &Limits::default()).expect("a known form");
    Inventory::build(files.iter().map(load).collect())
}

#[track_caller]
fn check(inventory: &Inventory, address: &str, at: i64, expected: &str) {
    let owner = inventory.address(address.parse().expect("an address"), at);
    assert_eq!(owner.map(Owner::to_string).unwrap_or_default(), expected, "{address} at {at}");
}

#[test]
fn what_the_api_says() {
    let inventory = inventory(&[(
        "eni.json",
        r#"{"NetworkInterfaces": [
            {"NetworkInterfaceId": "eni-1", "Description": "ELB app/shop/6d1f2a90c47b83e5", "InterfaceType": "interface",
             "PrivateIpAddress": "10.0.0.1", "Association": {"PublicIp": "34.249.17.61"},
             "Ipv6Addresses": [{"Ipv6Address": "2001:db8::1"}]},
            {"NetworkInterfaceId": "eni-2", "Attachment": {"InstanceId": "i-7"}, "PrivateIpAddress": "10.0.0.2",
             "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.3", "Association": {"PublicIp": "52.0.0.3"}}],
             "TagSet": [{"Key": "Name", "Value": "jump-1"}]},
            {"NetworkInterfaceId": "eni-3", "Description": "RDSNetworkInterface", "PrivateIpAddress": "10.0.0.4"},
            {"Description": "nothing"}
        ]}"#,
    )]);
    for (address, expected) in [
        ("10.0.0.1", "ALB shop"),
        ("34.249.17.61", "ALB shop"),
        ("2001:db8::1", "ALB shop"),
        ("::ffff:10.0.0.2", "EC2 jump-1"),
        ("52.0.0.3", "EC2 jump-1"),
        ("10.0.0.4", "RDS"),
        ("10.0.0.9", ""),
    ] {
        check(&inventory, address, 0, expected);
    }
    assert_eq!(inventory.interface("eni-2", 0).map(Owner::to_string).as_deref(), Some("EC2 jump-1"));
    assert_eq!((inventory.files()[0].format.name(), inventory.files()[0].unread), ("aws_network_interfaces", 1));
}

#[test]
fn who_had_the_address_then() {
    let inventory = inventory(&[(
        "own.csv",
        "eni,ip,service,name,from,to\n\
         eni-1,10.0.0.1,RDS,orders,2026-01-01,2026-02-01\n\
         eni-2,10.0.0.1,Lambda,\"mail, out\",2026-02-01T00:00:00Z,\n\
         ,10.0.0.2,ECS task,cart,,\n\
         eni-3,,NAT gateway,,1767225600,soon\n",
    )]);
    let january = 1_768_000_000;
    check(&inventory, "10.0.0.1", january, "RDS orders");
    check(&inventory, "10.0.0.1", january + 40 * 86_400, "Lambda mail, out");
    check(&inventory, "10.0.0.1", january - 40 * 86_400, "");
    check(&inventory, "10.0.0.2", 0, "ECS task cart");
    // A time that cannot be read is not "always".
    assert_eq!((inventory.interface("eni-3", january), inventory.files()[0].unread), (None, 1));
}

#[test]
fn the_snapshot_before_the_flow_counts() {
    let item = |at: &str, status: &str, description: &str| {
        format!(
            r#"{{"resourceType": "AWS::EC2::NetworkInterface", "resourceId": "eni-1", "configurationItemCaptureTime": "{at}",
            "configurationItemStatus": "{status}", "configuration": {{"networkInterfaceId": "eni-1",
            "description": "{description}", "privateIpAddress": "10.0.0.1"}}}}"#
        )
    };
    let document = format!(
        r#"{{"configurationItems": [{}, {}, {}]}}"#,
        item("2026-01-10T00:00:00Z", "OK", "ELB app/old/1"),
        item("2026-01-20T00:00:00Z", "OK", "ELB app/new/1"),
        item("2026-01-30T00:00:00Z", "ResourceDeleted", "")
    );
    let inventory = inventory(&[("config.json", &document)]);
    let day = |day: i64| 1_767_225_600 + day * 86_400;
    check(&inventory, "10.0.0.1", day(3), "ALB old");
    check(&inventory, "10.0.0.1", day(12), "ALB old");
    check(&inventory, "10.0.0.1", day(25), "ALB new");
    check(&inventory, "10.0.0.1", day(40), "");
}

#[test]
fn the_most_special_range_counts() {
    let inventory = inventory(&[
        (
            "aws.json",
            r#"{"prefixes": [
                {"ip_prefix": "52.92.0.0/17", "service": "S3", "region": "eu-west-1"},
                {"ip_prefix": "52.92.0.0/17", "service": "AMAZON", "region": "eu-west-1"},
                {"ip_prefix": "52.92.0.0/20", "service": "AMAZON", "region": "eu-west-1"},
                {"ip_prefix": "52.92.0.0/17", "service": "EC2", "region": "eu-west-1"},
                {"ip_prefix": "52.93.0.0/16", "service": "AMAZON", "region": "GLOBAL"}, {"ip_prefix": "x"}],
               "ipv6_prefixes": [{"ipv6_prefix": "2a05:d000::/24", "service": "EC2", "region": "eu-west-3"}]}"#,
        ),
        (
            "azure.json",
            r#"{"values": [
                {"name": "AzureCloud", "properties": {"region": "", "addressPrefixes": ["20.38.0.0/16"]}},
                {"name": "AzureCloud.westeurope", "properties": {"region": "westeurope", "addressPrefixes": ["20.38.0.0/16"]}},
                {"name": "Storage", "properties": {"region": "", "addressPrefixes": ["20.38.108.0/23"]}},
                {"name": "Storage.WestEurope", "properties": {"region": "westeurope", "addressPrefixes": ["20.38.108.0/23"]}}]}"#,
        ),
        (
            "cloud.json",
            r#"{"prefixes": [{"ipv4Prefix": "34.80.0.0/15", "service": "Google Cloud", "scope": "asia-east1"},
                             {"ipv6Prefix": "2600:1900:8000::/44", "service": "Google Cloud", "scope": "africa-south1"}]}"#,
        ),
        ("goog.json", r#"{"prefixes": [{"ipv4Prefix": "34.80.0.0/12"}]}"#),
        (
            "oci.json",
            r#"{"regions": [{"region": "us-ashburn-1", "cidrs": [{"cidr": "129.80.0.0/16", "tags": ["OCI"]}]}]}"#,
        ),
    ]);
    for (address, expected) in [
        ("52.92.3.4", "AWS S3 eu-west-1"),
        ("52.93.3.4", "AWS GLOBAL"),
        ("2a05:d000::1", "AWS EC2 eu-west-3"),
        ("20.38.1.1", "Azure westeurope"),
        ("20.38.108.7", "Azure Storage westeurope"),
        ("34.81.0.1", "Google Cloud asia-east1"),
        ("34.83.0.1", "Google"),
        ("129.80.1.1", "Oracle Cloud us-ashburn-1"),
        ("8.8.8.8", ""),
    ] {
        check(&inventory, address, 0, expected);
    }
}

#[test]
fn what_is_no_inventory() {
    for text in [
        "",
        "{}",
        "[]",
        "[1, 2]",
        "a,b\n1,2\n",
        "{\"NetworkInterfaces\": 3}",
        "{\"prefixes\": [{}]}",
        "{\"a\": ",
        "\u{0}",
    ] {
        assert!(load("x", text.as_bytes(), &Limits::default()).is_err(), "{text}");
    }
    let broken = load("x.json", b"{\"a\": ", &Limits::default()).expect_err("broken");
    assert!(broken.why.starts_with("the JSON is not right"), "{broken}");
}

#[test]
fn a_limit_is_counted() {
    let limits = Limits { entries_max: 2, ..Limits::default() };
    let text = "ip,service\n10.0.0.1,a\n10.0.0.2,b\n10.0.0.3,c\n";
    let file = load("own.csv", text.as_bytes(), &limits).expect("a table");
    assert_eq!((file.entries(), file.unread), (2, 1));
}

#[test]
fn where_interfaces_are() {
    let inventory = inventory(&[
        (
            "eni.json",
            r#"[{"NetworkInterfaceId": "eni-1", "PrivateIpAddress": "10.0.0.1", "AvailabilityZone": "eu-west-1a",
                 "SubnetId": "subnet-1", "VpcId": "vpc-1", "OwnerId": "1"}]"#,
        ),
        (
            "own.csv",
            "ip,service,zone,region,vnet\n10.0.0.2,web,2,westeurope,office\n10.0.0.3,db,euw1-az2,,\n10.0.0.4,x,,,\n",
        ),
    ]);
    let place = |id: &str, address: &str| inventory.place(id, address.parse().expect("an address"), 0);
    let told = |place: &Place| {
        [place.known_region(), &*place.zone, &*place.zone_id, &*place.network].map(str::to_owned).join(" ")
    };
    for (id, address, expected) in [
        ("", "10.0.0.1", Some("eu-west-1 eu-west-1a  vpc-1")),
        ("eni-1", "192.0.2.1", Some("eu-west-1 eu-west-1a  vpc-1")),
        ("", "10.0.0.2", Some("westeurope 2  office")),
        ("", "10.0.0.3", Some("  euw1-az2 ")),
        ("", "10.0.0.4", None),
        ("", "10.0.0.5", None),
    ] {
        assert_eq!(place(id, address).map(told).as_deref(), expected, "{id} {address}");
    }
}
