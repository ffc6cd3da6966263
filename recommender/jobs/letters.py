"""Letters to visitors. Without a mail server they are printed where the worker prints: enough to try it all out."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext, override

from behaviour.models import Account
from catalog.models import Storefront

_NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"
_PRINTED = "django.core.mail.backends.console.EmailBackend"


def new_password_mail(*, account_ids: Iterable[int], storefront_id: int, language: str, site: str) -> int:
    """Send each of the accounts a link by which it gets a new password; returns to how many.

    `site` is where the storefront was asked, such as https://shop.example.com. The token is made here, so that it
    stands in no queue; it ends with its use, with another password, and with time.
    """
    storefront = Storefront.objects.get(pk=storefront_id)
    connection = get_connection(_PRINTED if settings.EMAIL_BACKEND == _NO_MAIL else None)
    sent = 0
    for account in Account.objects.filter(pk__in=list(account_ids), is_active=True).exclude(email=""):
        named = urlsafe_base64_encode(force_bytes(account.pk))
        token = default_token_generator.make_token(account)
        link = site + reverse("storefront:new_password", args=[storefront.slug, named, token])
        context = {"storefront": storefront, "account": account, "link": link}
        context["hours"] = settings.PASSWORD_RESET_TIMEOUT // 3600
        with override(language):
            subject = gettext("A new password for %(site)s") % {"site": " ".join(storefront.name.split())}
            text = render_to_string("storefront/new_password_mail.txt", context)
        sent += EmailMessage(subject, text, to=[account.email], connection=connection).send()
    return sent
