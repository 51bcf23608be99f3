"""The memory of the service, and the only room that knows SQL.

Access tokens and tallies of matches today; cases and their history come to the same database later. SQLite in WAL mode
needs no administration and serves one machine; a PostgreSQL server is chosen by its URL.
"""

from kindward.store.database import Store
from kindward.store.tallies import Tallied, Tallies
from kindward.store.tokens import NewToken, Role, Token, Tokens, split_token

__all__ = ["NewToken", "Role", "Store", "Tallied", "Tallies", "Token", "Tokens", "split_token"]
