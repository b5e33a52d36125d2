"""Policy files: all mistakes at once, hash, hierarchy, simulation."""

from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.domain.errors import InvalidPolicy
from pipeline.match.simulate import check_policy, diff_policies, money_moved, simulate
from rules.limits import parameter_names, resolve
from rules.load import default_policy, load_policy, policy_from
from rules.policy import Policy
from tests.unit.match.build import case, line


def test_the_shipped_policy_states_the_built_in_defaults() -> None:
    shipped = default_policy()
    known = {"routing", "fx_to_usd", "meta"}
    changes = [c for c in diff_policies(policy_from({}), shipped) if c.path.split(".")[0] not in known]
    assert changes == []
    assert shipped.routing[-1].queue == "AP_EXCEPTIONS"


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(
        """
        stale_days = -1
        colour = "red"
        [price]
        upper_pct = 2.5
        upper_abs = "-1"
        """
    )
    problems = check_policy(file)
    assert len(problems) == 3 or len(problems) == 4
    text = " ".join(problems)
    for word in ("stale_days", "colour", "price.upper_abs"):
        assert word in text
    assert all(problem.startswith("bad.toml: ") for problem in problems)


def test_mistakes_beyond_types(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(
        """
        [meta]
        author = "eve"
        approver = "eve"
        [[nonpo_approval]]
        up_to = "5"
        role = "KING"
        [[routing]]
        codes = ["DOC_*"]
        queue = "AP_INDEXING"
        [overrides.planet.mars.price]
        upper_pct = "0"
        [overrides.supplier.S1.price]
        uper_pct = "0"
        """
    )
    text = " ".join(check_policy(file))
    for word in ("two persons", "KING", "no limit", "catch-all", "unknown scope", "uper_pct"):
        assert word in text


def test_an_unreadable_file_is_one_plain_problem(tmp_path: Path) -> None:
    assert check_policy(tmp_path / "none.toml")
    with pytest.raises(InvalidPolicy):
        load_policy(tmp_path / "none.toml")


def test_hash_is_about_content() -> None:
    one, two = policy_from({"price": {"upper_pct": "2"}}), policy_from({"price": {"upper_pct": "2.00"}})
    assert one.hash == two.hash
    assert one.hash != policy_from({"price": {"upper_pct": "2.01"}}).hash
    assert len(one.hash) == 64


def test_none_switches_a_limit_off_and_zero_does_not() -> None:
    assert policy_from({"price": {"upper_pct": "none"}}).price.upper_pct is None
    assert policy_from({"price": {"upper_pct": None}}).price.upper_pct is None
    assert policy_from({"price": {"upper_pct": "0"}}).price.upper_pct == 0


def test_hierarchy_is_per_parameter() -> None:
    levels = [("PO line", {"price": {"upper_pct": "5"}}), ("supplier", {"price": {"upper_pct": "9", "upper_abs": "7"}})]
    limits = resolve(Policy(), Decimal(2), levels)
    assert (limits.values["price.upper_pct"], limits.source("price.upper_pct")) == (5, "PO line")
    assert (limits.values["price.upper_abs"], limits.source("price.upper_abs")) == (Decimal("3.5"), "supplier")
    assert (limits.values["price.ignore_abs"], limits.source("price.ignore_abs")) == (Decimal("0.5"), "system policy")


def test_an_unreadable_tolerance_is_no_tolerance() -> None:
    limits = resolve(Policy(), Decimal(1), [("PO line", {"price": {"upper_pct": "lots", "upper_abs": "-3"}})])
    assert (limits.values["price.upper_pct"], limits.values["price.upper_abs"]) == (0, 0)


def test_every_parameter_can_be_named() -> None:
    assert {"price.upper_pct", "receipt_wait_days", "credit.price_under_abs"} <= parameter_names()


def test_simulation_shows_flips_and_money() -> None:
    facts = [case({"lines": [line(price="26.00", net="260.00")]}).facts, case().facts]
    flips = simulate(facts, default_policy(), policy_from({"price": {"upper_pct": "4"}}))
    assert [(f.old_status, f.new_status, f.vanished) for f in flips] == [("HOLD", "AUTO_APPROVED", ("PRICE_OVER@1",))]
    assert money_moved(flips) == {"USD": {"payable": Decimal("260.00"), "disputed": Decimal("-10.00")}}
