//! What the day came to: findings, and the lists that named some of its addresses.

use super::{at, strings};
use crate::summary::*;

/// severity | detector | title | entity | peers | first, last | technique | confidence | evidence | condition of the query
const FINDINGS: &str = "\
critical|credential.bruteforce|203.0.113.66 guessed its way into SSH on 10.0.4.17 (bastion-1) after 4,812 refused attempts|203.0.113.66|10.0.4.17|02:11:05 03:51:40|T1110.001|0.97|refused attempts=4,812 in 87 min;first long session=03:38:12, 13 min, 109 MB;usual attempts per hour=0;on blacklist=firehol_level1.netset|src_ip = '203.0.113.66' AND dst_port = 22
critical|exfiltration.volume|10.0.4.17 (bastion-1) sent 102 GB to 198.51.100.23, which nobody here had talked to before|10.0.4.17|198.51.100.23|04:01:13 04:44:50|T1048|0.94|sent=102 GB in 44 min;received=331 kB;usual upload of this host=4.1 MB a day;out to in=308,771 : 1|src_ip = '10.0.4.17' AND dst_ip = '198.51.100.23'
high|beacon.periodic|10.1.4.9 calls 192.0.2.77 every 60 s, all day: a C2 server on feodo-c2.csv|10.1.4.9|192.0.2.77|00:01:00 23:59:01|T1071.001|0.91|interval=60 s, jitter 0.8 s;calls=1,440 of 1,440 due;bytes each=6,480 up, 2,779 down|src_ip = '10.1.4.9' AND dst_ip = '192.0.2.77'
high|exposure.opened|postgresql on 10.0.9.12 (orders-db-primary) was opened to the internet at 14:05|10.0.9.12|192.0.2.140 192.0.2.141 198.51.100.9|14:05:02 23:58:12|T1133|0.88|denied until=14:04:59 (2,118 times);accepted since=424 records from 3 addresses;service=postgresql tcp/5432|dst_ip = '10.0.9.12' AND dst_port = 5432
high|health.silent_log|eni-0f4d1c9a77b310e52 stopped logging at 03:52 while its peers still saw 10.0.4.17|eni-0f4d1c9a77b310e52||03:52:10 23:59:58|T1562.008|0.83|silent for=20 h 7 min;peers that saw it since=3;records per hour before=1,902|src_ip = '10.0.4.17' OR dst_ip = '10.0.4.17'
medium|scan.vertical|198.18.7.9 tried 1,024 ports on 254 addresses; all were refused|198.18.7.9|10.0.0.0/24|02:00:11 03:29:58|T1046|0.99|refused=372,118;accepted=0;rate=69 per second|src_ip = '198.18.7.9'
medium|lateral.new_path|10.0.4.17 (bastion-1) opened SSH to orders-db-primary for the first time|10.0.4.17|10.0.9.12|03:40:12 03:58:01|T1021.004|0.7|sessions=88;days without it before=13|src_ip = '10.0.4.17' AND dst_ip = '10.0.9.12'
medium|transport.weak|Three services still answer without encryption: redis tcp/6379, http tcp/80, ldap tcp/389|10.0.3.0/24|10.0.3.4 10.0.3.5 10.0.3.6 10.0.3.7|00:00:02 23:59:58||0.6|records=318,204;bytes=91 GB|dst_port IN (6379, 80, 389)
low|scan.background|Internet background noise: 2,118 sources were refused on ssh, rdp, telnet and smb|internet||00:00:02 23:59:58|T1595|0.9|refused=411,204;sources=2,118|verdict = 'denied'
info|health.skip_data|AWS lost records in 14 windows on 3 interfaces|aws|eni-0aa eni-0bb eni-0cc|09:10:00 17:20:00||1.0|SKIPDATA rows=14|kind = 'skip_data'";

pub(super) fn findings() -> Vec<Finding> {
    FINDINGS.lines().map(finding).collect()
}

fn finding(line: &'static str) -> Finding {
    let parts: Vec<&'static str> = line.split('|').collect();
    let (first, last) = parts[5].split_once(' ').expect("two times");
    let evidence = parts[8].split(';').filter_map(|pair| pair.split_once('='));
    Finding {
        id: format!("{}-{}", parts[1], parts[3]),
        severity: parts[0],
        detector: parts[1].into(),
        title: parts[2].into(),
        entity: parts[3].into(),
        peers: parts[4].split_whitespace().map(str::to_owned).collect(),
        first_seen: at(first),
        last_seen: at(last),
        attack: parts[6].into(),
        confidence: parts[7].parse().expect("a number"),
        evidence: evidence.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        next_step: format!(
            "See the records behind it: fathom query \"SELECT time_start, src_ip, dst_ip, dst_port, bytes, verdict FROM \
             flows WHERE {} ORDER BY time_start\" INPUT...",
            parts[9]
        ),
        ..Finding::default()
    }
}

/// address, list, label, direction, outcome, our side, port, bytes sent, bytes received, score.
const HITS: &str = "\
192.0.2.77|feodo-c2.csv|C2: Dridex|outbound|answered|10.1.4.9|8443|9331002|4002118|94
198.51.100.23|team-watchlist.txt|bulletproof hosting|outbound|answered|10.0.4.17|443|102204118220|331002|88
203.0.113.66|firehol_level1.netset|attacker|inbound|answered|10.0.4.17 10.0.4.18 10.0.4.19|22|61002118|48331002|61
192.0.2.200|firehol_level1.netset||outbound|unanswered|10.0.2.31|443|4200|0|22";

fn hit(line: &str) -> IntelHit {
    let parts: Vec<&str> = line.split('|').collect();
    let number = |at: usize| parts[at].parse().expect("a number");
    IntelHit {
        address: parts[0].into(),
        lists: strings(&[parts[1]]),
        label: parts[2].into(),
        direction: parts[3].into(),
        outcome: parts[4].into(),
        internal: parts[5].split(' ').map(str::to_owned).collect(),
        service: if parts[6] == "22" { "ssh".into() } else { "https".into() },
        port: parts[6].parse().ok(),
        records: 1440,
        bytes_sent: number(7),
        bytes_received: number(8),
        score: parts[9].parse().expect("a number"),
        first: at("00:01:00"),
        last: at("23:59:01"),
    }
}

pub(super) fn intel() -> Intel {
    let skipped = |reason: &str, count, example: &str| (reason.to_owned(), count, example.to_owned());
    let list = |name: &str, format: &str, entries, skipped| IntelList {
        name: name.into(),
        format: format.into(),
        entries,
        skipped,
    };
    let too_wide =
        vec![skipped("private or reserved range", 14, "10.0.0.0/8"), skipped("wider than /8", 1, "0.0.0.0/1")];
    Intel {
        lists: vec![
            list("feodo-c2.csv", "csv", 512, Vec::new()),
            list("firehol_level1.netset", "netset", 4_502, too_wide),
            list("team-watchlist.txt", "plain", 31, vec![skipped("not an address", 2, "evil.example")]),
        ],
        hits: HITS.lines().map(hit).collect(),
        rejected_inbound: 41_882,
    }
}
