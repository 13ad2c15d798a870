//! SIP, and the descriptions of sessions in it.

use super::{Keyword, sticky};
use crate::draft::Origin;
use applayer::Field;

const fn sip(field: Field) -> Origin {
    Origin::field(field, &["sip"])
}

pub(super) const KEYWORDS: &[Keyword] = &[
    sticky(&["sip.method"], sip(Field::SipMethod).of_client(), "the method"),
    sticky(&["sip.uri"], sip(Field::SipUri).of_client(), "the URI"),
    sticky(&["sip.protocol"], sip(Field::SipProtocol), "the version"),
    sticky(&["sip.request_line"], sip(Field::SipRequestLine).of_client(), "the first line of a request"),
    sticky(&["sip.response_line"], sip(Field::SipResponseLine).of_server(), "the first line of a response"),
    sticky(&["sip.stat_code"], sip(Field::SipStatCode).of_server(), "the status code"),
    sticky(&["sip.stat_msg"], sip(Field::SipStatMsg).of_server(), "the words behind the status code"),
    sticky(&["sip.from"], sip(Field::SipFrom).many(), "the field From"),
    sticky(&["sip.to"], sip(Field::SipTo).many(), "the field To"),
    sticky(&["sip.via"], sip(Field::SipVia).many(), "the field Via"),
    sticky(&["sip.user_agent"], sip(Field::SipUserAgent).many(), "the field User-Agent"),
    sticky(&["sip.content_type"], sip(Field::SipContentType).many(), "the field Content-Type"),
    sticky(&["sip.content_length"], sip(Field::SipContentLength).many(), "the field Content-Length"),
    sticky(&["sdp.session_name"], sip(Field::SdpSessionName), "the session's name"),
    sticky(&["sdp.session_info"], sip(Field::SdpSessionInfo), "the session's description"),
    sticky(&["sdp.origin"], sip(Field::SdpOrigin), "who made the session"),
    sticky(&["sdp.uri"], sip(Field::SdpUri), "where more is to be read"),
    sticky(&["sdp.email"], sip(Field::SdpEmail), "whom to write to"),
    sticky(&["sdp.phone_number"], sip(Field::SdpPhoneNumber), "whom to call"),
    sticky(&["sdp.connection_data"], sip(Field::SdpConnectionData), "the connection"),
    sticky(&["sdp.bandwidth"], sip(Field::SdpBandwidth).many(), "each bandwidth"),
    sticky(&["sdp.time"], sip(Field::SdpTime).many(), "when it is"),
    sticky(&["sdp.repeat_time"], sip(Field::SdpRepeatTime).many(), "when it is again"),
    sticky(&["sdp.timezone"], sip(Field::SdpTimezone), "the time zone"),
    sticky(&["sdp.encryption_key"], sip(Field::SdpEncryptionKey), "the key"),
    sticky(&["sdp.attribute"], sip(Field::SdpAttribute).many(), "each attribute of the session"),
    sticky(&["sdp.media.media"], sip(Field::SdpMedia).many(), "each medium"),
    sticky(&["sdp.media.media_info"], sip(Field::SdpMediaInfo).many(), "the title of each medium"),
    sticky(&["sdp.media.connection_data"], sip(Field::SdpMediaConnectionData).many(), "the connection of each medium"),
    sticky(&["sdp.media.encryption_key"], sip(Field::SdpMediaEncryptionKey).many(), "the key of each medium"),
];
