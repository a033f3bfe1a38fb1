//! Dialects: what each library means by each name it has, including its errors.
//!
//! `torch:kaiming_uniform_(a=2.236)` is read with PyTorch's own names and defaults and draws PyTorch's law. Fans are
//! counted as the library counts them, on the tensor as that library would hold it: a dense weight declared
//! `[in, out]` is `[out, in]` to PyTorch. A tensor without axes is taken as it is. Groups, packed projections and
//! stacked experts are what a library sees of them, which mostly is nothing.
//!
//! The laws are the libraries'; the values are not: those follow from Seedbed's own streams.

mod burn;
mod candle;
mod entry;
mod fans;
mod fastai;
mod flax;
mod flux;
mod haiku;
mod held;
mod jax;
mod keras;
mod mindspore;
mod mlx;
mod mxnet;
mod paddle;
mod rule;
mod timm;
mod torch;
mod transformers;

use std::fmt;
use std::str::FromStr;

pub use entry::DialectEntry;
use entry::{entry, one, zero};
pub use fans::FanCount;
use held::{Held, Orders};
use rule::Rule;

use crate::initializer::call::Call;
use crate::initializer::catalogue;
use crate::initializer::text::Number;
use crate::plan::Plan;
use crate::{Error, Initializer, Parameter};

/// A library with its own meaning of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// This library: the names of the [`catalogue`].
    Seedbed,
    /// `torch.nn.init` 2.15 and the layers of `torch.nn`.
    Torch,
    /// `transformers.initialization` 5 and PyTorch's names.
    Transformers,
    /// `timm.layers.weight_init` 1.0 and PyTorch's names.
    Timm,
    /// fastai 2 and PyTorch's names.
    Fastai,
    /// `jax.nn.initializers` 0.12.
    Jax,
    /// The layers of Flax 0.12 and JAX's names.
    Flax,
    /// `haiku.initializers` 0.0.17 and its modules.
    Haiku,
    /// `keras.initializers` 3.15 and the layers of Keras.
    Keras,
    /// `mlx.nn.init` and the layers of MLX.
    Mlx,
    /// `paddle.nn.initializer` 3 and the layers of Paddle.
    Paddle,
    /// `mindspore.common.initializer` 2 and its layers.
    Mindspore,
    /// `mxnet.initializer`.
    Mxnet,
    /// Flux.jl.
    Flux,
    /// `burn::nn::Initializer` and the layers of burn.
    Burn,
    /// `candle_nn::init` and the layers of candle.
    Candle,
}

impl Dialect {
    /// All dialects.
    pub const ALL: [Dialect; 16] = [
        Dialect::Seedbed,
        Dialect::Torch,
        Dialect::Transformers,
        Dialect::Timm,
        Dialect::Fastai,
        Dialect::Jax,
        Dialect::Flax,
        Dialect::Haiku,
        Dialect::Keras,
        Dialect::Mlx,
        Dialect::Paddle,
        Dialect::Mindspore,
        Dialect::Mxnet,
        Dialect::Flux,
        Dialect::Burn,
        Dialect::Candle,
    ];

    /// Its name before the colon.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Seedbed => "seedbed",
            Dialect::Torch => "torch",
            Dialect::Transformers => "transformers",
            Dialect::Timm => "timm",
            Dialect::Fastai => "fastai",
            Dialect::Jax => "jax",
            Dialect::Flax => "flax",
            Dialect::Haiku => "haiku",
            Dialect::Keras => "keras",
            Dialect::Mlx => "mlx",
            Dialect::Paddle => "paddle",
            Dialect::Mindspore => "mindspore",
            Dialect::Mxnet => "mxnet",
            Dialect::Flux => "flux",
            Dialect::Burn => "burn",
            Dialect::Candle => "candle",
        }
    }

    /// Its own names; those of [`Dialect::Seedbed`] are in the [`catalogue`], and those of
    /// [`Dialect::base`] hold too.
    pub fn entries(self) -> &'static [DialectEntry] {
        match self {
            Dialect::Seedbed => &[],
            Dialect::Torch => torch::ENTRIES,
            Dialect::Transformers => transformers::ENTRIES,
            Dialect::Timm => timm::ENTRIES,
            Dialect::Fastai => fastai::ENTRIES,
            Dialect::Jax => jax::ENTRIES,
            Dialect::Flax => flax::ENTRIES,
            Dialect::Haiku => haiku::ENTRIES,
            Dialect::Keras => keras::ENTRIES,
            Dialect::Mlx => mlx::ENTRIES,
            Dialect::Paddle => paddle::ENTRIES,
            Dialect::Mindspore => mindspore::ENTRIES,
            Dialect::Mxnet => mxnet::ENTRIES,
            Dialect::Flux => flux::ENTRIES,
            Dialect::Burn => burn::ENTRIES,
            Dialect::Candle => candle::ENTRIES,
        }
    }

    /// The library whose names it has besides its own.
    pub fn base(self) -> Option<Dialect> {
        match self {
            Dialect::Transformers | Dialect::Timm | Dialect::Fastai => Some(Dialect::Torch),
            Dialect::Flax => Some(Dialect::Jax),
            _ => None,
        }
    }

    /// How it lays out weights.
    fn orders(self) -> &'static Orders {
        match self {
            Dialect::Jax | Dialect::Flax => &jax::ORDERS,
            Dialect::Haiku => &haiku::ORDERS,
            Dialect::Keras => &keras::ORDERS,
            Dialect::Mlx => &mlx::ORDERS,
            Dialect::Paddle => &paddle::ORDERS,
            Dialect::Flux => &flux::ORDERS,
            Dialect::Burn => &burn::ORDERS,
            _ => &held::TORCH,
        }
    }

    /// The entry called `name` there.
    ///
    /// ```
    /// use seedbed::dialect::Dialect;
    /// assert_eq!(Dialect::Torch.find("kaiming_uniform")?.name, "kaiming_uniform_");
    /// assert!(Dialect::Torch.find("he_normal").unwrap_err().to_string().contains("kaiming_normal_"));
    /// # Ok::<(), seedbed::Error>(())
    /// ```
    ///
    /// # Errors
    /// An unknown name, with the nearest ones and the dialect's name for the same idea.
    pub fn find(self, name: &str) -> Result<&'static DialectEntry, Error> {
        let called = |entry: &&DialectEntry| entry.name == name || entry.aliases.contains(&name);
        self.all_entries().find(called).ok_or_else(|| Error::UnknownDialectName {
            dialect: self.name(),
            asked: name.to_owned(),
            nearest: self.nearest(name),
        })
    }

    /// Its own names, then those of its base.
    fn all_entries(self) -> impl Iterator<Item = &'static DialectEntry> + Clone {
        self.entries().iter().chain(self.base().map_or(&[][..], Dialect::entries))
    }

    /// At most three names: those of the idea that `asked` names in the catalogue, then the nearest spellings.
    fn nearest(self, asked: &str) -> Vec<&'static str> {
        let idea = catalogue::find(asked).map(|entry| entry.name).ok();
        let same_idea = self.all_entries().filter(|entry| Some(entry.idea) == idea).map(|entry| entry.name);
        let names = self.all_entries().flat_map(|entry| entry.aliases.iter().chain([&entry.name]).copied());
        let mut near: Vec<&'static str> = same_idea.chain(catalogue::nearest_of(asked, names)).collect();
        let mut seen = Vec::new();
        near.retain(|name| {
            !seen.contains(name) && {
                seen.push(*name);
                true
            }
        });
        near.truncate(3);
        near
    }
}

/// What every dialect calls an idea of the catalogue, in the order of [`Dialect::ALL`].
pub fn meanings(idea: &str) -> impl Iterator<Item = (Dialect, &'static DialectEntry)> + '_ {
    let entries =
        Dialect::ALL.into_iter().flat_map(|dialect| dialect.entries().iter().map(move |entry| (dialect, entry)));
    entries.filter(move |(_, entry)| entry.idea == idea)
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dialect {
    type Err = Error;

    fn from_str(text: &str) -> Result<Dialect, Error> {
        let found = Dialect::ALL.into_iter().find(|dialect| dialect.name() == text);
        found.ok_or_else(|| Error::UnknownDialect { asked: text.to_owned() })
    }
}

/// A name of a library with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct DialectCall {
    dialect: Dialect,
    entry: &'static DialectEntry,
    settings: Vec<(&'static str, String)>,
    rule: Rule,
}

impl DialectCall {
    /// Reads what follows the colon at `start - 1`.
    ///
    /// # Errors
    /// An unknown name, or arguments that the library would not take.
    pub(crate) fn parse(dialect: Dialect, text: &str, start: usize) -> Result<DialectCall, Error> {
        let call = Call::parse(text, start, |name| dialect.find(name).map(|entry| (entry.name, entry.arguments)))?;
        let entry = dialect.find(call.name)?;
        let rule = (entry.read)(&call)?;
        let mut settings = Vec::new();
        for argument in entry.arguments {
            let value = call.text(argument.name)?;
            let value = value.parse().map_or_else(|_| value.to_owned(), |number| Number(number).to_string());
            if argument.default != Some(value.as_str()) {
                settings.push((argument.name, value));
            }
        }
        let call = DialectCall { dialect, entry, settings, rule };
        call.check()?;
        Ok(call)
    }

    /// The library.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The name there.
    pub fn name(&self) -> &'static str {
        self.entry.name
    }

    /// What there is to know of the name.
    pub fn entry(&self) -> &'static DialectEntry {
        self.entry
    }

    /// Arguments that are not at the library's defaults.
    pub fn settings(&self) -> &[(&'static str, String)] {
        &self.settings
    }

    /// The fans that the library counts, where it counts any.
    ///
    /// # Errors
    /// A parameter that the library refuses.
    pub fn fans(&self, parameter: &Parameter) -> Result<Option<FanCount>, Error> {
        self.rule.fans(&self.held(parameter)?)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        self.rule.check(self.entry.name)
    }

    pub(crate) fn plan(&self, parameter: &Parameter) -> Result<Plan, Error> {
        self.rule.plan(&self.held(parameter)?)
    }

    fn held<'p>(&self, parameter: &'p Parameter) -> Result<Held<'p>, Error> {
        Held::new(self.dialect.orders(), parameter, self.to_string())
    }
}

impl fmt::Display for DialectCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.dialect, self.entry.name)?;
        if self.settings.is_empty() {
            return Ok(());
        }
        let settings: Vec<String> = self.settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        write!(f, "({})", settings.join(", "))
    }
}

/// Reads an initializer of a dialect.
pub(crate) fn parse(dialect: &str, text: &str, start: usize) -> Result<Initializer, Error> {
    let dialect = dialect.parse().map_err(|_| Error::UnknownDialect { asked: text.to_owned() })?;
    DialectCall::parse(dialect, text, start).map(Initializer::Dialect)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = (Dialect, &'static DialectEntry)> {
        Dialect::ALL.into_iter().flat_map(|dialect| dialect.entries().iter().map(move |entry| (dialect, entry)))
    }

    #[test]
    fn every_name_parses_and_prints_itself() {
        for (dialect, entry) in all() {
            let text = entry.example(dialect);
            let initializer: Initializer = text.parse().unwrap();
            assert_eq!(initializer.to_string(), text);
            assert_eq!(initializer.to_string().parse::<Initializer>().unwrap(), initializer);
            for alias in entry.aliases {
                assert_eq!(dialect.find(alias).unwrap(), entry, "{dialect}:{alias}");
            }
        }
    }

    #[test]
    fn names_are_unique_in_their_dialect() {
        for dialect in Dialect::ALL {
            let entries = dialect.entries().iter();
            let mut names: Vec<&str> =
                entries.flat_map(|entry| entry.aliases.iter().chain([&entry.name]).copied()).collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all, "{dialect}");
        }
    }

    /// Each name draws on one of these, or says why on all of them.
    #[test]
    fn every_name_draws_or_says_why_not() {
        let laid_out = |shape: &str, layout: &str| {
            Parameter::laid_out("w", shape.parse().unwrap(), &layout.parse().unwrap(), 1).unwrap()
        };
        let bias = Parameter::bias("w", 64, crate::Fans { fan_in: 64, fan_out: 64 }).unwrap();
        let candidates = [laid_out("64x64", "dense"), laid_out("8x8x3x3", "convolution"), bias];
        for (dialect, entry) in all() {
            let initializer: Initializer = entry.example(dialect).parse().unwrap();
            let drawn: Vec<Result<Vec<f32>, Error>> = candidates.iter().map(|w| initializer.draw(w, 1)).collect();
            let Initializer::Dialect(call) = &initializer else { panic!("{initializer}") };
            match &call.rule {
                Rule::Refused(why) => assert!(drawn[0].as_ref().unwrap_err().to_string().contains(why)),
                _ => assert!(drawn.iter().any(Result::is_ok), "{initializer}: {drawn:?}"),
            }
        }
    }

    #[test]
    fn arguments_are_read_in_order_and_by_name() {
        let parse = |text: &str| text.parse::<Initializer>().unwrap().to_string();
        assert_eq!(parse("torch:kaiming_uniform(2.50, fan_out)"), "torch:kaiming_uniform_(a=2.5, mode=fan_out)");
        assert_eq!(parse(" jax:he_normal( in_axis=[0, 1] )"), "jax:he_normal(in_axis=[0, 1])");
        assert_eq!(parse("mindspore:normal(0.5)"), "mindspore:Normal(sigma=0.5)");
        assert_eq!(parse("flax:he_normal"), "flax:he_normal");
    }

    #[test]
    fn what_a_library_does_not_have_brings_the_nearest() {
        let refused = |text: &str| text.parse::<Initializer>().unwrap_err().to_string();
        assert!(refused("torch:lecun_normal").contains("torch has no initializer 'lecun_normal'"));
        assert!(refused("torch:kaiming_norml").contains("kaiming_normal"));
        assert!(refused("keras:kaiming_normal").contains("'he_normal'"));
        assert!(refused("tensorflow:normal").contains("keras:, mlx:"));
        assert!(refused("torch:kaiming_normal(nonlinearity=gelu)").contains("selu, leaky_relu"));
        assert!(refused("mindspore:HeNormal(nonlinearity=selu)").contains("must be one of"));
        assert!(refused("torch:normal_(std=-1)").contains("std"));
        assert!(refused("keras:variance_scaling(scale=0)").contains("positive"));
        assert!(refused("torch:sparse_(sparsity=2)").contains("between 0 and 1"));
        assert!(refused("torch:sparse_").contains("needs 'sparsity'"));
        assert!(refused("keras:variance_scaling(mode=fan_geo_avg)").contains("fan_avg"));
    }
}
