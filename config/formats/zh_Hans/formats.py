"""As every page of ours writes moments: short, the same length in each row, and sorting as it reads."""

DATETIME_FORMAT = "Y-m-d H:i"
