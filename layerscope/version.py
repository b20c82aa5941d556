"""The version, kept in a module of its own: reading package metadata costs four interpreter starts."""

__version__ = "0.1.0"
