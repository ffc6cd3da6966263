"""How film datasets write their titles."""

import re

_YEAR = re.compile(r"\s*\((\d{4})(?:[-–]\d{0,4})?\)\s*$")
_ARTICLE = re.compile(
    r"^(?P<head>.+?), (?P<article>The|A|An|Les|Le|La|L'|Los|Las|El|Il|Lo|Das|Der|Die|Den|Det|Een|Et|Un|Une)"
    r"(?P<rest> \(.*\))?$"
)


def film_title(written: str) -> tuple[str, int | None]:
    """The title as people say it, and the year: "Usual Suspects, The (1995)" → ("The Usual Suspects", 1995)."""
    written = written.strip()
    year = None
    if found := _YEAR.search(written):
        written, year = written[: found.start()], int(found[1])
    if found := _ARTICLE.match(written):
        space = "" if found["article"].endswith("'") else " "
        written = f"{found['article']}{space}{found['head']}{found['rest'] or ''}"
    return written, year
