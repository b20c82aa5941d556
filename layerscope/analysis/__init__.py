"""Questions asked of the layer graph: simulate, compare, what an image costs. Computes, never prints."""
