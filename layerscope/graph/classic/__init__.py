"""The classic builder (DOCKER_BUILDKIT=0) and how it decides what is cached."""
