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
from trading.infra.admin import ReadOnlyAdmin
from trading.kernel.clock import NEW_YORK, NS_PER_SECOND, from_ns


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Every fact. A stream's name leads to its whole life, in order."""

    list_display = ("recorded", "stream_link", "seq", "type", "actor", "request_id")
    list_display_links = ("recorded",)
    list_filter = ("type", "recorded_at")
    search_fields = ("stream", "type", "actor", "request_id")
    search_help_text = "Stream, type, actor or request id"
    fields = (
        "id",
        "stream_link",
        "seq",
        "type",
        "version",
        "happened",
        "recorded",
        "actor",
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

    @admin.display(description="Stream", ordering="stream")
    def stream_link(self, event: Event) -> str:
        page = reverse("admin:eventlog_event_changelist")
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}?{}">{}</a>',
            page,
            urlencode({"stream__exact": event.stream}),
            event.stream,
        )

    @admin.display(description="Happened (New York)")
    def happened(self, event: Event) -> str:
        at = from_ns(event.ts_event).astimezone(NEW_YORK)
        return f"{at:%Y-%m-%d %H:%M:%S}.{event.ts_event % NS_PER_SECOND:09d}"

    @admin.display(description="Recorded (New York)", ordering="id")
    def recorded(self, event: Event) -> str:
        return f"{event.recorded_at.astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S.%f}"

    @admin.display(description="Payload")
    def payload_text(self, event: Event) -> str:
        return format_html("<pre>{}</pre>", _pretty(bytes(event.payload)))

    @display(description="Hash is right", boolean=True)
    def is_intact(self, event: Event) -> bool:
        return hash_record(_record(event)) == bytes(event.hash)

    @admin.display(description="Hash")
    def hash_text(self, event: Event) -> str:
        return bytes(event.hash).hex()

    @admin.display(description="Hash of the record before")
    def prev_hash_text(self, event: Event) -> str:
        return bytes(event.prev_hash).hex()


def _pretty(payload: bytes) -> str:
    """Indent JSON for reading; what is not JSON is shown as it is, for it should not be so."""
    try:
        return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except ValueError:
        return payload.decode(errors="backslashreplace")


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
        "business_date", "result", "records", "rows", "problems", "breaks", "finished_at",
    )  # fmt: skip
    list_filter = ("outcome",)
    ordering = ("-business_date",)
    fields = (
        "business_date",
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
