//! What a network is: graph, parameters, data, and running it.
