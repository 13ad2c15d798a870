//! Techniques of MITRE ATT&CK that findings name.
//!
//! Source: ATT&CK Enterprise; of a technique with several tactics the one that traffic shows.

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
    ("T1090.001", "Internal Proxy", COMMAND_AND_CONTROL),
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
    ("T1499", "Endpoint Denial of Service", IMPACT),
    ("T1499.001", "OS Exhaustion Flood", IMPACT),
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
pub(crate) type Tactic = (&'static str, &'static str);
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

/// A technique's identifier proven to be one, so that it can stand in a link.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Technique<'a> {
    id: &'a str,
    main: &'a str,
    sub: Option<&'a str>,
}

impl<'a> Technique<'a> {
    /// `T1110` or `T1110.001`, nothing else.
    pub(crate) fn parse(text: &'a str) -> Option<Technique<'a>> {
        let is_digits = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        let (main, sub) = text.split_once('.').map_or((text, None), |(main, sub)| (main, Some(sub)));
        let is_good =
            main.strip_prefix('T').is_some_and(|rest| is_digits(rest, 4)) && sub.is_none_or(|sub| is_digits(sub, 3));
        is_good.then_some(Technique { id: text, main, sub })
    }

    /// Its page at MITRE.
    pub(crate) fn url(self) -> String {
        let sub = self.sub.map(|sub| format!("{sub}/")).unwrap_or_default();
        format!("https://attack.mitre.org/techniques/{}/{sub}", self.main)
    }

    /// Is it part of another one?
    pub(crate) fn is_sub(self) -> bool {
        self.sub.is_some()
    }

    /// The technique that it is part of, or itself.
    pub(crate) fn main(self) -> Technique<'a> {
        Technique { id: self.main, main: self.main, sub: None }
    }

    /// `T1110.001`
    pub(crate) fn id(self) -> &'a str {
        self.id
    }

    /// Its name, for the techniques that traffic can show; empty for others.
    pub(crate) fn name(self) -> &'static str {
        self.row().map_or("", |row| row.1)
    }

    /// What it is for.
    pub(crate) fn tactic(self) -> Option<Tactic> {
        self.row().or(self.main().row()).map(|row| row.2)
    }

    fn row(self) -> Option<&'static (&'static str, &'static str, Tactic)> {
        TECHNIQUES.iter().find(|row| row.0 == self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_technique_ids_become_links() {
        let url = |text| Technique::parse(text).map(Technique::url);
        assert_eq!(url("T1110.001").as_deref(), Some("https://attack.mitre.org/techniques/T1110/001/"));
        assert_eq!(url("T1046").as_deref(), Some("https://attack.mitre.org/techniques/T1046/"));
        for wrong in ["", "T11", "javascript:alert(1)", "T1110.1", "T1110/../x", "T1110.001\""] {
            assert_eq!(url(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_detectors_name_has_a_name() {
        let is_named =
            |id: &str| id.is_empty() || Technique::parse(id).is_some_and(|technique| !technique.name().is_empty());
        let nameless: Vec<&str> = detect::DETECTORS.iter().map(|row| row.attack).filter(|id| !is_named(id)).collect();
        assert!(nameless.is_empty(), "{nameless:?}");
    }

    #[test]
    fn each_technique_stands_once_and_in_order() {
        assert!(TECHNIQUES.is_sorted_by(|one, other| one.0 < other.0));
        assert!(TECHNIQUES.iter().all(|row| Technique::parse(row.0).is_some()));
    }
}
