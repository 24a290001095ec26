"""Names of contests as counties write them: office, district, seat and term."""

from __future__ import annotations

import csv
import gzip
import string
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocs.ballots.office_names import STANDARD, OfficeName, district_of, office_name
from blocs.ballots.office_names.numbers import as_number, plain_number, spelled_number
from blocs.ballots.office_names.words import tokens_of
from blocs.ballots.party_names import fold

WORDINGS = [
    # the President, and presidents of something else
    ("Presidential Electors", "US PRESIDENT", ""), ("For President and Vice President", "US PRESIDENT", ""),
    ("U S Pres./Vice Pres.", "US PRESIDENT", ""), ("Presidente y Vicepresidente", "US PRESIDENT", ""),
    ("President - REP", "US PRESIDENT", ""), ("President, County Council", "President, County Council", ""),
    ("President", "US PRESIDENT", ""), ("Village President", "Village President", ""),
    ("President Pro Tem", "President Pro Tem", ""), ("Navajo Nation President", "Navajo Nation President", ""),
    # governors
    ("Governor & Lt. Governor", "GOVERNOR", ""), ("Lieutenant Governor", "Lieutenant Governor", ""),
    ("GOBERNADOR", "GOVERNOR", ""), ("Governor's Council District 3", "Governor's Council", "3"),
    # the Senate of the United States
    ("U. S. Senator", "US SENATE", ""), ("Senator in Congress", "US SENATE", ""), ("Senator", "US SENATE", ""),
    ("State of Utah United States Senator", "US SENATE", ""), ("UNITED.STATES.SENATOR", "US SENATE", ""),
    # the House of Representatives of the United States
    ("Rep. in Congress, 4th Dist.", "US HOUSE", "4"), ("in Congress - 6", "US HOUSE", "6"),
    ("US Rep CD-08", "US HOUSE", "8"), ("23Rd Cd", "US HOUSE", "23"), ("Us Representative D17", "US HOUSE", "17"),
    ("Representative to the 118th United States Congress - District 3", "US HOUSE", "3"),
    ("REPRESENTATIVE IN CONGRESS SIXTEENTH CONGRESSIONAL DISTRICT", "US HOUSE", "16"),
    ("Congressman Seventh District", "US HOUSE", "7"), ("X21st Congressional", "US HOUSE", "21"),
    ("Member of the House of Representatives (9th Congressional District)", "US HOUSE", "9"),
    ("Member, House of Representatives, 2nd District", "US HOUSE", "2"), ("House of Representatives", "US HOUSE", ""),
    ("Delegate to the House of Representatives District of Columbia", "US HOUSE", ""),
    ("State Representative (140230)", "STATE HOUSE", ""), ("State Senator (12)", "STATE SENATE", "12"),
    ("U.S. Representative, Dist I", "US HOUSE", "1"), ("PRES & VP", "US PRESIDENT", ""),
    ("U.S. Representative, At-Large", "US HOUSE", "0"), ("Representative in Congress (140230)", "US HOUSE", "23"),
    # senates of states
    ("State Senator 19th Senatorial District", "STATE SENATE", "19"), ("Senate District Q", "STATE SENATE", "Q"),
    ("12th Senatorial District", "STATE SENATE", "12"), ("St. Sen. Dist-15", "STATE SENATE", "15"),
    ("STATE.SENATOR,.DIST..3", "STATE SENATE", "3"), ("State SenatorDistrict 20", "STATE SENATE", "20"),
    ("Senator in the General Assembly 49th District", "STATE SENATE", "49"),
    ("For State Senator Fifty-Eighth Legislative District", "STATE SENATE", "58"),
    ("TN Senate District 30", "STATE SENATE", "30"), ("Senate of Virginia, 31st District", "STATE SENATE", "31"),
    ("State Senator, District No. XIV", "STATE SENATE", "14"), ("SD 15", "STATE SENATE", "15"),
    ("Member of the Legislature, Legislative District 20", "STATE SENATE", "20"),
    ("Senator in General Court Third Middlesex District", "STATE SENATE", "3 MIDDLESEX"),
    ("Senator in General Court Cape and Islands District", "STATE SENATE", "CAPE ISLANDS"),
    ("Senator in General Court Hampshire & Franklin District", "STATE SENATE", "HAMPSHIRE FRANKLIN"),
    ("Senator in General Court, Norfolk, Bristol and Middlesex", "STATE SENATE", "NORFOLK BRISTOL MIDDLESEX"),
    ("State Senator (Orleans District)", "STATE SENATE", "ORLEANS"),
    # lower chambers of states
    ("State Rep. - 73Rd District", "STATE HOUSE", "73"), ("STATE REPRESENTATIVE FIRST DISTRICT", "STATE HOUSE", "1"),
    ("STATE.REPRESENTATIVE,.DIST..11...14", "STATE HOUSE", "11"), ("State House 97", "STATE HOUSE", "97"),
    ("Member of Assembly, 133rd Assembly District", "STATE HOUSE", "133"), ("Assembly 5 (1624)", "STATE HOUSE", "5"),
    ("Representative to the Assembly District 94", "STATE HOUSE", "94"),
    ("Members of the General Assembly 11th Legislative District", "STATE HOUSE", "11"),
    ("For Representative in the General Assembly One Hundred Second Representative District", "STATE HOUSE", "102"),
    ("Representative in the General Assembly - HD103 (DEM)", "STATE HOUSE", "103"),
    ("Member House of Delegates 28th District", "STATE HOUSE", "28"), ("House of Delegates 37B", "STATE HOUSE", "37B"),
    ("WEST VIRGINIA HOUSE OF DELEGATES 5th DELEGATE DISTRICT", "STATE HOUSE", "5"),
    ("State Representative District 42A", "STATE HOUSE", "42A"), ("House District No. 9", "STATE HOUSE", "9"),
    ("Rep in State Legislature 4Th District", "STATE HOUSE", "4"), ("Asamblea Estatal Distrito 8", "STATE HOUSE", "8"),
    ("Tennessee House of Representatives District 82", "STATE HOUSE", "82"),
    ("Representative in General Court 11th Norfolk District", "STATE HOUSE", "11 NORFOLK"),
    ("State Representatives Grafton County District 8", "STATE HOUSE", "GRAFTON 8"),
    ("State Representative Orange-Caledonia", "STATE HOUSE", "ORANGE CALEDONIA"),
    ("State Representative Rutland-11", "STATE HOUSE", "RUTLAND 11"),
    ("State Representative Merrimack County District No. 21", "STATE HOUSE", "MERRIMACK 21"),
    ("Rep in General Court - Third Barnstable", "STATE HOUSE", "3 BARNSTABLE"),
    ("Representative, House District 12", "STATE HOUSE", "12"),
    ("House of Delegates Dist. 12 Subdistrict A", "STATE HOUSE", "12A"),
    ("State House Dist 79 Estatal Ante La Asamblea General Dist 79", "STATE HOUSE", "79"),
    ("State Representative 30th District Franklin County Only", "STATE HOUSE", "30"),
    ("HOUS055 State House of Representatives D", "STATE HOUSE", "55"),
    ("StateRep-District-22", "STATE HOUSE", "22"), ("REP IN GA 83rd", "STATE HOUSE", "83"),
    ("House of Delegates Subdistrict 9B", "STATE HOUSE", "9B"), ("USHouse 3", "US HOUSE", "3"),
    ("State Senate, Capital Senatorial District", "STATE SENATE", "CAPITAL"),
    ("STATE REP 5-A", "STATE HOUSE", "5A"), ("State Senate 3-B (Vote for 1)", "STATE SENATE", "3B"),
    ("State Rep 5 - D", "STATE HOUSE", "5"), ("House of Representatives Dist. 7A", "STATE HOUSE", "7A"),
    ("House of Representatives District 7", "US HOUSE", "7"), ("State Senator, 3rd - A", "STATE SENATE", "3"),
    ("State Senator, Even-Numbered District 4", "STATE SENATE", "4"),
    ("State Senator - Odd-Numbered District 7", "STATE SENATE", "7"),
    ("State Representative, Ward 5", "STATE HOUSE", "5"), ("St. Rep. Ward 12", "STATE HOUSE", "12"),
    ("State Representative, Manchester Ward 5", "STATE HOUSE", "MANCHESTER 5"),
    ("State Representative Merrimack County Ward 3", "STATE HOUSE", "MERRIMACK 3"),
    # names that are written as one word
    ("StateRepDist12", "STATE HOUSE", "12"), ("USHOUSE4", "US HOUSE", "4"), ("STSEN05", "STATE SENATE", "5"),
    ("RepInCongressDist4", "US HOUSE", "4"), ("CONGDIST3", "US HOUSE", "3"), ("HOUSE012", "STATE HOUSE", "12"),
    ("StateHouseDistrict42A", "STATE HOUSE", "42A"), ("TXHouse12", "STATE HOUSE", "12"), ("USCD4", "US HOUSE", "4"),
    ("19thSenatorialDist", "STATE SENATE", "19"), ("MemberOfAssembly133", "STATE HOUSE", "133"),
    ("USPresident", "US PRESIDENT", ""), ("PRESVICEPRES", "US PRESIDENT", ""), ("GovLtGov", "GOVERNOR", ""),
    ("UnitedStatesSenator", "US SENATE", ""), ("StateRep_12", "STATE HOUSE", "12"), ("LtGov", "LtGov", ""),
    ("CityCouncilWard4", "CityCouncil", "4"), ("COMMISSIONERDIST2", "COMMISSIONER", "2"), ("JPPCT4", "JP", "4"),
    ("USD497", "USD497", ""), ("Prop12", "Prop12", ""), ("REP1", "REP1", ""), ("Households", "Households", ""),
    # abbreviations of states, codes of programs, words in Spanish
    ("NYS Assembly 108", "STATE HOUSE", "108"), ("Tenn. Senate District 4", "STATE SENATE", "4"),
    ("S.C. House of Representatives District 26", "STATE HOUSE", "26"), ("STS 03", "STATE SENATE", "3"),
    ("STH187", "STATE HOUSE", "187"), ("HOD 23", "STATE HOUSE", "23"), ("Unicameral District 31", "STATE SENATE", "31"),
    ("State Rep., 23rd Repr. Dist.", "STATE HOUSE", "23"), ("St Repr 5", "STATE HOUSE", "5"),
    ("Senador por el Estado Distrito 5", "STATE SENATE", "5"), ("Electores Presidenciales", "US PRESIDENT", ""),
    ("Delegado a la Cámara de Delegados Distrito 5", "STATE HOUSE", "5"),
    ("Miembro de la Asamblea Distrito 34", "STATE HOUSE", "34"), ("Secretario de Estado", "Secretario de Estado", ""),
    # bodies that sound like one of the six
    ("State Board of Education, Congressional District 6", "State Board of Education", "6"),
    ("Regent of the University, Congressional District 2", "Regent of the University", "2"),
    ("Anytown Assembly District 3", "Anytown Assembly", "3"),
    ("County Legislature District 5", "County Legislature", "5"),
    ("State Central Committeeman 9th Senatorial District", "State Central Committeeman", "9"),
    ("Delegate to the National Convention, 7th Congressional District", "Delegate to the National Convention", "7"),
    ("Town Meeting Representative, Precinct 4", "Town Meeting Representative", "4"),
    ("Clerk of the House", "Clerk of the House", ""), ("U.S. Shadow Senator", "U.S. Shadow Senator", ""),
    # offices of counties
    ("School Director, Region II", "School Director", "2"),
    ("COUNTY COMMISSIONER DISTRICT 3 (1207)", "COUNTY COMMISSIONER", "3"),
    ("City Council, 4th Ward", "City Council", "4"), ("Representative, Ward 5", "Representative", "5"),
    ("Constable, Precinct No. 2", "Constable", "2"), ("Sheriff (OFC012) (Vote for 1)", "Sheriff", ""),
    ("Council (Vote for 2) District 3", "Council", "3"), ("Council Dist-4, Big City", "Council, Big City", "4"),
    ("District Attorney - 18th Judicial District", "District Attorney", "18"), ("District 5", "District", "5"),
    ("Judge, 48th District Court", "Judge, 48th District Court", ""), ("Amendment 69", "Amendment 69", ""),
]  # fmt: skip
"""Name of a contest, office and district."""


@pytest.mark.parametrize(("name", "office", "district"), WORDINGS)
def test_office_and_district(name: str, office: str, district: str) -> None:
    read = office_name(name)
    assert (read.office, read.district, read.raw, read.part) == (office, district, name, "")
    assert read.standard == (office in STANDARD)


@pytest.mark.parametrize(
    ("name", "office", "place", "part"),
    [
        ("State Representative, Legislative District 14, Seat A", "STATE HOUSE", "14A", "seat A"),
        ("LEG DIST 14 ST REP B", "STATE HOUSE", "14B", "seat B"),
        ("House District No. 31 Seat A", "STATE HOUSE", "31A", "seat A"),
        ("District 8 House Seat B", "STATE HOUSE", "8B", "seat B"),
        ("House District 10 Position 1", "STATE HOUSE", "10-1", "seat 1"),
        ("Senate Seat 3", "Senate", "3", "seat 3"),
        ("Legislative District 1 Representative Position 1", "STATE HOUSE", "1-1", "seat 1"),
        ("State Representative Pos. 2", "STATE HOUSE", "2", ""), ("LD14StateRepPos1", "STATE HOUSE", "14-1", "seat 1"),
        ("SupremeCourtPos3", "SupremeCourt", "3", "seat 3"), ("HouseDist31SeatA", "STATE HOUSE", "31A", "seat A"),
        ("STATESENATEDIST12UNEXPIRED", "STATE SENATE", "12", "special"),
        ("Judge of the Superior Court, Office No. 5", "Judge of the Superior Court", "5", "seat 5"),
        ("Justice of the Peace, Precinct 1, Place 2", "Justice of the Peace", "1-2", "seat 2"),
        ("City Council At-Large", "City Council", "AT LARGE", "at large"),
        ("Us Senate Loeffler Special", "US SENATE", "", "special"),
        ("United States Senator (Unexpired Term)", "US SENATE", "", "special"),
        ("State Senator, 25th District, to fill vacancy", "STATE SENATE", "25", "special"),
        ("State Senator, 10th District (2 Year Term)", "STATE SENATE", "10", ""),
        ("Rep in State Legislature 4th District Partial Term Ending 01/01/2021", "STATE HOUSE", "4", "special"),
        ("County Auditor - Unexpired Term", "County Auditor", "", "special"),
        ("Public Service Commissioner District 1 (Special Election)", "Public Service Commissioner", "1", "special"),
        ("Park Commissioner (2 year term, unexpired)", "Park Commissioner (2 year term)", "", "special"),
        ("Council (North) Ward 2 (short term)", "Council (North)", "2", "special"),
        ("Special Road District 4 Commissioner", "Special Road Commissioner", "4", ""),
    ],
)
def test_seat_and_term(name: str, office: str, place: str, part: str) -> None:
    read = office_name(name)
    assert (read.office, read.place, read.part) == (office, place, part)


@pytest.mark.parametrize(
    ("name", "district", "expected"),
    [
        ("State Senator", "11TH SENATE", "11"), ("Senate District B", "Senate B", "B"), ("Governor", "County Wide", ""),
        ("US Senator", "State of Alaska", ""), ("Board of Supervisors District 1", "SUP DIST 1", "SUP DIST 1"),
        ("Sheriff", "", ""), ("State Representative", "North End", "North End"),
    ],
)  # fmt: skip
def test_the_file_has_a_district_beside_the_name(name: str, district: str, expected: str) -> None:
    assert district_of(office_name(name), district) == expected


def _same(name: str, other: str) -> None:
    one, two = office_name(name), office_name(other)
    assert (fold(one.office), one.place, one.part, one.standard) == (
        fold(two.office),
        two.place,
        two.part,
        two.standard,
    )


names = st.sampled_from([name for name, _, _ in WORDINGS])
anything = st.text(string.ascii_letters + string.digits + " .,-()/#:\n", max_size=40)
some_names = st.one_of(names, anything)


@given(some_names)
def test_the_office_of_an_office_is_itself(name: str) -> None:
    office = office_name(name).office
    assert office_name(office).office == office


@given(some_names)
def test_case_makes_no_difference(name: str) -> None:
    _same(name, name.upper())
    _same(name, name.lower())


@given(names, st.sampled_from([" ", "  ", "\n", "\r\n ", "\t"]))
def test_blanks_and_line_breaks_make_no_difference(name: str, blank: str) -> None:
    _same(name, f" {name.replace(' ', blank)} ")


@given(names)
def test_dots_make_no_difference(name: str) -> None:
    if "..." not in name and " " in name:
        _same(name, name.replace(".", " "))
        _same(name, name.replace(" ", ". "))


@given(
    names, st.sampled_from(["(Vote for 1)", "(VOTE FOR ONE)", "(Vote For=2)", "(1731)", "(OFC012)", "- Vote for one"])
)
def test_votes_allowed_and_codes_make_no_difference(name: str, added: str) -> None:
    if not name.endswith(("14", " D")):  # codes at the end of the name itself
        _same(name, f"{name} {added}")


@given(some_names)
def test_anything_has_an_office(name: str) -> None:
    read = office_name(name)
    assert isinstance(read, OfficeName)
    assert read.raw == name
    assert read.office or not name.strip()


@pytest.mark.parametrize("word", ["12" * 39 + "x", "in" * 39 + "x", "state" * 15 + "x", "1" * 5000, "house" * 900])
def test_long_words_end(word: str) -> None:
    """Trying all ways to part such a word would take forever."""
    assert office_name(word).office == word


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("first", "1th"), ("third", "3th"), ("eighth", "8th"), ("twelfth", "12th"), ("nineteenth", "19th"),
        ("twentieth", "20th"), ("forty second", "42th"), ("ninety ninth", "99th"), ("one hundredth", "100th"),
        ("one hundred first", "101th"), ("one hundred and eighteenth", "118th"), ("one hundred thirtieth", "130th"),
        ("one hundred forty fifth", "145th"), ("seven", "7"), ("sixty four", "64"), ("one hundred twenty", "120"),
        ("one hundred", "100"), ("twenty twenty", "20"), ("hundred", None), ("second hand", "2th"),
    ],
)  # fmt: skip
def test_numbers_in_words(words: str, number: str | None) -> None:
    found = spelled_number([*words.split(), "district"])
    assert (found and found[0]) == number


@given(st.integers(1, 199), st.sampled_from(["", "0", "00"]))
def test_numbers_in_digits(number: int, zeros: str) -> None:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(0 if number // 10 % 10 == 1 else number % 10, "th")
    for written in (str(number), f"{number}{ending}"):
        assert plain_number(as_number(zeros + written)) == str(number)
    assert plain_number(as_number(f"{zeros}{number}b")) == f"{number}B"


def test_roman_numerals() -> None:
    numerals = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "ix": "9", "xiv": "14", "xix": "19", "xxxviii": "38"}
    assert {numeral: plain_number(numeral) for numeral in numerals} == numerals
    assert [plain_number(letter) for letter in "vxi"] == ["V", "X", "I"]  # letters of districts


def test_words_stand_where_they_stood() -> None:
    text = "U. S. Rep., D17"
    assert [(token.word, text[token.start : token.end]) for token in tokens_of(text)] == [
        ("us", "U. S"), ("representative", "Rep"), ("district", "D"), ("17", "17"),
    ]  # fmt: skip


def test_real_names(shared_data: Callable[[str], Path]) -> None:
    """Of 7,752 contests that others coded by hand, those whose district stands in the name are read."""
    with gzip.open(shared_data("harvard_mit/contests_lookup_given.csv.gz"), "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    districts: dict[tuple[str, ...], bool] = defaultdict(lambda: True)
    offices: dict[tuple[str, ...], set[str]] = defaultdict(set)
    standard = 0
    for row in rows:
        read = office_name(row["contest"])
        place = (row["state"], row["county_name"], row["office"])
        offices[place].add(read.office)
        standard += read.office == row["office"]
        if row["office"] in ("US HOUSE", "STATE SENATE", "STATE HOUSE"):
            same = read.place.lstrip("0") == row["district"].lstrip("0")
            districts[*place, row["district"]] &= same
    one = sum(len(names) == 1 for names in offices.values())
    assert (len(rows), standard) == (7752, 7749)
    assert (len(offices), one) == (1236, 1235)
    assert (len(districts), sum(districts.values())) == (1686, 1668)


TERMS = [
    ("SENATE DISTRICT 15 (unexpired term)", "STATE SENATE", "15"),
    ("SENATE DISTRICT 15 SPECIAL ELECTION", "STATE SENATE", "15"),
    ("SENATE DISTRICT 15 (Vacancy)", "STATE SENATE", "15"), ("SENATE DISTRICT 15 SHORT TERM", "STATE SENATE", "15"),
    ("HOUSE DISTRICT 8 - UNEXPIRED 2 YEAR TERM", "STATE HOUSE", "8"), ("SD 15 unexpired", "STATE SENATE", "15"),
    ("ASSEMBLY DISTRICT 8 (SPECIAL)", "STATE HOUSE", "8"), ("HD-8 (special)", "STATE HOUSE", "8"),
    ("Senator Dist 5 (unexp)", "STATE SENATE", "5"), ("SENATE DISTRICT 15, 2-YR UNEXPIRED", "STATE SENATE", "15"),
    ("Special Senate District 4", "STATE SENATE", "4"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "office", "district"), TERMS)
def test_a_term_that_is_not_whole_leaves_the_office_of_a_name(name: str, office: str, district: str) -> None:
    read = office_name(name)
    assert (read.office, read.district, read.term, read.standard) == (office, district, "special", True)


@pytest.mark.parametrize(
    "name", ["Senate Dist 3 (4 year term)", "Senate (2 year) Dist 3", "Senate District 3, full term"]
)
def test_a_whole_term_is_no_other_contest(name: str) -> None:
    assert office_name(name) == OfficeName(name, "STATE SENATE", "3", standard=True)


@pytest.mark.parametrize("dated", [
    "Justice of the Supreme Court Full Term Commencing 1/1/2015", "Judge of Common Pleas 1/4/2015",
    "Judge, Term Ending 12-31-26", "School Board, Term Expires 2026", "City Council 2024",
])  # fmt: skip
def test_a_date_at_the_end_is_no_district_and_no_seat(dated: str) -> None:
    assert office_name(dated) == OfficeName(dated, dated)


LIKE_OFFICES = [
    ("Camara de Representantes Distrito 3", "STATE HOUSE", "3"),
    ("Cámara de Representantes de EE. UU. Distrito 3", "US HOUSE", "3"),
    ("Cámara de Representantes Federal Distrito 3", "US HOUSE", "3"),
    ("House of Representatives District 3 / Cámara de Representantes Distrito 3", "US HOUSE", "3"),
    ("Sts 3rd Ward", "Sts", "3"), ("House Sts 12", "House Sts 12", ""), ("STS 12", "STATE SENATE", "12"),
    ("Fire District STH 12 Commissioner", "Fire District STH 12 Commissioner", ""),
    ("HOD 72 House of Delegates", "STATE HOUSE", "72"),
    ("Health Region 4 Director", "Health Region Director", "4"), ("Director, Health Region 4", "Director, Health", "4"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "office", "district"), LIKE_OFFICES)
def test_words_that_are_an_office_by_themselves_alone(name: str, office: str, district: str) -> None:
    assert (office_name(name).office, office_name(name).place) == (office, district)
