//! The Hessian of the loss times a direction, exactly: forward and backward once more, along the direction (Pearlmutter 1994).
//!
//! A difference of two gradients is not that where a unit's kink lies between them: one unit of a ReLU network that is
//! crossed there adds its jump over the step, which can be a hundred times the curvature of the rest.

use super::convolution::Convolution;
use super::{Batch, Direct, Real, add, dense, elementwise, layout, loss};
use crate::graph::{NodeIndex, Operation};

/// A layer that is linear in its input and, but for the bias, in its weights.
enum Affine {
    Dense,
    Convolution(Convolution),
}

impl Affine {
    fn forward<R: Real>(&self, input: &[R], weight: &[R], bias: &[R]) -> Vec<R> {
        match self {
            Affine::Dense => dense::forward(input, weight, bias),
            Affine::Convolution(convolution) => convolution.forward(input, weight, bias),
        }
    }

    /// The gradients of weight and bias.
    fn parameters<R: Real>(&self, input: &[R], above: &[R], sizes: [usize; 2]) -> [Vec<R>; 2] {
        let mut found = sizes.map(|size| vec![R::zero(); size]);
        match self {
            Affine::Dense => dense::parameters(input, above, &mut found, (0, 1)),
            Affine::Convolution(convolution) => convolution.parameters(input, above, &mut found, (0, 1)),
        }
        found
    }

    fn backward<R: Real>(&self, weight: &[R], above: &[R], units: usize) -> Vec<R> {
        match self {
            Affine::Dense => dense::backward(weight, above, units),
            Affine::Convolution(convolution) => convolution.backward(weight, above),
        }
    }
}

impl<R: Real> Direct<'_, R> {
    /// The Hessian of the loss on a batch times `direction`, whose parts lie as the parameters do. Where a unit stands on its
    /// kink, the Hessian of the piece that the gradient is taken from.
    pub fn hessian_times(&self, batch: &Batch, direction: &[Vec<R>]) -> Vec<Vec<R>> {
        let values = self.values(batch);
        // an empty vector is zero
        let mut along: Vec<Vec<R>> = vec![Vec::new()];
        for place in 1..values.len() {
            along.push(self.forward_along(place, &values, &along, direction));
        }
        let last = values.len() - 1;
        let outputs = self.leave(values[last].clone());
        let outputs_along = or_zero(self.leave(along[last].clone()), outputs.len());
        let (_, slopes) = loss::loss_and_slopes(&outputs, batch.targets);
        let bends = loss::slopes_along(&outputs, &outputs_along, batch.targets);
        let mut products: Vec<Vec<R>> = self.weights.iter().map(|of_one| vec![R::zero(); of_one.len()]).collect();
        // of every node the gradient, and how it changes along the direction
        let mut above = vec![[Vec::new(), Vec::new()]; values.len()];
        above[last] = [self.enter(&slopes), self.enter(&bends)];
        for place in (1..values.len()).rev() {
            let of_node = std::mem::take(&mut above[place]);
            if !of_node[0].is_empty() {
                self.backward_along(place, (&values, &along), (direction, of_node), &mut above, &mut products);
            }
        }
        products
    }

    fn forward_along(&self, place: NodeIndex, values: &[Vec<R>], along: &[Vec<R>], direction: &[Vec<R>]) -> Vec<R> {
        let node = &self.network.nodes[place];
        let source = node.inputs[0];
        let (input, moved) = (&values[source], &along[source]);
        if let Some((affine, weight, bias)) = self.affine(place) {
            let mut out = affine.forward(input, &direction[weight], &direction[bias]);
            if !moved.is_empty() {
                let none = vec![R::zero(); direction[bias].len()];
                add(&mut out, affine.forward(moved, &self.weights[weight], &none));
            }
            return out;
        }
        if let Operation::Add = node.operation {
            let mut out = moved.clone();
            let other = &along[node.inputs[1]];
            if !other.is_empty() {
                add(&mut out, other.clone());
            }
            return out;
        }
        if moved.is_empty() {
            return Vec::new();
        }
        match node.operation {
            Operation::Activation(activation) => {
                let mut out = moved.clone();
                elementwise::backward(activation, input, &values[place], &mut out);
                out
            }
            Operation::AveragePool { size } => self.pool(node, size).average(moved),
            Operation::MaxPool { size } => self.pool(node, size).max_along(input, &values[place], moved),
            Operation::Flatten => layout::channels_first(moved, &self.network.nodes[source].shape),
            Operation::Dropout { rate } => self.drop(node, rate, moved.clone()),
            _ => unreachable!("a network with {:?} goes through the engine", node.operation),
        }
    }

    /// Adds the gradient of the output of a node, and its change, to those of its inputs; its change to those of its
    /// parameters.
    fn backward_along(
        &self,
        place: NodeIndex,
        (values, along): (&[Vec<R>], &[Vec<R>]),
        (direction, [mut slope, mut bend]): (&[Vec<R>], [Vec<R>; 2]),
        above: &mut [[Vec<R>; 2]],
        products: &mut [Vec<R>],
    ) {
        let node = &self.network.nodes[place];
        let source = node.inputs[0];
        let (input, moved) = (&values[source], &along[source]);
        if let Some((affine, weight, bias)) = self.affine(place) {
            let sizes = [weight, bias].map(|parameter| self.weights[parameter].len());
            let [of_weight, of_bias] = affine.parameters(input, &bend, sizes);
            add(&mut products[weight], of_weight);
            add(&mut products[bias], of_bias);
            if !moved.is_empty() {
                let [of_weight, _] = affine.parameters(moved, &slope, sizes);
                add(&mut products[weight], of_weight);
            }
            if source > 0 {
                let mut below = affine.backward(&self.weights[weight], &bend, sizes[1]);
                add(&mut below, affine.backward(&direction[weight], &slope, sizes[1]));
                let slope = affine.backward(&self.weights[weight], &slope, sizes[1]);
                add_both(&mut above[source], [slope, below]);
            }
            return;
        }
        let below = match node.operation {
            Operation::Activation(activation) => {
                let output = &values[place];
                elementwise::backward(activation, input, output, &mut bend);
                if !moved.is_empty() {
                    let mut turned: Vec<R> = slope.iter().zip(moved).map(|(&slope, &moved)| slope * moved).collect();
                    elementwise::bend(activation, input, output, &mut turned);
                    add(&mut bend, turned);
                }
                elementwise::backward(activation, input, output, &mut slope);
                [slope, bend]
            }
            Operation::Add => {
                add_both(&mut above[node.inputs[1]], [slope.clone(), bend.clone()]);
                [slope, bend]
            }
            _ => [slope, bend].map(|one| self.moved_back(place, values, one)),
        };
        add_both(&mut above[source], below);
    }

    /// The layer at a node, with the places of its weight and bias, where it has them.
    fn affine(&self, place: NodeIndex) -> Option<(Affine, usize, usize)> {
        let node = &self.network.nodes[place];
        match node.operation {
            Operation::Dense { weight, bias } => Some((Affine::Dense, weight, bias)),
            Operation::Convolution { weight, bias, .. } => {
                Some((Affine::Convolution(self.convolution(node)), weight, bias))
            }
            _ => None,
        }
    }
}

fn add_both<R: Real>(sums: &mut [Vec<R>; 2], [slope, bend]: [Vec<R>; 2]) {
    add(&mut sums[0], slope);
    add(&mut sums[1], bend);
}

fn or_zero<R: Real>(values: Vec<R>, length: usize) -> Vec<R> {
    if values.is_empty() { vec![R::zero(); length] } else { values }
}
