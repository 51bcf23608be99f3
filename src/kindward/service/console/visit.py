"""One request of somebody who was let in."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import Request

from kindward.service.console.roles import Person


@dataclass(slots=True)
class Visit:
    """Who asks for what; ``form`` holds the fields of a form, ``proof`` what forms of this session repeat."""

    request: Request
    person: Person
    proof: str = field(repr=False)
    form: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def case(self) -> str:
        """Give the number of the case in the address."""
        return str(self.request.path_params["case"])
