"""Rows that a superuser may put in or take away, by table."""

from typing import LiteralString

ADDED: dict[str, tuple[str, LiteralString]] = {
    "an execution with its journal": (
        "oms_execution",
        """
        WITH fill AS (
            INSERT INTO oms_execution (exec_id, order_id, account_id, symbol, side, last_qty,
                last_px, amount, ts_event, executed_at, trade_date)
            SELECT 'forged', order_id, account_id, symbol, side, last_qty,
                last_px, amount, ts_event, executed_at, trade_date
            FROM oms_execution WHERE exec_id = %(fill)s
        ), entry AS (
            INSERT INTO oms_journalentry (id, account_id, kind, exec_id, description,
                business_date, created_at)
            SELECT gen_random_uuid(), account_id, kind, 'forged',
                description, business_date, created_at
            FROM oms_journalentry WHERE exec_id = %(fill)s RETURNING id, account_id
        )
        INSERT INTO oms_posting (entry_id, account_id, ledger_account, amount)
        SELECT entry.id, entry.account_id, p.ledger_account, p.amount
        FROM entry, oms_posting p JOIN oms_journalentry j ON j.id = p.entry_id
        WHERE j.exec_id = %(fill)s
        """,
    ),
    "an execution of no order": (
        "oms_execution",
        """
        INSERT INTO oms_execution (exec_id, order_id, account_id, symbol, side, last_qty,
                last_px, amount, ts_event, executed_at, trade_date)
            SELECT 'forged', gen_random_uuid(), account_id, symbol, side,
            last_qty, last_px, amount, ts_event, executed_at, trade_date
        FROM oms_execution WHERE exec_id = %(fill)s
        """,
    ),
    "a deposit of a million": (
        "oms_journalentry",
        """
        WITH entry AS (
            INSERT INTO oms_journalentry (id, account_id, kind, exec_id, description,
                business_date, created_at)
            SELECT gen_random_uuid(), id, 'DEPOSIT', '', 'Deposit',
                day_start_date, now() FROM oms_account WHERE id = %(account_id)s RETURNING id
        ), cash AS (
            UPDATE oms_account SET cash = cash + 1000000 WHERE id = %(account_id)s
        )
        INSERT INTO oms_posting (entry_id, account_id, ledger_account, amount)
        SELECT entry.id, %(account_id)s, line.*
        FROM entry, (VALUES ('CASH', 1000000), ('CAPITAL', -1000000)) AS line
        """,
    ),
    "money moved inside a deposit": (
        "oms_posting",
        (
            "INSERT INTO oms_posting (entry_id, account_id, ledger_account, amount) SELECT id, "
            "account_id, 'REALIZED_PL', 0 FROM oms_journalentry WHERE kind = 'DEPOSIT'"
        ),
    ),
    "an entry of another kind": (
        "oms_journalentry",
        (
            "INSERT INTO oms_journalentry (id, account_id, kind, exec_id, description, "
            "business_date, created_at) SELECT gen_random_uuid(), id, 'GIFT', '', 'Gift', "
            "day_start_date, now() FROM oms_account"
        ),
    ),
    "postings of no entry": (
        "oms_posting",
        (
            "INSERT INTO oms_posting (entry_id, account_id, ledger_account, amount) VALUES "
            "(gen_random_uuid(), %(account_id)s, 'CASH', 1)"
        ),
    ),
    "an order": (
        "oms_order",
        (
            "CREATE TEMP TABLE forged AS SELECT * FROM oms_order WHERE id = %(resting)s; "
            "UPDATE forged SET id = gen_random_uuid(), cl_ord_id = 'forged'; "
            "INSERT INTO oms_order SELECT * FROM forged"
        ),
    ),
    "an account": (
        "oms_account",
        (
            "CREATE TEMP TABLE forged AS SELECT * FROM oms_account; "
            "UPDATE forged SET id = gen_random_uuid(), account_number = 'forged'; "
            "INSERT INTO oms_account SELECT * FROM forged"
        ),
    ),
    "a limit": (
        "risk_limit",
        (
            "INSERT INTO risk_limit (scope, name, value, effective_from, set_by, reason) "
            "VALUES ('FIRM', 'ORDER_VALUE', 9000000, now(), 'user:one', 'x')"
        ),
    ),
    "a limit in the installation's name": (
        "risk_limit",
        (
            "INSERT INTO risk_limit (scope, name, value, effective_from, set_by, reason) "
            "VALUES ('FIRM', 'ORDER_VALUE', 9000000, now(), 'system:install', 'x')"
        ),
    ),
    "a switch": (
        "risk_killswitch",
        (
            "INSERT INTO risk_killswitch (scope, symbol, engaged_by, engaged_at, reason) "
            "VALUES ('SYMBOL', 'DIS', 'user:one', now(), 'x')"
        ),
    ),
    "a restriction": (
        "risk_restriction",
        (
            "INSERT INTO risk_restriction (symbol, applies_to, effective_from, set_by, reason) "
            "VALUES ('DIS', 'EVERYONE', now(), 'user:one', 'x')"
        ),
    ),
    "a key": (
        "identity_apikey",
        (
            "INSERT INTO identity_apikey (key_id, user_id, secret_hash, label, created_at) "
            "VALUES ('PKFORGED', %(owner_id)s, sha256('known'), '', now())"
        ),
    ),
    "a holding written down": (
        "oms_position",
        (
            "INSERT INTO oms_position (account_id, instrument_id, symbol, qty, cost, reserved_qty, "
            "open_buy_qty, realized_pl, written_down_at) SELECT account_id, gen_random_uuid(), "
            "symbol, 0, 0, 0, 0, 0, now() FROM oms_position"
        ),
    ),
    "a report booked from suspense": (
        "oms_suspenseresolution",
        (
            "INSERT INTO oms_suspenseresolution (suspended_id, outcome, reason, resolved_by, "
            "resolved_at) VALUES (%(suspended)s, 'BOOKED', 'x', 'user:one', now())"
        ),
    ),
    "a reservation that has ended": (
        "oms_reservation",
        (
            "INSERT INTO oms_reservation (order_id, account_id, instrument_id, cash_initial, "
            "cash_remaining, qty_remaining) SELECT %(canceled)s, account_id, instrument_id, 1, 1, "
            "1 FROM oms_reservation WHERE order_id = %(resting)s"
        ),
    ),
    "a lot": (
        "oms_lot",
        (
            "INSERT INTO oms_lot (id, account_id, instrument_id, exec_id, opened_at, qty, "
            "qty_open, cost) SELECT gen_random_uuid(), account_id, instrument_id, 'forged', now(), "
            "5, 5, 1 FROM oms_lot WHERE exec_id = %(fill)s"
        ),
    ),
}


REMOVED: dict[str, LiteralString] = {
    "oms_execution": "DELETE FROM oms_execution WHERE exec_id = %(fill)s",
    "oms_journalentry": "DELETE FROM oms_journalentry WHERE exec_id = %(fill)s",
    "oms_posting": "DELETE FROM oms_posting WHERE ledger_account = 'CAPITAL'",
    "oms_order": "DELETE FROM oms_order WHERE id = %(resting)s",
    "oms_lot": "DELETE FROM oms_lot WHERE exec_id = %(fill)s",
    "oms_reservation": "DELETE FROM oms_reservation WHERE order_id = %(resting)s",
    "oms_suspendedreport": "DELETE FROM oms_suspendedreport WHERE id = %(suspended)s",
    "oms_suspenseresolution": "DELETE FROM oms_suspenseresolution",
    "oms_account": "DELETE FROM oms_account WHERE id = %(account_id)s",
    "risk_limit": "DELETE FROM risk_limit WHERE name = 'DAILY_LOSS'",
    "risk_killswitch": "DELETE FROM risk_killswitch WHERE id = %(switch_id)s",
    "risk_restriction": "DELETE FROM risk_restriction WHERE id = %(restriction_id)s",
    "identity_user": "DELETE FROM identity_user WHERE id = %(owner_id)s",
    "identity_apikey": "DELETE FROM identity_apikey WHERE key_id = %(key_id)s",
    "marketdata_provider": "DELETE FROM marketdata_provider WHERE name = 'tiingo'",
}
