from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError

from catalog.keys import api_key_rotate
from catalog.models import ApiKey


class Command(BaseCommand):
    help = "Replace an API key. The new key alone goes to standard output; the old one works on for --hours."

    def add_arguments(self, parser):
        parser.add_argument("prefix", help="The eight characters after kd_ or kb_; see the admin.")
        parser.add_argument("--hours", type=float, default=24, help="How long the old key works on. Default: 24.")

    def handle(self, *, prefix: str, hours: float, **options):
        if not 0 <= hours <= 24 * 90:
            raise CommandError("--hours must lie between 0 and 2160, which are 90 days.")
        try:
            old = ApiKey.objects.get(prefix=prefix)
            row, key = api_key_rotate(key=old, overlap=timedelta(hours=hours))
        except ApiKey.DoesNotExist:
            raise CommandError(f"There is no key that starts with {prefix!r}.") from None
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(key)
        self.stderr.write(f"{row} takes the place of {old}, which works for {hours:g} more hours.")
