"""Every model goes with every kind of data; two models together work, or are refused by name."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import blocs
from model_combinations import DATA, MODELS, RUN, TOGETHER


@pytest.mark.parametrize(("model", "kind"), list(product(MODELS, DATA)))
def test_each_model_goes_with_each_kind_of_data(model: str, kind: str) -> None:
    rows = RUN[model](kind)
    assert (rows["flag"] == "").all()
    assert np.isfinite(rows["se"].to_numpy()).all()
    assert (rows["se"] > 0).all()


@pytest.mark.parametrize("pair", TOGETHER)
def test_two_together(pair: tuple[str, str]) -> None:
    call, message = TOGETHER[pair]
    if not message:
        found = call()
        if isinstance(found, blocs.Fit):
            assert np.isfinite(found.loglik)
            assert (np.diff(found.trace) >= -1e-6).all()
            return
        rows = found.coefficients()
        assert (rows["flag"] == "").all()
        assert np.isfinite(rows[["coefficient", "se"]].to_numpy()).all()
        return
    with pytest.raises(blocs.BlocsError) as caught:
        call()
    assert str(caught.value) == message
