"""Sign the form, leave room for a trusted time, and open what was signed (proposal, Article 13(1)(b)).

Ed25519 over the one form of the record, under a line that no other signature of kindward begins with. A time-stamp
token (RFC 3161) is over the digest of form and signature together, so it proves that both existed then.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256

from kindward.ledger.keys import Signature, SigningKey, VerifierKey
from kindward.reports import refusals
from kindward.reports.records import Record, read_written, written

PREFIX = "kindward report/1\n"


def signed(form: Record, key: SigningKey) -> bytes:
    """Sign a form and write it with its signature."""
    made = key.sign(_text(form))
    signature = {"key": key.verifier.text, "made": b64encode(made.made).decode()}
    return written({"form": form, "signature": signature, "timestamps": []})


def unsigned(form: Record) -> bytes:
    """Write a form that nobody signed, for a dry run."""
    return written({"form": form, "timestamps": []})


def stamp_digest(envelope: bytes) -> bytes:
    """Give the SHA-256 that a time-stamp token must be over. Raises: TrustError."""
    return _digest(_read(envelope))


def stamped(envelope: bytes, token: bytes) -> bytes:
    """Add a time-stamp token (DER); what is signed stays as it is. Raises: TrustError."""
    record = _read(envelope)
    return written({**record, "timestamps": [*record["timestamps"], b64encode(token).decode()]})


def tokens(envelope: bytes) -> list[bytes]:
    """Give the time-stamp tokens. Raises: TrustError."""
    return [b64decode(token) for token in _read(envelope)["timestamps"]]


def opened(envelope: bytes, keys: Sequence[VerifierKey]) -> Record:
    """Give the form of an envelope that one of the keys signed. Raises: TrustError ``report_signature_wrong``."""
    record = _read(envelope)
    try:
        named, made = record["signature"]["key"], b64decode(record["signature"]["made"], validate=True)
    except (KeyError, TypeError, ValueError):
        raise refusals.signature_wrong() from None
    for key in keys:
        if key.text == named and key.verify(_text(record["form"]), Signature(key.name, key.key_id, made)) is not None:
            form: Record = record["form"]
            return form
    raise refusals.signature_wrong()


def _text(form: Record) -> str:
    return PREFIX + written(form).decode("ascii")


def _digest(record: Record) -> bytes:
    return sha256(written({name: record[name] for name in ("form", "signature") if name in record})).digest()


def _read(envelope: bytes) -> Record:
    try:
        record = read_written(envelope)
    except ValueError:
        raise refusals.signature_wrong() from None
    if not isinstance(record, dict) or not isinstance(record.get("form"), dict):
        raise refusals.signature_wrong()
    if not isinstance(record.get("timestamps"), list):
        raise refusals.signature_wrong()
    return record
