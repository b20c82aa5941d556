"""Words of ENV, ARG and LABEL: split with regard to quotes and escapes, both kept for the expansion."""

from __future__ import annotations

from layerscope.dockerfile.logical_lines import BLANKS, SPACES


def split_words(text: str, escape: str) -> list[str]:
    """Blank-separated words; a quoted blank or an escaped one does not separate."""
    words: list[str] = []
    word: list[str] = []
    quote = ""
    at, end = 0, len(text)
    while at < end:
        char = text[at]
        at += 1
        if not quote and char in SPACES:
            if word:
                words.append("".join(word))
                word = []
            continue
        if char == escape and quote != "'":
            # Escape and character stay together; an escape at the very end is dropped.
            if at < end:
                word += (char, text[at])
                at += 1
            continue
        if quote:
            if char == quote:
                quote = ""
        elif char in "'\"":
            quote = char
        word.append(char)
    if word:
        words.append("".join(word))
    return words


def name_values(text: str, keyword: str, escape: str) -> tuple[tuple[str, str], ...]:
    """The pairs of `A=1 B=2`, or the one pair of the old form `A 1 2`. Raises ValueError."""
    words = split_words(text, escape)
    if not words:
        raise ValueError(f"{keyword} requires at least one argument")
    if "=" not in words[0]:
        parts = BLANKS.split(text, maxsplit=1)
        if len(parts) < 2:
            raise ValueError(f"{keyword} must have two arguments")
        return ((parts[0], parts[1]),)
    pairs: list[tuple[str, str]] = []
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f'Syntax error - can\'t find = in "{word}". Must be of the form: name=value')
        if not name:
            raise ValueError(f"{keyword} names can not be blank")
        pairs.append((name, value))
    return tuple(pairs)
