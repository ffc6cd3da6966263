from django.core.management.base import BaseCommand, CommandError

from catalog.keys import api_key_revoke
from catalog.models import ApiKey


class Command(BaseCommand):
    help = "Revoke an API key, and with it the browser tokens that it made. This cannot be undone."

    def add_arguments(self, parser):
        parser.add_argument("prefix", help="The eight characters after kd_ or kb_; see the admin.")

    def handle(self, *, prefix: str, **options):
        try:
            key = ApiKey.objects.get(prefix=prefix)
        except ApiKey.DoesNotExist:
            raise CommandError(f"There is no key that starts with {prefix!r}.") from None
        if not api_key_revoke(key=key):
            raise CommandError(f"{key} was revoked before.")
        self.stderr.write(f"{key} is revoked; within a second nobody can use it.")
