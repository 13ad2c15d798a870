//! Names of numbers: IANA's registries of IKE in the words of Suricata.

/// A number and its name.
pub(super) type Names = &'static [(u64, &'static str)];

pub(super) fn name_of(names: Names, number: u64) -> Option<&'static str> {
    names.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

/// Version 1: what an attribute is called, and what its values are (RFC 2409, appendix A).
pub(super) const ATTRIBUTES: &[(u16, &str, &str, Names)] = &[
    (1, "alg_enc", "alg_enc_raw", V1_ENCRYPTION),
    (2, "alg_hash", "alg_hash_raw", V1_HASH),
    (3, "alg_auth", "alg_auth_raw", V1_AUTHENTICATION),
    (4, "alg_dh", "alg_dh_raw", V1_GROUP),
    (5, "sa_group_type", "sa_group_type_raw", &[(1, "GroupTypeModp"), (2, "GroupTypeEcp"), (3, "GroupTypeEc2n")]),
    (6, "sa_group_prime", "sa_group_prime_raw", &[]),
    (7, "sa_group_generator_one", "sa_group_generator_one_raw", &[]),
    (8, "sa_group_generator_two", "sa_group_generator_two_raw", &[]),
    (9, "sa_group_curve_a", "sa_group_curve_a_raw", &[]),
    (10, "sa_group_curve_b", "sa_group_curve_b_raw", &[]),
    (11, "sa_life_type", "sa_life_type_raw", &[(1, "LifeTypeSeconds"), (2, "LifeTypeKilobytes")]),
    (12, "sa_life_duration", "sa_life_duration_raw", &[]),
    (13, "alg_prf", "alg_prf_raw", &[]),
    (14, "sa_key_length", "sa_key_length_raw", &[]),
    (15, "sa_field_size", "sa_field_size_raw", &[]),
    (16, "sa_group_order", "sa_group_order_raw", &[]),
];

const V1_ENCRYPTION: Names = &[
    (1, "EncDesCbc"),
    (2, "EncIdeaCbc"),
    (3, "EncBlowfishCbc"),
    (4, "EncRc5R16B64Cbc"),
    (5, "EncTripleDesCbc"),
    (6, "EncCastCbc"),
    (7, "EncAesCbc"),
    (8, "EncCamelliaCbc"),
];

const V1_HASH: Names =
    &[(1, "HashMd5"), (2, "HashSha"), (3, "HashTiger"), (4, "HashSha2_256"), (5, "HashSha2_384"), (6, "HashSha2_512")];

const V1_AUTHENTICATION: Names = &[
    (1, "AuthPreSharedKey"),
    (2, "AuthDssSignatures"),
    (3, "AuthRsaSignatures"),
    (4, "AuthEncryptionWithRsa"),
    (5, "AuthRevisedEncryptionWithRsa"),
    (6, "AuthReserved"),
    (9, "AuthEcdsaSha256"),
    (10, "AuthEcdsaSha384"),
    (11, "AuthEcdsaSha512"),
];

const V1_GROUP: Names = &[
    (1, "GroupDefault768BitModp"),
    (2, "GroupAlternate1024BitModpGroup"),
    (3, "GroupEc2nOnGf2p155"),
    (4, "GroupEc2nOnGf2p185"),
    (5, "GroupModp1536Bit"),
    (6, "GroupEc2nOverGf2p163"),
    (7, "GroupEc2nOverGf2p163B"),
    (8, "GroupEc2nOverGf2p283"),
    (9, "GroupEc2nOverGf2p283B"),
    (10, "GroupEc2nOverGf2p409"),
    (11, "GroupEc2nOverGf2p409B"),
    (12, "GroupEc2nOverGf2p571"),
    (13, "GroupEc2nOverGf2p571B"),
    (14, "GroupModp2048Bit"),
    (15, "GroupModp3072Bit"),
    (16, "GroupModp4096Bit"),
    (17, "GroupModp6144Bit"),
    (18, "GroupModp8192Bit"),
    (19, "GroupRandom256BitEcp"),
    (20, "GroupRandom384BitEcp"),
    (21, "GroupRandom521BitEcp"),
    (22, "GroupModp1024BitWith160BitPrimeSubgroup"),
    (23, "GroupModp2048BitWith224BitPrimeSubgroup"),
    (24, "GroupModp2048BitWith256BitPrimeSubgroup"),
    (25, "GroupRandom192BitEcp"),
    (26, "GroupRandom224BitEcp"),
    (27, "GroupBrainpoolP224r1"),
    (28, "GroupBrainpoolP256r1"),
    (29, "GroupBrainpoolP384r1"),
    (30, "GroupBrainpoolP512r1"),
];

/// Version 1: payloads (RFC 2408, section 3.1).
pub(super) const V1_PAYLOADS: Names = &[
    (1, "SecurityAssociation"),
    (2, "Proposal"),
    (3, "Transform"),
    (4, "KeyExchange"),
    (5, "Identification"),
    (6, "Certificate"),
    (7, "CertificateRequest"),
    (8, "Hash"),
    (9, "Signature"),
    (10, "Nonce"),
    (11, "Notification"),
    (12, "Delete"),
    (13, "VendorID"),
    (15, "SAKekPayload"),
    (16, "SATekPayload"),
    (17, "KeyDownload"),
    (18, "SequenceNumber"),
    (19, "ProofOfPossession"),
    (20, "NatDiscovery"),
    (21, "NatOriginalAddress"),
    (22, "GroupAssociatedPolicy"),
];

/// Version 1: exchanges (RFC 2408, section 3.1; RFC 2409, appendix A).
pub(super) const V1_EXCHANGES: Names = &[
    (0, "None"),
    (1, "Base"),
    (2, "Identity Protection"),
    (3, "Authentication Only"),
    (4, "Aggressive"),
    (5, "Informational"),
    (6, "Transaction"),
    (32, "Quick Mode"),
    (33, "New Group Mode"),
];

/// Version 2: payloads (RFC 7296, section 3.2).
pub(super) const V2_PAYLOADS: Names = &[
    (0, "NoNextPayload"),
    (33, "SecurityAssociation"),
    (34, "KeyExchange"),
    (35, "IdentInitiator"),
    (36, "IdentResponder"),
    (37, "Certificate"),
    (38, "CertificateRequest"),
    (39, "Authentication"),
    (40, "Nonce"),
    (41, "Notify"),
    (42, "Delete"),
    (43, "VendorID"),
    (44, "TrafficSelectorInitiator"),
    (45, "TrafficSelectorResponder"),
    (46, "EncryptedAndAuthenticated"),
    (47, "Configuration"),
    (48, "ExtensibleAuthentication"),
];

/// Version 2: ciphers (RFC 7296, section 3.3.2).
pub(super) const V2_ENCRYPTION: Names = &[
    (1, "ENCR_DES_IV64"),
    (2, "ENCR_DES"),
    (3, "ENCR_3DES"),
    (4, "ENCR_RC5"),
    (5, "ENCR_IDEA"),
    (6, "ENCR_CAST"),
    (7, "ENCR_BLOWFISH"),
    (8, "ENCR_3IDEA"),
    (9, "ENCR_DES_IV32"),
    (11, "ENCR_NULL"),
    (12, "ENCR_AES_CBC"),
    (13, "ENCR_AES_CTR"),
    (14, "ENCR_AES_CCM_8"),
    (15, "ENCR_AES_CCM_12"),
    (16, "ENCR_AES_CCM_16"),
    (18, "ENCR_AES_GCM_8"),
    (19, "ENCR_AES_GCM_12"),
    (20, "ENCR_AES_GCM_16"),
    (21, "ENCR_NULL_AUTH_AES_GMAC"),
    (23, "ENCR_CAMELLIA_CBC"),
    (24, "ENCR_CAMELLIA_CTR"),
    (25, "ENCR_CAMELLIA_CCM_8"),
    (26, "ENCR_CAMELLIA_CCM_12"),
    (27, "ENCR_CAMELLIA_CCM_16"),
    (28, "ENCR_CHACHA20_POLY1305"),
];

pub(super) const V2_PRF: Names = &[
    (0, "PRF_NULL"),
    (1, "PRF_HMAC_MD5"),
    (2, "PRF_HMAC_SHA1"),
    (3, "PRF_HMAC_TIGER"),
    (4, "PRF_AES128_XCBC"),
    (5, "PRF_HMAC_SHA2_256"),
    (6, "PRF_HMAC_SHA2_384"),
    (7, "PRF_HMAC_SHA2_512"),
    (8, "PRF_AES128_CMAC"),
];

pub(super) const V2_INTEGRITY: Names = &[
    (0, "NONE"),
    (1, "AUTH_HMAC_MD5_96"),
    (2, "AUTH_HMAC_SHA1_96"),
    (3, "AUTH_DES_MAC"),
    (4, "AUTH_KPDK_MD5"),
    (5, "AUTH_AES_XCBC_96"),
    (6, "AUTH_HMAC_MD5_128"),
    (7, "AUTH_HMAC_SHA1_160"),
    (8, "AUTH_AES_CMAC_96"),
    (9, "AUTH_AES_128_GMAC"),
    (10, "AUTH_AES_192_GMAC"),
    (11, "AUTH_AES_256_GMAC"),
    (12, "AUTH_HMAC_SHA2_256_128"),
    (13, "AUTH_HMAC_SHA2_384_192"),
    (14, "AUTH_HMAC_SHA2_512_256"),
];

pub(super) const V2_GROUP: Names = &[
    (0, "None"),
    (1, "768-bit MODP Group"),
    (2, "1024-bit MODP Group"),
    (5, "1536-bit MODP Group"),
    (14, "2048-bit MODP Group"),
    (15, "3072-bit MODP Group"),
    (16, "4096-bit MODP Group"),
    (17, "6144-bit MODP Group"),
    (18, "8192-bit MODP Group"),
    (19, "256-bit random ECP group"),
    (20, "384-bit random ECP group"),
    (21, "521-bit random ECP group"),
    (22, "1024-bit MODP Group with 160-bit Prime Order Subgroup"),
    (23, "2048-bit MODP Group with 224-bit Prime Order Subgroup"),
    (24, "2048-bit MODP Group with 256-bit Prime Order Subgroup"),
    (25, "192-bit Random ECP Group"),
    (26, "224-bit Random ECP Group"),
    (27, "brainpoolP224r1"),
    (28, "brainpoolP256r1"),
    (29, "brainpoolP384r1"),
    (30, "brainpoolP512r1"),
    (31, "Curve25519"),
    (32, "Curve448"),
];

pub(super) const V2_SEQUENCE: Names = &[(0, "NoESN"), (1, "ESN")];

/// From here on notifications are no errors (RFC 7296, section 3.10.1).
pub(super) const FIRST_STATUS: u16 = 16_384;

pub(super) const V2_NOTIFICATIONS: Names = &[
    (1, "UNSUPPORTED_CRITICAL_PAYLOAD"),
    (4, "INVALID_IKE_SPI"),
    (5, "INVALID_MAJOR_VERSION"),
    (7, "INVALID_SYNTAX"),
    (9, "INVALID_MESSAGE_ID"),
    (11, "INVALID_SPI"),
    (14, "NO_PROPOSAL_CHOSEN"),
    (17, "INVALID_KE_PAYLOAD"),
    (24, "AUTHENTICATION_FAILED"),
    (34, "SINGLE_PAIR_REQUIRED"),
    (35, "NO_ADDITIONAL_SAS"),
    (36, "INTERNAL_ADDRESS_FAILURE"),
    (37, "FAILED_CP_REQUIRED"),
    (38, "TS_UNACCEPTABLE"),
    (39, "INVALID_SELECTORS"),
    (43, "TEMPORARY_FAILURE"),
    (44, "CHILD_SA_NOT_FOUND"),
    (16_384, "INITIAL_CONTACT"),
    (16_385, "SET_WINDOW_SIZE"),
    (16_386, "ADDITIONAL_TS_POSSIBLE"),
    (16_387, "IPCOMP_SUPPORTED"),
    (16_388, "NAT_DETECTION_SOURCE_IP"),
    (16_389, "NAT_DETECTION_DESTINATION_IP"),
    (16_390, "COOKIE"),
    (16_391, "USE_TRANSPORT_MODE"),
    (16_392, "HTTP_CERT_LOOKUP_SUPPORTED"),
    (16_393, "REKEY_SA"),
    (16_394, "ESP_TFC_PADDING_NOT_SUPPORTED"),
    (16_395, "NON_FIRST_FRAGMENTS_ALSO"),
    (16_396, "MOBIKE_SUPPORTED"),
    (16_404, "MULTIPLE_AUTH_SUPPORTED"),
    (16_406, "REDIRECT_SUPPORTED"),
    (16_430, "IKEV2_FRAGMENTATION_SUPPORTED"),
    (16_431, "SIGNATURE_HASH_ALGORITHMS"),
];
