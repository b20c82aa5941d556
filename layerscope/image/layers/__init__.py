"""The files of layers: tar headers, what they add up to, what is wasted."""
