"""Opening an account for a user: what an administrator fills in, and where it is recorded."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget

from oms import interface
from oms.contracts import AccountType
from oms.directory import may_own
from oms.models import Account
from trading.identity.models import User
from trading.infra.admin import Directory, OwnTransaction, ReadOnlyAdmin, actor_of
from trading.infra.admin.choosers import OwnerChooser, hand_over
from trading.kernel.clock import utc_now
from trading.kernel.money import CENT, OPENING_CASH_MAX

_CASH = Decimal("100000.00")


class OpenAccountForm(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    """Whose account, which kind, and the paper money that it begins with."""

    owner = forms.ModelChoiceField(
        queryset=User.objects.none(),
        widget=OwnerChooser,
        help_text="Traders who have no account yet. Add a user first if the person is not here.",
    )
    account_type = forms.ChoiceField(
        choices=[(kind.value, kind.value.capitalize()) for kind in AccountType],
        widget=UnfoldAdminSelectWidget,
        help_text="Margin: may buy for up to twice what it is worth.",
    )
    cash = forms.DecimalField(
        label="Opening cash, $",
        initial=_CASH,
        decimal_places=2,
        min_value=CENT,
        max_value=OPENING_CASH_MAX,
        widget=UnfoldAdminDecimalFieldWidget,
    )

    directory: ClassVar[Directory]

    class Meta:
        model = Account
        fields = ("owner", "account_type", "cash")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = may_own()
        hand_over(self.directory, form=self)


class OpensAccounts(ReadOnlyAdmin, OwnTransaction):
    """Accounts are opened here and never edited; the role says who may."""

    def has_add_permission(self, request: HttpRequest, *_: Any, **__: Any) -> bool:
        return request.user.has_perm("oms.add_account")

    def get_form(
        self,
        request: HttpRequest,
        obj: Account | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        **kwargs: Any,
    ) -> Any:  # noqa: ANN401
        if obj is None:
            return type("OpenAccountForm", (OpenAccountForm,), {"directory": self.directory})
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Account | None = None) -> Any:  # noqa: ANN401
        if obj is None:
            return [(None, {"fields": ["owner", "account_type", "cash"]})]
        return super().get_fieldsets(request, obj)

    def save_model(
        self,
        request: HttpRequest,
        obj: Account,
        form: forms.ModelForm,  # type: ignore[type-arg]
        change: bool,  # noqa: ARG002, FBT001 - Django's signature
    ) -> None:
        account_id = interface.open_account(
            owner_id=obj.owner_id,
            account_type=AccountType(obj.account_type),
            opening_cash=form.cleaned_data["cash"],
            actor=actor_of(request),
            now=utc_now(),
        )
        obj.pk = account_id
        obj.refresh_from_db()
