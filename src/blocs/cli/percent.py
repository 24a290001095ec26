"""Shares of a whole as whole numbers of percent that add up to 100."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["whole_percents"]


def whole_percents(shares: Iterable[float]) -> list[int]:
    """Return shares that add up to 1 as whole percent that add up to 100, by the largest remainders.

    Every share is rounded down, and what is then missing to 100 goes, one by one, to the shares that lost most; among
    equals to the first.

    Examples
    --------
    >>> whole_percents([1 / 3, 1 / 3, 1 / 3]), whole_percents([0.335, 0.335, 0.33])
    ([34, 33, 33], [34, 33, 33])
    """
    exact = [round(100 * share, 9) for share in shares]  # so that 0.29 is 29 and not 28.999999999999996
    whole = [int(percent) for percent in exact]
    missing = round(sum(exact)) - sum(whole)
    for i in sorted(range(len(whole)), key=lambda i: whole[i] - exact[i])[:missing]:
        whole[i] += 1
    return whole
