from django.db import migrations

from catalog.constraints import scoped_foreign_key


class Migration(migrations.Migration):
    dependencies = [("recommender", "0001_initial")]

    operations = [
        scoped_foreign_key("recommender_itemvector", "item_id", "catalog_item"),
        scoped_foreign_key("recommender_recommendation", "person_id", "behaviour_person"),
        scoped_foreign_key("recommender_deployment", "artifact_id", "recommender_artifact"),
    ]
