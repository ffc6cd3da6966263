from django.core.management.base import BaseCommand, CommandError

from catalog.keys import SCOPES, api_key_create
from catalog.models import ApiKey, Storefront


class Command(BaseCommand):
    help = "Make an API key for a storefront. The key alone goes to standard output, and is never shown again."

    def add_arguments(self, parser):
        parser.add_argument("storefront", help="The slug of the storefront.")
        parser.add_argument("--name", default="command line", help="What the key is for.")
        parser.add_argument("--scopes", default="read,write", help=f"Comma-separated, of: {', '.join(SCOPES)}.")
        parser.add_argument(
            "--browser",
            action="store_true",
            help="A key that may stand in pages: for anonymous visitors, from the sites of --origins only.",
        )
        parser.add_argument("--origins", default="", help="Comma-separated sites, such as https://shop.example.")

    def handle(self, *, storefront: str, name: str, scopes: str, browser: bool, origins: str, **options):
        try:
            found = Storefront.objects.get(slug=storefront)
            row, key = api_key_create(
                storefront=found,
                name=name,
                scopes=_parts(scopes),
                kind=ApiKey.Kind.BROWSER if browser else ApiKey.Kind.SERVER,
                origins=_parts(origins),
            )
        except Storefront.DoesNotExist:
            slugs = ", ".join(Storefront.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no storefront {storefront!r}. There are: {slugs}.") from None
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(key)
        keep = "It may stand in pages of " + ", ".join(row.origins) if browser else "Keep it: it is not shown again"
        self.stderr.write(f"{row} may {', '.join(row.scopes)} in {found.slug}. {keep}.")


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
