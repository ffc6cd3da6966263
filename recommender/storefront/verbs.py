"""What a visitor can do with an item: a vertical's kinds of behaviour, worded as buttons."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from behaviour.kinds import MORE, Kind, kinds_for
from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront
from catalog.schema import say, schema_for

#: Recorded by the pages themselves, told by other systems, or waiting for a page of their own: no buttons.
NOT_OFFERED = {
    "view",
    "click",
    "search",
    "impression",
    "review",
    "comment",
    "dismiss",
    "remove_from_cart",
    "return",
    MORE,
}
WHOLE = 0.9  # of a share: nobody watches the credits
#: In the menus of cards, besides saving and hiding.
IN_MENUS = {MORE}
MOST_MARKED = 500  # of what somebody saved, newest first, is marked as saved in lists
#: Event ids of what was done here begin like this; only such events can be taken back here.
EVENT_PREFIX = "storefront:"
#: What follows it and the person in those of the onboarding.
WELCOME = "welcome"


@dataclass(frozen=True)
class Wording:
    """`ask` stands on the button, `done` on it afterwards; `said` is announced, with {title}."""

    ask: str
    done: str
    said: str
    icon: str = "check"
    after: str = _("Updated after what you did with “{title}”.")  # stands on what changed
    primary: bool = False
    repeats: bool = False  # doing it again is a second fact, not a change of mind


#: By kind, or by vertical and kind where the same name means something else.
WORDINGS: dict[str, Wording] = {
    "watch": Wording(
        _("Mark as watched"), _("Watched"), _("Marked “{title}” as watched."), "play",
        _("Updated after you watched “{title}”."), primary=True,
    ),
    "cart": Wording(
        _("Add to cart"), _("In your cart"), _("“{title}” is in your cart."), "cart",
        _("Updated after you put “{title}” in your cart."), primary=True,
    ),
    "purchase": Wording(
        _("Buy now"), _("Buy again"), _("Bought “{title}”. This is a demonstration: nothing is charged."), "bag",
        _("Updated after you bought “{title}”."), repeats=True,
    ),
    "like": Wording(
        _("Like"), _("Liked"), _("You liked “{title}”."), "heart", _("Updated after you liked “{title}”.")
    ),
    "ecommerce:like": Wording(
        _("Add to wish list"), _("On your wish list"), _("“{title}” is on your wish list."), "heart",
        _("Updated after you put “{title}” on your wish list."),
    ),
    "save": Wording(
        pgettext_lazy("for later", "Save"), _("Saved"), _("Saved “{title}” for later."), "save",
        _("Updated after you saved “{title}”."),
    ),
    "rating": Wording(
        _("Your rating"), _("Your rating"), _("You rated “{title}”."), "star", _("Updated after you rated “{title}”.")
    ),
    "share": Wording(
        _("Pass on"), _("Passed on"), _("You passed on “{title}”."), "share",
        _("Updated after you passed on “{title}”."),
    ),
    "follow": Wording(
        _("Follow this story"), _("You follow this story"), _("You follow the story of “{title}”."), "follow",
        _("Updated after you followed the story of “{title}”."),
    ),
    "read": Wording(
        _("Mark as read"), _("Read"), _("Marked “{title}” as read."), "check", _("Updated after you read “{title}”.")
    ),
    "use": Wording(
        _("I tried it"), _("Tried"), _("Noted that you tried “{title}”."), "check",
        _("Updated after you tried “{title}”."),
    ),
    "health:like": Wording(
        _("This helped me"), _("It helped"), _("Noted that “{title}” helped you."), "heart",
        _("Updated after you said that “{title}” helped you."),
    ),
    "more": Wording(
        _("More like this"), _("More like this"), _("You will see more like “{title}”."), "plus",
        _("Updated after you asked for more like “{title}”."),
    ),
    "hide": Wording(
        _("Not interested"), _("Hidden"), _("Hidden. “{title}” will not be recommended to you again."), "hide",
        _("Updated after you hid “{title}”."),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Done:
    """The last time that the person did this with the item."""

    event_id: str
    value: float | None = None

    @property
    def can_be_taken_back(self) -> bool:
        return self.event_id.startswith(EVENT_PREFIX)


@dataclass(frozen=True)
class Verb:
    """One button, or a row of stars for kinds whose value is a rating."""

    kind: str
    wording: Wording
    stars: tuple[int, ...] = ()
    value: float | None = None  # what the button sends
    hides: bool = False
    done: Done | None = None

    @property
    def undo(self) -> str:
        """The event that pressing the button again takes back; empty where it does not."""
        if self.done is None or self.wording.repeats or not self.done.can_be_taken_back:
            return ""
        return self.done.event_id


def verbs_of(storefront: Storefront, done: dict[str, Done], language: str) -> list[Verb]:
    """Everything that the vertical lets people do with an item: what matters most first, hiding and stars last."""
    verbs = [
        Verb(
            kind.name,
            wording_of(storefront, kind, language),
            _stars(kind),
            None if kind.neutral_value is None else kind.maximum,
            kind.hides,
            _whole(kind, done.get(kind.name)),
        )
        for kind in kinds_for(storefront.vertical).values()
        if is_offered(kind)
    ]
    return sorted(verbs, key=lambda verb: (bool(verb.stars), verb.hides, not verb.wording.primary))


def _whole(kind: Kind, done: Done | None) -> Done | None:
    """What was done in part is not done: half a film is not watched."""
    if done is None or kind.neutral_value is None or _stars(kind) or done.value is None:
        return done
    return done if done.value >= WHOLE * (kind.maximum or 0.0) else None


def impossible(item: Item) -> frozenset[str]:
    """Kinds that cannot be done with this very item: buying what is sold out, following where there is no story."""
    stock = item.attributes.get("stock")
    sold_out = isinstance(stock, (int, float)) and stock <= 0
    found = {"cart", "purchase"} if sold_out else set()
    in_stories = any(field.name == "story" for field in schema_for(item.storefront.vertical))
    if in_stories and not item.attributes.get("story"):
        found.add("follow")
    return frozenset(found)


def done_by(person: Person | None, item: Item) -> dict[str, Done]:
    """Kind → the last time that the person did it with the item."""
    if person is None:
        return {}
    rows = Behaviour.objects.filter(person=person, item=item).order_by("occurred_at", "id")
    return {kind: Done(event_id, value) for kind, event_id, value in rows.values_list("kind", "event_id", "value")}


def is_offered(kind: Kind) -> bool:
    """Kinds whose value a button cannot know are none of ours."""
    return kind.needs_item and kind.name not in NOT_OFFERED and (kind.neutral_value is None or kind.maximum is not None)


def wording_of(storefront: Storefront, kind: Kind, language: str) -> Wording:
    """Ours for the kinds that we know; otherwise the vertical's own label."""
    label = say(kind.label, language) or kind.name
    unknown = Wording(label, label, f"{label}: {{title}}", "hide" if kind.hides else "check")
    return WORDINGS.get(f"{storefront.vertical}:{kind.name}") or WORDINGS.get(kind.name) or unknown


def saves_kind(storefront: Storefront) -> str:
    """The kind that keeps an item in the person's own list; empty where the vertical has none."""
    return next((kind.name for kind in kinds_for(storefront.vertical).values() if kind.saves), "")


def saved_items(storefront: Storefront, person: Person | None) -> frozenset[int]:
    """Primary keys of what the person saved last."""
    kind = saves_kind(storefront)
    if person is None or not kind:
        return frozenset()
    rows = Behaviour.objects.filter(person=person, kind=kind).order_by("-occurred_at", "-id")
    return frozenset(rows.values_list("item_id", flat=True)[:MOST_MARKED])


def hide_kind(storefront: Storefront) -> str:
    """The kind that means "never show me this again"; empty where the vertical has none."""
    return next((kind.name for kind in kinds_for(storefront.vertical).values() if kind.hides), "")


def _stars(kind: Kind) -> tuple[int, ...]:
    """Whole stars; empty for shares and quantities."""
    if kind.neutral_value is None or kind.maximum is None or not 3 <= kind.maximum <= 10:
        return ()
    return tuple(range(max(1, round(kind.minimum or 1)), round(kind.maximum) + 1))
