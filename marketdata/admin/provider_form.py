"""
The form of a provider: a field for each setting, those that the environment says read-only.

A key is never shown again: only that there is one, and how it ends.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import escape
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from marketdata import interface
from marketdata.domain.configuration import Configuration, Origin, Setting, mask
from marketdata.domain.providers import PROVIDER_SPECS, FieldKind, ProviderField
from marketdata.models import Provider
from trading.kernel.errors import TradingError

# The theme takes a posted "dataset" for its own, so the fields have names that nobody else has.
FIELD, CLEAR = "field_", "clear_"


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    """Refuses on the page what ``configure_provider`` would refuse."""

    reason = forms.CharField(
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        max_length=1000,
        help_text="It is recorded with the change.",
    )

    class Meta:
        model = Provider
        fields = ["is_enabled", "priority"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                interface.require_sense_of_provider(**self.entered())
            except TradingError as error:
                raise ValidationError(error.message) from error
        return cleaned

    def entered(self) -> dict[str, Any]:
        """Return what was entered as ``configure_provider`` takes it."""
        given, row = self.cleaned_data, self.instance
        fields = [
            each
            for each in PROVIDER_SPECS[row.name].fields
            if not self.fields[FIELD + each.name].disabled
        ]
        secrets = [each.name for each in fields if each.is_secret]
        values = {each.name: given[FIELD + each.name] for each in fields}
        return {
            "name": row.name,
            # A provider without a stream has neither field.
            "is_enabled": given.get("is_enabled", row.is_enabled),
            "priority": given.get("priority", row.priority),
            "options": {name: value for name, value in values.items() if name not in secrets},
            "secrets": {name: values[name] for name in secrets if values[name]},
            "cleared": [name for name in secrets if given.get(CLEAR + name)],
        }


def form_of(*, row: Provider, configured: Configuration) -> type[ProviderForm]:
    """Return the form of this provider as things stand."""
    settings = configured.providers[row.name]
    fields: dict[str, Any] = {}
    for each in PROVIDER_SPECS[row.name].fields:
        setting = settings[each.name]
        if each.is_secret:
            fields |= _secret(each, setting)
        else:
            fields[FIELD + each.name] = _option(
                each, setting, stored=row.options.get(each.name, "")
            )
    form = type("ProviderForm", (_shaped(configured),), fields)
    assert issubclass(form, ProviderForm)
    return form


def fieldsets_of(*, row: Provider, configured: Configuration) -> list[tuple[str | None, Any]]:
    """Return the form's layout."""
    spec, settings = PROVIDER_SPECS[row.name], configured.providers[row.name]
    keys: list[Any] = []
    for each in spec.secrets:
        keys.append(FIELD + each.name)
        if _may_clear(settings[each.name]):
            keys.append(CLEAR + each.name)
    by_kind = {
        kind: [FIELD + each.name for each in spec.fields if each.kind is kind] for kind in FieldKind
    }
    streaming = [("Streaming", {"fields": [("is_enabled", "priority")]})] if spec.streams else []
    return [
        *streaming,
        ("Key", {"fields": keys}),
        ("Options", {"fields": by_kind[FieldKind.OPTION]}),
        ("Addresses", {"fields": by_kind[FieldKind.ADDRESS]}),
        ("Why", {"fields": ["reason"]}),
    ]


def _shaped(configured: Configuration) -> type[ProviderForm]:
    if configured.feed_origin is not Origin.ENVIRONMENT:
        return ProviderForm

    class SetOutside(ProviderForm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            for name in {"is_enabled", "priority"} & set(self.fields):
                self.fields[name].disabled = True
                self.fields[name].help_text = "Set by the environment: FEED"

    return SetOutside


def _secret(each: ProviderField, setting: Setting) -> Mapping[str, forms.Field]:
    is_outside = setting.origin is Origin.ENVIRONMENT
    shown = mask(setting.value)
    ending = f", ending in {shown}" if shown else ""
    if is_outside:
        told = f"Set by the environment: {each.variable}{ending}."
    elif setting.trouble:
        told = f"One is set and cannot be read: {setting.trouble}. Enter it again."
    elif setting.is_set:
        told = f"One is set{ending}. Empty keeps it."
    else:
        told = "None is set."
    field = forms.CharField(
        label=each.label,
        required=False,
        disabled=is_outside,
        max_length=500,
        widget=UnfoldAdminPasswordWidget(
            attrs={
                "autocomplete": "new-password",
                "placeholder": shown,
            }
        ),
        help_text=escape(told),  # the theme takes it for markup
    )
    if not _may_clear(setting):
        return {FIELD + each.name: field}
    clear = forms.BooleanField(
        label=f"Take the {each.label.lower()} away", required=False, widget=UnfoldBooleanWidget
    )
    return {FIELD + each.name: field, CLEAR + each.name: clear}


def _may_clear(setting: Setting) -> bool:
    return setting.origin is Origin.ADMIN and setting.is_set


def _option(each: ProviderField, setting: Setting, *, stored: str) -> forms.Field:
    is_outside = setting.origin is Origin.ENVIRONMENT
    common: dict[str, Any] = {
        "label": each.label,
        "required": False,
        "disabled": is_outside,
        "initial": setting.value if is_outside else stored,
        "help_text": f"Set by the environment: {each.variable}"
        if is_outside
        else escape(each.help),
    }
    if each.choices and (not is_outside or setting.value in each.choices):
        default = f"{each.default} (default)"
        choices = [("", default), *((value, value) for value in each.choices)]
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget, **common)
    widget = UnfoldAdminTextInputWidget(
        attrs={"placeholder": each.default, "spellcheck": "false", "autocomplete": "off"}
    )
    return forms.CharField(max_length=500, widget=widget, **common)
