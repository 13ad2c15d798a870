//! What rules look into: bytes and numbers of a transaction, by the names of Suricata's keywords.

/// Declares [`Field`] and its names.
macro_rules! fields {
    ($($variant:ident $name:literal,)*) => {
        /// A part of a transaction that rules can look into.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Field {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Field {
            /// Every field, in order.
            pub const ALL: &[Field] = &[$(Field::$variant,)*];

            /// Suricata's keyword for it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Field::$variant => $name,)*
                }
            }
        }
    };
}

fields! {
    HttpUri "http.uri",
    HttpUriRaw "http.uri.raw",
    HttpMethod "http.method",
    HttpProtocol "http.protocol",
    HttpRequestLine "http.request_line",
    HttpResponseLine "http.response_line",
    HttpHeader "http.header",
    HttpHeaderRaw "http.header.raw",
    HttpHeaderNames "http.header_names",
    HttpRequestHeader "http.request_header",
    HttpResponseHeader "http.response_header",
    HttpCookie "http.cookie",
    HttpUserAgent "http.user_agent",
    HttpHost "http.host",
    HttpHostRaw "http.host.raw",
    HttpAccept "http.accept",
    HttpAcceptLang "http.accept_lang",
    HttpAcceptEnc "http.accept_enc",
    HttpReferer "http.referer",
    HttpConnection "http.connection",
    HttpContentType "http.content_type",
    HttpContentLen "http.content_len",
    HttpStart "http.start",
    HttpStatCode "http.stat_code",
    HttpStatMsg "http.stat_msg",
    HttpLocation "http.location",
    HttpServer "http.server",
    Http2HeaderName "http2.header_name",
    Http2FrameType "http2.frametype",
    Http2ErrorCode "http2.errorcode",
    Http2Priority "http2.priority",
    Http2Window "http2.window",
    Http2SizeUpdate "http2.size_update",
    Http2Settings "http2.settings",
    DnsQuery "dns.query",
    DnsQueriesName "dns.queries.rrname",
    DnsAnswerName "dns.answer.name",
    DnsAnswersName "dns.answers.rrname",
    DnsAuthoritiesName "dns.authorities.rrname",
    DnsAdditionalsName "dns.additionals.rrname",
    DnsResponseName "dns.response.rrname",
    DnsOpcode "dns.opcode",
    DnsRcode "dns.rcode",
    DnsRrtype "dns.rrtype",
    TlsSni "tls.sni",
    TlsCertSubject "tls.cert_subject",
    TlsCertIssuer "tls.cert_issuer",
    TlsCertSerial "tls.cert_serial",
    TlsCertFingerprint "tls.cert_fingerprint",
    TlsCerts "tls.certs",
    TlsCertChainLength "tls.cert_chain_len",
    TlsAlternativeName "tls.subjectaltname",
    TlsAlpn "tls.alpn",
    TlsRandom "tls.random",
    TlsRandomTime "tls.random_time",
    TlsRandomBytes "tls.random_bytes",
    TlsVersion "tls.version",
    Ja3Hash "ja3.hash",
    Ja3String "ja3.string",
    Ja3sHash "ja3s.hash",
    Ja3sString "ja3s.string",
    Ja4Hash "ja4.hash",
    QuicSni "quic.sni",
    QuicUa "quic.ua",
    QuicVersion "quic.version",
    QuicCyuHash "quic.cyu.hash",
    QuicCyuString "quic.cyu.string",
    SshProto "ssh.proto",
    SshSoftware "ssh.software",
    SshHassh "ssh.hassh",
    SshHasshString "ssh.hassh.string",
    SshHasshServer "ssh.hassh.server",
    SshHasshServerString "ssh.hassh.server.string",
    SmtpHelo "smtp.helo",
    SmtpMailFrom "smtp.mail_from",
    SmtpRcptTo "smtp.rcpt_to",
    EmailFrom "email.from",
    EmailTo "email.to",
    EmailCc "email.cc",
    EmailSubject "email.subject",
    EmailDate "email.date",
    EmailMessageId "email.message_id",
    EmailXMailer "email.x_mailer",
    EmailUrl "email.url",
    EmailReceived "email.received",
    FtpCommand "ftp.command",
    FtpCommandData "ftp.command_data",
    FtpReply "ftp.reply",
    FtpCompletionCode "ftp.completion_code",
    FtpDynamicPort "ftp.dynamic_port",
    FtpMode "ftp.mode",
    FtpReplyReceived "ftp.reply_received",
    FtpDataCommand "ftpdata_command",
    FtpPortAddress "ftpbounce",
    TftpFile "tftp.file",
    DhcpLeaseTime "dhcp.leasetime",
    DhcpRebindingTime "dhcp.rebinding_time",
    DhcpRenewalTime "dhcp.renewal_time",
    WebsocketPayload "websocket.payload",
    WebsocketOpcode "websocket.opcode",
    WebsocketMask "websocket.mask",
    WebsocketFlags "websocket.flags",
    SmbNamedPipe "smb.named_pipe",
    SmbShare "smb.share",
    SmbNtlmsspUser "smb.ntlmssp_user",
    SmbNtlmsspDomain "smb.ntlmssp_domain",
    SmbVersion "smb.version",
    DcerpcStubData "dcerpc.stub_data",
    DcerpcOpnum "dcerpc.opnum",
    DcerpcInterface "dcerpc.iface",
    DcerpcInterfaceVersion "dcerpc.iface.version",
    FileName "file.name",
    Dnp3Data "dnp3_data",
    Dnp3Function "dnp3_func",
    Dnp3Indicators "dnp3_ind",
    Dnp3Object "dnp3_obj",
    ModbusUnit "modbus.unit",
    ModbusFunction "modbus.function",
    ModbusSubfunction "modbus.subfunction",
    ModbusCategory "modbus.category",
    ModbusAccess "modbus.access",
    ModbusAddress "modbus.address",
    ModbusValue "modbus.value",
    EnipCommand "enip.command",
    EnipStatus "enip.status",
    EnipProtocolVersion "enip.protocol_version",
    EnipCapabilities "enip.capabilities",
    EnipServiceName "enip.service_name",
    EnipProductName "enip.product_name",
    EnipRevision "enip.revision",
    EnipIdentityStatus "enip.identity_status",
    EnipState "enip.state",
    EnipSerial "enip.serial",
    EnipProductCode "enip.product_code",
    EnipDeviceType "enip.device_type",
    EnipVendor "enip.vendor_id",
    EnipCipClass "enip.cip_class",
    EnipCipInstance "enip.cip_instance",
    EnipCipAttribute "enip.cip_attribute",
    EnipCipStatus "enip.cip_status",
    EnipCipExtendedStatus "enip.cip_extendedstatus",
    CipService "cip_service",
    CipServiceClass "cip_service.class",
    CipServiceAttribute "cip_service.attribute",
    IkeInitiatorSpi "ike.init_spi",
    IkeResponderSpi "ike.resp_spi",
    IkeVendor "ike.vendor",
    IkeKeyExchange "ike.key_exchange_payload",
    IkeKeyExchangeLength "ike.key_exchange_payload_length",
    IkeNonce "ike.nonce_payload",
    IkeNonceLength "ike.nonce_payload_length",
    IkeExchangeType "ike.exchtype",
    IkeChosenAttribute "ike.chosen_sa_attribute",
    SipMethod "sip.method",
    SipUri "sip.uri",
    SipProtocol "sip.protocol",
    SipRequestLine "sip.request_line",
    SipResponseLine "sip.response_line",
    SipStatCode "sip.stat_code",
    SipStatMsg "sip.stat_msg",
    SipFrom "sip.from",
    SipTo "sip.to",
    SipVia "sip.via",
    SipUserAgent "sip.user_agent",
    SipContentType "sip.content_type",
    SipContentLength "sip.content_length",
    SdpSessionName "sdp.session_name",
    SdpSessionInfo "sdp.session_info",
    SdpOrigin "sdp.origin",
    SdpUri "sdp.uri",
    SdpEmail "sdp.email",
    SdpPhoneNumber "sdp.phone_number",
    SdpConnectionData "sdp.connection_data",
    SdpBandwidth "sdp.bandwidth",
    SdpTime "sdp.time",
    SdpRepeatTime "sdp.repeat_time",
    SdpTimezone "sdp.timezone",
    SdpEncryptionKey "sdp.encryption_key",
    SdpAttribute "sdp.attribute",
    SdpMedia "sdp.media.media",
    SdpMediaInfo "sdp.media.media_info",
    SdpMediaConnectionData "sdp.media.connection_data",
    SdpMediaEncryptionKey "sdp.media.encryption_key",
    PgsqlQuery "pgsql.query",
    RfbName "rfb.name",
    RfbSecurityType "rfb.sectype",
    RfbSecurityResult "rfb.secresult",
    MqttType "mqtt.type",
    MqttFlags "mqtt.flags",
    MqttQos "mqtt.qos",
    MqttProtocolVersion "mqtt.protocol_version",
    MqttReasonCode "mqtt.reason_code",
    MqttConnectFlags "mqtt.connect.flags",
    MqttConnectClientId "mqtt.connect.clientid",
    MqttConnectUsername "mqtt.connect.username",
    MqttConnectPassword "mqtt.connect.password",
    MqttConnectWillTopic "mqtt.connect.willtopic",
    MqttConnectWillMessage "mqtt.connect.willmessage",
    MqttConnectProtocol "mqtt.connect.protocol_string",
    MqttSessionPresent "mqtt.connack.session_present",
    MqttPublishTopic "mqtt.publish.topic",
    MqttPublishMessage "mqtt.publish.message",
    MqttSubscribeTopic "mqtt.subscribe.topic",
    MqttUnsubscribeTopic "mqtt.unsubscribe.topic",
    LdapRequestOperation "ldap.request.operation",
    LdapResponsesOperation "ldap.responses.operation",
    LdapResponsesCount "ldap.responses.count",
    LdapResponsesResultCode "ldap.responses.result_code",
    LdapRequestDn "ldap.request.dn",
    LdapResponsesDn "ldap.responses.dn",
    LdapResponsesMessage "ldap.responses.message",
    LdapRequestAttributeType "ldap.request.attribute_type",
    LdapResponsesAttributeType "ldap.responses.attribute_type",
    Krb5MessageType "krb5_msg_type",
    Krb5ErrorCode "krb5_err_code",
    Krb5ClientName "krb5.cname",
    Krb5ServiceName "krb5.sname",
    Krb5TicketEncryption "krb5.ticket_encryption",
    Krb5WeakEncryption "krb5.weak_encryption",
    NfsProcedure "nfs_procedure",
    NfsVersion "nfs_version",
    SnmpVersion "snmp.version",
    SnmpPduType "snmp.pdu_type",
    SnmpCommunity "snmp.community",
    SnmpUser "snmp.usm",
    TlsCertNotBefore "tls_cert_notbefore",
    TlsCertNotAfter "tls_cert_notafter",
    TlsCertValidity "tls_cert_valid",
    TlsState "ssl_state",
}

impl Field {
    /// The field that a keyword means; none where no transaction has it.
    pub fn named(name: &str) -> Option<Field> {
        Field::ALL.iter().copied().find(|field| field.name() == name)
    }
}

/// The item at a place of what `next` gives. Not by an iterator's `nth`: LLVM unrolls readers of bounded lists, and then takes
/// minutes to compare every bound with every other.
pub(crate) fn item_at<T>(next: &mut dyn FnMut() -> Option<T>, place: usize) -> Option<T> {
    for _ in 0..place {
        next()?;
    }
    next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_none_is_twice() {
        for (place, field) in Field::ALL.iter().enumerate() {
            assert_eq!((Field::named(field.name()), *field as usize), (Some(*field), place));
        }
        assert_eq!(Field::named("http.nothing"), None);
    }
}
