"""Promise: starts that cannot be expected to reach a value are left, at first and as they iterate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .batches import BatchRunner, StartResult
from .ends import Targets
from .loop import StoppingRule

__all__ = ["run_while_promising"]


def run_while_promising(
    runner: BatchRunner, results: Sequence[StartResult], rule: StoppingRule, targets: NDArray[np.float64]
) -> list[StartResult]:
    """Continue the starts that ended at a limit of iterations, each until it converges or is left as "given_up".

    targets: (len(results),), the values that they are to reach.
    """
    before, none = Targets(targets, [result.trace for result in results], 0), np.zeros((len(results), 0))
    left = before.out_of_reach(np.arange(len(results)), none, np.zeros(len(results), dtype=np.int64))
    ends = [
        result._replace(status="given_up") if gone and result.status == "step_limit" else result
        for result, gone in zip(results, left.tolist(), strict=True)
    ]
    return runner.resume(ends, rule, targets) if rule.steps > 0 else ends
