"""Read the answers of the NCMEC interface, XML of one namespace, and write our votes."""

from __future__ import annotations

from xml.sax.saxutils import escape

from kindward.banks.sources.asking import unreadable
from kindward.banks.sources.xml_tree import Bounds, Node, read_tree

__all__ = ["DEPTH_MOST", "ELEMENTS_MOST", "NAMESPACE", "Node", "feedback", "read_answer"]

NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
DEPTH_MOST = 16
"""No answer is nested deeper; the votes of a record stand in level 8."""
ELEMENTS_MOST = 500_000
"""About 1,000 records come in one answer, so each may have 500 elements."""
_SOURCE = "ncmec"


def read_answer(body: bytes, root: str) -> Node:
    """Read an answer whose outermost element is ``root``. Raises: ContentError for anything else."""
    return read_tree(body, root, NAMESPACE, Bounds(DEPTH_MOST, ELEMENTS_MOST), lambda: unreadable(_SOURCE))


def feedback(guid: str) -> bytes:
    """Write a vote: affirmative without a reason, negative with the guid of one."""
    reasons = f"<reasonIds><guid>{escape(guid)}</guid></reasonIds>"
    vote = f"<negative>{reasons}</negative>" if guid else "<affirmative/>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<feedbackSubmission xmlns="{NAMESPACE}">{vote}</feedbackSubmission>'
    ).encode()
