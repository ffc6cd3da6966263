"""Days and times where Chinese pages of ours write them otherwise than Django does."""

#: On pages for people: Django's own.
MOMENT_FORMAT = "Y年n月j日 H:i"
#: In the tables of the admin: short, the same length in each row, and sorting as it reads.
DATETIME_FORMAT = "Y-m-d H:i"
