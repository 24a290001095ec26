"""The words of a name, each with where it stands, in one spelling for all that counties write.

"U. S. Rep.", "United States Representative" and "Us Representatives" all become `us representative`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..party_names import fold
from .in_one_word import words_in_one
from .numbers import NUMBER, as_number, spelled_number
from .other_offices import NOT_STANDARD

__all__ = ["CHAMBERS", "STATE_CODES", "STATE_WORDS", "Token", "tokens_of"]


class Token(NamedTuple):
    """One word of a name: its one spelling, and where it stands in the text."""

    word: str
    start: int
    end: int


_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "assembly": ("assemblyman", "assemblywoman", "assemblymember", "assemblyperson", "asamblea", "asm", "assem",
                 "assy"),
    "branch": ("br",),
    "congress": ("congressional", "congressman", "congresswoman", "congressperson", "congreso", "cong"),
    "delegate": ("delegates", "delegado", "delegados"),
    "district": ("districts", "dist", "dst", "distr", "dis", "distrito"),
    "elector": ("electors", "electores"),
    "general": ("gen",),
    "governor": ("gov", "gobernador", "gobernadora"),
    "house": ("hse", "camara"),
    "legislative": ("leg", "legis", "legislativo"),
    "legislature": ("legislatura", "unicameral"),
    "lieutenant": ("lt", "lieut"),
    "place": ("pl",),
    "position": ("pos", "posn", "posicion"),
    "precinct": ("pct", "pcts", "precincts"),
    "president": ("pres", "presidente", "potus"),
    "presidential": ("presidencial", "presidenciales"),
    "representative": ("rep", "reps", "repr", "repres"),
    "senate": ("senator", "senators", "senatorial", "sen", "senado", "senador", "senadores"),
    "state": ("estatal", "estado", "commonwealth"),
    "vice": ("vicepresident", "vicepresidente", "vp"),
    "vote": ("votar", "votes"),
}  # fmt: skip
"""One spelling of a word -> the others. Words that begin with "represent" are `representative`, misspelled or not."""
_SPELLING = {other: word for word, others in _SPELLINGS.items() for other in others}

CHAMBERS = frozenset({"senate", "house", "assembly", "representative", "delegate", "genassembly", "legislature"})
"""Words for a legislature, or for somebody who sits in it."""

_PHRASES: Mapping[tuple[str, ...], str] = {
    ("u", "s"): "us", ("u", "s", "a"): "us", ("united", "states"): "us", ("united", "states", "of", "america"): "us",
    ("united", "state"): "us", ("ee", "uu"): "us", ("estados", "unidos"): "us",
    ("rep", "in", "ga"): "genassembly", ("general", "assembly"): "genassembly", ("asamblea", "general"): "genassembly",
    ("assembly", "general"): "genassembly", ("general", "court"): "legislature", ("assembly", "person"): "assembly",
    ("sub", "district"): "subdistrict",
    ("congress", "person"): "congress", ("at", "large"): "atlarge", ("district", "of", "columbia"): "dc",
    ("de", "representantes"): "delegate",
}  # fmt: skip
"""Words that are one word -> that word. "Camara de Representantes" is the house of Puerto Rico, unless federal."""
_INITIALS = {
    "cd": ("congress",), "sd": ("senate",), "hd": ("house",), "ad": ("assembly",), "ld": ("legislative",),
    "hod": ("house", "delegate"), "sth": ("state", "house"), "sts": ("state", "senate"), "con": ("congress",),
    "ric": ("congress",), "usc": ("us", "congress"), "ush": ("us", "house"), "rga": ("genassembly", "representative"),
    "str": ("state", "representative"), "legislative": ("legislative",),
}  # fmt: skip
"""Kind of a district in short -> the kind; read as such beside a number only: "CD 5", "23rd CD", "STS 03"."""
_RARE_INITIALS = ("hod", "sth", "sts")
"""Initials that are streets in other names: read as such only where the name has no other office."""
_CODES = ("con", "ric", "usc", "ush", "rga", "str", "legislative")
"""What is such a kind only where the name has nothing else than a number: "CON05", "RIC 17", "51st Legislative"."""
_OF_LETTER = {"s": {"senate"}, "h": {"house", "representative"}}
"""Letter before the number of a district -> the office beside which it is one: "State Senator S36"."""
_STATES = """alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|
illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri|
montana|nebraska|nevada|new hampshire|new jersey|new mexico|new york|north carolina|north dakota|ohio|oklahoma|oregon|
pennsylvania|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|virginia|washington|west virginia|
wisconsin|wyoming|al|ak|az|ar|ca|co|ct|de|fl|ga|hi|id|il|in|ia|ks|ky|la|me|md|ma|mi|mn|ms|mo|mt|ne|nv|nh|nj|nm|ny|nc|
nd|oh|ok|or|pa|ri|sc|sd|tn|tx|ut|vt|va|wa|wv|wi|wy"""
STATE_WORDS = frozenset(_STATES.replace("\n", "").replace(" ", "|").split("|")) - {"washington", "hampshire"}
"""Words of the names of states that no legislative district is named after."""
STATE_CODES = frozenset(word for word in STATE_WORDS if len(word) == 2)
_SHORT_STATES = """ala|ariz|ark|calif|colo|conn|fla|ill|ind|kan|kans|mass|mich|minn|miss|mont|neb|nebr|nev|nys|okla|ore|
oreg|penn|penna|tenn|tex|wash|wis|wisc|wyo"""
_STATE_NAMES = frozenset(
    words
    for name in f"{_STATES}|{_SHORT_STATES}".replace("\n", "").split("|")
    for words in (tuple(name.split()), tuple(name) if len(name) == 2 else (name,))  # "N.C." is two words
)

_WORD = re.compile(r"(?<![^\W_])\d{1,3}(?:-\d{1,3})+(?![^\W_])|[^\W_]+")
"""A word, or a number in parts: "12-2-01"."""


def tokens_of(text: str) -> list[Token]:
    """Return the words of a text in their one spelling, in the order of the text; numbers as in `numbers`."""
    tokens = _one_word(list(_pieces(text)))
    tokens = _numbered(tokens)
    tokens = [token._replace(word=_spelled(token.word)) for token in tokens]
    return _states(_districts(_one_word(tokens)))


def _pieces(text: str) -> Iterator[Token]:
    """Yield the words of a text, folded; words that are glued together one by one."""
    for match in _WORD.finditer(text):
        word, at = fold(match[0]).replace(" ", ""), match.start()
        if "-" in match[0] and match[0][0].isdigit():
            word = "-".join(part.lstrip("0") or "0" for part in match[0].split("-"))
        if re.fullmatch(r"x\d+(st|nd|rd|th)", word):  # R writes an X before names that begin with a digit
            word = word[1:]
        parts = words_in_one(word) if len(word) == len(match[0]) else ()
        for part in parts:
            yield Token(part, at, at + len(part))
            at += len(part)
        if word and not parts:
            yield Token(word, at, match.end())


def _one_word(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with each phrase of _PHRASES as one."""
    merged: list[Token] = []
    i = 0
    while i < len(tokens):
        length = _longest(tokens, i, _PHRASES, 4)
        word = _PHRASES[_phrase(tokens[i : i + length])] if length else tokens[i].word
        length = max(length, 1)
        merged.append(Token(word, tokens[i].start, tokens[i + length - 1].end))
        i += length
    return merged


def _longest(tokens: Sequence[Token], i: int, phrases: Container[tuple[str, ...]], most: int) -> int:
    """Return of how many words the longest of the phrases is that begins at token i; 0 where none does."""
    lengths = range(min(most, len(tokens) - i), 0, -1)
    return next((n for n in lengths if _phrase(tokens[i : i + n]) in phrases), 0)


def _phrase(tokens: Sequence[Token]) -> tuple[str, ...]:
    return tuple(token.word for token in tokens)


def _numbered(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with numbers in digits."""
    numbered: list[Token] = []
    i = 0
    while i < len(tokens):
        in_words = spelled_number([token.word for token in tokens[i : i + 5]])
        word, length = in_words or (as_number(tokens[i].word), 1)
        numbered.append(Token(word, tokens[i].start, tokens[i + length - 1].end))
        i += length
    return numbered


def _spelled(word: str) -> str:
    return "representative" if word.startswith("represent") else _SPELLING.get(word, word)


def _districts(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with "D" before a number and "CD" beside one as the kind of district and `district`."""
    written: list[Token] = []
    offices = {token.word for token in tokens} & (CHAMBERS | NOT_STANDARD)
    for i, (word, start, end) in enumerate(tokens):
        before = tokens[i - 1].word if i else ""
        after = tokens[i + 1].word if i + 1 < len(tokens) else ""
        numbered = re.fullmatch(NUMBER, after) is not None
        initials = (
            word in _INITIALS
            and (word not in _RARE_INITIALS or offices <= {*_INITIALS[word]})
            and (word not in _CODES or len(tokens) == 2)
        )
        if initials and (numbered or (word, after) == ("cd", "atlarge") or before.endswith("th")):
            written += [Token(kind, start, end) for kind in (*_INITIALS[word], "district")]
        elif word == "d" and numbered:
            written.append(Token("district", start, end))
        elif (kind := re.fullmatch(r"([sh])(\d{1,3})", word)) and offices & _OF_LETTER[kind[1]]:
            written += [Token("district", start, start + 1), Token(as_number(kind[2]), start + 1, end)]
        elif word == "st" and after in CHAMBERS:
            written.append(Token("state", start, end))
        else:
            written.append(Token(word, start, end))
    return written


def _states(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with the name of a state at its chamber as `state`: "TN House", "Senate of Virginia"."""
    written: list[Token] = []
    i = 0
    while i < len(tokens):
        length = _longest(tokens, i, _STATE_NAMES, 2)
        before = _phrase(tokens[max(i - 2, 0) : i])
        of_chamber = len(before) == 2 and before[0] in CHAMBERS and before[1] == "of"
        at_chamber = of_chamber or (i + length < len(tokens) and tokens[i + length].word in CHAMBERS)
        code = len("".join(_phrase(tokens[i : i + length]))) == 2  # "in" and "or" are words too, elsewhere
        if length and at_chamber and not (code and i and tokens[i - 1].word not in ("the", "of", "member")):
            written.append(Token("state", tokens[i].start, tokens[i + length - 1].end))
            i += length
        else:
            written.append(tokens[i])
            i += 1
    return written
