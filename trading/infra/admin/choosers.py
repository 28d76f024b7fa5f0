"""Form fields whose values are found by typing a part of a name: nobody types an id."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from unfold.widgets import UnfoldAdminAutocompleteWidget

from trading.infra.admin.directory import Directory


class _Chooser(UnfoldAdminAutocompleteWidget):
    """A select that holds no choice but the chosen one; the rest comes while somebody types."""

    # The other one of unfold's two writes "True" where the chosen value belongs.
    option_template_name = "unfold/widgets/select_option_modelchoicefield_autocomplete.html"

    def __init__(self, address: str) -> None:
        super().__init__(attrs={"data-ajax--url": reverse_lazy(address)})
        self.directory: Directory | None = None

    def words_of(self, value: str) -> str:
        return value

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
        chosen = [each for each in value if each]
        self.choices = [("", ""), *((each, self.words_of(each)) for each in chosen)]
        return super().optgroups(name, value, attrs)


class AccountChooser(_Chooser):
    def __init__(self) -> None:
        super().__init__("admin:choose_accounts")

    def words_of(self, value: str) -> str:
        try:
            account_id = UUID(value)
        except ValueError:
            return value
        names = {} if self.directory is None else self.directory.name_accounts([account_id])
        return names.get(account_id, value)


class OwnerChooser(_Chooser):
    def __init__(self) -> None:
        super().__init__("admin:choose_owners")

    def words_of(self, value: str) -> str:
        actor = f"user:{value}"
        names = {} if self.directory is None else self.directory.name_actors([actor])
        return names.get(actor, value)


class SymbolChooser(_Chooser):
    def __init__(self) -> None:
        super().__init__("admin:choose_symbols")


class AccountField(forms.UUIDField):
    """An account, chosen by number or owner; its value is the id."""

    widget = AccountChooser

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, label="Account", **options)


class SymbolField(forms.CharField):
    """A symbol that is in the security master, whatever its state."""

    widget = SymbolChooser

    def __init__(self, **options: Any) -> None:
        super().__init__(label="Symbol", **options)
        self.directory: Directory | None = None

    def clean(self, value: Any) -> Any:  # noqa: ANN401 - Django's
        symbol = super().clean(value).strip().upper()
        if not symbol:
            return None
        if self.directory is not None and not self.directory.knows_symbol(symbol):
            raise ValidationError(f"There is no symbol {symbol}.")
        return symbol


def hand_over(directory: Directory, *, form: forms.BaseForm) -> None:
    """Give the choosers of a form what they choose from."""
    for field in form.fields.values():
        if isinstance(field.widget, _Chooser):
            field.widget.directory = directory
        if isinstance(field, SymbolField):
            field.directory = directory
