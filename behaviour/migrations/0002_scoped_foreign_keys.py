from django.db import migrations

from catalog.constraints import scoped_foreign_key


class Migration(migrations.Migration):
    dependencies = [("behaviour", "0001_initial")]

    operations = [
        scoped_foreign_key("behaviour_behaviour", "person_id", "behaviour_person"),
        scoped_foreign_key("behaviour_behaviour", "item_id", "catalog_item"),
        scoped_foreign_key("behaviour_relationship", "source_id", "behaviour_person"),
        scoped_foreign_key("behaviour_relationship", "target_id", "behaviour_person"),
    ]
