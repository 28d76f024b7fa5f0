"""
Celery: what happens by the clock, on one screen.

Tasks carry no intent of their own; each looks at rows that say what is due. So a broker that
forgets everything in a crash loses nothing.
"""

from celery import Celery
from celery.schedules import crontab

app = Celery("openbell")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["trading.identity", "marketdata", "oms", "compliance"])

app.conf.beat_schedule = {
    "expire orders whose time is over": {"task": "oms.expire_orders", "schedule": 5.0},
    "fetch the history that is wanted": {"task": "marketdata.run_backfills", "schedule": 5.0},
    "verify last day's records": {
        "task": "compliance.verify_records_nightly",
        "schedule": crontab(hour=2, minute=0),
    },
    "do the verifications that wait": {
        "task": "compliance.do_due_verifications",
        "schedule": 2.0,
    },
    "note what is expected of the records": {
        "task": "compliance.extend_expectation",
        "schedule": 5.0,
    },
    "keep the tick archive in order": {"task": "marketdata.keep_tick_archive", "schedule": 600.0},
    # Before the regular session opens.
    "load what is listed": {
        "task": "marketdata.load_listings",
        "schedule": crontab(hour=5, minute=30, day_of_week="mon-fri"),
    },
    "load what was never listed": {"task": "marketdata.load_first_listings", "schedule": 60.0},
    "clean expired sessions": {
        "task": "identity.clear_expired_sessions",
        "schedule": crontab(hour=3, minute=10),
    },
}
