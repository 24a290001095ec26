"""Outcome distributions, one a file. A family turns parameters into a table of code probabilities and back."""

from .binomial import Binomial
from .categorical import Categorical
from .choice import Choice
from .gaussian import Gaussian
from .known import Known
from .multinomial import Multinomial
from .parametric import Parametric
from .poisson import Poisson
from .registry import FAMILIES, family, register

__all__ = [
    "FAMILIES",
    "Binomial",
    "Categorical",
    "Choice",
    "Gaussian",
    "Known",
    "Multinomial",
    "Parametric",
    "Poisson",
    "family",
    "register",
]
