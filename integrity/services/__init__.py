"""Every significant write of this room."""

from integrity.services.entry import enter, revise
from integrity.services.finding import confirm, dismiss, find, remit, revoke
from integrity.services.fulfilment import register_fulfilment
from integrity.services.persons import Named, name_responsible
from integrity.services.scans import open_instrument, open_statement
from integrity.services.statements import answer_statement, record_statement, state_case

__all__ = [
    "Named",
    "answer_statement",
    "confirm",
    "dismiss",
    "enter",
    "find",
    "name_responsible",
    "open_instrument",
    "open_statement",
    "record_statement",
    "register_fulfilment",
    "remit",
    "revise",
    "revoke",
    "state_case",
]
