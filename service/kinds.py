"""Every kind of case that the service knows."""

from collections.abc import Mapping

from service.desk.acts import Kind
from service.filings.kind import FILING
from service.foreign.kind import CONFIRMATION
from service.workflow import Road

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (FILING, CONFIRMATION)}
ROADS: Mapping[str, Road] = {kind.opening: kind.road for kind in KINDS.values()}
"""Each road by the act that begins its cases."""
