//! The text form: `name`, `name(argument=value, …)`, or `name(value, …)` in the order of the catalogue.

use std::fmt;
use std::str::FromStr;

use super::call::{self, Call};
use super::family::{self, Family};
use super::{
    Array, Distribution, FanMode, Filter, Initializer, LowRank, Recurrent, Scaled, Sparse, StateSpace, Structured,
    catalogue, dispatch, parametrized,
};
use crate::{Error, Side, dialect};

/// Named settings of the scaling law: Glorot & Bengio 2010, He et al. 2015, LeCun et al. 1998.
const NAMED: [(&str, f64, FanMode, Distribution); 6] = [
    ("glorot_uniform", 1.0, FanMode::FanAverage, Distribution::Uniform),
    ("glorot_normal", 1.0, FanMode::FanAverage, Distribution::Normal),
    ("he_uniform", 2.0, FanMode::FanIn, Distribution::Uniform),
    ("he_normal", 2.0, FanMode::FanIn, Distribution::Normal),
    ("lecun_uniform", 1.0, FanMode::FanIn, Distribution::Uniform),
    ("lecun_normal", 1.0, FanMode::FanIn, Distribution::Normal),
];

const MODES: [(&str, FanMode); 4] = [
    ("fan_in", FanMode::FanIn),
    ("fan_out", FanMode::FanOut),
    ("fan_avg", FanMode::FanAverage),
    ("fan_geo_avg", FanMode::FanGeometricAverage),
];

const DISTRIBUTIONS: [(&str, Distribution); 3] = [
    ("normal", Distribution::Normal),
    ("truncated_normal", Distribution::TruncatedNormal),
    ("uniform", Distribution::Uniform),
];

const SIDES: [(&str, Side); 2] = [("output", Side::Output), ("input", Side::Input)];

impl Initializer {
    /// The name in the catalogue: `he_normal` for that setting of the scaling law.
    pub fn name(&self) -> &'static str {
        match *self {
            Initializer::Zeros => "zeros",
            Initializer::Ones => "ones",
            Initializer::Constant { .. } | Initializer::Array(_) => "constant",
            Initializer::Uniform { .. } => "uniform",
            Initializer::Normal { .. } => "normal",
            Initializer::TruncatedNormal { .. } => "truncated_normal",
            Initializer::VarianceScaling { scale, mode, distribution } => NAMED
                .iter()
                .find(|(_, s, m, d)| (*s, *m, *d) == (scale, mode, distribution))
                .map_or("variance_scaling", |(name, ..)| name),
            Initializer::Orthogonal { .. } => "orthogonal",
            Initializer::Dialect(ref call) => call.name(),
            _ => dispatch!(self, family => family.name(), else "?"),
        }
    }
}

impl fmt::Display for Initializer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match *self {
            Initializer::Zeros | Initializer::Ones => f.write_str(name),
            Initializer::Constant { value } => write!(f, "{name}(value={})", Number(value)),
            Initializer::Array(ref array) => f.write_str(&array.write()),
            Initializer::Uniform { low, high } => write!(f, "{name}(low={}, high={})", Number(low), Number(high)),
            Initializer::Normal { mean, std } => write!(f, "{name}(mean={}, std={})", Number(mean), Number(std)),
            Initializer::TruncatedNormal { mean, std, low, high } => {
                let (mean, std, low, high) = (Number(mean), Number(std), Number(low), Number(high));
                write!(f, "{name}(mean={mean}, std={std}, low={low}, high={high})")
            }
            Initializer::VarianceScaling { .. } if name != "variance_scaling" => f.write_str(name),
            Initializer::VarianceScaling { scale, mode, distribution } => {
                let mode = word(&MODES, mode);
                let distribution = word(&DISTRIBUTIONS, distribution);
                write!(f, "{name}(scale={}, mode={mode}, distribution={distribution})", Number(scale))
            }
            Initializer::Orthogonal { gain: 1.0, columns: Side::Output } => f.write_str(name),
            Initializer::Orthogonal { gain: 1.0, columns } => write!(f, "{name}(columns={})", word(&SIDES, columns)),
            Initializer::Orthogonal { gain, columns: Side::Output } => write!(f, "{name}(gain={})", Number(gain)),
            Initializer::Orthogonal { gain, columns } => {
                write!(f, "{name}(gain={}, columns={})", Number(gain), word(&SIDES, columns))
            }
            Initializer::Dialect(ref call) => call.fmt(f),
            _ => f.write_str(&dispatch!(self, family => family::write(family), else String::new())),
        }
    }
}

/// The shortest digits that parse to the same number, with an exponent where zeros would be many.
pub(crate) struct Number(pub f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Number(value) = *self;
        let is_plain = value == 0.0 || (1e-5..1e16).contains(&value.abs());
        if is_plain { value.fmt(f) } else { fmt::LowerExp::fmt(&value, f) }
    }
}

/// The word that means so.
pub(crate) fn word<T: PartialEq>(words: &[(&'static str, T)], meaning: T) -> &'static str {
    words.iter().find(|(_, known)| *known == meaning).map_or("?", |(word, _)| word)
}

impl FromStr for Initializer {
    type Err = Error;

    fn from_str(text: &str) -> Result<Initializer, Error> {
        let (named, start) = call::dialect(text);
        let initializer = match named {
            None | Some("seedbed") => build(&Call::parse(text, start, spelled)?)?,
            Some(other) => dialect::parse(other, text, start)?,
        };
        initializer.check()?;
        Ok(initializer)
    }
}

/// The name and the arguments of what the catalogue holds under `asked`.
fn spelled(asked: &str) -> Result<(&'static str, &'static [catalogue::Argument]), Error> {
    catalogue::find(asked).map(|entry| (entry.name, entry.arguments))
}

/// The initializer that a call describes.
fn build(call: &Call) -> Result<Initializer, Error> {
    let name = call.name;
    if let Some(built) = read_family(call) {
        return built;
    }
    if let Some(&(_, scale, mode, distribution)) = NAMED.iter().find(|(known, ..)| *known == name) {
        return Ok(Initializer::VarianceScaling { scale, mode, distribution });
    }
    Ok(match name {
        "zeros" => Initializer::Zeros,
        "ones" => Initializer::Ones,
        "constant" => constant(call)?,
        "uniform" => parametrized::uniform(call)?,
        "normal" => parametrized::normal(call)?,
        "truncated_normal" => parametrized::truncated_normal(call)?,
        "variance_scaling" => Initializer::VarianceScaling {
            scale: call.number("scale")?,
            mode: call.word("mode", &MODES)?,
            distribution: call.word("distribution", &DISTRIBUTIONS)?,
        },
        "orthogonal" => Initializer::Orthogonal { gain: call.gain("gain")?, columns: call.word("columns", &SIDES)? },
        _ => return Err(Error::UnknownInitializer { asked: name.to_owned(), nearest: Vec::new() }),
    })
}

/// One value, or a list of them with an axis.
fn constant(call: &Call) -> Result<Initializer, Error> {
    if !call.text("value")?.starts_with('[') {
        call.exclude(&["axis"], "an axis with a list of values only")?;
        return Ok(Initializer::Constant { value: call.number("value")? });
    }
    let axis = if call.is_given("axis") { Some(call.whole("axis")?) } else { None };
    Ok(Initializer::Array(Array { values: call.numbers("value")?.into(), axis }))
}

/// The call read by the family that has its name, if one has.
fn read_family(call: &Call) -> Option<Result<Initializer, Error>> {
    fn read<F: Family>(call: &Call, wrap: fn(F) -> Initializer) -> Option<Result<Initializer, Error>> {
        family::entry::<F>(call.name).map(|_| F::read(call).map(wrap))
    }
    read(call, Initializer::Scaled as fn(Scaled) -> _)
        .or_else(|| read(call, Initializer::Sparse as fn(Sparse) -> _))
        .or_else(|| read(call, Initializer::Structured as fn(Structured) -> _))
        .or_else(|| read(call, Initializer::Filter as fn(Filter) -> _))
        .or_else(|| read(call, Initializer::Recurrent as fn(Recurrent) -> _))
        .or_else(|| read(call, Initializer::StateSpace as fn(StateSpace) -> _))
        .or_else(|| read(call, Initializer::LowRank as fn(LowRank) -> _))
}

impl TryFrom<String> for Initializer {
    type Error = Error;

    fn try_from(text: String) -> Result<Initializer, Error> {
        text.parse()
    }
}

impl From<Initializer> for String {
    fn from(initializer: Initializer) -> String {
        initializer.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Initializer {
        text.parse().unwrap()
    }

    fn refused(text: &str) -> (usize, String) {
        match text.parse::<Initializer>() {
            Err(Error::Parse { position, problem, .. }) => (position, problem),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn texts_round_trip() {
        for text in [
            "zeros",
            "ones",
            "constant(value=0.1)",
            "uniform(low=-0.5, high=0.5)",
            "normal(mean=0, std=0.001)",
            "normal(mean=-2e-7, std=1e20)",
            "truncated_normal(mean=0, std=0.02, low=-2, high=2)",
            "he_normal",
            "glorot_uniform",
            "variance_scaling(scale=2, mode=fan_in, distribution=truncated_normal)",
            "orthogonal",
            "orthogonal(gain=1.4142135)",
            "orthogonal(columns=input)",
            "orthogonal(gain=2, columns=input)",
            "sparse(nonzeros=15)",
            "sparse(nonzeros=15, gain=1.4142135)",
            "sparse",
            "sparse(sparsity=0.9, per=input)",
            "sparse(at_most=4)",
        ] {
            assert_eq!(parse(text).to_string(), text);
        }
    }

    #[test]
    fn any_number_round_trips() {
        let stream = crate::Stream::new(0, "numbers");
        for index in 0..20_000 {
            let [low, high, ..] = stream.block(index, 0);
            let value = f64::from_bits(u64::from(low) | u64::from(high) << 32);
            let initializer = Initializer::Constant { value };
            if initializer.check().is_ok() {
                assert_eq!(parse(&initializer.to_string()), initializer);
            }
        }
    }

    #[test]
    fn other_ways_to_write_the_same() {
        assert_eq!(parse("kaiming_normal"), parse("he_normal"));
        assert_eq!(parse("xavier_uniform"), parse("glorot_uniform"));
        assert_eq!(parse("seedbed:he_normal"), parse("he_normal"));
        assert_eq!(parse("variance_scaling(2, fan_in, normal)"), parse("he_normal"));
        assert_eq!(parse(" sparse( gain = 2 , nonzeros = 3 ) "), parse("sparse(3, 2)"));
        assert_eq!(parse("sparse(at_most=15)"), parse("sparse"));
        assert_eq!(parse("normal()"), Initializer::Normal { mean: 0.0, std: 1.0 });
    }

    #[test]
    fn errors_say_where_and_what() {
        assert_eq!(refused("normal(mean=0, sdt=1)").0, 15);
        assert_eq!(refused("normal(mean=0, std=one)").0, 19);
        assert_eq!(refused("normal(mean=0").0, 13);
        assert_eq!(refused("normal(mean=0, mean=1)").0, 20);
        assert_eq!(refused("zeros(1)").1, "zeros takes no arguments");
        assert!(refused("constant").1.contains("needs 'value'"));
        assert!(refused("variance_scaling(mode=fan_inn)").1.contains("fan_geo_avg"));
        let deep = format!("{}zeros{}", "icnr(base=".repeat(5000), ")".repeat(5000));
        assert!(refused(&deep).1.contains("no deeper than 16"));
    }

    #[test]
    fn unknown_names_bring_the_nearest() {
        let message = "he_norml".parse::<Initializer>().unwrap_err().to_string();
        assert!(message.contains("did you mean") && message.contains("'he_normal"), "{message}");
        assert!("sonnet:he_normal".parse::<Initializer>().unwrap_err().to_string().contains("dialect"));
    }
}
