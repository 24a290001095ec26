"""Outcome distributions, one a file. A family turns parameters into a table of code probabilities and back."""

from .binomial import Binomial
from .categorical import Categorical
from .choice import Choice
from .constrained import Constrained
from .constraints import INDEPENDENT, Constraint
from .gaussian import Gaussian
from .known import Known
from .multinomial import Multinomial
from .of_several import constrained_simplices, constraints_in, converted
from .parametric import Parametric
from .poisson import Poisson
from .protocol import Charted, Density, Description, Edge, Family, FreeParameter, Part
from .registry import FAMILIES, all_simplices, families_of, family, register

__all__ = [
    "FAMILIES",
    "INDEPENDENT",
    "Binomial",
    "Categorical",
    "Charted",
    "Choice",
    "Constrained",
    "Constraint",
    "Density",
    "Description",
    "Edge",
    "Family",
    "FreeParameter",
    "Gaussian",
    "Known",
    "Multinomial",
    "Parametric",
    "Part",
    "Poisson",
    "all_simplices",
    "constrained_simplices",
    "constraints_in",
    "converted",
    "families_of",
    "family",
    "register",
]
