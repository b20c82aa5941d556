"""What a builder has built before, and how long it is kept."""
