"""What a dbt node is called in Dagster: key, group, owner, and the one dependency that SQL cannot show.

The order "reports wait for the senders" is said here. Selection and running of nodes do not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster import AssetCheckSpec, AssetDep, AssetKey, AssetSpec
from dagster_dbt import DagsterDbtTranslator, DbtProject

from dagster_project.dbt_selection import reads_the_ledger

LEASE_KEY = AssetKey(["nudges", "nudge_lease"])
LEDGER_KEY = AssetKey(["nudges", "nudge_events"])
FINISHED_KEY = AssetKey(["nudges", "finished_tick"])

OWNER = "team:data-engineering"
_OWNERS_OF_GROUPS = {"seeds": "team:customer-success", "reports": "team:customer-success"}


class MilestoneTranslator(DagsterDbtTranslator):
    """Schemas without the developer's prefix name the keys, so that lineage reads the same for everybody."""

    def __init__(self, schema_prefix: str = "") -> None:
        super().__init__()
        self._prefix = schema_prefix

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            key = AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
            # The ledger is read before the senders write it and again afterwards. As one key that would be a
            # circle, so what planning reads is shown as an input of its own; only the lease is written before
            # planning.
            is_ledger = key.path[0] == "nudges" and key != LEASE_KEY
            return AssetKey(["ledger_as_read", key.path[1]]) if is_ledger else key
        schema = str(dbt_resource_props["schema"]).removeprefix(self._prefix)
        return AssetKey([schema, dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        kind = dbt_resource_props["resource_type"]
        if kind in {"seed", "snapshot", "source"}:
            return f"{kind}s"
        if {"report", "after_senders"} & set(dbt_resource_props["tags"]):
            return "reports"
        folders: list[str] = dbt_resource_props["fqn"]
        return folders[1] if len(folders) > 2 else "models"

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        props = manifest["sources"].get(unique_id) or manifest["nodes"][unique_id]
        owners = spec.owners or [_OWNERS_OF_GROUPS.get(spec.group_name or "", OWNER)]
        waits = self.get_group_name(props) == "reports" and reads_the_ledger(manifest, unique_id)
        deps = [*spec.deps, AssetDep(LEDGER_KEY)] if waits else spec.deps
        unique_deps = {dep.asset_key: dep for dep in deps}
        return spec.replace_attributes(owners=owners, deps=list(unique_deps.values()))

    def get_asset_check_spec(
        self, asset_spec: AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> AssetCheckSpec | None:
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        if spec is None:
            return None
        # A test that compares two parts of the tick must not make the first part wait for the second.
        return AssetCheckSpec(
            name=spec.name,
            asset=spec.asset_key,
            description=spec.description,
            metadata=spec.metadata,
            blocking=spec.blocking,
        )
