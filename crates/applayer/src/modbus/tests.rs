use super::ModbusProtocol;
use crate::testing::{Scene, Step, client, server};

#[track_caller]
fn check(steps: &[Step<'_>], expected: &str) {
    let scene = Scene::tcp(&ModbusProtocol, 502);
    assert_eq!(scene.transcript(steps), expected);
    scene.assert_cuts_change_nothing(steps);
}

/// A message told: its function, and what is behind its errors.
fn told(id: u8, function: u8, name: &str, access: &str, rest: &str) -> String {
    let category = "\"category\":\"PUBLIC_ASSIGNED\"";
    format!(
        "{{\"transaction_id\":{id},\"protocol_id\":0,\"unit_id\":1,\"function_raw\":{function},\
         \"function_code\":\"{name}\",\"access_type\":\"{access}\",{category},{rest}}}"
    )
}

#[test]
fn reads_and_writes() {
    let read =
        told(1, 3, "RdHoldRegs", "READ | HOLDING", "\"error_flags\":\"NONE\",\"read\":{\"address\":8,\"quantity\":1}");
    let data = told(1, 3, "RdHoldRegs", "READ | HOLDING", "\"error_flags\":\"NONE\",\"read\":{\"data\":\"ab\"}");
    let write = "\"error_flags\":\"NONE\",\"write\":{\"address\":2,\"data\":65280}";
    let write = told(2, 5, "WrSingleCoil", "WRITE | COILS | SINGLE | WRITE_SINGLE", write);
    let expected = format!(
        "modbus 0 {{\"id\":1,\"request\":{read},\"response\":{data}}}\n\
         modbus 1 {{\"id\":2,\"request\":{write},\"response\":{write}}}\n"
    );
    let [ask_read, answer_read] = [b"\0\x01\0\0\0\x06\x01\x03\0\x08\0\x01", &b"\0\x01\0\0\0\x05\x01\x03\x02ab"[..]];
    let ask_write = b"\0\x02\0\0\0\x06\x01\x05\0\x02\xff\0";
    let both = [ask_read, ask_write].concat();
    check(&[client(&both), server(answer_read), server(ask_write)], &expected);
}

#[test]
fn refusals_and_diagnostics() {
    let several = "\"error_flags\":\"NONE\",\"write\":{\"address\":0,\"quantity\":2,\"data\":\"abcd\"}";
    let several = told(3, 16, "WrMultRegs", "WRITE | HOLDING | MULTIPLE", several);
    let refused = "\"error_flags\":\"NONE\",\"exception\":{\"raw\":2,\"code\":\"IllegalDataAddr\"}";
    let refused = told(3, 144, "WrMultRegs", "WRITE | HOLDING | MULTIPLE", refused);
    let listen = "\"error_flags\":\"NONE\",\"diagnostic\":{\"raw\":4,\"code\":\"ForceListenOnlyMode\",\"data\":\"??\"}";
    let listen = told(4, 8, "Diagnostic", "NONE", listen);
    check(
        &[
            client(b"\0\x03\0\0\0\x0b\x01\x10\0\0\0\x02\x04abcd"),
            server(b"\0\x03\0\0\0\x03\x01\x90\x02"),
            client(b"\0\x04\0\0\0\x06\x01\x08\0\x04??"),
        ],
        &format!(
            "modbus 0 {{\"id\":1,\"request\":{several},\"response\":{refused}}}\nmodbus 1 {{\"id\":2,\"request\":{listen}}}\n"
        ),
    );
}

/// The anomalies of a conversation.
#[track_caller]
fn check_oddities(steps: &[Step<'_>], expected: &[&str]) {
    let transcript = Scene::tcp(&ModbusProtocol, 502).transcript(steps);
    let told: Vec<_> = transcript.lines().filter_map(|line| line.strip_prefix("anomaly ")).collect();
    assert_eq!(told, expected);
}

#[test]
fn what_is_odd_is_said() {
    let ask = client(b"\0\x01\0\0\0\x06\x01\x03\0\x08\0\x01");
    check_oddities(&[client(b"\0\x01\0\x05\0\x06\x01\x03\0\0\0\0")], &["invalid_protocol_id 0", "invalid_value 0"]);
    check_oddities(&[client(b"\0\x01\0\0\0\x03\x01\x03\0")], &["invalid_length 0"]);
    check_oddities(&[client(b"\0\x01\0\0\0\x02\x01\x32")], &["invalid_function_code 0"]);
    check_oddities(&[client(b"\0\x01\0\0\x01\0\x01\x32")], &["invalid_length -"]);
    check_oddities(&[server(b"\0\x01\0\0\0\x05\x01\x03\x02ab")], &["unsolicited_response 0"]);
    check_oddities(&[ask.clone(), server(b"\0\x01\0\0\0\x07\x01\x03\x04abcd")], &["value_mismatch 0"]);
    check_oddities(&[ask.clone(), server(b"\0\x01\0\0\0\x05\x02\x03\x02ab")], &["invalid_unit_identifier 0"]);
    check_oddities(&[ask, server(b"\0\x01\0\0\0\x03\x01\x83\x63")], &["invalid_exception_code 0"]);
}

/// Addresses begin at 1; a value stands with its address.
#[test]
fn what_rules_see() {
    use crate::buffer::Field::{ModbusAccess, ModbusAddress, ModbusCategory, ModbusFunction, ModbusValue};
    let scene = Scene::tcp(&ModbusProtocol, 502);
    let scene = scene.fields(&[ModbusFunction, ModbusCategory, ModbusAccess, ModbusAddress, ModbusValue]);
    let transcript = scene.transcript(&[client(b"\0\x03\0\0\0\x0b\x01\x10\0\x07\0\x02\x04\0\x05\0\x06")]);
    let seen: Vec<_> = transcript.lines().filter_map(|line| line.strip_prefix("  modbus.")).collect();
    let written = 0x23_u64;
    let expected = [
        "function of client 16".to_owned(),
        "category of client 2".to_owned(),
        format!("access of client {written}"),
        format!("address of client {} {}", written << 32 | 8, written << 32 | 9),
        format!("value of client {} {}", written << 48 | 8 << 16 | 5, written << 48 | 9 << 16 | 6),
    ];
    assert_eq!(seen, expected, "{transcript}");
}
