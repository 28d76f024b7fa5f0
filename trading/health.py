"""Is it alive, is it ready? For whatever starts, watches and restarts the process."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

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

    ``alarms`` say what waits for a person while every part runs.
    """
    del request
    troubles = platform.troubles()
    if troubles:
        return JsonResponse({"status": "not ready", "troubles": dict(troubles)}, status=503)
    alarms = platform.alarms()
    return JsonResponse({"status": "ready"} | ({"alarms": dict(alarms)} if alarms else {}))
