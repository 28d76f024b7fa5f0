"""The three number columns of the house, declared once."""

from typing import Any

from django.db import models


class _FixedDecimal(models.DecimalField):  # type: ignore[type-arg]  # no [] at run time
    digits: int
    places: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"] = self.digits
        kwargs["decimal_places"] = self.places
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:  # noqa: ANN401 - Django's signature
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"]
        del kwargs["decimal_places"]
        return name, path, args, kwargs


class PriceField(_FixedDecimal):
    """Dollars a share, NUMERIC(20,8)."""

    digits, places = 20, 8


class QtyField(_FixedDecimal):
    """Shares, NUMERIC(20,9)."""

    digits, places = 20, 9


class MoneyField(_FixedDecimal):
    """Dollars, NUMERIC(20,4)."""

    digits, places = 20, 4
