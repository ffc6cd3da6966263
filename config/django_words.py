"""Words of Django's that our catalogue translates in its own way, or that Django's lacks in a language.

Nothing imports this module: naming them here makes `make messages` keep them. Our catalogue comes before Django's.
"""

from django.utils.translation import gettext_noop, ngettext_lazy

WORDS = (
    # Of an age Django says in Chinese what a calendar says: "1 月前" reads as "before January".
    ngettext_lazy("%(num)d year", "%(num)d years", "num"),
    ngettext_lazy("%(num)d month", "%(num)d months", "num"),
    ngettext_lazy("%(num)d week", "%(num)d weeks", "num"),
    ngettext_lazy("%(num)d day", "%(num)d days", "num"),
    ngettext_lazy("%(num)d hour", "%(num)d hours", "num"),
    ngettext_lazy("%(num)d minute", "%(num)d minutes", "num"),
    # Labels and advice of Django's own forms, in the words of our other forms.
    gettext_noop("Password confirmation"),
    gettext_noop("New password confirmation"),
)
