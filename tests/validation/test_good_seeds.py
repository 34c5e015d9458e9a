"""What is no mistake passes, and what is wrong is told completely."""

from __future__ import annotations

from tests.validation.house import House


def test_the_shipped_seeds_are_valid(house: House) -> None:
    before = house.fingerprint()

    result = house.run("validate")

    assert result.exit_code == 0, result.output
    assert "Valid: 0 errors" in result.stdout
    assert house.fingerprint() == before


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistake(house: House) -> None:
    path = house.seed("nudge_policy")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    assert house.run("validate").exit_code == 0


def test_quiet_hours_may_lie_within_a_day_and_domains_be_several(house: House) -> None:
    house.replace("delivery_limits", "quiet_hours_start,,17,", "quiet_hours_start,,0,")
    house.replace(
        "delivery_limits", "recipient_domains,,,", "recipient_domains,,Example.com|eu.test.example,"
    )
    house.replace("delivery_limits", "time_zone,,UTC,", "time_zone,,America/Argentina/Buenos_Aires,")

    assert house.run("validate").exit_code == 0


def test_a_quoted_line_break_does_not_shift_the_lines_below_it(house: House) -> None:
    house.replace("delivery_limits", "A hint for last week is noise", '"A hint\nfor last week"')
    house.replace("delivery_limits", "age_seconds,,60,", "age_seconds,,61,")

    result = house.run("validate")

    assert f"{house.seed('delivery_limits')}:17: why" in result.stderr
    assert f"{house.seed('delivery_limits')}:19: limit_value 61" in result.stderr


def test_all_problems_are_told_at_once(house: House) -> None:
    house.replace("critical_path", "default,3,", "default,2,")
    house.replace("nudge_policy", "hubspot", "hubspott")
    house.replace("experiments", "-v1,60,", "-v1,0,")

    result = house.run("validate")

    assert len([line for line in result.stderr.splitlines() if ".csv:" in line]) >= 3
    assert "milestone_order 2" in result.stderr
    assert "hubspott" in result.stderr
    assert "horizon_days" in result.stderr


def test_a_path_of_ones_own_leaves_warnings_about_unused_texts_only(house: House) -> None:
    house.seed("critical_path").write_text(
        "path_key,milestone_order,milestone_key,milestone_name,event_name,expected_hours,slip_hours,how_to_url,clock,"
        "recipient_role\n"
        "default,10,signed_contract,Signed,Contract Signed,0.5,1.25,,,\n"
        "default,20,first_order,First order,Order Placed,24,48,,,\n",
        encoding="utf-8",
    )
    house.sql(
        "delete from nudges.nudge_events; update segment.tracks set event = 'Order Placed' where id = 'e1'"
    )

    result = house.run("validate")

    assert result.exit_code == 0, result.output
    assert "milestone_key 'workspace_created' (lines 3, 9, 16) is on no path" in result.stdout
    assert "event 'Contract Signed' of signed_contract does not occur in any event source" in result.stdout
    assert "event 'Order Placed'" not in result.stdout
