"""
Simulation: days of requests on the real domain, in memory and in virtual time, to compare ways to dispatch.

Every change is decided by the deciders that guard the log, every rule is the matcher's own; a seed decides who
asks, how people answer and how long the work takes, so that every dispatcher meets the same fate. What it shows
is what would be asked of whom; how people behave is assumed, and the same for all.
"""

from .arrivals import COMMUNITY, SCENARIOS, Scenario
from .calls import CATALOGUE as CALLS_CATALOGUE
from .calls import ZONE as CALLS_ZONE
from .calls import Block, Incident, Source, Unusable, housed, read_blocks, read_calls
from .contest import (
    POLICIES,
    RIVALS,
    USUAL_RIVALS,
    VERSION,
    Contender,
    Days,
    GeneratedDay,
    contender,
    contest,
    rival,
    simulated,
)
from .draws import pick
from .figures import ALL, Figures, Spread, Wait
from .fit import fit
from .fitted import Fitted, fitted
from .fortnight import Fortnight
from .goals import Goal, goals_of
from .picture import Bar, Panel, drawn

__all__ = [
    "ALL",
    "CALLS_CATALOGUE",
    "CALLS_ZONE",
    "COMMUNITY",
    "POLICIES",
    "RIVALS",
    "SCENARIOS",
    "USUAL_RIVALS",
    "VERSION",
    "Bar",
    "Block",
    "Contender",
    "Days",
    "Figures",
    "Fitted",
    "Fortnight",
    "GeneratedDay",
    "Goal",
    "Incident",
    "Panel",
    "Scenario",
    "Source",
    "Spread",
    "Unusable",
    "Wait",
    "contender",
    "contest",
    "drawn",
    "fit",
    "fitted",
    "goals_of",
    "housed",
    "pick",
    "read_blocks",
    "read_calls",
    "rival",
    "simulated",
]
