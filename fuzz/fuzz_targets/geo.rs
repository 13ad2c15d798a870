//! Databases of countries and autonomous systems from foreign bytes: no panic, and every lookup ends.
#![no_main]

use enrich::geo::Database;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(database) = Database::read(bytes.to_vec()) else { return };
    for address in ["192.0.2.1", "255.255.255.255", "2001:db8::1", "::"] {
        let _ = database.origin(address.parse().expect("an address"));
    }
});
