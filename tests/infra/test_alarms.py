"""Troubles of parts are told for as long as the platform runs, whatever a look at them meets."""

import asyncio
from collections.abc import Iterator, Mapping

import pytest
from structlog.testing import capture_logs

from trading import runtime
from trading.runtime import Platform


class LooksFail(Platform):
    """Its first look at the parts fails; afterwards the market data is in trouble, then is not."""

    def __init__(self) -> None:
        super().__init__()
        self._looks = self._answers()

    def _answers(self) -> Iterator[Mapping[str, str] | None]:
        yield None
        yield from [{"market data": "silent"}] * 2
        yield {}

    def troubles(self) -> Mapping[str, str]:
        found = next(self._looks, "over")
        if found is None:
            raise RuntimeError("the calendar ends here")
        if found == "over":
            raise asyncio.CancelledError
        assert isinstance(found, Mapping)
        return found


def test_a_look_that_fails_does_not_end_the_alarms(monkeypatch):
    monkeypatch.setattr(runtime, "ALARM_SECONDS", 0)
    with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        asyncio.run(LooksFail()._raise_alarms())
    assert [entry["event"] for entry in logs] == [
        "the parts could not be looked at",
        "a part is in trouble",
        "a part works again",
    ]
