"""Staff lists: names for ids, bounded search and filters, actions only where they fit, CSV."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.filters import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import DateTimeField, Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin

from trading.infra.admin import columns
from trading.infra.admin.directory import Directory, directory_of
from trading.infra.admin.export import Row, csv_response
from trading.kernel.clock import NEW_YORK, utc_now

_CHUNK = 1_000
# Each word is looked for in every field of a search.
TERM_LENGTH_MAX = 100
TERM_WORDS_MAX = 10
# How the filters of a list ask, beside a field's own name.
_FILTER_LOOKUPS = ("exact", "in", "gte", "lt", "isnull", "isempty")
_HIERARCHY_LOOKUPS = (*_FILTER_LOOKUPS, "year", "month", "day")


@dataclass(slots=True, kw_only=True)
class Names:
    """The names of what the rows of a page hold as ids."""

    actors: dict[str, str] = field(default_factory=dict)
    accounts: dict[UUID, str] = field(default_factory=dict)
    streams: dict[str, str] = field(default_factory=dict)


class StaffList(ModelAdmin):
    """
    A list of the staff pages.

    ``actor_fields`` are columns that hold actors, ``account_field`` one that holds an account's id
    and ``stream_field`` one that holds a stream's name: their rows are found by the names that
    people read. ``export_extra`` are columns of the export beside those of the list.
    ``linked_filters`` are fields by which other pages' links filter the list, beside its own
    filters; it is filtered by nothing else.
    """

    list_per_page = 50
    show_full_result_count = False
    actor_fields: Sequence[str] = ()
    account_field = ""
    stream_field = ""
    export_extra: Sequence[str] = ()
    linked_filters: Sequence[str] = ()

    @property
    def directory(self) -> Directory:
        return directory_of(self.admin_site)

    # --- Names ------------------------------------------------------------------------------------

    def names_for(self, row: Any) -> Names:  # noqa: ANN401 - a row of any model
        """Return the names of what the row holds; those of a whole page are looked up together."""
        if not hasattr(row, "staff_names"):
            self._name([row])
        found: Names = row.staff_names
        return found

    def _name(self, rows: Iterable[Any]) -> None:
        rows = list(rows)
        names = Names()
        if actors := _values(rows, self.actor_fields):
            names.actors.update(self.directory.name_actors(actors))
        if self.account_field and (ids := _values(rows, [self.account_field])):
            names.accounts.update(self.directory.name_accounts(ids))
        if self.stream_field and (streams := _values(rows, [self.stream_field])):
            names.streams.update(self.directory.name_streams(streams))
        for row in rows:
            row.staff_names = names

    def get_changelist_instance(self, request: HttpRequest) -> Any:  # noqa: ANN401 - unfold's
        if _is_too_much(request.GET.get(SEARCH_VAR, "")):
            words = f"at most {TERM_LENGTH_MAX} characters and {TERM_WORDS_MAX} words"
            self.message_user(request, f"Search for {words}.", messages.ERROR)
            raise IncorrectLookupParameters
        found = super().get_changelist_instance(request)
        rows = list(found.result_list)
        self._name(rows)
        for row in rows:
            row.withheld_actions = [
                f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{name}"
                for name in self.actions_row
                if not self.offers(request, row, name)
            ]
        found.result_list = rows
        return found

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Return the columns; times are among others here, and written to the second."""
        return [self._column(name) for name in super().get_list_display(request)]

    def _column(self, name: Any) -> Any:  # noqa: ANN401 - a name, or what shows a column
        if not isinstance(name, str) or hasattr(self, name):
            return name
        found = self.opts.get_field(name)
        if not isinstance(found, DateTimeField):
            return name
        return columns.moment(name, str(found.verbose_name))

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        if _is_too_much(search_term):  # from a page that is no list
            return queryset.none(), False
        found, may_double = super().get_search_results(request, queryset, search_term)
        if search_term.strip() and (person := self._of_person(search_term.strip())):
            found |= queryset.filter(person)
        return found, may_double

    def _of_person(self, term: str) -> Q:
        """Return what finds the rows of a person, or of an account, that the term names."""
        return self._of_actor(term) | self._of_account(term)

    def _of_actor(self, term: str) -> Q:
        query = Q()
        if not self.actor_fields:
            return query
        people, parts = self.directory.find_actors(term)
        if people.exists():
            query |= _any_of(self.actor_fields, people)
        if parts:
            query |= _any_of(self.actor_fields, parts)
        return query

    def _of_account(self, term: str) -> Q:
        query = Q()
        if not (self.account_field or self.stream_field):
            return query
        accounts = self.directory.find_accounts(term)
        # Where nobody is meant, the search stays as narrow as it is.
        if accounts.exists():
            if self.account_field:
                query |= Q(**{f"{self.account_field}__in": accounts})
            if self.stream_field:
                streams = self.directory.streams_of(accounts)
                query |= Q(**{f"{self.stream_field}__in": streams})
        return query

    # --- Filters ----------------------------------------------------------------------------------

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Tell whether the list may be filtered so: any other look-up may fail, or tell secrets."""
        if self.date_hierarchy and lookup in _lookups(self.date_hierarchy, _HIERARCHY_LOOKUPS):
            return True
        fields: list[str] = [*self.linked_filters]
        for each in self.get_list_filter(request):
            if isinstance(each, type) and issubclass(each, SimpleListFilter):
                if lookup == each.parameter_name:
                    return True
            else:
                fields.append(each if isinstance(each, str) else str(each[0]))
        return any(lookup in _lookups(name, _FILTER_LOOKUPS) for name in fields)

    # --- Actions ----------------------------------------------------------------------------------

    def offers(self, request: HttpRequest, row: Any, action: str) -> bool:  # noqa: ANN401, ARG002 - a row of any model
        """Tell whether an action makes sense for who asks and the row as it stands."""
        return True

    def get_actions_detail(self, request: HttpRequest, object_id: object) -> list[Any]:
        found: list[Any] = super().get_actions_detail(request, object_id)
        row = self.get_object(request, str(object_id))
        prefix = f"{self.opts.app_label}_{self.opts.model_name}_"
        return [
            each
            for each in found
            if row is None or self.offers(request, row, each.action_name.removeprefix(prefix))
        ]

    # --- Export -----------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        export = path("export/", self.admin_site.admin_view(self.export_view), name=name)
        return [export, *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Send what the list's filters and search leave as CSV, oldest key first."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        try:
            found = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect("../?e=1")
        shown = [name for name in found.list_display if name != "action_checkbox"]
        shown += self.export_extra
        rows = found.queryset.order_by("pk")

        def read(last: object) -> tuple[list[Row], object]:
            chunk = list((rows if last is None else rows.filter(pk__gt=last))[:_CHUNK])
            self._name(chunk)
            cells: list[Row] = [[self._cell(row, name) for name in shown] for row in chunk]
            return cells, chunk[-1].pk if chunk else None

        at = utc_now().astimezone(NEW_YORK)
        plural = str(self.opts.verbose_name_plural).replace(" ", "-")
        return csv_response(
            request=request,
            name=f"openbell-{plural}-{at:%Y-%m-%dT%H%M%S}.csv",
            headings=[self._heading(name) for name in shown],
            read=read,
        )

    def _heading(self, name: Any) -> str:  # noqa: ANN401 - a name, or what shows a column
        found = str(label_for_field(name, self.model, self))
        return f"{found[:1].upper()}{found[1:]}"

    def _cell(self, row: Model, name: Any) -> object:  # noqa: ANN401 - as above
        raw = getattr(name if callable(name) else getattr(self, name, None), "raw", None)
        if raw is not None:
            return raw(row)
        try:
            return lookup_field(name, row, self)[2]
        except ObjectDoesNotExist:
            return None


def _is_too_much(term: str) -> bool:
    return len(term) > TERM_LENGTH_MAX or len(term.split()) > TERM_WORDS_MAX


def _lookups(name: str, kinds: Sequence[str]) -> set[str]:
    return {name, *(f"{name}{LOOKUP_SEP}{kind}" for kind in kinds)}


def _any_of(fields: Sequence[str], values: object) -> Q:
    query = Q()
    for name in fields:
        query |= Q(**{f"{name}__in": values})
    return query


def _values(rows: Collection[Any], fields: Sequence[str]) -> set[Any]:
    found = {getattr(row, name) for row in rows for name in fields}
    return {value for value in found if value}
