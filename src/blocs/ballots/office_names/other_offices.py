"""Words of other bodies and offices, and of questions: a name with one of them is none of the six."""

from __future__ import annotations

__all__ = ["NOT_STANDARD"]

NOT_STANDARD = frozenset(
    {
        # bodies and places of their own
        "board", "charter", "city", "commission", "committee", "convention", "council", "court", "education", "fire",
        "library", "municipal", "nation", "parish", "school", "town", "township", "tribal", "village", "ward", "water",
        # other offices
        "alderman", "assessor", "attorney", "auditor", "clerk", "commissioner", "commissioners", "committeeman",
        "committeemen", "committeeperson", "committeewoman", "comptroller", "constable", "controller", "coroner",
        "councilman", "councilmember", "councilor", "councillor", "councilwoman", "director", "judge", "judges",
        "judicial", "justice", "justices", "magistrate", "mayor", "prosecutor", "recorder", "regent", "regents",
        "register", "secretary", "shadow", "sheriff", "superintendent", "supervisor", "supervisors", "surveyor",
        "treasurer", "trustee", "trustees",
        # questions
        "act", "advisory", "amendment", "bond", "constitutional", "initiative", "issue", "levy", "measure", "ordinance",
        "proposal", "proposition", "question", "recall", "referendum", "resolution", "retain", "retained", "retention",
        "shall", "tax",
    }
)  # fmt: skip
