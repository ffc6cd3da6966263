"""Who can sign in, and what groups of operators may do."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from ..models import Account
from .permissions import PermissionsInWords

admin.site.unregister(Group)


@admin.register(Account)
class AccountAdmin(PermissionsInWords, UserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = tuple((name, BooleanRadioFilter) for name in ("is_active", "is_staff", "is_superuser"))


@admin.register(Group)
class GroupAdmin(PermissionsInWords, DjangoGroupAdmin, ModelAdmin):
    pass
