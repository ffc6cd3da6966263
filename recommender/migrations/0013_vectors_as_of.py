import django.utils.timezone
from django.db import migrations, models


def read_when_written(apps, schema_editor):
    """Of the vectors that are there, nothing else is known."""
    apps.get_model("recommender", "ItemVector").objects.update(read_at=models.F("updated_at"))


class Migration(migrations.Migration):
    dependencies = [("recommender", "0012_telling_and_names")]

    operations = [
        migrations.AddField(
            model_name="itemvector",
            name="read_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now,
                help_text="The newest change of the item that the vector knows of.",
                verbose_name="as of",
            ),
        ),
        migrations.RunPython(read_when_written, migrations.RunPython.noop, elidable=True),
    ]
