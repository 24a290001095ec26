"""Promise: iterations in stages, after each of which starts that cannot be expected to reach a value are left.

On a ridge of the likelihood the gain of an iteration says little about what is still to come: it is small, and so for
thousands of iterations. What half of all iterations has gained says more: where the value approaches its end as a
power of the number of iterations, what is to come is a multiple of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .batches import BatchRunner, StartResult
from .loop import StoppingRule

__all__ = ["run_while_promising"]

FIRST = 200
"""Iterations of the first stage, at least; each stage is twice as long as all before it: acceleration begins anew."""
TIMES = 2.0
"""A start is left when what the last half of its iterations gained, so many times, would not bring it to its target."""


def run_while_promising(
    runner: BatchRunner, results: Sequence[StartResult], rule: StoppingRule, targets: NDArray[np.float64]
) -> list[StartResult]:
    """Continue the starts that ended at a limit of iterations, each until it converges or is left as "given_up".

    targets: (len(results),), the values that they are to reach.
    """
    ends, left = list(results), rule.steps
    done = max((r.iterations for r in results if r.status == "step_limit"), default=0)
    while (steps := min(max(FIRST, 2 * done), left)) > 0 and any(r.status == "step_limit" for r in ends):
        ends = [_given_up(r, target) for r, target in zip(ends, targets.tolist(), strict=True)]
        ends, done, left = runner.resume(ends, replace(rule, steps=steps)), done + steps, left - steps
    return ends


def _given_up(result: StartResult, target: float) -> StartResult:
    """Return the result, given up where it ended at a limit and cannot be expected to reach its target."""
    if result.status != "step_limit" or not result.trace:
        return result
    gained = result.value - result.trace[len(result.trace) // 2]
    return result if result.value + TIMES * gained >= target else replace(result, status="given_up")
