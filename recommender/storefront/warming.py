"""Before a web process answers anybody: addresses, then every storefront's state and templates.

The addresses are read at once, for no request can do without them. The rest goes on in a thread: the process answers
meanwhile, and a request that is early waits for no more than it needs itself.
"""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, connections
from django.urls import reverse

from catalog.models import Storefront

from .. import registry, serving
from .rendering import templates_compile

logger = logging.getLogger(__name__)

MOST = 20  # storefronts: with more, each takes its turn when it is asked for


def warm_in_background() -> threading.Thread:
    reverse("storefront:storefronts")
    thread = threading.Thread(target=warm_all, name="warming", daemon=True)
    thread.start()
    return thread


def warm_all() -> None:
    """Whatever goes wrong goes wrong again, and is said, where it is asked for: warming is no reason to stop."""
    try:
        for storefront in Storefront.objects.filter(active=True).order_by("pk")[:MOST]:
            _warm(storefront)
    except DatabaseError as error:
        logger.warning("Nothing was made ready, for the database does not answer: %s", error)
    finally:
        connections.close_all()


def _warm(storefront: Storefront) -> None:
    try:
        serving.warm(storefront)
        if storefront.vertical in registry.verticals():
            templates_compile(storefront.vertical)
    except DatabaseError:
        raise
    except Exception:  # a model's file, a plugin's template: each raises its own
        logger.exception("Storefront %s could not be made ready.", storefront.slug)
