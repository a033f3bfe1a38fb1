//! `seedbed init`, `draw`, `explain` and `list` from outside.

use crate::support::{Place, Ran};
use safetensors::SafeTensors;

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|chunk| f32::from_le_bytes(chunk.try_into().unwrap())).collect()
}

#[test]
fn init_writes_what_other_readers_load() {
    let place = Place::new();
    let words = ["init", "mlp(64, 32x2, 10, relu)", "--prior", "he_normal", "--seed", "7", "-o", "w.safetensors"];
    let ran = place.run(&words);
    assert_eq!(ran.status, 0, "{ran:?}");
    let bytes = std::fs::read(place.path("w.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(file.len(), 6);
    assert_eq!(file.tensor("layer3.weight").unwrap().shape(), [10, 32]);
    assert!(floats(file.tensor("layer1.bias").unwrap().data()).iter().all(|&value| value == 0.0));
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let metadata = header.metadata().as_ref().unwrap();
    assert_eq!(metadata["seedbed.seed"], "7");
    assert_eq!(metadata["seedbed.prior"], "he_normal");
    assert_eq!(metadata["seedbed.version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn one_tensor_drawn_alone_has_the_bits_of_the_whole() {
    let place = Place::new();
    place.run(&["init", "mlp(64, 32, 10, relu)", "--prior", "orthogonal", "--seed", "3", "-o", "all.safetensors"]);
    let words =
        ["draw", "orthogonal", "--shape", "32x64", "--name", "layer1.weight", "--seed", "3", "-o", "one.safetensors"];
    assert_eq!(place.run(&words).status, 0);
    let read = |file: &str| {
        let bytes = std::fs::read(place.path(file)).unwrap();
        SafeTensors::deserialize(&bytes).unwrap().tensor("layer1.weight").unwrap().data().to_vec()
    };
    assert_eq!(read("all.safetensors"), read("one.safetensors"));
}

#[test]
fn init_takes_a_table_of_patterns_and_other_number_types() {
    let place = Place::new();
    place.write("prior.toml", "[prior]\n\"layer2.*\" = \"zeros\"\n\"*.weight\" = \"glorot_uniform\"\n");
    let words = ["init", "mlp(8, 4, 2, tanh)", "--prior", "prior.toml", "--dtype", "bf16", "-o", "w.safetensors"];
    assert_eq!(place.run(&words).status, 0);
    let bytes = std::fs::read(place.path("w.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(file.tensor("layer1.weight").unwrap().data().len(), 8 * 4 * 2);
    assert!(file.tensor("layer2.weight").unwrap().data().iter().all(|&byte| byte == 0));
    assert!(file.tensor("layer1.weight").unwrap().data().iter().any(|&byte| byte != 0));
}

#[test]
fn draw_says_how_it_read_the_shape() {
    let place = Place::new();
    let ran = place.run(&["draw", "he_normal", "--shape", "512x256"]);
    assert!(ran.stderr.contains("fan_in 256, fan_out 512"), "{}", ran.stderr);
    assert!(ran.stdout.contains("expected 0.088388"), "{}", ran.stdout);
    let found = place.run(&["draw", "he_normal", "--shape", "512x256", "--layout", "dense-in-out", "--json"]).json();
    assert_eq!(found["fan_in"], 512);
    assert_eq!(found["schema"], "seedbed.draw/1");
    let quiet = place.run(&["draw", "zeros", "--shape", "3", "-q"]);
    assert_eq!(quiet.stderr, "");
}

#[cfg(unix)]
#[test]
fn an_interrupted_draw_leaves_nothing_behind() {
    let place = Place::new();
    let words = ["draw", "normal", "--shape", "30000x30000", "-q", "-o", "large.safetensors"];
    let child = place.command(&words).stderr(std::process::Stdio::piped()).spawn().unwrap();
    while place.names("").is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let signalled = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(signalled.success());
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.status, 130, "{ran:?}");
    assert!(ran.stderr.contains("interrupted; nothing was written"), "{ran:?}");
    assert!(place.names("").is_empty(), "{:?}", place.names(""));
}

#[test]
fn bad_draws_are_refused() {
    let place = Place::new();
    place.run(&["draw", "he_normal", "--shape", "12"]).is_refused_with(&["fan_in", "12"]);
    place.run(&["draw", "he_normal", "--shape", "12y3"]).is_refused_with(&["12y3", "512x256"]);
    place.run(&["draw", "orthogonl", "--shape", "2x2"]).is_refused_with(&["orthogonal"]);
    place.run(&["draw", "normal(std=-1)", "--shape", "2x2"]).is_refused_with(&["std", "-1"]);
    place.run(&["draw", "zeros", "--shape", "2x2", "--dtype", "int8"]).is_refused_with(&["int8", "bf16"]);
    place
        .run(&["draw", "zeros", "--shape", "2x2", "-o", "no/where.safetensors"])
        .is_refused_with(&["where.safetensors"]);
    let huge = "99999999999x99999999999";
    place.run(&["draw", "zeros", "--shape", huge]).is_refused_with(&[huge]);
    place.run(&["draw", "sonnet:he_normal", "--shape", "2x2"]).is_refused_with(&["dialect", "keras:"]);
    place.run(&["draw", "keras:kaiming_normal", "--shape", "2x2"]).is_refused_with(&["'he_normal'"]);
}

#[test]
fn explain_and_list_come_from_one_table() {
    let place = Place::new();
    let listed = place.run(&["list", "initializers"]);
    for line in listed.stdout.lines() {
        let name = line.split_whitespace().next().unwrap();
        let explained = place.run(&["explain", name]);
        assert_eq!(explained.status, 0);
        assert!(explained.stdout.starts_with(name) && explained.stdout.contains("source"), "{}", explained.stdout);
    }
    assert!(listed.stdout.lines().count() >= 15);
    assert!(place.run(&["explain", "kaiming_normal"]).stdout.starts_with("he_normal"));
    place.run(&["explain", "he_norml"]).is_refused_with(&["he_normal"]);
    let activations = place.run(&["list", "activations"]).stdout;
    assert!(activations.contains("gain forward 1.5925374"), "{activations}");
    for what in ["recipes", "data"] {
        assert!(!place.run(&["list", what]).stdout.is_empty());
    }
}

#[test]
fn dialects_are_compared() {
    let place = Place::new();
    let shown = place.run(&["explain", "he_normal", "--dialects", "--shape", "512x256"]);
    let row = |name: &str| shown.stdout.lines().find(|line| line.contains(name)).unwrap().to_owned();
    assert!(row("torch:kaiming_normal_").contains("0.0883883") && !row("torch:kaiming_normal_").contains('≠'));
    assert!(
        row("keras:he_normal").contains("±0.200968") && row("keras:he_normal").starts_with('≠'),
        "{}",
        shown.stdout
    );
    let found = place
        .run(&[
            "explain",
            "torch:kaiming_normal_",
            "--dialects",
            "--shape",
            "8x3x3x3",
            "--layout",
            "transposed-convolution",
            "--groups",
            "2",
            "--json",
        ])
        .json();
    assert_eq!((&found["schema"], &found["initializer"]), (&"seedbed.explain_dialects/1".into(), &"he_normal".into()));
    let meanings = found["meanings"].as_array().unwrap();
    let torch = meanings.iter().find(|meaning| meaning["dialect"] == "torch").unwrap();
    assert_eq!(
        (&torch["fan_in"], &torch["differs"], &torch["high"]),
        (&27.0.into(), &true.into(), &serde_json::Value::Null)
    );
    let cut = place.run(&["explain", "truncated_normal(std=0.02)", "--dialects"]).stdout;
    let torch = cut.lines().find(|line| line.contains("torch:trunc_normal_(std=0.02)")).unwrap();
    assert!(torch.starts_with('≠') && torch.contains("±2"), "{cut}");
    assert!(place.run(&["explain", "torch:kaiming_uniform"]).stdout.contains("nonlinearity=leaky_relu"));
    assert!(place.run(&["explain", "mxnet:"]).stdout.contains("mxnet:Xavier("));
    assert!(place.run(&["explain", "--dialects"]).stdout.contains("candle:"));
    place.run(&["explain", "torch:kaiming_unifrom"]).is_refused_with(&["kaiming_uniform"]);
    place.run(&["explain", "torch:linear.weight", "--dialects"]).is_refused_with(&["no counterpart"]);
    place.run(&["explain", "he_normal", "--shape", "2x2"]).is_refused_with(&["--dialects"]);
}

#[test]
fn a_wrong_flag_is_a_usage_error() {
    let place = Place::new();
    assert_eq!(place.run(&["draw", "zeros", "--shap", "2"]).status, 2);
    assert_eq!(place.run(&["frobnicate"]).status, 2);
    assert_eq!(place.run(&["--version"]).status, 0);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_fine() {
    let place = Place::new();
    let binary = env!("CARGO_BIN_EXE_seedbed");
    let script = format!("'{binary}' explain | head -1; echo ${{PIPESTATUS[0]}}");
    let output = std::process::Command::new("bash").args(["-c", &script]).current_dir(place.path("")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.ends_with("\n0\n"), "{text}");
}
