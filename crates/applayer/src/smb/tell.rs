//! How a transaction is told, in EVE's names.

use super::header::FileId;
use super::message::{Created, Host};
use super::transaction::{
    Create, Details, Disposition, File, Negotiation, Rename, SessionSetup, SmbTransaction, TreeConnect,
};
use super::{Version, names, status};
use crate::dcerpc::{Call, Carrier};
use crate::tree::{Extra, Tree};

pub(super) fn tell(transaction: &SmbTransaction, tree: &mut dyn Tree) {
    // EVE counts from 1 here.
    tree.number("id", transaction.id + 1);
    let dialect = if transaction.dialect.is_empty() { "unknown" } else { &transaction.dialect };
    tree.text("dialect", dialect.as_bytes());
    tree.text("command", transaction.command_name().as_bytes());
    let is_first_in_eve = transaction.version == Version::V1 && !tree.wants(Extra::Own);
    let is_of_file = is_first_in_eve && matches!(transaction.details, Details::File(_));
    let is_negotiation = is_first_in_eve && matches!(transaction.details, Details::Negotiate(_));
    if let Some(status) = transaction.status.filter(|_| !is_of_file) {
        let (name, code) = status::words(status);
        tree.text("status", name.as_bytes());
        tree.text("status_code", code.as_bytes());
    }
    // Of files and negotiations in SMB 1, EVE says no session.
    let is_of_session = !is_of_file && !is_negotiation;
    tree.number("session_id", if is_of_session { transaction.session_id } else { 0 });
    tree.number("tree_id", if is_of_session { transaction.tree_id.into() } else { 0 });
    details(transaction, tree);
    if let (true, Some(ended)) = (tree.wants(Extra::Own), transaction.ended) {
        tree.open_object("timing");
        tree.signed("response_ns", ended.since_ns(transaction.started));
        tree.close_object();
    }
}

fn details(transaction: &SmbTransaction, tree: &mut dyn Tree) {
    match &transaction.details {
        Details::Plain => {}
        Details::Negotiate(negotiation) => tell_negotiation(negotiation, tree),
        Details::SessionSetup(setup) => session_setup(setup, tree),
        Details::TreeConnect(connect) => tree_connect(connect, transaction.version, tree),
        Details::Create(create) => tell_create(create, tree),
        Details::File(file) => tell_file(file, transaction.version, tree),
        Details::Rename(rename) => tell_rename(rename, transaction.version, tree),
        Details::Disposition(disposition) => tell_disposition(disposition, tree),
        Details::Pipe(call, name) => pipe(call, name, tree),
        Details::Control(function) => tree.text("function", names::function(*function).as_bytes()),
    }
}

fn tell_negotiation(negotiation: &Negotiation, tree: &mut dyn Tree) {
    tree.open_list("client_dialects");
    negotiation.client_dialects.iter().for_each(|dialect| tree.text("", dialect));
    tree.close_list();
    for (name, guid) in [("client_guid", negotiation.client_guid), ("server_guid", negotiation.server_guid)] {
        if let Some(guid) = guid {
            tree.text(name, names::guid(&guid).as_bytes());
        }
    }
    let sizes = [("max_read_size", negotiation.read_bytes_max), ("max_write_size", negotiation.write_bytes_max)];
    for (name, size) in sizes.into_iter().filter(|(_, size)| *size > 0) {
        tree.number(name, size.into());
    }
}

fn session_setup(setup: &SessionSetup, tree: &mut dyn Tree) {
    if let Some(ntlm) = &setup.ntlm {
        tree.open_object("ntlmssp");
        tree.text("domain", &ntlm.domain);
        tree.text("user", &ntlm.user);
        tree.text("host", &ntlm.host);
        if let Some(version) = &ntlm.version {
            tree.text("version", version.as_bytes());
        }
        tree.close_object();
    }
    if let Some(ticket) = &setup.ticket {
        tree.open_object("kerberos");
        tree.text("realm", &ticket.realm);
        tree.open_list("snames");
        ticket.service.iter().for_each(|part| tree.text("", part));
        tree.close_list();
        tree.close_object();
    }
    host("request", setup.client.as_ref(), tree);
    host("response", setup.server.as_ref(), tree);
}

fn host(name: &'static str, host: Option<&Host>, tree: &mut dyn Tree) {
    let Some(host) = host else { return };
    tree.open_object(name);
    tree.text("native_os", &host.native_os);
    tree.text("native_lm", &host.native_lm);
    tree.close_object();
}

/// A share's path. Of SMB 1, EVE does without the first of its backslashes.
fn path<'a>(path: &'a [u8], version: Version, tree: &dyn Tree) -> &'a [u8] {
    match path.strip_prefix(b"\\") {
        Some(rest) if version == Version::V1 && !tree.wants(Extra::Own) => rest,
        _ => path,
    }
}

fn tree_connect(connect: &TreeConnect, version: Version, tree: &mut dyn Tree) {
    tree.text(if connect.is_pipe { "named_pipe" } else { "share" }, path(&connect.path, version, tree));
    if version == Version::V2 {
        return tree.text("share_type", names::share_type(connect.share_type).as_bytes());
    }
    tree.open_object("service");
    for (name, service) in ["request", "response"].into_iter().zip(&connect.services) {
        if let Some(service) = service {
            tree.text(name, service);
        }
    }
    tree.close_object();
}

/// A name, or what stands for the share itself.
fn name_or_root(name: &[u8]) -> &[u8] {
    if name.is_empty() { b"<share_root>" } else { name }
}

fn tell_create(create: &Create, tree: &mut dyn Tree) {
    let is_directory = create.is_directory && !create.name.is_empty();
    tree.text(if is_directory { "directory" } else { "filename" }, name_or_root(&create.name));
    tree.text("disposition", names::disposition(create.disposition).as_bytes());
    tree.text("access", access(create.is_deleted_on_close));
    let Some(Created { file, times, size }) = create.created else { return tell_nothing_created(tree) };
    for (name, time) in ["created", "accessed", "modified", "changed"].into_iter().zip(times) {
        tree.number(name, unix_seconds(time));
    }
    tree.number("size", size);
    tell_file_id(file, tree);
}

/// What EVE has of a file that was not opened.
fn tell_nothing_created(tree: &mut dyn Tree) {
    if !tree.wants(Extra::Own) {
        ["created", "accessed", "modified", "changed", "size"].into_iter().for_each(|name| tree.number(name, 0));
        tree.text("fuid", b"");
    }
}

fn access(is_deleted_on_close: bool) -> &'static [u8] {
    if is_deleted_on_close { b"delete on close" } else { b"normal" }
}

/// Of a time in units of 100 ns since 1601.
fn unix_seconds(time: u64) -> u64 {
    const SECONDS_FROM_1601_TO_1970: u64 = 11_644_473_600;
    (time / 10_000_000).saturating_sub(SECONDS_FROM_1601_TO_1970)
}

fn tell_file_id(file: Option<FileId>, tree: &mut dyn Tree) {
    if let Some(file) = file {
        tree.text("fuid", names::file(file).as_bytes());
    }
}

fn tell_file(file: &File, version: Version, tree: &mut dyn Tree) {
    tree.text("filename", &file.name);
    tree.text("share", path(&file.share, version, tree));
    tell_file_id(file.file, tree);
    if tree.wants(Extra::Own) {
        tree.number("bytes", file.bytes);
    }
}

fn tell_rename(rename: &Rename, version: Version, tree: &mut dyn Tree) {
    if version == Version::V2 {
        tree.open_object("set_info");
        tree.text("class", b"FILE_INFO");
        tree.text("info_level", b"SMB2_FILE_RENAME_INFO");
        tree.close_object();
    }
    tree.open_object("rename");
    tree.text("from", &rename.from);
    tree.text("to", &rename.to);
    tree.close_object();
    tell_file_id(rename.file, tree);
}

fn tell_disposition(disposition: &Disposition, tree: &mut dyn Tree) {
    tree.text("filename", name_or_root(&disposition.name));
    tree.text("access", access(disposition.is_deletion));
    match disposition.subcommand {
        8 => tree.text("subcmd", b"SET_FILE_INFO"),
        6 => tree.text("subcmd", b"SET_PATH_INFO"),
        _ => {}
    }
    if disposition.level == 1013 {
        tree.text("level_of_interest", b"Set Disposition Information");
    }
    tell_file_id(disposition.file, tree);
}

fn pipe(call: &Call, name: &[u8], tree: &mut dyn Tree) {
    tree.open_object("dcerpc");
    tree.text("request", call.request_name().as_bytes());
    tree.text("response", call.response_name().as_bytes());
    if call.is_request() {
        tree.number("opnum", call.opnum.into());
        tree.open_object("req");
        tree.number("frag_cnt", call.parameters.fragments.into());
        tree.number("stub_data_size", call.parameters.bytes);
        tree.close_object();
    }
    call.tell_interfaces(tree, Carrier::Pipe);
    call.tell_results(tree);
    tree.number("call_id", call.call_id.into());
    tree.close_object();
    if tree.wants(Extra::Own) && !name.is_empty() {
        tree.text("pipe", name);
    }
}
