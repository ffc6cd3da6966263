"""What visitors send."""

from django import forms


class PlaceForm(forms.Form):
    """Where it was done: the list and the place in it, and the page to go back to."""

    r = forms.UUIDField(required=False)
    p = forms.IntegerField(required=False, min_value=0)
    card = forms.BooleanField(required=False)
    next = forms.CharField(required=False, max_length=2000)


class ActForm(PlaceForm):
    """Something done with an item. `token` makes sending it twice the same as sending it once."""

    kind = forms.CharField(max_length=32)
    value = forms.FloatField(required=False)
    token = forms.RegexField(r"^[\w-]{1,32}$")


class UndoForm(PlaceForm):
    event = forms.CharField(max_length=128)


class TopicForm(PlaceForm):
    """A topic to hide, and the item beside which that was asked."""

    topic = forms.CharField(max_length=300, strip=False)
    item = forms.CharField(max_length=128, strip=False)
    token = forms.RegexField(r"^[\w-]{1,32}$")


class ForgetForm(forms.Form):
    """`item`: what the signal is about. `of`: the item beside which it was named, by external ids."""

    item = forms.CharField(max_length=128, strip=False)
    of = forms.CharField(required=False, max_length=128, strip=False)


class SearchForm(forms.Form):
    q = forms.CharField(required=False, max_length=300)
    # What was said before, the wish that came of it, and the number of a part that is taken back.
    of = forms.CharField(required=False, max_length=1000)
    w = forms.CharField(required=False, max_length=8000)
    without = forms.IntegerField(required=False, min_value=0, max_value=100)
