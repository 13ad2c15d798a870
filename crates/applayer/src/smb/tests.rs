use super::SmbProtocol;
use crate::testing::{Scene, Step, client, server};
use crate::tree::Extra;
use model::packet::Side;

fn record(messages: &[u8]) -> Vec<u8> {
    [&(messages.len() as u32).to_be_bytes(), messages].concat()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A message of SMB 2; `to` and `from` say whose.
struct Message2 {
    command: u16,
    status: u32,
    flags: u32,
    id: u64,
    tree: u32,
}

fn to(command: u16, id: u64) -> Message2 {
    Message2 { command, status: 0, flags: 0, id, tree: 7 }
}

fn from(command: u16, id: u64, status: u32) -> Message2 {
    Message2 { command, status, flags: 1, id, tree: 7 }
}

impl Message2 {
    fn bytes(&self, body: &[u8]) -> Vec<u8> {
        let mut bytes = b"\xfeSMB\x40\0\0\0".to_vec();
        bytes.extend(self.status.to_le_bytes());
        bytes.extend(self.command.to_le_bytes());
        bytes.extend([0; 2]);
        bytes.extend(self.flags.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(self.id.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(self.tree.to_le_bytes());
        bytes.extend(9u64.to_le_bytes());
        bytes.extend([0; 16]);
        bytes.extend(body);
        bytes
    }

    fn record(&self, body: &[u8]) -> Vec<u8> {
        record(&self.bytes(body))
    }
}

/// The parts of a body, one behind the other.
fn body(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

const FILE: [u8; 16] = [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0];

fn tree_connect(path: &str) -> Vec<u8> {
    let path = utf16(path);
    to(3, 1).record(&body(&[&[9, 0, 0, 0, 72, 0], &(path.len() as u16).to_le_bytes(), &path]))
}

fn tree_connected(share_type: u8) -> Vec<u8> {
    from(3, 1, 0).record(&body(&[&[16, 0, share_type], &[0; 13]]))
}

fn create(name: &str) -> Vec<u8> {
    let name = utf16(name);
    let length = (name.len() as u16).to_le_bytes();
    to(5, 2).record(&body(&[&[0; 36], &[1, 0, 0, 0], &[0, 0x10, 0, 0], &[120, 0], &length, &[0; 8], &name]))
}

fn created() -> Vec<u8> {
    from(5, 2, 0).record(&body(&[&[0; 48], &5u64.to_le_bytes(), &[0; 8], &FILE]))
}

fn read(id: u64, offset: u64) -> Vec<u8> {
    to(8, id).record(&body(&[&[49, 0, 0, 0], &[64, 0, 0, 0], &offset.to_le_bytes(), &FILE]))
}

fn read_answer(id: u64, bytes: &[u8]) -> Vec<u8> {
    from(8, id, 0).record(&body(&[&[17, 0, 80, 0], &(bytes.len() as u32).to_le_bytes(), &[0; 8], bytes]))
}

fn write(id: u64, offset: u64, bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u32).to_le_bytes();
    to(9, id).record(&body(&[&[49, 0, 112, 0], &length, &offset.to_le_bytes(), &FILE, &[0; 16], bytes]))
}

fn close() -> Vec<u8> {
    to(6, 90).record(&body(&[&[24, 0, 0, 0, 0, 0, 0, 0], &FILE]))
}

#[track_caller]
fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&SmbProtocol, 445);
    assert_eq!(expected, scene.transcript(steps));
    scene.assert_cuts_change_nothing(steps);
}

#[test]
fn negotiation() {
    let request = to(0, 0).record(&body(&[&[36, 0, 2, 0], &[0; 8], &[1; 16], &[0; 8], &[2, 2, 0x11, 3]]));
    let response =
        from(0, 0, 0).record(&body(&[&[65, 0, 0, 0, 0x11, 3, 0, 0], &[2; 16], &[0; 8], &[0, 0, 1, 0, 0, 0, 2, 0]]));
    check(
        &[client(&request), server(&response)],
        "smb 0 {\"id\":1,\"dialect\":\"3.11\",\"command\":\"SMB2_COMMAND_NEGOTIATE_PROTOCOL\",\"status\":\"STATUS_SUCCESS\",\
         \"status_code\":\"0x0\",\"session_id\":9,\"tree_id\":7,\"client_dialects\":[\"2.02\",\"3.11\"],\
         \"client_guid\":\"01010101-0101-0101-0101-010101010101\",\
         \"server_guid\":\"02020202-0202-0202-0202-020202020202\",\"max_read_size\":65536,\"max_write_size\":131072}\n",
    );
}

#[test]
fn a_file_is_read_in_order_however_its_pieces_come() {
    let (share, file) = (tree_connect("\\\\s\\c"), create("a\\b.txt"));
    let answers = [tree_connected(1), created(), read_answer(4, b"world"), read_answer(3, b"hello ")];
    let [reads @ .., close] = [read(3, 0), read(4, 6), close()];
    check(
        &[
            client(&share),
            server(&answers[0]),
            client(&file),
            server(&answers[1]),
            client(&reads[0]),
            client(&reads[1]),
            server(&answers[2]),
            server(&answers[3]),
            client(&close),
        ],
        "smb 0 {\"id\":1,\"dialect\":\"unknown\",\"command\":\"SMB2_COMMAND_TREE_CONNECT\",\"status\":\"STATUS_SUCCESS\",\
         \"status_code\":\"0x0\",\"session_id\":9,\"tree_id\":7,\"share\":\"\\\\\\\\s\\\\c\",\"share_type\":\"FILE\"}\n\
         smb 1 {\"id\":2,\"dialect\":\"unknown\",\"command\":\"SMB2_COMMAND_CREATE\",\"status\":\"STATUS_SUCCESS\",\
         \"status_code\":\"0x0\",\"session_id\":9,\"tree_id\":7,\"filename\":\"a\\\\b.txt\",\"disposition\":\"FILE_OPEN\",\
         \"access\":\"delete on close\",\"created\":0,\"accessed\":0,\"modified\":0,\"changed\":0,\"size\":5,\
         \"fuid\":\"00000001-0000-0000-0002-000000000000\"}\n\
         file 0 server \"a\\\\b.txt\" \"hello world\" complete\n\
         smb 2 {\"id\":3,\"dialect\":\"unknown\",\"command\":\"SMB2_COMMAND_READ\",\"status\":\"STATUS_SUCCESS\",\
         \"status_code\":\"0x0\",\"session_id\":9,\"tree_id\":7,\"filename\":\"a\\\\b.txt\",\"share\":\"\\\\\\\\s\\\\c\",\
         \"fuid\":\"00000001-0000-0000-0002-000000000000\"}\n\
         smb 3 {\"id\":4,\"dialect\":\"unknown\",\"command\":\"SMB2_COMMAND_CLOSE\",\"session_id\":9,\"tree_id\":7}\n",
    );
}

#[test]
fn a_gap_in_a_file() {
    let bytes = write(3, 0, b"hello world");
    let (before, behind) = (&bytes[..4 + 112 + 3], &bytes[4 + 112 + 7..]);
    let close = close();
    let steps = [client(before), Step::Gap(Side::Client, 4), client(behind), client(&close)];
    check(
        &steps,
        "file 0 client \"<unknown>\" \"helorld\" gaps 4 incomplete\n\
         smb 0 {\"id\":1,\"dialect\":\"unknown\",\"command\":\"SMB2_COMMAND_WRITE\",\"status\":\"STATUS_SUCCESS\",\
         \"status_code\":\"0x0\",\"session_id\":9,\"tree_id\":7,\"filename\":\"<unknown>\",\"share\":\"\",\
         \"fuid\":\"00000001-0000-0000-0002-000000000000\"}\n\
         smb 1 {\"id\":2,\"dialect\":\"unknown\",\"command\":\"SMB2_COMMAND_CLOSE\",\"session_id\":9,\"tree_id\":7}\n",
    );
}

#[test]
fn what_is_written_twice_is_told() {
    let messages = [write(3, 0, b"hello"), write(4, 3, b"low"), close()];
    let transcript = Scene::tcp(&SmbProtocol, 445).transcript(&messages.each_ref().map(client));
    assert!(transcript.starts_with("anomaly file_overlap 0\nfile 0 client \"<unknown>\" \"hellow\" complete\n"));
}

#[test]
fn a_call_in_a_pipe() {
    let bind = b"\x05\0\x0b\x03\x10\0\0\0\x48\0\0\0\x01\0\0\0\xb8\x10\xb8\x10\0\0\0\0\x01\0\0\0\0\0\x01\0\
        \xc8\x4f\x32\x4b\x70\x16\xd3\x01\x12\x78\x5a\x47\xbf\x6e\xe1\x88\x03\0\0\0\
        \x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\0\x2b\x10\x48\x60\x02\0\0\0";
    let acknowledged = b"\x05\0\x0c\x03\x10\0\0\0\x3c\0\0\0\x01\0\0\0\xb8\x10\xb8\x10\x01\0\0\0\x01\0\0\0\x01\0\0\0\
        \0\0\0\0\x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\0\x2b\x10\x48\x60\x02\0\0\0\0\0\0\0";
    let requests = [tree_connect("\\\\s\\IPC$"), write(3, 0, &bind[..20]), write(4, 0, &bind[20..]), read(5, 0)];
    let responses = [tree_connected(2), read_answer(5, acknowledged)];
    let steps = [
        client(&requests[0]),
        server(&responses[0]),
        client(&requests[1]),
        client(&requests[2]),
        client(&requests[3]),
        server(&responses[1]),
    ];
    let scene = Scene::tcp(&SmbProtocol, 445).with(&[Extra::Own]);
    let transcript = scene.transcript(&steps);
    let expected = "\"dcerpc\":{\"request\":\"BIND\",\"response\":\"BINDACK\",\"interfaces\":[\
        {\"uuid\":\"4b324fc8-1670-01d3-1278-5a47bf6ee188\",\"version\":\"3.0\",\"ack_result\":0,\"ack_reason\":0,\
        \"service\":\"srvsvc\"}],\"call_id\":1}";
    assert!(transcript.contains(expected), "{transcript}");
    scene.assert_cuts_change_nothing(&steps);
}

#[test]
fn what_cannot_be_read_is_passed_over() {
    let encrypted = record(b"\xfdSMB and what only both sides can read");
    let close = close();
    let steps = [client(&encrypted), client(&close)];
    check(
        &steps,
        "smb 0 {\"id\":1,\"dialect\":\"unknown\",\"command\":\"SMB2_COMMAND_CLOSE\",\"session_id\":9,\"tree_id\":7}\n",
    );
    let lost = [client("no record at all"), client(&close)];
    check(
        &lost,
        "anomaly malformed_data -\n\
         smb 0 {\"id\":1,\"dialect\":\"unknown\",\"command\":\"SMB2_COMMAND_CLOSE\",\"session_id\":9,\"tree_id\":7}\n",
    );
}

#[test]
fn too_many_requests_without_response() {
    let requests: Vec<Vec<u8>> = (0..1_030).map(|id| to(7, id).record(&[24, 0])).collect();
    let steps: Vec<Step<'_>> = requests.iter().map(client).collect();
    let transcript = Scene::tcp(&SmbProtocol, 445).transcript(&steps);
    assert_eq!(transcript.matches("anomaly too_many_transactions").count(), 6);
    assert_eq!(transcript.matches("SMB2_COMMAND_FLUSH").count(), 1_030);
}

mod first {
    use super::super::probe::probe;
    use crate::protocol::Probe::{self, *};
    use model::packet::Side;

    #[track_caller]
    fn check(head: &[u8], sender: Side, expected: Probe) {
        assert_eq!(expected, probe(head, sender));
    }

    #[test]
    fn bytes() {
        check(b"\0\0\0\x54\xffSMB", Side::Client, Yes);
        check(b"\0\0\0\x54\xfeSM", Side::Client, NeedMore);
        check(b"\0\0\0\x54\xfeSMX", Side::Client, No);
        check(b"\x81\0\0\x44\x20", Side::Client, NeedMore);
        check(b"\x81\0\0\x44\x20CKFDENECFDEFFCFGEFFCCACACACACAC", Side::Client, NeedMore);
        check(b"\x81\0\0\x44\x20CKFDENECFDEFFCFGEFFCCACACACACACAA", Side::Client, Yes);
        check(b"\x81\0\0\x44\x20CKFDENECFDEFFCFGEFFCCACACACACACx", Side::Client, No);
        check(b"\x82\0\0\0", Side::Server, Maybe);
        check(b"GET / HTTP/1.1", Side::Client, No);
    }
}
