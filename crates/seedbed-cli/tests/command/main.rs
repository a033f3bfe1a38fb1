//! The built command from outside, as a user meets it: one file a command, each test in a folder of its own.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod dimension;
mod mass;
mod parameters;
mod prior;
mod recommend;
mod stated;
mod study;
mod support;
mod tensors;
mod transfer;
