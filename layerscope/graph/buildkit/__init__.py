"""BuildKit: its Dockerfile frontend and how it decides what is cached."""
