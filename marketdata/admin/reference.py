"""Reference data may be corrected by administrators, history asked for; the rest is read."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.forms import ChoiceField, ModelForm
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from marketdata import interface
from marketdata.contracts import CorporateActionKind as Kind, HistoryKind
from marketdata.domain.providers import label_of
from marketdata.models import (
    Backfill,
    CorporateAction,
    Coverage,
    DailyBar,
    Instrument,
    InstrumentSymbol,
    InstrumentTerms,
    TradingDay,
)
from trading.infra.admin import ReadOnlyAdmin, StaffList


@admin.register(Instrument)
class InstrumentAdmin(StaffList):
    """Instruments come from a file or a provider; orders refer to them, so none goes away."""

    list_display = [
        "symbol",
        "name",
        "exchange",
        "status",
        "tradable",
        "marginable",
        "shortable",
        "fractionable",
        "is_followed",
    ]
    list_filter = [
        "is_followed",
        "status",
        "exchange",
        "listed_by",
        "tradable",
        "marginable",
        "shortable",
        "fractionable",
    ]
    search_fields = ["symbol", "name", "cusip", "isin", "figi"]
    readonly_fields = ["id", "symbol", "listed_by"]
    actions = ["follow", "leave"]

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
        transaction.on_commit(interface.forget_instruments)

    @admin.action(description="Follow always", permissions=["change"])
    def follow(self, request: HttpRequest, chosen: "QuerySet[Instrument]") -> None:
        self._set_followed(request, chosen, is_followed=True)

    @admin.action(description="Follow only while somebody needs it", permissions=["change"])
    def leave(self, request: HttpRequest, chosen: "QuerySet[Instrument]") -> None:
        self._set_followed(request, chosen, is_followed=False)

    def _set_followed(
        self, request: HttpRequest, chosen: "QuerySet[Instrument]", *, is_followed: bool
    ) -> None:
        for instrument in chosen.exclude(is_followed=is_followed):
            instrument.is_followed = is_followed
            instrument.save(update_fields=["is_followed"])
            self.log_change(request, instrument, f"is_followed: {is_followed}")
        transaction.on_commit(interface.forget_instruments)


class _OfInstrumentAdmin(ReadOnlyAdmin):
    list_select_related = ["instrument"]
    search_fields = ["=instrument__symbol"]


@admin.register(InstrumentSymbol)
class InstrumentSymbolAdmin(_OfInstrumentAdmin):
    list_display = ["instrument", "symbol", "from_date", "to_date"]
    search_fields = ["=instrument__symbol", "=symbol"]


@admin.register(InstrumentTerms)
class InstrumentTermsAdmin(_OfInstrumentAdmin):
    list_display = ["instrument", "effective_date", "tick_size", "round_lot", "luld_tier"]


class ContradictedFilter(admin.SimpleListFilter):
    """Splits, or changes of symbol, of one day from one source of which at most one can be."""

    title = "contradicted"
    parameter_name = "contradicted"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:  # noqa: ARG002
        return [("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:  # noqa: ANN401, ARG002 - Django's
        if self.value() != "yes":
            return queryset
        splits = Q(kind__in=[kind.value for kind in (Kind.SPLIT, Kind.STOCK_DIVIDEND)])
        of_day = CorporateAction.objects.filter(
            instrument=OuterRef("instrument"),
            ex_date=OuterRef("ex_date"),
            source=OuterRef("source"),
            withdrawn_at=None,
        ).exclude(pk=OuterRef("pk"))
        change = Q(kind=Kind.SYMBOL_CHANGE.value)
        return queryset.filter(withdrawn_at=None).filter(
            splits & Exists(of_day.filter(splits)) | change & Exists(of_day.filter(change))
        )


def _says(action: Any) -> tuple[object, ...]:  # noqa: ANN401 - a row, or its contract
    return (
        str(action.kind), action.source,
        action.rate, action.old_rate, action.new_rate, action.new_symbol or "",
    )  # fmt: skip


@admin.register(CorporateAction)
class CorporateActionAdmin(_OfInstrumentAdmin):
    """What was told, also what is told no longer; its standing says what of it counts."""

    list_display = [
        "instrument",
        "kind",
        "ex_date",
        "standing",
        "rate",
        "old_rate",
        "new_rate",
        "old_symbol",
        "new_symbol",
        "source",
        "told_at",
        "withdrawn_at",
    ]
    list_filter = [ContradictedFilter, "kind", "source"]
    date_hierarchy = "ex_date"

    @admin.display(description="Standing")
    def standing(self, obj: CorporateAction) -> str:
        """Say whether it is in force, contradicted, withdrawn, or told better by another row."""
        if obj.withdrawn_at is not None:
            return "withdrawn"
        for action in interface.list_corporate_actions(
            symbol=obj.instrument.symbol, first_date=obj.ex_date, last_date=obj.ex_date
        ):
            if _says(action) == _says(obj):
                return "CONTRADICTED, not applied" if action.is_contradicted else "in force"
        return "another one counts"


@admin.register(DailyBar)
class DailyBarAdmin(_OfInstrumentAdmin):
    list_display = ["instrument", "trade_date", "open", "high", "low", "close", "volume", "source"]
    date_hierarchy = "trade_date"


@admin.register(Coverage)
class CoverageAdmin(_OfInstrumentAdmin):
    list_display = ["instrument", "kind", "trade_date", "source", "held_at"]
    list_filter = ["kind", "source"]
    date_hierarchy = "trade_date"


@admin.register(TradingDay)
class TradingDayAdmin(ReadOnlyAdmin):
    list_display = ["trade_date", "pre_opens_at", "opens_at", "closes_at", "post_closes_at"]
    date_hierarchy = "trade_date"


def _source_choices() -> list[tuple[str, str]]:
    """Return the providers that can be asked now, which is looked up for each form."""
    return [
        ("", "---------"),
        *((name, label_of(name)) for name in interface.list_history_sources()),
    ]


class BackfillForm(ModelForm):  # type: ignore[type-arg]  # no [] at run time
    """Refuses on the page what ``request_backfill`` would refuse."""

    source = ChoiceField(
        choices=_source_choices,
        widget=UnfoldAdminSelectWidget,
        help_text="The providers that are set up and keep a history.",
        error_messages={"invalid_choice": "There is no history source %(value)s."},
    )

    class Meta:
        model = Backfill
        fields = ["instrument", "kind", "source", "first_date", "last_date"]


@admin.register(Backfill)
class BackfillAdmin(StaffList):
    """Reload the list to see how far they have come; background work goes on by itself."""

    list_display = [
        "instrument",
        "kind",
        "source",
        "first_date",
        "last_date",
        "state",
        "progress",
        "rows_done",
        "rows_refused",
        "due_at",
        "error",
    ]
    list_filter = ["state", "kind", "source"]
    list_select_related = ["instrument"]
    search_fields = ["=instrument__symbol", "requested_by"]
    search_help_text = "A symbol, or who asked"
    form = BackfillForm
    autocomplete_fields = ["instrument"]  # there are thousands
    fields = ["instrument", "kind", "source", "first_date", "last_date"]
    actions = ["stop", "resume"]

    @admin.display(description="Pieces")
    def progress(self, obj: Backfill) -> str:
        return f"{obj.pieces_done} of {obj.pieces_total}"

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # Its own page is read; the actions of the list ask for the right to change.
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().get_changeform_initial_data(request), "kind": HistoryKind.MINUTE_BARS}

    def save_model(
        self,
        request: HttpRequest,
        obj: Backfill,
        form: "ModelForm[Backfill]",  # noqa: ARG002 - Django's signature
        change: bool,  # noqa: ARG002, FBT001
    ) -> None:
        wanted = interface.request_backfill(
            symbol=obj.instrument.symbol,
            kind=HistoryKind(obj.kind),
            source=obj.source,
            first_date=obj.first_date,
            last_date=obj.last_date,
            requested_by=request.user.get_username(),
        )
        obj.pk = wanted.id

    @admin.action(description="Stop", permissions=["change"])
    def stop(self, request: HttpRequest, chosen: "QuerySet[Backfill]") -> None:  # noqa: ARG002
        for backfill in chosen:
            interface.stop_backfill(backfill_id=backfill.pk)

    @admin.action(description="Go on", permissions=["change"])
    def resume(self, request: HttpRequest, chosen: "QuerySet[Backfill]") -> None:  # noqa: ARG002
        for backfill in chosen:
            interface.resume_backfill(backfill_id=backfill.pk)
