"""Valid votes: what the marks of one ballot in one contest amount to, without any parties (rules S1, S8, S9).

An option has a code: LINES times the number of a person, plus the line of the person. The smallest numbers stand for
what is no person, in the order in which they decide: unreadable, overvote, undervote, write-in. One ballot in one
contest has a state: UNREADABLE, OVERVOTED, BLANK or VALID.

Both functions take one row for each mark, with the columns of the voter (`by`) and those of MARKS. They return RESULT:
one row for each contest, code, state and `later` (1 where the vote came from a later rank than the first), with the
votes, and with `ballots`, which counts every ballot of a contest once.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from ...tables.relations import Frame

__all__ = ["BLANK", "FIRST_PERSON", "LINES", "MARKS", "OVERVOTED", "RESULT", "UNREADABLE", "VALID", "WRITTEN",
           "one_vote", "several_votes"]  # fmt: skip

LINES = 1 << 12
"""Numbers of lines that a code can hold."""
UNREADABLE, OVERVOTED, BLANK, WRITTEN = range(4)
"""Numbers of the special persons; the first three are states as well."""
VALID = 3
"""State of a ballot whose votes count."""
FIRST_PERSON = 4
"""Number of the first person of a contest."""
MARKS = ("_contest", "_code", "_repeats", "_allowed", "_rank")
"""Columns of a mark, with names that no column of a user has. `_repeats`: 1 where several marks of one person are one
vote of a ballot that has one (fusion, ranks); `_allowed`: votes of a ballot; `_rank`: 1 in contests without ranks."""
RESULT = ("contest", "code", "state", "later", "votes", "ballots")
"""Columns of the result."""
_LAST = 1 << 10
"""A rank behind every real one, for rows without a mark."""
_WIDE = 1 << 40
"""More than any code: a rank times _WIDE plus a code holds both."""


def one_vote(rows: Frame, by: Sequence[str]) -> Frame:
    """Return the votes of contests in which a ballot has one: vote for one, and ranked, where the first rank counts.

    One group-by: the smallest and the largest code at the first rank that holds a mark, and the number of marks. Rows
    that say "undervote" are no marks.
    """
    code, blank = nw.col("_code").cast(nw.Int64), nw.col("_code") == BLANK * LINES
    place = nw.when(blank).then(nw.lit(_LAST)).otherwise(nw.col("_rank")).cast(nw.Int64) * _WIDE
    mark = nw.when(blank).then(nw.lit(0)).otherwise(nw.lit(1)).cast(nw.Int64)
    ballots = (
        rows.select(*by, "_contest", "_repeats", (place + code).alias("_low"),
                    (place + (_WIDE - 1 - code)).alias("_high"), mark.alias("_marks"))
        .group_by(*by, "_contest")
        .agg(nw.col("_low").min(), nw.col("_high").min(), nw.col("_marks").sum(), nw.col("_repeats").max())
    )  # fmt: skip
    low, high, marks = nw.col("_low") % _WIDE, _WIDE - 1 - nw.col("_high") % _WIDE, nw.col("_marks")
    two_persons = (low - low % LINES) != (high - high % LINES)
    state = _state(low, two_persons | ((marks > 1) & (nw.col("_repeats") == 0)), marks == 0)
    later = nw.when((nw.col("_low") >= 2 * _WIDE) & (marks > 0)).then(nw.lit(1)).otherwise(nw.lit(0))
    votes = ballots.select(nw.col("_contest").alias("contest"), low.alias("code"), state.alias("state"),
                           later.alias("later"))  # fmt: skip
    counts = votes.group_by("contest", "code", "state", "later").agg(nw.len().cast(nw.Int64).alias("votes"))
    return counts.with_columns(nw.col("votes").alias("ballots")).select(*RESULT)


def several_votes(rows: Frame, by: Sequence[str]) -> Frame:
    """Return the votes of contests in which a ballot has several: all of them count, or none if they are too many.

    A person has one vote, however often the ballot marks them; write-ins may be for several persons.
    """
    person = (nw.col("_code") - nw.col("_code") % LINES).alias("_person")
    persons = (
        rows.select(*by, "_contest", "_code", "_allowed", person)
        .group_by(*by, "_contest", "_person")
        .agg(nw.col("_code").min(), nw.col("_allowed").max(), nw.len().alias("_marks"))
    )
    is_person = nw.col("_person") >= FIRST_PERSON * LINES
    marks = nw.when(is_person).then(nw.lit(1)).otherwise(nw.col("_marks")).cast(nw.Int64)
    votes = nw.when(nw.col("_person") < WRITTEN * LINES).then(nw.lit(0)).otherwise(marks)
    of_ballot = [*by, "_contest"]
    persons = persons.with_columns(votes.alias("_votes")).with_columns(
        nw.col("_votes").sum().over(*of_ballot).alias("_all"), nw.col("_person").min().over(*of_ballot).alias("_first")
    )
    state = _state(nw.col("_first"), nw.col("_all") > nw.col("_allowed"), nw.col("_all") == 0)
    one = nw.when(nw.col("_person") == nw.col("_first")).then(nw.lit(1)).otherwise(nw.lit(0))
    counts = (
        persons.select(nw.col("_contest").alias("contest"), nw.col("_code").alias("code"), state.alias("state"),
                       nw.col("_votes").alias("votes"), one.alias("ballots"))
        .group_by("contest", "code", "state")
        .agg(nw.col("votes").sum().cast(nw.Int64), nw.col("ballots").sum().cast(nw.Int64))
    )  # fmt: skip
    return counts.with_columns(nw.lit(0).alias("later")).select(*RESULT)


def _state(first: nw.Expr, too_many: nw.Expr, none: nw.Expr) -> nw.Expr:
    """Return the state of a ballot from its smallest code, and whether it has too many marks or none."""
    marked = nw.when(none).then(nw.lit(BLANK)).otherwise(nw.lit(VALID))
    over = too_many | ((first >= OVERVOTED * LINES) & (first < BLANK * LINES))
    readable = nw.when(over).then(nw.lit(OVERVOTED)).otherwise(marked)
    state: nw.Expr = nw.when(first < OVERVOTED * LINES).then(nw.lit(UNREADABLE)).otherwise(readable)
    return state
