from datetime import UTC, datetime

from django.db import migrations

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def look_again(apps, schema_editor):
    """Quotes were taken before names were left out of them: the next look takes all of them anew."""
    apps.get_model("recommender", "QuotedItem").objects.update(looked_at=LONG_AGO)


class Migration(migrations.Migration):
    dependencies = [("recommender", "0013_vectors_as_of")]

    operations = [migrations.RunPython(look_again, migrations.RunPython.noop, elidable=True)]
