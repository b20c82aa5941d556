"""What each question answers, as values that declare all they say once, for every format."""
