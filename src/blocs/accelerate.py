"""How the climb hurries."""

from __future__ import annotations

from collections.abc import Callable

from .em import Plain, Stepper
from .errors import Fault, InputError, nearest
from .mixture import Mixture

__all__ = ["STEPPERS", "stepper"]


def stepper(name: str, mixture: Mixture) -> Stepper:
    """Return the stepper of that name; raise InputError with the nearest one if there is none."""
    if name not in STEPPERS:
        raise InputError(
            Fault(
                f"there is no accelerator {name!r}",
                where="accelerate",
                rule=f"They are {', '.join(map(repr, STEPPERS))}",
                nearest=nearest(name, STEPPERS),
            )
        )
    return STEPPERS[name](mixture)


STEPPERS: dict[str, Callable[[Mixture], Stepper]] = {"anderson": Plain, "none": Plain}
"""Steppers by name."""
