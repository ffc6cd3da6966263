"""What every test may need: nothing kept from the test before, and services only where they are installed."""

from __future__ import annotations

import os

import pytest
from django.utils import translation

#: A third party's package, whose tests run as a third party runs them: see recommender/test_new_vertical.py.
collect_ignore = ["plugin"]


@pytest.fixture(autouse=True)
def _nobody_s_language():
    """A page asked for in Chinese leaves the thread speaking it: the next test begins in the site's own language."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _forget_what_is_served():
    """A web process keeps catalogues, models and leases of requests in memory; a test must not see another one's."""
    from catalog import rates
    from recommender import serving

    rates._leases.clear()
    serving.forget()
    yield
    serving.forget()


def require(found: bool, what: str) -> None:
    """Skip a test whose service is not installed, or fail where CI promises that it is."""
    if found:
        return
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what} is needed here and missing.")
    pytest.skip(f"{what} is not installed")
