from django.core.management.base import BaseCommand, CommandError

from catalog.keys import SCOPES, api_key_create
from catalog.models import Storefront


class Command(BaseCommand):
    help = "Make an API key for a storefront. The key alone goes to standard output, and is never shown again."

    def add_arguments(self, parser):
        parser.add_argument("storefront", help="The slug of the storefront.")
        parser.add_argument("--name", default="command line", help="What the key is for.")
        parser.add_argument("--scopes", default="read,write", help=f"Comma-separated, of: {', '.join(SCOPES)}.")

    def handle(self, *, storefront: str, name: str, scopes: str, **options):
        try:
            found = Storefront.objects.get(slug=storefront)
            row, key = api_key_create(storefront=found, name=name, scopes=[s.strip() for s in scopes.split(",")])
        except Storefront.DoesNotExist:
            slugs = ", ".join(Storefront.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no storefront {storefront!r}. There are: {slugs}.") from None
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(key)
        self.stderr.write(f"{row} may {', '.join(row.scopes)} in {found.slug}. Keep it: it is not shown again.")
