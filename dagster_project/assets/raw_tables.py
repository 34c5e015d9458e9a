"""The raw tables as Dagster shows them, where the lineage begins. Others load them, so nothing runs here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dagster import AssetKey, AssetSpec

from dagster_project.translator import OWNER, MilestoneTranslator


def raw_table_specs(
    manifest: Mapping[str, Any], translator: MilestoneTranslator, made_here: Collection[AssetKey]
) -> list[AssetSpec]:
    """One spec for each source of the dbt project, less those that a step of ours writes."""
    specs = []
    for source in manifest["sources"].values():
        key = translator.get_asset_key(source)
        if key not in made_here:
            specs.append(
                AssetSpec(
                    key,
                    group_name=translator.get_group_name(source),
                    description=source["description"] or None,
                    owners=[OWNER],
                )
            )
    return specs
