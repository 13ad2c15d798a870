//! The address ranges that clouds publish.

use super::{File, Format, Limits, Owner, Range};
use crate::prefix::parse_prefix;
use serde_json::Value;

/// Reads a document, if it is a list of ranges.
pub(super) fn read(name: &str, document: &Value, limits: &Limits) -> Option<File> {
    let prefixes = || list(document, "prefixes").chain(list(document, "ipv6_prefixes"));
    let mut file = if prefixes().any(|prefix| prefix.get("ip_prefix").or(prefix.get("ipv6_prefix")).is_some()) {
        Reader { file: File::new(name, Format::AwsRanges), limits }.aws(prefixes())
    } else if prefixes().any(|prefix| prefix.get("ipv4Prefix").or(prefix.get("ipv6Prefix")).is_some()) {
        Reader { file: File::new(name, Format::GoogleRanges), limits }.google(prefixes())
    } else if list(document, "values").any(|tag| tag.pointer("/properties/addressPrefixes").is_some()) {
        Reader { file: File::new(name, Format::AzureRanges), limits }.azure(document)
    } else if list(document, "regions").any(|region| region.get("cidrs").is_some()) {
        Reader { file: File::new(name, Format::OracleRanges), limits }.oracle(document)
    } else {
        return None;
    };
    file.ranges.shrink_to_fit();
    Some(file)
}

fn list<'a>(object: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    object.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or("")
}

struct Reader<'a> {
    file: File,
    limits: &'a Limits,
}

impl Reader<'_> {
    fn add(&mut self, prefix: &str, service: &str, region: &str, rank: u32) {
        match parse_prefix(prefix) {
            Ok(net) if self.file.has_room(self.limits) => {
                let owner = Owner { service: service.to_owned(), name: region.to_owned() };
                self.file.ranges.push(Range { net, owner, rank });
            }
            Ok(_) => {}
            Err(_) => self.file.unread += 1,
        }
    }

    /// `AMAZON` is everything, and `EC2` all that customers rent; other services say more.
    fn aws<'v>(mut self, prefixes: impl Iterator<Item = &'v Value>) -> File {
        for prefix in prefixes {
            let (service, rank) = match text(prefix, "service") {
                "AMAZON" | "" => ("AWS".to_owned(), 0),
                "EC2" => ("AWS EC2".to_owned(), 1),
                other => (format!("AWS {other}"), 2),
            };
            let net = [text(prefix, "ip_prefix"), text(prefix, "ipv6_prefix")].concat();
            self.add(&net, &service, text(prefix, "region"), rank);
        }
        self.file
    }

    /// `cloud.json` names the region of customers' addresses; `goog.json` names all of Google's.
    fn google<'v>(mut self, prefixes: impl Iterator<Item = &'v Value>) -> File {
        for prefix in prefixes {
            let (service, rank) = match text(prefix, "service") {
                "" => ("Google", 0),
                service => (service, 1),
            };
            let net = [text(prefix, "ipv4Prefix"), text(prefix, "ipv6Prefix")].concat();
            self.add(&net, service, text(prefix, "scope"), rank);
        }
        self.file
    }

    /// A prefix stands in many tags: in `AzureCloud`, in that of its service, and in one for each region. The tag of a
    /// region says more than that of all regions, and a small tag more than a large one.
    fn azure(mut self, document: &Value) -> File {
        let has_regions = list(document, "values").any(|tag| text(tag, "name").starts_with("AzureCloud."));
        for tag in list(document, "values") {
            let properties = tag.get("properties").unwrap_or(&Value::Null);
            let (name, region) = (text(tag, "name"), text(properties, "region"));
            let prefixes: Vec<&str> = list(properties, "addressPrefixes").filter_map(Value::as_str).collect();
            let service = name.split('.').next().unwrap_or(name);
            let is_special = !service.is_empty() && service != "AzureCloud";
            let smallness = (1 << 24) - (prefixes.len() as u32).min((1 << 24) - 1);
            let rank = u32::from(is_special) * (u32::from(!region.is_empty()) << 25 | smallness);
            let shown = if is_special { format!("Azure {service}") } else { "Azure".to_owned() };
            // Without a region AzureCloud would hide its own regional tags, which are as wide.
            let is_wanted = is_special || !region.is_empty() || !has_regions;
            prefixes.into_iter().filter(|_| is_wanted).for_each(|prefix| self.add(prefix, &shown, region, rank));
        }
        self.file
    }

    fn oracle(mut self, document: &Value) -> File {
        for region in list(document, "regions") {
            for range in list(region, "cidrs") {
                let tags = || list(range, "tags").filter_map(Value::as_str);
                let (service, rank) = match tags().find(|tag| *tag != "OCI") {
                    Some("OBJECT_STORAGE") => ("Oracle Object Storage", 2),
                    Some(_) => ("Oracle Services Network", 1),
                    None => ("Oracle Cloud", 0),
                };
                self.add(text(range, "cidr"), service, text(region, "region"), rank);
            }
        }
        self.file
    }
}
