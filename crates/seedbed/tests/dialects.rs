//! What each library's names mean: standard deviations and bounds by hand, from the libraries' sources.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use seedbed::{Facts, Fans, Initializer, Parameter};

const INFINITY: f64 = f64::INFINITY;
/// Std of a standard normal cut at ±2.
const CUT: f64 = 0.879_625_661_034_239_8;

fn parameter(shape: &str, layout: &str, groups: usize) -> Parameter {
    Parameter::laid_out("w", shape.parse().unwrap(), &layout.parse().unwrap(), groups).unwrap()
}

fn facts(text: &str, parameter: &Parameter) -> Facts {
    text.parse::<Initializer>().unwrap().facts(parameter).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str, parameter: &Parameter) -> String {
    text.parse::<Initializer>().unwrap().facts(parameter).unwrap_err().to_string()
}

/// (text, shape, layout, groups, std, high); low is −high.
type Case = (&'static str, &'static str, &'static str, usize, f64, f64);

fn check(cases: &[Case]) {
    for &(text, shape, layout, groups, std, high) in cases {
        let facts = facts(text, &parameter(shape, layout, groups));
        let near = |found: f64, wanted: f64| found == wanted || (found - wanted).abs() <= 1e-12 * wanted.abs();
        assert!(near(facts.std(), std), "{text} {shape} {layout} {groups}: std {} for {std}", facts.std());
        assert!(near(facts.bounds.1, high), "{text} {shape} {layout}: bound {} for {high}", facts.bounds.1);
        assert!(near(facts.bounds.0, -high), "{text} {shape} {layout}: bound {} for -{high}", facts.bounds.0);
    }
}

fn root(value: f64) -> f64 {
    value.sqrt()
}

#[test]
fn torch() {
    check(&[
        ("torch:xavier_uniform_", "512x256", "dense", 1, root(2.0 / 768.0), root(6.0 / 768.0)),
        (
            "torch:xavier_uniform_(gain=tanh)",
            "512x256",
            "dense",
            1,
            5.0 / 3.0 * root(2.0 / 768.0),
            5.0 / 3.0 * root(6.0 / 768.0),
        ),
        ("torch:xavier_normal_", "64x16x3x5", "convolution", 1, root(2.0 / 1200.0), INFINITY),
        ("torch:kaiming_uniform_", "512x256", "dense", 1, root(2.0 / 256.0), root(6.0 / 256.0)),
        // the default is leaky_relu with slope 0, so `a` counts; for other nonlinearities it does not
        ("torch:kaiming_uniform_(a=2.23606797749979)", "512x256", "dense", 1, root(1.0 / 768.0), root(1.0 / 256.0)),
        ("torch:kaiming_normal_(a=3, nonlinearity=relu)", "512x256", "dense", 1, root(2.0 / 256.0), INFINITY),
        (
            "torch:kaiming_normal_(mode=fan_out, nonlinearity=selu)",
            "64x16x3x5",
            "convolution",
            1,
            0.75 / root(960.0),
            INFINITY,
        ),
        // [in, out] is [out, in] to torch; the fans follow the units
        ("torch:kaiming_normal_", "256x512", "dense_in_out", 1, root(2.0 / 256.0), INFINITY),
        ("torch:kaiming_normal_", "3x5x16x64", "convolution_in_out", 1, root(2.0 / 240.0), INFINITY),
        // groups are not known: fan_out of [64, 8, 3, 3] in 4 groups is 64·9, not 16·9
        ("torch:kaiming_normal_(mode=fan_out)", "64x8x3x3", "convolution", 4, root(2.0 / 576.0), INFINITY),
        ("torch:kaiming_normal_", "64x8x3x3", "convolution", 4, root(2.0 / 72.0), INFINITY),
        // ConvTranspose2d(8, 6, 3, groups=2): "fan_in" is out / groups · 9
        ("torch:kaiming_normal_", "8x3x3x3", "transposed_convolution", 2, root(2.0 / 27.0), INFINITY),
        // stacked experts [8, 30, 20] are a convolution to torch: fan_in 30·20
        ("torch:kaiming_normal_", "8x30x20", "experts", 1, root(2.0 / 600.0), INFINITY),
        // absolute bounds
        ("torch:trunc_normal_(std=0.02)", "512x256", "dense", 1, 0.02, 2.0),
        ("torch:trunc_normal_", "512x256", "dense", 1, CUT, 2.0),
        ("torch:orthogonal_(gain=2)", "64x16x3x5", "convolution", 1, 2.0 / root(240.0), 2.0),
        ("torch:orthogonal_", "16x64x3x3", "transposed_convolution", 1, 1.0 / root(576.0), 1.0),
        ("torch:normal_", "7", "plain", 1, 1.0, INFINITY),
        // 50 rows, ceil(.3·50) = 15 zeros a column
        ("torch:sparse_(sparsity=0.3, std=0.5)", "50x400", "dense", 1, 0.5 * root(0.7), INFINITY),
        ("torch:sparse_(sparsity=1)", "50x400", "dense", 1, 0.0, 0.0),
    ]);
}

/// Standard deviations and largest sizes of 2.3 to 5 million values drawn by torch 2.15 and jax 0.10, on the CPU.
#[test]
fn torch_and_jax_as_measured() {
    let dense = parameter("512x256", "dense", 1);
    let kernel = parameter("512x256", "dense_in_out", 1);
    let convolution = parameter("64x16x3x5", "convolution", 1);
    let convolution_in_out = parameter("3x5x16x64", "convolution_in_out", 1);
    for (text, parameter, std, high) in [
        ("torch:xavier_uniform_", &dense, 0.051_045_3, 0.088_388_3),
        ("torch:xavier_uniform_(gain=tanh)", &dense, 0.085_057_5, 0.147_314),
        ("torch:kaiming_uniform_", &dense, 0.088_381_2, 0.153_093),
        ("torch:kaiming_uniform_(a=2.23606797749979)", &dense, 0.036_079_4, 0.062_5),
        ("torch:kaiming_normal_(mode=fan_out, nonlinearity=selu)", &dense, 0.033_156_4, INFINITY),
        ("torch:trunc_normal_(std=0.02)", &dense, 0.020_004_6, 2.0),
        ("torch:trunc_normal_", &dense, 0.879_326, 2.0),
        ("torch:trunc_normal_(mean=1, std=2, a=0, b=1.5)", &dense, 0.428_849, 1.5),
        ("torch:orthogonal_(gain=2)", &dense, 0.088_388_3, 2.0),
        ("torch:xavier_uniform_", &convolution, 0.040_824_7, 0.070_710_6),
        ("torch:kaiming_uniform_(a=2.23606797749979)", &convolution, 0.037_264_5, 0.064_549_6),
        ("torch:kaiming_normal_(mode=fan_out, nonlinearity=selu)", &convolution, 0.024_213, INFINITY),
        ("torch:orthogonal_(gain=2)", &convolution, 0.129_099, 2.0),
        ("jax:uniform", &kernel, 0.002_886_76, 0.01),
        ("jax:normal", &kernel, 0.010_000_2, INFINITY),
        ("jax:truncated_normal", &kernel, 0.008_796_48, 0.02),
        ("jax:glorot_uniform", &kernel, 0.051_031_2, 0.088_388_3),
        ("jax:glorot_normal", &kernel, 0.051_032_3, 0.116_029),
        ("jax:lecun_normal", &kernel, 0.044_195_3, 0.100_484),
        ("jax:he_uniform", &kernel, 0.062_500_1, 0.108_253),
        ("jax:he_normal", &kernel, 0.062_501_6, 0.142_106),
        ("jax:variance_scaling(3, fan_geo_avg, normal)", &kernel, 0.091_031_7, INFINITY),
        ("jax:variance_scaling(1, fan_in, normal, out_axis=0)", &kernel, 0.062_501_3, INFINITY),
        ("jax:variance_scaling(1, fan_in, truncated_normal, batch_axis=0)", &kernel, 1.000_03, 2.273_69),
        ("jax:orthogonal(scale=2)", &kernel, 0.088_388_3, 2.0),
        ("jax:he_normal", &convolution_in_out, 0.091_231, 0.207_559),
        ("jax:variance_scaling(3, fan_geo_avg, normal)", &convolution_in_out, 0.079_017_4, INFINITY),
        ("jax:variance_scaling(1, fan_in, normal, out_axis=0)", &convolution_in_out, 0.013_968_4, INFINITY),
        ("jax:variance_scaling(1, fan_in, truncated_normal, batch_axis=0)", &convolution_in_out, 0.111_735, 0.254_207),
        ("jax:orthogonal(scale=2)", &convolution_in_out, 0.129_099, 2.0),
    ] {
        let facts = facts(text, parameter);
        // six standard errors of a standard deviation over 2.3 million values are 0.3 %
        assert!((facts.std() / std - 1.0).abs() < 3e-3, "{text}: std {} for {std}", facts.std());
        assert!(
            facts.bounds.1 == high || (facts.bounds.1 / high - 1.0).abs() < 2e-5,
            "{text}: {:?} for {high}",
            facts.bounds
        );
    }
}

#[test]
fn jax_and_flax() {
    check(&[
        ("jax:he_normal", "256x512", "dense_in_out", 1, root(2.0 / 256.0), 2.0 * root(2.0 / 256.0) / CUT),
        // [out, in] is [in, out] to JAX
        ("jax:he_uniform", "512x256", "dense", 1, root(2.0 / 256.0), root(6.0 / 256.0)),
        ("jax:lecun_uniform", "64x16x3x5", "convolution", 1, root(1.0 / 240.0), root(3.0 / 240.0)),
        // axes by number are those of the tensor as declared; experts with a batch axis
        (
            "jax:lecun_uniform(in_axis=2, out_axis=1, batch_axis=0)",
            "8x30x20",
            "experts",
            1,
            root(1.0 / 20.0),
            root(3.0 / 20.0),
        ),
        ("jax:lecun_uniform(in_axis=[1, 2], out_axis=0)", "8x30x20", "plain", 1, root(1.0 / 600.0), root(3.0 / 600.0)),
        ("jax:truncated_normal", "9", "plain", 1, 0.01 * CUT, 0.02),
        ("jax:orthogonal", "8x30x20", "plain", 1, 1.0 / root(240.0), 1.0),
        ("jax:orthogonal(column_axis=0)", "8x30x20", "plain", 1, 1.0 / root(600.0), 1.0),
        ("flax:dense.kernel", "256x512", "dense_in_out", 1, 1.0 / 16.0, 2.0 / 16.0 / CUT),
        ("flax:he_uniform", "256x512", "dense_in_out", 1, root(2.0 / 256.0), root(6.0 / 256.0)),
        // vocabulary 5000, features 64: fan_in comes out as the features
        ("flax:embed.embedding", "5000x64", "embedding", 1, 1.0 / 8.0, INFINITY),
        ("jax:lecun_uniform", "5000x64", "embedding", 1, root(1.0 / 5000.0), root(3.0 / 5000.0)),
    ]);
    let uniform = facts("jax:uniform(scale=4)", &parameter("5", "plain", 1));
    assert_eq!((uniform.mean, uniform.bounds), (2.0, (0.0, 4.0)));
}

#[test]
fn keras_and_haiku() {
    check(&[
        ("keras:glorot_uniform", "256x512", "dense_in_out", 1, root(2.0 / 768.0), root(6.0 / 768.0)),
        ("keras:he_normal", "3x5x16x64", "convolution_in_out", 1, root(2.0 / 240.0), 2.0 * root(2.0 / 240.0) / CUT),
        // a kernel of a transposed convolution is [kernel…, out, in]: what it calls fan_in is our fan_out
        ("keras:he_uniform", "8x6x3x3", "transposed_convolution", 1, root(2.0 / 54.0), root(6.0 / 54.0)),
        // "normal" is truncated
        (
            "keras:variance_scaling(2, fan_in, normal)",
            "256x512",
            "dense_in_out",
            1,
            root(2.0 / 256.0),
            2.0 * root(2.0 / 256.0) / CUT,
        ),
        (
            "keras:variance_scaling(2, fan_in, untruncated_normal)",
            "256x512",
            "dense_in_out",
            1,
            root(2.0 / 256.0),
            INFINITY,
        ),
        // a vector of n counts as n and n; a scalar as 1
        ("keras:he_uniform", "6", "plain", 1, root(2.0 / 6.0), 1.0),
        // a fan below 1 is taken to be 1, in JAX it gives 0
        ("keras:he_uniform", "1x4", "dense_in_out", 1, root(2.0), root(6.0)),
        ("keras:he_uniform", "0x4", "dense_in_out", 1, root(2.0), root(6.0)),
        ("jax:he_uniform", "0x4", "dense_in_out", 1, 0.0, 0.0),
        ("keras:random_normal", "6", "plain", 1, 0.05, INFINITY),
        ("keras:random_uniform", "6", "plain", 1, 0.1 / root(12.0), 0.05),
        ("keras:truncated_normal", "6", "plain", 1, 0.05 * CUT, 0.1),
        ("haiku:VarianceScaling", "256x512", "dense_in_out", 1, 1.0 / 16.0, 2.0 / 16.0 / CUT),
        ("haiku:VarianceScaling(distribution=normal)", "256x512", "dense_in_out", 1, 1.0 / 16.0, INFINITY),
        (
            "haiku:UniformScaling(scale=2)",
            "3x5x16x64",
            "convolution_in_out",
            1,
            2.0 / root(240.0),
            2.0 * root(3.0 / 240.0),
        ),
        // the variance that the cut takes is not given back
        ("haiku:linear.w", "256x512", "dense_in_out", 1, CUT / 16.0, 2.0 / 16.0),
        ("haiku:TruncatedNormal", "6", "plain", 1, CUT, 2.0),
    ]);
}

/// With fan_in 256 the bounds ±2 of transformers are 28 standard deviations away; timm cuts at two of them.
#[test]
fn timm_transformers_and_fastai() {
    check(&[
        ("timm:trunc_normal_(std=0.02)", "64x256", "dense", 1, 0.02, 2.0),
        ("timm:trunc_normal_tf_(std=0.02)", "64x256", "dense", 1, 0.02 * CUT, 0.04),
        ("timm:lecun_normal_", "64x256", "dense", 1, 1.0 / 16.0, 2.0 / 16.0 / CUT),
        ("timm:variance_scaling_", "64x256", "dense", 1, 1.0 / 16.0, INFINITY),
        ("timm:kaiming_normal_", "64x256", "dense", 1, root(2.0 / 256.0), INFINITY),
        ("transformers:lecun_normal_", "64x256", "dense", 1, 1.0 / 16.0 / CUT, 2.0),
        ("transformers:linear.weight", "64x256", "dense", 1, 0.02, INFINITY),
        ("fastai:trunc_normal_", "64x256", "dense", 1, 0.865_888_435_269_95, 2.0),
        ("fastai:embedding.weight", "64x256", "embedding", 1, 0.008_658_884_352_699_5, 0.02),
    ]);
    let wide = facts("transformers:lecun_normal_", &parameter("64x256", "dense", 1)).std();
    assert!((wide / (1.0 / 16.0) - 1.137).abs() < 5e-4, "13.7 % too wide: {wide}");
}

#[test]
fn mlx_paddle_mindspore_and_mxnet() {
    check(&[
        // gain 1: LeCun's number under He's name
        ("mlx:he_normal", "64x256", "dense", 1, 1.0 / 16.0, INFINITY),
        ("mlx:he_uniform(gain=1.5)", "64x16x3x5", "convolution", 1, 1.5 / root(240.0), 1.5 * root(3.0 / 240.0)),
        ("mlx:glorot_uniform", "64x16x3x5", "convolution", 1, root(2.0 / 1200.0), root(6.0 / 1200.0)),
        // zeros are counted in each row: 3 of 10
        ("mlx:sparse(sparsity=0.25)", "50x10", "dense", 1, root(0.7), INFINITY),
        // layers ignore groups: [64, 8, 3, 3] in 4 groups counts 32·9 inputs
        ("mlx:conv.weight", "64x8x3x3", "convolution", 4, root(1.0 / 864.0), root(1.0 / 288.0)),
        ("mlx:embedding.weight", "500x64", "embedding", 1, 1.0 / 8.0, INFINITY),
        // two axes are [in, out], more are [out, in, kernel…]
        ("paddle:KaimingUniform", "256x64", "dense_in_out", 1, root(2.0 / 256.0), root(6.0 / 256.0)),
        ("paddle:KaimingUniform", "256x64", "plain", 1, root(2.0 / 256.0), root(6.0 / 256.0)),
        ("paddle:KaimingNormal", "64x16x3x5", "plain", 1, root(2.0 / 240.0), INFINITY),
        ("paddle:XavierNormal(fan_in=50)", "256x64", "plain", 1, root(2.0 / 114.0), INFINITY),
        ("paddle:XavierUniform", "6", "plain", 1, root(2.0 / 12.0), root(6.0 / 12.0)),
        ("paddle:conv.weight", "64x8x3x3", "convolution", 4, root(2.0 / 288.0), INFINITY),
        // the default distribution falls through to uniform
        ("mindspore:VarianceScaling", "64x256", "dense", 1, 1.0 / 16.0, root(3.0) / 16.0),
        ("mindspore:VarianceScaling(distribution=untruncated_normal)", "64x256", "dense", 1, 1.0 / 16.0, INFINITY),
        ("mindspore:Uniform", "6", "plain", 1, 0.07 / root(3.0), 0.07),
        ("mindspore:HeNormal(negative_slope=1)", "64x256", "dense", 1, 1.0 / 16.0, INFINITY),
        ("mxnet:Xavier", "64x256", "dense", 1, root(1.0 / 160.0), root(3.0 / 160.0)),
        // magnitude 3 is a variance for the Gaussian: √3 times Glorot's std
        ("mxnet:Xavier(gaussian)", "64x256", "dense", 1, root(3.0 / 160.0), INFINITY),
        ("mxnet:Xavier(factor_type=in, magnitude=2)", "64x256", "dense", 1, root(2.0 / 768.0), root(2.0 / 256.0)),
        ("mxnet:MSRAPrelu", "64x256", "dense", 1, root(2.0 / 1.0625 / 160.0), INFINITY),
    ]);
    let orthogonal = refused("mxnet:Orthogonal", &parameter("64x256", "dense", 1));
    assert!(orthogonal.contains("orthogonal(gain=1.414)"), "{orthogonal}");
}

#[test]
fn flux_burn_and_candle() {
    check(&[
        ("flux:kaiming_normal", "64x256", "dense", 1, root(2.0 / 256.0), INFINITY),
        ("flux:glorot_uniform", "3x5x16x64", "convolution_in_out", 1, root(2.0 / 1200.0), root(6.0 / 1200.0)),
        ("flux:glorot_uniform", "11", "plain", 1, root(2.0 / 12.0), root(6.0 / 12.0)),
        ("flux:truncated_normal(std=0.02)", "64x256", "dense", 1, 0.02, 2.0),
        // groups divided out of fan_out: 16·9, where PyTorch has 64·9
        ("burn:KaimingNormal(gain=2, fan_out_only=true)", "64x8x3x3", "convolution", 4, 2.0 / 12.0, INFINITY),
        ("burn:linear.weight", "64x256", "dense", 1, 1.0 / root(768.0), 1.0 / 16.0),
        ("burn:linear.weight(layout=col)", "64x256", "dense", 1, 1.0 / root(192.0), 1.0 / 8.0),
        ("burn:conv_transpose.weight", "8x3x3x3", "transposed_convolution", 2, 1.0 / 9.0, 1.0 / root(27.0)),
        // √6 times PyTorch's default
        ("candle:linear.weight", "64x256", "dense", 1, root(2.0 / 256.0), INFINITY),
        ("candle:kaiming_uniform", "6", "plain", 1, root(2.0), root(6.0)),
        ("candle:kaiming_normal(non_linearity=3)", "64x256", "dense", 1, 3.0 / 16.0, INFINITY),
    ]);
    let transposed = parameter("8x3x3x3", "transposed_convolution", 2);
    assert!(refused("burn:XavierNormal(gain=1)", &transposed).contains("pass no fan_out"));
}

/// Measured with torch 2.15 where it draws: Linear(256, 512), LSTM(30, 64), MultiheadAttention(128, 4), Bilinear(20, 30, 200).
#[test]
fn layers_of_torch() {
    check(&[
        ("torch:linear.weight", "512x256", "dense", 1, 1.0 / root(768.0), 1.0 / 16.0),
        ("torch:conv2d.weight", "12x2x3x3", "convolution", 4, 1.0 / root(54.0), 1.0 / root(18.0)),
        ("torch:conv_transpose.weight", "8x3x3x3", "transposed_convolution", 2, 1.0 / 9.0, 1.0 / root(27.0)),
        ("torch:bilinear.weight", "200x20x30", "plain", 1, 1.0 / root(60.0), 1.0 / root(20.0)),
        ("torch:embedding.weight", "1000x64", "embedding", 1, 1.0, INFINITY),
        ("torch:lstm.weight_ih", "256x30", "dense", 1, 1.0 / root(192.0), 1.0 / 8.0),
        ("torch:lstm.bias", "256", "plain", 1, 1.0 / root(192.0), 1.0 / 8.0),
        ("torch:gru.weight_hh", "192x64", "dense", 1, 1.0 / root(192.0), 1.0 / 8.0),
        ("torch:rnn.weight", "64x30", "dense", 1, 1.0 / root(192.0), 1.0 / 8.0),
        ("torch:multihead_attention.in_proj_weight", "384x128", "dense", 1, root(2.0 / 512.0), root(6.0 / 512.0)),
        ("torch:multihead_attention.out_proj.weight", "128x128", "dense", 1, 1.0 / root(384.0), 1.0 / root(128.0)),
        ("torch:multihead_attention.bias", "384", "plain", 1, 0.0, 0.0),
        ("torch:linear.bias(fan_in=256)", "512", "plain", 1, 1.0 / root(768.0), 1.0 / 16.0),
        ("candle:conv.bias(in_channels=64)", "512", "plain", 1, 1.0 / root(192.0), 1.0 / 8.0),
    ]);
    let bias = Parameter::bias("w", 512, Fans { fan_in: 256, fan_out: 100 }).unwrap();
    assert_eq!(facts("torch:linear.bias", &bias).bounds.1, 1.0 / 16.0);
    assert_eq!(facts("torch:conv_transpose.bias", &bias).bounds.1, 0.1);
}

/// Packed query, key and value: PyTorch sees one weight [3E, E], half the variance of three; Seedbed sees three.
#[test]
fn packed_projections_are_what_the_library_sees() {
    let packed = parameter("384x128", "dense", 1).packed(vec![128; 3]).unwrap();
    assert_eq!(facts("torch:xavier_uniform_", &packed).bounds.1, root(6.0 / 512.0));
    assert_eq!(facts("glorot_uniform", &packed).bounds.1, root(6.0 / 256.0));
}

#[test]
fn errors_of_the_libraries() {
    let vector = parameter("7", "plain", 1);
    for text in [
        "torch:kaiming_normal_",
        "torch:xavier_uniform_",
        "jax:he_normal",
        "mlx:he_normal",
        "mindspore:HeNormal",
        "mxnet:Xavier",
    ] {
        assert!(refused(text, &vector).contains("at least two axes"), "{text}");
    }
    let kernel = parameter("8x8x3x3", "convolution", 1);
    for text in ["torch:eye_", "torch:sparse_(sparsity=0.5)", "keras:identity", "mlx:orthogonal"] {
        assert!(refused(text, &kernel).contains("takes tensors of 2 axes"), "{text}");
    }
    assert!(refused("torch:dirac_", &parameter("8x8", "dense", 1)).contains("3 to 5 axes"));
    assert!(refused("torch:dirac_(groups=3)", &kernel).contains("3 groups do not divide 8"));
    assert!(refused("torch:orthogonal_", &vector).contains("at least 2 axes"));
    assert!(refused("mlx:identity", &parameter("8x9", "dense", 1)).contains("square"));
    assert!(refused("torch:linear.bias", &vector).contains("fan_in=512"));
    assert!(refused("jax:he_normal(in_axis=4)", &kernel.clone()).contains("has no axis 4"));
}

/// torch.nn.init.dirac_(torch.empty(4, 2, 3), groups=2): ones at [0,0,1], [1,1,1], [2,0,1], [3,1,1].
#[test]
fn matrices_lie_as_the_library_lays_them() {
    let draw = |text: &str, parameter: &Parameter| text.parse::<Initializer>().unwrap().draw(parameter, 3).unwrap();
    let dirac = draw("torch:dirac_(groups=2)", &parameter("4x2x3", "convolution", 2));
    let ones: Vec<usize> = (0..24).filter(|&place| dirac[place] == 1.0).collect();
    assert_eq!(ones, [1, 10, 13, 22]);
    // torch: zeros in each column [out, in]; mlx: in each row
    let zeros_in_row_0 = |values: &[f32]| values[..10].iter().filter(|value| **value == 0.0).count();
    let zeros_in_column_0 = |values: &[f32]| values.iter().step_by(10).filter(|value| **value == 0.0).count();
    let weight = parameter("50x10", "dense", 1);
    assert_eq!(zeros_in_column_0(&draw("torch:sparse_(sparsity=0.3)", &weight)), 15);
    assert_eq!(zeros_in_row_0(&draw("mlx:sparse(sparsity=0.25)", &weight)), 3);
    let bias = draw("keras:lstm.bias", &parameter("8", "plain", 1));
    assert_eq!(bias, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
}
