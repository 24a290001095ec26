"""One true protocol: a family with its members alone works everywhere, and no other file names a family."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.core.schema import Item, Kind
from blocs.families import (
    FAMILIES,
    Binomial,
    Categorical,
    Choice,
    Family,
    Gaussian,
    Multinomial,
    Poisson,
)
from blocs.model.identification import information_rank
from blocs.profiles.kinds import Gaussian as Columns
from blocs.profiles.kinds import Values
from blocs.testing.checks import check_family

SOURCE = Path(blocs.__file__).parent
MEMBERS = [name for name in vars(Family) if not name.startswith("_")]
CLASSES = {made.__name__ for made in FAMILIES.values()} | {"Categorical", "Choice", "Coded", "Parametric"}
OWN = {"__class__", "__init__", "__getattribute__", "__repr__"}


class BareDensity:
    """A density with three members."""

    def __init__(self, inner: Any) -> None:
        self.rows, self.log_density, self.moments = inner.rows, inner.log_density, inner.moments


class Bare:
    """Another family with the protocol's members and no others: not even `isinstance` or `hasattr` finds more."""

    def __init__(self, inner: Any, charted: bool = True) -> None:
        object.__setattr__(self, "_inner", inner)
        object.__setattr__(self, "_charted", charted)

    def __getattribute__(self, name: str) -> Any:
        inner, charted = object.__getattribute__(self, "_inner"), object.__getattribute__(self, "_charted")
        if name in OWN:
            return object.__getattribute__(self, name)
        if name not in MEMBERS:
            raise AttributeError(f"{name!r} is no member of the protocol")
        if name == "charted" and not charted:
            return None
        if name == "density":
            return lambda *given: inner.density(*given) and BareDensity(inner.density(*given))
        if name in ("bind", "with_types"):
            return lambda given: Bare(getattr(inner, name)(given), charted)
        if name == "carry":
            return lambda theta, other: inner.carry(theta, other)
        if name == "draw":
            def draw(*given: Any) -> tuple[Bare, Any]:
                made, part = inner.draw(*given)
                return (self if made is inner else Bare(made, charted)), part

            return draw
        return getattr(inner, name)


BLOCK = blocs.Gaussian(["x", "y"], "tied").kind
INNER = {
    "categories": Categorical(tuple(Item.full(f"q{j}", (0, 1, 2)) for j in range(3))),
    "menus": Choice(tuple(Item(f"q{j}", (0, 1, 2), ((0, 1, 2), (0, 2), (0, 1))) for j in range(3))),
    "counts": Binomial(tuple(Item.full(f"b{i}", tuple(f"{s}/4" for s in range(5)), Kind("binomial"))
                             for i in range(3))),
    "measurements": Gaussian((Item.full("body", (), BLOCK),)),
}  # fmt: skip


@pytest.mark.parametrize("charted", [True, False], ids=["charted", "plain EM"])
@pytest.mark.parametrize("name", INNER)
def test_a_family_with_the_members_alone_obeys_the_laws(name: str, charted: bool) -> None:
    check_family(Bare(INNER[name], charted))


def test_a_member_that_is_missing_is_named() -> None:
    class Less(Bare):
        def __getattribute__(self, name: str) -> Any:
            if name == "edges":
                raise AttributeError(name)
            return super().__getattribute__(name)

    with pytest.raises(AssertionError) as caught:
        check_family(Less(INNER["counts"]))
    assert str(caught.value) == "a family has every member of blocs.families.Family: it lacks edges"


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Families that the package knows by name only: as one's own are."""

    def bare_poisson(items: Any, pseudo: float) -> Bare:
        return Bare(Poisson(items, pseudo))

    def bare_gaussian(items: Any, pseudo: float) -> Bare:
        return Bare(Gaussian(items, pseudo))

    monkeypatch.setitem(FAMILIES, "bare-poisson", bare_poisson)
    monkeypatch.setitem(FAMILIES, "bare-gaussian", bare_gaussian)


class Measured(Columns):
    """Columns of measurements under the family of another name."""

    @property
    def kind(self) -> Kind:
        own = super().kind
        return Kind("bare-gaussian", own.parts, own.units, own.options)


@pytest.mark.usefixtures("registered")
def test_everything_works_for_families_known_by_name_alone(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    z = rng.integers(2, size=300)
    x = rng.normal(size=(300, 2)) + 3 * z[:, None]
    x[rng.random(x.shape) < 0.1] = np.nan
    frame = {"n": rng.poisson(np.where(z, 2, 9)), "x": x[:, 0], "y": x[:, 1]}
    bare = {"n": Values("bare-poisson"), "g": Measured(["x", "y"])}
    usual = {"n": blocs.Poisson(), "g": blocs.Gaussian(["x", "y"])}
    fits = {}
    for name, kinds in (("bare", bare), ("usual", usual)):
        profiles = blocs.Profiles.from_table(frame, kinds=kinds)
        fit = blocs.fit(profiles, 2, starts=4, seed=1)
        fit.save(tmp_path / f"{name}.json")
        again = blocs.load(tmp_path / f"{name}.json", profiles)
        assert again.table().equals(fit.table())
        assert information_rank(fit.mixture, fit.params, profiles) == (fit.n_parameters, fit.n_parameters)
        means, covariances = np.array([[0.0, 0], [3, 3]]), np.array([np.eye(2)] * 2)
        start = blocs.given(profiles, [0.5, 0.5], {"n": [2.0, 9.0], "g": (means, covariances)})
        one = blocs.step(fit.mixture, start, profiles)
        fits[name] = fit, fit.posterior(profiles), one.parameters, one.statistics
        other = blocs.Profiles.from_table(pd.DataFrame(frame)[:150], kinds=kinds)
        assert blocs.fit(other, 2, init=fit).status == "converged"
    bare_fit, usual_fit = fits["bare"][0], fits["usual"][0]
    assert bare_fit.loglik == usual_fit.loglik
    assert bare_fit.parameters().equals(usual_fit.parameters())
    assert bare_fit.flags == usual_fit.flags
    for a, b in zip(fits["bare"][1:], fits["usual"][1:], strict=True):
        pd.testing.assert_frame_equal(a, b)


def modules() -> list[tuple[str, ast.Module]]:
    files = [path for path in SOURCE.rglob("*.py") if path.parent.name != "families"]
    return [(str(path.relative_to(SOURCE)), ast.parse(path.read_text(encoding="utf-8"))) for path in files]


def test_no_file_outside_families_names_a_family() -> None:
    """Only what `families` exports for everybody is imported: the protocol, and the tables of names."""
    allowed = {name for name in vars(blocs.families) if name not in CLASSES}
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and "families" in (node.module or "").split("."):
                taken = {alias.name for alias in node.names} - allowed
                assert not taken & CLASSES, f"{name} imports {taken & CLASSES} from families"
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                named = node.value.id == "families" and node.attr in CLASSES
                assert not named, f"{name}, line {node.lineno} names the family {node.attr}"


def test_no_file_outside_families_asks_for_a_class_or_a_member_of_a_family() -> None:
    for name, tree in modules():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            if node.func.id in ("hasattr", "getattr", "isinstance", "type"):
                asked = ast.unparse(node.args[0])
                line = ast.unparse(node)
                family = any(word in asked.lower() for word in ("family", "families", "membership"))
                by_name = node.func.id == "type"  # what a message calls a family
                assert not family or by_name, f"{name}, line {node.lineno} asks {line}"


@pytest.mark.parametrize(
    ("made", "values", "message"),
    [
        (blocs.Poisson(), [[2.0, -1.0]], "init: the rate of item 'n' is -1. It is between 0 and inf."),
        (blocs.Binomial(20), [[0.2, 1.5]],
         "init: the success probability of item 'n' is 1.5. It is between 0 and 1."),
    ],
)  # fmt: skip
def test_start_values_out_of_their_range_are_refused(made: Any, values: Any, message: str) -> None:
    profiles = blocs.Profiles.from_table({"n": [1, 2, 7, 9]}, kinds={"n": made})
    with pytest.raises(blocs.InputError) as caught:
        blocs.fit(profiles, 2, init=blocs.given(profiles, [0.5, 0.5], {"n": values}))
    assert str(caught.value) == message


def test_start_values_of_measurements_are_checked() -> None:
    table = {"x": [0.0, 1, 2, 5], "y": [1.0, 0, 3, 2]}
    profiles = blocs.Profiles.from_table(table, kinds={"g": blocs.Gaussian(["x", "y"])})

    def refused(*values: Any) -> str:
        with pytest.raises(blocs.InputError) as caught:
            blocs.fit(profiles, 2, init=blocs.given(profiles, [0.5, 0.5], {"g": values}))
        return str(caught.value)

    means, covariances = np.zeros((2, 2)), np.array([np.eye(2)] * 2)
    assert refused(means, covariances[0]) == (
        "item 'g': means and covariances have the shapes (2, 2) and (2, 2). These items need (2, 2) and (2, 2, 2)."
    )
    assert refused(means, "wide") == (
        "item 'g': the values are not means and covariances. A pair of arrays, one row a type each."
    )
    assert refused(means, covariances - 2) == (
        "init: a covariance of item 'g' is not positive definite."
    )


def test_probabilities_of_cells_sum_to_one() -> None:
    table = {"a": [1, 2, 0], "b": [0, 2, 4]}
    profiles = blocs.Profiles.from_table(table, kinds={"v": blocs.Multinomial(["a", "b"])})
    start = blocs.given(profiles, [0.5, 0.5], {"v": [[0.5, 0.3], [0.6, 0.7]]})
    with pytest.raises(blocs.InputError) as caught:
        blocs.fit(profiles, 2, init=start)
    assert str(caught.value) == "init: the probabilities of item 'v' do not sum to 1."


class Biased(Binomial):
    """Scores of another parameter."""

    def code_scores(self, position: int, theta: Any) -> Any:
        return 1.1 * super().code_scores(position, theta)


class Certain(Multinomial):
    """Information that is too large."""

    def code_information(self, position: int, theta: Any, counts: Any) -> Any:
        return 2 * super().code_information(position, theta, counts)


class Constant(Binomial):
    """Draws that are always the same."""

    def sample(self, item: Any, x: Any, theta: Any, rng: Any) -> Any:
        return [f"0/{n:.0f}" for n in x[:, 1]]


class Lost(Categorical):
    """Free parameters that lead somewhere else."""

    def from_free(self, free: Any) -> Any:
        return super().from_free(0.5 * free)


@pytest.mark.parametrize(
    ("broken", "law"),
    [
        (Biased(INNER["counts"].items), "the score is the derivative of the log-probability"),
        (Certain((Item.full("v", ("0 2", "1 1", "2 0"), Kind("multinomial", ("a", "b"))),)),
         "the information is the derivative of the score"),
        (Constant(INNER["counts"].items), "rows are drawn from the distribution"),
        (Lost(INNER["categories"].items), "free parameters lead back"),
    ],
)  # fmt: skip
def test_broken_derivatives_and_draws_are_found_out(broken: Any, law: str) -> None:
    with pytest.raises(AssertionError, match=f"^{law}"):
        check_family(broken)
