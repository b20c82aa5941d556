"""A registry, over its API or by its own files."""
