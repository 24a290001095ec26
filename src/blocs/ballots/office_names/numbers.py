"""Numbers as names of contests write them: 27, 027, 27th, twenty-seventh, XXVII, 13A."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["NUMBER", "as_number", "plain_number", "spelled_number"]

NUMBER = r"\d+(?:-\d+)+|\d+th|\d+[a-z]?"
"""A number after `as_number` and `spelled_number`: an ordinal ends in "th" whatever its last digit is; or in parts."""

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
          "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_IRREGULAR = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
              "twelve": "twelfth"}  # fmt: skip
_CARDINAL = {word: n for n, word in enumerate(_UNITS, start=1)} | {
    word: 10 * n for n, word in enumerate(_TENS, start=2)
}
_ORDINAL = {_IRREGULAR.get(word, re.sub("y$", "ie", word) + "th"): n for word, n in _CARDINAL.items()}
_ROMAN = re.compile(r"(x{0,3})(ix|iv|v?i{0,3})")
_ROMAN_VALUE = {"i": 1, "v": 5, "x": 10}


def as_number(word: str) -> str:
    """Return a word of digits in its one spelling ("073rd" is "73th", "07a" is "7a"), any other word as it is."""
    digits = re.fullmatch(r"0*(\d+?)(st|nd|rd|th)?([a-z]?)", word)
    if not digits or (digits[2] and digits[3]):
        return word
    return digits[1] + ("th" if digits[2] else digits[3])


def spelled_number(words: Sequence[str]) -> tuple[str, int] | None:
    """Return the number that stands in words at the beginning of `words`, and of how many words it is.

    >>> spelled_number(["one", "hundred", "and", "eighteenth", "district"])
    ('118th', 4)
    """
    value, taken = 0, 0
    if len(words) > 1 and words[0] == "one" and words[1] in ("hundred", "hundredth"):
        value, taken = 100, 2
        if words[1] == "hundredth":
            return "100th", taken
        if len(words) > 3 and words[2] == "and" and (words[3] in _CARDINAL or words[3] in _ORDINAL):
            taken = 3
    if taken < len(words) and words[taken] in _ORDINAL:
        return f"{value + _ORDINAL[words[taken]]}th", taken + 1
    if taken < len(words) and words[taken] in _CARDINAL:
        tens = _CARDINAL[words[taken]]
        unit = words[taken + 1] if taken + 1 < len(words) else ""
        if tens >= 20 and 0 < _ORDINAL.get(unit, 0) < 10:
            return f"{value + tens + _ORDINAL[unit]}th", taken + 2
        if tens >= 20 and 0 < _CARDINAL.get(unit, 0) < 10:
            return str(value + tens + _CARDINAL[unit]), taken + 2
        return str(value + tens), taken + 1
    return (str(value), taken) if taken else None


def plain_number(word: str) -> str:
    """Return a number or letter as the name of a district: "73th" is "73", "13a" is "13A", "iv" is "4", "b" is "B".

    One letter alone stays a letter: districts are lettered from A to T in some states.
    """
    if len(word) > 1 and _ROMAN.fullmatch(word):
        values = [_ROMAN_VALUE[letter] for letter in word]
        return str(sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True)))
    return word.removesuffix("th").upper()
