use super::NfsProtocol;
use crate::testing::{Scene, Step, client, server};
use model::packet::Side;

fn opaque(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes(), bytes, &vec![0; bytes.len().wrapping_neg() % 4]].concat()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn call(xid: u32, procedure: u32, arguments: &[&[u8]]) -> Vec<u8> {
    let credentials = opaque(&[&words(&[0]), &opaque(b"host")[..], &words(&[7, 8, 0])].concat());
    [&words(&[xid, 0, 2, 100_003, 3, procedure, 1])[..], &credentials, &words(&[0, 0]), &arguments.concat()].concat()
}

fn reply(xid: u32, results: &[&[u8]]) -> Vec<u8> {
    [&words(&[xid, 1, 0, 0, 0, 0])[..], &results.concat()].concat()
}

fn record(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u32 | 1 << 31).to_be_bytes(), message].concat()
}

/// Whose file it is, and the file: a look-up and what it finds, a read and what it brings.
fn messages(content: &[u8]) -> [Vec<u8>; 4] {
    [
        call(1, 3, &[&opaque(b"dir!"), &opaque(b"file")]),
        reply(1, &[&words(&[0]), &opaque(b"file handle"), &words(&[0, 0])]),
        call(2, 6, &[&opaque(b"file handle"), &words(&[0, 0, 4096])]),
        reply(2, &[&words(&[0, 0, content.len() as u32, 1]), &opaque(content)]),
    ]
}

const FOUND: &str = "nfs 0 {\"version\":3,\"procedure\":\"LOOKUP\",\"filename\":\"file\",\"hhash\":\"33b7a6a4\",\"id\":1,\"file_tx\":false,\
    \"type\":\"response\",\"status\":\"OK\"} {\"rpc\":{\"xid\":1,\"status\":\"ACCEPTED\",\"auth_type\":\"UNIX\",\
    \"creds\":{\"machine_name\":\"host\",\"uid\":7,\"gid\":8}}}\n";
const READ: &str = "nfs 1 {\"version\":3,\"procedure\":\"READ\",\"filename\":\"file\",\"hhash\":\"33b7a6a4\",\"id\":2,\
    \"file_tx\":true,\"type\":\"response\",\"status\":\"OK\",\"read\":{\"first\":true,\"last\":true,\"last_xid\":2,\
    \"chunks\":1}} {\"rpc\":{\"xid\":2,\"status\":\"ACCEPTED\",\"auth_type\":\"UNIX\",\
    \"creds\":{\"machine_name\":\"host\",\"uid\":7,\"gid\":8}}}\n";

#[test]
fn over_udp() {
    let [one, two, three, four] = messages(b"content");
    let transcript =
        Scene::udp(&NfsProtocol, 2049).transcript(&[client(&one), server(&two), client(&three), server(&four)]);
    assert_eq!(transcript, [FOUND, "file 0 server \"file\" \"content\" complete\n", READ].concat());
}

#[test]
fn over_tcp_however_long() {
    let content = vec![b'x'; 300_000];
    let records = messages(&content).map(|message| record(&message));
    let steps =
        [client(&records[0]), server(&records[1]), client(&records[2]), server(&records[3]), server(&records[1])];
    let scene = Scene::tcp(&NfsProtocol, 2049);
    let transcript = scene.transcript(&steps);
    let file = format!("file 0 server \"file\" 300000 bytes, crc32 {:08x} complete\n", crc32fast::hash(&content));
    assert_eq!(transcript, [FOUND, &file, READ].concat());
    for size in [1, 7, 1_460] {
        assert_eq!(transcript, scene.transcript_cut(&steps, |_, _| size));
    }
}

#[test]
fn a_gap_in_a_file() {
    let content = vec![b'x'; 300_000];
    let records = messages(&content).map(|message| record(&message));
    let (begin, rest) = records[3].split_at(10_000);
    let steps = [client(&records[2]), server(begin), Step::Gap(Side::Server, 500), server(&rest[500..])];
    let transcript = Scene::tcp(&NfsProtocol, 2049).transcript(&steps);
    assert!(transcript.contains("gaps 500 incomplete\nnfs 0"), "{transcript}");
}

#[test]
fn what_is_no_message() {
    let [one, two, ..] = messages(b"");
    let transcript = Scene::udp(&NfsProtocol, 2049).transcript(&[client("nonsense"), client(&one[..70]), server(&two)]);
    assert_eq!(transcript, "anomaly malformed_data -\nanomaly malformed_data -\n");
}
