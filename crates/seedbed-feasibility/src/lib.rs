//! What an initialization can reach, measured: probes, trials, studies, statistics.
