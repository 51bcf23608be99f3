"""The memory of the service, and the only room that knows SQL.

Access tokens, tallies of matches, cases with their history, sealed evidence and the audit log. SQLite in WAL mode
needs no administration and serves one machine; a PostgreSQL server is chosen by its URL.
"""

from kindward.store import cases, deeds, evidence, outbox, people, requests
from kindward.store.cases import Transaction
from kindward.store.database import Store
from kindward.store.tallies import Tallied, Tallies
from kindward.store.tokens import NewToken, Role, Token, Tokens, split_token

__all__ = [
    "NewToken",
    "Role",
    "Store",
    "Tallied",
    "Tallies",
    "Token",
    "Tokens",
    "Transaction",
    "cases",
    "deeds",
    "evidence",
    "outbox",
    "people",
    "requests",
    "split_token",
]
