"""The tests' settings on the PostgreSQL server that TESTS_POSTGRES_URL names; see test_postgres.py."""

import environ

from tests.settings import *  # noqa: F403

DATABASES = {"default": environ.Env().db_url("TESTS_POSTGRES_URL")}
