//! Every log.

use super::field::Log;
use super::{conn, dhcp, files, ftp, tls, transactions, weird};

/// Every log, by name.
pub const LOGS: &[Log] = &[
    Log { name: "conn", fields: conn::FIELDS },
    Log { name: "dhcp", fields: dhcp::FIELDS },
    Log { name: "dns", fields: transactions::DNS },
    Log { name: "files", fields: files::FIELDS },
    Log { name: "ftp", fields: ftp::FIELDS },
    Log { name: "http", fields: transactions::HTTP },
    Log { name: "ntp", fields: transactions::NTP },
    Log { name: "smtp", fields: transactions::SMTP },
    Log { name: "ssh", fields: transactions::SSH },
    Log { name: "ssl", fields: tls::SSL },
    Log { name: "weird", fields: weird::FIELDS },
    Log { name: "x509", fields: tls::X509 },
];

/// The log that a table's transactions are rows of.
pub(super) fn of_table(table: &str) -> Option<&'static str> {
    const LOG_OF_TABLE: &[(&str, &str)] = &[
        ("dhcp", "dhcp"),
        ("dns", "dns"),
        ("ftp", "ftp"),
        ("http", "http"),
        ("ntp", "ntp"),
        ("smtp", "smtp"),
        ("ssh", "ssh"),
        ("tls", "ssl"),
    ];
    LOG_OF_TABLE.iter().find(|(own, _)| *own == table).map(|(_, log)| *log)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_its_log() {
        for table in crate::tables::transaction_tables() {
            if let Some(name) = of_table(table.name) {
                assert!(LOGS.iter().any(|log| log.name == name), "{name}");
            }
        }
    }
}
