"""What Docker and BuildKit write, read once: names, configs, histories, step names, printed sizes, provenance."""
