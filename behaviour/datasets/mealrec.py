"""MealRec+: courses and meals, who liked which, and how healthy they are by two standards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from catalog.schema import FieldError
from catalog.services import Record, RecordError

from .dataset import Dataset, DatasetError, Format, Options, mapped
from .files import find, lines, need, table, undecoded

#: The paper is of April 2024; when somebody liked something is not in the files.
COLLECTED = datetime(2024, 4, 1, tzinfo=UTC)
#: The files have numbers in place of names.
CATEGORIES = {"0": "Appetizers", "1": "Main dishes", "2": "Desserts"}
COURSE = {"0": "Appetizer", "1": "Main dish", "2": "Dessert"}
MEALS = "Meals"
PARTS = ("user_meal_train.txt", "user_meal_tune.txt", "user_meal_test.txt")


def read(path: Path, options: Options) -> Dataset:
    """A course is an item "c851", a meal of three courses one "m674"; a person's likes of both are behaviours.

    `fsa_score`: traffic lights of fat, saturates, sugar and salt, from 4 (healthiest) to 12. `who_score`: how many
    of the World Health Organization's seven goals are met, from 0 to 7 (healthiest).
    """
    need(path, "user_course.txt", "who liked which course")
    need(path, "meal_course.txt", "which courses make a meal")
    parts = [found for name in PARTS if (found := find(path, name))]
    kind = options.choose_kind(["like", "use", "cook", "purchase", "view"])
    category_of = _categories(need(path, "course_category.txt", "what kind of course each is"))
    dataset = Dataset(
        items=chain(_courses(path, category_of, options), _meals(path, category_of, options)),
        behaviours=chain(
            mapped(_pairs(path, "user_course.txt", ("user", "course")), lambda row: _liking(row, "course", kind)),
            *(
                mapped(_pairs(path, part.name, ("user", "meal")), lambda row: _liking(row, "meal", kind))
                for part in parts
            ),
        ),
    )
    dataset.notes += [
        f"The files have no times: every {kind} is put on {COLLECTED:%Y-%m-%d}.",
        "The files have numbers in place of names: courses and meals are called by theirs.",
    ]
    return dataset


def _pairs(path: Path, name: str, columns: tuple[str, str]) -> Iterator[Record]:
    return table(need(path, name, "pairs of numbers"), columns=columns, delimiter="\t", quoted=False)


def _categories(path: Path) -> dict[str, str]:
    """Course → "0", "1" or "2". Only courses that belong to a meal have one."""
    found: dict[str, str] = {}
    for row in table(path, columns=("course", "category"), delimiter="\t", quoted=False):
        # Nothing is imported from here, so a row that cannot be read has no report to go to.
        if isinstance(row.values, RecordError) or row.values["category"] not in CATEGORIES:
            raise DatasetError(f"{path}:{row.line} is not a course and 0, 1 or 2 with a tab between them.")
        found[row.values["course"]] = row.values["category"]
    return found


def _courses(path: Path, category_of: Mapping[str, str], options: Options) -> Iterator[Record]:
    for number, row, scores in _scored(path, "course", options):
        category = category_of.get(number, "")
        yield _checked(
            row,
            scores,
            {
                "external_id": f"c{number}",
                "title": f"{COURSE.get(category, 'Course')} {number}",
                "categories": [CATEGORIES[category]] if category else ["Courses"],
            },
        )


def _meals(path: Path, category_of: Mapping[str, str], options: Options) -> Iterator[Record]:
    courses: defaultdict[str, list[str]] = defaultdict(list)
    for pair in _pairs(path, "meal_course.txt", ("meal", "course")):
        if isinstance(pair.values, RecordError):
            yield pair
            continue
        courses[pair.values["meal"]].append(pair.values["course"])
    for number, row, scores in _scored(path, "meal", options):
        names = [f"{COURSE.get(category_of.get(course, ''), 'course').lower()} {course}" for course in courses[number]]
        yield _checked(
            row,
            scores,
            {
                "external_id": f"m{number}",
                "title": f"Meal {number}",
                "text": "Made of " + ", ".join(names) if names else "",
                "categories": [MEALS],
            },
        )


def _checked(row: Record, scores: Mapping[str, Any] | RecordError, item: dict[str, Any]) -> Record:
    if isinstance(scores, RecordError):
        return Record(scores, row.file, row.line)
    return Record({**item, "attributes": dict(scores), "language": "en"}, row.file, row.line)


def _scored(path: Path, what: str, options: Options) -> Iterator[tuple[str, Record, Any]]:
    """(number, place in the file, attributes or what is wrong with them) for each line of the two score files."""
    folder = path / "healthiness"
    fsa = need(folder, f"{what}_fsa.txt", f"each {what}'s FSA score")
    who = need(folder, f"{what}_who.txt", f"each {what}'s WHO score")
    others = lines(who)
    for line, text in lines(fsa):
        _, other = next(others, (line, ""))
        try:
            found = {"fsa_score": _score(text, "fsa_score"), "who_score": _score(other, "who_score")}
            scores: Any = options.item_attributes(found)
        except RecordError as error:
            scores = error
        yield str(line - 1), Record(None, str(fsa), line), scores


def _score(text: str, field: str) -> float:
    if problem := undecoded(text):
        raise problem
    try:
        return round(float(text), 2)
    except ValueError:
        raise RecordError([FieldError(field, "format", f"Expected a number, got {text.strip()!a:.60}.")]) from None


def _liking(row: Mapping[str, str], what: str, kind: str) -> dict[str, Any]:
    return {
        "event_id": f"mealrec:{row['user']}:{what}:{row[what]}",
        "person": row["user"],
        "item": f"{what[0]}{row[what]}",
        "kind": kind,
        "occurred_at": COLLECTED,
    }


FORMAT = Format("mealrec", "MealRec+: courses and meals with FSA and WHO healthiness scores", read)
