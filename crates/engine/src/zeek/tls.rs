//! `ssl.log` and `x509.log`.

use super::field::{Field, ORIG_H, ORIG_P, RESP_H, RESP_P, Record, TS, UID, leaf, leaves, made, unset};
use super::value::Value;

/// `ssl.log`.
pub(super) const SSL: &[Field] = &[
    TS,
    UID,
    ORIG_H,
    ORIG_P,
    RESP_H,
    RESP_P,
    made("version", "string", |record| {
        // Before the server has spoken there is none.
        let agreed = record.leaves.first("version").filter(|_| record.leaves.first("cipher").is_some());
        let name = agreed.and_then(|name| std::str::from_utf8(name).ok());
        name.map_or(Value::Unset, |name| Value::text(&zeek_version(name)))
    }),
    leaf("cipher", "string", "cipher"),
    leaf("curve", "string", "group"),
    leaf("server_name", "string", "sni"),
    made("resumed", "bool", |record| Value::Boolean(record.leaves.boolean("session_resumed") == Some(true))),
    made("last_alert", "string", |record| {
        let number = record.leaves.number("server_alert.description");
        let number = number.or_else(|| record.leaves.number("client_alert.description"));
        number.and_then(alert_name).map_or(Value::Unset, Value::text)
    }),
    leaf("next_protocol", "string", "server_alpns[]"),
    made("established", "bool", |record| Value::Boolean(record.leaves.boolean("established") == Some(true))),
    unset("ssl_history", "string"),
    leaves("cert_chain_fps", "vector[string]", "chain_sha256[]"),
    unset("client_cert_chain_fps", "vector[string]"),
    made("sni_matches_cert", "bool", |record| {
        let name = record.leaves.first("sni").filter(|_| record.leaves.first("subject").is_some());
        name.map_or(Value::Unset, |name| Value::Boolean(is_named(record, name)))
    }),
];

/// `TLS 1.2` is `TLSv12`, `DTLS 1.2` is `DTLSv12`, `SSLv3` stays.
fn zeek_version(name: &str) -> String {
    name.replace("TLS 1.", "TLSv1").replace("TLSv1", "TLSv1").replace(' ', "")
}

/// Is a name one of the certificate's, wildcards included (RFC 6125 section 6.4)?
fn is_named(record: &Record<'_>, name: &[u8]) -> bool {
    let subject = record.leaves.first("subject").unwrap_or_default();
    let common = parts(subject).into_iter().find_map(|part| part.strip_prefix("CN=").map(str::to_owned));
    let others = record.leaves.all("subjectaltname[]").map(|name| String::from_utf8_lossy(name).into_owned());
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    others.chain(common).any(|pattern| {
        let pattern = pattern.to_ascii_lowercase();
        match pattern.strip_prefix("*.") {
            Some(domain) => name.split_once('.').is_some_and(|(_, rest)| rest == domain),
            None => pattern == name,
        }
    })
}

/// Names of alerts. Source: IANA's TLS alerts, as Zeek spells them.
fn alert_name(number: u64) -> Option<&'static str> {
    const NAMES: &[(u64, &str)] = &[
        (0, "close_notify"),
        (10, "unexpected_message"),
        (20, "bad_record_mac"),
        (21, "decryption_failed"),
        (22, "record_overflow"),
        (30, "decompression_failure"),
        (40, "handshake_failure"),
        (41, "no_certificate"),
        (42, "bad_certificate"),
        (43, "unsupported_certificate"),
        (44, "certificate_revoked"),
        (45, "certificate_expired"),
        (46, "certificate_unknown"),
        (47, "illegal_parameter"),
        (48, "unknown_ca"),
        (49, "access_denied"),
        (50, "decode_error"),
        (51, "decrypt_error"),
        (60, "export_restriction"),
        (70, "protocol_version"),
        (71, "insufficient_security"),
        (80, "internal_error"),
        (86, "inappropriate_fallback"),
        (90, "user_canceled"),
        (100, "no_renegotiation"),
        (109, "missing_extension"),
        (110, "unsupported_extension"),
        (112, "unrecognized_name"),
        (113, "bad_certificate_status_response"),
        (115, "unknown_psk_identity"),
        (116, "certificate_required"),
        (120, "no_application_protocol"),
    ];
    NAMES.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

/// `x509.log`, of the server's own certificate.
pub(super) const X509: &[Field] = &[
    TS,
    leaf("fingerprint", "string", "chain_sha256[]"),
    unset("certificate.version", "count"),
    made("certificate.serial", "string", |record| {
        let serial = record.leaves.first("serial").map(|text| String::from_utf8_lossy(text).replace(':', ""));
        serial.map_or(Value::Unset, |serial| Value::text(&serial.to_ascii_uppercase()))
    }),
    made("certificate.subject", "string", |record| distinguished_name(record, "subject")),
    made("certificate.issuer", "string", |record| distinguished_name(record, "issuerdn")),
    made("certificate.not_valid_before", "time", |record| moment(record, "notbefore")),
    made("certificate.not_valid_after", "time", |record| moment(record, "notafter")),
    unset("certificate.key_alg", "string"),
    unset("certificate.sig_alg", "string"),
    unset("certificate.key_type", "string"),
    unset("certificate.key_length", "count"),
    unset("certificate.exponent", "string"),
    unset("certificate.curve", "string"),
    leaves("san.dns", "vector[string]", "subjectaltname[]"),
    unset("san.uri", "vector[string]"),
    unset("san.email", "vector[string]"),
    unset("san.ip", "vector[addr]"),
    unset("basic_constraints.ca", "bool"),
    unset("basic_constraints.path_len", "count"),
    made("host_cert", "bool", |_| Value::Boolean(true)),
    made("client_cert", "bool", |_| Value::Boolean(false)),
];

/// Zeek begins with what is most particular (RFC 4514), EVE with what is most general.
fn distinguished_name(record: &Record<'_>, path: &str) -> Value {
    let Some(name) = record.leaves.first(path) else { return Value::Unset };
    let mut parts = parts(name);
    parts.reverse();
    Value::text(&parts.join(","))
}

/// The parts of `C=US, O=Some, Inc., CN=name`: a comma with no attribute behind it belongs to the value.
fn parts(name: &[u8]) -> Vec<String> {
    let name = String::from_utf8_lossy(name);
    let mut parts: Vec<String> = Vec::new();
    for piece in name.split(", ") {
        let is_attribute = piece
            .split_once('=')
            .is_some_and(|(key, _)| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.'));
        match parts.last_mut().filter(|_| !is_attribute) {
            Some(last) => {
                last.push_str("\\, ");
                last.push_str(piece);
            }
            None => parts.push(piece.to_owned()),
        }
    }
    parts
}

/// `2026-03-02T09:12:00` as nanoseconds since 1970.
fn moment(record: &Record<'_>, path: &str) -> Value {
    let seconds = record.leaves.first(path).and_then(|text| seconds_of(std::str::from_utf8(text).ok()?));
    seconds.map_or(Value::Unset, |seconds| Value::Time(seconds.saturating_mul(1_000_000_000)))
}

fn seconds_of(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    // Years begin in March, so that the leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (month * 153 + 2) / 5 + day;
    const DAYS_TO_1970: i64 = 719_469;
    Some((days - DAYS_TO_1970) * 86_400 + number(11..13)? * 3_600 + number(14..16)? * 60 + number(17..19)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_certificates() {
        for (text, expected) in [
            ("1970-01-01T00:00:00", Some(0)),
            ("2000-02-29T12:00:01", Some(951_825_601)),
            ("2014-04-08T00:00:00", Some(1_396_915_200)),
            ("soon", None),
        ] {
            assert_eq!(seconds_of(text), expected, "{text}");
        }
    }

    #[test]
    fn names_with_commas() {
        assert_eq!(parts(b"C=US, O=Some, Inc., CN=a.b"), ["C=US", "O=Some\\, Inc.", "CN=a.b"]);
    }

    #[test]
    fn versions() {
        for (own, expected) in [("TLS 1.2", "TLSv12"), ("DTLS 1.0", "DTLSv10"), ("TLSv1", "TLSv1"), ("SSLv3", "SSLv3")]
        {
            assert_eq!(zeek_version(own), expected);
        }
    }
}
