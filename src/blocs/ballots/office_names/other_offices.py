"""Words of other bodies and offices, and of questions: a name with one of them is none of the six."""

from __future__ import annotations

__all__ = ["JUDGES", "NOT_STANDARD", "NUMBERED", "QUESTIONS"]

JUDGES = frozenset({"court", "judge", "judges", "justice", "justices", "magistrate"})
"""Words of courts, whose numbers are those of seats: "Associate Justice - Supreme Court 4"."""

_OFFICES = frozenset(
    {
        "alderman", "alderperson", "alderwoman", "assessor", "attorney", "auditor", "clerk", "commissioner",
        "commissioners", "committeeman", "committeemen", "committeeperson", "committeewoman", "comptroller",
        "constable", "controller", "coroner", "councilman", "councilmember", "councilor", "councilperson", "councillor",
        "councilwoman", "director", "freeholder", "mayor", "prosecutor", "recorder", "regent", "regents",
        "register", "secretary", "shadow", "sheriff", "superintendent", "supervisor", "supervisors", "surveyor",
        "treasurer", "trustee", "trustees",
    }
)  # fmt: skip

NUMBERED = _OFFICES | {
    "board", "commission", "committee", "council",
    "bese", "boe", "bos", "cncl", "comm", "commr", "prc", "psc", "sbe", "sboe", "supv", "supvr",
}  # fmt: skip
"""Words of bodies and offices behind which a number alone is that of a district: "School Board 04", "PSC 2"."""

QUESTIONS = frozenset(
    {
        "amendment", "initiative", "measure", "option", "ordinance", "proposal", "proposition", "question", "recall",
        "referendum", "resolution", "retain", "retained", "retention", "shall",
    }
)  # fmt: skip
"""Words of what is answered and not held by anybody: all the words of such a name belong to the question."""

NOT_STANDARD = JUDGES | _OFFICES | QUESTIONS | frozenset(
    {
        # bodies and places of their own
        "board", "charter", "city", "commission", "committee", "convention", "council", "education", "fire",
        "library", "municipal", "nation", "parish", "school", "town", "township", "tribal", "village", "ward", "water",
        # of judges and of questions, and of other names too
        "act", "advisory", "bond", "constitutional", "issue", "judicial", "levy", "tax",
    }
)  # fmt: skip
