"""Answers as self-contained HTML pages."""
