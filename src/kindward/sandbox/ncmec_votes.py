"""The votes of members on fingerprints at the stand-in for NCMEC Hash Sharing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

_REASONS = ("Not child abuse", "Wrong classification", "Duplicate")


@dataclass(frozen=True, slots=True)
class Votes:
    """Who voted on which type of fingerprint: (type, member, reason), the reason empty for a vote in favour."""

    given: tuple[tuple[str, str, str], ...] = ()

    def with_vote(self, type_: str, voter: str, reason: str) -> Votes:
        """Give the votes with one more; a member has one vote for each type."""
        others = [one for one in self.given if one[:2] != (type_, voter)]
        return Votes((*others, (type_, voter, reason)))

    def xml(self, at: str) -> str:
        """Write the votes as they stand in a record; the types are spelled in another way there (``Md5``)."""
        blocks = []
        for type_ in sorted({one[0] for one in self.given}):
            spelled = quoteattr("".join(part.title() for part in type_.split("_")))
            inner = [(voter, reason) for given, voter, reason in self.given if given == type_]
            if agree := [voter for voter, reason in inner if not reason]:
                blocks.append(f"<affirmativeFeedback type={spelled}>{_members(agree)}</affirmativeFeedback>")
            if against := [(voter, reason) for voter, reason in inner if reason]:
                told = "".join(_against(type_, reason, against) for reason in sorted({one[1] for one in against}))
                blocks.append(f"<negativeFeedback type={spelled}><reasons>{told}</reasons></negativeFeedback>")
        moment = at.removeprefix("<timestamp>").removesuffix("</timestamp>")
        return f'<feedback lastUpdateTimestamp="{moment}">{"".join(blocks)}</feedback>' if blocks else "<feedback/>"


def _against(type_: str, reason: str, votes: list[tuple[str, str]]) -> str:
    guid = next((guid for guid, name in reasons_of(type_).items() if name == reason), "")
    voters = _members([voter for voter, given in votes if given == reason])
    return f"<reason guid={quoteattr(guid)} name={quoteattr(reason)} type={quoteattr(type_)}/>{voters}"


def _members(voters: list[str]) -> str:
    return f"<members>{''.join(f'<member id={quoteattr(voter)}>Member {voter}</member>' for voter in voters)}</members>"


def reasons_of(type_: str) -> dict[str, str]:
    """Give the reasons for a vote against a type of fingerprint, by their guid."""
    named = _REASONS if type_ == "PDQ" else _REASONS[:1]
    digests = {name: hashlib.sha256(f"{type_} {name}".encode()).hexdigest() for name in named}
    return {f"{one[:8]}-{one[8:12]}-{one[12:16]}-{one[16:20]}-{one[20:32]}": name for name, one in digests.items()}


def vote_in(body: bytes, namespace: str) -> str | None:
    """Read a vote that was sent: the guid of its reason, empty for one in favour; None if it is none."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - a stand-in on this machine, asked by our own tests
    except ET.ParseError:
        return None
    if root.tag != f"{{{namespace}}}feedbackSubmission" or len(root) != 1:
        return None
    vote = root[0]
    if vote.tag == f"{{{namespace}}}affirmative":
        return ""
    guid = vote.findtext(f"{{{namespace}}}reasonIds/{{{namespace}}}guid")
    return guid or None
