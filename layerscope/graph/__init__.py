"""The layer graph: steps, their edges and cache keys by each builder's rules; instructions tied to layers."""
