"""Opens what a build starts from: contexts with their Dockerfiles, options, histories, both sides of a change."""
