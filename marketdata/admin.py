"""Reference data in the admin: instruments may be corrected by administrators, bars are read."""

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from marketdata import interface
from marketdata.models import Instrument, MinuteBar
from trading.infra.admin import ReadOnlyAdmin


@admin.register(Instrument)
class InstrumentAdmin(ModelAdmin):
    """Instruments come from the security master's file; orders refer to them, so none goes away."""

    list_display = [
        "symbol",
        "name",
        "exchange",
        "status",
        "tradable",
        "marginable",
        "shortable",
        "fractionable",
    ]
    list_filter = ["status", "exchange", "tradable", "marginable", "shortable", "fractionable"]
    search_fields = ["symbol", "name"]
    readonly_fields = ["id", "symbol"]
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Instrument | None = None) -> bool:  # noqa: ARG002
        return False

    def save_model(
        self,
        request: HttpRequest,
        obj: Instrument,
        form: "ModelForm[Instrument]",
        change: bool,  # noqa: FBT001 - Django's signature
    ) -> None:
        super().save_model(request, obj, form, change)
        interface.forget_instruments()


@admin.register(MinuteBar)
class MinuteBarAdmin(ReadOnlyAdmin):
    list_display = ["instrument", "ts_start", "open", "high", "low", "close", "volume"]
    list_select_related = ["instrument"]
    search_fields = ["=instrument__symbol"]
    date_hierarchy = "ts_start"
