"""Parties beside the names of candidates, of whole contests: taken where they are parties, and nowhere else."""

from __future__ import annotations

import pytest

from blocs.ballots.name_and_party import name_and_parties, style_of, styles_of, uncertain_parties
from blocs.ballots.party_names import party_name

PARTED = [
    ("DFL Ann Lee; R Bob Ray; LMN Cy Fox; write-in", "DEM Ann Lee; REP Bob Ray; LMN Cy Fox; - write-in"),
    ("D Ann Lee; R Bob Ray; L Cy Fox; I Dee Po", "DEM Ann Lee; REP Bob Ray; LBT Cy Fox; IND Dee Po"),
    ("DEM Ann Lee; REP Bob Ray; I Dee Po", "DEM Ann Lee; REP Bob Ray; IND Dee Po"),
    ("D Ann Lee / Bo Po; R Cy Fox / Di Ray", "DEM Ann Lee / Bo Po; REP Cy Fox / Di Ray"),
    ("D: Ann Lee; R: Bob", "DEM Ann Lee; REP Bob"), ("D - Ann; R - Bob; NP - Cy", "DEM Ann; REP Bob; - Cy"),
    ("Ann Lee, D; Bob Ray, R", "DEM Ann Lee; REP Bob Ray"), ("Ann Lee/D; Ray / R", "DEM Ann Lee; REP Ray"),
    ("Ann Lee DFL; Bob Ray R", "DEM Ann Lee; REP Bob Ray"),
    ("Democratic Party: Ann; Republican Party: Bob", "DEM Ann; REP Bob"),
    ("Democratic Party - Ann; Working Families Party - Bob; Green Party: Cy", "DEM Ann; WORKING FAMILIES Bob; GRN Cy"),
    ("(Democratic Party) Ann; (DEM) Bo; [Working Families] Cy", "DEM Ann; DEM Bo; WORKING FAMILIES Cy"),
    ("DEM-Ann Lee; REP_Bob; DEM/Cy", "DEM Ann Lee; REP Bob; DEM Cy"),
    ("Ann Lee, Democrat; Bob, Green Party; Cy - Peace and Freedom", "DEM Ann Lee; GRN Bob; PEACE AND FREEDOM Cy"),
    ("Ann Lee/DEM; Bob Ray/Republican; Cy_GRN", "DEM Ann Lee; REP Bob Ray; GRN Cy"),
    ("Republican Party Bob Ray; Ann Lee Green Party", "REP Bob Ray; GRN Ann Lee"),
    ("Democratic Party\nAnn Lee; Bob Ray\nRepublican Party", "DEM Ann Lee; REP Bob Ray"),
    ("Democratic-Farmer-Labor Ann; Bob, Democratic-Farmer-Labor; Cy (Dem-NPL)", "DEM Ann; DEM Bob; DEM Cy"),
    ("DFL Ann Lee; R Bob Ray; XYZ Cy Fox", "DEM Ann Lee; REP Bob Ray; - XYZ Cy Fox"),
    ("PPD Ana Paz; Luis Sol (PNP); GLC Cy Fox", "PPD Ana Paz; PNP Luis Sol; GLC Cy Fox"),
    ("Democratic NPL Ann Lee; Dem-NPL Bob; Cy Po Democratic-NPL", "DEM Ann Lee; DEM Bob; DEM Cy Po"),
    ("Democratic-Farmer-Labor - Ann; Republican - Bob", "DEM Ann; REP Bob"),
]  # fmt: skip
"""Names of a contest, and what they are."""

WHOLE = [
    "R Bob Ray; Ann Lee", "R Bob Ray",
    "D Ann Lee; R Bob Ray; Cy Fox", "D Smith; R Jones", "D. Smith; R. Jones; I. King",
    "DEM Ann Lee; REP Bob Ray; R James Po", "DEM ANN LEE; R BOB RAY; XYZ CY FOX", "D Ann Lee; R Bob Ray; JD Fox",
    "I Ann Lee; L Bob Ray", "R Ann Lee; R Bob Ray",
    "Van Dam, D; St. John, R", "Lee Jr, D; Ray III, R",
    "Lee, D; Ray, R", "Lee Ann D; Ray Bob R", "Lee, Ann D; Ray, Bob R", "Lee/D; Ray/B",
    "Green, Al; Ray, Bob", "Green Al; Al Green", "Lee/Green; Fox/Ray", "Ann Lee/Bo Po; Cy Fox/Di Ray",
    "FOR THE TAX LEVY; AGAINST THE TAX LEVY", "Yes; No",
    "Democratic Party; Republican Party", "Vote for the Green Party",
    "Party Ann Lee", "No Party Ann Lee", "Rep. Bob Ray; Sen. Ann Lee", "Grand Old Party Hats; Ann Lee",
]  # fmt: skip
"""Names that are names as they stand, but for codes in capitals."""


def _read(names: list[str]) -> list[str]:
    style = style_of(names)
    parted = [name_and_parties(name, style) for name in names]
    return [f"{'/'.join(party_name(party) or '-' for party in parties) or '-'} {name}" for name, parties in parted]


@pytest.mark.parametrize(("names", "expected"), PARTED)
def test_parties_are_taken_from_names(names: str, expected: str) -> None:
    assert _read(names.split("; ")) == expected.split("; ")


@pytest.mark.parametrize("names", WHOLE)
def test_names_stay_whole(names: str) -> None:
    expected = [name if name.startswith(("DEM ", "REP ")) else f"- {name}" for name in names.split("; ")]
    assert _read(names.split("; ")) == expected


def test_the_order_of_the_names_makes_no_difference() -> None:
    for names, _ in PARTED:
        of_contest = names.split("; ")
        assert sorted(_read(of_contest)) == sorted(_read(of_contest[::-1]))


REMARK = (
    "Sheriff: the letters beside all names, D and R among them, were read as parties. If they are initials, give the "
    "parties of the candidates as a table.",
)


@pytest.mark.parametrize(
    ("others", "lettered", "remark"),
    [
        ({}, "blank before", REMARK),  # nothing else to go by
        ({"Mayor": ["Cy Fox", "Di Po"]}, "blank before", REMARK),
        ({"Mayor": ["D Cy Fox", "R Di Po"]}, "blank before", ()),  # in two contests it is no chance
        ({"Mayor": ["DEM Cy Fox", "REP Di Po"]}, "", ()),  # the file writes parties otherwise
        ({"Mayor": ["Cy Fox (D)", "Di Po (R)"]}, "", ()),
    ],
)
def test_letters_of_one_contest_are_initials_where_others_write_parties_otherwise(
    others: dict[str, list[str]], lettered: str, remark: tuple[str, ...]
) -> None:
    styles = styles_of({"Sheriff": ["D Wayne Smith", "R Michael Jones"], **others})
    assert (styles["Sheriff"].lettered, uncertain_parties(styles)) == (lettered, remark)
