"""The report in a browser: figures, hover, controls, keyboard, names for screen readers, widths, print, requests."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.ballots.reports.as_cast import as_cast
from blocs.inference.as_cast_errors import as_cast_errors
from blocs.inference.shown_shares import shown_shares
from blocs.profiles import profiles_of
from blocs.simulation import write_collection

sync = pytest.importorskip("playwright.sync_api", reason="playwright (extra test) drives the browser")
pytest.importorskip("vl_convert", reason="vl-convert-python (extra report) has the program that draws")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here: apt-get install chromium"),
]
WORDS = {"split": "split", "abstain": "left blank", "other": "other", "straight": "straight"}
MEASURED = {"difference": "difference from all types", "interval": "split votes with 95 % intervals"}
KNOWN = f"""<!DOCTYPE html><div style="height: 3000px; overflow: hidden"><svg></svg><table>
{"<tr>" + "<td>12.5" * 12 + "</tr>"}</table></div><script>
const table = document.querySelector('table'), svg = document.querySelector('svg'), words = new Map();
table.innerHTML = Array.from({{length: 250}}, () => table.rows[0].outerHTML).join('');
for (let i = 0; i < 1500; i++) {{
  const path = document.createElementNS('http://www.w3.org/2000/svg', i % 2 ? 'path' : 'text');
  path.setAttribute('transform', `translate(${{i % 40 * 7}}, ${{i}})`);
  if (i % 2) path.setAttribute('d', `M0,0h${{i % 90}}v9h-${{i % 90}}Z`); else path.textContent = i;
  path.setAttribute('aria-label', `Office ${{i}}`);
  svg.append(path);
}}
for (let i = 0; i < 60000; i++) {{
  const row = JSON.parse(JSON.stringify({{office: `Office ${{i}}`, shares: [i, i + 1, i + 2]}}));
  words.set(row.office, row.shares.map(share => share.toFixed(1)));
}}
document.documentElement.dataset.first = words.size;
</script>"""
"""A page of a table, marks, and computations with texts and numbers, which takes about .3 s of a processor of 2026."""
QUICK = 2.1
SAYS = re.compile(
    r"Type (\d+), (.+?)(?: \((own|other) party only\))?: ([<>]?[\d.]+) % (split|left blank|other|straight)"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, blocs.Fit, Any]:
    """A page on a county of 3,000 voters with hostile names, its fit and data."""
    folder = tmp_path_factory.mktemp("page")
    write_collection(folder / "c.csv", 3000, 6, 3, 0.5, 1, 1, None, None)
    coded = blocs.code(blocs.read_cvr(folder / "c.csv"), groups=["precinct"])
    fit = blocs.fit(coded, 3, starts=3, seed=1)
    comparison = blocs.compare(coded, types=[1, 2, 3], starts=3, seed=1)
    path = folder / "report.html"
    labels = {"GOVERNOR": "Governor </script><b>\"'&"}
    blocs.html_report(fit, coded, comparison=comparison, labels=labels, place="</script><b> & \"x\"").save(path)
    return path, fit, coded


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync.sync_playwright() as driver:
        one = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield one
        one.close()


def opened(browser: Any, path: Path, **settings: Any) -> Any:
    """Open the page, wait until it is drawn, and keep what it asked for and complained of in `asked`, `complaints`."""
    page = browser.new_page(**({"viewport": {"width": 1100, "height": 900}} | settings))
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(path.as_uri())
    until(page, "document.documentElement.dataset.drawn ?? document.documentElement.dataset.error")
    return page


def until(page: Any, condition: str) -> Any:
    """Ask again and again; the page's policy forbids what Playwright would do to wait for it."""
    for _ in range(6000):
        value = page.evaluate(condition)
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"never: {condition}")


@pytest.fixture
def page(browser: Any, made: tuple[Path, blocs.Fit, Any]) -> Iterator[Any]:
    one = opened(browser, made[0])
    yield one
    assert one.complaints == []
    assert one.asked == [made[0].as_uri()]
    one.close()


def marks(page: Any, name: str) -> list[str]:
    """Return what the marks of a figure say to a screen reader."""
    found: list[str] = page.evaluate(
        "name => [...document.querySelectorAll(`figure[data-name='${name}'] svg [aria-label]`)]"
        ".filter(e => e.getAttribute('aria-roledescription') !== 'axis').map(e => e.getAttribute('aria-label'))", name
    )  # fmt: skip
    return [label for label in found if "%" in label or ":" in label]


def test_every_figure_is_drawn(page: Any) -> None:
    assert page.evaluate("document.documentElement.dataset.error ?? null") is None
    shapes = page.evaluate("[...document.querySelectorAll('figure')].map(f => [f.dataset.name, "
                           "f.querySelectorAll('svg .mark-rect path, svg .mark-symbol path').length])")  # fmt: skip
    names = ["both", "one", "model", "groups-1", "groups-2", "shares", "starts", "criteria", "pairs"]
    assert [name for name, _ in shapes] == names
    assert all(number > 1 for _, number in shapes), shapes


def test_marks_say_what_the_fit_says(page: Any, made: tuple[Path, blocs.Fit, Any]) -> None:
    _, fit, coded = made
    cast = as_cast(fit.expected(coded))
    cast["office"] = cast["office"].replace("GOVERNOR", "Governor </script><b>\"'&")
    true = cast.set_index(["type", "top", "stood", "office"])
    for name in ("both", "one"):
        for top in ("DEM", "REP"):
            page.select_option(f"figure[data-name={name}] select[name=top]", top)
            until(page, f"document.querySelector('figure[data-name={name}] .shown').textContent.includes('{top}')")
            seen = 0
            for label in marks(page, name):
                match = SAYS.fullmatch(label)
                if match:
                    k, office, stood, share, word = match.groups()
                    outcome = next(o for o, w in WORDS.items() if w == word)
                    value = 100 * true.loc[(int(k), top, stood or "both", office), outcome]
                    drawn = float(share.strip("<>"))
                    assert value <= drawn if share[0] == "<" else abs(value - drawn) <= 0.0501
                    seen += 1
            assert seen > 20


def test_both_parties_are_drawn_at_first_and_no_row_is_empty(page: Any) -> None:
    """Where one party stood, the panels of a party have the rows of its own voters only."""
    for name in ("both", "one"):
        titles = " ".join(texts(page, f"figure[data-name={name}] svg text"))
        assert "DEM voters" in titles and "REP voters" in titles
        assert empty_rows(page, name) == []
    for measure, words in MEASURED.items():
        page.select_option("figure[data-name=one] select[name=measure]", measure)
        until(page, f"document.querySelector('figure[data-name=one] .shown').textContent.includes('{words}')")
        assert not [row for row in texts(page, "figure[data-name=one] .role-axis-label text") if "own party" in row]
    page.select_option("figure[data-name=one] select[name=measure]", "share")
    page.select_option("figure[data-name=one] select[name=top]", "REP")
    until(page, "document.querySelector('figure[data-name=one] .shown').textContent.includes('REP')")
    assert empty_rows(page, "one") == []


def empty_rows(page: Any, name: str) -> list[str]:
    """Return the rows of a figure that no panel has a bar for."""
    rows = [row for row in texts(page, f"figure[data-name={name}] .role-axis-label text") if not row.isdigit()]
    assert rows
    bars = [label for label in marks(page, name) if "under" not in label]
    return [row for row in rows if not any(f", {row}:" in label for label in bars)]


def test_a_heading_has_the_voters_of_the_type_and_the_party(page: Any) -> None:
    voters = page.evaluate("JSON.parse(document.querySelector('table[data-name=one]').dataset.tops)")
    page.evaluate("""() => {
        const top = document.querySelector("figure[data-name='one'] select[name=top]");
        top.value = 'DEM'; top.dispatchEvent(new Event('change', {bubbles: true}));
    }""")
    until(page, f"document.querySelector(\"figure[data-name='one'] svg\").textContent.includes('({voters['DEM']})')")


def test_hover_shows_what_the_mark_says(page: Any) -> None:
    for name, number in (("both", 12), ("groups-1", 3), ("shares", 3), ("criteria", 3), ("starts", 2), ("pairs", 4)):
        shapes = page.locator(f"figure[data-name='{name}'] svg path[aria-label*=':']")
        every, checked = max(shapes.count() // number, 1), 0
        every_label = [shapes.nth(i).get_attribute("aria-label") for i in range(shapes.count())]
        for i in range(0, shapes.count(), every):
            shape = shapes.nth(i)
            shape.scroll_into_view_if_needed()
            box = shape.bounding_box()
            if box["width"] < 3:
                continue
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
            tip = page.locator("#vg-tooltip-element.visible")
            tip.wait_for(state="visible", timeout=60_000)
            assert tip.inner_text() in every_label  # of marks that lie upon each other, the upper one
            checked += tip.inner_text() == shape.get_attribute("aria-label")
        assert checked >= number / 2


def test_controls_work_by_keyboard_and_the_caption_says_what_is_shown(page: Any) -> None:
    figure = "figure[data-name=both]"
    shown = f"document.querySelector('{figure} .shown').textContent"
    assert page.evaluate(shown) == "Shown: both parties; shares; in the order of the ballot; all types."
    page.focus(f"{figure} select[name=top]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    until(page, f"{shown} === 'Shown: REP voters; difference from all types; the highest share of split votes first; "
                "all types.'")  # fmt: skip
    assert all(label.endswith(" points") for label in marks(page, "both") if label.startswith("Type"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    until(page, f"{shown}.endsWith('; Type 2, Type 3.')")
    assert not [label for label in marks(page, "both") if label.startswith("Type 1,")]
    page.keyboard.press("Escape")
    until(page, f"{shown} === 'Shown: both parties; shares; in the order of the ballot; all types.'")


def test_split_votes_with_intervals_are_those_of_the_voters(page: Any, made: tuple[Path, blocs.Fit, Any]) -> None:
    _, fit, coded = made
    errors = as_cast_errors(fit, profiles_of(coded)).query("outcome == 'split'")
    errors["office"] = errors["office"].replace("GOVERNOR", "Governor </script><b>\"'&")
    true = errors.set_index(["type", "top", "stood", "office"])
    figure = "figure[data-name=both]"
    page.select_option(f"{figure} select[name=measure]", "interval")
    page.select_option(f"{figure} select[name=top]", "DEM")
    until(page, f"document.querySelector('{figure} .shown').textContent.startsWith('Shown: DEM voters; split votes')")
    says = re.compile(r"Type (\d+), (.+): ([<>]?[\d.]+) %(?: \(95 % interval ([<>]?[\d.]+) to ([<>]?[\d.]+)\))? split")
    found = [match for label in marks(page, "both") if (match := says.fullmatch(label))]
    assert len(found) > 6
    for match in found:
        k, office, *ends = match.groups()
        row = true.loc[(int(k), "DEM", "both", office)]
        for name, text in zip(("probability", "low", "high"), ends, strict=True):
            if text is None:
                assert np.isnan(row[name])
            elif text[0] in "<>":
                assert (100 * row[name] < 0.1) == (text[0] == "<")
            else:
                assert float(text) == pytest.approx(100 * row[name], abs=0.0501)


def test_groups_have_one_panel_a_type_until_one_is_chosen(page: Any, made: tuple[Path, blocs.Fit, Any]) -> None:
    _, fit, coded = made
    figure = "figure[data-name=groups-1]"
    assert page.evaluate(f"document.querySelector('{figure} .shown').textContent") == "Shown: all types."
    titles = [f"Type {k} ({100 * share:.1f} %)" for k, share in fit.shares.items()]
    assert [text for text in texts(page, f"{figure} svg text") if text in titles] == titles
    shown = shown_shares(fit, coded, "precinct").table
    drawn = sorted(label for label in marks(page, "groups-1") if ", Type " in label)
    assert drawn == sorted(
        f"{row['group']}, Type {row['type']}: {100 * row['share']:.1f} % (95 % interval {100 * row['low']:.1f} to "
        f"{100 * row['high']:.1f})" for row in shown.to_dict("records")
    )  # fmt: skip
    page.select_option(f"{figure} select", "2")
    until(page, f"document.querySelector('{figure} .shown').textContent.startsWith('Shown: Type 2 (')")
    assert all(", Type 2: " in label for label in marks(page, "groups-1"))


def test_the_checklist_is_a_table_with_its_steps_as_headers(page: Any) -> None:
    section = page.locator("#checklist")
    assert section.locator("th[scope=row]").all_text_contents() == [str(step) for step in range(1, 15)]
    assert "1, 2, 3; why no others is for the authors to write." in str(section.text_content())
    assert page.evaluate("document.documentElement.scrollWidth") == 1100


def test_offices_are_sorted_by_their_share_of_split_votes(page: Any) -> None:
    page.select_option("figure[data-name=both] select[name=sort]", "split")
    until(page, "document.querySelector('figure[data-name=both] .shown').textContent.includes('split votes first')")
    labels = texts(page, "figure[data-name=both] .role-axis-label text")
    offices = [label for label in dict.fromkeys(labels) if not label.isdigit()]
    rows = page.evaluate("rows => [...document.querySelectorAll('table[data-name=both]')].flatMap(t => "
                         "[...t.tBodies[0].rows].map(r => [...r.cells].map(c => c.textContent)))", None)  # fmt: skip
    table = pd.DataFrame(rows).query("`1` == 'DEM'")
    n = table[2].str.replace("≈ ", "").str.replace(",", "").astype(float)
    split = pd.to_numeric(table[3].str.strip("<"), errors="coerce") * n
    mean = (split.groupby(table[0]).sum() / n.groupby(table[0]).sum()).sort_values(ascending=False)
    assert offices == mean.index.tolist()


def test_a_click_on_a_type_chooses_it_below(page: Any) -> None:
    page.locator("figure[data-name=both] svg path[aria-label^='Type 2,']").first.click()
    until(page, "document.querySelector('figure[data-name=groups-1] select').value === '2'")
    until(page, "document.querySelector('figure[data-name=groups-1] .shown').textContent.startsWith('Shown: Type 2 (')")


def test_names_for_screen_readers(page: Any) -> None:
    tree = page.locator("main").aria_snapshot()
    for words in ("The highest share of split votes is", 'combobox "Voters of"', 'combobox "Offices"',
                  'region "Numbers:', "of 3 starts reached the best log-likelihood", "rowheader"):  # fmt: skip
        assert words in tree, words
    unnamed = page.evaluate("[...document.querySelectorAll('.plate, .wide')].filter(e => "
                            "!e.getAttribute('aria-label') || e.tabIndex !== 0).length")  # fmt: skip
    assert unnamed == 0
    charts = page.evaluate("[...document.querySelectorAll('.vega-embed')].map(e => e.getAttribute('aria-label'))")
    assert charts[:2] == ["Figure 1. Part 1 of 2.", "Figure 1. Part 2 of 2."]  # the voters of each party
    assert list(dict.fromkeys(name.split(" Part ")[0] for name in charts)) == [f"Figure {n}." for n in range(1, 10)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [380, 1100])
def test_the_page_is_as_wide_as_the_window(browser: Any, made: Any, width: int, scheme: str) -> None:
    page = opened(browser, made[0], viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    ground = style(page, "body", "backgroundColor")
    assert contrast(style(page, "body", "color"), ground) > 7
    note, plate = style(page, ".note", "color"), style(page, ".plate", "backgroundColor")
    assert contrast(note, ground) > 4.5
    assert plate == "rgb(255, 255, 255)"
    page.close()


def texts(page: Any, query: str) -> list[str]:
    found: list[str] = page.evaluate("query => [...document.querySelectorAll(query)].map(e => e.textContent)", query)
    return found


def style(page: Any, query: str, name: str) -> str:
    return str(page.evaluate("([query, name]) => getComputedStyle(document.querySelector(query))[name]", [query, name]))


def contrast(a: str, b: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2)."""
    def luminance(colour: str) -> float:
        c = np.array([int(v) / 255 for v in re.findall(r"\d+", colour)[:3]])
        return float(np.where(c <= 0.03928, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])

    low, high = sorted([luminance(a), luminance(b)])
    return (high + 0.05) / (low + 0.05)


def test_print_shows_all_and_says_its_state(browser: Any, made: Any) -> None:
    page = opened(browser, made[0], viewport={"width": 680, "height": 900})
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("[...document.querySelectorAll('form, .noprint')].every(e => "
                         "getComputedStyle(e).display === 'none')")  # fmt: skip
    assert page.evaluate("[...document.querySelectorAll('details')].every(d => d.open)")
    assert "Shown: both parties; shares" in page.locator("figure[data-name=both] figcaption").inner_text()
    assert page.evaluate("[...document.querySelectorAll('.plate svg')].every(e => "
                         "e.getBoundingClientRect().right <= innerWidth)")  # fmt: skip
    assert page.evaluate("document.documentElement.scrollWidth") == 680  # nothing is cut off
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.evaluate("document.querySelector('#one-party details').open")
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.close()


def test_without_scripts_every_number_is_there(browser: Any, made: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(made[0].as_uri())
    text = page.locator("main").inner_text()
    assert "Without scripts there are no pictures; the tables have every number." in text
    assert page.locator("form:visible").count() == 0
    assert page.locator("table[data-name=both] td").first.is_visible()
    context.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of 40 offices with the top, and 10 types."""
    folder = tmp_path_factory.mktemp("large")
    write_collection(folder / "c.csv", 2000, 40, 10, 0.5, 1, 1, None, None)
    coded = blocs.code(blocs.read_cvr(folder / "c.csv"), groups=["precinct"])
    fit = blocs.fit(coded, 10, starts=1, steps=5, prior=0.01, exchange=False)  # with a prior: without standard errors
    blocs.html_report(fit, coded).save(folder / "report.html")
    return folder / "report.html"


def test_a_page_of_many_offices_and_types_is_small_and_drawn_in_parts(browser: Any, large: Path) -> None:
    assert large.stat().st_size < 1_500_000
    page = opened(browser, large)
    assert len(marks(page, "both")) > 1000
    names = page.evaluate("[...document.querySelectorAll('figure[data-name=both] .vega-embed')].map(e => "
                          "e.getAttribute('aria-label'))")  # fmt: skip
    assert names == [f"Figure 1. Part {number} of 6." for number in range(1, 7)]  # three rows of panels for each party
    legends = page.evaluate("[...document.querySelectorAll('figure[data-name=both] .vega-embed')].map(e => "
                            "e.querySelectorAll('.role-legend').length)")  # fmt: skip
    assert legends == [0, 0, 0, 0, 0, 1]
    kept = page.evaluate("[...document.querySelectorAll('.plate')].map(e => e.style.minHeight)")
    assert set(kept) == {""}
    assert page.complaints == []
    page.close()


def test_at_first_only_what_is_in_the_window_is_drawn(browser: Any, large: Path) -> None:
    page = at_first(browser, large)
    assert page.evaluate("document.querySelectorAll('.vega-embed').length") == 1
    laid_out = page.evaluate("[...document.querySelectorAll('td')].filter(e => "
                             "e.checkVisibility({contentVisibilityAuto: true})).length")  # fmt: skip
    assert laid_out == 0
    plates = "[...document.querySelectorAll('#finding .plate')].map(e => e.getBoundingClientRect().height)"
    (kept,) = page.evaluate(plates)
    page.close()
    whole = opened(browser, large)
    (needed,) = whole.evaluate(plates)
    whole.close()
    assert kept == pytest.approx(needed, rel=0.05)  # so that what is below stays where it is while the rest is drawn


def test_a_page_of_many_offices_and_types_is_drawn_quickly(browser: Any, large: Path, tmp_path: Path) -> None:
    """Read and drawn at first in less than so many times the work of a page that does known things.

    Both are measured in turn, as the time of a processor that the page's thread has: neither the machine's speed nor
    what else it does changes how many times it is, but for chance, against which there are more rounds where five do
    not suffice. The limit is one and a half times what was measured (1.4), and less than that of a page twice as slow.
    """
    known = tmp_path / "known.html"
    known.write_text(KNOWN, encoding="utf-8")
    ratios: list[float] = []
    while len(ratios) < 5 or (np.median(ratios) >= QUICK and len(ratios) < 15):
        before, this, after = (thread_time(browser, path) for path in (known, large, known))
        ratios.append(2 * this / (before + after))
    assert np.median(ratios) < QUICK, ratios


def at_first(browser: Any, path: Path) -> Any:
    """Open a page that stays as it is when its first row of panels is drawn: it waits for a timer that never ends."""
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.add_init_script("globalThis.setTimeout = () => 0")
    page.session = page.context.new_cdp_session(page)
    page.session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(path.as_uri())
    until(page, "document.documentElement.dataset.first")
    page.evaluate("new Promise(shown => requestAnimationFrame(() => requestAnimationFrame(shown)))")
    return page


def thread_time(browser: Any, path: Path) -> float:
    """Return the seconds of a processor that the thread of a page took until its first row of panels was shown."""
    page = at_first(browser, path)
    metrics = {one["name"]: one["value"] for one in page.session.send("Performance.getMetrics")["metrics"]}
    page.close()
    return float(metrics["TaskDuration"])


def test_a_table_is_saved_as_csv(page: Any) -> None:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Figure 6").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    rows = page.evaluate("[...document.querySelectorAll('table[data-name=shares] tr')].map(r => "
                         "[...r.cells].map(c => c.textContent))")  # fmt: skip
    assert text.splitlines() == [",".join(f'"{cell}"' if "," in cell else cell for cell in row) for row in rows]


def test_names_of_a_county_are_text(page: Any) -> None:
    assert page.locator("h1").inner_text() == "3 types of voters in </script><b> & \"x\""
    assert page.locator("main b:not(.shown)").all_inner_texts()[0] == "Figure 1."
    assert page.locator("table[data-name=both] th[scope=row]").first.inner_text() == "Governor </script><b>\"'&"
