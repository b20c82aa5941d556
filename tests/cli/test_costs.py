"""Estimates, prices and bytes as a user asks for them; without being asked, unknown stays null."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures_path import RECORDED, SINATRA, SMALL
from run import layerscope

BEFORE, AFTER = SINATRA / "before", SINATRA / "after"
IMAGE = f"oci:{RECORDED / 'before' / 'oci'}"
LOG = RECORDED / "before" / "buildkit.first.rawjson"
SIMULATE = ("simulate", BEFORE, "--change", "app.rb")


def test_an_estimate_comes_only_where_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    document = layerscope(capsys, *SIMULATE, "--format", "json").document
    assert {step["cost_source"] for step in document["steps"]} == {"none"}
    assert document["summary"]["rebuild_seconds"] is None
    assert document["cost"]["source"] == "none"
    document = layerscope(capsys, *SIMULATE, "--estimate", "--format", "json").document
    assert {step["cost_source"] for step in document["steps"] if step["instruction"] != "FROM"} == {"estimated"}
    assert document["summary"]["rebuild_seconds"] > 0
    assert (document["cost"]["source"], document["cost"]["measured_seconds"]) == ("estimated", 0.0)


def test_what_was_measured_is_not_estimated(capsys: pytest.CaptureFixture[str]) -> None:
    asked = (*SIMULATE, "--timings", LOG, "--format", "json")
    assert layerscope(capsys, *asked, "--estimate").document == layerscope(capsys, *asked).document


def test_rates_come_from_files_and_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rates = tmp_path / "rates"
    rates.write_text("# ours\n\nlanguage_install_seconds = 7  # gems\ncopy_bytes_per_second = 10MB/s\n")
    asked = (*SIMULATE, "--rates", rates, "--rates", "container_seconds=1", "--format", "json")
    steps = layerscope(capsys, *asked).document["steps"]
    assert next(step["cost_seconds"] for step in steps if "bundle install" in step["name"]) == 8


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ("absent", "absent: --rates: cannot be read: No such file or directory"),
        ("speed=3", "speed=3: --rates: a rate is KEY=VALUE; the keys are step_seconds,"),
        ("step_seconds=-1", "step_seconds=-1: --rates: step_seconds takes a number of seconds, not '-1'"),
        ("step_seconds=nan", "takes a number of seconds"),
        ("copy_bytes_per_second=0", "takes a number of bytes, as 150MB or 1.5e8, not '0'"),
        (b"step_seconds = 1\nodd\n", "rates:2: --rates: a rate is KEY=VALUE"),
        (b"\xff\xfe\x00", "rates: --rates: is no text file"),
    ],
)
def test_rates_that_are_none(rates: str | bytes, said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    if isinstance(rates, bytes):
        (tmp_path / "rates").write_bytes(rates)
        rates = str(tmp_path / "rates")
    done = layerscope(capsys, *SIMULATE, "--rates", rates)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_bytes_and_price(capsys: pytest.CaptureFixture[str]) -> None:
    asked = (*SIMULATE, "--timings", LOG, "--image", IMAGE, "--price", "$6", "--context-bytes")
    document = layerscope(capsys, *asked, "--format", "json").document
    assert document["transfer"] == {
        "bytes": 746, "bytes_max": 746, "layers_reused": 4, "layers_sent": 2, "layers_sent_max": 2,
    }  # fmt: skip
    cost = document["cost"]
    assert cost["export"]["push_bytes"] == 746
    assert (cost["context"]["changed_files"], cost["context"]["files"]) == (1, 4)
    assert cost["price"]["currency"] == "$"
    assert cost["price"]["rebuild"] == pytest.approx(document["summary"]["rebuild_seconds"] / 10)
    table = layerscope(capsys, *asked).out
    assert "to push, and to pull for a host with the last image" in table
    assert "price, at $6.00 a minute" in table
    bare = layerscope(capsys, *SIMULATE, "--format", "json").document
    assert bare["transfer"] is bare["cost"]["context"] is bare["cost"]["export"] is bare["cost"]["price"] is None


@pytest.mark.parametrize("price", ["", "free", "-1", "1e400", "1.2.3", "$", "1 2"])
def test_a_price_is_a_figure(price: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = layerscope(capsys, *SIMULATE, "--price", price)
    assert (done.status, done.out) == (2, "")
    assert "--price takes what a minute costs" in done.err


def test_compare_says_what_a_change_makes_hosts_pull(capsys: pytest.CaptureFixture[str]) -> None:
    after = f"oci:{RECORDED / 'after' / 'oci'}"
    done = layerscope(
        capsys, "compare", BEFORE, AFTER, "--change", "app.rb", "--estimate", "--price", "0.6 EUR", "--context-bytes",
        "--image", IMAGE, "--after-image", after, "--format", "json",
    )  # fmt: skip
    (scenario,) = done.document["scenarios"]
    assert scenario["before"]["transfer"]["bytes"] == 746
    assert scenario["after"]["transfer"]["bytes"] < 746
    assert scenario["before"]["cost_source"] == "estimated"
    assert scenario["before"]["price"] == pytest.approx(scenario["before"]["rebuild_seconds"] / 100)
    cost = done.document["cost"]
    assert cost["price"] == {"per_minute": 0.6, "currency": "EUR"}
    assert cost["before"]["context"]["files"] == 4


def test_compare_of_contexts_estimates_the_transfer_from_the_second_image(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("compare", BEFORE, BEFORE, "--after-image", IMAGE, "--after-build-arg", "V=1", "--format", "json")
    document = layerscope(capsys, *asked).document
    assert document["transfer"] == {"bytes": 0, "layers_reused": 6, "layers_sent": 0}  # two are one blob
    assert [a["subject"] for a in document["assumptions"] if a["kind"] == "transfer"] == [IMAGE]


def test_a_log_of_another_build_is_said_to_be_one(capsys: pytest.CaptureFixture[str]) -> None:
    done = layerscope(capsys, "simulate", SMALL, "--change", "site/index.html", "--timings", LOG)
    assert done.status == 0
    assert f"{LOG}: tells the seconds of no step of this build" in done.err


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        (("--image", IMAGE, "--max-transfer", 746), 0, ""),
        (("--image", IMAGE, "--max-transfer", 745), 1, "gate failed: --max-transfer: 746 bytes, allowed 745"),
        (("--max-transfer", 10**9), 1, "gate failed: --max-transfer: the bytes to pull are not known"),
        (("--estimate", "--max-seconds", 0.1), 1, "gate failed: --max-seconds:"),
    ],
)
def test_gates(more: tuple[object, ...], status: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = layerscope(capsys, *SIMULATE, *more)
    assert done.status == status
    assert said in done.err
