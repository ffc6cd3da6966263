"""MealRec+ on a few lines written by hand, and on the real thing where ../shared/data is there."""

from pathlib import Path

import pytest

from behaviour.datasets import FORMATS, DatasetError, Options
from behaviour.datasets.importing import dataset_import
from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "mealrec-h"

FILES = {
    "course_category.txt": "0\t0\n1\t1\n2\t2\n",
    "meal_course.txt": "0\t0\n0\t1\n0\t2\n",
    "user_course.txt": "0\t3\n1\t1\n",
    "user_meal_train.txt": "0\t0\n",
    "user_meal_tune.txt": "1\t0\n",
    "healthiness/course_fsa.txt": "11\n9\n7\n4\n",
    "healthiness/course_who.txt": "1\n2\n1\n7\n",
    "healthiness/meal_fsa.txt": "9.0\n",
    "healthiness/meal_who.txt": "1.3333333333333333\n",
}


@pytest.fixture
def import_meals(import_folder, tmp_path):
    (tmp_path / "healthiness").mkdir()

    def make(changed: dict[str, str] | None = None, vertical: str = "health"):
        return import_folder("mealrec", {**FILES, **(changed or {})}, vertical=vertical)

    return make


def test_courses_and_meals_have_both_scores_as_attributes(import_meals):
    import_meals()
    course, meal = Item.objects.get(external_id="c0"), Item.objects.get(external_id="m0")
    assert (course.title, course.categories) == ("Appetizer 0", ["Appetizers"])
    assert course.attributes == {"fsa_score": 11.0, "who_score": 1.0}
    assert (meal.title, meal.text) == ("Meal 0", "Made of appetizer 0, main dish 1, dessert 2")
    assert meal.attributes == {"fsa_score": 9.0, "who_score": 1.33}


def test_a_course_of_no_meal_is_only_a_course(import_meals):
    import_meals()
    assert (Item.objects.get(external_id="c3").title, Item.objects.get(external_id="c3").categories) == (
        "Course 3",
        ["Courses"],
    )


def test_likes_of_courses_and_of_meals_from_every_part_are_behaviours(import_meals):
    _, _, dataset = import_meals()
    rows = Behaviour.objects.values_list("person__external_id", "item__external_id", "kind")
    assert set(rows) == {("0", "c3", "like"), ("1", "c1", "like"), ("0", "m0", "like"), ("1", "m0", "like")}
    assert any("no times" in note for note in dataset.notes)


def test_a_vertical_without_scores_takes_the_rest(import_meals):
    import_meals(vertical="ecommerce")
    assert Item.objects.get(external_id="c0").attributes == {}


@pytest.mark.parametrize("line", ["much", ""])
def test_a_score_that_is_no_number_is_reported_with_its_line_and_nothing_is_kept(import_meals, line):
    _, reports, _ = import_meals({"healthiness/course_who.txt": f"1\n{line}\n1\n7\n"})
    rejection = reports["items"].rejections[0]
    assert rejection.line == 2 and rejection.errors[0].field == "who_score"
    assert Item.objects.count() == Behaviour.objects.count() == 0


def test_a_score_outside_its_scale_is_reported(import_meals):
    _, reports, _ = import_meals({"healthiness/course_fsa.txt": "11\n99\n7\n4\n"})
    assert "fsa_score" in str(reports["items"].rejections[0].errors[0])


def test_a_line_with_one_number_is_reported(import_meals):
    _, reports, _ = import_meals({"user_course.txt": "0\t3\n1\n"})
    rejection = reports["behaviours"].rejections[0]
    assert (rejection.line, rejection.errors[0].field) == (2, "line")


def test_a_broken_file_of_categories_is_refused(tmp_path):
    for name, text in {**FILES, "course_category.txt": "0\t9\n"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(DatasetError, match=r"course_category.txt:1 is not a course and 0, 1 or 2"):
        FORMATS["mealrec"].read(tmp_path, Options("health"))


def test_a_folder_without_scores_is_refused(tmp_path):
    for name in ("user_course.txt", "meal_course.txt", "course_category.txt"):
        (tmp_path / name).write_text(FILES[name])
    with pytest.raises(DatasetError, match=r"healthiness has no course_fsa.txt"):
        list(FORMATS["mealrec"].read(tmp_path, Options("health")).items)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_real_one_has_1575_users_7280_courses_3817_meals_and_all_their_likes(monkeypatch):
    if not DATA.is_dir():
        pytest.skip("The data set mealrec-h is not here; see ../shared/data/README.md.")
    monkeypatch.setattr("catalog.changes._listeners", [])
    storefront = Storefront.objects.create(slug="real", name="Real", vertical="health")
    reports = dataset_import(storefront=storefront, dataset=FORMATS["mealrec"].read(DATA, Options("health")))
    assert not any(report.rejected for report in reports.values())
    assert Person.objects.count() == 1575
    assert Item.objects.filter(external_id__startswith="c").count() == 7280
    assert Item.objects.filter(external_id__startswith="m").count() == 3817
    assert Behaviour.objects.count() == 151_148 + 46_767
    assert Item.objects.get(external_id="c0").attributes == {"fsa_score": 11.0, "who_score": 1.0}
