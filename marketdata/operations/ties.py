"""What the facts of market data tell of the providers' rows, for `verify_records`."""

from typing import Any, Final

from marketdata.domain.providers import PROVIDER_SPECS
from marketdata.events import PROVIDER_STREAMS, ProviderConfigured
from trading.eventlog.ties import Tie, TiedEvent, TiedTable, Told

_PROVIDER: Final = "marketdata_provider"

# No record holds a secret, not even a sealed one: the digest of the sealed text is compared.
_PROVIDERS = """
SELECT 'config:provider:' || name AS stream, name AS key, is_enabled, priority, options,
       (SELECT coalesce(jsonb_object_agg(field, encode(sha256(convert_to(text, 'UTF8')), 'hex')),
                        '{}')
        FROM jsonb_each_text(secrets) AS secret (field, text)) AS seals
FROM marketdata_provider
"""


def _installed(stream: str, told: Told) -> None:
    """A provider's row is made with its defaults when somebody first looks at the providers."""
    name = stream.removeprefix(PROVIDER_STREAMS)
    if name in PROVIDER_SPECS:
        told.put(
            _PROVIDER,
            name,
            may_be_absent=True,
            is_enabled=False,
            priority=list(PROVIDER_SPECS).index(name) + 1,
            options={},
            seals={},
        )


def _configured(told: Told, event: TiedEvent) -> None:
    fact = event.fact
    before = told.columns(_PROVIDER, fact["provider"])
    told.put(_PROVIDER, fact["provider"], **_changed(before, fact["changes"]))
    if "seals" in fact:
        seals = {seal["field"]: seal["sha256"] for seal in fact["seals"]}
        told.put(_PROVIDER, fact["provider"], seals=seals)
    elif fact["credentials_changed"]:
        # Version 1 tells which secrets changed, not into what.
        before.pop("seals", None)


def _changed(before: dict[str, Any], changes: list[dict[str, str]]) -> dict[str, Any]:
    options = dict(before["options"])
    columns: dict[str, Any] = {"options": options}
    for change in changes:
        field, new = change["field"], change["new"]
        if field == "is_enabled":
            columns[field] = new == "yes"
        elif field == "priority":
            columns[field] = int(new)
        elif new:
            options[field] = new
        else:
            options.pop(field, None)
    return columns


TIES = (
    Tie(
        prefix=PROVIDER_STREAMS,
        tables=(TiedTable(name=_PROVIDER, query=_PROVIDERS),),
        facts={ProviderConfigured.type: _configured},
        installed=_installed,
    ),
)
