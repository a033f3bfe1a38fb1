//! Kernels against published and independently computed numbers.

use super::*;

/// Two examples of three numbers: x·x = 2, x′·x′ = 1.74, x·x′ = 0.9.
const EXAMPLES: [f64; 6] = [0.6, -0.8, 1.0, 1.0, 0.5, 0.7];

/// Activation, σ_w², σ_b², hidden layers; K(x, x), K(x′, x′), K(x, x′), then Θ of the same.
///
/// ReLU, leaky ReLU, erf and GELU agree with neural-tangents 0.6.5 in double precision; tanh by Gauss–Legendre with 600
/// nodes an axis.
#[rustfmt::skip]
const DENSE: [(Activation, f64, f64, usize, [f64; 6]); 18] = [
    (Activation::Relu, 2.0, 0.0, 1, [1.333333333333, 1.16, 0.7429003595052, 2.666666666667, 2.32, 1.139052292546]),
    (Activation::Relu, 2.0, 0.0, 3, [1.333333333333, 1.16, 0.9104286209742, 5.333333333333, 4.64, 2.119159780141]),
    (Activation::Relu, 2.0, 0.0, 10, [1.333333333333, 1.16, 1.114643084422, 14.66666666667, 12.76, 5.063599671267]),
    (Activation::Relu, 2.0, 0.1, 1, [1.533333333333, 1.36, 0.9372334271068, 2.966666666667, 2.62, 1.409311164578]),
    (Activation::Relu, 2.0, 0.1, 3, [1.733333333333, 1.56, 1.294545707073, 6.333333333333, 5.64, 2.931099095106]),
    (Activation::Relu, 2.0, 0.1, 10, [2.433333333333, 2.26, 2.187244335609, 21.26666666667, 19.36, 9.687155924687]),
    (Activation::LeakyRelu { slope: 0.2 }, 1.9230769230769, 0.0, 1, [1.282051282051, 1.115384615385, 0.6614795026658, 2.564102564103, 2.230769230769, 1.117782421625]),
    (Activation::LeakyRelu { slope: 0.2 }, 1.9230769230769, 0.0, 3, [1.282051282051, 1.115384615385, 0.7840193025452, 5.128205128205, 4.461538461538, 2.122821970255]),
    (Activation::LeakyRelu { slope: 0.2 }, 1.9230769230769, 0.0, 10, [1.282051282051, 1.115384615385, 0.9898248874265, 14.10256410256, 12.26923076923, 5.182611272187]),
    (Activation::Erf, 2.25, 0.0025, 1, [1.21793552612, 1.160845499516, 0.5240368679559, 2.843664360007, 2.661533157996, 1.069911842234]),
    (Activation::Erf, 2.25, 0.0025, 3, [1.100166560209, 1.092553896426, 0.4093945696494, 6.576372156675, 6.397445729929, 1.706069342188]),
    (Activation::Erf, 2.25, 0.0025, 10, [1.080901646701, 1.080890957622, 0.225792378462, 45.4586154825, 44.78233884625, 2.56621821113]),
    (Activation::Gelu, 2.0, 0.1, 1, [1.377382822147, 1.20555668782, 0.7641755508264, 2.740773758844, 2.38763377401, 1.255101377929]),
    (Activation::Gelu, 2.0, 0.1, 3, [1.26669750302, 1.0989582014, 0.8143433705488, 4.962112039979, 4.237145387041, 2.107352180978]),
    (Activation::Gelu, 2.0, 0.1, 10, [0.9046448828129, 0.7651304388606, 0.7086546585284, 8.489287037398, 6.630173641794, 3.50667389569]),
    (Activation::Tanh, 1.7609546396, 0.05, 1, [0.8092840572105, 0.7664383841423, 0.3996646423429, 1.733953391683, 1.619532877376, 0.7621445058551]),
    (Activation::Tanh, 1.7609546396, 0.05, 3, [0.6218483484331, 0.6140746019628, 0.3364839025072, 2.708625844923, 2.633905317864, 1.123797858612]),
    (Activation::Tanh, 1.7609546396, 0.05, 10, [0.5705328553542, 0.5704642339212, 0.3850214569641, 6.562600329418, 6.510755487117, 2.532011440134]),
];

#[test]
fn dense_kernels_are_the_published_ones() {
    for (activation, weight_variance, bias_variance, depth, expected) in DENSE {
        let kernel = Kernel::dense(3, depth, activation, weight_variance, bias_variance).unwrap();
        let gram = kernel.gram(&EXAMPLES, &Limits::default()).unwrap();
        let pairs = [(0, 0), (1, 1), (0, 1)];
        let found = pairs.map(|(row, column)| gram.nngp(row, column)).into_iter();
        let found = found.chain(pairs.map(|(row, column)| gram.ntk(row, column)));
        for (found, expected) in found.zip(expected) {
            // the table has 13 digits
            assert!(
                (found - expected).abs() < 1e-11 * expected.max(1.0),
                "{activation} {depth}: {found} for {expected}"
            );
        }
    }
}

/// Image A[i, j] = (((4i + j) mod 5) − 2)/2 and image B[i, j] = (((3i + 2j) mod 7) − 3)/3, 4 by 4.
fn images() -> Vec<f64> {
    let pixels = |value: fn(usize, usize) -> f64| (0..16).map(move |pixel| value(pixel / 4, pixel % 4));
    let first = pixels(|i, j| (((4 * i + j) % 5) as f64 - 2.0) / 2.0);
    first.chain(pixels(|i, j| (((3 * i + 2 * j) % 7) as f64 - 3.0) / 3.0)).collect()
}

fn convolutional(depth: usize, pooled: bool) -> Kernel {
    use seedbed_network::graph::Layer;
    let conv = Layer::Conv2d { channels: 8, kernel: 3, stride: 1, padding: None, groups: 1, name: None };
    let relu = Layer::Activation { function: "relu".to_owned() };
    let mut layers: Vec<Layer> = std::iter::repeat_n([conv, relu], depth).flatten().collect();
    layers.extend(pooled.then_some(Layer::AveragePool { size: 4 }));
    layers.extend([Layer::Flatten, Layer::Dense { units: 1, name: Some("readout".to_owned()) }]);
    let network = Network::build("test", &"1x4x4".parse().unwrap(), &layers).unwrap();
    Kernel::new(&network, &"{readout.weight=lecun_normal; *.weight=he_normal}".parse().unwrap()).unwrap()
}

#[test]
fn convolutional_kernels_are_the_published_ones() {
    // CNN-GP and CNTK by neural-tangents 0.6.5 in double precision; AA, BB, AB
    #[rustfmt::skip]
    let table = [
        (1, false, [0.390625000000, 0.309413580247, 0.149224370964], [0.781250000000, 0.618827160494, 0.195720205685]),
        (1, true, [0.134965419138, 0.107765074233, 0.111118945784], [0.172719335406, 0.132696511775, 0.121199100979]),
        (3, false, [0.225694444444, 0.176059289742, 0.128414405441], [0.902777777778, 0.704237158970, 0.250081156939]),
        (3, true, [0.116187203311, 0.089604518984, 0.098071144405], [0.220061189831, 0.163694395642, 0.155498849375]),
    ];
    for (depth, pooled, nngp, ntk) in table {
        let gram = convolutional(depth, pooled).gram(&images(), &Limits::default()).unwrap();
        for (pair, (row, column)) in [(0, 0), (1, 1), (0, 1)].into_iter().enumerate() {
            assert!((gram.nngp(row, column) - nngp[pair]).abs() < 1e-12, "{depth} {pooled} {row} {column}");
            assert!((gram.ntk(row, column) - ntk[pair]).abs() < 1e-12, "{depth} {pooled} {row} {column}");
        }
    }
}

fn many(kernel: &Kernel, count: usize) -> Vec<f64> {
    let size = kernel.inputs();
    (0..count * size).map(|index| ((index * 7919 + 13) % 1009) as f64 / 504.5 - 1.0).collect()
}

fn kernels() -> Vec<Kernel> {
    let networks =
        ["mlp(5, 8x3, 2, relu)", "mlp(8, 8x3, 2, tanh, residual, layer_norm)", "cnn(2x6x6, 4x3, 2, erf, average_pool)"];
    let kernel = |text: &str| Kernel::new(&text.parse().unwrap(), &"he_normal".parse().unwrap()).unwrap();
    networks.map(kernel).into_iter().chain([convolutional(2, false)]).collect()
}

#[test]
fn threads_and_blocks_change_nothing() {
    for kernel in kernels() {
        let inputs = many(&kernel, 150);
        let one = kernel.gram(&inputs, &Limits { threads: 1, ..Limits::default() }).unwrap();
        let three = kernel.gram(&inputs, &Limits { threads: 3, ..Limits::default() }).unwrap();
        assert_eq!(one, three);
        assert_eq!(one.shape(), (150, 150));
    }
}

#[test]
fn crosses_and_own_kernels_are_parts_of_the_gram_matrix() {
    for kernel in kernels() {
        let inputs = many(&kernel, 12);
        let gram = kernel.gram(&inputs, &Limits::default()).unwrap();
        let (left, right) = inputs.split_at(4 * kernel.inputs());
        let cross = kernel.cross(left, right, &Limits::default()).unwrap();
        let own = kernel.own(&inputs, &Limits::default()).unwrap();
        for row in 0..4 {
            for column in 0..8 {
                assert!((cross.nngp(row, column) - gram.nngp(row, column + 4)).abs() < 1e-12);
                assert!((cross.ntk(row, column) - gram.ntk(row, column + 4)).abs() < 1e-12);
            }
        }
        for (place, [nngp, ntk]) in own.into_iter().enumerate() {
            assert!((gram.nngp(place, place) - nngp).abs() < 1e-12 * nngp);
            assert!((gram.ntk(place, place) - ntk).abs() < 1e-12 * ntk);
        }
        assert!(cross.nngp(4, 0).is_nan() && cross.ntk(0, 8).is_nan());
    }
}

#[test]
fn single_precision_is_the_double_one_rounded() {
    for kernel in kernels() {
        let inputs = many(&kernel, 9);
        let rounded: Vec<f32> = inputs.iter().map(|value| *value as f32).collect();
        let widened: Vec<f64> = rounded.iter().map(|value| f64::from(*value)).collect();
        let (single, double) =
            (kernel.gram(&rounded, &Limits::default()).unwrap(), kernel.gram(&widened, &Limits::default()).unwrap());
        for row in 0..9 {
            for column in 0..9 {
                let (nngp, ntk) = (double.nngp(row, column), double.ntk(row, column));
                assert!((single.nngp(row, column) - nngp).abs() < 2e-6 * nngp.abs().max(1.0));
                assert!((single.ntk(row, column) - ntk).abs() < 2e-6 * ntk.abs().max(1.0));
            }
        }
    }
}

#[test]
fn twice_the_same_example_is_one_example() {
    let kernel = Kernel::dense(3, 4, Activation::Relu, 2.0, 0.1).unwrap();
    let twice = [&EXAMPLES[..], &EXAMPLES[..]].concat();
    let gram = kernel.gram(&twice, &Limits::default()).unwrap();
    for (row, column) in [(0, 2), (1, 3), (2, 0)] {
        assert!((gram.nngp(row, column) - gram.nngp(row, row)).abs() < 1e-14);
        assert!((gram.ntk(row, column) - gram.ntk(row, row)).abs() < 1e-7);
    }
}

#[test]
fn what_does_not_fit_is_said_before_it_starts() {
    let kernel =
        Kernel::new(&"cnn(1x224x224, 8x2, 2, relu, average_pool)".parse().unwrap(), &"he_normal".parse().unwrap());
    let kernel = kernel.unwrap();
    let error = kernel.gram(&vec![0.5f32; 2 * 224 * 224], &Limits::default()).unwrap_err();
    let TheoryError::Memory { needed, allowed, .. } = error else { panic!("{error}") };
    // two kernels of (224²)² pairs of pixels in double precision are 40 GB
    assert!(needed > 40_000_000_000 && allowed == 4 << 30);
    assert!(error.to_string().contains("all pairs of 224x224 pixels for an average"), "{error}");
}

#[test]
fn inputs_that_are_no_examples_are_refused() {
    let kernel = Kernel::dense(3, 1, Activation::Relu, 2.0, 0.0).unwrap();
    let limits = Limits::default();
    assert!(kernel.gram(&[1.0; 7], &limits).unwrap_err().to_string().contains("holds 7 numbers"));
    assert!(kernel.gram(&[1.0, f64::NAN, 2.0], &limits).unwrap_err().to_string().contains("NaN"));
    let none = kernel.gram(&[1.0; 6], &Limits { threads: 0, ..limits }).unwrap_err();
    assert!(none.to_string().contains("number of threads is 0"));
    assert_eq!(kernel.gram::<f64>(&[], &limits).unwrap().shape(), (0, 0));
}

/// Two sequences of 3 steps of 4 features.
#[rustfmt::skip]
const SEQUENCES: [f64; 24] = [
    0.5, -1.0, 0.25, 2.0, 1.5, 0.3, -0.7, 0.1, -0.4, 0.9, 1.1, -1.3,
    1.0, 0.2, -0.5, 0.7, -1.2, 0.4, 0.6, 0.8, 0.3, -0.9, 2.0, 0.05,
];

/// K(x, x), K(x, x′), K(x′, x′), then Θ of the same, with σ_w² = 2, σ_b² = 0.09 and positions of variance 0.25.
fn of_sequences(layers: &[seedbed_network::graph::Layer]) -> [f64; 6] {
    let network = Network::build("test", &"3x4".parse().unwrap(), layers).unwrap();
    let prior =
        "{*bias=normal(std=0.3); position*=normal(std=0.5); *scale=ones; *shift=zeros; *=he_normal}".parse().unwrap();
    let gram = Kernel::new(&network, &prior).unwrap().gram(&SEQUENCES, &Limits::default()).unwrap();
    let pairs = [(0, 0), (0, 1), (1, 1)];
    let mut found = pairs.into_iter().flat_map(|(row, column)| [gram.nngp(row, column), gram.ntk(row, column)]);
    let [k1, t1, k2, t2, k3, t3] = [(); 6].map(|()| found.next().unwrap());
    [k1, k2, k3, t1, t2, t3]
}

fn assert_near(found: [f64; 6], expected: [f64; 6], allowed: f64) {
    let near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < allowed * expected);
    assert!(near, "{found:?} for {expected:?}");
}

#[test]
fn sequences_are_those_of_neural_tangents() {
    use seedbed_network::graph::Layer;
    let dense = |units| Layer::Dense { units, name: None };
    let relu = || Layer::Activation { function: "relu".to_owned() };
    // stax: a convolution of one tap, LayerNorm(axis=-1, eps=1e-5), Relu, the convolution, GlobalAvgPool, Dense
    let pooled = [dense(8), Layer::LayerNorm { name: None }, relu(), dense(8), Layer::AverageSteps, dense(1)];
    let expected =
        [1.22050757488438, 1.10497480619977, 1.30255722960647, 2.92428656354258, 2.40801065057429, 3.13504780530148];
    assert_near(of_sequences(&pooled), expected, 1e-13);
    let flat = [dense(8), relu(), dense(8), relu(), Layer::Flatten, dense(1)];
    let expected = [2.27375, 1.18055283019608, 1.81708333333333, 6.55124999683788, 1.94209616889034, 5.18124999112957];
    assert_near(of_sequences(&flat), expected, 1e-8);
}

#[test]
fn attention_with_linear_scaling_looks_at_all_steps_alike() {
    use seedbed_network::graph::{Layer, Scaling};
    let dense = |units| Layer::Dense { units, name: None };
    let relu = || Layer::Activation { function: "relu".to_owned() };
    let attention = Layer::Attention { heads: 2, scaling: Scaling::Linear, name: None };
    for last in [Layer::AverageSteps, Layer::Flatten] {
        let attended = of_sequences(&[dense(8), relu(), attention.clone(), last, dense(1)]);
        let averaged = of_sequences(&[dense(8), relu(), Layer::AverageSteps, dense(8), dense(8), dense(1)]);
        assert_near(attended, averaged, 1e-14);
    }
}

#[test]
fn positions_set_steps_apart() {
    use seedbed_network::graph::Layer;
    let dense = |units| Layer::Dense { units, name: None };
    let [placed, plain] = [vec![Layer::Position { name: None }], Vec::new()]
        .map(|position| of_sequences(&[vec![dense(8)], position, vec![Layer::AverageSteps, dense(1)]].concat()));
    // the mean of 3 independent elements of variance 1/4 has variance 1/12, times σ_w² = 2; Θ has that and K's part of it
    let expected = std::array::from_fn(|place| plain[place] + if place < 3 { 1.0 / 6.0 } else { 1.0 / 3.0 });
    assert_near(placed, expected, 1e-13);
}
