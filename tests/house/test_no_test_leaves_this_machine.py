"""No test reaches another machine, whatever library or thread tries to."""

import socket
import threading

import pytest

FAR = ("192.0.2.1", 9)
"""An address that is kept for examples: nobody answers there."""


def refusal(act):
    """Give how an act was refused."""
    try:
        act()
    except BaseException as problem:  # noqa: BLE001 - what refuses must be none that a test could catch by chance
        return type(problem).__name__
    return None


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_connection_to_another_machine_is_refused_before_it_begins(family):
    far = FAR if family == socket.AF_INET else ("2001:db8::1", 9, 0, 0)
    with socket.socket(family) as opened:
        assert "LeftTheMachineError" == refusal(lambda: opened.connect(far))
        assert "LeftTheMachineError" == refusal(lambda: opened.connect_ex(far))


def test_a_datagram_to_another_machine_is_refused():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        assert "LeftTheMachineError" == refusal(lambda: opened.sendto(b"hello", FAR))
        assert "LeftTheMachineError" == refusal(lambda: opened.sendmsg([b"hello"], [], 0, FAR))


@pytest.mark.parametrize("name", ["example.org", b"example.org", "127.0.0.1.example.org"])
def test_a_name_is_not_even_looked_up(name):
    assert "LeftTheMachineError" == refusal(lambda: socket.getaddrinfo(name, 443))


def test_a_thread_is_no_way_around():
    refused = []
    with socket.socket() as opened:
        thread = threading.Thread(target=lambda: refused.append(refusal(lambda: opened.connect(FAR))))
        thread.start()
        thread.join()

    assert ["LeftTheMachineError"] == refused


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_reached(host):
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as one:
        assert listener.getsockname() == one.getpeername()

    assert socket.getaddrinfo(host, 80)
