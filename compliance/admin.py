"""The records on the admin site: read, searched, never edited."""

import json
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from compliance.models import VerificationRun
from trading.eventlog.codec import Record, hash_record
from trading.eventlog.models import Event
from trading.infra.admin import ReadOnlyAdmin, columns, times

INTACT, NOT_INTACT = "right", "NOT what was recorded"


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Every fact. A stream's name leads to its whole life, in order."""

    list_display = ("recorded_listed", "stream_link", "seq", "type", "by", "request_id")
    list_display_links = ("recorded_listed",)
    list_filter = ("type", "recorded_at")
    search_fields = ("stream", "type", "actor", "request_id")
    search_help_text = "A person, an account's number, stream, type or request id"
    actor_fields = ("actor",)
    stream_field = "stream"
    linked_filters = ("stream",)
    export_extra = ("id", "stream", "actor", "happened", "payload_raw", "hash_text")
    fields = (
        "id",
        "stream_link",
        "seq",
        "type",
        "version",
        "happened",
        "recorded",
        ("by", "actor"),
        "request_id",
        "correlation_id",
        "payload_text",
        "is_intact",
        "hash_text",
        "prev_hash_text",
    )

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Show a single stream from its beginning, everything else newest first."""
        return ("seq",) if "stream__exact" in request.GET else ("-id",)

    @admin.display(description="Of", ordering="stream")
    def stream_link(self, event: Event) -> str:
        page = reverse("admin:eventlog_event_changelist")
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}?{}" title="{}">{}</a>',
            page,
            urlencode({"stream__exact": event.stream}),
            event.stream,
            self.names_for(event).streams.get(event.stream, event.stream),
        )

    by = columns.actor("actor", "By")

    @admin.display(description="Happened")
    def happened(self, event: Event) -> str:
        return times.shown_ns(event.ts_event)

    @admin.display(description="Recorded")
    def recorded(self, event: Event) -> str:
        return times.shown(event.recorded_at)

    @admin.display(description="Recorded", ordering="id")
    def recorded_listed(self, event: Event) -> str:
        return columns.time_cell(event.recorded_at)

    recorded_listed.raw = lambda event: event.recorded_at  # type: ignore[attr-defined]

    @admin.display(description="Payload")
    def payload_text(self, event: Event) -> str:
        return format_html("<pre>{}</pre>", _pretty(bytes(event.payload)))

    @admin.display(description="Payload")
    def payload_raw(self, event: Event) -> str:
        return bytes(event.payload).decode(errors="backslashreplace")

    @display(description="Hash", label={INTACT: "success", NOT_INTACT: "danger"})
    def is_intact(self, event: Event) -> str:
        return INTACT if hash_record(_record(event)) == bytes(event.hash) else NOT_INTACT

    @admin.display(description="SHA-256")
    def hash_text(self, event: Event) -> str:
        return bytes(event.hash).hex()

    @admin.display(description="SHA-256 of the record before")
    def prev_hash_text(self, event: Event) -> str:
        return bytes(event.prev_hash).hex()


def _pretty(payload: bytes) -> str:
    """Indent JSON for reading; what is not JSON is shown as it is, for it should not be so."""
    try:
        words = json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return payload.decode(errors="backslashreplace")
    return words.encode(errors="backslashreplace").decode()  # half a surrogate pair cannot be sent


def _record(event: Event) -> Record:
    return Record(
        id=event.id,
        stream=event.stream,
        seq=event.seq,
        type=event.type,
        version=event.version,
        ts_event=event.ts_event,
        recorded_at=event.recorded_at,
        actor=event.actor,
        request_id=event.request_id,
        correlation_id=event.correlation_id,
        xid=event.xid,
        payload=bytes(event.payload),
        prev_hash=bytes(event.prev_hash),
    )


@admin.register(VerificationRun)
class VerificationRunAdmin(ReadOnlyAdmin):
    list_display = (
        "requested_at", "by", "result", "records", "rows", "problems", "breaks", "finished_at",
    )  # fmt: skip
    list_filter = ("outcome", ("requested_by", admin.EmptyFieldListFilter))
    search_fields = ("detail", "requested_by")
    search_help_text = "A person, or what was found"
    actor_fields = ("requested_by",)
    ordering = ("-requested_at", "-id")
    export_extra = ("business_date", "started_at", "detail")
    fields = (
        "business_date",
        "by",
        "result",
        "records",
        "rows",
        "problems",
        "breaks",
        "detail_lines",
        "requested_at",
        "started_at",
        "finished_at",
    )

    by = columns.actor("requested_by", "Asked for by", nothing="the schedule")

    @display(
        description="Outcome",
        ordering="outcome",
        label={
            "Clean": "success",
            "Tampered": "danger",
            "Unbalanced": "danger",
            "Unfinished": "warning",
        },
    )
    def result(self, run: VerificationRun) -> str:
        return run.get_outcome_display() or "Unfinished"

    @admin.display(description="What was found")
    def detail_lines(self, run: VerificationRun) -> str:
        return format_html("<pre>{}</pre>", run.detail) if run.detail else "nothing"
