//! Logs whose rows are one exchange each.

use super::field::{About, Field, ORIG_H, ORIG_P, PROTO, RESP_H, RESP_P, Record, TS, UID, leaf, leaves, made, unset};
use super::leaves::Leaves;
use super::value::Value;

/// `dns.log`.
pub(super) const DNS: &[Field] = &[
    TS,
    UID,
    ORIG_H,
    ORIG_P,
    RESP_H,
    RESP_P,
    PROTO,
    leaf("trans_id", "count", "id"),
    made("rtt", "interval", |record| nanoseconds(record, "timing.latency_ns")),
    made("query", "string", |record| {
        Value::some_text(record.leaves.first("queries[].rrname").map(<[u8]>::to_ascii_lowercase).as_deref())
    }),
    made("qclass", "count", |record| if has_question(record) { Value::Number(1) } else { Value::Unset }),
    made("qclass_name", "string", |record| if has_question(record) { Value::text("C_INTERNET") } else { Value::Unset }),
    made("qtype", "count", |record| Value::some_number(record.leaves.first("queries[].rrtype").and_then(type_number))),
    made("qtype_name", "string", |record| {
        // The question for everything is spelled as in zone files.
        let name = record.leaves.first("queries[].rrtype");
        Value::some_text(name.map(|name| if name == b"ANY" { b"*" } else { name }))
    }),
    made("rcode", "count", |record| Value::some_number(response_code(record))),
    made("rcode_name", "string", |record| {
        response_code(record).map_or(Value::Unset, |_| Value::some_text(record.leaves.first("rcode")))
    }),
    made("AA", "bool", |record| flag(record, "aa")),
    made("TC", "bool", |record| flag(record, "tc")),
    made("RD", "bool", |record| {
        Value::Boolean(record.asked.map_or(record.leaves.boolean("rd") == Some(true), |asked| asked.wants_recursion))
    }),
    made("RA", "bool", |record| flag(record, "ra")),
    made("Z", "count", |record| Value::Number(record.asked.map_or(0, |asked| asked.reserved_bits))),
    made("answers", "vector[string]", answers),
    made("TTLs", "vector[interval]", |record| {
        let seconds = |ttl: &[u8]| [ttl, b".000000"].concat();
        Value::list(record.leaves.all("answers[].ttl").map(seconds).collect())
    }),
    made("rejected", "bool", |record| Value::Boolean(response_code(record) == Some(5))),
    leaf("opcode", "count", "opcode"),
    made("opcode_name", "string", |record| match record.leaves.number("opcode") {
        Some(0) => Value::text("query"),
        Some(1) => Value::text("inverse-query"),
        Some(2) => Value::text("status"),
        Some(4) => Value::text("notify"),
        Some(5) => Value::text("dynamic update"),
        _ => Value::Unset,
    }),
];

fn has_question(record: &Record<'_>) -> bool {
    record.leaves.first("queries[].rrtype").is_some()
}

fn flag(record: &Record<'_>, name: &str) -> Value {
    Value::Boolean(record.leaves.boolean(name) == Some(true))
}

fn nanoseconds(record: &Record<'_>, path: &str) -> Value {
    let ns = record.leaves.number(path).and_then(|ns| i64::try_from(ns).ok());
    ns.map_or(Value::Unset, Value::Interval)
}

/// The data of the answers; texts with their kind and length before them.
fn answers(record: &Record<'_>) -> Value {
    let types: Vec<&[u8]> = record.leaves.all("answers[].rrtype").collect();
    let data: Vec<&[u8]> = record.leaves.all("answers[].rdata").collect();
    let is_aligned = types.len() == data.len();
    let told = data.into_iter().enumerate().map(|(place, data)| match types.get(place) {
        Some(kind @ (&b"TXT" | &b"SPF")) if is_aligned => {
            [kind, b" ".as_slice(), data.len().to_string().as_bytes(), b" ", data].concat()
        }
        _ => data.to_vec(),
    });
    Value::list(told.collect())
}

/// The response code's number; questions have none.
fn response_code(record: &Record<'_>) -> Option<u64> {
    const NAMES: &[&str] = &["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET"];
    if record.leaves.first("type") != Some(b"response") {
        return None;
    }
    let name = record.leaves.first("rcode")?;
    let place = NAMES.iter().position(|known| known.as_bytes() == name).map(|place| place as u64);
    place.or_else(|| record.leaves.number("rcode"))
}

/// The number of a record type. Source: IANA's DNS parameters.
fn type_number(name: &[u8]) -> Option<u64> {
    const NUMBERS: &[(&str, u64)] = &[
        ("A", 1),
        ("NS", 2),
        ("CNAME", 5),
        ("SOA", 6),
        ("PTR", 12),
        ("HINFO", 13),
        ("MX", 15),
        ("TXT", 16),
        ("SIG", 24),
        ("KEY", 25),
        ("AAAA", 28),
        ("NXT", 30),
        ("LOC", 29),
        ("SRV", 33),
        ("NAPTR", 35),
        ("DNAME", 39),
        ("OPT", 41),
        ("DS", 43),
        ("SSHFP", 44),
        ("RRSIG", 46),
        ("NSEC", 47),
        ("DNSKEY", 48),
        ("NSEC3", 50),
        ("TLSA", 52),
        ("SVCB", 64),
        ("HTTPS", 65),
        ("SPF", 99),
        ("TKEY", 249),
        ("TSIG", 250),
        ("IXFR", 251),
        ("AXFR", 252),
        ("ANY", 255),
        ("CAA", 257),
    ];
    let name = std::str::from_utf8(name).ok()?;
    NUMBERS.iter().find(|(known, _)| *known == name).map(|(_, number)| *number).or_else(|| name.parse().ok())
}

/// `http.log`.
pub(super) const HTTP: &[Field] = &[
    TS,
    UID,
    ORIG_H,
    ORIG_P,
    RESP_H,
    RESP_P,
    made("trans_depth", "count", |record| match record.about {
        About::Transaction(id) => Value::Number(id + 1),
        _ => Value::Unset,
    }),
    leaf("method", "string", "http_method"),
    made("host", "string", |record| {
        let asked = record.leaves.header("request_headers", "host");
        Value::some_text(asked.or_else(|| record.leaves.first("hostname")))
    }),
    made("uri", "string", |record| Value::some_text(record.leaves.first("url").map(unescaped).as_deref())),
    leaf("referrer", "string", "http_refer"),
    made("version", "string", |record| {
        let protocol = record.leaves.first("protocol").or_else(|| record.leaves.first("version"));
        Value::some_text(protocol.map(|name| name.strip_prefix(b"HTTP/").unwrap_or(name)))
    }),
    leaf("user_agent", "string", "http_user_agent"),
    made("origin", "string", |record| Value::some_text(record.leaves.header("request_headers", "origin"))),
    made("request_body_len", "count", |record| body_length(record, "request_body_bytes")),
    made("response_body_len", "count", |record| body_length(record, "response_body_bytes")),
    leaf("status_code", "count", "status"),
    leaf("status_msg", "string", "reason"),
    leaf("info_code", "count", "informational_status"),
    unset("info_msg", "string"),
    made("tags", "set[enum]", |_| Value::List(Vec::new())),
    leaf("username", "string", "username"),
    unset("password", "string"),
    made("proxied", "set[string]", |record| {
        const FORWARDING: &[&str] = &[
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-from",
            "client-ip",
            "via",
            "xroxy-connection",
            "proxy-connection",
        ];
        let told = |name: &&str| {
            let value = record.leaves.header("request_headers", name)?;
            Some([name.to_ascii_uppercase().as_bytes(), b" -> ", value].concat())
        };
        Value::list(FORWARDING.iter().filter_map(told).collect())
    }),
    unset("orig_fuids", "vector[string]"),
    unset("orig_filenames", "vector[string]"),
    unset("orig_mime_types", "vector[string]"),
    unset("resp_fuids", "vector[string]"),
    unset("resp_filenames", "vector[string]"),
    unset("resp_mime_types", "vector[string]"),
];

/// A target with `%41` as `A`.
fn unescaped(target: &[u8]) -> Vec<u8> {
    let mut unescaped = Vec::with_capacity(target.len());
    let mut rest = target;
    while let Some((first, behind)) = rest.split_first() {
        let digit = |place: usize| behind.get(place).and_then(|byte| char::from(*byte).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                unescaped.push((high << 4 | low) as u8);
                rest = &behind[2..];
            }
            _ => {
                unescaped.push(*first);
                rest = behind;
            }
        }
    }
    unescaped
}

fn body_length(record: &Record<'_>, path: &str) -> Value {
    Value::Number(record.leaves.number(path).unwrap_or(0))
}

/// `ssh.log`.
pub(super) const SSH: &[Field] = &[
    TS,
    UID,
    ORIG_H,
    ORIG_P,
    RESP_H,
    RESP_P,
    made("version", "count", |record| {
        let version =
            record.leaves.first("server.proto_version").or_else(|| record.leaves.first("client.proto_version"));
        Value::some_number(
            version.map(|version| if version.starts_with(b"1.9") || version.starts_with(b"2") { 2 } else { 1 }),
        )
    }),
    unset("auth_success", "bool"),
    unset("auth_attempts", "count"),
    unset("direction", "enum"),
    made("client", "string", |record| banner(record.leaves, "client")),
    made("server", "string", |record| banner(record.leaves, "server")),
    leaf("cipher_alg", "string", "negotiated.cipher_to_server"),
    leaf("mac_alg", "string", "negotiated.mac_to_server"),
    leaf("compression_alg", "string", "negotiated.compression_to_server"),
    leaf("kex_alg", "string", "negotiated.kex"),
    leaf("host_key_alg", "string", "negotiated.host_key"),
    made("host_key_fingerprint", "string", |record| {
        let digest = record.leaves.first("host_key.sha256");
        let prefixed = digest
            .map(|digest| if digest.starts_with(b"SHA256:") { digest.to_vec() } else { [b"SHA256:", digest].concat() });
        Value::some_text(prefixed.as_deref())
    }),
];

/// `SSH-2.0-OpenSSH_9.6 comments`.
fn banner(leaves: &Leaves, side: &str) -> Value {
    let part = |name: &str| leaves.first(&format!("{side}.{name}"));
    let (Some(protocol), Some(software)) = (part("proto_version"), part("software_version")) else {
        return Value::Unset;
    };
    let mut banner = [b"SSH-", protocol, b"-", software].concat();
    if let Some(comments) = part("comments") {
        banner.push(b' ');
        banner.extend_from_slice(comments);
    }
    Value::Text(banner)
}

/// `smtp.log`.
pub(super) const SMTP: &[Field] = &[
    TS,
    UID,
    ORIG_H,
    ORIG_P,
    RESP_H,
    RESP_P,
    made("trans_depth", "count", |record| match record.about {
        About::Transaction(id) => Value::Number(id + 1),
        _ => Value::Unset,
    }),
    leaf("helo", "string", "helo"),
    made("mailfrom", "string", |record| Value::some_text(record.leaves.first("mail_from").map(without_brackets))),
    made("rcptto", "set[string]", |record| {
        Value::list(record.leaves.all("rcpt_to[]").map(|path| without_brackets(path).to_vec()).collect())
    }),
    leaf("date", "string", "email.date"),
    leaf("from", "string", "email.from"),
    leaves("to", "set[string]", "email.to[]"),
    leaves("cc", "set[string]", "email.cc[]"),
    leaf("reply_to", "string", "email.reply_to"),
    leaf("msg_id", "string", "email.message_id"),
    leaf("in_reply_to", "string", "email.in_reply_to"),
    leaf("subject", "string", "email.subject"),
    leaf("x_originating_ip", "addr", "email.x_originating_ip[]"),
    made("first_received", "string", |record| Value::some_text(record.leaves.all("email.received[]").next())),
    made("second_received", "string", |record| Value::some_text(record.leaves.all("email.received[]").nth(1))),
    leaf("last_reply", "string", "last_reply"),
    unset("path", "vector[addr]"),
    made("user_agent", "string", |record| {
        Value::some_text(record.leaves.first("email.user_agent").or_else(|| record.leaves.first("email.x_mailer")))
    }),
    made("tls", "bool", |_| Value::Boolean(false)),
    unset("fuids", "vector[string]"),
];

fn without_brackets(path: &[u8]) -> &[u8] {
    path.strip_prefix(b"<").and_then(|path| path.strip_suffix(b">")).unwrap_or(path)
}

/// `ntp.log`.
pub(super) const NTP: &[Field] = &[
    TS,
    UID,
    ORIG_H,
    ORIG_P,
    RESP_H,
    RESP_P,
    leaf("version", "count", "version"),
    made("mode", "count", |record| {
        const MODES: &[&str] =
            &["", "symmetric_active", "symmetric_passive", "client", "server", "broadcast", "control", "private"];
        let mode = record.leaves.first("mode");
        let place = MODES.iter().position(|known| mode == Some(known.as_bytes()));
        Value::some_number(Some(place.unwrap_or(0) as u64))
    }),
    leaf("stratum", "count", "stratum"),
    made("poll", "interval", |record| power_of_two(record, "poll_exponent")),
    made("precision", "interval", |record| power_of_two(record, "precision_exponent")),
    made("root_delay", "interval", |record| nanoseconds(record, "root_delay_ns")),
    made("root_disp", "interval", |record| nanoseconds(record, "root_dispersion_ns")),
    made("ref_id", "string", |record| {
        let mut reference = record.leaves.first("reference_id").unwrap_or_default().to_vec();
        // Letters fill the field's four bytes with zeros.
        reference.resize(reference.len().max(4), 0);
        Value::Text(reference)
    }),
    made("ref_time", "time", |record| clock(record, "reference_time_ns")),
    made("org_time", "time", |record| clock(record, "origin_time_ns")),
    made("rec_time", "time", |record| clock(record, "receive_time_ns")),
    made("xmt_time", "time", |record| clock(record, "transmit_time_ns")),
    made("num_exts", "count", |record| Value::Number(record.leaves.number("extensions").unwrap_or(0))),
];

/// A clock's time; zero where it is not set.
fn clock(record: &Record<'_>, path: &str) -> Value {
    let ns = record.leaves.first(path).and_then(|ns| std::str::from_utf8(ns).ok()?.parse().ok());
    Value::Time(ns.unwrap_or(0))
}

fn power_of_two(record: &Record<'_>, path: &str) -> Value {
    let exponent: Option<i32> = record.leaves.first(path).and_then(|text| std::str::from_utf8(text).ok()?.parse().ok());
    exponent
        .map_or(Value::Unset, |exponent| Value::Interval((2_f64.powi(exponent.clamp(-31, 31)) * 1e9).round() as i64))
}
