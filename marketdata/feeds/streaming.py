"""The feed of a provider: one web socket, kept open for ever, and no minute lost when it is not."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from marketdata.contracts import (
    FeedKind,
    Session,
    SourceStatus,
    Update,
)
from marketdata.domain.bars import NS_PER_MINUTE
from marketdata.domain.each_quote import EachQuote
from marketdata.feeds.base import PACE_S, Emit
from marketdata.feeds.closes import PreviousCloses
from marketdata.feeds.connection import CONNECTION_ERRORS, first_of, named_error, open_socket
from marketdata.feeds.followed import Followed
from marketdata.feeds.gaps import GapFiller
from marketdata.feeds.kept_going import kept_going
from marketdata.feeds.patience import Patience
from marketdata.feeds.position import Position
from marketdata.feeds.providers import (
    BadPayload,
    Dialogue,
    HandshakeRefused,
    HistorySource,
    ProviderError,
    ProviderUnreachable,
    RateLimited,
    Reply,
    SymbolLimitExceeded,
)
from marketdata.feeds.recall import ReadNewest, Recall
from marketdata.feeds.tempo import Tempo
from trading.kernel import clock

# What has come meanwhile is read in a row, but after so long the rest of the process has its turn.
_TURN_S = 0.005
# A connection that lasted so long was a good one: the next trouble starts a new count.
_STABLE_S = 30.0

log = logging.getLogger(__name__)


class StreamingFeed:
    """
    Keeps a provider's stream open and subscribed, and fills from history what it missed.

    ``dial`` makes the protocol of one connection that follows these symbols. It is tried again
    after every trouble that may pass, without end, and after a mistake of ours too. Trouble that
    only a person can end is raised by ``run`` if no connection was ever ready; a key that was good
    is tried again, with growing pauses: a provider in trouble refuses good keys. The stream lags by
    ``delay_s`` and has ``room`` for so many symbols (None: no limit is known). ``symbols`` come
    with the most important first. ``tempo`` and ``each_quote`` (by default: of all symbols) may be
    changed before ``run``.

    ``counters`` counts each ProviderError by its code, and RECONNECTED, SILENT, GAP_FILLED,
    GAP_UNFILLED, PART_FAILED.
    """

    def __init__(
        self,
        *,
        name: str,
        kind: FeedKind,
        symbols: Sequence[str],
        dial: Callable[[Sequence[str], EachQuote], Dialogue],
        history: HistorySource,
        sessions: Callable[[datetime], Session],
        delay_s: float = 0.0,
        read_closes: Callable[[Sequence[str]], Awaitable[Mapping[str, float]]] | None = None,
        read_newest: ReadNewest | None = None,
        room: int | None = None,
        tempo: Tempo | None = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.counters: Counter[str] = Counter()
        self.tempo = tempo or Tempo()
        self.each_quote = EachQuote(symbols=None)
        self._dial = dial
        self._followed = Followed(symbols=symbols, room=room)
        self._history = history
        self._read_newest = read_newest
        self._sessions = sessions
        self._delay_ns = round(delay_s * clock.NS_PER_SECOND)
        self._closes = PreviousCloses(history=history, symbols=self.symbols, read=read_closes)
        self._stopping = asyncio.Event()
        self._filler: GapFiller | None = None
        self._recall: Recall | None = None
        self._is_subscribed = False
        self._was_subscribed = False
        self._since: datetime | None = None  # when the present connection was ready
        self._is_settling = False  # it is going to be: the loop has been asked to
        self._detail = "not connected yet"
        self._position = Position(delay_ns=self._delay_ns)
        self._patience = Patience(tempo=self.tempo)
        self._heard_ns = 0
        self._malformed_minute = 0  # the last one that is being fetched for that reason

    @property
    def symbols(self) -> Sequence[str]:
        return self._followed.symbols

    @property
    def previous_closes(self) -> Mapping[str, float]:
        return self._closes.known

    def stop(self) -> None:
        self._stopping.set()

    def session(self, *, now: datetime) -> Session:
        return replace(self._sessions(now), kind=self.kind)

    def sources(self) -> Sequence[SourceStatus]:
        return (
            SourceStatus(
                name=self.name,
                kind=self.kind,
                connected=self._is_subscribed,
                last_update_at=clock.from_ns(self._heard_ns) if self._heard_ns else None,
                connected_since=self._since if self._is_subscribed else None,
                detail="" if self._is_subscribed else self._detail,
                room=self._followed.room,
                selected=tuple(self.symbols) if self._is_subscribed else (),
            ),
        )

    def follow(self, symbols: Sequence[str], *, ts_from: int | None) -> None:
        """Follow these symbols, as far as the plan has room; see ``FollowsSymbols``."""
        self._followed.follow(symbols, ts_from=ts_from)
        self._closes.follow(self.symbols)

    def follows(self, symbol: str) -> bool:
        return symbol in self._followed

    def fill(self, *, symbols: Sequence[str], ts_from: int) -> None:
        """Fetch the bars from the minute of ``ts_from`` to the present one; see ``GapFiller``."""
        if self._filler is not None:
            self._filler.fill(symbols=symbols, ts_from=ts_from, ts_to=self._market_ns())

    async def run(self, emit: Emit) -> None:
        """:raises ProviderError: which is not retryable"""
        self._filler = GapFiller(
            history=self._history,
            source=self.name,
            delay_ns=self._delay_ns,
            tempo=self.tempo,
            emit=emit,
            counters=self.counters,
        )
        self._recall = Recall(read=self._read_newest, tempo=self.tempo, emit=emit)
        self._patience = Patience(tempo=self.tempo)
        closes = asyncio.create_task(
            kept_going(
                lambda: self._closes.keep(tempo=self.tempo),
                name=f"reading the previous closes of {self.name}",
                counters=self.counters,
                tempo=self.tempo,
            )
        )
        try:
            await self._stay_connected(emit)
        finally:
            self._is_subscribed = False
            closes.cancel()
            await asyncio.gather(closes, return_exceptions=True)
            await self._recall.close()
            await self._filler.close()
            await self._history.close()

    async def _stay_connected(self, emit: Emit) -> None:
        loop = asyncio.get_running_loop()
        attempt = 0
        while not self._stopping.is_set():
            begun = loop.time()
            try:
                await self._connect(emit)
            except ProviderError as error:
                self._is_subscribed = False
                self._note(error)
                if not error.retryable and not self._was_subscribed:
                    raise
                attempt = 0 if loop.time() - begun > _STABLE_S else attempt
                await self._pause(self._wait_s(error, attempt=attempt))
                attempt += 1

    def _wait_s(self, error: ProviderError, *, attempt: int) -> float:
        if isinstance(error, RateLimited):
            return self.tempo.wait_s(attempt=attempt, at_least_s=error.retry_after_s)
        if isinstance(error, HandshakeRefused) or not error.retryable:
            return self.tempo.refused_wait_s(attempt=attempt)
        return self.tempo.wait_s(attempt=attempt)

    async def _connect(self, emit: Emit) -> None:
        """
        Hold one connection until ``stop``.

        :raises ProviderError: when it is refused, lost or silent
        """
        try:
            dialogue = self._dial(self._followed.begin(), self.each_quote)
            async with open_socket(dialogue, open_s_max=self.tempo.open_s_max) as socket:
                for frame in dialogue.opening():
                    await socket.send(frame)
                await first_of(
                    self._read(socket, dialogue, emit),
                    self._watch(socket, dialogue, emit),
                    self._keep_following(socket, dialogue),
                    self._stopping.wait(),
                )
        except ProviderError:
            raise
        except CONNECTION_ERRORS as error:
            raise named_error(error, name=self.name) from error
        except Exception as error:
            # A mistake of ours must not end the feed; what was missed is fetched as after any cut.
            self.counters["PART_FAILED"] += 1
            log.exception("the stream of %s failed and begins again", self.name)
            raise ProviderError(f"the stream failed: {type(error).__name__}") from error

    async def _read(self, socket: ClientConnection, dialogue: Dialogue, emit: Emit) -> None:
        loop = asyncio.get_running_loop()
        turn_ends = 0.0
        try:
            async for frame in socket:
                # Frames that have come are read without a pause: while they are, nobody else runs,
                # and what was kept back is settled before anybody does.
                if self._is_settling and loop.time() > turn_ends:
                    await asyncio.sleep(0)
                if not self._is_settling:
                    self._is_settling = True
                    turn_ends = loop.time() + _TURN_S
                    loop.call_soon(self._settle, dialogue, emit)
                reply = self._reply(dialogue, frame)
                for reason in reply.unread:
                    self._count_malformed(BadPayload(reason))
                for answer in reply.answers:
                    # If it is closed already, why is in a frame that we have not read yet.
                    with contextlib.suppress(ConnectionClosed):
                        await socket.send(answer)
                if reply.is_subscribed and not self._is_subscribed:
                    self._begin(emit)
                self._pass_on(reply.updates, emit)
        finally:
            self._settle(dialogue, emit)
        raise ProviderUnreachable(f"{self.name} closed the stream")

    def _reply(self, dialogue: Dialogue, frame: str | bytes) -> Reply:
        """:raises ProviderError: if the connection cannot go on"""
        try:
            return dialogue.receive(frame)
        except BadPayload as error:
            # What was in it is fetched with the minute's bar; the stream itself goes on.
            self._count_malformed(error)
        except SymbolLimitExceeded as error:
            if not self._is_subscribed:
                raise  # it refuses what it should always follow
            self._give_way(error)
        return Reply()

    def _settle(self, dialogue: Dialogue, emit: Emit) -> None:
        self._is_settling = False
        updates: Sequence[Update] | None = None
        while updates is None:
            try:
                updates = dialogue.settle()
            except BadPayload as error:
                self._count_malformed(error)
        self._pass_on(updates, emit)

    def _pass_on(self, updates: Sequence[Update], emit: Emit) -> None:
        if updates:
            self._heard_ns = now_ns = self.tempo.now_ns()
            self._position.move(updates[-1], now_ns=now_ns)
            emit(updates)

    async def _keep_following(self, socket: ClientConnection, dialogue: Dialogue) -> None:
        """Tell the provider what to follow and what to leave, as that changes."""
        while True:
            await self._followed.changed.wait()
            self._followed.changed.clear()
            if not self._is_subscribed:
                continue  # once it is, it is set again
            added, left = self._followed.changes()
            with contextlib.suppress(ConnectionClosed):  # why is in a frame that is not read yet
                for frame in dialogue.follow(added=added, left=left) if added or left else ():
                    await socket.send(frame)
            self._ask_newest(added)
            for ts_from, symbols in self._followed.take_unfilled().items():
                self.fill(symbols=symbols, ts_from=ts_from)
            # What comes at once goes together, and a refusal is heard before more is asked for.
            await asyncio.sleep(PACE_S)

    def _give_way(self, error: ProviderError) -> None:
        """Leave out what was added last: the plan has no room for it."""
        self.counters[error.code] += 1
        refused = ", ".join(self._followed.refuse_last())
        log.warning("%s, so not followed: %s", error.message, refused or "nothing new")

    def _ask_newest(self, symbols: Sequence[str]) -> None:
        if self._recall is not None:
            self._recall.ask(symbols)

    async def _watch(self, socket: ClientConnection, dialogue: Dialogue, emit: Emit) -> None:
        """Give signs of life, send heartbeats, and notice a line that is open but dead."""
        loop = asyncio.get_running_loop()
        opened = beaten = loop.time()
        self._patience.begin(now=opened)
        while True:
            await asyncio.sleep(PACE_S)
            now = loop.time()
            if not self._is_subscribed:
                if now - opened > self.tempo.welcome_s_max:
                    raise ProviderUnreachable(f"{self.name} does not answer")
                continue
            emit(())
            self._judge_silence(now)
            if now - beaten > self.tempo.heartbeat_s:
                beaten = now
                if (beat := dialogue.heartbeat()) is not None:
                    await socket.send(beat)

    def _judge_silence(self, now: float) -> None:
        session = self._sessions(clock.from_ns(self.tempo.now_ns()))
        silent_s = self._patience.silence(heard_ns=self._heard_ns, now=now, session=session)
        if silent_s:
            self.counters["SILENT"] += 1
            self._patience.lose()
            raise ProviderUnreachable(f"{self.name}: nothing for {silent_s:.0f} s")

    def _begin(self, emit: Emit) -> None:
        """Fill the gap since the last update; at the first time, since this minute began."""
        self._is_subscribed = True
        self._since = clock.from_ns(self.tempo.now_ns())
        if self._was_subscribed:
            self.counters["RECONNECTED"] += 1
            log.info("%s is connected again", self.name)
        self._was_subscribed = True
        emit(())
        self._ask_newest(self.symbols)
        self._followed.changed.set()
        self.fill(symbols=self.symbols, ts_from=self._position.begin(now_ns=self.tempo.now_ns()))

    def _count_malformed(self, error: BadPayload) -> None:
        self.counters[error.code] += 1
        if self.counters[error.code] == 1:
            log.warning("%s sent what its documents do not say: %s", self.name, error.message)
        minute = self._market_ns() // NS_PER_MINUTE
        if self._is_subscribed and minute != self._malformed_minute:
            self._malformed_minute = minute
            self.fill(symbols=self.symbols, ts_from=self._market_ns())

    def _note(self, error: ProviderError) -> None:
        self.counters[error.code] += 1
        self._detail = f"{error.code}: {error.message}"
        log.warning("%s", self._detail)

    def _market_ns(self) -> int:
        """Return the time of the market that the stream shows now."""
        return self.tempo.now_ns() - self._delay_ns

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
