"""Every address of the API, out of the URL table: with its methods, and what each of them takes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.urls import URLPattern, URLResolver

from marketdata.api.endpoint import ReadEndpoint
from oms.api.endpoint import Endpoint
from trading import urls
from trading.infra.api_errors import unknown_endpoint
from trading.infra.wire import is_api_path

# A good value of each argument in a path. A new one has to be given here.
ARGUMENTS = {
    "order_id": "00000000-0000-0000-0000-000000000000",
    "symbol_or_id": "IBM",
    "symbol": "IBM",
    "kind": "trade",
    "market": "stocks",
}
_PATH_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True, kw_only=True)
class Address:
    """``methods`` are those that it serves, HEAD included; by each, its parameters and fields."""

    template: str
    methods: dict[str, tuple[frozenset[str], frozenset[str]]]

    @property
    def path(self) -> str:
        return self.filled(**ARGUMENTS)

    @property
    def arguments(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.template)

    def filled(self, **values: str) -> str:
        return self.template.format(**{name: values[name] for name in self.arguments})


def list_addresses() -> list[Address]:
    found = [
        Address(template=template, methods=_methods(pattern.callback))
        for template, pattern in _patterns(urls.urlpatterns)
        if is_api_path(template) and pattern.callback is not unknown_endpoint
    ]
    assert len(found) > 30
    return found


def list_pages() -> list[str]:
    """Return the template of every address that is none of the API's."""
    found = [
        template
        for template, pattern in _patterns(urls.urlpatterns)
        if not is_api_path(template) and pattern.callback is not unknown_endpoint
    ]
    assert len(found) > 100
    return sorted({template.removesuffix("$") for template in found})


def _methods(view: Any) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    if isinstance(view, Endpoint):
        methods = {
            name: (method.parameters.all, method.fields) for name, method in view.methods.items()
        }
    else:
        kind = view.view_class
        assert issubclass(kind, ReadEndpoint), f"{kind} has no table of what it takes"
        methods = {"GET": (kind.takes.all, frozenset())}
    if "GET" in methods:
        methods["HEAD"] = methods["GET"]
    return methods


def _patterns(patterns: list[Any], before: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        template = before + _template(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from chain(_patterns(pattern.url_patterns, template))
        else:
            yield template, pattern


def _template(pattern: str) -> str:
    """Write ``v2/orders/(?P<order_id>[^/:]+)$`` and ``v2/<str:symbol>`` as ``v2/{symbol}``."""
    if not pattern.startswith("^"):
        return _PATH_ARGUMENT.sub(r"{\1}", pattern)
    text, pattern = "", pattern.removeprefix("^").removesuffix("$")
    while (named := re.search(r"\(\?P<(\w+)>", pattern)) is not None:
        text += pattern[: named.start()] + f"{{{named[1]}}}"
        depth, end = 1, named.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(pattern[end], 0)
            end += 1
        pattern = pattern[end:]
    return text + pattern
