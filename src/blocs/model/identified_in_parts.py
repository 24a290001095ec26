"""Whether some items identify the types, and the others and the groups follow: large models, without their rank.

Let a core be some items, and take rows in which only these are known: their probabilities are sums of those of whole
rows. If the Jacobian of these by the core's own parameters and the shares has full rank, the core determines them. In
rows in which one more item is known, let D be the derivatives by the parameters of that item. The Jacobian of all
these rows is block-triangular, as an item that is not known has no derivative,

            core   item a   item b
    rows A   J_A     0        0
    rows a    *     D_a       0
    rows b    *      0       D_b

so that it has full rank where each block on the diagonal has: all parameters are then identified at almost all values.
The same holds of the shares of groups: in rows of group g in which the core is known, D_g are the derivatives by the
shares of g, where those of one group are part of the core. The converse does not hold: items may identify one another
only together.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..profiles import Profiles
from .drawn_rows import drawn_rows, random_params, rows_for_draws, rows_of_groups
from .mixture import Mixture, Params
from .rank import rank_of
from .score_sums import parts_of_bounded_size
from .scores import parameter_positions, row_scores

__all__ = ["identified_in_parts"]

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
MOST = 10_000
"""Free parameters of a model that is looked at."""
CORE = 1_000
"""Free parameters of the largest core."""
FEWEST = 4
"""Items of the smallest core; each next one has twice as many."""
DRAWS = 12_000
"""Rows drawn."""
ROWS = 3
"""Rows for each parameter whose scores are computed, and 50 more."""


class _Block(NamedTuple):
    """Items that have no parameters in common with others: their positions, and the places of their parameters."""

    items: Ints
    places: Ints


class _Drawn(NamedTuple):
    """Rows drawn at random parameters, (U, J) which items are known in them, and the mixture bound to them."""

    mixture: Mixture
    params: Params
    rows: Profiles
    known: Flags

    def scores(self, at: Ints, kept: Ints) -> NDArray[np.float64]:
        """Return the (n, P) scores of some rows in which items other than those kept, and labels, are missing."""
        rows = _without(self.mixture, self.rows.take(at), kept)
        with np.errstate(all="ignore"):
            parts = parts_of_bounded_size(self.mixture, rows)
            return np.concatenate([row_scores(self.mixture, self.params, part) for part in parts])

    def with_items(self, items: Ints, most: int) -> Ints:
        """Return the numbers of at most so many rows in which the items are known."""
        return np.flatnonzero(self.known[:, items].all(axis=1))[:most]


def identified_in_parts(mixture: Mixture, profiles: Profiles) -> bool:
    """Return True where parts show that almost all parameters are identified; False says nothing."""
    blocks = _blocks(mixture)
    if mixture.free > MOST or blocks is None:
        return False
    one = profiles if mixture.membership.groups is None else _largest_group(mixture, profiles)
    drawn = _drawn(mixture, one, DRAWS, np.random.default_rng(0))
    seen = [float(drawn.known[:, block.items].all(axis=1).mean()) for block in blocks]
    blocks = [blocks[b] for b in np.argsort(-np.array(seen), kind="stable")]
    number = FEWEST
    while number < len(blocks):
        core = _joined(blocks[:number])
        if len(core.places) > CORE:
            return False
        if _follow(drawn, core, blocks[number:]):
            return mixture.membership.groups is None or _groups_follow(mixture, profiles, core)
        number *= 2
    return False


def _follow(drawn: _Drawn, core: _Block, others: list[_Block]) -> bool:
    """Whether the core has full rank, and each other block given it."""
    at = drawn.with_items(core.items, ROWS * (len(core.places) + drawn.mixture.types) + 50)
    if not len(at):
        return False
    scores = drawn.scores(at, core.items)
    own = np.zeros(drawn.mixture.free, dtype=bool)
    own[core.places] = True
    shares = parameter_positions(drawn.mixture)[0]
    own[shares[shares >= 0]] = True
    own &= (scores != 0).any(axis=0)  # of shares by group those of the one group alone
    if not own[core.places].all() or scores[:, ~own].any() or rank_of(scores[:, own]) < own.sum():
        return False
    for block in others:
        at = drawn.with_items(np.concatenate([core.items, block.items]), ROWS * len(block.places) + 50)
        if not len(at):
            return False
        scores = drawn.scores(at, np.concatenate([core.items, block.items]))
        of_block = scores[:, block.places]
        scores[:, block.places] = 0.0
        if scores[:, ~own].any() or rank_of(of_block) < len(block.places):
            return False
    return True


def _groups_follow(mixture: Mixture, profiles: Profiles, core: _Block) -> bool:
    """Whether the shares of each group follow from rows in which the core is known.

    The derivatives by the log-odds of the shares of a group are posteriors less shares.
    """
    rng = np.random.default_rng(1)
    rows = profiles.take(rows_of_groups(mixture, profiles))
    drawn = _drawn(mixture, rows, len(rows), rng)
    rows = _without(drawn.mixture, drawn.rows.take(drawn.with_items(core.items, len(drawn.rows))), core.items)
    shard, zeta = drawn.mixture.shard(rows), drawn.mixture.posterior(drawn.params, rows)[1]
    prior = drawn.mixture.membership.prior(drawn.params.columns()[0], shard)
    group = np.asarray(shard.covariates)[:, 0].astype(np.int64)[shard.group]  # numbers among all groups
    order = np.argsort(group, kind="stable")
    begin = np.flatnonzero(np.diff(group[order], prepend=-1))
    if len(begin) < len(mixture.membership.groups or ()):
        return False
    slopes = (zeta - prior[shard.group])[order, 1:]
    return all(rank_of(part) == mixture.types - 1 for part in np.split(slopes, begin[1:]))


def _blocks(mixture: Mixture) -> list[_Block] | None:
    """Return the items with parameters, joined where they share one; None where a family does not name its items."""
    places: dict[str, set[int]] = {}
    for family, at in zip(mixture.families, parameter_positions(mixture)[1:], strict=True):
        for free, row in zip(family.free_parameters(), at, strict=True):
            places.setdefault(free.item, set()).update(row[row >= 0].tolist())
    names = {item.name: j for j, item in enumerate(mixture.schema.items)}
    if not places.keys() <= names.keys():
        return None
    joined: list[tuple[set[int], set[int]]] = []
    for name, own in places.items():
        if own:
            linked = [block for block in joined if block[1] & own]
            joined = [block for block in joined if block not in linked]
            items = {names[name]}.union(*(block[0] for block in linked))
            joined.append((items, own.union(*(block[1] for block in linked))))
    return [_Block(np.array(sorted(items)), np.array(sorted(own))) for items, own in joined]


def _joined(blocks: list[_Block]) -> _Block:
    return _Block(*(np.concatenate(part) for part in zip(*blocks, strict=True)))


def _drawn(mixture: Mixture, profiles: Profiles, wanted: int, rng: np.random.Generator) -> _Drawn:
    some = rows_for_draws(mixture, profiles, wanted, rng)
    params, other = random_params(mixture, some, rng), random_params(mixture, some, rng)
    bound, rows = drawn_rows(mixture, params, other, some, wanted, rng)
    known = rows.codes != 0
    for j, a, b in bound.schema.measured:
        known[:, j] = np.isfinite(np.asarray(rows.values)[:, a:b]).any(axis=1)
    return _Drawn(bound, params, rows, known)


def _largest_group(mixture: Mixture, profiles: Profiles) -> Profiles:
    group = mixture.membership.rows([profiles])[0]
    return profiles.take(np.flatnonzero(group.row == np.bincount(group.row).argmax()))


def _without(mixture: Mixture, rows: Profiles, kept: Ints) -> Profiles:
    """Return the rows without what is known of other items than those kept and of types."""
    named = [j for family, at in zip(mixture.families, mixture.where, strict=True) if family.names_types for j in at]
    out = np.setdiff1d(np.arange(len(mixture.schema.items)), [*kept, *named])
    codes, values = rows.codes.copy(), rows.values
    codes[:, out] = 0
    if values is not None:
        values = values.copy()
        for j, a, b in mixture.schema.measured:
            if j in out:
                values[:, a:b] = np.nan
    return replace(rows, codes=codes, values=values)
