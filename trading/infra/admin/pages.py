"""The staff's pages: evidence is read, never edited; rules change through interfaces."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.options import ModelAdmin as DjangoModelAdmin
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from trading.infra.admin.lists import StaffList
from trading.kernel.errors import TradingError


class OwnTransaction(DjangoModelAdmin):  # type: ignore[type-arg]  # no [] at run time
    """
    Saves a form by calling an interface, whose refusal is told above the form.

    Django opens a transaction around a form's request. The interface opens its own and insists
    that its end is a commit, so this class leaves Django's out; it must stand behind unfold's
    ``ModelAdmin`` among the bases.
    """

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined, no-any-return]
        except TradingError as error:
            self.message_user(request, error.message, messages.ERROR)
            return HttpResponseRedirect(self.form_again(request))

    def form_again(self, request: HttpRequest) -> str:
        """Return the address of the form after a refusal."""
        return request.get_full_path()


class NeverEdited(StaffList):
    """Rows that nobody changes or deletes here."""

    actions: Any = None

    def has_change_permission(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: models.Model | None = None,  # noqa: ARG002
    ) -> bool:
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: models.Model | None = None,  # noqa: ARG002
    ) -> bool:
        return False


class ReadOnlyAdmin(NeverEdited):
    """A list and a page of facts: no add either."""

    def has_add_permission(self, request: HttpRequest, *_: Any, **__: Any) -> bool:  # noqa: ARG002
        return False
