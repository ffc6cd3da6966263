from django.core.management.base import BaseCommand

from behaviour.services import erasures_repeat


class Command(BaseCommand):
    help = (
        "After a backup was restored: erase again whoever had been erased since it was made. The clock does so every "
        "five minutes; run this before the restored database serves anybody."
    )

    def handle(self, **options):
        if erased := erasures_repeat():
            persons = "1 person was" if erased == 1 else f"{erased:,} persons were"
            self.stdout.write(f"{persons} erased again: the backup was made before they were erased.")
        else:
            self.stdout.write("Nobody had to be erased again.")
