"""
What an endpoint's query may hold, as a table, so that nothing of the contract is dropped unsaid.

The contract's parameters are either taken or refused by name; what is not of the contract is
ignored, as the contract demands (A3).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, QueryDict

from trading.infra.wire import WireError, malformed_body

Wrong = Callable[[str], WireError]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """
    ``taken`` have one value, ``lists`` are joined by commas and may come several times.

    ``unsupported`` are of the contract but mean nothing here yet.
    """

    taken: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    unsupported: frozenset[str] = frozenset()

    @property
    def all(self) -> frozenset[str]:
        return self.taken | self.lists | self.unsupported

    def read(self, query: QueryDict, *, wrong: Wrong) -> dict[str, str]:
        """
        Return the values that are taken, by name; an empty one counts as absent.

        :raises WireError: what ``wrong`` makes of a parameter that is not supported yet, comes
            twice, or holds what cannot be printed
        """
        found: dict[str, str] = {}
        for name, values in query.lists():
            given = [value for value in values if value]
            if not given or name not in self.all:
                continue
            if name in self.unsupported:
                raise wrong(f"{name} is not supported yet")
            if len(given) > 1 and name not in self.lists:
                raise wrong(f"invalid {name}: given {len(given)} times")
            value = ",".join(given)
            if not value.isprintable():
                raise wrong(f"invalid {name}: it must be printable")
            found[name] = value
        return found


NO_PARAMETERS = Parameters()
_NO_QUERY = QueryDict("", encoding="utf-8")


def parameters(
    *taken: str, lists: Iterable[str] = (), unsupported: Iterable[str] = ()
) -> Parameters:
    """Write a table on one line."""
    return Parameters(
        taken=frozenset(taken), lists=frozenset(lists), unsupported=frozenset(unsupported)
    )


def query_of(request: HttpRequest) -> QueryDict:
    """
    Return a request's query.

    :raises WireError: 400 if it has more fields than any request of ours
    """
    if not request.META.get("QUERY_STRING"):
        return _NO_QUERY  # what an order's address has, and reading it costs more than its JSON
    try:
        return request.GET
    except TooManyFieldsSent:
        raise malformed_body("too many parameters") from None


def refuse_unsupported(body: Mapping[str, object], *, names: Iterable[str], wrong: Wrong) -> None:
    """
    Refuse what a JSON object asks for and we do not do yet; null and "" ask for nothing.

    :raises WireError: what ``wrong`` makes of the first
    """
    for name in names:
        if body.get(name) not in (None, ""):
            raise wrong(f"{name} is not supported yet")
