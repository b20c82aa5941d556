"""BuildKit's own test corpora, read where they lie, held against Layerscope's reading of the same texts."""
