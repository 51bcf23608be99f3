"""Lists as police forces write them; every value is invented and stands for no picture."""

import base64
import hashlib
import io
import json

import pytest

CONTEXTS = {
    "vics2.0/US": ("@odata.context", "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#{}"),
    "vics2.0/Default": (
        "@odata.context",
        "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/Default/$metadata#{}",
    ),
    "vics2.0/UK": ("@odata.context", "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/UK/$metadata#{}"),
    "vics1.3": ("odata.metadata", "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#{}"),
    "vics1.2": ("odata.metadata", "http://github.com/ICMEC/ProjectVic/DataModels/1.2.xml#{}"),
}
ICSE_HEADER = (
    "MD5;SHA1;PhotoDNA;Image ID;Is distributed;Victim identified;Offender identified;Series name;"
    "Number of submissions;File Available;Media Type;Baseline"
)


def digest(number, width=16):
    return hashlib.sha256(f"item {number}".encode()).digest()[:width]


class Written:
    """Write lists in the forms that tools of police forces export."""

    contexts = tuple(CONTEXTS)
    digest = staticmethod(digest)
    icse_header = ICSE_HEADER

    @staticmethod
    def photodna(number):
        return base64.b64encode(b"".join(digest(number * 10 + part, 16) for part in range(9))).decode()

    @staticmethod
    def medium(number, category=1, **fields):
        """One record with the fields that every tool writes."""
        return {
            "MediaID": number,
            "Category": category,
            "MD5": digest(number).hex().upper(),
            "SHA1": digest(number, 20).hex().upper(),
            "MediaSize": 1000 + number,
        } | fields

    @staticmethod
    def media(*records, scheme="vics2.0/US", holds="Media"):
        """A whole list as text."""
        name, address = CONTEXTS[scheme]
        return json.dumps({name: address.format(holds), "value": list(records)}, indent=1)

    @classmethod
    def case(cls, *records, scheme="vics2.0/US"):
        """The export of one case as text."""
        case = {
            "CaseID": "0f0e",
            "CaseNumber": "17/26",
            "ContactName": "Somebody Private",
            "ContactOrganization": "A force",
            "SourceApplicationName": "A tool",
            "Media": list(records),
        }
        return cls.media(case, scheme=scheme, holds="Cases")

    @staticmethod
    def icse(*rows):
        """An ICSE list as text; each row gives some columns by their names."""
        names = ICSE_HEADER.split(";")
        return (
            "\r\n".join([ICSE_HEADER, *(";".join(str(row.get(name, "")) for name in names) for row in rows)]) + "\r\n"
        )


@pytest.fixture
def written():
    """Give a writer of lists."""
    return Written


@pytest.fixture
def read():
    """Read a list from a text or from bytes, as the program does."""
    from kindward.banks import read_list

    def read_all(text, **options):
        stream = text if not isinstance(text, str) else io.StringIO(text, newline="")
        return list(read_list(stream, **options))

    return read_all
