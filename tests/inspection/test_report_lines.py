"""Lines of the report belong to the lines of the program that the line map says, in its data and on its page."""

import re

import pytest

import srcgrad
from srcgrad.errors import SrcgradError
from srcgrad.inspection.page import page
from srcgrad.inspection.report import Report
from srcgrad.origins import locate
from tests.language.all_programs import all_cases
from tests.language.corpus import Case
from tests.language.truth import quiet

CASES = [case for case in all_cases() if not case.costly]
# On the page: the code of every 9th program, since a page takes longer than its data.
SHOWN = CASES[::9]


def report_of(case: Case) -> Report:
    args, kwargs = case.fresh()
    with quiet():
        try:
            report = srcgrad.inspect(case.function, *args, argnums=case.argnums, measure=False, **kwargs)
        except SrcgradError as error:
            pytest.skip(f"refused: {error.code}")
    if report.how != "generated":
        pytest.skip("it is recorded")
    return report


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_places_are_those_of_the_line_map(case: Case) -> None:
    report = report_of(case)
    for part in report.generated:
        for number, line in enumerate(part.lines, start=1):
            location = locate(part.file, number)
            assert (line.place is None) == (location is None), line.text
            if line.place is not None and location is not None:
                source = report.sources[line.place.source]
                assert (source.file, line.place.line) == (location.filename, location.lineno), line.text


@pytest.mark.parametrize("case", SHOWN, ids=lambda case: case.name)
def test_the_page_links_the_same_lines(case: Case) -> None:
    report = report_of(case)
    shown = page(report)
    rows = re.findall(r'<div class="ln [^"]*"[^>]* id="g(\d+)"(?: data-k="(\d+):(\d+)")?', shown)
    linked = {int(number): (int(source), int(line)) for number, source, line in rows if source}
    wanted = {
        number: (line.place.source, line.place.line)
        for number, line in report.numbered()
        if line.place is not None
    }
    assert linked == wanted
