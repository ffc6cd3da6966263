"""For ASGI servers. Sync workers cost a third of the CPU a request, so `manage.py serve` uses WSGI."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_asgi_application()
