"""Which warnings fail the tests: those of blocs, wherever it runs; those of others where CI asks for it."""

from __future__ import annotations

import warnings

import pytest


def warn_in(module: str) -> None:
    """Warn as code of that module does, or as a package does that names its caller by `stacklevel`."""
    exec("import warnings\nwarnings.warn('soon')", {"__name__": module})


@pytest.mark.parametrize("module", ["blocs", "blocs.kernels.plan"])
def test_a_warning_of_blocs_is_an_error(module: str) -> None:
    with pytest.raises(UserWarning, match="soon"):
        warn_in(module)


@pytest.mark.parametrize("module", ["pandas.core.frame", "blocsy", "other.blocs"])
def test_a_warning_within_another_package_is_an_error_where_all_are(
    module: str, request: pytest.FixtureRequest
) -> None:
    if "error" in (request.config.getoption("pythonwarnings") or ()):
        with pytest.raises(UserWarning, match="soon"):
            warn_in(module)
        return
    with warnings.catch_warnings(record=True) as caught:
        warn_in(module)
    assert [str(found.message) for found in caught] == ["soon"]
