"""How an attempt to sign in is answered, on the traders' page and on the admin site."""

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse

from marketdata import interface as marketdata
from marketdata.contracts import FeedKind
from trading.identity import interface as identity
from trading.identity.forms import TellsPause
from trading.web.access import signed_in
from trading.web.forms import SignInForm

TOO_MANY_REQUESTS = 429


def too_many(response: HttpResponse, *, seconds: int) -> HttpResponse:
    """Let a page that says to wait be answered as one."""
    response.status_code = TOO_MANY_REQUESTS
    response.headers["Retry-After"] = str(seconds)
    return response


def answer_right(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let the browser be known from which somebody just proved, or set, their password."""
    identity.remember_browser(request, response, user=signed_in(request))
    return response


def answer_wrong(form: object, response: HttpResponse) -> HttpResponse:
    """Let the form that comes again after a refused attempt say when to come back."""
    assert isinstance(form, TellsPause)
    return too_many(response, seconds=form.paused_seconds) if form.paused_seconds else response


class SignInView(LoginView):
    template_name = "web/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        kind = marketdata.feed_status().kind
        more = {
            "prices": "recorded" if kind is FeedKind.REPLAY else kind.value.lower(),
            "is_demo": settings.DEMO,
            "may_register": settings.REGISTRATION,
        }
        return super().get_context_data(**kwargs) | more

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        return answer_right(self.request, super().form_valid(form))

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        return answer_wrong(form, super().form_invalid(form))
