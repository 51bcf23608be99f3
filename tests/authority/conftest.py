"""Lists that were founded and whose first release is published."""

import pytest
from ceremonies import DE, FR, NL, Ceremony


@pytest.fixture
def ceremony(tmp_path):
    """Found a list of two authorities and publish its first release of three entries."""
    ceremony = Ceremony(tmp_path)
    ceremony.agree("a", "b", "c")
    ceremony.release()
    return ceremony


@pytest.fixture
def three(tmp_path):
    """Found a list of three authorities and publish its first release, which all three confirmed."""
    ceremony = Ceremony(tmp_path, (DE, FR, NL))
    ceremony.agree("a", "b", "c")
    ceremony.confirm(NL)
    ceremony.release()
    return ceremony
