"""Names of contests against what others read by hand: `python -m benchmarks.office_names LOOKUP.csv.gz`.

The table has the columns state, county_name, contest, office and district, one row for each name, as the Harvard/MIT
collection of cast vote records has them. Counted are, by state and for the rule before and the rule now:

- districts: the (county, office, district) of a legislature whose district every name of it gives;
- offices: the (county, office) whose names all give one office;
- names: those that give the office by its standard name (now only: before there were none).
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from blocs.ballots.office_names import office_name

__all__ = ["read", "score"]

LEGISLATURES = ("US HOUSE", "STATE SENATE", "STATE HOUSE")
Row = Mapping[str, str]
Rule = Callable[[str], tuple[str, str]]
_CANDIDATE = re.compile(r"\s*\(?vote for\s*\d.*", re.IGNORECASE | re.DOTALL)
_CHOICE = re.compile(r"^Choice_\d+_\d+:([^:]*):.*")
_DISTRICT = re.compile(
    r"[\s,;:\-(]*\b(?:district|dist\.?|distrito|seat|position|pos\.?|division|div\.?)"
    r"\s*(?:no\.?|number|#)?\s*([0-9]+[a-z]?|[a-z])\b\)?",
    re.IGNORECASE,
)


def before(name: str) -> tuple[str, str]:
    """Return (office, district) by the one pattern that blocs had before; columns of choices cut to the contest."""
    contest = _CANDIDATE.sub("", _CHOICE.sub(r"\1", name))
    found = _DISTRICT.search(contest)
    if not found:
        return contest.strip(), ""
    rest = (contest[: found.start()] + " " + contest[found.end() :]).strip(" ,;:-")
    return " ".join(rest.split()) or contest.strip(), found.group(1)


def now(name: str) -> tuple[str, str]:
    """Return (office, district) as blocs reads them."""
    read_name = office_name(name)
    return read_name.office, read_name.place


def read(path: Path) -> list[Row]:
    """Return the rows of the table, of a CSV file that may be compressed."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def score(rows: Sequence[Row], rule: Rule) -> dict[str, list[tuple[int, int]]]:
    """Return for each state how many districts, offices and names a rule reads, and of how many."""
    districts: dict[tuple[str, ...], bool] = defaultdict(lambda: True)
    offices: dict[tuple[str, ...], set[str]] = defaultdict(set)
    names: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        office, district = rule(row["contest"])
        place = (row["state"], row["county_name"], row["office"])
        offices[place].add(office)
        names[row["state"]].append(office == row["office"])
        if row["office"] in LEGISLATURES:
            districts[*place, row["district"]] &= district.upper().lstrip("0") == row["district"].upper().lstrip("0")
    scores = {}
    for state in names:
        of_districts = [same for key, same in districts.items() if key[0] == state]
        of_offices = [len(several) == 1 for key, several in offices.items() if key[0] == state]
        scores[state] = [(sum(of), len(of)) for of in (of_districts, of_offices, names[state])]
    return scores


def _show(rows: Sequence[Row]) -> None:
    scores = {"before": score(rows, before), "now": score(rows, now)}
    for of in scores.values():
        of["all"] = [(sum(s[k][0] for s in of.values()), sum(s[k][1] for s in of.values())) for k in range(3)]
    print(f"{'state':22}{'districts before':>18}{'now':>16}{'offices before':>18}{'now':>16}{'names now':>17}")
    for state in scores["now"]:
        cells = [f"{a:,} of {b:,}" for a, b in (scores[rule][state][k] for k in range(2) for rule in scores)]
        right, total = scores["now"][state][2]
        print(f"{state:22}{cells[0]:>18}{cells[1]:>16}{cells[2]:>18}{cells[3]:>16}{f'{right:,} of {total:,}':>17}")


def _show_wrong(rows: Sequence[Row]) -> None:
    print("\nRead otherwise than by hand (one name of a kind):")
    shown = set()
    for row in rows:
        office, district = now(row["contest"])
        legislative = row["office"] in LEGISLATURES
        same = not legislative or district.upper().lstrip("0") == row["district"].upper().lstrip("0")
        kind = (row["state"], row["county_name"], row["office"], row["district"])
        if (office != row["office"] or not same) and kind not in shown:
            shown.add(kind)
            print(f"  {', '.join(kind)}: {row['contest']!r} is {office!r}, {district!r}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"{__doc__}\nName the table.")
    table = read(Path(sys.argv[1]))
    _show(table)
    _show_wrong(table)
