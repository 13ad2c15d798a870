//! TLS, QUIC, the fingerprints of both, and DNS.

use super::{Keyword, Meaning, number, other, sticky, tls_time};
use crate::diagnostic::Problem;
use crate::draft::{Draft, Origin, Outcome};
use crate::inspect::{Check, Content, NumberTest, Range, Which};
use crate::language::{Setting, unquoted};
use applayer::Field;

const TLS: &[&str] = &["tls"];
const QUIC: &[&str] = &["quic"];
const TLS_AND_QUIC: &[&str] = &["tls", "quic"];
const DNS: &[&str] = &["dns", "doh2"];
const MDNS: &[&str] = &["mdns"];

const fn tls(field: Field) -> Origin {
    Origin::field(field, TLS)
}

/// Certificates come behind the hellos.
pub(super) const fn certificate(field: Field) -> Origin {
    tls(field).whole()
}

const fn hello(field: Field) -> Origin {
    Origin::field(field, TLS_AND_QUIC)
}

const fn quic(field: Field) -> Origin {
    Origin::field(field, QUIC)
}

const fn dns(field: Field) -> Origin {
    Origin::field(field, DNS)
}

const fn mdns(field: Field) -> Origin {
    Origin::field(field, MDNS)
}

pub(super) const KEYWORDS: &[Keyword] = &[
    sticky(&["tls.sni", "tls_sni"], tls(Field::TlsSni).of_client(), "the server name that a client wants"),
    sticky(
        &["tls.cert_subject", "tls_cert_subject"],
        certificate(Field::TlsCertSubject),
        "the subject of the certificate",
    ),
    sticky(&["tls.cert_issuer", "tls_cert_issuer"], certificate(Field::TlsCertIssuer), "the issuer of the certificate"),
    sticky(
        &["tls.cert_serial", "tls_cert_serial"],
        certificate(Field::TlsCertSerial),
        "the serial number of the certificate",
    ),
    sticky(
        &["tls.cert_fingerprint", "tls_cert_fingerprint"],
        certificate(Field::TlsCertFingerprint),
        "the SHA-1 of the certificate",
    ),
    sticky(&["tls.certs"], certificate(Field::TlsCerts).many(), "each certificate"),
    sticky(
        &["tls.subjectaltname"],
        certificate(Field::TlsAlternativeName).of_server().many(),
        "each alternative name of the certificate",
    ),
    sticky(&["tls.alpn"], tls(Field::TlsAlpn).many(), "each protocol that is offered"),
    sticky(&["tls.random"], tls(Field::TlsRandom), "the random bytes of the hello"),
    sticky(&["tls.random_time"], tls(Field::TlsRandomTime), "the first four of the random bytes"),
    sticky(&["tls.random_bytes"], tls(Field::TlsRandomBytes), "the rest of the random bytes"),
    number(
        &["tls.cert_chain_len"],
        certificate(Field::TlsCertChainLength).of_server(),
        u32::MAX as u64,
        "how many certificates there are",
    ),
    other(&["tls.version"], tls_version, "the version of TLS"),
    other(&["ssl_version"], ssl_version, "the versions of SSL and TLS"),
    other(&["ssl_state"], tls_time::state, "how far the handshake is"),
    other(&["tls.subject"], |draft, setting| tls_text(draft, setting, Field::TlsCertSubject), "text of the subject"),
    other(&["tls.issuerdn"], |draft, setting| tls_text(draft, setting, Field::TlsCertIssuer), "text of the issuer"),
    other(
        &["tls.fingerprint"],
        |draft, setting| tls_text(draft, setting, Field::TlsCertFingerprint),
        "the fingerprint",
    ),
    other(
        &["tls_cert_notbefore"],
        |draft, setting| tls_time::moment(draft, setting, Field::TlsCertNotBefore),
        "from when the certificate is valid",
    ),
    other(
        &["tls_cert_notafter"],
        |draft, setting| tls_time::moment(draft, setting, Field::TlsCertNotAfter),
        "until when the certificate is valid",
    ),
    other(&["tls_cert_expired"], tls_time::expired, "was the certificate valid before now?"),
    other(&["tls_cert_valid"], tls_time::valid, "is the certificate valid now?"),
    other(&["tls_store", "tls.store"], tls_store, "the certificate is kept"),
    sticky(&["ja3.hash", "ja3_hash"], hello(Field::Ja3Hash).of_client(), "the JA3 of the client, as MD5"),
    sticky(&["ja3.string", "ja3_string"], hello(Field::Ja3String).of_client(), "the JA3 of the client, as text"),
    sticky(&["ja3s.hash"], hello(Field::Ja3sHash).of_server(), "the JA3 of the server, as MD5"),
    sticky(&["ja3s.string"], hello(Field::Ja3sString).of_server(), "the JA3 of the server, as text"),
    sticky(&["ja4.hash"], hello(Field::Ja4Hash).of_client(), "the JA4 of the client"),
    sticky(&["quic.sni"], quic(Field::QuicSni).of_client(), "the server name that a client wants"),
    sticky(&["quic.ua"], quic(Field::QuicUa).of_client(), "the user agent"),
    sticky(&["quic.version"], quic(Field::QuicVersion), "the version of QUIC"),
    sticky(&["quic.cyu.hash"], quic(Field::QuicCyuHash).of_client(), "the CYU of the client, as MD5"),
    sticky(&["quic.cyu.string"], quic(Field::QuicCyuString).of_client(), "the CYU of the client, as text"),
    sticky(&["dns.query", "dns_query"], dns(Field::DnsQuery).of_client().many(), "each name that is asked for"),
    sticky(&["dns.query.name"], dns(Field::DnsQueriesName).many(), "each name that is asked for, by either side"),
    sticky(&["dns.queries.rrname"], dns(Field::DnsQueriesName).many(), "each name of the questions"),
    sticky(&["dns.answer.name"], dns(Field::DnsAnswerName).many(), "each name that is answered for"),
    sticky(&["dns.answers.rrname"], dns(Field::DnsAnswersName).many(), "each name of the answers"),
    sticky(&["dns.authorities.rrname"], dns(Field::DnsAuthoritiesName).many(), "each name of the authorities"),
    sticky(&["dns.additionals.rrname"], dns(Field::DnsAdditionalsName).many(), "each name of the additional records"),
    sticky(&["dns.response.rrname"], dns(Field::DnsResponseName).of_server().many(), "each name of a response"),
    number(&["dns.opcode"], dns(Field::DnsOpcode), u8::MAX as u64, "the operation"),
    Keyword {
        names: &["dns.rcode"],
        doc: "the response's code",
        meaning: Meaning::Words(dns(Field::DnsRcode), RCODES, u16::MAX as u64),
    },
    Keyword {
        names: &["dns.rrtype"],
        doc: "a type of record",
        meaning: Meaning::Words(dns(Field::DnsRrtype), RRTYPES, u16::MAX as u64),
    },
    sticky(&["mdns.queries.rrname"], mdns(Field::DnsQueriesName).many(), "each name of the questions"),
    sticky(&["mdns.answers.rrname"], mdns(Field::DnsAnswersName).many(), "each name of the answers"),
    sticky(&["mdns.authorities.rrname"], mdns(Field::DnsAuthoritiesName).many(), "each name of the authorities"),
    sticky(&["mdns.additionals.rrname"], mdns(Field::DnsAdditionalsName).many(), "each name of the additional records"),
    sticky(&["mdns.response.rrname"], mdns(Field::DnsResponseName).many(), "each name of a response"),
];

/// RFC 1035, section 4.1.1, and IANA's registry of DNS parameters.
const RCODES: &[(&str, u64)] = &[
    ("noerror", 0),
    ("formerr", 1),
    ("servfail", 2),
    ("nxdomain", 3),
    ("notimp", 4),
    ("refused", 5),
    ("yxdomain", 6),
    ("yxrrset", 7),
    ("nxrrset", 8),
    ("notauth", 9),
    ("notzone", 10),
    ("badvers", 16),
    ("badkey", 17),
    ("badtime", 18),
    ("badmode", 19),
    ("badname", 20),
    ("badalg", 21),
    ("badtrunc", 22),
];

const RRTYPES: &[(&str, u64)] = &[
    ("a", 1),
    ("ns", 2),
    ("md", 3),
    ("mf", 4),
    ("cname", 5),
    ("soa", 6),
    ("mb", 7),
    ("mg", 8),
    ("mr", 9),
    ("null", 10),
    ("wks", 11),
    ("ptr", 12),
    ("hinfo", 13),
    ("minfo", 14),
    ("mx", 15),
    ("txt", 16),
    ("rp", 17),
    ("afsdb", 18),
    ("sig", 24),
    ("key", 25),
    ("aaaa", 28),
    ("loc", 29),
    ("srv", 33),
    ("naptr", 35),
    ("kx", 36),
    ("cert", 37),
    ("dname", 39),
    ("opt", 41),
    ("apl", 42),
    ("ds", 43),
    ("sshfp", 44),
    ("ipseckey", 45),
    ("rrsig", 46),
    ("nsec", 47),
    ("dnskey", 48),
    ("dhcid", 49),
    ("nsec3", 50),
    ("nsec3param", 51),
    ("tlsa", 52),
    ("hip", 55),
    ("cds", 59),
    ("cdnskey", 60),
    ("https", 65),
    ("spf", 99),
    ("tkey", 249),
    ("tsig", 250),
    ("ixfr", 251),
    ("axfr", 252),
    ("maila", 254),
    ("any", 255),
    ("uri", 256),
];

/// Versions by their numbers in hellos.
const VERSIONS: &[(&str, u64)] =
    &[("sslv2", 0x0200), ("sslv3", 0x0300), ("1.0", 0x0301), ("1.1", 0x0302), ("1.2", 0x0303), ("1.3", 0x0304)];

fn tls_version(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    // Drafts of TLS 1.3 are told by their numbers, of four digits.
    const DIGITS: usize = "0x7f12".len();
    let value = setting.needed()?;
    let is_tls = |version: &&(&str, u64)| value.as_str().starts_with('1') && value.is(version.0);
    let number = match VERSIONS.iter().find(is_tls) {
        Some((_, number)) => Some(*number),
        None => value.strip("0x").and_then(|digits| u64::from_str_radix(digits.as_str(), 16).ok()),
    };
    let is_one = |number: &u64| *number > 0xff && value.as_str().len() <= DIGITS;
    let number = number
        .filter(is_one)
        .ok_or_else(|| Problem::at(value, "versions are `1.0`, `1.1`, `1.2`, `1.3`, or of a draft such as `0x7f12`"))?;
    draft.push_number(tls(Field::TlsVersion), Range { first: number, last: number, is_negated: false }, setting)
}

/// `ssl_version:tls1.0,tls1.1`, `ssl_version:!sslv2`
fn ssl_version(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    let (mut any_of, mut negated) = (Vec::new(), 0);
    for part in setting.needed()?.split(',') {
        let (name, is_negated) = part.strip("!").map_or((part, false), |name| (name, true));
        let version = name.as_str().to_ascii_lowercase();
        let version = version.strip_prefix("tls").unwrap_or(if version.starts_with("ssl") { &version } else { "" });
        let Some((_, number)) = VERSIONS.iter().find(|(known, _)| version == *known) else {
            return Err(Problem::at(part, "versions are `sslv2`, `sslv3`, `tls1.0`, `tls1.1`, `tls1.2`, `tls1.3`"));
        };
        if any_of.iter().any(|known: &Range| known.first == *number) || negated > 0 {
            return Err(Problem::at(part, "each version stands here once, and one that is negated alone"));
        }
        any_of.push(Range { first: *number, last: *number, is_negated: false });
        negated += usize::from(is_negated);
    }
    if negated != 0 && negated != any_of.len() {
        return Err(Problem::at(setting.name, "all versions are negated, or none is"));
    }
    let test = NumberTest { bits: u64::MAX, any_of, is_negated: negated > 0, which: Which::Any };
    draft.push_number(tls(Field::TlsVersion), test, setting)
}

/// The old form: a text that is in the field.
fn tls_text(draft: &mut Draft<'_>, setting: Setting<'_>, field: Field) -> Outcome {
    let (text, is_negated) = unquoted(setting.needed()?)?;
    let mut content = Content::new(text.as_str().as_bytes(), false);
    content.is_negated = is_negated;
    draft.push_into(certificate(field), Check::Content(content), setting)
}

fn tls_store(draft: &mut Draft<'_>, setting: Setting<'_>) -> Outcome {
    setting.bare()?;
    draft.warn(setting.name, "Fathom keeps no certificates; the rule only alerts");
    draft.need_application(Origin { applications: TLS, ..Origin::NONE }, setting)
}
