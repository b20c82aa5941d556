"""Whether the builder accepts an instruction: data that an engine wrote, and that the parser is held to."""
