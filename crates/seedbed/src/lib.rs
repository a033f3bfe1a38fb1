//! Neural network weight initialization: seeded, exact, sliceable.
