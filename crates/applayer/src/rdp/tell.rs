//! How a step is told, in EVE's names.

use super::client::Client;
use super::negotiation::{Request, Response};
use super::transaction::Step;
use crate::tree::Tree;

pub(super) fn tell(step: &Step, tree: &mut dyn Tree) {
    match step {
        Step::Request(request) => tell_request(request, tree),
        Step::Response(response) => tell_response(*response, tree),
        Step::ConnectRequest(client) => {
            tree.text("event_type", b"connect_request");
            tell_client(client, tree);
        }
        Step::ConnectResponse => tree.text("event_type", b"connect_response"),
        Step::Tls(serials) => {
            tree.text("event_type", b"tls_handshake");
            tree.open_list("x509_serials");
            serials.iter().for_each(|serial| tree.text("", serial.as_bytes()));
            tree.close_list();
        }
    }
}

/// The names of the bits that are set; nothing where none is.
fn tell_bits<T: Copy + Into<u32>>(name: &'static str, bits: T, names: &[(u32, &str)], tree: &mut dyn Tree) {
    let bits: u32 = bits.into();
    if names.iter().any(|(bit, _)| bits & bit != 0) {
        tree.open_list(name);
        names.iter().filter(|(bit, _)| bits & bit != 0).for_each(|(_, name)| tree.text("", name.as_bytes()));
        tree.close_list();
    }
}

fn tell_request(request: &Request, tree: &mut dyn Tree) {
    tree.text("event_type", b"initial_request");
    if let Some(cookie) = &request.cookie {
        tree.text("cookie", cookie);
    }
    const FLAGS: &[(u32, &str)] = &[
        (0x01, "restricted_admin_mode_required"),
        (0x02, "redirected_authentication_mode_required"),
        (0x08, "correlation_info_present"),
    ];
    tell_bits("flags", request.flags, FLAGS, tree);
}

fn tell_response(response: Response, tree: &mut dyn Tree) {
    tree.text("event_type", b"initial_response");
    match response {
        Response::Plain => {}
        Response::Chosen(flags, protocol) => {
            const FLAGS: &[(u32, &str)] = &[
                (0x01, "extended_client_data"),
                (0x02, "dynvc_gfx"),
                (0x08, "restricted_admin"),
                (0x10, "redirected_authentication"),
            ];
            tell_bits("server_supports", flags, FLAGS, tree);
            let name = match protocol {
                0 => "rdp",
                1 => "ssl",
                2 => "hybrid",
                4 => "rds_tls",
                8 => "hybrid_ex",
                _ => "unknown",
            };
            tree.text("protocol", name.as_bytes());
        }
        Response::Refused(code) => {
            tree.number("error_code", code.into());
            let reason = match code {
                1 => "ssl required by server",
                2 => "ssl not allowed by server",
                3 => "ssl cert not on server",
                4 => "inconsistent flags",
                5 => "hybrid required by server",
                6 => "ssl with user auth required by server",
                _ => "unknown failure",
            };
            tree.text("reason", reason.as_bytes());
        }
    }
}

fn tell_client(client: &Client, tree: &mut dyn Tree) {
    tree.open_object("client");
    tree.text("version", version(client.version).as_bytes());
    tree.number("desktop_width", client.desktop.0.into());
    tree.number("desktop_height", client.desktop.1.into());
    tell_number("color_depth", client.color_depth, tree);
    tell_named("keyboard_layout", LAYOUTS, client.keyboard_layout, tree);
    tell_named("build", BUILDS, client.build, tree);
    tell_text("client_name", &client.name, tree);
    let (keyboard, subtype, function_keys) = client.keyboard;
    tell_named("keyboard_type", KEYBOARDS, keyboard, tree);
    tell_number("keyboard_subtype", Some(subtype).filter(|subtype| *subtype != 0), tree);
    tell_number("function_keys", Some(function_keys).filter(|keys| *keys != 0), tree);
    tell_text("ime", &client.input_method, tree);
    tell_number("product_id", client.product, tree);
    tell_number("serial_number", client.serial.filter(|serial| *serial != 0), tree);
    tell_bits("capabilities", client.capabilities.unwrap_or(0), CAPABILITIES, tree);
    tell_text("id", &client.id, tree);
    if let Some(connection) = client.connection {
        tell_named("connection_hint", CONNECTIONS, connection.into(), tree);
    }
    tell_number("physical_width", client.physical.map(|(width, _)| width), tree);
    tell_number("physical_height", client.physical.map(|(_, height)| height), tree);
    tell_number("desktop_orientation", client.orientation, tree);
    tell_number("scale_factor", client.scale.map(|(desktop, _)| desktop), tree);
    tell_number("device_scale_factor", client.scale.map(|(_, device)| device), tree);
    tree.close_object();
    if !client.channels.is_empty() {
        tree.open_list("channels");
        client.channels.iter().for_each(|channel| tree.text("", channel));
        tree.close_list();
    }
}

fn tell_number<T: Into<u64>>(name: &'static str, number: Option<T>, tree: &mut dyn Tree) {
    if let Some(number) = number {
        tree.number(name, number.into());
    }
}

fn tell_text(name: &'static str, text: &[u8], tree: &mut dyn Tree) {
    if !text.is_empty() {
        tree.text(name, text);
    }
}

/// The name of a number; a number without a name is told as it is, in text.
fn tell_named(field: &'static str, names: &[(u32, &str)], number: u32, tree: &mut dyn Tree) {
    match names.iter().find(|(known, _)| *known == number) {
        Some((_, name)) => tree.text(field, name.as_bytes()),
        None => tree.text(field, format!("unknown-{number}").as_bytes()),
    }
}

fn version(version: u32) -> String {
    match version {
        0x0008_0001 => "v4".to_owned(),
        0x0008_0004 => "v5".to_owned(),
        0x0008_0005..=0x0008_0010 => format!("v10.{}", version - 0x0008_0005),
        _ => "unknown".to_owned(),
    }
}

const CAPABILITIES: &[(u32, &str)] = &[
    (0x0001, "support_errinfo_pdf"),
    (0x0002, "want_32bpp_session"),
    (0x0004, "support_statusinfo_pdu"),
    (0x0008, "strong_asymmetric_keys"),
    (0x0020, "valid_connection_type"),
    (0x0040, "support_monitor_layout_pdu"),
    (0x0080, "support_netchar_autodetect"),
    (0x0100, "support_dynvc_gfx_protocol"),
    (0x0200, "support_dynamic_time_zone"),
    (0x0400, "support_heartbeat_pdu"),
];

const CONNECTIONS: &[(u32, &str)] = &[
    (1, "modem"),
    (2, "low_broadband"),
    (3, "satellite"),
    (4, "high_broadband"),
    (5, "wan"),
    (6, "lan"),
    (7, "autodetect"),
];

const KEYBOARDS: &[(u32, &str)] =
    &[(1, "xt"), (2, "ico"), (3, "at"), (4, "enhanced"), (5, "1050"), (6, "9140"), (7, "jp")];

/// Builds of Windows.
const BUILDS: &[(u32, &str)] = &[
    (2195, "Windows 2000"),
    (2600, "Windows XP"),
    (3790, "Windows Server 2003"),
    (6000, "Windows Vista"),
    (6001, "Windows Vista SP1"),
    (6002, "Windows Vista SP2"),
    (7600, "Windows 7"),
    (7601, "Windows 7 SP1"),
    (9200, "Windows 8"),
    (9600, "Windows 8.1"),
    (10240, "Windows 10"),
    (10586, "Windows 10 1511"),
    (14393, "Windows 10 1607"),
    (15063, "Windows 10 1703"),
    (16299, "Windows 10 1709"),
    (17134, "Windows 10 1803"),
    (17763, "Windows 10 1809"),
    (18362, "Windows 10 1903"),
    (18363, "Windows 10 1909"),
    (19041, "Windows 10 2004"),
];

/// Languages as Windows numbers them (MS-LCID).
const LAYOUTS: &[(u32, &str)] = &[
    (0x0401, "ar-SA"),
    (0x0402, "bg-BG"),
    (0x0404, "zh-TW"),
    (0x0405, "cs-CZ"),
    (0x0406, "da-DK"),
    (0x0407, "de-DE"),
    (0x0408, "el-GR"),
    (0x0409, "en-US"),
    (0x040a, "es-ES_tradnl"),
    (0x040b, "fi-FI"),
    (0x040c, "fr-FR"),
    (0x040d, "he-IL"),
    (0x040e, "hu-HU"),
    (0x040f, "is-IS"),
    (0x0410, "it-IT"),
    (0x0411, "ja-JP"),
    (0x0412, "ko-KR"),
    (0x0413, "nl-NL"),
    (0x0414, "nb-NO"),
    (0x0415, "pl-PL"),
    (0x0416, "pt-BR"),
    (0x0418, "ro-RO"),
    (0x0419, "ru-RU"),
    (0x041a, "hr-HR"),
    (0x041b, "sk-SK"),
    (0x041d, "sv-SE"),
    (0x041e, "th-TH"),
    (0x041f, "tr-TR"),
    (0x0422, "uk-UA"),
    (0x0424, "sl-SI"),
    (0x0425, "et-EE"),
    (0x0426, "lv-LV"),
    (0x0427, "lt-LT"),
    (0x0429, "fa-IR"),
    (0x042a, "vi-VN"),
    (0x0439, "hi-IN"),
    (0x0804, "zh-CN"),
    (0x0807, "de-CH"),
    (0x0809, "en-GB"),
    (0x080a, "es-MX"),
    (0x080c, "fr-BE"),
    (0x0813, "nl-BE"),
    (0x0816, "pt-PT"),
    (0x0c07, "de-AT"),
    (0x0c09, "en-AU"),
    (0x0c0a, "es-ES"),
    (0x0c0c, "fr-CA"),
    (0x1009, "en-CA"),
    (0x100c, "fr-CH"),
    (0x1409, "en-NZ"),
    (0x1809, "en-IE"),
];
