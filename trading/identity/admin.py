"""Users on the admin site."""

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from trading.identity.events import UserChanged, UserCreated
from trading.identity.models import ApiKey, User
from trading.identity.users import record_password, record_user
from trading.infra.admin import ReadOnlyAdmin
from trading.infra.transactions import transaction
from trading.kernel.clock import utc_now


def _actor(request: HttpRequest) -> str:
    assert isinstance(request.user, User)
    return f"user:{request.user.pk}"


admin.site.unregister(Group)  # a role holds the permissions


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]  # no [] at run time
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("username", "first_name", "last_name", "email")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Access", {"fields": ("role", "is_active", "last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "first_name", "role", "password1", "password2")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def save_model(
        self,
        request: HttpRequest,
        obj: User,
        form: forms.ModelForm,  # type: ignore[type-arg]
        change: bool,  # noqa: FBT001 - Django's signature
    ) -> None:
        """Save, and record what the user is from now on; the form's transaction is around both."""
        super().save_model(request, obj, form, change)
        record_user(
            user=obj,
            fact=UserChanged if change else UserCreated,
            actor=_actor(request),
            now=utc_now(),
        )

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 - Django's signature
        form_url: str = "",
    ) -> HttpResponse:
        """Record a password that was set, in the transaction that stores it."""
        with transaction():
            before = self.get_object(request, id)
            response: HttpResponse = super().user_change_password(request, id, form_url)
            after = self.get_object(request, id)
            if before is not None and after is not None and before.password != after.password:
                record_password(user=after, actor=_actor(request), now=utc_now())
        return response


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("key_id", "user", "label", "created_at", "revoked_at")
    search_fields = ("key_id", "user__username", "label")
    list_select_related = ("user",)
    fields = ("key_id", "user", "label", "created_at", "revoked_at")
