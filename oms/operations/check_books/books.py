"""
The books agree with themselves: balances, holdings, orders and reservations.

The invariants are those of ``docs/invariants.md``: entries sum to zero, balances equal their
postings, holdings equal their executions, reservations equal what open orders need.
"""

from typing import Final

from oms.operations.check_books.invariant import Invariant

INVARIANTS: Final = (
    Invariant(
        "every journal entry sums to zero",
        "SELECT entry_id, sum(amount) FROM oms_posting GROUP BY entry_id HAVING sum(amount) <> 0",
    ),
    Invariant(
        "an account's cash is the sum of its cash postings",
        """SELECT a.id, a.cash, coalesce(sum(p.amount), 0) FROM oms_account a
           LEFT JOIN oms_posting p ON p.account_id = a.id AND p.ledger_account = 'CASH'
           GROUP BY a.id HAVING a.cash <> coalesce(sum(p.amount), 0)""",
    ),
    Invariant(
        "the cost of an account's positions is the sum of its securities postings",
        """SELECT a.id, coalesce(h.cost, 0), coalesce(p.amount, 0) FROM oms_account a
           LEFT JOIN (SELECT account_id, sum(cost) AS cost FROM oms_position GROUP BY 1) h
             ON h.account_id = a.id
           LEFT JOIN (SELECT account_id, sum(amount) AS amount FROM oms_posting
                      WHERE ledger_account = 'SECURITIES' GROUP BY 1) p ON p.account_id = a.id
           WHERE coalesce(h.cost, 0) <> coalesce(p.amount, 0)""",
    ),
    Invariant(
        "the realized profit of an account's positions is what its postings realized",
        """SELECT a.id, coalesce(h.realized, 0), coalesce(p.realized, 0) FROM oms_account a
           LEFT JOIN (SELECT account_id, sum(realized_pl) AS realized
                      FROM oms_position GROUP BY 1) h ON h.account_id = a.id
           LEFT JOIN (SELECT account_id, -sum(amount) AS realized FROM oms_posting
                      WHERE ledger_account = 'REALIZED_PL' GROUP BY 1) p ON p.account_id = a.id
           WHERE coalesce(h.realized, 0) <> coalesce(p.realized, 0)""",
    ),
    Invariant(
        "a position is what its executions bought less what they sold",
        """SELECT coalesce(h.account_id, e.account_id), coalesce(h.symbol, e.symbol),
                  coalesce(h.qty, 0), coalesce(e.qty, 0)
           FROM oms_position h FULL JOIN
             (SELECT account_id, symbol,
                     sum(CASE side WHEN 'BUY' THEN last_qty ELSE -last_qty END) AS qty
              FROM oms_execution GROUP BY 1, 2) e
             ON e.account_id = h.account_id AND e.symbol = h.symbol
           WHERE coalesce(h.qty, 0) <> coalesce(e.qty, 0)""",
    ),
    Invariant(
        "a position is the sum of its open lots, in shares and in cost",
        """SELECT h.account_id, h.symbol, h.qty, coalesce(sum(l.qty_open), 0)
           FROM oms_position h LEFT JOIN oms_lot l
             ON l.account_id = h.account_id AND l.instrument_id = h.instrument_id
           GROUP BY h.id HAVING h.qty <> coalesce(sum(l.qty_open), 0)
              OR h.cost <> coalesce(sum(l.cost), 0)""",
    ),
    Invariant(
        "an order's filled quantity and gross are the sums of its executions",
        """SELECT o.id, o.cum_qty, coalesce(sum(e.last_qty), 0)
           FROM oms_order o LEFT JOIN oms_execution e ON e.order_id = o.id
           GROUP BY o.id HAVING o.cum_qty <> coalesce(sum(e.last_qty), 0)
              OR o.gross <> coalesce(sum(e.last_qty * e.last_px), 0)""",
    ),
    Invariant(
        "an order is FILLED exactly when nothing is left of it",
        """SELECT id, status, qty, cum_qty FROM oms_order
           WHERE (status = 'FILLED' AND cum_qty <> qty)
              OR (cum_qty = qty AND status NOT IN ('FILLED', 'CANCELED', 'EXPIRED'))""",
    ),
    Invariant(
        "every execution has exactly one journal entry",
        """SELECT coalesce(e.exec_id, j.exec_id) FROM oms_execution e
           FULL JOIN (SELECT exec_id FROM oms_journalentry WHERE kind = 'TRADE') j
             ON j.exec_id = e.exec_id
           WHERE e.exec_id IS NULL OR j.exec_id IS NULL""",
    ),
    Invariant(
        "an order keeps something reserved exactly while it is open",
        """SELECT o.id, o.status FROM oms_order o
           LEFT JOIN oms_reservation r ON r.order_id = o.id
           WHERE (o.status IN ('NEW', 'PARTIALLY_FILLED', 'PENDING_CANCEL', 'PENDING_NEW'))
                 <> (r.order_id IS NOT NULL)
              OR r.qty_remaining <> o.qty - o.cum_qty""",
    ),
    Invariant(
        "what an account has reserved is the sum of its reservations",
        """SELECT a.id, a.reserved, coalesce(sum(r.cash_remaining), 0) FROM oms_account a
           LEFT JOIN oms_reservation r ON r.account_id = a.id
           GROUP BY a.id HAVING a.reserved <> coalesce(sum(r.cash_remaining), 0)""",
    ),
    Invariant(
        "what a position offers and wants is what its open orders say",
        """SELECT h.account_id, h.symbol, h.reserved_qty, h.open_buy_qty
           FROM oms_position h LEFT JOIN
             (SELECT r.account_id, r.instrument_id,
                     sum(r.qty_remaining) FILTER (WHERE o.side = 'SELL') AS offered,
                     sum(r.qty_remaining) FILTER (WHERE o.side = 'BUY') AS wanted
              FROM oms_reservation r JOIN oms_order o ON o.id = r.order_id GROUP BY 1, 2) r
             ON r.account_id = h.account_id AND r.instrument_id = h.instrument_id
           WHERE h.reserved_qty <> coalesce(r.offered, 0)
              OR h.open_buy_qty <> coalesce(r.wanted, 0)""",
    ),
    Invariant(
        "an order stands where its last event says",
        """SELECT o.id, o.status, e.said FROM oms_order o JOIN LATERAL
             (SELECT convert_from(payload, 'UTF8')::jsonb ->> 'status' AS said
              FROM eventlog_event WHERE stream = 'order:' || o.id ORDER BY seq DESC LIMIT 1) e
             ON true
           WHERE e.said IS NOT NULL AND e.said <> o.status""",
    ),
    Invariant(
        "every order has its events",
        """SELECT o.id FROM oms_order o
           LEFT JOIN eventlog_event e ON e.stream = 'order:' || o.id AND e.seq = 1
           WHERE e.id IS NULL""",
    ),
)
