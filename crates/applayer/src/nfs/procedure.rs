//! Procedures, whatever the version numbers them.

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Procedure {
    Null,
    GetAttr,
    SetAttr,
    Lookup,
    Access,
    ReadLink,
    Read,
    Write,
    Create,
    MkDir,
    SymLink,
    MkNod,
    Remove,
    RmDir,
    Rename,
    Link,
    ReadDir,
    ReadDirPlus,
    FsStat,
    FsInfo,
    PathConf,
    Commit,
    Root,
    WriteCache,
    StatFs,
    Compound,
    Unknown(u32),
}

use Procedure::*;

/// RFC 1094, section 2.2.
const VERSION2: [Procedure; 18] = [
    Null, GetAttr, SetAttr, Root, Lookup, ReadLink, Read, WriteCache, Write, Create, Remove, Rename, Link, SymLink,
    MkDir, RmDir, ReadDir, StatFs,
];

/// RFC 1813, section 3.
const VERSION3: [Procedure; 22] = [
    Null,
    GetAttr,
    SetAttr,
    Lookup,
    Access,
    ReadLink,
    Read,
    Write,
    Create,
    MkDir,
    SymLink,
    MkNod,
    Remove,
    RmDir,
    Rename,
    Link,
    ReadDir,
    ReadDirPlus,
    FsStat,
    FsInfo,
    PathConf,
    Commit,
];

/// RFC 8881, section 16.
const VERSION4: [Procedure; 2] = [Null, Compound];

impl Procedure {
    pub(super) fn of(version: u32, number: u32) -> Procedure {
        Procedure::all(version).get(number as usize).copied().unwrap_or(Unknown(number))
    }

    fn all(version: u32) -> &'static [Procedure] {
        match version {
            2 => &VERSION2,
            3 => &VERSION3,
            4 => &VERSION4,
            _ => &[],
        }
    }

    /// Its number in a version.
    pub(super) fn number(self, version: u32) -> u32 {
        match (self, Procedure::all(version).iter().position(|known| *known == self)) {
            (Unknown(number), _) => number,
            (_, place) => place.map_or(u32::MAX, |place| place as u32),
        }
    }

    pub(super) fn name(self) -> String {
        match self {
            Unknown(number) => number.to_string(),
            known => format!("{known:?}").to_ascii_uppercase(),
        }
    }
}

/// RFC 1813, section 2.6.
pub(super) fn status_name(status: u32) -> String {
    let known = match status {
        0 => "OK",
        1 => "ERR_PERM",
        2 => "ERR_NOENT",
        5 => "ERR_IO",
        6 => "ERR_NXIO",
        13 => "ERR_ACCES",
        17 => "ERR_EXIST",
        18 => "ERR_XDEV",
        19 => "ERR_NODEV",
        20 => "ERR_NOTDIR",
        21 => "ERR_ISDIR",
        22 => "ERR_INVAL",
        27 => "ERR_FBIG",
        28 => "ERR_NOSPC",
        30 => "ERR_ROFS",
        31 => "ERR_MLINK",
        63 => "ERR_NAMETOOLONG",
        66 => "ERR_NOTEMPTY",
        69 => "ERR_DQUOT",
        70 => "ERR_STALE",
        71 => "ERR_REMOTE",
        10_001 => "ERR_BADHANDLE",
        10_002 => "ERR_NOT_SYNC",
        10_003 => "ERR_BAD_COOKIE",
        10_004 => "ERR_NOTSUPP",
        10_005 => "ERR_TOOSMALL",
        10_006 => "ERR_SERVERFAULT",
        10_007 => "ERR_BADTYPE",
        10_008 => "ERR_JUKEBOX",
        other => return other.to_string(),
    };
    known.to_owned()
}
