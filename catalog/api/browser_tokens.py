"""Tokens that let one person's browser ask for itself."""

from __future__ import annotations

from datetime import UTC, datetime

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.response import Response

from catalog.visitors import LONGEST, SHORTEST, TokenError, token_make

from .base import StorefrontView, validated
from .operations import operation
from .problems import Fault, Problem, invalid


class BrowserTokenIn(serializers.Serializer):
    person = serializers.CharField(max_length=128, help_text="Whose browser it is: the person's id.")
    origin = serializers.CharField(
        required=False,
        max_length=200,
        help_text="The site whose pages may use it: https://shop.example. Left out, the key's only one.",
    )
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=["read", "write"]),
        required=False,
        help_text="Left out: as many as the key has of these.",
    )
    expires_in = serializers.IntegerField(
        required=False, min_value=SHORTEST, max_value=LONGEST, help_text="Seconds; left out, an hour."
    )


class BrowserTokenOut(serializers.Serializer):
    token = serializers.CharField(help_text="For `Authorization: Bearer kt_…`. It is not stored here.")
    expires_at = serializers.DateTimeField()
    person = serializers.CharField()
    origin = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())


class BrowserTokens(StorefrontView):
    @operation(
        "browser_tokens_create",
        "Make a token for a person's browser",
        description=(
            "Short-lived, signed, and good for little: with `read` it asks for this person's recommendations, what is "
            "like an item, and search; with `write` it records what this person did, saw and opened. It works from "
            "pages of `origin` only, and ends with the key that made it. A browser's event ids are random UUIDs."
        ),
        scope="read",
        tag="browser_tokens",
        body=BrowserTokenIn,
        keeps_answers=False,
        answers={201: BrowserTokenOut},
        examples=[
            OpenApiExample(
                "For a signed-in person",
                value={"person": "u-512", "origin": "https://shop.example", "expires_in": 900},
                request_only=True,
            )
        ],
    )
    def post(self, request):
        body = validated(BrowserTokenIn, request)
        try:
            token, visitor, ends = token_make(
                key=request.auth,
                person=body["person"],
                origin=body.get("origin", ""),
                scopes=body.get("scopes", ()),
                seconds=body.get("expires_in", LONGEST),
            )
        except TokenError as error:
            if not error.field:
                raise Problem("forbidden", str(error)) from None
            raise invalid([Fault(f"/{error.field}", "refused", str(error))]) from None
        shown = {
            "token": token,
            "expires_at": datetime.fromtimestamp(ends, UTC),
            "person": visitor.person,
            "origin": visitor.origins[0],
            "scopes": list(visitor.scopes),
        }
        return Response(shown, status=201, headers={"Cache-Control": "no-store"})
