"""Whether a page holds at a width: nothing scrolls sideways, nothing is cut, nothing is covered."""

from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Page

PHONES = (320, 360, 390, 768)
WIDE = (1024, 1440)
WIDTHS = (*PHONES, *WIDE)
_HEIGHTS = {768: 1024, 1024: 768, 1440: 900}
_HEIGHT_OF_A_PHONE = 760

_SCRIPT = Path(__file__).with_suffix(".js").read_text()
# Program text is not broken into lines.
_MAY_SCROLL = "pre"


def require_all_in_sight(page: Page, what: str, *, widths: Iterable[int] = WIDTHS) -> None:
    """Look at the page, in the state that ``what`` names, at each width; fail with every fault."""
    faults: list[str] = []
    for width in widths:
        height = _HEIGHTS.get(width, _HEIGHT_OF_A_PHONE)
        page.set_viewport_size({"width": width, "height": height})
        found = page.evaluate(_SCRIPT, {"mayScroll": _MAY_SCROLL})
        faults += [f"{what}, {width} px: {fault}" for fault in found]
    assert not faults, "\n" + "\n".join(faults)
