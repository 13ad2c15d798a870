use super::RedisProtocol;
use crate::testing::{Scene, Step, client, server};

#[track_caller]
fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&RedisProtocol, 6379);
    assert_eq!(scene.transcript(steps), expected);
    scene.assert_cuts_change_nothing(steps);
}

#[test]
fn commands_and_replies() {
    check(
        &[
            client("*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n*3\r\n$3\r\nset\r\n$1\r\nk\r\n$3\r\na\r\n\r\nPING\r\n"),
            server("-WRONGPASS no\r\n+OK\r\n+PONG\r\n"),
            client("*2\r\n$4\r\nMGET\r\n$1\r\nk\r\n*1\r\n$4\r\nQUIT\r\n"),
            server("*2\r\n$1\r\na\r\n$-1\r\n"),
        ],
        "redis 0 {\"command\":\"AUTH\",\"argument_count\":1,\"request_bytes\":26,\"status\":\"error\",\
         \"reply\":{\"type\":\"error\",\"value\":\"WRONGPASS no\",\"count\":1,\"bytes\":15}}\n\
         redis 1 {\"command\":\"SET\",\"arguments\":[\"k\",\"a\\r\\n\"],\"argument_count\":2,\"request_bytes\":29,\"status\":\"ok\",\
         \"reply\":{\"type\":\"status\",\"value\":\"OK\",\"count\":1,\"bytes\":5}}\n\
         redis 2 {\"command\":\"PING\",\"argument_count\":0,\"request_bytes\":6,\"status\":\"ok\",\
         \"reply\":{\"type\":\"status\",\"value\":\"PONG\",\"count\":1,\"bytes\":7}}\n\
         redis 3 {\"command\":\"MGET\",\"arguments\":[\"k\"],\"argument_count\":1,\"request_bytes\":21,\"status\":\"ok\",\
         \"reply\":{\"type\":\"array\",\"value\":\"a\",\"count\":1,\"bytes\":16}}\n\
         redis 4 {\"command\":\"QUIT\",\"argument_count\":0,\"request_bytes\":14}\n",
    );
}

#[test]
fn what_is_published_and_what_is_not_replied_to() {
    check(
        &[
            client("SUBSCRIBE a b\r\n"),
            server("*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n>3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n"),
            server("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"),
            client("CLIENT REPLY SKIP\r\nDEL k\r\nGET k\r\n"),
            server("|1\r\n+ttl\r\n:5\r\n_\r\n"),
        ],
        "redis 0 {\"command\":\"SUBSCRIBE\",\"arguments\":[\"a\",\"b\"],\"argument_count\":2,\"request_bytes\":15,\"status\":\"ok\",\
         \"reply\":{\"type\":\"array\",\"value\":\"subscribe\",\"count\":3,\"bytes\":30}}\n\
         redis 1 {\"status\":\"ok\",\"reply\":{\"type\":\"array\",\"value\":\"message\",\"count\":3,\"bytes\":32}}\n\
         redis 2 {\"command\":\"CLIENT\",\"arguments\":[\"REPLY\",\"SKIP\"],\"argument_count\":2,\"request_bytes\":19}\n\
         redis 3 {\"command\":\"DEL\",\"arguments\":[\"k\"],\"argument_count\":1,\"request_bytes\":7}\n\
         redis 4 {\"command\":\"GET\",\"arguments\":[\"k\"],\"argument_count\":1,\"request_bytes\":7,\"status\":\"ok\",\
         \"reply\":{\"type\":\"null\",\"count\":0,\"bytes\":3}}\n",
    );
}

#[test]
fn what_is_no_value() {
    let deep = "*1\r\n".repeat(40);
    check(&[client(&deep), server("hello\r\n")], "anomaly malformed_data -\nanomaly malformed_data -\n");
}
