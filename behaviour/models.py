"""Who people are and what they do."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Item, Storefront
from catalog.schema import SchemaError

from .kinds import consent_needed, kinds_for, person_schema_for
from .roles import Role, may


class Account(AbstractUser):
    """Somebody who can sign in: an operator, or a visitor of a storefront."""

    class Meta(AbstractUser.Meta):
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    @cached_property
    def roles(self) -> dict[int, str]:
        """Primary key of a storefront → the role there. Read once for each instance, which is once a request."""
        return dict(self.memberships.values_list("storefront_id", "role")) if self.pk and self.is_active else {}

    def storefronts_allowed(self, permission: str) -> set[int] | None:
        """Where a role gives the permission; None for everywhere: superusers, and who has it without a role."""
        from django.contrib.auth.backends import ModelBackend  # asks for this very model when it is imported

        if (self.is_active and self.is_superuser) or ModelBackend().has_perm(self, permission):
            return None
        return {storefront for storefront, role in self.roles.items() if may(role, permission)}


class Membership(models.Model):
    """What an account may do on one storefront."""

    ROLES = (
        (Role.VIEWER.value, _("viewer")),
        (Role.MERCHANDISER.value, _("merchandiser")),
        (Role.ANALYST.value, _("analyst")),
        (Role.DATA_SCIENTIST.value, _("data scientist")),
        (Role.ADMINISTRATOR.value, _("administrator")),
    )

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("storefront")
    )
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("account")
    )
    role = models.CharField(_("role"), max_length=20, choices=ROLES)

    class Meta:
        verbose_name = _("role of an operator")
        verbose_name_plural = _("roles of operators")
        ordering = ["account__username", "storefront__name"]
        constraints = [models.UniqueConstraint(fields=["storefront", "account"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.account}: {self.get_role_display()} ({self.storefront})"


class Person(models.Model):
    """Somebody whom a storefront recommends to, known by an id of the client's or by a cookie."""

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="persons", db_index=False, verbose_name=_("storefront")
    )
    external_id = models.CharField(_("id"), max_length=128, help_text=_("What your own systems call this person."))
    account = models.ForeignKey(
        Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="persons", verbose_name=_("account")
    )
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    consents = models.JSONField(_("consents"), default=dict, blank=True, help_text=_("Purpose → true or false."))
    metadata = models.JSONField(
        _("metadata"), default=dict, blank=True, help_text=_("Your own notes: kept and given back, never read.")
    )
    anonymous = models.BooleanField(_("anonymous"), default=False)
    # Training and logs know people by this alone; it means nothing outside.
    subject_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["storefront", "external_id"], name="person_unique_external_id"),
            models.UniqueConstraint(fields=["storefront", "id"], name="person_unique_in_storefront"),
            models.CheckConstraint(condition=~models.Q(external_id=""), name="person_external_id_not_empty"),
        ]

    def __str__(self) -> str:
        return self.external_id

    def clean(self) -> None:
        try:
            self.attributes = person_schema_for(self.storefront.vertical).clean(self.attributes or {})
        except SchemaError as error:
            raise ValidationError({"attributes": [f"{e.field}: {e.message}" for e in error.errors]}) from None
        if told := consent_needed(self.storefront.vertical, self.attributes, self.consents):
            say = _("%(names)s may be kept only with the person's explicit consent to “sensitive”.")
            raise ValidationError(say % {"names": ", ".join(told)})


class ErasedPerson(models.Model):
    """That somebody was erased, and when: all that is left of them; see `behaviour.services.erasures`."""

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("storefront")
    )
    digest = models.CharField(_("keyed hash of the id"), max_length=64)
    erased_at = models.DateTimeField(_("erased"), default=timezone.now)

    class Meta:
        verbose_name = _("erased person")
        verbose_name_plural = _("erased persons")
        constraints = [models.UniqueConstraint(fields=["storefront", "digest"], name="erased_once")]

    def __str__(self) -> str:
        return self.digest[:8]


class Consent(models.Model):
    """One answer to one question of consent. Append-only: who changes their mind adds an answer.

    The latest answer for a purpose is what holds; `Person.consents` repeats those, so that a question costs no
    query. The rows go with their person (`person_erase`), and are never updated: the database refuses it.
    """

    class Purpose(models.TextChoices):
        SERVICE = "service", _("running the service")
        PERSONALISATION = "personalisation", _("lists shaped by what the person does")
        SENSITIVE = "sensitive", _("a health profile, and what is read or asked about body and mind")
        TRAINING = "training", _("models that learn from what the person does")

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="consents", db_index=False, verbose_name=_("storefront")
    )
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="consent_records", db_index=False, verbose_name=_("person")
    )
    # No choices in the database: a client may ask for purposes of its own.
    purpose = models.CharField(_("purpose"), max_length=64)
    granted = models.BooleanField(_("granted"))
    version = models.CharField(
        _("wording"), max_length=64, blank=True, help_text=_("Which words were agreed to; empty where none is known.")
    )
    recorded_at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~models.Q(purpose=""), name="consent_purpose_not_empty")]
        indexes = [models.Index(fields=["person", "purpose", "id"], name="consent_of_person")]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.granted}"


class Behaviour(models.Model):
    """One thing that somebody did. Append-only: a fact is never changed.

    It goes with its person (`person_erase`), or when they take back a slip of the finger (`behaviour_retract`).
    """

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="behaviours", db_index=False, verbose_name=_("storefront")
    )
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="behaviours", db_index=False, verbose_name=_("person")
    )
    item = models.ForeignKey(
        Item,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="behaviours",
        db_index=False,
        verbose_name=_("item"),
    )
    kind = models.CharField(_("kind"), max_length=32)
    value = models.FloatField(_("value"), null=True, blank=True, help_text=_("Stars, share watched, quantity."))
    text = models.TextField(_("text"), blank=True, help_text=_("Search words, a review, a question."))
    context = models.JSONField(_("context"), default=dict, blank=True, help_text=_("Device, place, locale, session."))
    occurred_at = models.DateTimeField(_("when"))
    received_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)
    event_id = models.CharField(_("event id"), max_length=128, help_text=_("Sending it twice records it once."))
    # The served list that led here. Recommendations live above this app, so this is an id and no foreign key.
    recommendation_id = models.UUIDField(_("recommendation"), null=True, blank=True)

    class Meta:
        verbose_name = _("behaviour")
        verbose_name_plural = _("behaviours")
        ordering = ["-occurred_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["storefront", "event_id"], name="behaviour_unique_event_id"),
            models.CheckConstraint(condition=~models.Q(event_id=""), name="behaviour_event_id_not_empty"),
            models.CheckConstraint(condition=~models.Q(kind=""), name="behaviour_kind_not_empty"),
        ]
        indexes = [
            models.Index(fields=["person", "occurred_at"], name="behaviour_of_person"),
            models.Index(fields=["item", "occurred_at"], name="behaviour_of_item"),
            models.Index(fields=["storefront", "occurred_at"], name="behaviour_in_time"),
            # What arrived lately: the live stream, and what a scheduled task has to look at again.
            models.Index(fields=["storefront", "received_at"], name="behaviour_as_received"),
            # What came of a served list; most behaviours name none.
            models.Index(
                fields=["recommendation_id"],
                condition=models.Q(recommendation_id__isnull=False),
                name="behaviour_of_list",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"

    def clean(self) -> None:
        kind = kinds_for(self.storefront.vertical).get(self.kind)
        if kind is None:
            raise ValidationError({"kind": _("This vertical knows no such kind of behaviour.")})
        if problem := kind.value_error(self.value):
            raise ValidationError({"value": problem})


class Relationship(models.Model):
    """One person's tie to another: follows, trusts, friend."""

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="relationships", db_index=False, verbose_name=_("storefront")
    )
    source = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="relationships", db_index=False, verbose_name=_("from")
    )
    target = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="related_from", verbose_name=_("to"))
    kind = models.CharField(_("kind"), max_length=32)
    weight = models.FloatField(_("weight"), default=1.0)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("relationship")
        verbose_name_plural = _("relationships")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "kind"], name="relationship_once"),
            models.CheckConstraint(condition=~models.Q(source=models.F("target")), name="relationship_not_to_self"),
            models.CheckConstraint(condition=models.Q(weight__gt=0), name="relationship_weight_positive"),
        ]
        indexes = [
            models.Index(fields=["storefront", "kind"], name="relationship_kinds"),
            models.Index(fields=["storefront", "id"], name="relationship_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.kind} {self.target}"


class RefusedEvent(models.Model):
    """An event that was not recorded, and why: the last few of each storefront, for whoever looks for the mistake.

    Words that people typed and circumstances are left out; see `behaviour.services.refusals`.
    """

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("storefront")
    )
    person = models.CharField(_("person"), max_length=128, blank=True, help_text=_("As the sender called them."))
    code = models.CharField(_("what is wrong"), max_length=32)
    message = models.CharField(_("message"), max_length=500)
    record = models.JSONField(_("event"), default=dict)
    received_at = models.DateTimeField(_("received"), default=timezone.now)

    class Meta:
        verbose_name = _("refused event")
        verbose_name_plural = _("refused events")
        ordering = ["-id"]
        indexes = [models.Index(fields=["storefront", "id"], name="refused_in_order")]

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class RefusalHour(models.Model):
    """How many events of an hour were refused, or were sent again, by what was wrong with them."""

    storefront = models.ForeignKey(Storefront, on_delete=models.CASCADE, related_name="+", db_index=False)
    hour = models.DateTimeField()
    code = models.CharField(max_length=32)
    events = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["storefront", "hour", "code"], name="refusal_hour_once")]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}:00 {self.code} {self.events}"


class PrivacyRequest(models.Model):
    """What somebody asked about their data: by when it is due, what came of it, and what each store answered.

    Once the person is erased nothing in the row leads to them but the keyed hash that is also the tombstone's.
    """

    class Kind(models.TextChoices):
        EXPORT = "export", _("export")
        ERASE = "erase", _("erase")
        OBJECT = "object", _("object")

    class Came(models.TextChoices):
        STOREFRONT = "storefront", _("by the privacy centre")
        API = "api", _("by the API")
        OPERATOR = "operator", _("by an operator")
        LETTER = "letter", _("by letter")
        RESTORE = "restore", _("with a restored backup")  # they had been erased; the backup was of before

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("privacy request", "open")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")

    storefront = models.ForeignKey(
        Storefront, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("storefront")
    )
    person = models.ForeignKey(
        Person,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="privacy_requests",
        verbose_name=_("person"),
    )
    subject_key = models.UUIDField(_("pseudonym"), null=True, editable=False)
    digest = models.CharField(_("keyed hash of the id"), max_length=64, blank=True, editable=False)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    # What is objected to: names of purposes of consent.
    purposes = models.JSONField(_("purposes"), default=list, blank=True)
    came = models.CharField(_("how it came"), max_length=16, choices=Came)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.OPEN)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    done_at = models.DateTimeField(_("closed"), null=True, blank=True)
    receipts = models.JSONField(_("receipts"), default=list, editable=False)  # see `behaviour.stores`

    class Meta:
        verbose_name = _("privacy request")
        verbose_name_plural = _("privacy requests")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["storefront", "state", "due_at"], name="request_due"),
            models.Index(fields=["storefront", "digest"], name="request_of_erased"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

    @property
    def overdue(self) -> bool:
        return self.state == self.State.OPEN and self.due_at < timezone.now()
