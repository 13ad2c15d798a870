//! What MITRE ATT&CK calls the techniques that findings name.
//!
//! Source: ATT&CK Enterprise; of a technique with several tactics the one that traffic shows.

use serde_json::{Value, json};

/// (technique, its name, its tactic)
const TECHNIQUES: &[(&str, &str, Tactic)] = &[
    ("T1008", "Fallback Channels", COMMAND_AND_CONTROL),
    ("T1018", "Remote System Discovery", DISCOVERY),
    ("T1020", "Automated Exfiltration", EXFILTRATION),
    ("T1021", "Remote Services", LATERAL_MOVEMENT),
    ("T1029", "Scheduled Transfer", EXFILTRATION),
    ("T1030", "Data Transfer Size Limits", EXFILTRATION),
    ("T1040", "Network Sniffing", CREDENTIAL_ACCESS),
    ("T1041", "Exfiltration Over C2 Channel", EXFILTRATION),
    ("T1046", "Network Service Discovery", DISCOVERY),
    ("T1048", "Exfiltration Over Alternative Protocol", EXFILTRATION),
    ("T1071", "Application Layer Protocol", COMMAND_AND_CONTROL),
    ("T1071.003", "Mail Protocols", COMMAND_AND_CONTROL),
    ("T1071.004", "DNS", COMMAND_AND_CONTROL),
    ("T1074", "Data Staged", COLLECTION),
    ("T1078", "Valid Accounts", INITIAL_ACCESS),
    ("T1090", "Proxy", COMMAND_AND_CONTROL),
    ("T1090.003", "Multi-hop Proxy", COMMAND_AND_CONTROL),
    ("T1095", "Non-Application Layer Protocol", COMMAND_AND_CONTROL),
    ("T1110", "Brute Force", CREDENTIAL_ACCESS),
    ("T1110.001", "Password Guessing", CREDENTIAL_ACCESS),
    ("T1110.003", "Password Spraying", CREDENTIAL_ACCESS),
    ("T1133", "External Remote Services", INITIAL_ACCESS),
    ("T1190", "Exploit Public-Facing Application", INITIAL_ACCESS),
    ("T1210", "Exploitation of Remote Services", LATERAL_MOVEMENT),
    ("T1219", "Remote Access Tools", COMMAND_AND_CONTROL),
    ("T1489", "Service Stop", IMPACT),
    ("T1496", "Resource Hijacking", IMPACT),
    ("T1498", "Network Denial of Service", IMPACT),
    ("T1498.001", "Direct Network Flood", IMPACT),
    ("T1498.002", "Reflection Amplification", IMPACT),
    ("T1537", "Transfer Data to Cloud Account", EXFILTRATION),
    ("T1543", "Create or Modify System Process", PERSISTENCE),
    ("T1552.005", "Cloud Instance Metadata API", CREDENTIAL_ACCESS),
    ("T1562", "Impair Defenses", DEFENSE_EVASION),
    ("T1562.007", "Disable or Modify Cloud Firewall", DEFENSE_EVASION),
    ("T1562.008", "Disable or Modify Cloud Logs", DEFENSE_EVASION),
    ("T1567", "Exfiltration Over Web Service", EXFILTRATION),
    ("T1570", "Lateral Tool Transfer", LATERAL_MOVEMENT),
    ("T1571", "Non-Standard Port", COMMAND_AND_CONTROL),
    ("T1572", "Protocol Tunneling", COMMAND_AND_CONTROL),
    ("T1573", "Encrypted Channel", COMMAND_AND_CONTROL),
    ("T1595", "Active Scanning", RECONNAISSANCE),
    ("T1595.001", "Scanning IP Blocks", RECONNAISSANCE),
    ("T1595.002", "Vulnerability Scanning", RECONNAISSANCE),
];

/// Its identifier and its name.
type Tactic = (&'static str, &'static str);
const RECONNAISSANCE: Tactic = ("TA0043", "Reconnaissance");
const INITIAL_ACCESS: Tactic = ("TA0001", "Initial Access");
const PERSISTENCE: Tactic = ("TA0003", "Persistence");
const DEFENSE_EVASION: Tactic = ("TA0005", "Defense Evasion");
const CREDENTIAL_ACCESS: Tactic = ("TA0006", "Credential Access");
const DISCOVERY: Tactic = ("TA0007", "Discovery");
const LATERAL_MOVEMENT: Tactic = ("TA0008", "Lateral Movement");
const COLLECTION: Tactic = ("TA0009", "Collection");
const EXFILTRATION: Tactic = ("TA0010", "Exfiltration");
const COMMAND_AND_CONTROL: Tactic = ("TA0011", "Command and Control");
const IMPACT: Tactic = ("TA0040", "Impact");

/// A technique as the schema's object `attack`. One that is not in the table (a rule may name any) has its identifier only.
pub(super) fn attack(technique: &str) -> Value {
    let identified = |uid: &str, name: &str| json!({ "uid": uid, "name": name });
    let main = technique.split('.').next().unwrap_or(technique);
    let Some((_, name, tactic)) = row(technique) else {
        return json!({ "technique": { "uid": main } });
    };
    let tactic = identified(tactic.0, tactic.1);
    match row(main) {
        Some((_, main_name, _)) if main != technique => json!({
            "tactic": tactic,
            "technique": identified(main, main_name),
            "sub_technique": identified(technique, name),
        }),
        Some(_) => json!({ "tactic": tactic, "technique": identified(technique, name) }),
        None => json!({ "tactic": tactic, "technique": { "uid": main }, "sub_technique": identified(technique, name) }),
    }
}

fn row(technique: &str) -> Option<&'static (&'static str, &'static str, Tactic)> {
    TECHNIQUES.iter().find(|row| row.0 == technique)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_with_their_tactics() {
        let sub = attack("T1110.001");
        assert_eq!(
            (&sub["technique"]["uid"], &sub["sub_technique"]["name"]),
            (&json!("T1110"), &json!("Password Guessing"))
        );
        assert_eq!(attack("T1498")["tactic"]["uid"], "TA0040");
        assert_eq!(attack("T1552.005")["technique"], json!({ "uid": "T1552" }));
        assert_eq!(attack("T0886"), json!({ "technique": { "uid": "T0886" } }));
    }

    #[test]
    fn each_technique_stands_once_and_in_order() {
        assert!(TECHNIQUES.is_sorted_by(|one, other| one.0 < other.0));
    }
}
