"""The reporting centre's stand-in over real HTTP, with a clock that the test turns."""

import httpx2
import pytest
from made_reports import NOW, attachment, full, plain, viral

from kindward.reports.ncmec import NcmecAuthority
from kindward.sandbox import running
from kindward.sandbox.centre import PASSWORD, PREFIX, USER, CentreSandbox

XML = {"content-type": "text/xml; charset=utf-8"}


class Clock:
    """A clock that the test turns."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


class Caller:
    """Ask the centre as the published documentation says, without any of our own client."""

    def __init__(self, address):
        self.client = httpx2.Client(base_url=f"{address}{PREFIX}", auth=(USER, PASSWORD), timeout=20)
        composer = NcmecAuthority({"url": f"{address}{PREFIX}"}, {"user": USER, "password": PASSWORD})
        whole, files = full()
        self.plain = composer.compose(plain(), [attachment()])
        self.whole = composer.compose(whole, files)
        self.viral = composer.compose(viral(), [attachment()])

    def code(self, answer):
        """Give the code of an answer."""
        return int(text(answer, "responseCode"))

    def submit(self, body=None):
        """Open a report."""
        return self.client.post("/submit", content=self.plain.body if body is None else body, headers=XML)

    def opened(self, body=None):
        """Open a report and give its number."""
        return text(self.submit(body), "reportId")

    def upload(self, number, data=b"ordinary bytes"):
        """Send a file."""
        return self.client.post("/upload", data={"id": number}, files={"file": ("a.png", data)})

    def file_info(self, number, file_id, details=None):
        """Tell about a file."""
        about = self.plain.attachments[0].details if details is None else details
        numbers = f"<fileDetails><reportId>{number}</reportId><fileId>{file_id}</fileId>".encode()
        return self.client.post("/fileinfo", content=numbers + about + b"</fileDetails>", headers=XML)

    def of(self, call, number):
        """Finish or retract a report."""
        return self.client.post(f"/{call}", files={"id": (None, number)})


def text(answer, name):
    """Give the text of the first element of a name."""
    head, found, rest = answer.text.partition(f"<{name}>")
    assert found, head
    return rest.partition("<")[0]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def centre(clock):
    return CentreSandbox(clock)


@pytest.fixture
def ask(centre):
    with running(centre.app) as address:
        caller = Caller(address)
        yield caller
        caller.client.close()
