"""What the types are and did: the finding, the types one by one, races of one party, shares by group."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...core.top_party import TOP
from ...inference.bootstrap_tables import Bootstrap
from ...inference.error_tables import StandardErrors
from ...papers import coefficients, parameters
from ...presentation import printed
from ...results.fit_result import Fit
from ..figure_data import FEW, LEAST, called, group_table
from ..figures import cast_figure, group_figure, item_figure, model_figure
from ..markup import Part, heading, listed, paragraph, plain_table
from ..material import Lacking, Material

__all__ = ["finding", "groups", "one_party", "types"]


def finding(of: Material) -> Iterator[Part]:
    """Give the finding in a few sentences, and the first figure."""
    yield paragraph(of.explanation.paragraph, "finding")
    yield f"<details><summary>What this does not show</summary>{listed(of.explanation.not_shown)}</details>"
    if not of.ballots and len(of.table):
        yield item_figure(of)
    elif isinstance(of.cast, Lacking):
        yield of.cast.html
    else:
        shown = cast_figure(of, of.cast, one=False)
        yield shown or paragraph("In no office both parties stood.", "note")


def types(of: Material) -> Iterator[Part]:
    """Give each type in words: its share, and what its voters did; of types that are not stable, why they are not."""
    if of.explanation.stable:
        yield from _in_words(of)
    else:
        yield paragraph("The types are not put into words, as they are not stable enough to report "
                        f"({'; '.join(of.explanation.reasons)}). Their tables are with the figures.")  # fmt: skip
    if isinstance(of.fit, Fit) and len(of.fit.parameters()):
        yield plain_table(parameters(of.fit, labels=of.labels))
    if isinstance(of.errors, StandardErrors | Bootstrap) and of.first.design is not None:
        yield plain_table(coefficients(of.errors))


def _in_words(of: Material) -> Iterator[Part]:
    shares = None if isinstance(of.errors, Lacking) else of.errors.shares().set_index("type")
    for k, name in enumerate(of.names, start=1):
        yield heading(name)
        words = []
        if shares is not None and shares["low"].notna()[k]:
            low, high = (printed(shares[side][k], "share") for side in ("low", "high"))
            words.append(f"Its share of all {of.unit}s has a 95 % interval from {low} to {high} %.")
        yield paragraph(" ".join([*words, *_did(of, k), *_answered(of, k)]))


def _did(of: Material, k: int) -> Iterator[str]:
    """Give a sentence for each party at the top on what the voters of a type did where both parties stood."""
    if isinstance(of.cast, Lacking):
        return
    rows = of.cast[(of.cast["type"] == k) & (of.cast["stood"] == "both") & (of.cast["voters"] >= LEAST)]
    for top, own in rows.groupby(TOP, sort=True):
        yield (f"Of its {top} voters, {_range(own['split'], own['office'], of)} split their vote where both parties "
               f"stood, and {_range(own['abstain'], own['office'], of)} left the office blank.")  # fmt: skip


def _answered(of: Material, k: int) -> Iterator[str]:
    """Give a sentence on the most probable answers of a type, in the order of the items."""
    if of.ballots or not len(of.table):
        return
    own = of.table[of.table["type"] == k].dropna(subset="probability")
    most = own.loc[own.groupby("item", sort=False)["probability"].idxmax()]
    answers = [f"{of.labels[row['item']]}: {row['outcome']} ({printed(row['probability'], 'share')} %)"
               for row in most.to_dict("records")]  # fmt: skip
    yield f"Its most probable answers are {', '.join(answers)}."


def _range(values: pd.Series[float], offices: pd.Series[str], of: Material) -> str:
    low, high = (printed(value, "share") for value in (values.min(), values.max()))
    most = of.labels[offices.iloc[int(values.to_numpy().argmax())]]
    if len(values) == 1:
        return f"{low} % ({most})"
    return f"{low} %" if low == high else f"{low} to {high} % (most for {most})"


def one_party(of: Material) -> Iterator[Part]:
    """Give the races of one party as cast, and the model's view of a choice among all outcomes."""
    if not of.ballots:
        return
    if isinstance(of.cast, Lacking):
        yield of.cast.html
    else:
        alone = cast_figure(of, of.cast, one=True)
        yield alone or paragraph("In every office that was coded both parties stood.")
    model, left_out = model_figure(of)
    yield "<details><summary>The model's view: a choice among all outcomes</summary>"
    yield model
    if left_out:
        yield paragraph(f"Left out, as no type had {FEW} voters with the choice: {', '.join(left_out)}.", "note")
    yield "</details>"


def groups(of: Material) -> Iterator[Part]:
    """Give the shares of the types by every group column."""
    if not of.groups:
        column = "precinct" if of.ballots else "COLUMN"
        yield paragraph(f"The data have no groups: blocs fit FILE --groups {column} counts them apart.", "note")
    for number, (by, shares) in enumerate(of.groups.items(), start=1):
        if isinstance(shares, Lacking):
            yield shares.html
        elif len(shares.table):
            table = group_table(shares, by, of.names, f"groups-{number}", of.unit)
            yield group_figure(of, by, table, shares.remark(of.unit))
        else:
            yield paragraph(f"No group by {called(by)} can be shown. {shares.remark(of.unit)}", "note")
