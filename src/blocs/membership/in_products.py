"""in_products: what a test of one term of a formula is not, where the term is in a product, too."""

from __future__ import annotations

from .design import Design

__all__ = ["in_products"]


def in_products(design: Design | None) -> tuple[str, ...]:
    """Return what tests of single terms are not: a sentence on terms that are also in products, none without any."""
    if design is None:
        return ()
    factors = {term.words: {*term.factors} for term in design.terms}
    products = [words for words, own in factors.items() if any(of < own for of in factors.values())]
    parts = [words for words, own in factors.items() if any(own < factors[product] for product in products)]
    if not parts:
        return ()
    is_are, named = "is" if len(parts) == 1 else "are", ", ".join(products)
    return (
        f"{' and '.join(parts)} {is_are} also in {named}: a Wald test of such a term is one where what it is "
        "multiplied by is 0, or at its reference level. Likelihood-ratio tests of terms leave out their products as "
        "well.",
    )
