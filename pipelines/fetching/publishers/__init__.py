"""One file a publisher, and the list of all connectors in the order in which they are told."""

from pipelines.fetching.contract import Connector
from pipelines.fetching.publishers import health, ibge, inep, ipea, siconfi, treasury

CONNECTORS: tuple[Connector, ...] = (
    *ibge.CONNECTORS,
    *siconfi.CONNECTORS,
    *treasury.CONNECTORS,
    *inep.CONNECTORS,
    *ipea.CONNECTORS,
    *health.CONNECTORS,
)
