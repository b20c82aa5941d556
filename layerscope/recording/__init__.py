"""Runs a user's own build, and keeps what it measured and what it started from."""
