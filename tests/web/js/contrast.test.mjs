import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

const css = readFileSync(new URL("../../../static/css/tokens.css", import.meta.url), "utf8");

/** The tokens of one rule: {"--bg": "#0b0e13", ...}. */
function tokens(selector) {
  const start = css.indexOf(`\n${selector} {`);
  assert.notEqual(start, -1, selector);
  const body = css.slice(start, css.indexOf("}", start));
  return Object.fromEntries([...body.matchAll(/(--[a-z-]+):\s*(#[0-9a-f]{6})\b;/g)].map(([, name, hex]) => [name, hex]));
}

/** Relative luminance as WCAG 2.2 defines it. */
function luminance(hex) {
  const [r, g, b] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const dark = tokens(":root");
const light = { ...dark, ...tokens('[data-theme="light"]') };
const colorblind = tokens('[data-palette="colorblind"]');
const themes = {
  dark,
  light,
  "dark, colour-blind": { ...dark, ...colorblind },
  "light, colour-blind": { ...light, ...colorblind, ...tokens('[data-theme="light"][data-palette="colorblind"]') },
};

for (const [name, colours] of Object.entries(themes)) {
  test(`text reaches AA contrast on every surface: ${name}`, () => {
    for (const text of ["--text", "--muted", "--faint", "--up", "--down", "--accent", "--warn"]) {
      for (const surface of ["--bg", "--panel", "--raised"]) {
        const ratio = contrast(colours[text], colours[surface]);
        assert.ok(ratio >= 4.5, `${text} on ${surface}: ${ratio.toFixed(2)}`);
      }
    }
  });

  test(`words on coloured buttons reach AA contrast: ${name}`, () => {
    for (const colour of ["up", "down", "accent"]) {
      const ratio = contrast(colours[`--on-${colour}`], colours[`--${colour}`]);
      assert.ok(ratio >= 4.5, `--on-${colour}: ${ratio.toFixed(2)}`);
    }
    const quiet = contrast(colours["--muted"], colours["--raised-strong"]);
    assert.ok(quiet >= 4.5, `--muted on --raised-strong: ${quiet.toFixed(2)}`);
  });
}
