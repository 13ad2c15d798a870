//! Functions (MODBUS Application Protocol 1.1b3), in Suricata's words.

/// What a function accesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Store {
    Discretes,
    Coils,
    Input,
    Holding,
}

/// How it accesses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    WriteOne,
    WriteMany,
}

/// Numbers and names of functions.
const NAMES: &[(u8, &str)] = &[
    (1, "RdCoils"),
    (2, "RdDiscreteInputs"),
    (3, "RdHoldRegs"),
    (4, "RdInputRegs"),
    (5, "WrSingleCoil"),
    (6, "WrSingleReg"),
    (7, "RdExcStatus"),
    (8, "Diagnostic"),
    (9, "Program484"),
    (10, "Poll484"),
    (11, "GetCommEventCtr"),
    (12, "GetCommEventLog"),
    (13, "ProgramController"),
    (14, "PollController"),
    (15, "WrMultCoils"),
    (16, "WrMultRegs"),
    (17, "ReportServerID"),
    (18, "Program884"),
    (19, "ResetCommLink"),
    (20, "RdFileRec"),
    (21, "WrFileRec"),
    (22, "MaskWrReg"),
    (23, "RdWrMultRegs"),
    (24, "RdFIFOQueue"),
    (43, "MEI"),
];

const DIAGNOSTICS: &[(u16, &str)] = &[
    (0, "RetQueryData"),
    (1, "RestartCommOpt"),
    (2, "RetDiagReg"),
    (3, "ChangeInputDelimiter"),
    (4, "ForceListenOnlyMode"),
    (10, "ClearCtrDiagReg"),
    (11, "RetBusMsgCount"),
    (12, "RetBusCommErrCount"),
    (13, "RetBusExcErrCount"),
    (14, "RetServerMsgCount"),
    (15, "RetServerNoRespCount"),
    (16, "RetServerNAKCount"),
    (17, "RetServerBusyCount"),
    (18, "RetBusCharOverrunCount"),
    (19, "RetOverrunErrCount"),
    (20, "ClearOverrunCounterFlag"),
    (21, "GetClearPlusStats"),
];

const EXCEPTIONS: &[(u8, &str)] = &[
    (1, "IllegalFunction"),
    (2, "IllegalDataAddr"),
    (3, "IllegalDataValue"),
    (4, "ServerDeviceFail"),
    (5, "Ack"),
    (6, "ServerDeviceBusy"),
    (7, "NegAck"),
    (8, "MemParityErr"),
    (10, "GatewayPathUnavailable"),
    (11, "GatewayTargetFailToResp"),
];

fn of<T: PartialEq + Copy>(names: &[(T, &'static str)], number: T, otherwise: &'static str) -> &'static str {
    names.iter().find(|(known, _)| *known == number).map_or(otherwise, |(_, name)| name)
}

pub(super) fn name(function: u8) -> &'static str {
    of(NAMES, function, "Unknown")
}

pub(super) fn is_known(function: u8) -> bool {
    NAMES.iter().any(|(known, _)| *known == function)
}

pub(super) fn diagnostic_name(subfunction: u16) -> &'static str {
    of(DIAGNOSTICS, subfunction, "Reserved")
}

pub(super) fn exception_name(code: u8) -> &'static str {
    of(EXCEPTIONS, code, "Unknown")
}

pub(super) fn is_exception(code: u8) -> bool {
    EXCEPTIONS.iter().any(|(known, _)| *known == code)
}

pub(super) fn encapsulated_name(kind: u8) -> &'static str {
    of(&[(13, "CANOpenGenRefReqResp"), (14, "RdDevId")], kind, "Unknown")
}

/// What a function accesses; the one that reads and writes has two.
pub(super) fn accesses(function: u8) -> &'static [(Access, Store)] {
    match function {
        1 => &[(Access::Read, Store::Coils)],
        2 => &[(Access::Read, Store::Discretes)],
        3 => &[(Access::Read, Store::Holding)],
        4 => &[(Access::Read, Store::Input)],
        5 => &[(Access::WriteOne, Store::Coils)],
        6 | 22 => &[(Access::WriteOne, Store::Holding)],
        15 => &[(Access::WriteMany, Store::Coils)],
        16 => &[(Access::WriteMany, Store::Holding)],
        23 => &[(Access::Read, Store::Holding), (Access::WriteMany, Store::Holding)],
        _ => &[],
    }
}

/// Who has defined a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Category {
    PublicUnassigned = 1,
    PublicAssigned = 2,
    UserDefined = 3,
    Reserved = 4,
}

impl Category {
    /// Section 5 of the specification.
    pub(super) fn of(function: u8, subfunction: Option<u16>) -> Category {
        match (function, subfunction) {
            (8, Some(5..=9 | 19 | 21..)) | (43, Some(0..=12 | 15..)) => Category::Reserved,
            (9 | 10 | 13 | 14 | 18 | 19 | 41 | 42 | 90 | 91 | 125..=127, _) => Category::Reserved,
            (65..=72 | 100..=110, _) => Category::UserDefined,
            (function, _) if is_known(function) => Category::PublicAssigned,
            _ => Category::PublicUnassigned,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Category::PublicUnassigned => "PUBLIC_UNASSIGNED",
            Category::PublicAssigned => "PUBLIC_ASSIGNED",
            Category::UserDefined => "USER_DEFINED",
            Category::Reserved => "RESERVED",
        }
    }
}
