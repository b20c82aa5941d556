"""Real builds on a running engine: both sides of a change, with nothing of the user's cache read and nothing left."""
