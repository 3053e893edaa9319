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
_PLACEHOLDERS = {"", "na", "none", "unknown", "unk", "notknown", "notavailable", "refused", "test"}
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
    """Without accents and case: `José` is `jose`, `Øst` is `øst`."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))


def words(text: str) -> list[str]:
    """The words of a text in one form; an apostrophe joins, every other punctuation parts."""
    return _WORD.findall(_APOSTROPHES.sub("", folded(text)))


def name(text: str) -> str:
    """A name as its words, without generations; empty where somebody wrote that it is not known."""
    kept = [word for n, word in enumerate(words(text)) if n == 0 or word not in SUFFIXES]
    return "" if "".join(kept) in _PLACEHOLDERS else " ".join(kept)


def suffix(stated: str, *names: str) -> str:
    """The generation, as stated or as the last word of a name: `jr`, `iii`."""
    for text in (stated, *names):
        found = words(text)
        if found and (text is stated or len(found) > 1) and found[-1] in SUFFIXES:
            return SUFFIXES[found[-1]]
    return ""


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


def number(text: str | None) -> str:
    """A member number's letters and digits."""
    kept = "".join(words(text or ""))
    return "" if kept in _PLACEHOLDERS or len(set(kept)) < _FEWEST_IN_NUMBER else kept


def is_mbi(number_: str) -> bool:
    """Whether a normalised number has the shape of a Medicare Beneficiary Identifier."""
    return _MBI.fullmatch(number_) is not None
