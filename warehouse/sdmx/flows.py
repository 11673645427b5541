"""The dataflows of a release: one per row of table `indicator`."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from schemas.catalogue import all_indicators
from schemas.declaration import Text
from schemas.errors import PublishError

MEASURE_PARTS = 2
FLOW_COLUMNS = (
    "indicator, title_en, title_fr, title_es, definition, reference, unit_measure, unit_mult, classif1, classif2"
)


@dataclass(frozen=True)
class Flow:
    """One dataflow: its indicator with title and definition, its unit, and its classifications with their columns."""

    indicator: str
    title: Text
    description: Text
    unit_measure: str
    unit_mult: int
    decimals: int
    classifications: tuple[tuple[str, str], ...]

    @property
    def id(self) -> str:
        """The dataflow's id, as ILOSTAT writes it: DF_ and the indicator."""
        return f"DF_{self.indicator}"

    @property
    def topic(self) -> str:
        """The topic that begins the indicator's id, as ILOSTAT's ids have it: MST, EAR, ..."""
        return self.indicator.split("_", maxsplit=1)[0]

    @property
    def measure(self) -> str:
        """The code of CL_MEASURE: MST_TEMP_NB of MST_TEMP_SEX_AGE_CBR_NB."""
        parts = self.indicator.split("_")
        return "_".join([*parts[:MEASURE_PARTS], parts[-1]])

    @property
    def unit_measure_type(self) -> str:
        """The code of CL_UNIT_MEASURE_TYPE that ends the indicator's id: NB or RT."""
        return self.indicator.rsplit("_", maxsplit=1)[-1]

    @property
    def constants(self) -> dict[str, str]:
        """The components with a single value in the whole dataflow."""
        return {
            "MEASURE": self.measure,
            "UNIT_MEASURE_TYPE": self.unit_measure_type,
            "UNIT_MEASURE": self.unit_measure,
            "UNIT_MULT": str(self.unit_mult),
            "DECIMALS": str(self.decimals),
        }


def read_flows(connection: duckdb.DuckDBPyConnection) -> list[Flow]:
    """The dataflows of table `indicator`, by indicator. Raises PublishError where the catalogue lacks an indicator."""
    catalogue = all_indicators()
    rows = connection.execute(f"select {FLOW_COLUMNS} from indicator order by indicator").fetchall()
    flows = []
    for indicator, en, fr, es, definition, reference, unit_measure, unit_mult, classif1, classif2 in rows:
        if indicator not in catalogue:
            raise PublishError(
                f"the indicator {indicator} is not in the catalogue",
                where="table indicator",
                remedy="declare it in indicators.yaml, or those of registers or regions, then build the release again",
            )
        columns = [("SEX", "sex"), (classif1, "classif1"), (classif2, "classif2")]
        flows.append(
            Flow(
                indicator,
                Text(en=en, fr=fr, es=es),
                Text(en=f"{definition}. {reference}" if reference else definition),
                unit_measure,
                unit_mult,
                catalogue[indicator].declared.decimals,
                tuple((name, column) for name, column in columns if name in indicator.split("_")),
            )
        )
    return flows
