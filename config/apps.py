"""What applications of others are called here."""

from django.utils.translation import gettext_lazy as _
from django_celery_beat.apps import BeatConfig


class ClockConfig(BeatConfig):
    verbose_name = _("Clock")
