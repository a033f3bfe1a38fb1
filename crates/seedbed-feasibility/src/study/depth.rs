//! The depth to which theory says a start trains, and the depth to which trials found that it does.

use seedbed_network::graph::{Network, Node, Operation};
use seedbed_theory::mean_field::typical_layer;

use crate::start::Start;

/// 6 ξ_c of the typical hidden layer, in layers: to this depth plain networks have been found to train.
///
/// `None` where theory does not speak: a network that is no plain chain of dense layers or convolutions, a start that is
/// corrected on data, a length that grows without end; and where the depth is infinite, on the edge of chaos.
///
/// ```
/// use seedbed_feasibility::study::depth::trainable_depth;
/// let (network, start) = ("mlp(64, 64x30, 10, tanh)".parse()?, "lecun_normal".parse()?);
/// assert_eq!(trainable_depth(&network, &start), None, "critical without biases");
/// let ordered = "{*.weight=lecun_normal; *.bias=normal(variance=0.05)}".parse()?;
/// assert!((trainable_depth(&network, &ordered).unwrap_or(0.0) - 6.0 * 3.626976).abs() < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: Schoenholz et al. (2017), section 6.
pub fn trainable_depth(network: &Network, start: &Start) -> Option<f64> {
    let Start::Prior(prior) = start else { return None };
    if !network.nodes.iter().enumerate().all(is_plain) {
        return None;
    }
    let point = typical_layer(network, prior).ok()?.fixed_point().ok()?;
    Some(point.trainable_depth()).filter(|depth| depth.is_finite())
}

/// Whether a node continues a chain and neither normalizes nor pools.
fn is_plain((place, node): (usize, &Node)) -> bool {
    let chained = place == 0 || node.inputs == [place - 1];
    let known = matches!(
        node.operation,
        Operation::Input
            | Operation::Dense { .. }
            | Operation::Convolution { .. }
            | Operation::Activation(_)
            | Operation::Flatten
    );
    chained && known
}

/// Between which depths solving ends, for one seed: the deepest network that solved, and the next deeper one. Where none
/// solved the first is 0, where the deepest of all did the second is infinite.
///
/// `solved` holds pairs (depth, whether it solved). `None` without pairs.
pub fn boundary(solved: &[(usize, bool)]) -> Option<(f64, f64)> {
    let deepest = solved.iter().filter(|(_, solved)| *solved).map(|(depth, _)| *depth).max().unwrap_or(0);
    let next = solved.iter().map(|(depth, _)| *depth).filter(|depth| *depth > deepest).min();
    (!solved.is_empty()).then_some((deepest as f64, next.map_or(f64::INFINITY, |depth| depth as f64)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(network: &str, start: &str) -> Option<f64> {
        trainable_depth(&network.parse().unwrap(), &start.parse().unwrap())
    }

    #[test]
    fn the_depth_of_the_phase_table() {
        let start = |scale: f64| format!("{{*.weight=variance_scaling(scale={scale}); *.bias=normal(variance=0.05)}}");
        // σ_b² = 0.05: ξ_c in float64 with SciPy
        for (scale, correlation_depth) in [(1.5, 15.790_994), (4.0, 6.980_274)] {
            for network in ["mlp(64, 64x20, 10, tanh)", "cnn(1x8x8, 8x20, 10, tanh)"] {
                let found = depth(network, &start(scale)).unwrap();
                assert!((found - 6.0 * correlation_depth).abs() < 1e-4, "{network} {scale}: {found}");
            }
        }
    }

    #[test]
    fn theory_does_not_speak_of_everything() {
        let ordered = "{*.weight=lecun_normal; *.bias=normal(variance=0.05)}";
        assert_eq!(depth("mlp(64, 64x20, 10, tanh, residual)", ordered), None);
        assert_eq!(depth("mlp(64, 64x20, 10, tanh, layer_norm)", ordered), None);
        assert_eq!(depth("mlp(64, 64x20, 10, tanh)", "lsuv(normal(std=0.1))"), None);
        assert_eq!(depth("mlp(64, 64x20, 10, relu)", "he_normal"), None);
        assert_eq!(depth("gru(5x2, 7, 1)", "lecun_normal"), None);
    }

    #[test]
    fn where_solving_ends() {
        let at = |solved: [bool; 3]| boundary(&[(40, solved[2]), (10, solved[0]), (20, solved[1])]).unwrap();
        assert_eq!(at([true, false, false]), (10.0, 20.0));
        assert_eq!(at([false, true, false]), (20.0, 40.0));
        assert_eq!((at([true, true, true]), at([false, false, false])), ((40.0, f64::INFINITY), (0.0, 10.0)));
        assert_eq!(boundary(&[]), None);
    }
}
