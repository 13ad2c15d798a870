use super::BittorrentDhtProtocol;
use crate::testing::{Scene, client, server};

#[test]
fn queries_and_answers() {
    let ask =
        b"d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:v4:UT\0\x011:y1:qe";
    let answer = b"d1:rd2:id20:abcdefghij01234567895:nodes26:mnopqrstuvwxyz123456\x0a\0\0\x01\x1a\xe15:token2:tk\
                   6:valuesl6:\x0a\0\0\x02\0\x50ee1:t2:aa1:y1:re";
    let announce = b"d1:ad2:id20:abcdefghij012345678912:implied_porti1e4:porti6881ee1:q13:announce_peer1:t2:ab1:y1:qe";
    let refusal = b"d1:eli201e23:A Generic Error Ocurrede1:t2:ab1:y1:ee";
    let steps = [client(&ask[..]), server(&answer[..]), client(&announce[..]), server(&refusal[..])];
    assert_eq!(
        Scene::udp(&BittorrentDhtProtocol, 6881).transcript(&steps),
        "bittorrent_dht 0 {\"transaction_id\":\"6161\",\"client_version\":\"55540001\",\"request_type\":\"get_peers\",\
         \"request\":{\"id\":\"6162636465666768696a30313233343536373839\",\
         \"info_hash\":\"6d6e6f707172737475767778797a313233343536\"}}\n\
         bittorrent_dht 1 {\"transaction_id\":\"6161\",\"response\":{\"id\":\"6162636465666768696a30313233343536373839\",\
         \"nodes\":[{\"id\":\"6d6e6f707172737475767778797a313233343536\",\"ip\":\"10.0.0.1\",\"port\":6881}],\
         \"values\":[{\"ip\":\"10.0.0.2\",\"port\":80}],\"token\":\"746b\"}}\n\
         bittorrent_dht 2 {\"transaction_id\":\"6162\",\"request_type\":\"announce_peer\",\
         \"request\":{\"id\":\"6162636465666768696a30313233343536373839\",\"implied_port\":1,\"port\":6881}}\n\
         bittorrent_dht 3 {\"transaction_id\":\"6162\",\"error\":{\"num\":201,\"msg\":\"A Generic Error Ocurred\"}}\n"
    );
}

#[test]
fn what_is_none() {
    let deep = "l".repeat(100);
    let steps = [client("d1:y1:qe"), client("d1:ad2:id20:abc"), client(&deep), client("another protocol"), client("d")];
    assert_eq!(
        Scene::udp(&BittorrentDhtProtocol, 6881).transcript(&steps),
        "anomaly malformed_packet -\nanomaly malformed_packet -\nanomaly malformed_packet -\n"
    );
}
