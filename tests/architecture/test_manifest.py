"""The rules of the dbt project, read from its manifest."""

from tests.architecture.manifest import Manifest, Model

KEY_TESTS = frozenset({"unique", "unique_combination", "has_one_row"})
PREFIXES = {"staging": ("stg_",), "intermediate": ("int_",), "marts": ("dim_", "fct_", "rpt_", "sync_")}


def _of_kind(manifest: Manifest, *kinds: str) -> list[Model]:
    found = [model for model in manifest.models if model.kind in kinds]
    assert found, f"the manifest has no {kinds}: these tests would hold by themselves"
    return found


def test_only_staging_reads_a_source(manifest: Manifest) -> None:
    readers = {
        model.name
        for model in _of_kind(manifest, "model", "snapshot")
        if model.layer != "staging" and any(parent.startswith("source.") for parent in model.depends_on)
    }
    assert readers == set()


def test_staging_reads_sources_alone(manifest: Manifest) -> None:
    readers = {
        model.name
        for model in _of_kind(manifest, "model")
        if model.layer == "staging" and any(not parent.startswith("source.") for parent in model.depends_on)
    }
    assert readers == set()


def test_every_source_is_read_by_one_staging_view_at_most(manifest: Manifest) -> None:
    crowded = {
        parent: children
        for parent, children in manifest.readers.items()
        if parent.startswith("source.") and len(children) > 1
    }
    assert crowded == {}


def test_nothing_refs_a_relation_that_leaves(manifest: Manifest) -> None:
    read = {
        model.name: manifest.readers[model.unique_id]
        for model in _of_kind(manifest, "model")
        if model.name.startswith("sync_") and model.unique_id in manifest.readers
    }
    assert read == {}


def test_every_description_says_what_a_row_is(manifest: Manifest) -> None:
    silent = {
        model.name
        for model in _of_kind(manifest, "model", "seed", "snapshot")
        if "one row per" not in model.description.lower() and "one row:" not in model.description.lower()
    }
    assert silent == set()


def test_the_key_of_every_model_is_tested_unless_it_repeats_raw_rows(manifest: Manifest) -> None:
    """Raw rows are repeated, duplicates included, by staging and by what says "One row per raw row"."""
    untested = {
        model.name
        for model in _of_kind(manifest, "model")
        if model.layer != "staging"
        and "one row per raw row" not in model.description.lower()
        and not KEY_TESTS & manifest.test_names_of(model)
    }
    assert untested == set()


def test_every_column_of_a_public_relation_is_described(manifest: Manifest) -> None:
    public = [model for model in _of_kind(manifest, "model") if model.is_public]
    silent = {
        f"{model.name}.{column}"
        for model in public
        for column, description in model.columns.items()
        if not description.strip()
    }
    assert public
    assert silent == set()


def test_every_public_relation_keeps_an_enforced_contract(manifest: Manifest) -> None:
    loose = {
        model.name
        for model in _of_kind(manifest, "model")
        if model.is_public and not (model.is_contract_enforced and model.columns)
    }
    assert loose == set()


def test_every_model_is_named_after_its_layer(manifest: Manifest) -> None:
    misnamed = {
        model.path
        for model in _of_kind(manifest, "model")
        if not model.name.startswith(PREFIXES.get(model.layer, ("nowhere",)))
    }
    assert misnamed == set()


def test_layers_depend_downwards_only(manifest: Manifest) -> None:
    """Intermediate models may read marts that are facts, as the plan does; staging reads nothing of ours."""
    layers = {model.unique_id: model.layer for model in manifest.models}
    reports = {model.unique_id for model in manifest.models if model.name.startswith(("rpt_", "sync_"))}
    upwards = {
        (model.name, parent)
        for model in _of_kind(manifest, "model")
        if model.layer in ("staging", "intermediate")
        for parent in model.depends_on
        if parent in reports or (model.layer == "staging" and parent in layers)
    }
    assert upwards == set()


def test_the_clock_is_read_by_one_model_alone(manifest: Manifest) -> None:
    readers = {
        model.name
        for model in manifest.models
        if "macro.milestone_agent.clock_now" in model.depends_on_macros
    }
    assert readers == {"int_as_of"}


def test_what_is_remembered_of_the_last_build_is_written_after_all_that_reads_it(manifest: Manifest) -> None:
    """Such memory is no parent of its readers, so nothing but the graph keeps the order, on any number of
    threads. The re-check reads it when the tick is planned.
    """
    memories = {
        "computed_through": "int_state_computed",
        "slice_state": "int_slices_loaded",
        "slices_to_read": "int_days_loaded",
    }
    wrong = []
    for macro, memory in memories.items():
        readers = [model for model in manifest.models if macro in manifest.macros_behind(model)]
        assert readers
        before = manifest.ancestors_of(manifest.named(memory))
        wrong += [
            (model.name, memory)
            for model in readers
            if model.name != memory
            and model.unique_id not in before
            and manifest.named(memory).unique_id not in manifest.ancestors_of(model)
        ]

    assert wrong == []
