import subprocess
import sys

import pytest

from recommender.algorithms import BUILT_IN, algorithm_class, algorithm_register
from recommender.algorithms.popularity import Popularity


@pytest.mark.parametrize("slug", ["popularity", "ease", "graph", "content", "next-item", "blend"])
def test_every_built_in_is_found_by_its_slug(slug):
    algorithm = algorithm_class(slug)
    assert algorithm.slug == slug
    assert f"{algorithm.__module__}:{algorithm.__name__}" in BUILT_IN


def test_an_unknown_slug_is_answered_with_those_there_are():
    with pytest.raises(LookupError, match="popularity"):
        algorithm_class("no-such-algorithm")


def test_an_algorithm_of_a_third_party_can_be_made_known():
    class Other(Popularity):
        slug = "other-popularity"

    algorithm_register(Other)
    assert algorithm_class("other-popularity") is Other


def test_importing_the_package_imports_no_algorithm():
    code = "import recommender.algorithms, sys; sys.exit('recommender.algorithms.ease' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
