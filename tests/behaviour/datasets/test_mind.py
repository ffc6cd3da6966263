"""MIND on a few lines written by hand, with the columns as Microsoft publishes them."""

from datetime import UTC, datetime

import pytest

from behaviour.datasets import FORMATS, DatasetError, Options
from behaviour.models import Behaviour, Person
from catalog.models import Item

ENTITIES = '[{"Label": "Lake Verren", "Type": "G", "WikidataId": "Q1", "Confidence": 1.0, "OccurrenceOffsets": [0]}]'
NEWS = (
    f"N1\tnews\tnewsworld\tFog on Lake Verren\tA bell rang.\thttps://example.org/N1.html\t{ENTITIES}\t[]\n"
    'N2\tsports\tfootball\t"Quoted" title\t\thttps://example.org/N2.html\t[]\t[]\n'
    "N3\tsports\tsports\tThird\tThird.\thttps://example.org/N3.html\t[]\t\n"
    "N4\tfoodanddrink\tsoup\tFourth\tFourth.\thttps://example.org/N4.html\t[]\t[]\n"
)
LOG = (
    "1\tU9\t11/14/2019 9:05:58 AM\tN1 N2\tN3-0 N4-1\n"
    "2\tU9\t11/13/2019 8:00:00 PM\tN1 N2\tN3-1 N4-0\n"
    "3\tU5\t11/12/2019 12:30:00 AM\t\tN1-1\n"
)


def reads(person: str) -> list[tuple]:
    rows = Behaviour.objects.filter(person__external_id=person).order_by("occurred_at")
    return [(row.item.external_id, row.kind, row.value, row.occurred_at) for row in rows.select_related("item")]


def test_articles_have_topic_subtopic_and_the_names_in_their_titles(import_folder):
    import_folder("mind", {"news.tsv": NEWS, "behaviors.tsv": LOG}, vertical="news")
    first = Item.objects.get(external_id="N1")
    assert (first.title, first.text) == ("Fog on Lake Verren", "A bell rang.")
    assert (first.categories, first.tags) == (["news", "newsworld"], ["Lake Verren"])
    assert first.attributes == {"url": "https://example.org/N1.html"}
    assert Item.objects.get(external_id="N2").title == '"Quoted" title'
    assert Item.objects.get(external_id="N3").categories == ["sports"]


def test_the_history_comes_once_in_order_before_the_first_impression_and_clicks_at_their_time(import_folder):
    _, reports, dataset = import_folder("mind", {"news.tsv": NEWS, "behaviors.tsv": LOG}, vertical="news")
    assert reports["behaviours"].rejected == 0
    assert reads("U9") == [
        ("N1", "read", 1.0, datetime(2019, 11, 13, 18, 0, tzinfo=UTC)),
        ("N2", "read", 1.0, datetime(2019, 11, 13, 19, 0, tzinfo=UTC)),
        ("N3", "read", 1.0, datetime(2019, 11, 13, 20, 0, tzinfo=UTC)),
        ("N4", "read", 1.0, datetime(2019, 11, 14, 9, 5, 58, tzinfo=UTC)),
    ]
    assert dataset.skipped == {"shown, not clicked": 2}
    assert any("one hour before" in note for note in dataset.notes)


def test_a_person_without_a_history_has_their_clicks(import_folder):
    import_folder("mind", {"news.tsv": NEWS, "behaviors.tsv": LOG}, vertical="news")
    assert reads("U5") == [("N1", "read", 1.0, datetime(2019, 11, 12, 0, 30, tzinfo=UTC))]
    assert Person.objects.count() == 2


def test_the_test_part_keeps_its_clicks_back_and_gives_histories_alone(import_folder):
    log = "1\tU9\t11/14/2019 9:05:58 AM\tN1 N2\tN3 N4\n"
    _, _, dataset = import_folder("mind", {"news.tsv": NEWS, "behaviors.tsv": log}, vertical="news")
    assert Behaviour.objects.count() == 2
    assert dataset.skipped == {"shown, and the file keeps back whether it was clicked": 2}


def test_another_vertical_takes_clicks_as_views(import_folder):
    import_folder("mind", {"news.tsv": NEWS, "behaviors.tsv": LOG}, vertical="video")
    assert set(Behaviour.objects.values_list("kind", flat=True)) == {"view"}


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        ("1\tU9\tyesterday\tN1\tN3-1\n", "time", "11/13/2019 8:36:57 AM"),
        ("1\tU9\t11/14/2019 9:05:58 AM\tN1\tN3-2\n", "impressions", "N123-1"),
        ("1\tU9\t11/14/2019 9:05:58 AM\tN1\n", "line", "Expected 5 columns, found 4"),
        ("1\tU9\t11/14/2019 9:05:58 AM\tN1\tN77-1\n", "item", "N77"),
    ],
)
def test_a_bad_line_is_reported_with_its_place_and_nothing_is_kept(import_folder, row, field, words):
    _, reports, _ = import_folder("mind", {"news.tsv": NEWS, "behaviors.tsv": LOG + row}, vertical="news")
    report = reports["behaviours"]
    assert report.rejected == 1 and not report.kept
    rejection = report.rejections[0]
    assert rejection.line == 4 and rejection.file.endswith("behaviors.tsv")
    assert rejection.errors[0].field == field and words in rejection.errors[0].message
    assert Behaviour.objects.count() == 0


def test_entities_that_are_no_list_are_reported(import_folder):
    news = NEWS + "N5\tnews\tx\tFifth\tFifth.\t\t{broken\t[]\n"
    _, reports, _ = import_folder("mind", {"news.tsv": news, "behaviors.tsv": LOG}, vertical="news")
    assert reports["items"].rejections[0].line == 5
    assert reports["items"].rejections[0].errors[0].field == "title_entities"


def test_a_folder_without_the_log_is_refused(tmp_path):
    (tmp_path / "news.tsv").write_text(NEWS)
    with pytest.raises(DatasetError, match=r"has no behaviors.tsv"):
        FORMATS["mind"].read(tmp_path, Options("news"))
