"""Keys in a PKCS#11 token and in a key service, behind the signer interface of securesystemslib."""

import importlib.util
import os
import shutil
import subprocess

import pytest
from ceremonies import DE, FR, Ceremony, words_of
from securesystemslib.signer import SIGNER_FOR_URI_SCHEME, CryptoSigner

from kindward.authority.home import LIST, ROOT, Home
from kindward.errors import ConfigError

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")
PIN = "24680"


def _why_no_token():
    if shutil.which("softhsm2-util") is None or not any(map(os.path.exists, MODULES)):
        return "SoftHSM is not installed (Debian: softhsm2)"
    if importlib.util.find_spec("pkcs11") is None:
        return "python-pkcs11 is not installed (pip install kindward[pkcs11])"
    return None


@pytest.fixture(scope="module")
def tokens(tmp_path_factory):
    """Make a token with two keys on the curve P-256; SoftHSM reads its folder once for each process."""
    if reason := _why_no_token():
        pytest.skip(reason)
    import pkcs11
    from pkcs11.util.ec import encode_named_curve_parameters

    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
    (folder / "pin").write_text(PIN)
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm.conf")
    made = ["softhsm2-util", "--init-token", "--free", "--label", "authority", "--so-pin", PIN, "--pin", PIN]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
    module = next(filter(os.path.exists, MODULES))
    with pkcs11.lib(module).get_token(token_label="authority").open(rw=True, user_pin=PIN) as session:
        curve = session.create_domain_parameters(
            pkcs11.KeyType.EC,
            {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
            local=True,
        )
        for number in (1, 2):
            curve.generate_keypair(store=True, id=bytes([number]), label=f"key{number}")
    return folder, module


@pytest.fixture
def token(tokens, monkeypatch):
    """Give the addresses of the keys, with everything set that a person would set."""
    folder, module = tokens
    monkeypatch.setenv("PYKCS11LIB", module)
    monkeypatch.setenv("KINDWARD_PIN_FILE", str(folder / "pin"))
    return {ROOT: "hsm:1?label=authority", LIST: "hsm:2?label=authority"}


def test_an_authority_whose_keys_never_leave_their_token_publishes_and_is_followed(tmp_path, token):
    ceremony = Ceremony(tmp_path / "list", uris={FR: token})
    ceremony.agree("a", "b")
    ceremony.release()
    ceremony.withdraw(FR, "a")
    ceremony.release()
    subscriber = ceremony.subscriber()
    subscriber.update(ceremony.now)

    assert {"b"} == words_of(subscriber)
    assert 1 == ceremony.audit().history.active
    assert [] == list(ceremony.homes[FR].path.glob("*.pem"))


def test_a_list_moves_from_files_to_a_token(tmp_path, token):
    ceremony = Ceremony(tmp_path / "list")
    ceremony.agree("a")
    ceremony.release()
    subscriber = ceremony.subscriber()
    subscriber.update(ceremony.now)
    ceremony.rotate(DE, uris=token)
    ceremony.sign()
    ceremony.publish()
    ceremony.agree("b")
    ceremony.release()
    subscriber.update(ceremony.now)

    assert {"a", "b"} == words_of(subscriber)


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize("uri", ["hsm:9?label=authority", "hsm:1?label=other", "hsm:x", "hsm:"])
def test_a_key_that_the_token_does_not_hold_is_told(tmp_path, uri):
    with pytest.raises(ConfigError) as refused:
        Home.make(tmp_path / "home", DE, "DE", {LIST: uri})

    assert "authority_key_unusable" == refused.value.code
    assert PIN not in str(refused.value)


def test_without_a_pin_nothing_is_signed(tmp_path, token, monkeypatch):
    monkeypatch.delenv("KINDWARD_PIN_FILE")
    home = Home.make(tmp_path / "home", DE, "DE", token)
    with pytest.raises(ConfigError) as refused:
        home.signer(LIST).sign(b"data")

    assert refused.value.code in {"authority_pin_missing", "authority_key_unusable"}


class Service(CryptoSigner):
    """A key service, as the ones of clouds are: a name stands for a key that nobody else sees."""

    SCHEME = "service"
    keys: dict[str, CryptoSigner] = {}  # noqa: RUF012 - all there is

    @classmethod
    def import_(cls, name):
        """Give the address and the public part of a key."""
        held = cls.keys.setdefault(name, CryptoSigner.generate_ed25519())
        return f"service:{name}", held.public_key

    @classmethod
    def from_priv_key_uri(cls, priv_key_uri, public_key, secrets_handler=None):  # noqa: ARG003 - the library's own form
        """Open a key."""
        return cls.keys[priv_key_uri.partition(":")[2]]


def test_a_key_service_signs_behind_the_same_interface(tmp_path, monkeypatch):
    monkeypatch.setitem(SIGNER_FOR_URI_SCHEME, "service", Service)
    ceremony = Ceremony(tmp_path / "list", uris={DE: {ROOT: "service:de-root", LIST: "service:de-list"}})
    ceremony.agree("a")
    ceremony.release()
    subscriber = ceremony.subscriber()
    subscriber.update(ceremony.now)

    assert {"a"} == words_of(subscriber)
    assert [] == list(ceremony.homes[DE].path.glob("root*.pem")) + list(ceremony.homes[DE].path.glob("list*.pem"))


def test_a_service_that_is_not_known_is_told(tmp_path):
    with pytest.raises(ConfigError) as refused:
        Home.make(tmp_path / "home", DE, "DE", {LIST: "moon:key"})

    assert "authority_key_unusable" == refused.value.code
