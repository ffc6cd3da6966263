"""Composition: settings, URLs and the processes that run the three apps."""

from .celery import app as celery_app

__all__ = ["celery_app"]
