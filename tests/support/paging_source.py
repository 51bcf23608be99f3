"""A source that reads the pages of ``providers.Provider``; it is found as an installed plug-in is."""

import json

from kindward.banks.items import Item, Kept
from kindward.banks.rejected import Rejected
from kindward.banks.sources import Page, Request
from kindward.errors import ConfigError
from kindward.model import Entry


class PagingSource:
    name = "paging"

    def __init__(self, settings, secrets):
        if "url" not in settings:
            raise ConfigError("source_setting_missing", "No url.", "")
        self.url, self.password = settings["url"], secrets.get("password", "")

    def changes(self, since, transport, now):
        del now
        after = since.get("after", 0)
        while True:
            headers = {"authorization": self.password}
            answer = json.loads(transport(Request("GET", f"{self.url}?after={after}", headers)).body)
            if answer["next"] is None:
                return
            items = tuple(self.item(one) for one in answer["records"] if "bad" not in one)
            bad = tuple(Rejected(one["bad"], "fingerprint_unreadable") for one in answer["records"] if "bad" in one)
            after = answer["next"]
            yield Page(items, bad, {"after": after}, len(answer["records"]))

    def item(self, one):
        if one.get("gone"):
            return Item(one["id"], reason="deleted")
        entries = tuple(Entry(one["id"], "pdq/1", bytes.fromhex(value)) for value in one["values"])
        return Item(one["id"], entries, tuple(Kept("pdna", text) for text in one.get("kept", ())))

    def tell(self, opinion, transport):
        transport(Request("POST", f"{self.url}/{opinion.item}", body=opinion.reason.encode()))
