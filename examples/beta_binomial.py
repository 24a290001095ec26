"""A family of one's own: coins whose bias varies a little from draw to draw (beta-binomial), no closed-form M-step.

Run it: `python examples/beta_binomial.py`. docs/extend.md explains every part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

import blocs
from blocs.core.schema import Item, Kind
from blocs.families import Parametric, register
from blocs.profiles.kinds import Values
from blocs.testing.checks import check_family

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BetaBinomial(Parametric):
    """s successes in n trials; the success probability of a draw has mean p and dispersion d = 1 / (alpha + beta)."""

    def values(self, item: Item) -> Floats:
        """Return (L, 2) successes and trials of the codes."""
        trials = item.kind.option("trials", 1)
        return np.array([[float(label), trials] for label in item.outcomes]).reshape(-1, 2)

    def names(self, item: Item) -> tuple[str, ...]:
        return ("success probability", "dispersion")

    def bounds(self, item: Item) -> tuple[tuple[float, float], ...]:
        return ((0.0, 1.0), (1e-3, 10.0))

    def log_prob(self, x: Floats, theta: Floats) -> Floats:
        s, n = x[:, :1], x[:, 1:]
        a, b = theta[0] / theta[1], (1 - theta[0]) / theta[1]
        ways = -np.log1p(n) - betaln(s + 1, n - s + 1)
        return ways + betaln(s + a, n - s + b) - betaln(a, b)

    def guess(self, x: Floats, counts: Floats, rng: np.random.Generator, width: int) -> Floats:
        rows = rng.choice(len(x), size=width, p=counts / counts.sum())
        return np.array([(x[rows, 0] + 0.5 + rng.random(width)) / (x[rows, 1] + 2), rng.uniform(0.1, 0.5, width)])


def items(number: int, trials: int) -> tuple[Item, ...]:
    """Return items with every value from 0 to `trials` in their code book."""
    kind = Kind("beta-binomial", options=(("trials", trials),))
    return tuple(Item.full(f"coin {i}", tuple(range(trials + 1)), kind) for i in range(1, number + 1))


def main() -> None:
    check_family(BetaBinomial(items(3, 4)))
    register("beta-binomial", BetaBinomial)

    rng = np.random.default_rng(1)
    z = rng.choice(2, p=[0.6, 0.4], size=4000)
    mean, spread = np.array([0.25, 0.7])[z], 20.0
    heads = rng.binomial(12, rng.beta(mean * spread, (1 - mean) * spread))
    kinds = {"heads": Values("beta-binomial", options=(("trials", 12),))}
    profiles = blocs.Profiles.from_table({"heads": heads}, kinds=kinds)
    fit = blocs.fit(profiles, 2, starts=4, gain=1e-4, exchange=False)  # each M-step searches: no moves of types
    print(fit.parameters().round(2).to_string(index=False))


if __name__ == "__main__":
    main()
