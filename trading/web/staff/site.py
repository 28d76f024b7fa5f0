"""The admin site of this platform: its own home, and a directory for every page."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import LogoutView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST, require_safe
from unfold.sites import UnfoldAdminSite

from compliance import interface as compliance
from trading.infra.admin import Choice
from trading.kernel.clock import utc_now
from trading.web.access import signed_in
from trading.web.sign_in import answer_right, answer_wrong
from trading.web.staff.directory import StaffDirectory
from trading.web.staff.home import home

VERIFY = "compliance.add_verificationrun"
_TERM_LENGTH_MAX = 100
_CHOICES_MAX = 20


class StaffSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold ships no types
    index_template = "admin/home.html"
    index_title = "Home"
    login_template = "web/login.html"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.directory = StaffDirectory()

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        context = home(
            directory=self.directory,
            may_verify=request.user.has_perm(VERIFY),
            may_engage=request.user.has_perm("risk.add_killswitch"),
            now=utc_now(),
        )
        found: TemplateResponse = super().index(request, {**(extra_context or {}), **context})
        return found

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask who it is; tell a signed-in person without a right to these pages that it is so."""
        if request.method != "POST" and request.user.is_authenticated:
            if not self.has_permission(request):
                return render(request, "admin/not_staff.html", status=403)
            return HttpResponseRedirect(reverse("admin:index"))
        response: HttpResponse = super().login(
            request, {"is_staff_site": True} | (extra_context or {})
        )
        if request.method != "POST":
            return response
        if isinstance(response, TemplateResponse) and response.context_data is not None:
            return answer_wrong(response.context_data["form"], response)
        return answer_right(request, response)

    def logout(
        self,
        request: HttpRequest,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002 - Django's signature
    ) -> HttpResponseBase:
        return LogoutView.as_view(next_page="admin:login")(request)

    def extra_urls(self) -> list[URLPattern]:
        return [
            path("verify-now/", self.admin_view(require_POST(self.verify_now)), name="verify_now"),
            path(
                "choose/accounts/",
                self.admin_view(require_safe(self.choose_accounts)),
                name="choose_accounts",
            ),
            path(
                "choose/owners/",
                self.admin_view(require_safe(self.choose_owners)),
                name="choose_owners",
            ),
            path(
                "choose/symbols/",
                self.admin_view(require_safe(self.choose_symbols)),
                name="choose_symbols",
            ),
            path(
                "working-orders/",
                self.admin_view(require_safe(self.working_orders)),
                name="working_orders",
            ),
        ]

    def verify_now(self, request: HttpRequest) -> HttpResponse:
        """Ask for a verification of all records; the background worker does it."""
        if not request.user.has_perm(VERIFY):
            raise PermissionDenied
        actor = f"user:{signed_in(request).pk}"
        compliance.request_verification(actor=actor, now=utc_now())
        messages.info(request, "The records are verified in the background: the outcome comes here")
        return HttpResponseRedirect(reverse("admin:index"))

    def choose_accounts(self, request: HttpRequest) -> JsonResponse:
        """Answer what a chooser of accounts asks while somebody types."""
        return _choices(request, self.directory.choose_accounts)

    def choose_owners(self, request: HttpRequest) -> JsonResponse:
        """Answer with those who may be given an account, for whoever may open one."""
        if not request.user.has_perm("oms.add_account"):
            raise PermissionDenied
        return _choices(request, self.directory.choose_owners)

    def choose_symbols(self, request: HttpRequest) -> JsonResponse:
        return _choices(request, self.directory.choose_symbols)

    def working_orders(self, request: HttpRequest) -> JsonResponse:
        """Tell how many orders a switch on ``account``, ``symbol`` or everything would cancel."""
        if not request.user.has_perm("risk.add_killswitch"):
            raise PermissionDenied
        try:
            account_id = UUID(request.GET["account"]) if request.GET.get("account") else None
        except ValueError:
            return JsonResponse({"message": "account is not an id"}, status=400)
        symbol = request.GET.get("symbol", "").strip().upper() or None
        count = self.directory.count_working_orders(account_id=account_id, symbol=symbol)
        return JsonResponse({"count": count})


def _choices(request: HttpRequest, choose: Callable[..., list[Choice]]) -> JsonResponse:
    """Answer in the shape that select2 reads; what cannot be chosen says that there are more."""
    term = request.GET.get("term", "").strip()[:_TERM_LENGTH_MAX]
    found = choose(term, limit=_CHOICES_MAX + 1)
    results: list[dict[str, object]] = [
        {"id": each.value, "text": each.words} for each in found[:_CHOICES_MAX]
    ]
    if len(found) > _CHOICES_MAX:
        results.append({"id": "", "text": "There are more: type more of it.", "disabled": True})
    return JsonResponse({"results": results, "pagination": {"more": False}})
