"""Settings for tests: a var folder of their own. Nothing that a developer keeps in var/ or .env shapes a test."""

import atexit
import os
import shutil
import tempfile

_var = tempfile.mkdtemp(prefix="kindred-tests-")
atexit.register(shutil.rmtree, _var, ignore_errors=True)
os.environ.update(
    VAR_DIR=_var,
    DATABASE_URL=f"sqlite:///{_var}/kindred.sqlite3",
    CACHE_URL="locmemcache://",
    CELERY_BROKER_URL="filesystem://localhost",
    DEBUG="0",
    HTTPS="0",
    HF_HUB_OFFLINE="1",
)
os.environ.setdefault("OMP_NUM_THREADS", "1")  # small matrices: more threads only wait for each other

from config.settings import *  # noqa: E402, F403

# A slow hash protects real passwords; the tests' are "test".
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
