"""Build contexts as trees of digests: from a directory, an archive or a git revision; ignore rules applied."""
