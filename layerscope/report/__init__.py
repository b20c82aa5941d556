"""Answers as people and programs read them: tables, markdown, JSON, HTML. Formats, never computes."""
