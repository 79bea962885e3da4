"""The report as a page, in a real browser: Chromium without a window, offline."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import ArgumentError
from srcgrad.inspection.report import Outcome, Report
from tests.inspection import programs
from tests.inspection.test_report import HEAT, line_of

pytest.importorskip("jinja2", reason="pages need Jinja2")


@pytest.fixture(scope="module")
def heat() -> Report:
    return srcgrad.inspect(programs.heat, *HEAT)


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    api = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed: the page is not tested"
    )
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("Chromium is not installed: the page is not tested")
    with api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser, tmp_path: Path) -> Iterator[object]:
    """Opens a report; the page may not load anything, and no error may appear on its console."""
    complaints: list[str] = []
    contexts = []

    def opened(report: Report, baseline: Report | None = None, **options):
        path = report.save(tmp_path / "report.html", baseline)
        context = browser.new_context(viewport={"width": 1300, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: complaints.append(request.url) if "report.html" not in request.url else None,
        )
        page.goto(path.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def lit(page) -> list[str]:
    return page.eval_on_selector_all(
        "#derivative .ln.lit code", "found => found.map(e => e.textContent.trim())"
    )


def test_pointing_at_a_line_lights_up_its_counterparts(open_page, heat: Report) -> None:
    page = open_page(heat)
    line = line_of(programs.heat, "u[1:-1] +=")
    page.hover(f"#s0-{line}")
    assert any("u_bar[2:] +=" in text for text in lit(page))
    assert any("u[1:-1] +=" in text for text in lit(page))
    page.hover(f"#s0-{line + 1}")  # the statement goes on there
    assert any("u_bar[2:] +=" in text for text in lit(page))
    number = next(n for n, text in heat.numbered() if "u_bar[2:] +=" in text.text)
    page.hover(f"#g{number}")
    assert page.get_attribute(f"#s0-{line}", "class").split()[-1] == "lit"
    assert "forward" in page.inner_text("#strip")


def test_a_click_pins_and_escape_lets_go(open_page, heat: Report) -> None:
    page = open_page(heat)
    line = line_of(programs.heat, "u[1:-1] +=")
    page.click(f"#s0-{line}")
    page.hover("h1")
    assert page.get_attribute(f"#s0-{line}", "aria-selected") == "true"
    assert page.locator("#derivative .pinned").count() > 2
    page.keyboard.press("Escape")
    assert page.locator(".pinned").count() == 0
    assert page.get_attribute(f"#s0-{line}", "aria-selected") == "false"


def test_the_keyboard_does_all_of_it(open_page, heat: Report) -> None:
    page = open_page(heat)
    first = heat.sources[0].first_line
    page.focus(f"#s0-{first}")
    target = line_of(programs.heat, "u[1:-1] +=")
    for _ in range(target - first):
        page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.id") == f"s0-{target}"
    assert any("u_bar[2:] +=" in text for text in lit(page))
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.closest('.pane').id") == "derivative"
    page.keyboard.press("Enter")
    assert page.get_attribute(f"#s0-{target}", "aria-selected") == "true"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.id") == f"s0-{target}"
    # One stop for Tab in each pane, whatever the number of lines.
    assert page.locator(".ln[tabindex='0']").count() == 2


def test_heat_can_be_chosen(open_page, heat: Report) -> None:
    page = open_page(heat)
    line = line_of(programs.heat, "u[1:-1] +=")
    assert page.is_visible(f"#s0-{line} .h-time")
    page.check("input[value=alloc]", force=True)
    assert page.is_visible(f"#s0-{line} .h-alloc")
    assert not page.is_visible(f"#s0-{line} .h-time")
    assert "kB" in page.inner_text(f"#s0-{line} .h-alloc")
    page.check("input[value=none]", force=True)
    assert not page.is_visible(f"#s0-{line} .h-alloc")


def test_light_and_dark(open_page, heat: Report) -> None:
    page = open_page(heat, color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.click("#theme")
    light = page.evaluate(paper)
    assert light != dark
    assert open_page(heat, color_scheme="light").evaluate(paper) == light


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(open_page, heat: Report, scheme: str) -> None:
    page = open_page(heat, color_scheme=scheme)
    page.hover(f"#s0-{line_of(programs.heat, 'u[1:-1] +=')}")
    too_weak = page.evaluate(CONTRAST)
    assert too_weak == []


def test_everything_has_a_name_for_screen_readers(open_page, heat: Report) -> None:
    page = open_page(heat)
    assert page.get_by_role("listbox", name="The program").count() == 1
    assert page.get_by_role("listbox", name="The derivative").count() == 1
    assert page.get_by_role("group", name="heat", exact=True).count() == 1
    assert page.get_by_role("radio", name="time").is_checked()
    assert page.get_by_role("heading", level=2).count() == 4
    assert page.get_by_role("row").count() > len(heat.variables)
    assert page.get_by_role("img").first.get_attribute("aria-label")
    assert page.get_attribute("html", "lang") == "en"
    identifiers = page.eval_on_selector_all("[id]", "found => found.map(e => e.id)")
    assert len(identifiers) == len(set(identifiers))


def test_it_prints_on_paper(open_page, heat: Report) -> None:
    page = open_page(heat)
    page.emulate_media(media="print")
    assert not page.is_visible("#theme")
    clipped = page.evaluate(
        "Array.from(document.querySelectorAll('.scroll')).some(e => e.scrollHeight > e.clientHeight + 1)"
    )
    assert not clipped
    assert page.pdf().startswith(b"%PDF")


def test_the_program_cannot_write_markup(open_page) -> None:
    nasty = '<img src=x onerror="document.title=1"><script>document.title=2</script>{{ 7*7 }}'

    def program(x):
        text = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
        return x * len(text)

    report = srcgrad.inspect(program, 2.0)
    report = replace(report, target=nasty, recorded=(Outcome(nasty, nasty, nasty, 3, nasty, nasty),))
    report = replace(report, variables=tuple(replace(v, name=nasty, type=nasty) for v in report.variables))
    page = open_page(report, baseline=report)
    assert page.inner_text("h1") == nasty
    assert page.title().startswith(nasty)
    assert page.locator("img:not([role])").count() == 0
    assert page.locator("script").count() == 1


def test_before_and_after(open_page, heat: Report) -> None:
    measures = heat.measures
    slower = tuple(replace(cost, forward=3 * cost.forward) for cost in measures.lines)
    before = replace(heat, measures=replace(measures, derivative=2 * measures.derivative, lines=slower))
    page = open_page(heat, Report.from_json(before.to_json()))
    assert "-50 %" in page.inner_text(".numbers")
    shown = page.inner_text("#comparison")
    assert "u[1:-1] += rate * (" in shown
    assert "The generated code is the same." in shown


def test_a_box_of_the_graph_lights_up_its_line(open_page, heat: Report) -> None:
    page = open_page(heat)
    line = line_of(programs.heat, "u[1:-1] +=")
    page.hover(f".vertex[data-line='{line}']")
    assert "lit" in page.get_attribute(f"#s0-{line}", "class")


@pytest.mark.parametrize("arguments", [(programs.recorded, 2.0), (programs.generator, 2.0)])
def test_what_is_not_generated_is_told(open_page, arguments) -> None:
    report = srcgrad.inspect(*arguments)
    page = open_page(report)
    assert page.is_visible(".notice")
    (outcome,) = report.recorded or report.refused
    assert outcome.text in page.inner_text(".notice")


def test_a_long_program_stays_below_five_megabytes(tmp_path: Path, monkeypatch) -> None:
    body = "".join(
        f"    y = np.sin(y) * x + {k}.0\n    z[{k % 50}] = y[{k % 50}] * 2.0\n" for k in range(150)
    )
    source = (
        f"import numpy as np\n\ndef long(x):\n    y = x\n    z = np.zeros(50)\n{body}    return np.sum(z)\n"
    )
    (tmp_path / "long_program.py").write_text(textwrap.dedent(source))
    monkeypatch.syspath_prepend(str(tmp_path))
    import long_program

    html = srcgrad.inspect(long_program.long, np.ones(50)).to_html()
    assert 100_000 < len(html.encode()) < 5_000_000


def test_without_jinja_there_is_a_way_out(heat: Report, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    with pytest.raises(ArgumentError, match=r"srcgrad\[inspect\]"):
        heat.to_html()


# Text whose contrast with what is behind it is below 4.5, as WCAG counts it (large text: 3).
CONTRAST = """() => {
  const parse = text => {
    const m = text.match(/[\\d.]+/g).map(Number), alpha = m.length > 3 ? m[3] : 1;
    return [...m.slice(0, 3).map(x => text.startsWith('color(srgb') ? 255 * x : x), alpha];
  };
  const over = (top, under) => [...[0, 1, 2].map(k => top[k] * top[3] + under[k] * (1 - top[3])), 1];
  const linear = x => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4;
  const light = c => {
    const [r, g, b] = c.slice(0, 3).map(x => linear(x / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const dim = 'svg,script,style,.no,.inactive,.skip,.m-copied,.m-unreached';
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), e = walker.currentNode.parentElement;
    if (!text || !e.checkVisibility() || e.closest(dim)) continue;
    const layers = [];
    for (let at = e; at; at = at.parentElement) layers.unshift(parse(getComputedStyle(at).backgroundColor));
    const back = layers.reduce((under, top) => over(top, under), [255, 255, 255, 1]);
    const style = getComputedStyle(e);
    const [a, b] = [light(over(parse(style.color), back)), light(back)].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05), large = parseFloat(style.fontSize) >= 18.6;
    if (ratio < (large ? 3 : 4.5)) found.add(`${e.tagName}.${e.className} ${ratio.toFixed(2)} ${text.slice(0, 20)}`);
  }
  return Array.from(found).slice(0, 20);
}"""
