"""A backfill fetches what is missing, once, and goes on wherever it was interrupted."""

import asyncio
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from marketdata import interface, tasks
from marketdata.contracts import (
    Backfill,
    BackfillState,
    CorporateAction,
    CorporateActionKind,
    HistoryKind,
)
from marketdata.domain.symbols import SymbolSpell
from marketdata.feeds.providers import (
    AuthenticationFailed,
    InvalidRequest,
    ProviderUnreachable,
    RateLimited,
)
from marketdata.models import Backfill as BackfillRow, MinuteBar
from marketdata.operations import backfill, run_backfills
from marketdata.store import actions, backfills, bars, coverage, symbols
from tests.marketdata.build import bar
from tests.marketdata.history.conftest import FRIDAY, MONDAY
from trading.identity.interface import Role
from trading.infra.transactions import transaction
from trading.kernel.clock import NEW_YORK, to_ns

DAY = timedelta(days=1)
BARS_A_DAY = 64  # four an hour, sixteen hours
MINUTES, DAILY = HistoryKind.MINUTE_BARS, HistoryKind.DAILY_BARS


class Killed(BaseException):
    """What kill -9 looks like from inside: nothing is tidied up."""


@pytest.fixture
def ask(ibm, hand_clock):
    def request(first=MONDAY, last=FRIDAY, kind=MINUTES, symbol="IBM") -> Backfill:
        return backfill.request(
            symbol=symbol,
            kind=kind,
            source="fake",
            first_date=first,
            last_date=last,
            requested_by="alice",
            now=hand_clock(),
        )

    return request


@pytest.fixture
def work(hand_clock):
    return lambda: run_backfills.run_due(is_stopping=lambda: False, now=hand_clock)


def now_of(wanted: Backfill) -> Backfill:
    return backfill.get(backfill_id=wanted.id)


def held(instrument_id, kind=MINUTES) -> list[date]:
    return sorted(
        coverage.held_dates(
            instrument_id=instrument_id,
            kind=kind,
            first_date=MONDAY - 30 * DAY,
            last_date=FRIDAY + 30 * DAY,
        )
    )


def once(error: BaseException, *, at: int):
    """Raise it at that request."""

    def act(number: int) -> None:
        if number == at:
            raise error

    return act


def test_a_range_is_fetched_page_by_page(fake, ask, work, ibm):
    wanted = ask()
    assert wanted.state is BackfillState.WAITING
    assert work() == 1
    done = now_of(wanted)
    assert (done.state, done.error) == (BackfillState.DONE, "")
    assert (done.pieces_done, done.pieces_total) == (1, 1)
    assert done.rows_done == MinuteBar.objects.filter(source="fake").count() == 5 * BARS_A_DAY
    assert [token for _, _, token in fake.requests] == [None, "2", "4"]
    assert held(ibm) == [MONDAY + n * DAY for n in range(5)]
    assert fake.closed == 1


def test_only_the_missing_days_are_fetched(fake, ask, work):
    ask(MONDAY + DAY, MONDAY + 2 * DAY)
    work()
    fake.requests.clear()
    wanted = ask(MONDAY, FRIDAY)
    work()
    assert [(on, token) for _, on, token in fake.requests] == [
        (MONDAY, None), (MONDAY + 3 * DAY, None),
    ]  # fmt: skip
    assert now_of(wanted).pieces_done == 2
    fake.requests.clear()
    ask(MONDAY, FRIDAY - DAY)
    work()
    assert fake.requests == []


def test_a_long_range_is_many_pieces(fake, ask, work):
    wanted = ask(date(2023, 9, 1), date(2023, 12, 29))
    work()
    done = now_of(wanted)
    assert done.pieces_done == done.pieces_total == 4  # 83 sessions, 21 at once
    assert done.rows_done == 83 * BARS_A_DAY - 12  # the day after Thanksgiving ends at 17:00


def test_a_day_that_is_not_over_is_not_fetched(fake, ask, work, ibm):
    ask(date(2024, 2, 29), date(2024, 3, 5))  # it is noon on March 1
    work()
    assert held(ibm) == [date(2024, 2, 29)]
    assert not MinuteBar.objects.filter(
        ts_start__gte=datetime(2024, 3, 1, tzinfo=NEW_YORK)
    ).exists()


@pytest.mark.parametrize("at_request", [1, 2, 3])
def test_a_worker_that_is_killed_loses_no_page_and_doubles_none(  # noqa: PLR0917 - fixtures
    fake, ask, work, ibm, hand_clock, at_request
):
    wanted = ask()
    fake.before_answer = once(Killed(), at=at_request)
    with pytest.raises(Killed):
        work()
    assert now_of(wanted).state is BackfillState.RUNNING
    assert (
        now_of(wanted).rows_done == MinuteBar.objects.count() == 2 * BARS_A_DAY * (at_request - 1)
    )
    assert work() == 0  # its claim still stands
    hand_clock.pass_by(backfills.LEASE.total_seconds() + 1)
    assert work() == 1
    done = now_of(wanted)
    assert done.state is BackfillState.DONE
    assert done.rows_done == MinuteBar.objects.count() == 5 * BARS_A_DAY
    # No page was asked for twice, but the one that was under way.
    tokens = [token for _, _, token in fake.requests]
    del tokens[at_request - 1]
    assert tokens == [None, "2", "4"]


def test_a_page_and_its_token_are_written_together(fake, ask, work, monkeypatch):
    wanted = ask()

    def fail(**_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(backfills, "advance", _second_time(backfills.advance, fail))
        with pytest.raises(Killed):
            work()
    assert MinuteBar.objects.count() == now_of(wanted).rows_done == 0


def _second_time(first, then):
    calls = []

    def act(**values):
        calls.append(values)
        return first(**values) if len(calls) == 1 else then(**values)

    return act


def test_a_stop_takes_hold_before_the_next_page_is_written(fake, ask, work, hand_clock):
    wanted = ask()

    def stop_during(number: int) -> None:
        if number == 2:
            BackfillRow.objects.filter(pk=wanted.id).update(state="STOPPED", claim=None)

    fake.before_answer = off_the_loop(stop_during)
    work()
    stopped = now_of(wanted)
    assert stopped.state is BackfillState.STOPPED
    assert stopped.rows_done == MinuteBar.objects.count() == 2 * BARS_A_DAY
    assert work() == 0
    backfill.resume(backfill_id=wanted.id, now=hand_clock())
    work()
    assert now_of(wanted).state is BackfillState.DONE
    assert [token for _, _, token in fake.requests] == [None, "2", "2", "4"]


def off_the_loop(act):
    """Let the fake provider touch the database: Django forbids it where a loop runs."""

    def call(number: int) -> None:
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        try:
            act(number)
        finally:
            asyncio._set_running_loop(loop)

    return call


def test_asking_again_takes_up_the_unfinished_one(fake, ask, work):
    wanted = ask()
    backfill.stop(backfill_id=wanted.id)
    again = ask()
    assert (again.id, again.state) == (wanted.id, BackfillState.WAITING)
    work()
    assert ask().id != wanted.id  # a finished one is finished
    assert backfill.stop(backfill_id=wanted.id).state is BackfillState.DONE


def test_a_rate_limit_is_waited_for(fake, ask, work, hand_clock):
    wanted = ask()
    fake.before_answer = once(RateLimited("too many requests", retry_after_s=40), at=2)
    work()
    waiting = now_of(wanted)
    assert (waiting.state, waiting.error) == (
        BackfillState.WAITING, "RATE_LIMITED: too many requests",
    )  # fmt: skip
    assert waiting.due_at == hand_clock() + timedelta(seconds=40)
    hand_clock.pass_by(39)
    assert work() == 0
    hand_clock.pass_by(2)
    work()
    assert (now_of(wanted).state, now_of(wanted).error) == (BackfillState.DONE, "")


def test_a_provider_that_fails_is_asked_again_later_each_time(fake, ask, work, hand_clock):
    wanted = ask()

    def down(_number: int) -> None:
        raise ProviderUnreachable("connection refused")

    fake.before_answer = down
    waits = []
    for _ in range(11):
        work()
        waits.append((now_of(wanted).due_at - hand_clock()).total_seconds())
        hand_clock.pass_by(waits[-1])
    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == 300
    fake.before_answer = lambda _number: None
    work()
    assert now_of(wanted).state is BackfillState.DONE


def test_what_waiting_cannot_mend_fails_by_name_and_may_be_resumed(fake, ask, work, hand_clock):
    wanted = ask()
    fake.before_answer = once(AuthenticationFailed("bad key"), at=1)
    work()
    failed = now_of(wanted)
    assert (failed.state, failed.error) == (
        BackfillState.FAILED, "AUTHENTICATION_FAILED: bad key",
    )  # fmt: skip
    assert work() == 0
    assert backfill.resume(backfill_id=wanted.id, now=hand_clock()).error == ""
    work()
    assert now_of(wanted).state is BackfillState.DONE


def test_a_token_that_has_grown_too_old_begins_its_piece_again(fake, ask, work, hand_clock):
    wanted = ask()
    fake.before_answer = once(RateLimited("slow down", retry_after_s=1), at=2)
    work()
    hand_clock.pass_by(2)
    fake.before_answer = once(InvalidRequest("unknown page token"), at=3)
    work()
    assert [token for _, _, token in fake.requests] == [None, "2", "2", None, "2", "4"]
    assert now_of(wanted).state is BackfillState.DONE
    assert MinuteBar.objects.count() == 5 * BARS_A_DAY


def test_one_backfill_that_fails_stops_no_other(fake, ask, work):
    first, second = ask(), ask(symbol="BAC")
    fake.before_answer = once(ValueError("a mistake of ours"), at=1)
    assert work() == 2
    assert now_of(first).error == "ValueError: a mistake of ours"
    assert now_of(second).state is BackfillState.DONE


def test_a_process_that_ends_gives_its_backfill_back(fake, ask, hand_clock):
    wanted = ask()
    asked = []

    def is_stopping() -> bool:
        asked.append(True)
        return len(asked) > 2

    run_backfills.run_due(is_stopping=is_stopping, now=hand_clock)
    assert now_of(wanted).state is BackfillState.WAITING
    run_backfills.run_due(is_stopping=lambda: False, now=hand_clock)
    assert now_of(wanted).state is BackfillState.DONE


def test_prices_that_cannot_be_and_bars_of_other_days_are_left_out_and_counted(fake, ask, work):
    wanted = ask(MONDAY, MONDAY)
    outside = to_ns(datetime(2024, 2, 6, 12, tzinfo=NEW_YORK))

    def spoil(given):
        return [
            bar(ts_start=given[0].ts_start, low=float("nan")),
            bar(ts_start=given[1].ts_start, low=0.0),
            *given[2:],
            bar(ts_start=outside),
        ]

    fake.spoil = spoil
    work()
    done = now_of(wanted)
    assert (done.rows_done, done.rows_refused) == (BARS_A_DAY - 2, 3)


def test_a_days_bars_come_from_one_source(fake, ask, work, ibm):
    between = to_ns(datetime(2024, 2, 5, 10, 1, tzinfo=NEW_YORK))
    bars.write(bars=[bar(ts_start=between)], source="simulated")
    ask(MONDAY, MONDAY)
    work()
    assert set(MinuteBar.objects.values_list("source", flat=True)) == {"fake"}


def test_days_are_fetched_too(fake, ask, work, ibm):
    wanted = ask(kind=DAILY)
    work()
    assert now_of(wanted).rows_done == 5
    assert held(ibm, DAILY) == [MONDAY + n * DAY for n in range(5)]
    assert held(ibm) == []


def test_a_provider_that_knows_older_names_is_asked_by_todays_unless_we_know_them(
    fake, ask, work, ibm
):
    by_todays = []

    async def read(**wanted):
        by_todays.append(wanted["symbol"])
        return await fake.read_bars(**wanted)

    fake.read_bars_as_named_today = read
    ask(MONDAY, MONDAY)
    work()
    assert by_todays == ["IBM"]
    with transaction():
        symbols.replace_spells(
            instrument_id=ibm,
            spells=[SymbolSpell(symbol="OLD", from_date=date(2000, 1, 3), to_date=None)],
        )
    ask(FRIDAY, FRIDAY)
    work()
    assert by_todays == ["IBM"]
    assert [symbol for symbol, _, _ in fake.requests] == ["IBM", "OLD"]


def test_a_renamed_security_is_asked_for_by_the_name_of_the_time(fake, ask, work, ibm):
    renamed = MONDAY + 2 * DAY
    with transaction():
        symbols.replace_spells(
            instrument_id=ibm,
            spells=[
                SymbolSpell(symbol="OLD", from_date=date(2000, 1, 3), to_date=renamed - DAY),
                SymbolSpell(symbol="IBM", from_date=renamed, to_date=None),
            ],
        )
    wanted = ask()
    work()
    assert [(symbol, on) for symbol, on, _ in fake.requests] == [
        ("OLD", MONDAY), ("IBM", renamed), ("IBM", renamed),
    ]  # fmt: skip
    assert now_of(wanted).rows_done == 5 * BARS_A_DAY
    found = interface.find_instrument_as_of(symbol="OLD", on=MONDAY)
    assert found is not None
    assert found.symbol == "IBM"
    assert interface.find_instrument_as_of(symbol="IBM", on=MONDAY) is None
    assert interface.find_instrument_as_of(symbol="KO", on=MONDAY) is not None


def test_corporate_actions_are_fetched_and_kept_once(fake, ask, work, ibm):
    told = CorporateAction(
        kind=CorporateActionKind.CASH_DIVIDEND,
        symbol="IBM",
        ex_date=MONDAY,
        source="fake",
        rate=1.66,
    )
    fake.actions = [told]
    for last in (FRIDAY, FRIDAY + DAY):
        ask(last=last, kind=HistoryKind.CORPORATE_ACTIONS)
        work()
    assert actions.list_of(instrument_id=ibm, symbol="IBM") == [told]
    assert interface.list_corporate_actions(symbol="IBM", first_date=MONDAY, last_date=MONDAY) == [
        told
    ]


def test_of_two_sources_of_one_action_one_counts(ibm):
    for source, rate in (("alpaca", 1.66), ("polygon", 1.66)):
        actions.write(
            instrument_id=ibm,
            actions=[
                CorporateAction(
                    kind=CorporateActionKind.CASH_DIVIDEND,
                    symbol="IBM",
                    ex_date=MONDAY,
                    source=source,
                    rate=rate,
                )
            ],
            told_at=datetime(2024, 3, 1, tzinfo=NEW_YORK),
        )
    assert [each.source for each in actions.list_of(instrument_id=ibm, symbol="IBM")] == ["alpaca"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [({"symbol": "XYZ"}, "no instrument XYZ"), ({"last": MONDAY - DAY}, "before it begins")],
)
def test_a_wish_that_cannot_be_is_refused_by_name(fake, ask, changed, reason):
    with pytest.raises(backfill.InvalidBackfill, match=reason):
        ask(**changed)
    assert not BackfillRow.objects.exists()


def test_an_unknown_source_is_refused_by_name(ask):
    with pytest.raises(backfill.InvalidBackfill, match="no history source 'fake'"):
        ask()


def test_the_task_works_on_what_is_due(fake, ask):
    wanted = ask()
    tasks.run_backfills()
    assert now_of(wanted).state is BackfillState.DONE


def test_the_command_shows_how_it_goes(fake, ibm):
    out = StringIO()
    call_command(
        "backfill", "ibm", "--from=2024-02-05", "--to=2024-02-09", "--source=fake", stdout=out
    )
    lines = out.getvalue().split("\n")
    assert lines[0].startswith("IBM MINUTE_BARS [------------------------] 0/0 pieces, 0 rows")
    assert "0/1 pieces, 128 rows, running" in out.getvalue()
    assert "[########################] 1/1 pieces, 320 rows, done" in out.getvalue()


def test_the_command_fails_by_name(fake, ibm):
    fake.before_answer = once(AuthenticationFailed("bad key"), at=1)
    options = ["--from=2024-02-05", "--to=2024-02-09"]
    with pytest.raises(CommandError, match="failed: AUTHENTICATION_FAILED: bad key"):
        call_command("backfill", "IBM", *options, "--source=fake", stdout=StringIO())
    with pytest.raises(CommandError, match="INVALID_BACKFILL"):
        call_command("backfill", "IBM", *options, "--source=nobody", stdout=StringIO())


def test_ctrl_c_stops_the_command_and_the_same_one_goes_on(fake, ibm):
    fake.before_answer = once(KeyboardInterrupt(), at=2)
    options = ["IBM", "--from=2024-02-05", "--to=2024-02-09", "--source=fake"]
    with pytest.raises(CommandError, match="goes on where it was"):
        call_command("backfill", *options, stdout=StringIO())
    assert BackfillRow.objects.get().state == "STOPPED"
    call_command("backfill", *options, stdout=StringIO())
    assert BackfillRow.objects.get().state == "DONE"
    assert [token for _, _, token in fake.requests] == [None, "2", "2", "4"]


def test_an_administrator_asks_stops_and_lets_go_on(fake, ibm, sign_in):
    client = sign_in(Role.ADMINISTRATOR)
    fields = {
        "instrument": str(ibm),
        "kind": "MINUTE_BARS",
        "source": "fake",
        "first_date": "2024-02-05",
        "last_date": "2024-02-09",
    }
    assert client.post(reverse("admin:marketdata_backfill_add"), fields).status_code == 302
    row = BackfillRow.objects.get()
    assert (row.requested_by, row.state) == ("alice", "WAITING")
    changelist = reverse("admin:marketdata_backfill_changelist")
    for action, state in (("stop", "STOPPED"), ("resume", "WAITING")):
        client.post(changelist, {"action": action, "_selected_action": [str(row.pk)]})
        row.refresh_from_db()
        assert row.state == state
    tasks.run_backfills()
    page = client.get(changelist)
    assert b"1 of 1" in page.content
    assert client.get(reverse("admin:marketdata_backfill_change", args=[row.pk])).status_code == 200


def test_a_wish_that_cannot_be_is_named_on_the_form(ibm, sign_in):
    client = sign_in(Role.ADMINISTRATOR)
    fields = {
        "instrument": str(ibm),
        "kind": "MINUTE_BARS",
        "source": "nobody",
        "first_date": "2024-02-05",
        "last_date": "2024-02-09",
    }
    page = client.post(reverse("admin:marketdata_backfill_add"), fields)
    assert page.status_code == 200
    assert b"There is no history source nobody." in page.content
    assert not BackfillRow.objects.exists()


def test_the_source_is_chosen_among_those_that_are_set_up(fake, sign_in):
    page = sign_in(Role.ADMINISTRATOR).get(reverse("admin:marketdata_backfill_add"))
    source = page.context["adminform"].form.fields["source"]
    assert [value for value, _ in source.choices] == ["", *interface.list_history_sources()]
    assert ("fake", "Fake") in list(source.choices)
    assert b'<select name="source"' in page.content


def test_a_compliance_officer_reads_and_asks_for_nothing(fake, ask, sign_in):
    wanted = ask()
    client = sign_in(Role.COMPLIANCE_OFFICER)
    changelist = reverse("admin:marketdata_backfill_changelist")
    assert client.get(changelist).status_code == 200
    client.post(changelist, {"action": "stop", "_selected_action": [str(wanted.id)]})
    assert now_of(wanted).state is BackfillState.WAITING
    assert client.get(reverse("admin:marketdata_backfill_add")).status_code == 403
