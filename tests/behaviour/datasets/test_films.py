import pytest

from behaviour.datasets.films import film_title


@pytest.mark.parametrize(
    ("written", "title", "year"),
    [
        ("Toy Story (1995)", "Toy Story", 1995),
        ("Usual Suspects, The (1995)", "The Usual Suspects", 1995),
        ("Postino, Il (1994)", "Il Postino", 1994),
        ("Seven (Se7en) (1995)", "Seven (Se7en)", 1995),
        ("City of Lost Children, The (Cité des enfants perdus, La) (1995)",
         "The City of Lost Children (Cité des enfants perdus, La)", 1995),
        ("Fawlty Towers (1975-1979)", "Fawlty Towers", 1975),
        ("Babylon 5", "Babylon 5", None),
        ("2001", "2001", None),
        ("Good, the Bad and the Ugly, The (1966)", "The Good, the Bad and the Ugly", 1966),
        ("unknown", "unknown", None),
    ],
)  # fmt: skip
def test_a_title_is_as_people_say_it_and_the_year_apart(written, title, year):
    assert film_title(written) == (title, year)
