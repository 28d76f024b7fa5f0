"""What a superuser may change of a row: the table, the statement, the column that shows it."""

from typing import LiteralString

CHANGED: dict[str, tuple[str, LiteralString, str]] = {
    "a fill's price": (
        "oms_execution", "UPDATE oms_execution SET last_px = 1 WHERE exec_id = %(fill)s", "last_px",
    ),
    "a fill's quantity": (
        "oms_execution", "UPDATE oms_execution SET last_qty = 1 WHERE exec_id = %(fill)s",
        "last_qty",
    ),
    "a fill's amount": (
        "oms_execution", "UPDATE oms_execution SET amount = 1 WHERE exec_id = %(fill)s", "amount",
    ),
    "a fill's side": (
        "oms_execution", "UPDATE oms_execution SET side = 'SELL' WHERE exec_id = %(fill)s", "side",
    ),
    "a fill's symbol": (
        "oms_execution", "UPDATE oms_execution SET symbol = 'BAC' WHERE exec_id = %(fill)s",
        "symbol",
    ),
    "a fill's account": (
        "oms_execution",
        "UPDATE oms_execution SET account_id = gen_random_uuid() WHERE exec_id = %(fill)s",
        "account_id",
    ),
    "a fill's time": (
        "oms_execution",
        ("UPDATE oms_execution SET executed_at = executed_at - interval '1 day' "
        "WHERE exec_id = %(fill)s"),
        "executed_at",
    ),
    "a fill's trade date": (
        "oms_execution",
        "UPDATE oms_execution SET trade_date = trade_date - 1 WHERE exec_id = %(fill)s",
        "trade_date",
    ),
    **{
        f"an order's {column}": (
            "oms_order", f"UPDATE oms_order SET {column} = {value} WHERE id = %(resting)s", column,
        )
        for column, value in {
            "account_id": "gen_random_uuid()",
            "instrument_id": "gen_random_uuid()",
            "qty": "300",
            "limit_price": "1",
            "side": "'SELL'",
            "symbol": "'BAC'",
            "cl_ord_id": "'other'",
            "ord_type": "'MARKET'",
            "time_in_force": "'DAY'",
            "extended_hours": "true",
            "channel": "'SYSTEM'",
            "status": "'NEW'",
            "cum_qty": "1",
            "gross": "7",
            "text": "'changed'",
            "position_intent": "'sell_to_close'",
            "verdict": "'{}'",
            "created_at": "created_at - interval '1 hour'",
            "expires_at": "expires_at + interval '1 day'",
        }.items()
    },
    **{
        f"an account's {column}": (
            "oms_account", f"UPDATE oms_account SET {column} = {value} WHERE id = %(account_id)s",
            column,
        )
        for column, value in {
            "owner_id": "gen_random_uuid()",
            "account_number": "'PA1'",
            "account_type": "'MARGIN'",
            "multiplier": "4",
            "is_employee": "true",
            "day_start_equity": "1",
            "day_start_date": "day_start_date - 1",
            "day_start_missing": "'{IBM}'",
            "day_start_is_final": "false",
            "created_at": "created_at - interval '1 day'",
        }.items()
    },
    "a denial's verdict": (
        "oms_order", "UPDATE oms_order SET verdict = '{}' WHERE id = %(denied)s", "verdict",
    ),
    "a denial's words": (
        "oms_order", "UPDATE oms_order SET text = '' WHERE id = %(denied)s", "text",
    ),
    "a denied order let through": (
        "oms_order", "UPDATE oms_order SET status = 'CANCELED' WHERE id = %(denied)s", "status",
    ),
    "a reservation": (
        "oms_reservation",
        ("UPDATE oms_reservation SET cash_initial = 1, cash_remaining = 1 "
        "WHERE order_id = %(resting)s"),
        "cash_remaining",
    ),
    "what a partly filled order keeps aside": (
        "oms_reservation",
        "UPDATE oms_reservation SET cash_remaining = 1 WHERE order_id = %(partly)s",
        "cash_remaining",
    ),
    "a write-down's day": (
        "oms_position",
        "UPDATE oms_position SET written_down_at = written_down_at - interval '1 day'",
        "written_down_at",
    ),
    "a suspended report": (
        "oms_suspendedreport",
        "UPDATE oms_suspendedreport SET last_px = '1' WHERE id = %(suspended)s",
        "last_px",
    ),
    "who dismissed a report": (
        "oms_suspenseresolution",
        "UPDATE oms_suspenseresolution SET resolved_by = 'user:two'",
        "resolved_by",
    ),
    "a lot's day": (
        "oms_lot",
        "UPDATE oms_lot SET opened_at = opened_at - interval '2 years' WHERE exec_id = %(fill)s",
        "opened_at",
    ),
    "an entry's date": (
        "oms_journalentry",
        "UPDATE oms_journalentry SET business_date = business_date - 1 WHERE exec_id = %(fill)s",
        "business_date",
    ),
    "an entry's words": (
        "oms_journalentry",
        "UPDATE oms_journalentry SET description = 'Fee' WHERE exec_id = %(fill)s",
        "description",
    ),
    "a deposit's day": (
        "oms_journalentry",
        ("UPDATE oms_journalentry SET business_date = business_date - 1 "
        "WHERE account_id = %(account_id)s AND kind = 'DEPOSIT'"),
        "business_date",
    ),
    "what a sale had cost": (
        "oms_posting",
        ("UPDATE oms_posting SET amount = amount + CASE ledger_account WHEN 'SECURITIES' THEN 50 "
        "ELSE -50 END WHERE ledger_account IN ('SECURITIES', 'REALIZED_PL') AND entry_id = "
        "(SELECT id FROM oms_journalentry WHERE exec_id = %(sale)s)"),
        "amount",
    ),
    **{
        f"a limit's {column}": (
            "risk_limit", f"UPDATE risk_limit SET {column} = {value} WHERE id = %(limit_id)s",
            column,
        )
        for column, value in {
            "value": "1000000",
            "effective_from": "effective_from - interval '1 day'",
            "effective_to": "effective_from + interval '1 minute'",
            "account_id": "gen_random_uuid()",
            "name": "'DAILY_LOSS'",
            "set_by": "'user:two'",
            "reason": "'another'",
        }.items()
    },
    **{
        f"a switch's {column}": (
            "risk_killswitch",
            f"UPDATE risk_killswitch SET {column} = {value} WHERE id = %(switch_id)s", column,
        )
        for column, value in {
            "symbol": "'DIS'",
            "engaged_by": "'user:two'",
            "engaged_at": "engaged_at - interval '1 day'",
            "reason": "'another'",
        }.items()
    },
    "a switch lifted": (
        "risk_killswitch",
        ("UPDATE risk_killswitch SET lifted_by = 'user:two', lifted_at = now(), lift_reason = 'x' "
        "WHERE id = %(switch_id)s"),
        "lifted_by",
    ),
    **{
        f"a restriction's {column}": (
            "risk_restriction",
            f"UPDATE risk_restriction SET {column} = {value} WHERE id = %(restriction_id)s",
            column,
        )
        for column, value in {
            "symbol": "'DIS'",
            "applies_to": "'EMPLOYEES'",
            "effective_from": "effective_from + interval '1 year'",
            "set_by": "'user:two'",
            "reason": "'another'",
        }.items()
    },
    "a restriction released": (
        "risk_restriction",
        ("UPDATE risk_restriction SET effective_to = now(), released_by = 'x', "
        "release_reason = 'x' "
        "WHERE id = %(restriction_id)s"),
        "effective_to",
    ),
    **{
        f"a user's {column}": (
            "identity_user", f"UPDATE identity_user SET {column} = {value} WHERE id = %(owner_id)s",
            column,
        )
        for column, value in {
            "role": "'ADMINISTRATOR'",
            "is_staff": "true",
            "is_superuser": "true",
            "is_active": "false",
            "username": "'mallory'",
            "first_name": "'Mallory'",
            "email": "'m@example.com'",
        }.items()
    },
    **{
        f"a key's {column}": (
            "identity_apikey",
            f"UPDATE identity_apikey SET {column} = {value} WHERE key_id = %(key_id)s", told,
        )
        for column, value, told in (
            ("secret_hash", "sha256('known'::bytea)", "secret_digest"),
            ("label", "'another'", "label"),
            ("created_at", "created_at - interval '1 day'", "created_at"),
            ("revoked_at", "now()", "revoked_at"),
        )
    },
    **{
        f"a provider's {column}": (
            "marketdata_provider",
            f"UPDATE marketdata_provider SET {column} = {value} WHERE name = 'tiingo'", told,
        )
        for column, value, told in (
            ("is_enabled", "true", "is_enabled"),
            ("priority", "1", "priority"),
            ("options", """'{"url": "https://example.com"}'""", "options"),
            ("secrets", """'{"token": "another"}'""", "seals"),
        )
    },
    "a provider that nobody configured": (
        "marketdata_provider",
        "UPDATE marketdata_provider SET is_enabled = true WHERE name = 'alpaca'", "is_enabled",
    ),
}  # fmt: skip
