//! What an initialization believes, derived: gains, mean field, finite width.
