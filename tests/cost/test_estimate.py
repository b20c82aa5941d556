"""What is estimated, and what honestly is not."""

from __future__ import annotations

import pytest

from layerscope.cost.estimate import estimate
from layerscope.cost.model import UNKNOWN_COST, Cost
from layerscope.cost.rates import DEFAULT_RATES, Rates
from layerscope.figures import Source

RATES = Rates(
    step_seconds=1,
    copy_bytes_per_second=100,
    download_bytes_per_second=10,
    unknown_copy_seconds=3,
    container_seconds=2,
    index_update_seconds=10,
    system_install_seconds=20,
    apk_add_seconds=30,
    language_install_seconds=40,
    module_download_seconds=50,
    compile_seconds=60,
)
RUNS: dict[str, float | None] = {
    "apt-get -y update": 12,
    "apt-get update && apt-get install -y --no-install-recommends ruby && rm -rf /var/lib/apt/lists/*": 32,
    "apt-get -qq -y update; \\\n  apt-get -qq install curl": 32,
    "DEBIAN_FRONTEND=noninteractive apt-get install -y ruby": 22,
    "--mount=type=cache,target=/root/.npm --network=none npm ci --omit=dev": 42,
    "apk add --no-cache curl": 32,
    "dnf -y install gcc": 22,
    "pip install --no-cache-dir -r requirements.txt": 42,
    "python3 -m pip install .": 42,
    "bundle install": 42,
    "bundle": 42,
    "bundle config set without test && bundle install": 42,
    "npm --prefix app ci && npm run build": 102,
    "apt-get -o Acquire::Retries=3 install -y make": 22,
    "npm run test": None,
    "git clone https://example.org/a": None,
    "./mvnw -B dependency:go-offline": 52,
    "A=1 B=2": 2,
    "make > /tmp/log 2>&1 || cat < /tmp/log >&2": 62,
    "env CC=clang make": 62,
    "for i in 1 2; do make; done": None,
    "gem install --no-document bundler": 42,
    "yarn": 42,
    "yarn install --frozen-lockfile": 42,
    "go mod download": 52,
    "CGO_ENABLED=0 go build -o /app ./cmd/...": 62,
    "make": 62,
    "make -j4 all": 62,
    "mkdir -p /a && chown 1:1 /a": 2,
    'echo "apt-get install a; make"': 2,
    '["apt-get", "install", "-y", "ruby"]': 22,
    "./configure && make": None,
    "makepkg": None,
    "curl -fsSL https://example.org/install.sh | sh": None,
    "echo $(make)": None,
    "<<EOF (apt-get update...)": None,
    "./run-my-tests": None,
    "": None,
}


@pytest.mark.parametrize("text", RUNS)
def test_a_run_is_the_sum_of_known_commands_or_nothing(text: str) -> None:
    expected = RUNS[text]
    cost = UNKNOWN_COST if expected is None else Cost(expected, Source.ESTIMATED)
    assert estimate("RUN", text, None, RATES) == cost
    assert estimate("RUN", f"RUN {text}", None, RATES) == cost


@pytest.mark.parametrize(
    ("instruction", "text", "bytes_read", "expected"),
    [
        ("COPY", ". .", 1000, 11),
        ("ADD", "a.tar /", 1000, 11),
        ("ADD", "https://example.org/a.tar /", 1000, 101),
        ("COPY", "--from=a https://odd /", 1000, 11),
        ("COPY", "--from=a . .", None, 3),
        ("ADD", "https://example.org/a.tar /", None, None),
        ("WORKDIR", "/a", None, 1),
        ("ENV", "A=1", None, 1),
        ("FROM", "ruby:3", 1000, None),
    ],
)
def test_other_steps(instruction: str, text: str, bytes_read: int | None, expected: float | None) -> None:
    cost = UNKNOWN_COST if expected is None else Cost(expected, Source.ESTIMATED)
    assert estimate(instruction, text, bytes_read, RATES) == cost


def test_the_defaults_keep_the_order_of_things() -> None:
    order = [("WORKDIR", "/a"), ("RUN", "mkdir /a"), ("RUN", "apk add a"), ("RUN", "npm ci"), ("RUN", "make")]
    figures = [estimate(*step, None, DEFAULT_RATES).seconds or 0 for step in order]
    assert figures == sorted(figures)
    assert figures[0] > 0
