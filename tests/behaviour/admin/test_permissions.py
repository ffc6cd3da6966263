"""The pickers of permissions: what may be done to which kind of row, in the reader's language."""

from __future__ import annotations

from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils.translation import override

from behaviour.admin.permissions import permission_words


def permission(codename: str) -> Permission:
    return Permission.objects.select_related("content_type").get(codename=codename)


def test_a_permission_is_called_by_its_rows_and_what_may_be_done_to_them(db):
    assert permission_words(permission("add_operatorrule")) == "Rule: add"
    with override("zh-hans"):
        assert permission_words(permission("view_operatorrule")) == "规则: 查看"


def test_the_form_of_a_group_offers_them_so(admin_client):
    page = admin_client.get(reverse("admin:auth_group_add")).content.decode()
    assert "Rule: change" in page
    assert "Can change" not in page


def test_the_words_of_the_picker_are_chinese_for_whoever_reads_it(admin_client):
    script = admin_client.get(reverse("admin:jsi18n"), headers={"accept-language": "zh-hans"}).content.decode()
    assert '"(click to clear)": "\\uff08' in script or "（点击清除）" in script
