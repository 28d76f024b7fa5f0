"""Rules about templates, scripts and styles that a page test would find too late."""

import hashlib
import importlib.util
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from trading.infra.fonts import cut_fonts

_ROOT = Path(__file__).resolve().parent.parent.parent
_TEMPLATES = sorted((_ROOT / "templates").rglob("*.html"))
_SCRIPTS = sorted((_ROOT / "static" / "js").glob("*.js"))
_STYLES = sorted((_ROOT / "static" / "css").glob("*.css"))

# lightweight-charts 5.1.0 as npm publishes it; litecharts only carries it.
_CHARTS_SHA256 = "756b0ba9f58930226d6b8b9d47ad310448ab85d799ea1f7c2c02304777c10b52"


def name(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", _TEMPLATES, ids=name)
def test_a_template_has_nothing_inline_that_the_content_policy_would_block(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text)


@pytest.mark.parametrize("path", _SCRIPTS, ids=name)
def test_a_script_is_one_short_file_with_one_sentence_first(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("/** ")
    assert len(text.splitlines()) < 300


@pytest.mark.parametrize("path", _SCRIPTS, ids=name)
def test_a_script_never_makes_markup_out_of_text(path: Path) -> None:
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", path.read_text()
    )


def test_every_imported_script_and_name_exists() -> None:
    for path in _SCRIPTS:
        for names, target in re.findall(
            r'import (?:\* as \w+|\{([^}]*)\}) from "\./([^"]+)"', path.read_text()
        ):
            source = (path.parent / target).read_text()
            for imported in filter(
                None, (part.split(" as ")[0].strip() for part in names.split(","))
            ):
                exported = rf"export (?:async )?(?:function|const|class) {imported}\b"
                assert re.search(exported, source), f"{path.name}: {imported} from {target}"


def test_every_element_a_script_asks_for_is_in_a_template() -> None:
    markup = "".join(path.read_text() for path in _TEMPLATES)
    ids = set(re.findall(r'\bid="([a-z][a-z-]*)"', markup)) | {"boot"}
    for path in _SCRIPTS:
        for wanted in re.findall(r'byId\("([a-z-]+)"\)', path.read_text()):
            assert wanted in ids, f"{path.name} asks for #{wanted}"


def test_every_colour_a_style_uses_is_a_token() -> None:
    tokens = set(re.findall(r"(--[a-z-]+):", (_ROOT / "static/css/tokens.css").read_text()))
    for path in _STYLES:
        for used in re.findall(r"var\((--[a-z-]+)\)", path.read_text()):
            assert used in tokens, f"{path.name} uses {used}"


def test_each_weight_of_the_font_is_there_whole_and_in_part(settings, tmp_path) -> None:
    text = (_ROOT / "static/css/fonts.css").read_text()
    urls = [url.removeprefix("../") for url in re.findall(r'url\("([^"]+)"\)', text)]
    settings.FONTS = tmp_path
    cut_fonts()
    assert {url for url in urls if url.startswith("fonts/")} == {
        f"fonts/{path.name}" for path in tmp_path.glob("*.woff2")
    }
    whole = [finders.find(url) for url in urls if not url.startswith("fonts/")]
    assert len(whole) == 3
    for path in whole:
        assert path is not None
        assert Path(path).read_bytes()[:4] == b"wOF2"
        licence = (Path(path).parent / "LICENSE").read_text()
        assert "SIL Open Font License, Version 1.1" in licence
    served = set(re.findall(r"font-weight: (\d+)", text))
    for style in _STYLES:
        assert set(re.findall(r"font-weight: (\d+)", style.read_text())) <= served, style.name


def test_a_font_is_never_fetched_from_elsewhere() -> None:
    for policy in (
        settings.CONTENT_SECURITY_POLICY["DIRECTIVES"],
        settings.ADMIN_CONTENT_SECURITY_POLICY,
    ):
        assert policy["font-src"] == ["'self'"]


def test_the_chart_library_is_the_published_one() -> None:
    spec = importlib.util.find_spec("litecharts")
    assert spec is not None
    assert spec.origin is not None
    script = Path(spec.origin).parent / "js" / "lightweight-charts.js"
    assert hashlib.sha256(script.read_bytes()).hexdigest() == _CHARTS_SHA256
