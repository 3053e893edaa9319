"""Brings what people write of a person into one form: case, accents, punctuation and habits tell nobody apart."""

import re
import unicodedata
from functools import lru_cache

SUFFIXES = {
    "jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "i": "i", "1st": "i", "ii": "ii", "2nd": "ii",
    "iii": "iii", "3rd": "iii", "iv": "iv", "4th": "iv", "v": "v", "5th": "v",
}  # fmt: skip
"""What follows a name to tell generations apart, and the one way to write it."""

_NICKNAMES = """
abigail abby; albert al bert; alexander alex sasha; alexandra alex sandra; alfred al fred; andrew andy drew;
anthony tony; antonio tony; barbara barb babs; benjamin ben; catherine cathy kate katie kitty; charles charlie chuck;
christina chris tina; christopher chris; cynthia cindy; daniel dan danny; david dave; deborah deb debbie debra;
dennis denny; donald don donnie; dorothy dot dottie; douglas doug; edward ed eddie ted; eleanor ellie nell;
elizabeth beth betsy betty eliza lisa liz lizzie; eugene gene; florence flo; frances fran; francis frank;
francisco paco pancho; frederick fred freddie; gerald gerry jerry; gregory greg; guadalupe lupe; harold hal harry;
helen nell; henry hank harry; isabel bella; jacob jake; jacqueline jackie; james jim jimmy jamie; janet jan;
jeffrey jeff; jennifer jen jenny; jessica jess; john jack johnny; jonathan jon; jose pepe; joseph joe joey;
josephine jo josie; joshua josh; judith judy; katherine kate kathy katie kay; kathleen kathy; kenneth ken kenny;
kimberly kim; lawrence larry; leonard len leo; louis lou; margaret maggie marge margie meg peggy rita; maria mary;
martha marty; matthew matt; michael mike mick; mildred millie; nancy nan; nathaniel nate; nicholas nick;
pamela pam; patricia pat patty tricia; patrick pat; peter pete; philip phil; rafael rafa; ralph ralphie; raymond ray;
rebecca becky; richard dick rich rick; robert bob bobby rob robbie; ronald ron ronnie; roberto beto; rosemary rose;
samuel sam; sandra sandy; stephanie steph; stephen steve; steven steve; susan sue susie; teresa terry tess;
theodore ted theo; theresa terry; thomas tom tommy; timothy tim; victoria vicky; vincent vince; virginia ginny;
walter walt; william bill billy liam will willie
"""

_STREETS = {
    "street": "st", "str": "st", "avenue": "ave", "av": "ave", "road": "rd", "drive": "dr", "lane": "ln",
    "court": "ct", "place": "pl", "boulevard": "blvd", "circle": "cir", "circuit": "cct", "crescent": "cres",
    "terrace": "ter", "parkway": "pkwy", "highway": "hwy", "square": "sq", "trail": "trl", "close": "cl",
    "north": "n", "south": "s", "east": "e", "west": "w", "apartment": "apt", "unit": "apt", "suite": "ste",
    "saint": "st", "number": "", "no": "", "post": "po", "office": "", "mount": "mt",
}  # fmt: skip

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile(r"['’ʼ`´]")
_NOT_KNOWN = {"", "unknown", "unk", "notknown", "notavailable", "notgiven", "notprovided", "refused", "test", "tbd"}
_NO_NUMBER = {*_NOT_KNOWN, "na", "none"}
_NOT_APPLICABLE = re.compile(r"\W*n\s*[/\\]\s*a\W*", re.IGNORECASE)
"""`N/A`; but Na is a name, and so is None."""

_NO_NAME = {"newborn", "infant", "neonate", "fetus", "babyboy", "babygirl", "noname", "unnamed", "unidentified"}
_A_CHILD = {"baby", "bb", "bg", "boy", "girl", "male", "female", "twin", "triplet", "unknown", "unk", "refused", "test"}
_BESIDE = {"new", "born", "of", "patient", "one", "two", "three", *"abcd", *"1234", "twin1", "twin2", "twina", "twinb"}
"""What stands where a name is not known yet: all newborns of a ward are called so."""

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "þ": "th", "ß": "ss", "œ": "oe", "ı": "i"})
"""Letters that Unicode does not take apart, as people type them who lack them."""
_MBI = re.compile(
    r"[1-9][ac-hj-km-np-rt-y][0-9ac-hj-km-np-rt-y][0-9][ac-hj-km-np-rt-y][0-9ac-hj-km-np-rt-y][0-9][ac-hj-km-np-rt-y]{2}[0-9]{2}"
)


def _nicknames() -> dict[str, frozenset[str]]:
    known: dict[str, set[str]] = {}
    for number, group in enumerate(_NICKNAMES.split(";")):
        for name in group.split():
            known.setdefault(name, set()).add(str(number))
    return {name: frozenset(groups) for name, groups in known.items()}


NICKNAMES = _nicknames()
"""Which groups of forms of one name a name is in: two names that share a group may be one person's."""


@lru_cache(maxsize=65_536)
def folded(text: str) -> str:
    """Without accents and case: `José` is `jose`, `Øst` is `ost`, `Þór` is `thor`."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in apart if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", plain).translate(_LETTERS)


def words(text: str) -> list[str]:
    """The words of a text in one form; an apostrophe joins, every other punctuation parts."""
    return _WORD.findall(_APOSTROPHES.sub("", folded(text)))


def name(text: str) -> str:
    """A family name as its words, without generations; empty where somebody wrote that it is not known."""
    return _known(text, [word for n, word in enumerate(words(text)) if n == 0 or word not in SUFFIXES])


def given_name(text: str) -> str:
    """A given name likewise; but its I and V are initials, which tell twins apart."""
    return _known(text, [word for n, word in enumerate(words(text)) if n == 0 or not _is_generation(word)])


def _known(text: str, kept: list[str]) -> str:
    return "" if "".join(kept) in _NOT_KNOWN or _NOT_APPLICABLE.fullmatch(text) else " ".join(kept)


def _is_generation(word: str) -> bool:
    """Whether a word of a given name is one."""
    return len(word) > 1 and word in SUFFIXES


@lru_cache(maxsize=65_536)
def is_unnamed(given: str) -> bool:
    """Whether a given name, normalised, is none: missing, or what a newborn is called before it has one."""
    found = given.split()
    if not found or not _NO_NAME.isdisjoint(found) or found[:2] == ["new", "born"]:
        return True
    of_a_child = not _A_CHILD.isdisjoint(found)
    return of_a_child and (found[1:2] == ["of"] or found[2:3] == ["of"] or {*found} <= _A_CHILD | _BESIDE)


def suffix(stated: str, family: str = "", given: str = "") -> str:
    """The generation, as stated or as the last word of a name: `jr`, `iii`."""
    if (found := words(stated)) and found[-1] in SUFFIXES:
        return SUFFIXES[found[-1]]
    family_last, given_last = ((words(text)[1:] or [""])[-1] for text in (family, given))
    last = given_last if _is_generation(given_last) and family_last not in SUFFIXES else family_last
    return SUFFIXES.get(last, "")


_COUNTED = frozenset({"1234567890", "0123456789", "9876543210", "2345678901"})
"""What is typed into a box that wants a number."""

_WITH_COUNTRY = 11
"""Digits of a number of North America with its country code, 1."""

_FEWEST_IN_PHONE, _FEWEST_IN_NUMBER = 3, 2
"""Different characters of a phone number and of a member number: one with fewer was typed to fill the box."""


def phone(text: str | None) -> str:
    """A number's digits: ten for North America however written, all of them otherwise; extensions are left out."""
    if not text:
        return ""
    digits = "".join(c for c in re.split(r"(?i)\s*(?:ext\.?|x|#)\s*\d+\s*$", text)[0] if c.isdecimal())
    digits = digits[1:] if len(digits) == _WITH_COUNTRY and digits.startswith("1") else digits
    return "" if len(set(digits)) < _FEWEST_IN_PHONE or digits in _COUNTED else digits


def email(text: str | None) -> str:
    """An address in small letters."""
    return (text or "").strip().casefold()


def street(text: str) -> str:
    """House number and street with the usual words in their short forms."""
    return " ".join(short for word in words(text) if (short := _STREETS.get(word, word)))


def postal_code(text: str) -> str:
    """The first five characters that matter: a ZIP code without its four more."""
    return "".join(words(text))[:5]


_FILLED = 4
"""So many of one character in a hospital's number were typed to fill the box; 7 and 777 are somebody's."""
_SUFFIXED = re.compile(r"(?P<base>(?:.*[\W_])?[a-z0-9]{3,})[\W_]+(?P<suffix>[0-9]{1,2}|[a-z])[\W_]*")
_SHORTEST_BASE = 5
"""Characters of a number before its suffix."""


def number(text: str | None) -> str:
    """A member number's letters and digits, with a hyphen before the suffix that says whose it is in the family.

    A suffix is one or two digits, or one letter, after a blank or a mark, where at least five characters with a digit
    stand before and the group beside it has three or more: `12345-01`, `W1234 56789 02`, but not `12 34 56 78`.
    Zeros in front of it say nothing.
    """
    kept = "".join(words(text or ""))
    if kept in _NO_NUMBER or len(set(kept)) < _FEWEST_IN_NUMBER:
        return ""
    found = _SUFFIXED.fullmatch(folded(text or "").strip())
    before = "".join(words(found["base"])) if found else ""
    if not found or len(before) < _SHORTEST_BASE or before.isalpha():
        return kept
    return f"{before}-{found['suffix']}"


def hospital_number(text: str) -> str:
    """A hospital's number of a person as its letters and digits; empty where something was typed to fill the box."""
    kept = "".join(words(text))
    filled = len(set(kept)) == 1 and len(kept) >= _FILLED
    return "" if kept in _NO_NUMBER or kept.strip("0") == "" or filled or kept in _COUNTED else kept


def base(number_: str) -> str:
    """A normalised number without its suffix."""
    return number_.partition("-")[0]


def unparted(number_: str) -> str:
    """A normalised number as it is written without a mark before the suffix."""
    return number_.replace("-", "")


def two_suffixes(a: str, b: str) -> bool:
    """Whether two normalised numbers are one family's, with a suffix each, and not the same."""
    (base_a, _, suffix_a), (base_b, _, suffix_b) = a.partition("-"), b.partition("-")
    return bool(base_a == base_b and suffix_a and suffix_b) and suffix_a.zfill(2) != suffix_b.zfill(2)


def is_mbi(number_: str) -> bool:
    """Whether a normalised number has the shape of a Medicare Beneficiary Identifier."""
    return _MBI.fullmatch(number_) is not None
