"""Answers of statistical services in the shapes that ILOSTAT, Eurostat and PxWeb give them, with made-up numbers."""

from __future__ import annotations

import json
from typing import Any

SDMX_CSV = """\
DATAFLOW,REF_AREA,FREQ,MEASURE,SEX,CCT,TIME_PERIOD,OBS_VALUE,OBS_STATUS,SOURCE
ILO:DF_UNE(1.0),AUT,A,UNE_RT,SEX_T,CCT_CIT_NONCIT,2022,9.1,,"LFS ""EU"" - Enquête sur l'emploi"
ILO:DF_UNE(1.0),AUT,A,UNE_RT,SEX_T,CCT_CIT_NONCIT,2023,10.25,B,LFS
ILO:DF_UNE(1.0),ALB,A,UNE_RT,SEX_T,CCT_CIT_NONCIT,2023,,U,LFS
"""
SDMX_CSV_2 = """\
STRUCTURE,STRUCTURE_ID,ACTION,freq,sex,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG
dataflow,ESTAT:LFSA_UGAN(1.0),I,A,T,AT,2023,12.5,bu
dataflow,ESTAT:LFSA_UGAN(1.0),I,A,T,BE,2023,7,
"""
_HEADER = (
    "<mes:Header><mes:ID>IDREF1</mes:ID><mes:Test>false</mes:Test><mes:Prepared>2026-11-30T10:00:00</mes:Prepared>"
    '<mes:Sender id="ILO"/><mes:Structure structureID="UNE" dimensionAtObservation="TIME_PERIOD"><com:Structure>'
    '<Ref agencyID="ILO" id="UNE" version="1.0"/></com:Structure></mes:Structure></mes:Header>'
)
_SPACES = (
    'xmlns:mes="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message" '
    'xmlns:com="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common" '
    'xmlns:gen="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/generic" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
STRUCTURE_SPECIFIC = f"""<?xml version="1.0" encoding="utf-8"?>
<mes:StructureSpecificData {_SPACES}>{_HEADER}
<mes:DataSet xsi:type="ns1:DataSetType" action="Replace">
<Group xsi:type="ns1:AreaGroup" REF_AREA="AUT" SOURCE="LFS"/>
<Series REF_AREA="AUT" FREQ="A" SEX="SEX_T"><Obs TIME_PERIOD="2022" OBS_VALUE="9.1"/>
<Obs TIME_PERIOD="2023" OBS_VALUE="10.25" OBS_STATUS="B"/></Series>
<Series REF_AREA="ALB" FREQ="A" SEX="SEX_T"><Obs TIME_PERIOD="2023" OBS_VALUE="NaN" OBS_STATUS="U"/></Series>
</mes:DataSet></mes:StructureSpecificData>
"""
GENERIC = f"""<?xml version="1.0" encoding="utf-8"?>
<mes:GenericData {_SPACES}>{_HEADER}<mes:DataSet>
<gen:Series><gen:SeriesKey><gen:Value id="REF_AREA" value="AUT"/><gen:Value id="SEX" value="SEX_T"/></gen:SeriesKey>
<gen:Attributes><gen:Value id="SOURCE" value="LFS"/></gen:Attributes>
<gen:Obs><gen:ObsDimension value="2022"/><gen:ObsValue value="9.1"/></gen:Obs>
<gen:Obs><gen:ObsDimension value="2023"/><gen:ObsValue value="10.25"/>
<gen:Attributes><gen:Value id="OBS_STATUS" value="B"/></gen:Attributes></gen:Obs></gen:Series>
</mes:DataSet></mes:GenericData>
"""
FLAT = f"""<?xml version="1.0" encoding="utf-8"?>
<mes:GenericData {_SPACES}>{_HEADER}<mes:DataSet>
<gen:Obs><gen:ObsKey><gen:Value id="REF_AREA" value="AUT"/><gen:Value id="TIME_PERIOD" value="2022"/></gen:ObsKey>
<gen:ObsValue value="9.1"/></gen:Obs></mes:DataSet></mes:GenericData>
"""
NO_RESULTS = f"""<?xml version="1.0" encoding="utf-8"?>
<mes:Error {_SPACES}><mes:ErrorMessage code="100"><com:Text>No data is found for the query.</com:Text>
</mes:ErrorMessage></mes:Error>
"""
DATAFLOW = f"""<?xml version="1.0" encoding="utf-8"?>
<mes:Structure {_SPACES} xmlns:str="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/structure"><mes:Structures>
<str:Dataflows><str:Dataflow id="DF_UNE" agencyID="ILO" version="1.0"><com:Annotations>
<com:Annotation><com:AnnotationTitle>1,000</com:AnnotationTitle><com:AnnotationType>OBS_COUNT</com:AnnotationType>
</com:Annotation><com:Annotation><com:AnnotationTitle>%s</com:AnnotationTitle>
<com:AnnotationType>%s</com:AnnotationType></com:Annotation></com:Annotations>
<com:Name xml:lang="en">Unemployment rate</com:Name></str:Dataflow></str:Dataflows></mes:Structures></mes:Structure>
"""
"""Of the annotations of a dataflow, one says when its data last changed: title and type are to be filled in."""

PERMITS: dict[str, Any] = {
    "version": "2.0",
    "class": "dataset",
    "label": "Permits by citizenship, sex and year",
    "updated": "2026-03-12T07:00:00Z",
    "id": ["Medborgarskap", "Kon", "Tid"],
    "size": [2, 2, 1],
    "dimension": {
        "Medborgarskap": {"category": {"index": {"IND": 0, "SYR": 1}, "label": {"IND": "Indien", "SYR": "Syrien"}}},
        "Kon": {"category": {"index": ["1", "2"]}},
        "Tid": {"category": {"label": {"2025": "2025"}}},
    },
    "value": [120, 80.5, None, 3],
    "status": {"2": "..", "3": "p"},
}
PXWEB_METADATA = {
    "title": "Permits by citizenship, sex and year",
    "variables": [
        {"code": "Medborgarskap", "text": "country of citizenship", "values": ["IND", "SYR", "TOT"]},
        {"code": "Kon", "text": "sex", "values": ["1", "2"], "elimination": True},
        {"code": "Tid", "text": "year", "values": ["2024", "2025"], "time": True},
    ],
}


def dumped(content: object) -> bytes:
    """An answer in JSON."""
    return json.dumps(content, ensure_ascii=False).encode()
