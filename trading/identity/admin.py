"""Users on the admin site."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.forms import BaseDialogForm

from trading.identity.attempts import BROWSER, Pause, list_pauses
from trading.identity.events import UserChanged, UserCreated
from trading.identity.models import ApiKey, User
from trading.identity.sign_in import unlock_sign_in
from trading.identity.user_form import AddUserForm, ChangeUserForm, SetPasswordForm
from trading.identity.users import password_set_at, record_password, record_user
from trading.infra.admin import ReadOnlyAdmin, StaffList, actor_of, times
from trading.infra.transactions import transaction
from trading.kernel.clock import utc_now

admin.site.unregister(Group)  # a role holds the permissions


@admin.register(User)
class UserAdmin(DjangoUserAdmin, StaffList):  # type: ignore[type-arg, misc]  # no [] at run time
    form = ChangeUserForm
    add_form = AddUserForm
    change_password_form = SetPasswordForm
    list_display = ("username", "first_name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("username", "first_name", "last_name", "email")
    search_help_text = "A person: user name, name or e-mail"
    export_extra = ("id", "last_name", "email", "date_joined")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password_set")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Trading", {"fields": ("trading_account",)}),
        ("Access", {"fields": ("role", "is_active", "sign_in", "last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "first_name", "role", "password1", "password2")}),
    )
    readonly_fields = ("password_set", "trading_account", "sign_in", "last_login", "date_joined")
    actions_detail = ("set_password", "open_account", "unlock")

    @admin.display(description="Password")
    def password_set(self, user: User) -> str:
        """Say since when the password holds; nothing of it, nor of its hash, is shown."""
        at = password_set_at(user_id=user.id)
        return "when it was set is not on record" if at is None else f"set on {times.shown(at)}"

    @admin.display(description="Trading account")
    def trading_account(self, user: User) -> SafeString | str:
        account_id = self.directory.account_of(user.id)
        if account_id is None:
            return "none; staff do not trade" if user.is_staff else "none"
        words = self.directory.name_accounts([account_id]).get(account_id, str(account_id))
        return format_html(
            '<a class="desk-link" href="{}">{}</a> · <a class="desk-link" href="{}">Orders</a>',
            reverse("admin:oms_account_change", args=[account_id]),
            words,
            f"{reverse('admin:oms_order_changelist')}?account__id__exact={account_id}",
        )

    def offers(self, request: HttpRequest, row: User, action: str) -> bool:  # noqa: ARG002 - whoever may
        if action == "open_account":
            return self.directory.may_own_account(row.id)
        if action == "unlock":
            return bool(list_pauses(username=row.username, now=utc_now()))
        return True

    @admin.display(description="Sign-in")
    def sign_in(self, user: User) -> str:
        """Say where the user cannot sign in now after wrong passwords, and until when."""
        pauses = list_pauses(username=user.username, now=utc_now())
        return ", ".join(_pause_words(pause) for pause in pauses) or "open"

    def has_open_account_permission(self, request: HttpRequest, _: object = None) -> bool:
        return request.user.has_perm("oms.add_account")

    def has_unlock_permission(self, request: HttpRequest, _: object = None) -> bool:
        return request.user.has_perm("identity.change_user")

    @action(description="Set a new password", icon="key", permissions=["unlock"])
    def set_password(self, request: HttpRequest, object_id: str) -> HttpResponse:  # noqa: ARG002 - unfold's signature
        return HttpResponseRedirect(reverse("admin:auth_user_password_change", args=[object_id]))

    @action(
        description="Open trading account",
        icon="account_balance_wallet",
        permissions=["open_account"],
    )
    def open_account(self, request: HttpRequest, object_id: str) -> HttpResponse:  # noqa: ARG002 - unfold's signature
        return HttpResponseRedirect(f"{reverse('admin:oms_account_add')}?owner={object_id}")

    @action(
        description="Unlock sign-in",
        icon="lock_open",
        permissions=["unlock"],
        dialog={
            "title": "Let this user try again",
            "description": "The wrong passwords for this name are forgotten. A network address "
            "that sent too many of them waits until its time is over, an hour at most.",
            "form_class": BaseDialogForm,
            "form_submit_text": "Unlock",
        },
    )
    def unlock(self, request: HttpRequest, form: object, object_id: str) -> HttpResponse:
        del form
        user = get_object_or_404(User, pk=object_id)
        unlock_sign_in(user_id=user.id, actor=actor_of(request), now=utc_now())
        self.message_user(request, "Wrong passwords are forgotten.", messages.SUCCESS)
        back = reverse("admin:identity_user_change", args=[user.pk])
        return HttpResponse(headers={"HX-Redirect": back})

    def get_form(
        self,
        request: HttpRequest,
        obj: User | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        **kwargs: Any,
    ) -> Any:  # noqa: ANN401 - Django's
        found = super().get_form(request, obj, change=change, **kwargs)
        if issubclass(found, ChangeUserForm):
            found.directory = self.directory  # the class is made for this request
        return found

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
            actor=actor_of(request),
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
                record_password(user=after, actor=actor_of(request), now=utc_now())
        return response


def _pause_words(pause: Pause) -> str:
    if pause.address.startswith(BROWSER):
        where = "in a known browser"
    elif pause.address:
        where = f"from {pause.address}"
    else:
        where = "everywhere but in known browsers"
    return f"{'locked' if pause.is_lock else 'paused'} {where} until {times.shown(pause.until)}"


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("key_id", "user", "label", "created_at", "revoked_at")
    search_fields = (
        "key_id", "label", "user__username", "user__first_name", "user__last_name",
    )  # fmt: skip
    search_help_text = "A person, a key or its label"
    list_select_related = ("user",)
    fields = ("key_id", "user", "label", "created_at", "revoked_at")
