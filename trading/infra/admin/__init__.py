"""The base of every staff page: read, searched by person and account, exported, never guessed."""

from trading.infra.admin import columns, times
from trading.infra.admin.decisions import ReasonForm, actor_of, decide
from trading.infra.admin.directory import Choice, Directory, directory_of
from trading.infra.admin.lists import StaffList
from trading.infra.admin.pages import NeverEdited, OwnTransaction, ReadOnlyAdmin

__all__ = [
    "Choice",
    "Directory",
    "NeverEdited",
    "OwnTransaction",
    "ReadOnlyAdmin",
    "ReasonForm",
    "StaffList",
    "actor_of",
    "columns",
    "decide",
    "directory_of",
    "times",
]
