//! Which events are written, and where.

use crate::run::Remark;
use crate::settings::Settings;
use engine::eve::{EveOptions, TableSet};
use engine::tables::transaction_tables;

/// EVE's `types` that are tables of ours under another name.
const OTHER_NAMES: &[(&str, &str)] = &[("http2", "http"), ("ftp_data", "ftp_data")];

/// `eve-log`: its file, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EveOutput {
    pub(crate) file_name: String,
    pub(crate) options: EveOptions,
}

impl Default for EveOutput {
    fn default() -> Self {
        EveOutput { file_name: "eve.json".to_owned(), options: EveOptions::default() }
    }
}

/// What the settings say of `eve-log`; without a word of it, what Suricata is shipped with. `None` if it is off.
pub(crate) fn eve_output(settings: &Settings, remarks: &mut Vec<Remark>) -> Option<EveOutput> {
    let outputs = settings.get("outputs");
    let named = outputs.items().iter().filter_map(Settings::named);
    let mut eve = named.filter(|(name, _)| *name == "eve-log").map(|(_, eve)| eve);
    let Some(eve) = eve.next() else {
        let is_silent = outputs.items().is_empty();
        return is_silent.then(EveOutput::default).map(|output| with_globals(output, settings));
    };
    if eve.get("enabled").boolean() == Some(false) {
        return None;
    }
    let mut output = EveOutput::default();
    if let Some(file_name) = eve.get("filename").text() {
        output.file_name = file_name.to_owned();
    }
    output.options.community_id_seed = (eve.get("community-id").boolean() == Some(true))
        .then(|| eve.get("community-id-seed").text().and_then(|seed| seed.parse().ok()).unwrap_or(0));
    output.options.macs = eve.get("ethernet").boolean() == Some(true);
    if !eve.get("types").is_nothing() {
        read_types(eve.get("types"), &mut output.options, remarks);
    }
    Some(with_globals(output, settings))
}

/// Settings outside of `eve-log` that change it.
fn with_globals(output: EveOutput, _settings: &Settings) -> EveOutput {
    output
}

fn read_types(types: &Settings, options: &mut EveOptions, remarks: &mut Vec<Remark>) {
    (options.alerts, options.drops) = (false, false);
    options.flows = false;
    options.files = false;
    options.application_anomalies = false;
    options.tables = TableSet::none();
    for (name, settings) in types.items().iter().filter_map(Settings::named) {
        if settings.get("enabled").boolean() == Some(false) {
            continue;
        }
        match name {
            "alert" => read_alert(settings, options),
            "drop" => options.drops = true,
            "flow" => options.flows = true,
            "files" => options.files = true,
            "anomaly" => read_anomaly_types(settings.get("types"), options),
            name => read_table(name, settings, options, remarks),
        }
    }
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
    if let Some(bytes) = settings.get("payload-buffer-size").bytes() {
        alert.payload_bytes_max = usize::try_from(bytes).unwrap_or(usize::MAX);
    }
}

fn read_anomaly_types(types: &Settings, options: &mut EveOptions) {
    options.decode_anomalies = types.get("decode").boolean().unwrap_or(false);
    options.stream_anomalies = types.get("stream").boolean().unwrap_or(false);
    options.application_anomalies = types.get("applayer").boolean().unwrap_or(true);
}

fn read_table(name: &str, settings: &Settings, options: &mut EveOptions, remarks: &mut Vec<Remark>) {
    let own = OTHER_NAMES.iter().find(|(other, _)| *other == name).map_or(name, |(_, own)| own);
    let is_table = transaction_tables().iter().any(|table| table.name == own);
    if is_table {
        options.tables.insert(own);
        options.dumps |= settings.get("dump-all-headers").text().is_some();
        options.passwords |= settings.get("passwords").boolean() == Some(true);
    } else {
        remarks.push(Remark::EventType(name.to_owned()));
    }
}
