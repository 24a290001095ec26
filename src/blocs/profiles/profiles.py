"""Profiles: unique rows of codes with their counts — all that EM needs of the data (000 §2 "Speed-Ups", fact 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.account import Account
from ..core.errors import Fault, InputError, UnsupportedError
from ..core.lazy import lazy_import
from ..core.limits import ROWS_PER_SHARD
from ..core.memory import release_memory
from ..core.schema import Schema
from .cells import Cells, cross
from .checks import check_codes
from .covariates import Covariates, merged_rows
from .digest import content_hash
from .group_items import with_group_items
from .kinds import Description
from .long_form import long_form
from .menus import prune
from .merging import merged
from .read_table import EMPTY, NO_COVARIATE, NO_WEIGHT, read_table
from .relabel import recode, reordered_values
from .rows import compact, distinct_rows, empty_rows, exact_sum, keep_from_writing, sum_by
from .scaling import in_own_units
from .shard_folder import Source
from .summary import summary_of

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["EMPTY", "NO_COVARIATE", "NO_WEIGHT", "Cells", "Covariates", "Profiles", "require_profiles"]

MANY = 100_000
"""Number of rows from which the memory that reading took is given back to the system."""


@dataclass(frozen=True, eq=False)
class Profiles:
    """Unique rows of a data set of J items, in lexicographic order of their codes.

    Make them with `Profiles.from_table` or `code`. The arrays are read-only, as fits and the hash are kept with them:
    others are given to `dataclasses.replace`.

    Parameters
    ----------
    schema : Schema
        The labels: items, their outcomes and menus.
    codes : (U, J) unsigned int
        Code of item j in profile u; 0 is missing.
    counts : (U,) float
        Rows of the input, frequency weights included.
    weights : (U,) float
        What the likelihood uses: the counts, or sampling weights rescaled to the same total.
    index : (N,) int, optional
        Profile of each input row; where it was set aside, NO_WEIGHT (-1), EMPTY (-2: every item is missing) or
        NO_COVARIATE (-3: a covariate is missing). None when there are no input rows.
    rows : pandas.Index, optional
        Labels of the N input rows.
    cells : Cells, optional
        The profiles by group.
    account : Account
        What became of every input row.
    notes : tuple of str
        Options that were left out, by name.
    values : (U, D) float, optional
        The columns of measured items in their order, NaN where missing. With values every row is a profile of its
        own, in the order of the input.
    squared : (U,) float, optional
        With sampling weights, the sum of the squared weights of the rows of each profile; see `squares`.
    covariates : Covariates, optional
        The covariates of each profile: rows with the same codes and other covariates are other profiles.
    source : Source, optional
        The shards on disk that the profiles were opened from; see `shards_on_disk`.

    Examples
    --------
    >>> import blocs
    >>> blocs.Profiles.from_table({"vote": ["A", "B", "A", "B"], "region": ["N", "N", "N", "S"]}, groups="region")
    Profiles of 4 observations
      distinct profiles  2
      groups             2 by region
      weights            numbers of observations
      items              1
      - vote             A, B
    """

    schema: Schema
    codes: NDArray[Any]
    counts: NDArray[np.float64]
    weights: NDArray[np.float64]
    index: NDArray[np.signedinteger[Any]] | None = None
    rows: pd.Index[Any] | None = None
    cells: Cells | None = None
    account: Account = field(default_factory=Account)
    notes: tuple[str, ...] = ()
    values: NDArray[np.float64] | None = None
    squared: NDArray[np.float64] | None = None
    covariates: Covariates | None = None
    source: Source | None = None

    def __post_init__(self) -> None:
        keep_from_writing(self, "codes", "counts", "weights", "values", "squared")

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)  # a pickled array does not keep that it is read-only
        self.__post_init__()

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        return summary_of(self).text()

    def _repr_html_(self) -> str:
        return summary_of(self).html()

    @property
    def n(self) -> float:
        """Number of observations N, the sum of counts."""
        return float(self.counts.sum())

    @property
    def design(self) -> bool:
        """Whether sampling weights are in use."""
        return self.weights is not self.counts

    @property
    def squares(self) -> NDArray[np.float64]:
        """Sum of the squared weights of the rows of each profile, (U,): its count where there are no sampling weights.

        A row of count 3 is three rows, each with its sampling weight. Robust standard errors need them: weights that
        are added up do not tell how they differed.
        """
        if not self.design:
            return self.counts
        if self.squared is None:
            raise UnsupportedError(
                "These profiles have sampling weights, but not the squares of those of single rows. Make them with "
                "Profiles.from_table or Profiles.from_codes."
            )
        return self.squared

    @property
    def shards_on_disk(self) -> Source | None:
        """The shards that have these very rows, weights and labels, where the profiles were opened from shards."""
        return self.source if self.source is not None and self.source.of(self) else None

    @property
    def empty(self) -> NDArray[np.bool_]:
        """Whether every item of a profile is missing, (U,) bool."""
        return empty_rows(self.codes, self.values)

    @cached_property
    def distinct(self) -> int:
        """Number of distinct rows: of profiles, unless rows with measurements are kept one by one."""
        return len(self) if self.values is None else distinct_rows(self.codes, self.values)

    @cached_property
    def hash(self) -> str:
        """Hash of the labels, rows, counts, weights and groups: equal for equal data in any order of the rows."""
        return content_hash(self)

    @classmethod
    def from_table(
        cls,
        frame: Any,
        items: Sequence[str] | None = None,
        weights: str | Any = None,
        menus: Mapping[str, Any] | None = None,
        groups: str | Sequence[str] | None = None,
        *,
        covariates: str | Sequence[str] | None = None,
        outcomes: str | Sequence[str] | None = None,
        design_weights: str | Any = None,
        levels: Mapping[str, Sequence[Any]] | None = None,
        kinds: Mapping[str, Description] | None = None,
        keep_empty: bool = False,
        missing: Any = (),
    ) -> Profiles:
        """Return the unique rows of a table with one column for each item and one row for each observation.

        Parameters
        ----------
        frame : table
            pandas, Polars, pyarrow, DuckDB relation, (N, J) numpy array or dict of columns. Labels may be text,
            numbers, booleans or categoricals. Missing cells (None, NaN) are missing at random.
        items : sequence of str, optional
            Names of the columns. By default all columns without another role.
        weights : str or (N,) float, optional
            Frequencies, or their column: a row of weight 3 is three rows. Rows of weight 0 are set aside and counted.
        menus : mapping, optional
            Item -> one set of labels for all rows, one set for each row, the name of a column of sets, or (column,
            {value: set}). An empty menu means that the item was not on the ballot.
        groups : str or sequence of str, optional
            Column(s) that cross the profiles, such as the top party or the precinct.
        covariates : str or sequence of str, optional
            Column(s) that the shares of the types may depend on (`blocs.fit(covariates=)`): numbers, or text, whose
            distinct values are its levels. Rows in which one is missing are set aside, and counted in the account.
        outcomes : str or sequence of str, optional
            Column(s) to be compared by type (`blocs.distal`). They are kept as groups are, and may be missing.
        design_weights : str or (N,) float, optional
            Sampling weights, or their column; they are rescaled to the number of observations.
        levels : mapping, optional
            Item -> labels of its outcomes, in order; they stay outcomes where no row has them. By default the labels in
            the column, in the order of a categorical's or enum's levels or sorted; levels that no row has are left out
            and named in `notes`.
        kinds : mapping, optional
            Item -> what its columns are when they are not categories: Binomial(trials=10), Multinomial(columns),
            Poisson(), Gaussian(columns), Known(). These come after the other items unless `items` lists them.
        keep_empty : bool
            Whether rows in which every item is missing are observations. By default they are set aside and counted in
            the account: they say nothing, but would count in N, BIC and the entropy. Either way their posteriors are
            the shares of the types, and they are assigned to no type.
        missing : sequence, optional
            Codes, text or numbers, that mean a missing cell of an item, covariate, outcome or group, such as
            ``("NA", -9)``; None and NaN always do.

        Returns
        -------
        Profiles
            The unique rows; `index` and `rows` lead back to the rows of the table.

        Raises
        ------
        InputError
            With all faults of the arguments and the table.

        Warns
        -----
        UserWarning
            If `weights` sum to less than the number of rows: they are hardly numbers of observations. Where they sum to
            1 or less, they are read as `design_weights`.

        Examples
        --------
        >>> import blocs
        >>> table = {"q1": ["yes", "no", "yes"], "q2": [1, 1, None], "n": [10, 5, 2]}
        >>> profiles = blocs.Profiles.from_table(table, weights="n")
        >>> profiles.n, profiles.schema.names, profiles.index.tolist()
        (17.0, ('q1', 'q2'), [2, 0, 1])
        """
        table = read_table(
            frame, items, weights, menus, groups, design_weights, levels, kinds, keep_empty, missing, covariates,
            outcomes,
        )  # fmt: skip
        profiles = cls.from_codes(
            table.schema,
            table.codes,
            table.counts,
            values=table.values,
            design=table.design,
            groups=table.groups,
            covariates=table.covariates,
            account=table.account,
            notes=table.notes,
        )
        index = np.asarray(profiles.index)
        if (table.aside < 0).any():
            index = table.aside.astype(index.dtype)
            index[table.aside == 0] = np.asarray(profiles.index)
        cells = profiles.cells and replace(profiles.cells, outcomes=table.outcomes)
        return replace(profiles, index=index, rows=table.rows, cells=cells)

    @classmethod
    def from_codes(
        cls,
        schema: Schema,
        codes: NDArray[Any],
        counts: NDArray[Any],
        *,
        design: NDArray[Any] | None = None,
        squared: NDArray[Any] | None = None,
        groups: pd.DataFrame | None = None,
        covariates: Covariates | None = None,
        values: NDArray[np.float64] | None = None,
        account: Account | None = None,
        notes: tuple[str, ...] = (),
    ) -> Profiles:
        """Return the unique rows of codes; equal rows are merged.

        Parameters
        ----------
        schema : Schema
            The items, their outcomes and menus.
        codes : (R, J) int
            Code of item j in row r; 0 is missing.
        counts : (R,) float
            How many observations each row stands for; positive.
        design : (R,) float, optional
            Sampling weights, rescaled to the number of observations.
        squared : (R,) float, optional
            Sum of the squared sampling weights of the observations that each row stands for; by default they all have
            the weight of the row.
        groups : pandas.DataFrame, optional
            R rows of group labels.
        covariates : Covariates, optional
            Those of the R rows.
        values : (R, D) float, optional
            The columns of the measured items. With values no rows are merged.
        account : Account, optional
            What became of the rows before.
        notes : tuple of str
            Remarks to be kept with the profiles.

        Returns
        -------
        Profiles
            Options that are on no menu, or that nobody could choose against another, are left out and named in the
            notes.

        Raises
        ------
        InputError
            For codes that the schema does not have, counts that are not positive, and items whose menus do not
            connect.

        Examples
        --------
        >>> import numpy as np
        >>> from blocs import Profiles
        >>> from blocs.core.schema import Item, Schema
        >>> schema = Schema((Item.full("vote", ("A", "B")),))
        >>> profiles = Profiles.from_codes(schema, np.array([[2], [1], [2]]), np.array([1, 4, 2]))
        >>> profiles.codes.tolist(), profiles.counts.tolist()
        ([[1], [2]], [4.0, 3.0])
        """
        codes, counts = np.asarray(codes), np.asarray(counts, dtype=np.float64)
        check_codes(schema, codes, counts)
        items, recoded, pruned = prune(schema, codes)
        items = items if values is None else in_own_units(items, values, counts)
        sizes = [item.size for item in items]
        if values is None:
            unique, inverse, covariates = merged_rows(recoded, sizes, covariates)
            n_u = sum_by(inverse, counts, len(unique))
        else:  # rows stay as they are
            unique, inverse, n_u = recoded.copy(), np.arange(len(recoded)), counts.copy()
        scaled, weights, squares, squared_u = counts, n_u, None, None
        if design is not None:
            if squared is None:  # by a power of two, which changes no digit: squares of any weights are numbers then
                design = np.ldexp(design, -int(np.frexp(design.max(initial=0.0))[1]))
            factor = exact_sum(counts) / exact_sum(counts * design)
            scaled = counts * design * factor
            squares = (counts * design**2 if squared is None else squared) * factor**2
            weights, squared_u = sum_by(inverse, scaled, len(unique)), sum_by(inverse, squares, len(unique))
        cells = None if groups is None else cross(inverse, counts, scaled, groups, squares)
        codes = compact(unique, sizes)
        del unique, recoded, scaled
        inverse = inverse.astype(np.int32 if len(inverse) < 2**31 else np.int64)
        if len(inverse) >= MANY:
            release_memory()
        account, notes = account or Account(), notes + pruned
        return cls(
            Schema(items), codes, n_u, weights, inverse, None, cells, account, notes, values, squared_u, covariates
        )

    def align(self, schema: Schema) -> Profiles:
        """Return these rows in the items and outcomes of another schema, in lexicographic order.

        Parameters
        ----------
        schema : Schema
            The items and outcomes wanted, such as those of a fit.

        Returns
        -------
        Profiles
            The rows with their own menus. Items that are absent here are missing.

        Raises
        ------
        InputError
            For items and outcomes that the schema does not have.
        """
        recoded = self.recoded(schema)
        return recoded if recoded.schema.measured else merged(recoded)

    def recoded(self, schema: Schema) -> Profiles:
        """Return what `align` does, but row u stays row u.

        Parameters
        ----------
        schema : Schema
            The items and outcomes wanted.

        Returns
        -------
        Profiles
            What is computed for its rows belongs to the rows here.

        Raises
        ------
        InputError
            For items and outcomes that the schema does not have.
        """
        source = with_group_items(self, schema)
        items, codes = recode(source.schema, source.codes, schema)
        values = self.values_in(schema) if schema.measured else self.values
        return replace(self, schema=Schema(items), codes=codes, values=values)

    def values_in(self, schema: Schema) -> NDArray[np.float64]:
        """Return the measured columns in the order of another schema.

        Parameters
        ----------
        schema : Schema
            The items wanted.

        Returns
        -------
        (U, D) float
            NaN for items that are absent here; the very same array where the order is the same.
        """
        return reordered_values(self.schema, self.values, schema, len(self))

    def shards(self, n: int) -> tuple[Profiles, ...]:
        """Return contiguous parts of nearly equal numbers of profiles.

        Parameters
        ----------
        n : int
            Number of parts, at least 1; there are fewer when there are fewer profiles.

        Returns
        -------
        tuple of Profiles
            The parts, in order.

        Raises
        ------
        InputError
            When n is below 1.
        """
        if n < 1:
            raise InputError(Fault(f"the number of shards is {n}", argument="shards", rule="It is 1 or more"))
        if n == 1 and len(self):
            return (self._between(0, len(self)),)
        edges = np.linspace(0, len(self), min(n, len(self)) + 1).astype(int)
        return tuple(self._between(int(a), int(b)) for a, b in pairwise(edges))

    @property
    def parts(self) -> tuple[Profiles, ...]:
        """The parts in which sums over the rows are made: the shards that were opened, or even ones of as many rows."""
        source = self.shards_on_disk
        if source is None:
            return self.shards(max(1, -(-len(self) // ROWS_PER_SHARD)))
        ends = [0, *accumulate(file.rows for file in source.files)]
        return tuple(self._between(a, b) for a, b in pairwise(ends))

    def take(self, rows: NDArray[np.int64], weights: NDArray[np.float64] | None = None) -> Profiles:
        """Return some of the profiles by their numbers, without groups and the way back to rows.

        Parameters
        ----------
        rows : (R,) int
            Numbers of the profiles, in any order.
        weights : (R,) float, optional
            Their counts and weights; by default each counts once.

        Returns
        -------
        Profiles
            R profiles of the same schema.
        """
        n = np.ones(len(rows)) if weights is None else weights
        values = None if self.values is None else self.values[rows]
        covariates = None if self.covariates is None else self.covariates.take(rows)
        return Profiles(self.schema, self.codes.take(rows, axis=0), n, n, values=values, covariates=covariates)

    def _between(self, a: int, b: int) -> Profiles:
        counts = self.counts[a:b]
        cells = None if self.cells is None else self.cells.between(a, b)
        weights = self.weights[a:b] if self.design else counts
        values = None if self.values is None else self.values[a:b]
        squared = None if self.squared is None else self.squared[a:b]
        covariates = None if self.covariates is None else self.covariates.take(slice(a, b))
        return Profiles(
            self.schema, self.codes[a:b], counts, weights, cells=cells, values=values, squared=squared,
            covariates=covariates,
        )  # fmt: skip

    def expand(self, values: NDArray[Any], empty: NDArray[Any] | float = np.nan) -> pd.DataFrame:
        """Return values of the profiles as values of the input rows.

        Parameters
        ----------
        values : (U, ...) float
            One row for each profile.
        empty : (...) float
            Values of rows that were set aside because every item is missing.

        Returns
        -------
        pandas.DataFrame
            One row for each input row, NaN for rows that were set aside; without input rows, one for each profile.

        Examples
        --------
        >>> import blocs
        >>> profiles = blocs.Profiles.from_table({"q": ["b", "a", "b"], "n": [1, 0, 2]}, weights="n")
        >>> profiles.expand(profiles.counts)[0].tolist()
        [3.0, nan, 3.0]
        """
        if self.index is None or self.rows is None:
            return pd.DataFrame(values)
        out = np.full((len(self.index), *values.shape[1:]), np.nan)
        out[self.index >= 0] = values[self.index[self.index >= 0]]
        out[self.index == EMPTY] = empty
        return pd.DataFrame(out, index=self.rows)

    def to_long(self) -> pd.DataFrame:
        """Return the long form: one row for every profile, item that is not missing, and outcome of that item.

        Returns
        -------
        pandas.DataFrame
            Columns: profile; item; menu, its options with | between them; option; chosen, null where the option is
            not on the menu; count, observations of the profile.

        Notes
        -----
        The form of Table 1 of the method's paper; see docs/formulas.md.

        Examples
        --------
        >>> import blocs
        >>> blocs.Profiles.from_table({"q": ["yes", "no", "no"]}).to_long()
           profile item    menu option  chosen  count
        0        0    q  no|yes     no    True    2.0
        1        0    q  no|yes    yes   False    2.0
        2        1    q  no|yes     no   False    1.0
        3        1    q  no|yes    yes    True    1.0
        """
        return long_form(self.schema, self.codes, self.counts)


def require_profiles(data: Any) -> None:
    """Raise InputError, saying how profiles are made, when `data` is something else."""
    if not isinstance(data, Profiles):
        own = isinstance(getattr(data, "profiles", None), Profiles)
        remedy = "Make them with Profiles.from_table(table) or code(ballots)"
        remedy = "Give its profiles, `.profiles`" if own else remedy
        raise InputError(Fault(f"it is a {type(data).__name__}", argument="profiles",
                               rule="Profiles are unique rows of a data set", remedy=remedy))  # fmt: skip
