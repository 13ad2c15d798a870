//! Interfaces that are known by name: Microsoft's open specifications say their identifiers ([MS-RPCE], [MS-SAMR], ...).

use super::pdu::Uuid;

/// The name of an interface's service.
pub(crate) fn service(uuid: Uuid) -> Option<&'static str> {
    let wanted = u128::from_be_bytes(uuid.0);
    SERVICES.iter().find(|(uuid, _)| *uuid == wanted).map(|(_, name)| *name)
}

#[rustfmt::skip]
const SERVICES: &[(u128, &str)] = &[
    (0xe1af8308_5d1f_11c9_91a4_08002b14a0fa, "epmapper"),
    (0x12345778_1234_abcd_ef00_0123456789ab, "lsarpc"),
    (0x12345778_1234_abcd_ef00_0123456789ac, "samr"),
    (0x12345678_1234_abcd_ef00_01234567cffb, "netlogon"),
    (0x12345678_1234_abcd_ef00_0123456789ab, "spoolss"),
    (0x367abb81_9844_35f1_ad32_98f038001003, "svcctl"),
    (0x4b324fc8_1670_01d3_1278_5a47bf6ee188, "srvsvc"),
    (0x6bffd098_a112_3610_9833_46c3f87e345a, "wkssvc"),
    (0x338cd001_2244_31f1_aaaa_900038001003, "winreg"),
    (0x1ff70682_0a51_30e8_076d_740be8cee98b, "atsvc"),
    (0x86d35949_83c9_4044_b424_db363231fd0c, "ITaskSchedulerService"),
    (0x378e52b0_c0a9_11cf_822d_00aa0051e40f, "sasec"),
    (0xe3514235_4b06_11d1_ab04_00c04fc2dcd2, "drsuapi"),
    (0x3919286a_b10c_11d0_9ba8_00c04fd92ef5, "dssetup"),
    (0x000001a0_0000_0000_c000_000000000046, "ISystemActivator"),
    (0x99fcfec4_5260_101b_bbcb_00aa0021347a, "IOXIDResolver"),
    (0x00000143_0000_0000_c000_000000000046, "IRemUnknown2"),
    (0x4fc742e0_4a10_11cf_8273_00aa004ae673, "netdfs"),
    (0xc681d488_d850_11d0_8c52_00c04fd90f7e, "efsrpc"),
    (0xdf1941c5_fe89_4e79_bf10_463657acf44d, "efsrpc"),
    (0x82273fdc_e32a_18c3_3f78_827929dc23ea, "eventlog"),
    (0xf6beaff7_1e19_4fbb_9f8f_b89e2018337c, "eventlog6"),
    (0x300f3532_38cc_11d0_a3f0_0020af6b0add, "trkwks"),
    (0x8d9f4e40_a03d_11ce_8f69_08003e30051b, "plugplay"),
    (0x76f03f96_cdfd_44fc_a22c_64950a001209, "IRemoteWinspool"),
    (0x50abc2a4_574d_40b3_9d66_ee4fd5fba076, "dnsserver"),
    (0xafa8bd80_7d8a_11c9_bef4_08002b102989, "mgmt"),
    (0x9556dc99_828c_11cf_a37e_00aa003240c7, "IWbemServices"),
    (0xf309ad18_d86a_11d0_a075_00c04fb68820, "IWbemLevel1Login"),
    (0x3dde7c30_165d_11d1_ab8f_00805f14db40, "BackupKey"),
    (0x894de0c0_0d55_11d3_a322_00c04fa321a1, "InitShutdown"),
    (0xa8e0653c_2744_4389_a61d_7373df8b2292, "FileServerVssAgent"),
    (0x91ae6020_9e3c_11cf_8d7c_00aa00c091be, "ICertPassage"),
];
