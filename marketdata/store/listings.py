"""A provider's listing on its way into the security master, all of it in one statement."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from marketdata.contracts import Listing
from trading.infra.database import ask, sql

# Of an instrument that is there, a name, an exchange or a flag that the provider does not say stays
# as it is; so does an identifier, which an operator may have loaded. Of a new one an unknown flag
# is no: nobody may do what nobody has allowed.
_WRITE = """
WITH listed AS (
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                         %s::text[], %s::bool[], %s::bool[], %s::bool[], %s::bool[], %s::bool[])
      AS listed (id, symbol, name, exchange, mic, figi, status, tradable, marginable, shortable,
                 easy_to_borrow, fractionable)
), told AS (
    SELECT listed.symbol,
           coalesce(nullif(listed.name, ''), known.name) AS name,
           coalesce(nullif(listed.exchange, ''), known.exchange) AS exchange,
           coalesce(nullif(known.mic, ''), listed.mic) AS mic,
           coalesce(nullif(known.figi, ''), listed.figi) AS figi,
           listed.status,
           coalesce(listed.tradable, known.tradable) AS tradable,
           coalesce(listed.marginable, known.marginable) AS marginable,
           coalesce(listed.shortable, known.shortable) AS shortable,
           coalesce(listed.easy_to_borrow, known.easy_to_borrow) AS easy_to_borrow,
           coalesce(listed.fractionable, known.fractionable) AS fractionable,
           %s::text AS listed_by
    FROM listed JOIN marketdata_instrument AS known USING (symbol)
), changed AS (
    UPDATE marketdata_instrument AS known
    SET name = told.name, exchange = told.exchange, mic = told.mic, figi = told.figi,
        status = told.status, tradable = told.tradable, marginable = told.marginable,
        shortable = told.shortable, easy_to_borrow = told.easy_to_borrow,
        fractionable = told.fractionable, listed_by = told.listed_by
    FROM told
    WHERE known.symbol = told.symbol
      AND (known.name, known.exchange, known.mic, known.figi, known.status, known.tradable,
           known.marginable, known.shortable, known.easy_to_borrow, known.fractionable,
           known.listed_by)
        IS DISTINCT FROM
          (told.name, told.exchange, told.mic, told.figi, told.status, told.tradable,
           told.marginable, told.shortable, told.easy_to_borrow, told.fractionable,
           told.listed_by)
    RETURNING 1
), added AS (
    INSERT INTO marketdata_instrument
        (id, symbol, name, exchange, status, tradable, marginable, shortable, easy_to_borrow,
         fractionable, is_followed, mic, cusip, isin, figi, listed_by)
    SELECT id, symbol, coalesce(nullif(name, ''), symbol), exchange, status,
           coalesce(tradable, false), coalesce(marginable, false), coalesce(shortable, false),
           coalesce(easy_to_borrow, false), coalesce(fractionable, false), false, mic, '', '',
           figi, %s::text
    FROM listed
    WHERE NOT EXISTS (
        SELECT FROM marketdata_instrument AS known WHERE known.symbol = listed.symbol
    )
    RETURNING 1
), retired AS (
    UPDATE marketdata_instrument AS known SET status = 'inactive', tradable = false
    WHERE listed_by = %s::text AND NOT is_followed AND (status <> 'inactive' OR tradable)
      AND NOT EXISTS (SELECT FROM listed WHERE listed.symbol = known.symbol)
    RETURNING 1
)
SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM changed), (SELECT count(*) FROM retired)
"""


class Written(NamedTuple):
    """How many instruments."""

    added: int
    changed: int
    retired: int


def lock() -> None:
    """
    Let nobody else write instruments until the open transaction ends.

    Two listings that change the same rows in another order would wait for each other. Reading them
    and referring to them, as orders do, goes on.
    """
    sql("LOCK TABLE marketdata_instrument IN SHARE ROW EXCLUSIVE MODE")


def write(*, source: str, ids: Sequence[UUID], listings: Sequence[Listing]) -> Written:
    """
    Make the security master say what the whole listing of a source says, in the open transaction.

    Symbols are ours and each comes once; ``ids`` are theirs. Instruments that the same source
    listed before and no longer does are retired, unless they are followed.
    """
    row = ask(
        _WRITE,
        [
            list(ids),
            [each.symbol for each in listings],
            [each.name for each in listings],
            [each.exchange for each in listings],
            [each.mic for each in listings],
            [each.figi for each in listings],
            ["active" if each.is_active else "inactive" for each in listings],
            [each.tradable for each in listings],
            [each.marginable for each in listings],
            [each.shortable for each in listings],
            [each.easy_to_borrow for each in listings],
            [each.fractionable for each in listings],
            source,
            source,
            source,
        ],
    ).fetchone()
    assert row is not None
    return Written(*row)
