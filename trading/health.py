"""Is it alive, is it ready? For whatever starts, watches and restarts the process."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from trading.infra.supervision import PartState
from trading.runtime import platform


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers at all."""
    del request
    return JsonResponse({"status": "alive"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """
    200 once every part runs; 503 naming each part that does not, with the reason.

    ``warnings`` say what waits for a person though every part works. ``parts`` tells of each its
    lag in seconds, how often it has died, and its last death.
    """
    del request
    troubles = platform.troubles()
    body: dict[str, object] = {"status": "not ready" if troubles else "ready"}
    if troubles:
        body["troubles"] = dict(troubles)
    if warnings := platform.warnings():
        body["warnings"] = dict(warnings)
    body["parts"] = {name: _part(state) for name, state in platform.states().items()}
    return JsonResponse(body, status=503 if troubles else 200)


def _part(state: PartState) -> dict[str, object]:
    death = state.last_death
    lag = state.lag_seconds
    return {
        "lag_seconds": None if lag is None else round(lag, 3),
        "deaths": state.deaths,
        "last_death": None if death is None else {"at": death.at, "reason": death.reason},
    }
