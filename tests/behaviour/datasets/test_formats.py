"""Each published format on a few lines of it, written by hand."""

import pytest

from behaviour.datasets import FORMATS, DatasetError, Options
from behaviour.models import Behaviour, Person, Relationship
from catalog.models import Item

GENRES = "0|" * 17 + "1|0"  # War
GROUPLENS = {
    "u.item": f"1|Boot, Das (1981)|04-Apr-1997||http://example.org|{GENRES}\n2|Amélie|||x|{GENRES}\n".encode("latin-1"),
    "u.user": "7|24|M|technician|85711\n",
    "u.data": "7\t1\t5\t881250949\n7\t2\t3\t881250950\n",
}
RECBOLE = {
    "ml-100k.item": "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    "1\tBoot, Das\t1981\tWar\n2\tAmélie\tunkonwn\tWar\n",
    "ml-100k.user": "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n"
    "7\t24\tM\ttechnician\t85711\n",
    "ml-100k.inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    "7\t1\t5\t881250949\n7\t2\t3\t881250950\n",
}


@pytest.mark.parametrize("files", [GROUPLENS, RECBOLE], ids=["GroupLens", "RecBole"])
def test_movielens_100k(import_folder, files):
    import_folder("movielens-100k", files)
    film = Item.objects.get(external_id="1")
    assert (film.title, film.categories, film.attributes) == ("Das Boot", ["War"], {"year": 1981})
    assert film.published_at.year == (1997 if "u.item" in files else 1981)  # the day where it is known, else the year
    assert Item.objects.get(external_id="2").title == "Amélie"
    assert Item.objects.get(external_id="2").published_at is None
    person = Person.objects.get()
    assert person.attributes == {"age": 24, "gender": "M", "occupation": "technician", "postcode": "85711"}
    ratings = Behaviour.objects.order_by("id").values_list("item__external_id", "kind", "value")
    assert list(ratings) == [("1", "rating", 5.0), ("2", "rating", 3.0)]


@pytest.mark.parametrize("name", ["unknown", "unkonwn"])
def test_the_film_that_is_none_is_shown_to_nobody(import_folder, name):
    items = RECBOLE["ml-100k.item"] + f"267\t{name}\t{name}\tunknown\n"
    import_folder("movielens-100k", {**RECBOLE, "ml-100k.item": items})
    assert Item.objects.get(external_id="267").withdrawn
    assert not Item.objects.get(external_id="1").withdrawn


def test_attributes_that_a_vertical_lacks_are_left_out(import_folder):
    import_folder("movielens-100k", GROUPLENS, vertical="ecommerce")
    assert Item.objects.get(external_id="1").attributes == {}
    assert Person.objects.get().attributes == {"age": 24, "gender": "M"}


def test_the_caller_may_choose_the_kind(import_folder):
    import_folder("movielens-100k", GROUPLENS, kind="like")
    assert set(Behaviour.objects.values_list("kind", flat=True)) == {"like"}


def test_a_kind_that_the_vertical_lacks_is_refused(import_folder):
    with pytest.raises(DatasetError, match=r"video has no kind 'teleport'. It has: view"):
        import_folder("movielens-100k", GROUPLENS, kind="teleport")


def test_movielens_csv_with_tags(import_folder):
    import_folder(
        "movielens",
        {
            "movies.csv": 'movieId,title,genres\n1,"Usual Suspects, The (1995)",Crime|Mystery\n'
            "2,X,(no genres listed)\n",
            "ratings.csv": "userId,movieId,rating,timestamp\n3,1,4.5,964982703\n",
            "tags.csv": "userId,movieId,tag,timestamp\n3,1,Twist,964982703\n4,1,twist,964982704\n4,1,heist,964982704\n",
            "links.csv": "movieId,imdbId,tmdbId\n1,0114814,629\n",
        },
    )
    film = Item.objects.get(external_id="1")
    assert (film.title, film.categories, film.tags) == ("The Usual Suspects", ["Crime", "Mystery"], ["twist", "heist"])
    assert Item.objects.get(external_id="2").categories == []
    assert Behaviour.objects.filter(kind="rating").get().value == 4.5
    assert set(Behaviour.objects.filter(kind="review").values_list("text", flat=True)) == {"Twist", "twist", "heist"}


def test_taggings_are_skipped_and_counted_where_there_is_no_kind_for_them(import_folder, monkeypatch):
    from behaviour import kinds

    without = {name: kind for name, kind in kinds.kinds_for("video").items() if name != "review"}
    monkeypatch.setitem(kinds._kinds, "video", without)
    _, reports, dataset = import_folder(
        "movielens",
        {
            "movies.csv": "movieId,title,genres\n1,X,Crime\n",
            "ratings.csv": "userId,movieId,rating,timestamp\n",
            "tags.csv": "userId,movieId,tag,timestamp\n3,1,Twist,964982703\n",
        },
    )
    assert reports["behaviours"].read == 0
    assert dataset.skipped == {"tagging: video has no kind for it": 1}
    assert Item.objects.get().tags == ["twist"]


def test_sequences(import_folder):
    _, _, dataset = import_folder(
        "sequences",
        {
            "sequences.txt": "9 2 1 2\n",
            "items.tsv": "item_id\tasin\tbrand_and_categories\tkeywords\n"
            "1\tB1\tL&#39;Oreal, Makeup, Lips\tred\n2\tB2\tSkin Care, Face\t\n3\tB3\t\t\n",
        },
        vertical="ecommerce",
    )
    first, second, third = Item.objects.order_by("external_id")
    assert (first.title, first.text, first.categories) == ("L'Oreal, Makeup, Lips", "red", ["Makeup", "Lips"])
    assert (first.attributes, second.attributes) == ({"brand": "L'Oreal"}, {})
    assert second.categories == ["Skin Care", "Face"]
    assert third.title == "Item 3"
    events = Behaviour.objects.order_by("occurred_at").values_list("item__external_id", "kind")
    assert list(events) == [("2", "purchase"), ("1", "purchase"), ("2", "purchase")]
    assert "no times" in dataset.notes[0]


RETAIL = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,85123A,WHITE HANGING HEART,6,12/1/2010 8:26,2.55,17850,United Kingdom
1,85123A,WHITE HANGING HEART,6,12/1/2010 8:26,2.55,17850,United Kingdom
1,POST,POSTAGE,1,12/1/2010 8:26,18.00,17850,United Kingdom
2,71053,WHITE METAL LANTERN,6,12/1/2010 8:26,3.39,,United Kingdom
C3,85123A,WHITE HANGING HEART,-2,12/3/2010 9:00,2.55,17850,United Kingdom
C4,71053,WHITE METAL LANTERN,-1,12/3/2010 9:00,3.39,17850,United Kingdom
"""


def check_retail(dataset):
    product = Item.objects.get(external_id="85123A")
    assert (product.title, product.price, product.currency) == ("White hanging heart", 255, "GBP")
    assert Item.objects.get(external_id="POST").withdrawn
    assert Item.objects.count() == 2
    assert Person.objects.get().attributes == {"country": "United Kingdom"}
    events = Behaviour.objects.order_by("occurred_at", "id").values_list("kind", "item__external_id", "value")
    assert list(events) == [("purchase", "85123A", 6.0)] * 2 + [("return", "85123A", 2.0)]
    assert dataset.skipped == {
        "no customer": 1,
        "a charge, not a product": 1,
        "sent back, but never bought in this file": 1,
    }


def test_online_retail_csv(import_folder):
    _, _, dataset = import_folder("online-retail", {"online_retail.csv": RETAIL}, vertical="ecommerce")
    check_retail(dataset)


def retail_rows() -> list[list]:
    from datetime import datetime

    header, *lines = (line.split(",") for line in RETAIL.splitlines())
    typed = [
        [a, b, c, int(n), datetime.strptime(when, "%m/%d/%Y %H:%M"), float(p), float(who) if who else None, land]
        for a, b, c, n, when, p, who, land in lines
    ]
    return [header, *typed]


def test_online_retail_xlsx(import_folder, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in retail_rows():
        book.active.append(row)
    book.save(tmp_path / "Online Retail.xlsx")
    _, _, dataset = import_folder("online-retail", {}, vertical="ecommerce")
    check_retail(dataset)


def test_online_retail_parquet(import_folder, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    header, *rows = retail_rows()
    parquet.write_table(
        pyarrow.table(dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))), tmp_path / "retail.parquet"
    )
    _, _, dataset = import_folder("online-retail", {}, vertical="ecommerce")
    check_retail(dataset)


def test_returns_are_skipped_where_there_is_no_kind_for_them(import_folder):
    _, _, dataset = import_folder("online-retail", {"r.csv": RETAIL}, vertical="video")
    assert dataset.skipped["sent back or cancelled: this vertical has no kind return"] == 2
    assert Behaviour.objects.count() == 2


def test_a_table_of_another_kind_is_not_online_retail(import_folder):
    with pytest.raises(DatasetError, match="no column InvoiceNo"):
        import_folder("online-retail", {"r.csv": "a,b\n1,2\n"}, vertical="ecommerce")


def test_lastfm(import_folder):
    _, _, dataset = import_folder(
        "lastfm",
        {
            "artists.dat": "id\tname\turl\tpictureURL\n51\tDuran Duran\thttp://x\thttp://y\n",
            "user_artists.dat": "userID\tartistID\tweight\n2\t51\t13883\n3\t51\t1\n",
            "user_friends.dat": "userID\tfriendID\n2\t3\n3\t2\n",
        },
    )
    assert Item.objects.get().title == "Duran Duran"
    # The video vertical's "watch" is a share: 13,883 times would not be one.
    assert list(Behaviour.objects.order_by("-value").values_list("kind", "value")) == [("view", 13883.0), ("view", 1.0)]
    assert Relationship.objects.filter(kind="friend").count() == 2
    assert "no times" in dataset.notes[0]


def test_netflix(import_folder):
    import_folder(
        "netflix",
        {
            "movie_titles.csv": "1,2003,Crouching Tiger, Hidden Dragon\n2,NULL,Amélie\n".encode("latin-1"),
            "combined_data_1.txt": "1:\n1488844,3,2005-09-06\n822109,5,2005-05-13\n",
            "combined_data_2.txt": "2:\n822109,4,2005-10-19\n",
        },
    )
    film = Item.objects.get(external_id="1")
    assert (film.title, film.attributes) == ("Crouching Tiger, Hidden Dragon", {"year": 2003})
    assert Item.objects.get(external_id="2").title == "Amélie"
    ratings = Behaviour.objects.order_by("id").values_list("person__external_id", "item__external_id", "value")
    assert list(ratings) == [("1488844", "1", 3.0), ("822109", "1", 5.0), ("822109", "2", 4.0)]


@pytest.mark.parametrize(
    ("name", "files", "place"),
    [
        ("movielens-100k", {**GROUPLENS, "u.data": "7\t1\tfive\t881250949\n"}, ("u.data", 1, "rating")),
        ("movielens-100k", {**GROUPLENS, "u.data": "7\t1\t5\tnow\n"}, ("u.data", 1, "timestamp")),
        ("movielens-100k", {**GROUPLENS, "u.data": "\n7\t9\t5\t881250949\n"}, ("u.data", 2, "item")),
        ("netflix", {"movie_titles.csv": "1,2003,X\n", "combined_data_1.txt": "8,3,2005-09-06\n"},
         ("combined_data_1.txt", 1, "line")),
        ("netflix", {"movie_titles.csv": "1,2003\n", "combined_data_1.txt": ""}, ("movie_titles.csv", 1, "line")),
        ("sequences", {"sequences.txt": "1 2\n3\n", "items.tsv": "id\ttitle\n2\tX\n"}, ("sequences.txt", 2, "line")),
    ],
)  # fmt: skip
def test_a_bad_row_is_reported_with_its_place_and_nothing_is_kept(import_folder, tmp_path, name, files, place):
    _, reports, _ = import_folder(name, files)
    (rejection,) = [rejection for report in reports.values() for rejection in report.rejections]
    assert (rejection.file, rejection.line, rejection.errors[0].field) == (str(tmp_path / place[0]), *place[1:])
    assert not Item.objects.exists() and not Behaviour.objects.exists()


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_folder_is_not_this_format(name, tmp_path):
    with pytest.raises(DatasetError):
        FORMATS[name].read(tmp_path, Options("video"))
