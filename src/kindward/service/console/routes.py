"""Every page and every form of the console, with what it lets one do: the table that the authorization test walks."""

from __future__ import annotations

from dataclasses import dataclass

from kindward.service.console.roles import Act

GET, POST = "GET", "POST"


@dataclass(frozen=True, slots=True)
class Entry:
    """One route: who may use it follows from ``act``; ``name`` is the method of ``Pages`` that answers."""

    method: str
    path: str
    act: Act
    name: str


TABLE = (
    Entry(GET, "/", Act.OWN, "home"),
    Entry(POST, "/language", Act.OWN, "language"),
    Entry(GET, "/pause", Act.OWN, "pause"),
    Entry(POST, "/pause", Act.OWN, "leave_for_pause"),
    Entry(GET, "/turning", Act.OWN, "turning"),
    Entry(POST, "/next", Act.TAKE, "take"),
    Entry(GET, "/cases/{case}", Act.TAKE, "case"),
    Entry(POST, "/cases/{case}/look", Act.LOOK, "look"),
    Entry(POST, "/cases/{case}/rule", Act.DECIDE, "rule"),
    Entry(POST, "/cases/{case}/undo", Act.OWN, "undo"),
    Entry(POST, "/cases/{case}/hold", Act.DECIDE, "hold"),
    Entry(POST, "/cases/{case}/back", Act.TAKE, "give_back"),
    Entry(POST, "/cases/{case}/note", Act.DECIDE, "note"),
    Entry(GET, "/cases/{case}/waiting", Act.OWN, "waiting"),
    Entry(GET, "/lead", Act.LEAD, "lead"),
    Entry(POST, "/cases/{case}/resume", Act.LEAD, "resume"),
    Entry(POST, "/cases/{case}/reopen", Act.REOPEN, "reopen"),
    Entry(GET, "/reports", Act.RELEASE, "reports"),
    Entry(GET, "/cases/{case}/report", Act.RELEASE, "report"),
    Entry(POST, "/cases/{case}/report", Act.ADD, "add"),
    Entry(POST, "/cases/{case}/release", Act.RELEASE, "release"),
    Entry(GET, "/histories", Act.HISTORY, "histories"),
    Entry(GET, "/cases/{case}/history", Act.HISTORY, "history"),
    Entry(GET, "/health", Act.HEALTH, "health"),
    Entry(GET, "/people", Act.PEOPLE, "people"),
    Entry(POST, "/people/{id}/lock", Act.PEOPLE, "lock"),
)
