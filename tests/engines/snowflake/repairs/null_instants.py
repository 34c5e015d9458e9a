"""A null instant reaches the client as null. As it ships, it arrives as 1970-01-01, and comparisons of
dbt's unit tests take one for the other.
"""

from typing import Any

import fakesnow.arrow
import pyarrow as pa
import pyarrow.compute as pc

PATCHED = [(fakesnow.arrow, "timestamp_to_sf_struct")]


def apply() -> None:
    unrepaired = fakesnow.arrow.timestamp_to_sf_struct

    def to_struct(instants: Any) -> Any:
        if isinstance(instants, pa.ChunkedArray):
            instants = instants.combine_chunks()
        struct = unrepaired(instants)
        fields = [struct.type.field(position) for position in range(struct.type.num_fields)]
        arrays = [pc.fill_null(struct.field(position), 0) for position in range(len(fields))]
        return pa.StructArray.from_arrays(arrays, fields=fields, mask=pc.is_null(instants))

    fakesnow.arrow.timestamp_to_sf_struct = to_struct
