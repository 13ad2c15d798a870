//! Which events are written, and where.

use crate::run::Remark;
use crate::settings::Settings;
use engine::eve::{DnsOptions, DropOptions, EveOptions, LineFormat, RecordTypes, StatsOptions, TableSet};
use engine::tables::transaction_tables;

/// EVE's `types` that are tables of ours under another name.
const OTHER_NAMES: &[(&str, &str)] = &[("http2", "http"), ("bittorrent-dht", "bittorrent_dht")];

/// One `eve-log`: its file, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EveOutput {
    pub(crate) file_name: String,
    /// Behind what is in the file already.
    pub(crate) appends: bool,
    pub(crate) options: EveOptions,
}

impl Default for EveOutput {
    fn default() -> Self {
        let options = EveOptions { stats: Some(STATS), ..EveOptions::default() };
        EveOutput { file_name: "eve.json".to_owned(), appends: false, options }
    }
}

/// `stats` as shipped; rules and `ips` are filled in when they are known.
const STATS: StatsOptions = StatsOptions { zeros: true, rules: None, is_inline: false };

/// What the settings say of `eve-log`, as often as they do; without a word of outputs, what Suricata is shipped with.
pub(crate) fn eve_outputs(settings: &Settings, remarks: &mut Vec<Remark>) -> Vec<EveOutput> {
    let outputs = settings.get("outputs");
    let named = outputs.items().iter().filter_map(Settings::named);
    let output = |(name, settings)| match name {
        "eve-log" => eve_output(settings, remarks),
        "fast" => fast_output(settings),
        _ => None,
    };
    let mut found: Vec<EveOutput> = named.filter_map(output).collect();
    if outputs.items().is_empty() {
        let mut output = EveOutput::default();
        output.options.dns = read_dns(&Settings::Nothing, remarks);
        found.push(output);
    }
    if settings.get("stats").get("enabled").boolean() == Some(false) {
        found.iter_mut().for_each(|output| output.options.stats = None);
    }
    found
}

/// `fast`: alerts in words; `None` if it is off.
fn fast_output(fast: &Settings) -> Option<EveOutput> {
    let options = EveOptions { format: LineFormat::Fast, stats: None, ..EveOptions::default() };
    let file_name = fast.get("filename").text().unwrap_or("fast.log").to_owned();
    let is_on = fast.get("enabled").boolean() != Some(false);
    is_on.then_some(EveOutput { file_name, appends: fast.get("append").boolean() == Some(true), options })
}

/// One `eve-log`; `None` if it is off, or goes where this program does not write.
fn eve_output(eve: &Settings, remarks: &mut Vec<Remark>) -> Option<EveOutput> {
    if eve.get("enabled").boolean() == Some(false) {
        return None;
    }
    if let Some(file_type) = eve.get("filetype").text().filter(|name| *name != "regular") {
        remarks.push(Remark::FileType(file_type.to_owned()));
        return None;
    }
    let mut output = EveOutput { appends: eve.get("append").boolean() == Some(true), ..EveOutput::default() };
    if let Some(file_name) = eve.get("filename").text() {
        output.file_name = file_name.to_owned();
    }
    output.options.community_id_seed = (eve.get("community-id").boolean() == Some(true))
        .then(|| eve.get("community-id-seed").text().and_then(|seed| seed.parse().ok()).unwrap_or(0));
    output.options.metadata = eve.get("metadata").boolean() != Some(false);
    output.options.capture_name = eve.get("pcap-file").boolean() == Some(true);
    output.options.macs = eve.get("ethernet").boolean() == Some(true);
    let is_on =
        |name: &&str| eve.get(name).boolean() == Some(true) || eve.get(name).get("enabled").boolean() == Some(true);
    remarks.extend(UNWRITTEN.iter().copied().filter(is_on).map(|name| Remark::Setting(format!("eve-log.{name}"))));
    if !eve.get("types").is_nothing() {
        read_types(eve.get("types"), &mut output.options, remarks);
    }
    Some(output)
}

/// Switches of `eve-log` that change nothing here.
const UNWRITTEN: &[&str] = &["xff", "threaded"];

fn read_types(types: &Settings, options: &mut EveOptions, remarks: &mut Vec<Remark>) {
    (options.alerts, options.arp, options.drops) = (false, false, false);
    (options.flows, options.netflows, options.stats) = (false, false, None);
    options.files = false;
    options.application_anomalies = false;
    options.tables = TableSet::none();
    for (name, settings) in types.items().iter().filter_map(Settings::named) {
        if settings.get("enabled").boolean() == Some(false) {
            continue;
        }
        match name {
            "alert" => read_alert(settings, options),
            "arp" => options.arp = true,
            "drop" => read_drop(settings, options),
            "flow" => options.flows = true,
            "netflow" => options.netflows = true,
            "stats" => options.stats = Some(read_stats(settings)),
            "files" => options.files = true,
            "anomaly" => read_anomaly_types(settings.get("types"), options),
            name => read_table(name, settings, options, remarks),
        }
    }
}

/// `stats`: with counters that are zero, or without. Before Suricata 8 they were called nulls.
fn read_stats(settings: &Settings) -> StatsOptions {
    let is_off = |name: &str| settings.get(name).boolean() == Some(false);
    StatsOptions { zeros: !is_off("zero-values") && !is_off("null-values"), ..STATS }
}

/// `alert`: what is shown of the rule, the application and the bytes.
fn read_alert(settings: &Settings, options: &mut EveOptions) {
    options.alerts = true;
    let alert = &mut options.alert;
    let is_on = |name: &str| settings.get(name).boolean() == Some(true);
    let metadata = settings.get("metadata");
    let is_of_metadata = |name: &str| metadata.get(name).boolean() != Some(false);
    let is_told = metadata.boolean() != Some(false);
    alert.metadata = is_told && metadata.get("rule").get("metadata").boolean() != Some(false);
    alert.flow = is_told && is_of_metadata("flow");
    alert.application = is_told && is_of_metadata("app-layer");
    alert.references = metadata.get("rule").get("reference").boolean() == Some(true) || is_on("reference");
    alert.payload = is_on("payload");
    alert.payload_printable = is_on("payload-printable");
    alert.packet = is_on("packet");
    alert.verdict = is_on("verdict");
    alert.tagged_packets = settings.get("tagged-packets").boolean() != Some(false);
    if let Some(bytes) = settings.get("payload-buffer-size").bytes() {
        alert.payload_bytes_max = usize::try_from(bytes).unwrap_or(usize::MAX);
    }
}

/// `drop`: which packets, and what is shown of them.
fn read_drop(settings: &Settings, options: &mut EveOptions) {
    let is_on = |name: &str| settings.get(name).boolean() == Some(true);
    options.drops = true;
    options.drop = DropOptions {
        alerts: is_on("alerts"),
        every_packet: settings.get("flows").text() == Some("all"),
        verdict: is_on("verdict"),
    };
}

fn read_anomaly_types(types: &Settings, options: &mut EveOptions) {
    options.decode_anomalies = types.get("decode").boolean().unwrap_or(false);
    options.stream_anomalies = types.get("stream").boolean().unwrap_or(false);
    options.application_anomalies = types.get("applayer").boolean().unwrap_or(true);
}

/// What `custom` of `tls` may name, and is told only where it is asked for.
const DUMPS: &[&str] = &["client_handshake", "server_handshake", "certificate", "chain"];

/// `dns`: which messages, and how. The variable goes before the settings, as in Suricata.
fn read_dns(dns: &Settings, remarks: &mut Vec<Remark>) -> DnsOptions {
    let is_on = |name: &str| dns.get(name).boolean() != Some(false);
    let version = std::env::var("SURICATA_EVE_DNS_VERSION").ok();
    let version = version.as_deref().or(dns.get("version").text());
    let named = |key: &str| dns.get(key).items().iter().filter_map(Settings::text).collect::<Vec<_>>();
    let (formats, types) = (named("formats"), named("types"));
    let has_format = |name: &str| formats.is_empty() || formats.contains(&name);
    let mut wanted = RecordTypes::default();
    let unknown =
        types.iter().filter(|name| !wanted.insert(name)).map(|name| Remark::Setting(format!("dns.types: {name}")));
    remarks.extend(unknown.collect::<Vec<_>>());
    DnsOptions {
        requests: is_on("requests"),
        responses: is_on("responses"),
        types: (!types.is_empty()).then_some(wanted),
        detailed: has_format("detailed"),
        grouped: has_format("grouped"),
        is_version_2: version == Some("2"),
    }
}

fn read_table(name: &str, settings: &Settings, options: &mut EveOptions, remarks: &mut Vec<Remark>) {
    let own = OTHER_NAMES.iter().find(|(other, _)| *other == name).map_or(name, |(_, own)| own);
    let is_table = transaction_tables().iter().any(|table| table.name == own);
    if is_table {
        options.tables.insert(own);
        if own == "ftp" {
            options.tables.insert("ftp_data");
        }
        let is_dump = |name: &Settings| DUMPS.iter().any(|dump| name.text() == Some(*dump));
        if own == "dns" {
            options.dns = read_dns(settings, remarks);
        }
        options.dumps |= settings.get("dump-all-headers").text().is_some();
        options.dumps |= own == "ike" && settings.get("extended").boolean() == Some(true);
        options.dumps |= settings.get("custom").items().iter().any(is_dump);
        options.passwords |= settings.get("passwords").boolean() == Some(true);
    } else {
        remarks.push(Remark::EventType(name.to_owned()));
    }
}
