//! What the settings say of decoding, flows and streams.

use crate::settings::Settings;
use applayer::MailLinks;
use engine::{Config, ExceptionPolicy};
use flow::Timeouts;
use flow::tcp::{Delivery, HostPolicies, OverlapPolicy};
use std::net::IpAddr;
use wire::{DecodeConfig, Overlays};

/// An engine that does what Suricata does with these settings.
pub(crate) fn engine_config(settings: &Settings, simulates_ips: bool) -> Config {
    let mut config = Config { decode: DecodeConfig::every_overlay(), ..Config::default() };
    let flow = &mut config.flow;
    flow.vantage = match settings.get("decoder.recursion-level.use-for-tracking").boolean() {
        Some(false) => flow::VantagePolicy::Ignored,
        _ => flow::VantagePolicy::Depth,
    };
    config.has_outer_flows = true;
    flow.direction = flow::DirectionPolicy::FirstPacket;
    flow.recognises_taps = false;
    flow.openings.midstream = settings.get("stream.midstream").boolean().unwrap_or(false);
    flow.openings.one_sided = settings.get("stream.async-oneside").boolean().unwrap_or(false);
    flow.depth_bytes = settings.get("stream.reassembly.depth").bytes().unwrap_or(1 << 20);
    flow.separates_vlans = settings.get("vlan.use-for-tracking").boolean().unwrap_or(true);
    flow.measures_performance = false;
    config.midstream_policy = Some(midstream_policy(settings, simulates_ips));
    let is_inline = settings.get("stream.inline").boolean().unwrap_or(simulates_ips);
    flow.delivery = if is_inline { Delivery::Arrival } else { Delivery::Acknowledged };
    flow.tcp_timeouts.closed_s = 10;
    for (name, timeouts) in [
        ("tcp", &mut flow.tcp_timeouts),
        ("udp", &mut flow.udp_timeouts),
        ("icmp", &mut flow.icmp_timeouts),
        ("default", &mut flow.other_timeouts),
    ] {
        read_timeouts(settings.get("flow-timeouts").get(name), timeouts);
    }
    if settings.get("decoder.vxlan.enabled").boolean() == Some(false) {
        config.decode.overlays = Overlays::Never;
    }
    config.host_policies = host_policies(settings.get("host-os-policy"));
    config.hashes = hashes(settings);
    let parsers = &mut config.application_limits.parsers;
    parsers.http_body_bytes_max = http_body_limits(settings);
    parsers.mail_links = mail_links(settings.get("app-layer.protocols.smtp.mime"));
    choose_protocols(settings.get("app-layer.protocols"), &mut config.application_limits);
    config
}

/// `midstream-policy`, or `exception-policy` for all. Where connections are picked up, only what lets them through makes sense; what
/// drops needs somebody who can.
fn midstream_policy(settings: &Settings, is_inline: bool) -> ExceptionPolicy {
    let is_picked_up = settings.get("stream.midstream").boolean().unwrap_or(false);
    let automatic = if is_inline && !is_picked_up { ExceptionPolicy::DropFlow } else { ExceptionPolicy::Ignore };
    let named = |name: &str| ExceptionPolicy::named(settings.get(name).text()?, automatic);
    let policy = named("stream.midstream-policy").or_else(|| named("exception-policy")).unwrap_or(automatic);
    let is_meaningful = match policy {
        ExceptionPolicy::Ignore | ExceptionPolicy::PassFlow => true,
        ExceptionPolicy::Bypass | ExceptionPolicy::PassPacket => !is_picked_up,
        _ => !is_picked_up && is_inline,
    };
    if is_meaningful { policy } else { ExceptionPolicy::Ignore }
}

/// `enabled` of each protocol: `yes`, `no` or `detection-only`.
fn choose_protocols(settings: &Settings, limits: &mut applayer::Limits) {
    for protocol in applayer::PROTOCOLS {
        let enabled = settings.get(protocol.name()).get("enabled");
        if enabled.boolean() == Some(false) {
            limits.ignored.insert(protocol.name());
        } else if enabled.text() == Some("detection-only") {
            limits.unread.insert(protocol.name());
        }
    }
}

/// `request-body-limit` and `response-body-limit`; 0 is no limit. Settings that say nothing of them mean 4 KiB, and without
/// settings there is what Suricata is shipped with.
fn http_body_limits(settings: &Settings) -> [u64; 2] {
    let own = settings.get("app-layer.protocols.http.libhtp.default-config");
    let is_shipped = settings.get("outputs").is_nothing();
    let unsaid = if is_shipped { 100 << 10 } else { 4 << 10 };
    ["request-body-limit", "response-body-limit"].map(|name| match own.get(name).bytes() {
        None => unsaid,
        Some(0) => u64::MAX,
        Some(bytes) => bytes,
    })
}

/// `extract-urls-schemes` and `log-url-scheme`.
fn mail_links(mime: &Settings) -> MailLinks {
    let mut links = MailLinks { with_scheme: mime.get("log-url-scheme").boolean() == Some(true), ..MailLinks::DEFAULT };
    let schemes = mime.get("extract-urls-schemes").items();
    if !schemes.is_empty() {
        let is_named = |scheme: &str| schemes.iter().any(|named| named.text() == Some(scheme));
        links.schemes = MailLinks::SCHEMES.map(is_named);
    }
    links
}

/// `host-os-policy`: networks by the name of their system.
fn host_policies(settings: &Settings) -> HostPolicies {
    let mut policies = HostPolicies::default();
    for (system, networks) in settings.entries() {
        let policy = match system.as_str() {
            "old-solaris" => Some(OverlapPolicy::Solaris),
            "bsd-right" => Some(OverlapPolicy::Last),
            name => OverlapPolicy::from_name(name),
        };
        let networks = networks.items().iter().filter_map(Settings::text).filter_map(network);
        for (policy, (address, prefix)) in
            policy.into_iter().flat_map(|policy| networks.clone().map(move |it| (policy, it)))
        {
            policies.insert(address, prefix, policy);
        }
    }
    policies
}

fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let address: IpAddr = address.trim().parse().ok()?;
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.map_or(Some(whole), |prefix| prefix.trim().parse().ok())?;
    (prefix <= whole).then_some((address, prefix))
}

fn read_timeouts(settings: &Settings, timeouts: &mut Timeouts) {
    let seconds = |name: &str| settings.get(name).text().and_then(|seconds| seconds.parse().ok());
    timeouts.new_s = seconds("new").unwrap_or(timeouts.new_s);
    timeouts.established_s = seconds("established").unwrap_or(timeouts.established_s);
    timeouts.closed_s = seconds("closed").unwrap_or(timeouts.closed_s);
}

/// `force-hash` of the outputs that speak of files.
fn hashes(settings: &Settings) -> engine::Hashes {
    // A kept file has its name from it.
    let sha256 = crate::file_store::enabled(settings).is_some();
    let mut hashes = engine::Hashes { sha256, ..engine::Hashes::default() };
    let outputs = settings.get("outputs").items().iter().filter_map(Settings::named);
    for (name, output) in outputs {
        // A file is stored under its SHA-256.
        hashes.sha256 |= name == "file-store" && output.get("enabled").boolean() == Some(true);
        let types = output.get("types").items().iter().filter_map(Settings::named);
        let files = types.filter(|(name, _)| *name == "files").map(|(_, files)| files);
        for name in files.chain([output]).flat_map(|files| files.get("force-hash").items()) {
            match name.text() {
                Some("md5") => hashes.md5 = true,
                Some("sha1") => hashes.sha1 = true,
                Some("sha256") => hashes.sha256 = true,
                _ => {}
            }
        }
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, is_inline: bool, expected: ExceptionPolicy) {
        let settings = Settings::parse(text).expect("YAML");
        assert_eq!(midstream_policy(&settings, is_inline), expected, "{text}");
    }

    #[test]
    fn policies_for_connections_met_in_the_middle() {
        use ExceptionPolicy::{DropFlow, Ignore, PassFlow, Reject};
        for (text, ids, ips) in [
            ("a: b", Ignore, DropFlow),
            ("exception-policy: auto", Ignore, DropFlow),
            ("exception-policy: ignore", Ignore, Ignore),
            ("exception-policy: ignore\nstream:\n  midstream-policy: pass-flow", PassFlow, PassFlow),
            ("stream:\n  midstream-policy: reject", Ignore, Reject),
            ("stream:\n  midstream: yes", Ignore, Ignore),
            ("stream:\n  midstream: yes\n  midstream-policy: drop-flow", Ignore, Ignore),
        ] {
            check(text, false, ids);
            check(text, true, ips);
        }
    }

    #[test]
    fn systems_of_hosts() {
        let text = "host-os-policy:\n  windows: [0.0.0.0/0]\n  old-linux: [2.2.2.2, '::1/128', 1.2.3.4/33]\n  no-such: [9.9.9.9]";
        let policies = host_policies(Settings::parse(text).expect("YAML").get("host-os-policy"));
        for (host, expected) in [
            ("1.2.3.4", OverlapPolicy::Windows),
            ("2.2.2.2", OverlapPolicy::OldLinux),
            ("::1", OverlapPolicy::OldLinux),
        ] {
            assert_eq!(policies.of(host.parse().expect("address")), Some(expected), "{host}");
        }
        assert_eq!(policies.of("9.9.9.9".parse().expect("address")), Some(OverlapPolicy::Windows));
    }
}
