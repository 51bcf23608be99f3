"""Who may confirm entries: a charter that breaks a rule is refused before anything is believed."""

import copy

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from made_logs import BKA, KC, NCA, charter_record, made_charter, private_key, public_key, signed
from securesystemslib.signer import SSlibKey

from kindward.errors import TrustError
from kindward.ledger.charter import Charter
from kindward.ledger.leaves import Attest


def test_a_charter_is_written_as_it_was_read():
    record = charter_record()
    charter = Charter.from_record(copy.deepcopy(record))

    assert record == charter.record()
    assert [BKA, KC, NCA] == list(charter.authorities)
    assert ("DE", BKA) == (charter.authorities[BKA].jurisdiction, charter.authorities[BKA].name)
    assert ("made", 1, 2) == (charter.name, charter.quorum, len(charter.witnesses))


def test_reading_a_charter_leaves_its_record_as_it_was():
    record = charter_record()
    Charter.from_record(record)

    assert charter_record() == record


BROKEN = {
    "not a record": lambda _: None,
    "a text": lambda _: "charter",
    "a further key": lambda record: record | {"more": 1},
    "no list": lambda record: {key: record[key] for key in record if key != "list"},
    "a list name with spaces": lambda record: record | {"list": "a b"},
    "a list name that is no text": lambda record: record | {"list": 5},
    "a log that is no text": lambda record: record | {"log": 5},
    "witnesses that are no list": lambda record: record | {"witnesses": "abc"},
    "witnesses that are no texts": lambda record: record | {"witnesses": [1, 2]},
    "a witness twice": lambda record: record | {"witnesses": record["witnesses"][:1] * 2},
    "65 witnesses": lambda record: record | {"witnesses": [str(number) for number in range(65)]},
    "a quorum above the witnesses": lambda record: record | {"quorum": 3},
    "a negative quorum": lambda record: record | {"quorum": -1},
    "a quorum that is true": lambda record: record | {"quorum": True},
    "a quorum that is a text": lambda record: record | {"quorum": "1"},
    "canaries that are no digest": lambda record: record | {"canaries": "abc"},
    "canaries that are no text": lambda record: record | {"canaries": 5},
    "a parameter too few": lambda record: record | {"parameters": {"pdq_distance": 31}},
    "a parameter too many": lambda record: record | {"parameters": record["parameters"] | {"x": 1}},
    "a parameter that is a fraction": lambda record: (
        record | {"parameters": record["parameters"] | {"pdq_quality": 0.5}}
    ),
    "a parameter that is negative": lambda record: _quality(record, -1),
    "a parameter that is huge": lambda record: _quality(record, 2**53),
    "authorities that are a list": lambda record: record | {"authorities": []},
    "a jurisdiction of three letters": lambda record: _authority(record, jurisdiction="DEU"),
    "a jurisdiction in small letters": lambda record: _authority(record, jurisdiction="de"),
    "a jurisdiction that is no text": lambda record: _authority(record, jurisdiction=5),
    "an authority with a further key": lambda record: _authority(record, more=1),
    "an authority without a key": lambda record: _authority(record, key={}),
    "a key of an unknown type": lambda record: _authority(record, key=public_key("x").to_dict() | {"keytype": "abc"}),
    "a key with a fraction": lambda record: _authority(record, key=public_key("x").to_dict() | {"more": 0.5}),
    "a name in capitals": lambda record: (
        record | {"authorities": record["authorities"] | {"BKA": record["authorities"][BKA]}}
    ),
    "a key that is no key": lambda record: _authority(
        record, key={"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": "zz"}}
    ),
    "65 authorities": lambda record: (
        record
        | {
            "authorities": {
                f"a{number}": {"jurisdiction": "DE", "key": public_key(str(number)).to_dict()} for number in range(65)
            }
        }
    ),
}


def _quality(record, value):
    return record | {"parameters": record["parameters"] | {"pdq_quality": value}}


def _named(record, name):
    return record | {"authorities": record["authorities"] | {name: record["authorities"][BKA]}}


def _authority(record, **fields):
    return record | {"authorities": record["authorities"] | {BKA: record["authorities"][BKA] | fields}}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_a_charter_that_breaks_a_rule_of_form_is_refused(change):
    with pytest.raises(TrustError) as refused:
        Charter.from_record(change(charter_record()))
    assert "charter_unreadable" == refused.value.code
    assert "the right root file" in refused.value.hint


@pytest.mark.parametrize("jurisdictions", [{BKA: "DE"}, {BKA: "DE", NCA: "DE"}])
def test_a_charter_of_one_authority_or_one_jurisdiction_is_refused(jurisdictions):
    with pytest.raises(TrustError, match="list made names fewer than two authorities") as refused:
        made_charter(jurisdictions)
    assert "charter_too_few" == refused.value.code
    assert "only be imported" in refused.value.hint


def test_a_key_that_two_authorities_share_is_refused_however_it_is_written():
    record = charter_record()
    key = copy.deepcopy(record["authorities"][BKA]["key"])
    key["keyval"]["public"] = key["keyval"]["public"].upper()
    record["authorities"][NCA]["key"] = key

    with pytest.raises(TrustError, match="list made gives one key to two") as refused:
        Charter.from_record(record)
    assert "charter_same_key" == refused.value.code
    assert "are one" in refused.value.hint


@pytest.mark.parametrize(
    "private", [ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)], ids=["ec", "rsa"]
)
def test_keys_of_other_kinds_are_held_too(private):
    key = SSlibKey.from_crypto(private.public_key())
    record = _authority(charter_record(), key=key.to_dict())
    charter = Charter.from_record(record)

    assert BKA == charter.holder(key).name
    respelt = copy.deepcopy(key.to_dict())
    respelt["keyval"]["public"] = respelt["keyval"]["public"].strip() + "\n\n"
    record["authorities"][NCA]["key"] = respelt
    with pytest.raises(TrustError, match="one key"):
        Charter.from_record(record)


def test_two_authorities_of_two_jurisdictions_must_agree():
    charter = made_charter({BKA: "DE", "lka.example": "DE", NCA: "GB"})

    assert charter.agree([BKA, NCA])
    assert charter.agree([BKA, "lka.example", NCA])
    assert not charter.agree([BKA, "lka.example"])
    assert not charter.agree([BKA, BKA])
    assert not charter.agree([BKA])
    assert not charter.agree([BKA, "stranger.example"])
    assert not charter.agree([])


def test_a_key_belongs_to_its_authority_whatever_its_id():
    charter = made_charter()
    renamed = SSlibKey.from_dict("another id", public_key(NCA).to_dict())

    assert NCA == charter.holder(renamed).name
    assert charter.holder(public_key("stranger")) is None
    assert charter.holder(SSlibKey("id", "ed25519", "ed25519", {"public": "no key"})) is None
    assert charter.holder(SSlibKey("id", "rsa", "rsassa-pss-sha256", {"public": "no key"})) is None


def test_a_statement_counts_only_with_the_signature_of_its_authority():
    charter = made_charter()
    right = signed(Attest(1, BKA, 0, bytes(32)))

    assert charter.signed(right)
    assert not charter.signed(signed(Attest(1, BKA, 0, bytes(32)), by=NCA))
    assert not charter.signed(signed(Attest(1, "stranger.example", 0, bytes(32))))
    assert not charter.signed(Attest(2, BKA, 0, bytes(32), right.signature))
    assert not charter.signed(Attest(1, BKA, 0, bytes(32), "abcd"))
    assert not charter.signed(Attest(1, BKA, 0, bytes(32), "not hexadecimal"))


def test_an_authority_signs_bytes():
    signature = private_key(BKA).sign(b"said").hex()

    assert made_charter().verify(BKA, b"said", signature)
    assert not made_charter().verify(BKA, b"other", signature)
    assert not made_charter().verify(NCA, b"said", signature)


def test_the_digest_of_the_parameters_is_the_same_for_everybody_and_changes_with_them():
    digest = "9f2b"
    assert made_charter().parameters_digest == made_charter().parameters_digest
    other = made_charter(parameters={"pdq_distance": 30, "pdq_quality": 50}).parameters_digest

    assert 64 == len(other) == len(made_charter().parameters_digest)
    assert other != made_charter().parameters_digest
    assert digest != other


def test_a_quorum_of_none_and_of_all_witnesses_can_be_written():
    assert 0 == made_charter(None, 0, 0).quorum
    assert 2 == made_charter(None, 2, 2).quorum
