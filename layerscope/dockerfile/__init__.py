"""Dockerfile text → instructions → stages, by BuildKit's own rules of reading."""
