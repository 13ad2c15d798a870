use super::{field, parameter, url, word};
use crate::smtp::SmtpProtocol;
use crate::testing::{Scene, client, server};
use crate::tree::Extra;

/// What comes out of a message that SMTP carries, but for its envelope.
fn check_with(extras: &[Extra], message: &str, expected: &str) {
    let data = format!("{}.\r\n", message.replace('\n', "\r\n"));
    let steps = [server("220 x\r\n"), client("DATA\r\n"), server("354 go\r\n"), client(&data)];
    let scene = Scene::tcp(&SmtpProtocol, 25).with(extras);
    let found = scene.transcript(&steps);
    let (_, email) = found.split_once("smtp 0 ").unwrap();
    let files = found.split("smtp 0 ").next().unwrap_or_default();
    let email = email.split_once(r#" {"email":{"status":"PARSE_DONE""#).unwrap().1.trim_end().trim_end_matches("}}");
    let found = format!("{files}{}", email.trim_start_matches(','));
    let expected = expected.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n");
    assert!(found.trim_end() == expected, "found:\n{found}\nexpected:\n{expected}");
    scene.assert_cuts_change_nothing(&steps);
}

fn check(message: &str, expected: &str) {
    check_with(&[], message, expected);
}

#[test]
fn folded_and_encoded_fields() {
    check_with(
        &[Extra::Own],
        "Subject: =?utf-8?Q?a_=C3=A4?=\n =?iso-8859-1?B?5A==?= x\nReceived: from a\n\tby b\nReceived: c\n\n",
        r#""subject":"=?utf-8?Q?a_=C3=A4?==?iso-8859-1?B?5A==?= x","received":["from aby b","c"],"subject_decoded":"a ää x","parts":0,"body_bytes":0"#,
    );
}

#[test]
fn parts_with_names_are_files() {
    check(
        "Content-Type: multipart/mixed; boundary=\"b b\"\n\npreamble http://no\n--b b\n\nhttp://yes\n\n--b b\n\
         Content-Type: a/b; name=x.bin\nContent-Transfer-Encoding: base64\n\naGVs\nbG8=\n--b b  \n\
         Content-Disposition: attachment; filename*0*=utf-8''%C3; filename*1*=%A4; filename*2=.txt\n\n1\n2\n\n--b b--\nepilogue\n",
        r#"file 0 client "x.bin" "hello" complete
        file 1 client "\xc3\xa4.txt" "1\r\n2\r\n" complete
        "attachment":["x.bin","ä.txt"],"url":["yes"]"#,
    );
}

#[test]
fn quoted_printable() {
    check(
        "Content-Disposition: attachment; filename=f\nContent-Transfer-Encoding: quoted-printable\n\na=\nb=3D=  \nc =C3=\n",
        r#"anomaly x"#
            .replace(
                "anomaly x",
                r#"file 0 client "f" "ab=c \xc3" complete
        "attachment":["f"]"#,
            )
            .as_str(),
    );
    check(
        "Content-Transfer-Encoding: quoted-printable\n\nhttp://a/=\nb http://c=20d =ZZ\n",
        r#"anomaly mime_invalid_qp 0
        "url":["c","a/b"]"#,
    );
}

#[test]
fn uuencode() {
    check(
        "\nlook:\nbegin 644 cat.txt\n#0V%T\n`\nend\nbye\n",
        r#"file 0 client "cat.txt" "Cat" complete
        "attachment":["cat.txt"]"#,
    );
}

#[test]
fn nested_multiparts_and_messages() {
    check(
        "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/alternative; boundary=oi\n\n--oi\n\n\
         http://1\n--oi--\n--o\nContent-Type: message/rfc822\n\nSubject: inner\nContent-Disposition: attachment; \
         filename=i\n\nx\n--o--\n",
        r#"file 0 client "i" "x" complete
        "attachment":["i"],"url":["1"]"#,
    );
}

#[test]
fn what_is_wrong() {
    check("hello\n", "anomaly mime_malformed_msg 0");
    check("Content-Transfer-Encoding: base64\n\na%b\n", "anomaly mime_invalid_base64 0");
    check(&format!("A: b\n\n{}\n", "x".repeat(20_000)), "anomaly mime_long_line 0");
    check(&format!("A: {}\n\n", "x".repeat(2_100)), "anomaly mime_long_line 0\nanomaly mime_long_header_value 0");
    check(&format!("{}: b\n\n", "x".repeat(100)), "anomaly mime_long_header_name 0");
    let long = "QUJD".repeat(20);
    check(&format!("Content-Transfer-Encoding: base64\n\n{long}\n"), "anomaly mime_long_enc_line 0");
}

#[test]
fn depth_and_counts_are_limited() {
    let deep: String = (0..40).map(|n| format!("--{}\nContent-Type: multipart/x; boundary={n}\n\n", n - 1)).collect();
    let deep = deep.split_once('\n').unwrap().1;
    check(deep, "anomaly mime_too_deep 0");
    let fields = "A: b\n".repeat(1_001);
    let data = format!("{}\r\n.\r\n", fields.replace('\n', "\r\n"));
    let steps = [client("DATA\r\n"), client(&data)];
    assert!(Scene::tcp(&SmtpProtocol, 25).transcript(&steps).contains("mime_too_many_headers"));
}

#[test]
fn parameters() {
    let cases: [(&str, &str, Option<&str>); 8] = [
        ("a; name=b", "name", Some("b")),
        ("a; name=\"b; \\\"c\\\"\" ; x=y", "name", Some("b; \"c\"")),
        ("a; NAME = b ; x", "name", Some("b")),
        ("a; x; name*=utf-8'en'%e2%82%ac", "name", Some("€")),
        ("a; name*1=c; name*0=b", "name", Some("bc")),
        ("a; name=\"=?iso-8859-1?Q?=E4?=\"", "name", Some("ä")),
        ("a; name=\"open", "name", Some("open")),
        ("a; names=b", "name", None),
    ];
    for (value, name, expected) in cases {
        let found = parameter::get(value.as_bytes(), name.as_bytes());
        assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{value}");
    }
}

#[test]
fn words() {
    for (text, expected) in [
        ("=?utf-8?B?YQ==?= =?utf-8?B?Yg?= c", "ab c"),
        ("=?windows-1252?q?=80_x?=", "€ x"),
        ("=?gb2312?B?YQ==?=", "=?gb2312?B?YQ==?="),
        ("=?utf-8*en?Q?a?=", "a"),
        ("=? =?utf-8?X?a?= =?", "=? =?utf-8?X?a?= =?"),
    ] {
        assert_eq!(word::decoded(text.as_bytes()), expected.as_bytes(), "{text}");
    }
}

#[test]
fn lists_of_addresses() {
    let found: Vec<_> = field::addresses(b"a@x, \"b, \\\" c\" <b@x>,, ").collect();
    assert_eq!(found, [&b"a@x"[..], b"\"b, \\\" c\" <b@x>"]);
}

#[test]
fn links_are_found_however_the_text_is_cut() {
    let text = b"x http://a/b<HTTPS://c\">ftp://d)\nhttp:// gopher://e http://f";
    let expected = ["http://a/b", "HTTPS://c", "ftp://d)", "http://f"];
    for size in 1..text.len() {
        let (mut found, mut finder) = (Vec::new(), url::Finder::default());
        let mut keep = |url: &[u8]| found.push(String::from_utf8_lossy(url).into_owned());
        text.chunks(size).for_each(|piece| finder.push(piece, &mut keep));
        finder.finish(&mut keep);
        assert_eq!(found, expected, "in pieces of {size}");
    }
}
