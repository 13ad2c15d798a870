//! What the settings say of decoding, flows and streams.

use crate::settings::Settings;
use applayer::MailLinks;
use engine::Config;
use flow::Timeouts;
use flow::tcp::Delivery;
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
    let is_inline = settings.get("stream.inline").boolean().unwrap_or(simulates_ips);
    flow.delivery = if is_inline { Delivery::Arrival } else { Delivery::Acknowledged };
    flow.tcp_timeouts.closed_s = 60;
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
    config.hashes = hashes(settings);
    let parsers = &mut config.application_limits.parsers;
    parsers.http_body_bytes_max = http_body_limits(settings);
    parsers.mail_links = mail_links(settings.get("app-layer.protocols.smtp.mime"));
    choose_protocols(settings.get("app-layer.protocols"), &mut config.application_limits);
    config
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
    for (_, output) in outputs {
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
