"""Which files a step reads and leaves, as far as they are known without a build."""
