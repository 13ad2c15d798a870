use super::IkeProtocol;
use crate::testing::{Scene, Step, client, server};

/// A message: indices, the first payload, a version, an exchange, flags, and the payloads.
fn message(first: u8, version: u8, exchange: u8, flags: u8, payloads: &[&[u8]]) -> Vec<u8> {
    let body = payloads.concat();
    let length = (28 + body.len()) as u32;
    [b"initiato", b"responde", &[first, version, exchange, flags][..], &[0, 0, 0, 7], &length.to_be_bytes(), &body]
        .concat()
}

/// A payload: the next one's type, and its content.
fn payload(next: u8, content: &[u8]) -> Vec<u8> {
    let length = (4 + content.len()) as u16;
    [&[next, 0][..], &length.to_be_bytes(), content].concat()
}

/// A security association of version 1 with these transforms.
fn association(next: u8, transforms: &[&[u8]]) -> Vec<u8> {
    let last = transforms.len() - 1;
    let transforms: Vec<u8> = (0..=last)
        .flat_map(|place| {
            payload(if place < last { 3 } else { 0 }, &[&[place as u8, 1, 0, 0], transforms[place]].concat())
        })
        .collect();
    let proposal = payload(0, &[&[1, 1, 0, last as u8 + 1], &transforms[..]].concat());
    payload(next, &[&[0, 0, 0, 1, 0, 0, 0, 1], &proposal[..]].concat())
}

#[track_caller]
fn check(port: u16, steps: &[Step<'_>], expected: &str) {
    assert_eq!(Scene::udp(&IkeProtocol, port).transcript(steps), expected);
}

const START: &str = "\"init_spi\":\"696e69746961746f\",\"resp_spi\":\"726573706f6e6465\",\"message_id\":7";

#[test]
fn version_1_proposes_and_chooses() {
    // AES with 128 bits, SHA, group 2, 86,400 seconds as four bytes.
    let aes = b"\x80\x01\0\x07\x80\x0e\0\x80\x80\x02\0\x02\x80\x04\0\x02\0\x0c\0\x04\0\x01\x51\x80";
    let des = b"\x80\x01\0\x01";
    let ask = message(1, 0x10, 2, 0, &[&association(13, &[aes, des]), &payload(0, b"me")]);
    let answer = message(1, 0x10, 2, 0, &[&association(4, &[aes]), &payload(10, b"key"), &payload(0, b"nonce")]);
    let secret = message(5, 0x10, 2, 1, &[b"????"]);
    let chosen = "\"alg_enc\":\"EncAesCbc\",\"alg_enc_raw\":7,\"sa_key_length\":\"Unknown\",\"sa_key_length_raw\":128,\
                  \"alg_hash\":\"HashSha\",\"alg_hash_raw\":2,\
                  \"alg_dh\":\"GroupAlternate1024BitModpGroup\",\"alg_dh_raw\":2,\
                  \"sa_life_duration\":\"Unknown\",\"sa_life_duration_raw\":86400";
    let expected = [
        format!(
            "ike 0 {{\"version_major\":1,\"version_minor\":0,{START},\"exchange_type\":2,\
             \"payload\":[\"SecurityAssociation\",\"Proposal\",\"Transform\",\"VendorID\"],\
             \"ikev1\":{{\"doi\":1,\"encrypted_payloads\":false,\
             \"client\":{{\"proposals\":[{{{chosen}}},{{\"alg_enc\":\"EncDesCbc\",\"alg_enc_raw\":1}}]}},\
             \"vendor_ids\":[\"6d65\"]}}}}\n"
        ),
        "anomaly weak_crypto_auth 1\nanomaly weak_crypto_dh 1\n".to_owned(),
        format!(
            "ike 1 {{\"version_major\":1,\"version_minor\":0,{START},\"exchange_type\":2,{chosen},\
             \"payload\":[\"SecurityAssociation\",\"Proposal\",\"Transform\",\"KeyExchange\",\"Nonce\"],\
             \"ikev1\":{{\"doi\":1,\"encrypted_payloads\":false,\"client\":{{}},\
             \"server\":{{\"key_exchange_payload\":\"6b6579\",\"key_exchange_payload_length\":3,\
             \"nonce_payload\":\"6e6f6e6365\",\"nonce_payload_length\":5}},\"vendor_ids\":[\"6d65\"]}}}}\n"
        ),
        format!(
            "ike 2 {{\"version_major\":1,\"version_minor\":0,{START},\"exchange_type\":2,{chosen},\"payload\":[],\
             \"ikev1\":{{\"doi\":1,\"encrypted_payloads\":true}}}}\n"
        ),
    ];
    check(500, &[client(&ask), server(&answer), client(&secret)], &expected.concat());
}

#[test]
fn version_2_chooses_by_kind() {
    // Behind NAT: AES-CBC with 256 bits, SHA-1, HMAC-SHA1, group 14.
    let transforms: [&[u8]; 4] = [b"\x01\0\0\x0c\x80\x0e\x01\0", b"\x02\0\0\x02", b"\x03\0\0\x02", b"\x04\0\0\x0e"];
    let transforms: Vec<u8> =
        (0..4).flat_map(|place| payload(if place < 3 { 3 } else { 0 }, transforms[place])).collect();
    let association = payload(41, &payload(0, &[&[1, 1, 0, 4], &transforms[..]].concat()));
    let answer = message(33, 0x20, 34, 0x20, &[&association, &payload(0, b"\0\0\x40\x04")]);
    let secret = message(46, 0x20, 35, 0x08, &[&payload(35, b"????")]);
    let [answer, secret] = [answer, secret].map(|message| [&[0; 4], &message[..]].concat());
    let steps = [server(&answer), client(&secret), client(b"\xff"), client(b"\x01\x02\x03\x04 a packet of the tunnel")];
    let expected = format!(
        "anomaly weak_crypto_auth 0\nanomaly weak_crypto_prf 0\n\
         ike 0 {{\"version_major\":2,\"version_minor\":0,{START},\"exchange_type\":34,\"role\":\"responder\",\
         \"alg_enc\":\"ENCR_AES_CBC\",\"alg_auth\":\"AUTH_HMAC_SHA1_96\",\"alg_prf\":\"PRF_HMAC_SHA1\",\
         \"alg_dh\":\"2048-bit MODP Group\",\"alg_esn\":\"NoESN\",\
         \"payload\":[\"SecurityAssociation\",\"Notify\",\"NoNextPayload\"],\
         \"ikev2\":{{\"errors\":0,\"notify\":[\"NAT_DETECTION_SOURCE_IP\"]}}}}\n\
         ike 1 {{\"version_major\":2,\"version_minor\":0,{START},\"exchange_type\":35,\"role\":\"initiator\",\
         \"payload\":[\"EncryptedAndAuthenticated\",\"IdentInitiator\"],\"ikev2\":{{\"errors\":0,\"notify\":[]}}}}\n"
    );
    check(4500, &steps, &expected);
}

#[test]
fn what_is_cut_is_told_as_far_as_it_came() {
    let cut = message(40, 0x20, 34, 0x08, &[b"\0\0\0\x09nonc"]);
    let expected = format!(
        "anomaly malformed_data 0\n\
         ike 0 {{\"version_major\":2,\"version_minor\":0,{START},\"exchange_type\":34,\"role\":\"initiator\",\
         \"payload\":[\"Nonce\"],\"ikev2\":{{\"errors\":0,\"notify\":[]}}}}\n\
         anomaly malformed_data 0\n"
    );
    check(500, &[client(&cut), client("no")], &expected);
}
