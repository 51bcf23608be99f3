"""The charter of a list: who may confirm entries, for which jurisdiction, and by which rules; part of the TUF root.

TUF cannot express that two authorities of two jurisdictions must agree. So the root's signers also sign this record,
and everybody who follows the list checks the rule against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError
from securesystemslib.signer import Key, Signature

from kindward.errors import TrustError
from kindward.ledger.canonical import canonical
from kindward.ledger.leaves import Statement, payload
from kindward.ledger.names import DIGEST, JURISDICTION, LARGEST, NAME, holds
from kindward.locale import N_

FIELD = "x-kindward"
"""Where the charter stands in the signed part of the TUF root."""
AGREEING = 2
"""Authorities, and jurisdictions, that must agree on an entry."""
MOST = 64
"""Most authorities, and most witnesses, a charter names."""
PARAMETERS = ("pdq_distance", "pdq_quality")


@dataclass(frozen=True, slots=True)
class Authority:
    """One authority: its name, the jurisdiction it speaks for (ISO 3166-1 alpha-2), and the key it attests with."""

    name: str
    jurisdiction: str
    key: Key


@dataclass(frozen=True, slots=True)
class Charter:
    """Who may confirm entries of a list, and the rules everybody checks.

    ``log`` and ``witnesses`` are verifier keys as signed notes write them, of which ``quorum`` witnesses must have
    cosigned; ``parameters`` are how entries are matched; ``canaries`` is the SHA-256 of the public list of canaries.
    """

    name: str
    authorities: Mapping[str, Authority]
    log: str
    witnesses: tuple[str, ...]
    quorum: int
    parameters: Mapping[str, int]
    canaries: str

    @classmethod
    def from_record(cls, record: object) -> Charter:
        """Read a charter. Raises: TrustError ``charter_unreadable``, ``charter_too_few``, ``charter_same_key``."""
        try:
            charter = _read(record)
        except (ValueError, KeyError, TypeError, AttributeError, UnsupportedAlgorithm):
            raise TrustError(
                "charter_unreadable",
                N_("The charter in the list's root is missing or breaks a rule of form."),
                N_("Do not use this list; ask its authorities for the right root file."),
            ) from None
        if not charter.agree(charter.authorities):
            raise TrustError(
                "charter_too_few",
                N_("The charter of the list {list} names fewer than two authorities of two jurisdictions."),
                N_("Such a list is not federated; it can only be imported."),
                list=charter.name,
            )
        if len({_public(authority.key) for authority in charter.authorities.values()}) < len(charter.authorities):
            raise TrustError(
                "charter_same_key",
                N_("The charter of the list {list} gives one key to two authorities."),
                N_("Do not use this list; two authorities with one key are one."),
                list=charter.name,
            )
        return charter

    def record(self) -> dict[str, Any]:
        """Write the charter as it stands in the root."""
        authorities = {
            name: {"jurisdiction": authority.jurisdiction, "key": authority.key.to_dict()}
            for name, authority in sorted(self.authorities.items())
        }
        return {
            "list": self.name,
            "authorities": authorities,
            "log": self.log,
            "witnesses": list(self.witnesses),
            "quorum": self.quorum,
            "parameters": dict(self.parameters),
            "canaries": self.canaries,
        }

    @property
    def parameters_digest(self) -> str:
        """Give the digest of the parameters that every RELEASE leaf repeats."""
        return sha256(b"kindward/parameters/1\n" + canonical(dict(self.parameters))).hexdigest()

    def agree(self, names: Iterable[str]) -> bool:
        """Say whether these are at least two authorities of at least two jurisdictions; unknown names do not count."""
        known = {name for name in names if name in self.authorities}
        jurisdictions = {self.authorities[name].jurisdiction for name in known}
        return len(known) >= AGREEING and len(jurisdictions) >= AGREEING

    def holder(self, key: Key) -> Authority | None:
        """Say whose key this is, by its public part; None if it belongs to no authority of the charter."""
        try:
            public = _public(key)
        except (ValueError, UnsupportedAlgorithm):
            return None
        return next((each for each in self.authorities.values() if _public(each.key) == public), None)

    def signed(self, statement: Statement) -> bool:
        """Say whether the authority that the statement names signed it."""
        return self.verify(statement.authority, payload(statement), statement.signature)

    def verify(self, authority: str, signed: bytes, signature: str) -> bool:
        """Say whether an authority of the charter made this signature (hexadecimal digits) over these bytes."""
        known = self.authorities.get(authority)
        if known is None:
            return False
        try:
            known.key.verify_signature(Signature(known.key.keyid, signature), signed)
        except (UnverifiedSignatureError, VerificationError, ValueError):
            return False
        return True


def _public(key: Key) -> bytes:
    """Give the public part in one form, so that no key counts twice because it is written in two ways."""
    public = str(key.keyval["public"])
    if key.keytype == "ed25519":
        return bytes.fromhex(public)
    return load_pem_public_key(public.encode()).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _read(record: Any) -> Charter:  # noqa: ANN401 - a record from outside
    if set(record) != {"list", "authorities", "log", "witnesses", "quorum", "parameters", "canaries"}:
        raise ValueError("other keys")
    witnesses, quorum = record["witnesses"], record["quorum"]
    holds(isinstance(record["list"], str) and NAME.fullmatch(record["list"]) is not None)
    holds(isinstance(record["log"], str))
    holds(isinstance(witnesses, list) and len(witnesses) <= MOST and all(isinstance(one, str) for one in witnesses))
    holds(len(set(witnesses)) == len(witnesses) and _is_number(quorum) and quorum <= len(witnesses))
    holds(DIGEST.fullmatch(record["canaries"]) is not None)
    holds(set(record["parameters"]) == set(PARAMETERS) and all(map(_is_number, record["parameters"].values())))
    holds(len(record["authorities"]) <= MOST)
    authorities = {name: _authority(name, each) for name, each in sorted(record["authorities"].items())}
    parameters = dict(record["parameters"])
    return Charter(record["list"], authorities, record["log"], tuple(witnesses), quorum, parameters, record["canaries"])


def _authority(name: str, record: Any) -> Authority:  # noqa: ANN401 - a record from outside
    holds(set(record) == {"jurisdiction", "key"} and NAME.fullmatch(name) is not None)
    holds(JURISDICTION.fullmatch(record["jurisdiction"]) is not None)
    described = {"keyval": dict(record["key"]["keyval"]), **{k: v for k, v in record["key"].items() if k != "keyval"}}
    keyid = sha256(canonical(described)).hexdigest()
    key = Key.from_dict(keyid, described)
    holds(_public(key))
    return Authority(name, record["jurisdiction"], key)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST
