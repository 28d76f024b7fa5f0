"""The interface's font is cut to the letters that its style sheet names, once."""

import re

from django.conf import settings
from fontTools.ttLib import TTFont

from trading.infra.fonts import LETTERS, cut_fonts


def test_the_style_sheet_loads_the_cut_fonts_for_the_letters_that_they_have():
    sheet = (settings.BASE_DIR / "static" / "css" / "fonts.css").read_text()
    ranges = re.findall(r"-latin\.woff2.*?unicode-range: ([^;]*);", sheet, re.DOTALL)
    assert [found.replace("U+", "").replace(" ", "") for found in ranges] == [LETTERS] * 3


def test_each_weight_is_cut_and_not_a_second_time(settings, tmp_path):
    settings.FONTS = tmp_path / "fonts"
    cut_fonts()
    made = {path.name: path.stat().st_mtime_ns for path in settings.FONTS.glob("*.woff2")}
    assert sorted(made) == [
        f"Inter-{weight}-latin.woff2" for weight in ("Medium", "Regular", "SemiBold")
    ]
    for name in made:
        path = settings.FONTS / name
        assert path.stat().st_size < 20_000
        with TTFont(path) as font:
            letters = font.getBestCmap()
        assert {ord("A"), ord("$"), 0x2212} <= letters.keys()
        assert ord("\u0416") not in letters
    cut_fonts()
    assert made == {path.name: path.stat().st_mtime_ns for path in settings.FONTS.glob("*.woff2")}
