"""Where people work on cases: each act, its leaf in the audit log and what happens to evidence are one transaction."""

from kindward.desk.desk import Arrived, Desk

__all__ = ["Arrived", "Desk"]
