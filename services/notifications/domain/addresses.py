"""Which texts are e-mail addresses that a letter can be sent to."""

import re

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+@[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+")
_LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, with its erratum 1690


def is_address(text: str) -> bool:
    """Whether a text is one mailbox and nothing else: no line break, no second recipient, nothing quoted."""
    return len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None
