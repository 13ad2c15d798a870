//! How requests and answers are told, in EVE's names.

use super::answer::{Answer, Authentication};
use super::request::Request;
use super::transaction::PgsqlTransaction;
use crate::tree::{Extra, Tree};

pub(super) fn tell(transaction: &PgsqlTransaction, tree: &mut dyn Tree) {
    if !transaction.is_prepared() {
        // EVE counts from 1 here.
        tree.number("tx_id", transaction.id + 1);
    }
    if let Some(request) = &transaction.request {
        tree.open_object("request");
        tell_request(request, tree);
        tree.close_object();
    }
    if !transaction.answers.is_empty() {
        tree.open_object("response");
        tell_answers(&transaction.answers, tree);
        tree.close_object();
    }
    if tree.wants(Extra::Own) {
        tell_own(transaction, tree);
    }
}

fn tell_own(transaction: &PgsqlTransaction, tree: &mut dyn Tree) {
    if !transaction.database.is_empty() {
        tree.text("database", &transaction.database);
    }
    tree.open_object("timing");
    tree.signed("response_ns", transaction.ended.since_ns(transaction.started));
    tree.close_object();
}

fn tell_request(request: &Request, tree: &mut dyn Tree) {
    match request {
        Request::Ssl => tree.text("message", b"SSL Request"),
        Request::Gss => tree.text("message", b"GSS Request"),
        Request::Startup(major, minor, parameters) => tell_startup((*major, *minor), parameters, tree),
        Request::Cancel(process, key) => {
            tree.text("message", b"cancel_request");
            tree.number("process_id", (*process).into());
            tree.number("secret_key", (*key).into());
        }
        Request::Password(password) if tree.wants(Extra::Password) => tree.text("password", password),
        Request::Password(_) => tree.boolean("password_redacted", true),
        Request::SaslBegin(mechanism, message) => {
            tree.text("sasl_authentication_mechanism", mechanism_name(mechanism));
            tree.text("sasl_param", message);
        }
        Request::Sasl(message) => tree.text("sasl_response", message),
        Request::Query(query) => tree.text("simple_query", query),
        Request::Extended(query) => query.iter().for_each(|query| tree.text("prepared_query", query)),
        Request::CopyIn(messages, bytes, end) => {
            tree.open_object("copy_data_in");
            tree.number("msg_count", *messages);
            tree.number("data_size", *bytes);
            tree.close_object();
            if let Some(end) = end {
                tree.text("message", end.as_bytes());
            }
        }
        Request::Terminate => tree.text("message", b"termination_message"),
    }
}

fn tell_startup((major, minor): (u16, u16), parameters: &[(Vec<u8>, Vec<u8>)], tree: &mut dyn Tree) {
    tree.text("protocol_version", format!("{major}.{minor}").as_bytes());
    tree.open_object("startup_parameters");
    let is_user = |(name, _): &&(Vec<u8>, Vec<u8>)| name == b"user";
    if let Some((_, user)) = parameters.iter().find(is_user) {
        tree.text("user", user);
    }
    let mut others = parameters.iter().filter(|parameter| !is_user(parameter)).peekable();
    if others.peek().is_some() {
        tree.open_list("optional_parameters");
        others.for_each(|(name, value)| tell_parameter(name, value, tree));
        tree.close_list();
    }
    tree.close_object();
}

fn tell_parameter(name: &[u8], value: &[u8], tree: &mut dyn Tree) {
    tree.open_object("");
    let name: &[u8] = match name {
        b"DateStyle" => b"date_style",
        b"IntervalStyle" => b"interval_style",
        b"TimeZone" => b"time_zone",
        other => other,
    };
    tree.text_named(name, value);
    tree.close_object();
}

fn mechanism_name(mechanism: &[u8]) -> &[u8] {
    match mechanism {
        b"SCRAM-SHA-256" => b"scram_SHA256",
        b"SCRAM-SHA-256-PLUS" => b"scram_SHA256_plus",
        other => other,
    }
}

/// Parameters that follow each other are one list.
fn tell_answers(answers: &[Answer], tree: &mut dyn Tree) {
    let is_parameter = |answer: &Answer| matches!(answer, Answer::Parameter(..));
    for run in answers.chunk_by(|one, other| is_parameter(one) && is_parameter(other)) {
        if is_parameter(&run[0]) {
            tree.open_list("parameter_status");
            run.iter().for_each(|answer| tell_answer(answer, tree));
            tree.close_list();
        } else {
            run.iter().for_each(|answer| tell_answer(answer, tree));
        }
    }
}

fn tell_answer(answer: &Answer, tree: &mut dyn Tree) {
    match answer {
        Answer::Encryption(is_accepted) => tree.boolean("ssl_accepted", *is_accepted),
        Answer::Authentication(step, payload) => tell_authentication(*step, payload, tree),
        Answer::Parameter(name, value) => tell_parameter(name, value, tree),
        Answer::BackendKey(process, key) => {
            tree.number("process_id", (*process).into());
            tree.number("secret_key", (*key).into());
        }
        Answer::Fields(count) => tree.number("field_count", (*count).into()),
        Answer::Rows(rows, bytes) => {
            tree.number("data_rows", *rows);
            tree.number("data_size", *bytes);
        }
        Answer::Completed(command) => tree.text("command_completed", command),
        Answer::Error(fields) => {
            for (kind, value) in fields {
                if let Some(name) = field_name(*kind) {
                    tree.text(name, value);
                }
            }
        }
        Answer::Notification(process, channel, text) => {
            tree.number("pid", (*process).into());
            tree.text("channel_name", channel);
            tree.text("payload", text);
        }
        Answer::CopyIn(columns) => tell_copy("copy_in_response", [("columns", (*columns).into())], tree),
        Answer::CopyOut(columns) => tell_copy("copy_out_response", [("columns", (*columns).into())], tree),
        Answer::CopiedOut(rows, bytes) => {
            tell_copy("copy_data_out", [("row_count", *rows), ("data_size", *bytes)], tree)
        }
        Answer::Ready | Answer::Other => {}
    }
}

fn tell_copy<const N: usize>(name: &'static str, numbers: [(&'static str, u64); N], tree: &mut dyn Tree) {
    tree.open_object(name);
    numbers.into_iter().for_each(|(name, number)| tree.number(name, number));
    tree.close_object();
}

fn tell_authentication(step: Authentication, payload: &[u8], tree: &mut dyn Tree) {
    match step {
        Authentication::Ok => tree.text("message", b"authentication_ok"),
        Authentication::ClearText => tree.text("message", b"authentication_cleartext_password"),
        Authentication::Md5 => tree.text("authentication_md5_password", payload),
        Authentication::Sspi => tree.text("authentication_sspi", payload),
        Authentication::Sasl => tree.text("message", b"authentication_sasl"),
        Authentication::SaslContinue => tree.text("message", b"authentication_sasl_continue"),
        Authentication::SaslFinal => tree.text("authentication_sasl_final", payload),
        Authentication::Other(_) => {}
    }
}

/// The name of an error's field (its documentation, section "Error and Notice Message Fields").
fn field_name(kind: u8) -> Option<&'static str> {
    Some(match kind {
        b'S' => "severity_localizable",
        b'V' => "severity_non_localizable",
        b'C' => "code",
        b'M' => "message",
        b'D' => "detail",
        b'H' => "hint",
        b'P' => "position",
        b'p' => "internal_position",
        b'q' => "internal_query",
        b'W' => "where",
        b's' => "schema_name",
        b't' => "table",
        b'c' => "column",
        b'd' => "data_type",
        b'n' => "constraint",
        b'F' => "file",
        b'L' => "line",
        b'R' => "routine",
        _ => return None,
    })
}
