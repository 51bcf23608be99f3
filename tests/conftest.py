"""Photographs and places that many tests share."""

import ipaddress
import os
import socket
import sys
from pathlib import Path

import pytest
import skimage.data

PACKAGE_PHOTOGRAPHS = (
    "astronaut.png",
    "camera.png",
    "chelsea.png",
    "coffee.png",
    "hubble_deep_field.jpg",
    "motorcycle_left.png",
    "retina.jpg",
    "rocket.jpg",
)
FURTHER_FOLDERS = ("ordinary", "art_clothed_2d_public_domain", "art_nude_2d_public_domain")


def _photographs() -> list[Path]:
    """Give real photographs: those a package ships, and those of KINDWARD_TEST_PICTURES if it is set."""
    home = Path(skimage.data.__file__).parent
    found = [home / name for name in PACKAGE_PHOTOGRAPHS]
    further = os.environ.get("KINDWARD_TEST_PICTURES", "")
    if further:
        found += [file for folder in FURTHER_FOLDERS for file in sorted((Path(further) / folder).iterdir())]
    return found


@pytest.fixture(scope="session")
def photographs() -> list[Path]:
    """Real photographs and paintings, at least eight."""
    return _photographs()


@pytest.fixture(scope="session")
def package_photographs() -> list[Path]:
    """The eight photographs that scikit-image ships under a free licence."""
    return _photographs()[: len(PACKAGE_PHOTOGRAPHS)]


class LeftTheMachineError(BaseException):
    """A test tried to reach another machine; no ``except Exception`` may hide that."""


NETWORK = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1, "socket.getaddrinfo": 0}
"""What can reach another machine, and which argument of its audit event says which one."""


def _stays(event, arguments):
    if event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        if arguments[0].family not in {socket.AF_INET, socket.AF_INET6}:
            return True
        address = arguments[NETWORK[event]]
        if address is None:
            return True
        host = address[0]
    host = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if host in {None, "", "localhost"}:
        return True
    try:
        found = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    # Looking up "any address" is how a server listens; a look-up of a number asks nobody.
    return found.is_loopback or event == "socket.getaddrinfo"


def _watch(event, arguments):
    if event in NETWORK and not _stays(event, arguments):
        raise LeftTheMachineError(f"{event} {arguments[NETWORK[event]]!r}")


@pytest.fixture(scope="session", autouse=True)
def nothing_leaves_this_machine():
    """Refuse every connection and every look-up of a name that would leave this machine, in all tests."""
    # An audit hook can be forgotten by nobody: not by a library, not by a thread. It stays for this process's life.
    sys.addaudithook(_watch)
