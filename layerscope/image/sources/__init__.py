"""The kinds of place an image comes from, each of which gives an `Image`."""
