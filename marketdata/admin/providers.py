"""The providers of market data: set up by administrators, every change with its reason and fact."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm

from marketdata import interface
from marketdata.admin.feeds import FeedsView
from marketdata.admin.provider_form import ProviderForm, fieldsets_of, form_of
from marketdata.contracts import SourceStatus
from marketdata.domain.configuration import Configuration, Origin
from marketdata.domain.providers import PROVIDER_SPECS, label_of
from marketdata.feeds.registry import is_made_up
from marketdata.models import Provider
from trading.infra.admin import OwnTransaction, StaffList, actor_of
from trading.infra.observability import current_request_id
from trading.kernel.clock import utc_now
from trading.kernel.errors import TradingError

# A page does not wait longer; the command does, for plans with few requests a minute.
_LISTINGS_S = 60.0


@admin.register(Provider)
class ProviderAdmin(StaffList, OwnTransaction):
    """One row a provider, always there. Keys and addresses are nobody's business but theirs."""

    list_display = ("label", "in_the_feed", "priority_shown", "key", "history")
    list_before_template = "admin/marketdata/provider_notes.html"
    change_form_outer_before_template = "admin/marketdata/provider_notes.html"
    actions = None
    actions_detail = ("test_connection", "load_listings")

    # --- Who ------------------------------------------------------------------------------------
    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(super().has_change_permission(request, obj))

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_listings_permission(self, request: HttpRequest, object_id: object = None) -> bool:
        """Whoever may change a provider that tells what is listed."""
        spec = PROVIDER_SPECS.get(unquote(str(object_id)))
        return spec is not None and spec.lists and bool(self.has_change_permission(request))

    # --- The list ---------------------------------------------------------------------------------
    def get_queryset(self, request: HttpRequest) -> "QuerySet[Provider]":
        interface.ensure_providers()
        rows: QuerySet[Provider] = super().get_queryset(request).filter(name__in=PROVIDER_SPECS)
        return rows

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        notes = {"notes": _notes(interface.provider_configuration())}
        found: HttpResponse = super().changelist_view(request, {**(extra_context or {}), **notes})
        return found

    @admin.display(description="Provider", ordering="name")
    def label(self, row: Provider) -> str:
        return label_of(row.name)

    @display(
        description="Streamed",
        label={"connected": "success", "not connected": "danger", "no": "", "no stream": ""},
    )
    def in_the_feed(self, row: Provider) -> str:
        if not PROVIDER_SPECS[row.name].streams:
            return "no stream"
        if (source := _source(row.name)) is None:
            return "no"
        return "connected" if source.connected else "not connected"

    @admin.display(description="Priority", ordering="priority")
    def priority_shown(self, row: Provider) -> str:
        return str(row.priority) if row.is_enabled else "—"

    @display(description="Key", label={"set": "success", "cannot be read": "danger", "none": ""})
    def key(self, row: Provider) -> str:
        configured = interface.provider_configuration()
        if row.name not in configured.with_keys():
            return "none"
        return "cannot be read" if configured.trouble_of(row.name) else "set"

    @admin.display(description="History")
    def history(self, row: Provider) -> str:
        return "may be asked for" if row.name in interface.list_history_sources() else "—"

    # --- The form ---------------------------------------------------------------------------------
    @method_decorator(sensitive_post_parameters())
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        name = None if object_id is None else unquote(object_id)
        notes = _notes(interface.provider_configuration(), name=name)
        context = {**(extra_context or {}), "notes": notes}
        return super().changeform_view(request, object_id, form_url, context)

    def get_form(
        self,
        request: HttpRequest,
        obj: Provider | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        **kwargs: Any,
    ) -> type[ProviderForm]:
        assert obj is not None
        kwargs["form"] = form_of(row=obj, configured=interface.provider_configuration())
        made = super().get_form(request, obj, change=change, **kwargs)
        assert issubclass(made, ProviderForm)
        return made

    def get_fieldsets(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: Provider | None = None,
    ) -> Any:  # noqa: ANN401 - Django's
        assert obj is not None
        return fieldsets_of(row=obj, configured=interface.provider_configuration())

    def save_model(
        self,
        request: HttpRequest,
        obj: Provider,  # noqa: ARG002 - Django's signature
        form: forms.ModelForm,  # type: ignore[type-arg]
        change: bool,  # noqa: ARG002, FBT001
    ) -> None:
        assert isinstance(form, ProviderForm)
        is_changed = interface.configure_provider(
            **form.entered(),
            actor=actor_of(request),
            reason=form.cleaned_data["reason"],
            now=utc_now(),
            request_id=current_request_id(),
        )
        if not is_changed:
            self.message_user(request, "Nothing was different, so nothing changes.")

    # --- Actions ----------------------------------------------------------------------------------
    @action(
        description="Test connection",
        icon="network_check",
        permissions=["change"],
        dialog={
            "title": "Test the connection",
            "description": "Asks the provider for a week of daily bars with the settings as they "
            "are saved. It counts against the plan like any other request.",
            "form_class": BaseDialogForm,
            "form_submit_text": "Test",
        },
    )
    def test_connection(
        self,
        request: HttpRequest,
        form: BaseDialogForm,  # noqa: ARG002 - unfold's signature
        object_id: str,
    ) -> HttpResponse:
        name = unquote(object_id)
        try:
            found = interface.check_provider(name=name, now=utc_now())
        except TradingError as error:
            self.message_user(request, error.message, messages.ERROR)
        else:
            level = messages.ERROR if found.code else messages.SUCCESS
            told = f"{found.code}: {found.message}" if found.code else found.message
            self.message_user(request, f"{label_of(name)}: {told}", level)
        back = reverse("admin:marketdata_provider_change", args=[object_id])
        return HttpResponse(headers={"HX-Redirect": back})

    @action(
        description="Load listings",
        icon="playlist_add",
        permissions=["listings"],
        dialog={
            "title": "Load what the provider lists",
            "description": "New symbols become instruments, those that this provider listed and no "
            "longer does are retired. It takes from seconds to a minute.",
            "form_class": BaseDialogForm,
            "form_submit_text": "Load",
        },
    )
    def load_listings(
        self,
        request: HttpRequest,
        form: BaseDialogForm,  # noqa: ARG002 - unfold's signature
        object_id: str,
    ) -> HttpResponse:
        name = unquote(object_id)
        try:
            loaded = interface.load_listings(
                source=name,
                actor=actor_of(request),
                now=utc_now(),
                request_id=current_request_id(),
                timeout_s=_LISTINGS_S,
            )
        except TradingError as error:
            told = f"{label_of(name)}: {error.code}: {error.message}"
            self.message_user(request, told, messages.ERROR)
        else:
            self.message_user(request, f"{label_of(name)}: {loaded}", messages.SUCCESS)
        back = reverse("admin:marketdata_provider_change", args=[object_id])
        return HttpResponse(headers={"HX-Redirect": back})

    def get_urls(self) -> list[URLPattern]:
        feeds = self.admin_site.admin_view(FeedsView.as_view(model_admin=self))
        own: list[URLPattern] = super().get_urls()
        return [path("feeds/", feeds, name="marketdata_feeds"), *own]


def _source(name: str) -> SourceStatus | None:
    found = [source for source in interface.feed_status().sources if source.name == name]
    return found[0] if found else None


def _notes(configured: Configuration, *, name: str | None = None) -> list[tuple[str, str]]:
    """Return what to say above the page, as (kind of message, words)."""
    notes: list[tuple[str, str]] = []
    if configured.feed_origin is Origin.ENVIRONMENT:
        if is_made_up(spec=configured.feed):
            kind = configured.feed.partition(":")[0]
            words = (
                f"FEED is set by the environment: the market is {kind}, whatever is enabled here. "
                "Keys still serve to ask for history."
            )
        else:
            names = ", ".join(label_of(each) for each in configured.names())
            words = f"FEED is set by the environment: prices come from {names}, the best first."
        notes.append(("warning", words))
    elif configured.feed_origin is Origin.DEFAULT:
        words = "No provider is enabled with a key, so the market is simulated."
        notes.append(("warning", words))
    troubles = [
        ("error", f"{label_of(source.name)}: {source.detail}")
        for source in interface.feed_status().sources
        if source.detail and name in (None, source.name)
    ]
    return [*notes, *troubles]
