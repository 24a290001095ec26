"""One log-likelihood for every package's answer, and clocks that every measurement shares."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .cases import Case, Start

__all__ = ["Clock", "loglik", "marginal", "peak_mb", "timed"]


class Clock(NamedTuple):
    """Seconds of processor time, of this process and all its threads, and seconds on the wall."""

    cpu: float
    wall: float


def timed(work: Callable[[], Any]) -> tuple[Any, Clock]:
    """Return what `work` returns and the time it took."""
    cpu, wall = time.process_time(), time.perf_counter()
    out = work()
    return out, Clock(time.process_time() - cpu, time.perf_counter() - wall)


def marginal(iterate: Callable[[int], Any], short: int, long: int, repeats: int) -> Clock:
    """Return the cost of one more iteration: fits of two lengths, in turn, the quickest of each."""
    best = {n: Clock(np.inf, np.inf) for n in (short, long)}
    for _ in range(repeats):
        for n in best:
            _, took = timed(lambda n=n: iterate(n))
            best[n] = Clock(min(best[n].cpu, took.cpu), min(best[n].wall, took.wall))
    return Clock(*((b - a) / (long - short) for a, b in zip(best[short], best[long], strict=True)))


def peak_mb() -> float:
    """Return the most memory that this process ever held, in MB (10^6 bytes).

    From the status of the process where the system has one: getrusage also counts the parent's memory at the fork.
    """
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024 / 1e6
    except (OSError, StopIteration):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6


def loglik(case: Case, params: Start, block: int = 65_536) -> float:
    """Return the log-likelihood of the case's table at a package's parameters (menus by proportion)."""
    if case.values is not None:
        return _normal_loglik(case, params, block)
    total = 0.0
    with np.errstate(divide="ignore"):
        prior = np.log(params.shares)
        tables = [_log_table(case, p) for p in params.probs]
    for a in range(0, len(case.votes), block):
        votes = case.votes[a : a + block]
        menu = np.zeros_like(votes) if case.menu is None else case.menu[a : a + block]
        logs = sum((table[menu[:, j], votes[:, j]] for j, table in enumerate(tables)), prior)
        top = logs.max(axis=1)
        total += case.weights[a : a + block] @ (top + np.log(np.exp(logs - top[:, None]).sum(axis=1)))
    return float(total)


def _normal_loglik(case: Case, params: Start, block: int) -> float:
    assert case.values is not None
    assert params.normal is not None
    total, (means, covariances) = 0.0, params.normal
    low = np.linalg.cholesky(covariances)
    sizes = np.log(np.diagonal(low, axis1=1, axis2=2)).sum(axis=1)
    for a in range(0, len(case.values), block):
        x = case.values[a : a + block]
        away = [np.linalg.solve(root, (x - mean).T) for root, mean in zip(low, means, strict=True)]
        squares = np.stack([(z * z).sum(axis=0) for z in away], axis=1)
        logs = np.log(params.shares) - 0.5 * squares - sizes - 0.5 * x.shape[1] * np.log(2 * np.pi)
        top = logs.max(axis=1)
        total += case.weights[a : a + block] @ (top + np.log(np.exp(logs - top[:, None]).sum(axis=1)))
    return float(total)


def _log_table(case: Case, probs: np.ndarray) -> np.ndarray:
    """Return (menus, L, K) log probabilities."""
    menus = [np.isin(np.arange(len(probs)), menu) for menu in case.offered] or [np.ones(len(probs), dtype=bool)]
    offered = [np.where(menu[:, None], probs, 0) for menu in menus]
    return np.log(np.stack([p / p.sum(axis=0) for p in offered]))
