"""Pages on which people come in: opening an account for oneself, and changing one's password."""

from decimal import Decimal

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from oms import interface as oms
from oms.contracts import AccountType
from trading.identity import interface as identity
from trading.identity.models import User
from trading.kernel.clock import utc_now
from trading.kernel.errors import TradingError
from trading.web.access import registration_offer, signed_in
from trading.web.forms import ChangePasswordForm, RegistrationForm
from trading.web.sign_in import answer_right, too_many


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Let a visitor choose a name and a password; they are a trader with an account at once."""
    if not settings.REGISTRATION:
        raise Http404("this firm opens accounts itself")
    if request.user.is_authenticated:
        return redirect("dashboard")
    types = settings.REGISTRATION_ACCOUNT_TYPES
    posted = request.POST if request.method == "POST" else None
    form = RegistrationForm(posted, account_types=types)
    if posted is None or not form.is_valid():
        return _registration_page(request, form)
    try:
        _register(request, form)
    except identity.AttemptPaused as error:
        form.add_error(None, error.message)
        return too_many(_registration_page(request, form), seconds=error.seconds)
    except identity.UsernameTaken as error:
        form.add_error("username", f"{error.message[0].upper()}{error.message[1:]}.")
        return _registration_page(request, form)
    return answer_right(request, redirect("dashboard"))


def _registration_page(request: HttpRequest, form: Form) -> HttpResponse:
    return render(request, "web/register.html", {"form": form, **registration_offer()})


@sensitive_variables()
def _register(request: HttpRequest, form: RegistrationForm) -> None:
    """
    Make the user, sign them in, then open the account.

    Once there is a user nothing is refused any more: without an account they see the page that
    opens one, and why this was not opened.

    :raises AttemptPaused: if too many came from this address; nobody was made
    :raises UsernameTaken: if somebody has the name
    """
    address = identity.client_address(request)
    identity.count_registration(address=address, now=utc_now())
    user_id = identity.create_user(
        username=form.cleaned_data["username"],
        password=form.cleaned_data["password1"],
        role=identity.Role.TRADER,
        first_name="",
        actor="",
        now=utc_now(),
    )
    # Not by the password: what others tried from this address may have paused the sign-in.
    user = User.objects.get(id=user_id)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    _open_account(request, user, form.cleaned_data["account_type"])


def _open_account(request: HttpRequest, user: User, account_type: str) -> None:
    """Open the account of a user who asks for it; a refusal is told on the next page."""
    try:
        oms.open_account(
            owner_id=user.user_id,
            account_type=AccountType(account_type.upper()),
            opening_cash=Decimal(settings.REGISTRATION_CASH),
            actor=f"user:{user.user_id}",
            now=utc_now(),
        )
    except TradingError as error:  # it was opened a moment ago, or the user is on the staff
        messages.error(request, error.message)


@require_POST
@login_required
def open_own_account(request: HttpRequest) -> HttpResponse:
    """Open the account of somebody who is a user already, if visitors may open theirs."""
    user = signed_in(request)
    wanted = request.POST.get("account_type", "")
    if not settings.REGISTRATION or wanted not in settings.REGISTRATION_ACCOUNT_TYPES:
        raise Http404("this firm opens accounts itself")
    _open_account(request, user, wanted)
    return redirect("dashboard")


@never_cache
@sensitive_post_parameters("password", "password1", "password2")
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change_password(request: HttpRequest) -> HttpResponse:
    """Change one's own password: every other session ends, API keys go on."""
    user = signed_in(request)
    posted = request.POST if request.method == "POST" else None
    form = ChangePasswordForm(posted, user_id=user.user_id, username=user.username)
    if posted is None or not form.is_valid():
        return _password_page(request, form)
    try:
        is_own = identity.is_own_password(
            request, user_id=user.user_id, password=form.cleaned_data["password"]
        )
    except identity.AttemptPaused as error:
        form.add_error(None, error.message)
        return too_many(_password_page(request, form), seconds=error.seconds)
    if not is_own:
        form.add_error("password", "That is not your current password.")
        return _password_page(request, form)
    try:
        _change_password(request, form.cleaned_data["password"], form.cleaned_data["password1"])
    except identity.WrongPassword as error:
        form.add_error("password", f"{error.message[0].upper()}{error.message[1:]}.")
        return _password_page(request, form)
    except identity.SamePassword as error:  # said only to whoever proved the present one
        form.add_error("password1", f"{error.message[0].upper()}{error.message[1:]}.")
        return _password_page(request, form)
    return answer_right(request, redirect("password"))


def _password_page(request: HttpRequest, form: ChangePasswordForm) -> HttpResponse:
    return render(request, "web/password.html", {"form": form})


@sensitive_variables()
def _change_password(request: HttpRequest, replaces: str, password: str) -> None:
    user = signed_in(request)
    identity.change_password(
        user_id=user.user_id,
        password=password,
        replaces=replaces,
        actor=f"user:{user.user_id}",
        now=utc_now(),
    )
    user.refresh_from_db()
    update_session_auth_hash(request, user)  # this session goes on, under a new key
    messages.success(
        request,
        "Your password is changed. Wherever else you were signed in, you are signed out. "
        "Programs with an API key go on; revoke the keys that you no longer trust.",
    )
