"""The Celery application. Tasks live in the apps; the settings start with CELERY_."""

import os

from celery import Celery

from .broker import install

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

install()
app = Celery("kindred")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
