//! A handshake as rules look into it.

use super::extension::Extensions;
use super::fingerprint::Ja4Form;
use super::hello::{Carrier, ClientHello, ServerHello};
use super::transaction::Handshake;
use super::{Ja3, ja4};
use crate::buffer::{Field, item_at};
use model::packet::Side;
use std::borrow::Cow;

/// The bits of [`Field::TlsState`].
pub const STATES: &[(&str, u64)] =
    &[("client_hello", 1), ("server_hello", 2), ("client_keyx", 4), ("server_keyx", 8), ("unknown", 0)];

/// A time in seconds since 1970 as a number without sign, in the same order.
pub const fn moment(time_s: i64) -> u64 {
    time_s.cast_unsigned() ^ 1 << 63
}

type Bytes<'a> = Option<Cow<'a, [u8]>>;

/// What a client's hello says, of TLS and of QUIC.
pub(crate) fn of_client_hello<'a>(hello: ClientHello<'a>, carrier: Carrier, field: Field, place: usize) -> Bytes<'a> {
    match (field, place) {
        (Field::TlsSni | Field::QuicSni, 0) => hello.server_name().host().map(Cow::Borrowed),
        (Field::Ja3Hash, 0) => Some(owned(Ja3::of_client(hello).hash)),
        (Field::Ja3String, 0) => Some(owned(Ja3::of_client(hello).string)),
        (Field::Ja4Hash, 0) => Some(owned(ja4(hello, carrier, Ja4Form::Suricata))),
        (Field::TlsAlpn, place) => protocol_at(hello.extensions, place),
        (Field::TlsRandom, 0) => Some(Cow::Borrowed(hello.random)),
        (Field::TlsRandomTime, 0) => hello.random.get(..4).map(Cow::Borrowed),
        (Field::TlsRandomBytes, 0) => hello.random.get(4..).map(Cow::Borrowed),
        _ => None,
    }
}

/// What a server's hello says.
pub(crate) fn of_server_hello<'a>(hello: ServerHello<'a>, field: Field, place: usize) -> Bytes<'a> {
    match (field, place) {
        (Field::Ja3sHash, 0) => Some(owned(Ja3::of_server(hello).hash)),
        (Field::Ja3sString, 0) => Some(owned(Ja3::of_server(hello).string)),
        (Field::TlsAlpn, place) => protocol_at(hello.extensions, place),
        (Field::TlsRandom, 0) => Some(Cow::Borrowed(hello.random)),
        (Field::TlsRandomTime, 0) => hello.random.get(..4).map(Cow::Borrowed),
        (Field::TlsRandomBytes, 0) => hello.random.get(4..).map(Cow::Borrowed),
        _ => None,
    }
}

fn protocol_at(extensions: Extensions<'_>, place: usize) -> Bytes<'_> {
    let mut protocols = extensions.application_protocols();
    item_at(&mut || protocols.next(), place).map(Cow::Borrowed)
}

fn owned(text: String) -> Cow<'static, [u8]> {
    Cow::Owned(text.into_bytes())
}

impl Handshake {
    pub(super) fn bytes_of(&self, field: Field, sender: Side, place: usize) -> Bytes<'_> {
        if let Some(found) = self.of_certificates(field, sender, place) {
            return Some(found);
        }
        match sender {
            Side::Client => of_client_hello(self.client_hello()?, self.carrier(), field, place),
            Side::Server => of_server_hello(self.server_hello()?, field, place),
        }
    }

    fn of_certificates(&self, field: Field, sender: Side, place: usize) -> Bytes<'_> {
        if field == Field::TlsCerts {
            let mut certificates = self.certificates(sender);
            return item_at(&mut || certificates.next(), place).map(Cow::Borrowed);
        }
        let certificate = self.certificate(sender)?;
        match (field, place) {
            (Field::TlsCertSubject, 0) => Some(owned(certificate.subject())),
            (Field::TlsCertIssuer, 0) => Some(owned(certificate.issuer())),
            (Field::TlsCertSerial, 0) => Some(owned(certificate.serial())),
            (Field::TlsCertFingerprint, 0) => Some(owned(certificate.fingerprint())),
            (Field::TlsAlternativeName, place) => {
                let mut names = certificate.alternative_names();
                item_at(&mut || names.next(), place).map(owned)
            }
            _ => None,
        }
    }

    /// 0 for a certificate that is not yet valid, 1 for one that is, 2 for one that was.
    fn validity(&self, sender: Side) -> Option<u64> {
        let certificate = self.certificate(sender)?;
        let now_s = self.started().0.div_euclid(1_000_000_000);
        Some(match () {
            () if now_s < certificate.not_before_s => 0,
            () if now_s > certificate.not_after_s => 2,
            () => 1,
        })
    }

    /// What a side has said, as [`STATES`] has it.
    fn state(&self, sender: Side) -> u64 {
        let said = match sender {
            Side::Client => [(self.client_hello().is_some(), 1), (self.has_key_exchange(sender), 4)],
            Side::Server => [(self.server_hello().is_some(), 2), (self.has_key_exchange(sender), 8)],
        };
        said.into_iter().map(|(is_so, bit)| u64::from(is_so) * bit).sum()
    }

    pub(super) fn number_of(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        match (field, place) {
            (Field::TlsVersion, 0) => Some(self.version().0.into()),
            (Field::TlsCertChainLength, 0) => {
                let mut certificates = self.certificates(sender);
                let next: &mut dyn FnMut() -> bool = &mut || certificates.next().is_some();
                let mut count = 0;
                while next() {
                    count += 1;
                }
                Some(count)
            }
            (Field::TlsCertNotBefore, 0) => Some(moment(self.certificate(sender)?.not_before_s)),
            (Field::TlsCertNotAfter, 0) => Some(moment(self.certificate(sender)?.not_after_s)),
            (Field::TlsCertValidity, 0) => self.validity(sender),
            (Field::TlsState, 0) => Some(self.state(sender)),
            _ => None,
        }
    }
}
