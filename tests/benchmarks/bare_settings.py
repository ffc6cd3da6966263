"""The product's settings and one more address: the bare view that serving.py compares with."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.bare_urls"
