//! `ssl.log` and `x509.log`.

use super::field::{About, Field, ORIG_H, ORIG_P, RESP_H, RESP_P, Record, TS, UID, leaf, leaves, made, unset};
use super::leaves::Leaves;
use super::value::Value;
use applayer::tls::Certificate;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

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
    made("client_cert_chain_fps", "vector[string]", |record| {
        // Of a client's chain only its first is known here, by another digest.
        let is_whole =
            record.leaves.first("chain_sha256[]").is_some() && record.leaves.first("client.subject").is_none();
        if is_whole { Value::List(Vec::new()) } else { Value::Unset }
    }),
    made("sni_matches_cert", "bool", |record| {
        let name = record.leaves.first("sni").filter(|_| record.leaves.first("subject").is_some());
        name.map_or(Value::Unset, |name| Value::Boolean(is_named(record, name)))
    }),
];

/// `TLS 1.2` is `TLSv12`, `DTLS 1.2` is `DTLSv12`, `SSLv3` stays.
fn zeek_version(name: &str) -> String {
    if let Some(number) = name.strip_prefix("0x").and_then(|digits| u16::from_str_radix(digits, 16).ok()) {
        return format!("unknown-{number}");
    }
    name.replace("TLS 1.", "TLSv1").replace(' ', "").replace("draft-", "-draft")
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

/// `x509.log`: every certificate that a server showed.
pub(super) const X509: &[Field] = &[
    TS,
    made("fingerprint", "string", |record| of(record, |certificate| Value::text(&sha256(certificate.der)))),
    unset("certificate.version", "count"),
    made("certificate.serial", "string", |record| {
        of(record, |certificate| {
            let serial = certificate.serial().replace(':', "");
            // The octet that only says that the number is not negative is no digit of it.
            Value::text(serial.strip_prefix("00").filter(|rest| !rest.is_empty()).unwrap_or(&serial))
        })
    }),
    made("certificate.subject", "string", |record| {
        of(record, |certificate| Value::text(&from_the_end(&certificate.subject())))
    }),
    made("certificate.issuer", "string", |record| {
        of(record, |certificate| Value::text(&from_the_end(&certificate.issuer())))
    }),
    made("certificate.not_valid_before", "time", |record| of(record, |certificate| time(certificate.not_before_s))),
    made("certificate.not_valid_after", "time", |record| of(record, |certificate| time(certificate.not_after_s))),
    unset("certificate.key_alg", "string"),
    unset("certificate.sig_alg", "string"),
    unset("certificate.key_type", "string"),
    unset("certificate.key_length", "count"),
    unset("certificate.exponent", "string"),
    unset("certificate.curve", "string"),
    made("san.dns", "vector[string]", |record| {
        let bytes = |name: String| name.into_bytes();
        of(record, |certificate| Value::list(certificate.alternative_names().map(bytes).collect()))
    }),
    unset("san.uri", "vector[string]"),
    unset("san.email", "vector[string]"),
    unset("san.ip", "vector[addr]"),
    unset("basic_constraints.ca", "bool"),
    unset("basic_constraints.path_len", "count"),
    made("host_cert", "bool", |record| match record.about {
        About::Certificate(_, place) => Value::Boolean(place == 0),
        _ => Value::Unset,
    }),
    made("client_cert", "bool", |_| Value::Boolean(false)),
];

/// The certificates that a handshake tells, as they were sent.
pub(super) fn chain(leaves: &Leaves) -> Vec<Vec<u8>> {
    leaves.all("chain[]").filter_map(|text| STANDARD.decode(text).ok()).collect()
}

fn of(record: &Record<'_>, make: impl Fn(&Certificate<'_>) -> Value) -> Value {
    match record.about {
        About::Certificate(certificate, _) => make(certificate),
        _ => Value::Unset,
    }
}

fn sha256(der: &[u8]) -> String {
    Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn time(seconds: i64) -> Value {
    Value::Time(seconds.saturating_mul(1_000_000_000))
}

/// Zeek begins with what is most particular (RFC 4514), EVE with what is most general.
fn from_the_end(name: &str) -> String {
    let mut parts = parts(name.as_bytes());
    parts.reverse();
    // OpenSSL's names, where Suricata's are others.
    parts.iter_mut().filter(|part| part.starts_with("Email=")).for_each(|part| part.replace_range(..5, "emailAddress"));
    parts.join(",")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_commas() {
        assert_eq!(parts(b"C=US, O=Some, Inc., CN=a.b"), ["C=US", "O=Some\\, Inc.", "CN=a.b"]);
    }

    #[test]
    fn versions() {
        for (own, expected) in [
            ("TLS 1.2", "TLSv12"),
            ("DTLS 1.0", "DTLSv10"),
            ("TLSv1", "TLSv1"),
            ("SSLv3", "SSLv3"),
            ("0x7e01", "unknown-32257"),
        ] {
            assert_eq!(zeek_version(own), expected);
        }
    }
}
