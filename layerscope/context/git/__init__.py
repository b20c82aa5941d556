"""What git knows of a build context: revisions, commits and diffs, without a checkout."""
