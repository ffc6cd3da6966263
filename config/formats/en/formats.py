"""Days and times as the English of our pages writes them: British, and the same on each page."""

DATE_FORMAT = "j F Y"
#: On pages for people.
MOMENT_FORMAT = "j F Y, H:i"
#: In the tables of the admin: short, the same length in each row, and sorting as it reads.
DATETIME_FORMAT = "Y-m-d H:i"
