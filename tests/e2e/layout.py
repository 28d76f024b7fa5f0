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
_LOOKS = 5
_BETWEEN_LOOKS_MS = 200


def require_all_in_sight(page: Page, what: str, *, widths: Iterable[int] = WIDTHS) -> None:
    """Look at the page, in the state that ``what`` names, at each width; fail with every fault."""
    faults: list[str] = []
    for width in widths:
        height = _HEIGHTS.get(width, _HEIGHT_OF_A_PHONE)
        page.set_viewport_size({"width": width, "height": height})
        faults += [f"{what}, {width} px: {fault}" for fault in _faults_that_stay(page)]
    assert not faults, "\n" + "\n".join(faults)


def _faults_that_stay(page: Page) -> list[str]:
    """Look until nothing is wrong: a page that was resized just now may still be moving."""
    for _ in range(_LOOKS):
        found: list[str] = page.evaluate(_SCRIPT, {"mayScroll": _MAY_SCROLL})
        if not found:
            break
        page.wait_for_timeout(_BETWEEN_LOOKS_MS)
    return found
