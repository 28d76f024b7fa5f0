"""What the pages of the rules have in common: added and ended through the interface only."""

from typing import Any

from django.db import models
from django.http import HttpRequest, QueryDict

from trading.infra.admin import NeverEdited, OwnTransaction
from trading.infra.admin.choosers import hand_over


class ThroughInterface(NeverEdited, OwnTransaction):
    """Adds a row by calling the interface."""

    def form_again(self, request: HttpRequest) -> str:
        """Return the form as it was filled in."""
        entered = QueryDict(mutable=True)
        entered.update({name: request.POST[name] for name in request.POST if name[0] != "_"})
        entered.pop("csrfmiddlewaretoken", None)
        return f"{request.path}?{entered.urlencode()}"

    def get_form(
        self,
        request: HttpRequest,
        obj: models.Model | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        **kwargs: Any,
    ) -> Any:  # noqa: ANN401 - Django's
        directory = self.directory

        class Handed(super().get_form(request, obj, change=change, **kwargs)):  # type: ignore[misc]
            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, **options)
                hand_over(directory, form=self)

        return Handed

    def has_end_permission(self, request: HttpRequest, _: object = None) -> bool:
        """Tell whether this person may lift or release: the role's change permission."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")
