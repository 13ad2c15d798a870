//! scratch
mod captures;
mod told;
#[test]
fn explore() {
    let Some(path) = std::env::var_os("CAPTURE") else { return };
    for flow in captures::flows(std::path::Path::new(&path)) {
        for protocol in applayer::PROTOCOLS {
            if let Some(told) = told::run(*protocol, &flow) {
                println!("{} {} {} {:?}", protocol.name(), flow.client, flow.server, told.anomalies);
                for t in told.transactions {
                    println!("   {t}");
                }
            }
        }
    }
}
