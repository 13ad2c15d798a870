//! Whether an overlay is taken off. See [`DecodeConfig`](crate::DecodeConfig).

use crate::config::Overlays;
use crate::decoder::Decoder;
use crate::packet::TunnelKind;
use crate::tunnel::geneve_options;

/// Shall the overlay at hand be taken off?
pub(crate) fn allows(decoder: &Decoder) -> bool {
    match &decoder.config.overlays {
        Overlays::Never => false,
        Overlays::All => true,
        Overlays::Outermost => is_outermost(decoder),
        Overlays::SentTo(listeners) => {
            decoder.packet.network.is_some_and(|network| listeners.contains(&network.destination))
                || is_behind_load_balancer(decoder)
        }
    }
}

fn is_outermost(decoder: &Decoder) -> bool {
    !decoder.packet.tunnels.iter().any(|tunnel| tunnel.kind.is_overlay()) || is_behind_load_balancer(decoder)
}

/// Directly in the GENEVE of an AWS gateway load balancer? It delivers packets, and so a mirror's VXLAN.
fn is_behind_load_balancer(decoder: &Decoder) -> bool {
    let tunnels = &decoder.packet.tunnels;
    tunnels.len() == 1
        && tunnels.first().is_some_and(|tunnel| tunnel.kind == TunnelKind::Geneve)
        && geneve_options::are_of_aws_load_balancer(decoder.packet.geneve_options)
}
