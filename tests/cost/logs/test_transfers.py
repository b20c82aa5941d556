"""What a build's log tells beside its steps: exports, pushes, exports and imports of cache, and the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerscope.cost.build_log import LoggedTransfer, TransferKind
from layerscope.cost.logs.open import read_log
from layerscope.cost.logs.transfers import transfer_kind

RECORDED = Path(__file__).parents[1] / "recorded"
PUSHED = """\
2026-01-02T03:00:00.0000000Z #1 [internal] load build definition from Dockerfile
2026-01-02T03:00:00.1000000Z #1 DONE 0.0s
2026-01-02T03:00:01.0000000Z #2 importing cache manifest from example.com/app:cache
2026-01-02T03:00:01.6000000Z #2 DONE 0.6s
2026-01-02T03:00:02.0000000Z #3 [2/2] RUN make
2026-01-02T03:00:43.0000000Z #3 DONE 41.0s
2026-01-02T03:00:43.0000000Z #4 exporting to image
2026-01-02T03:00:46.0000000Z #4 exporting layers 3.0s done
2026-01-02T03:00:46.0000000Z #4 pushing layers
2026-01-02T03:00:50.0000000Z #4 pushing layers 4.0s
2026-01-02T03:00:54.0000000Z #4 pushing layers 8.0s done
2026-01-02T03:00:54.9000000Z #4 pushing manifest for example.com/app:1@sha256:aa 0.9s done
2026-01-02T03:00:54.9000000Z #4 DONE 11.9s
2026-01-02T03:00:55.0000000Z #5 exporting to GitHub Actions Cache
2026-01-02T03:20:35.8000000Z #5 preparing build cache for export 1180.8s done
2026-01-02T03:20:35.8000000Z #5 DONE 1180.8s
"""
EXPECTED = (
    LoggedTransfer(TransferKind.CACHE_IMPORT, "importing cache manifest from example.com/app:cache", 0.6),
    LoggedTransfer(TransferKind.EXPORT, "exporting to image", 11.9),
    LoggedTransfer(TransferKind.PUSH, "pushing", 8.9, within="exporting to image"),
    LoggedTransfer(TransferKind.CACHE_EXPORT, "exporting to GitHub Actions Cache", 1180.8),
)


def test_a_plain_log() -> None:
    (log,) = read_log(PUSHED.encode())
    assert log.transfers == EXPECTED
    assert [step.seconds for step in log.steps] == [41.0]
    assert log.seconds == 1235.8


def test_without_stamps_the_whole_is_not_told() -> None:
    bare = "\n".join(line.partition(" ")[2] for line in PUSHED.splitlines())
    (log,) = read_log(bare.encode())
    assert (log.transfers, log.seconds) == (EXPECTED, None)


def test_the_end_of_a_log_alone() -> None:
    (log,) = read_log(b"#17 importing to docker\n#17 ...\n\n#16 exporting to oci image format\n#16 DONE 14.0s\n")
    assert [(each.name, each.seconds) for each in log.transfers] == [
        ("importing to docker", None),
        ("exporting to oci image format", 14.0),
    ]


def test_an_export_that_failed_has_no_seconds() -> None:
    (log,) = read_log(PUSHED.replace("#4 DONE 11.9s", "#4 ERROR: denied").encode())
    (export,) = (each for each in log.transfers if each.kind is TransferKind.EXPORT)
    assert (export.seconds, export.error) == (None, "denied")


@pytest.mark.parametrize("form", ["fetched.plain.log", "fetched.rawjson"])
def test_recorded_logs(form: str) -> None:
    (log,) = read_log(RECORDED / form)
    assert [each.kind for each in log.transfers] == [TransferKind.CACHE_IMPORT, TransferKind.EXPORT]
    assert all(each.seconds is not None for each in log.transfers)


def test_rawjson_and_records_tell_the_whole() -> None:
    (raw,) = read_log(RECORDED / "url.record.rawjson")
    (record,) = read_log(RECORDED / "url.dockerbuild")
    assert raw.seconds is not None
    assert raw.seconds > max(step.seconds or 0 for step in raw.steps)
    assert record.transfers
    assert {each.name for each in record.transfers} <= {each.name for each in raw.transfers}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("exporting to image", TransferKind.EXPORT),
        ("[web] exporting to image", TransferKind.EXPORT),
        ("exporting to oci image format", TransferKind.EXPORT),
        ("exporting to client directory", TransferKind.EXPORT),
        ("importing to docker", TransferKind.EXPORT),
        ("exporting cache", TransferKind.CACHE_EXPORT),
        ("exporting cache to registry", TransferKind.CACHE_EXPORT),
        ("exporting inline cache", TransferKind.CACHE_EXPORT),
        ("exporting to GitHub Actions Cache", TransferKind.CACHE_EXPORT),
        ("[web] importing cache manifest from gha:1", TransferKind.CACHE_IMPORT),
        ("pushing example.com/app:1 with docker", TransferKind.PUSH),
        ("[2/2] RUN make", None),
        ("[internal] load build context", None),
        ("resolving provenance for metadata file", None),
    ],
)
def test_rows_by_name(name: str, kind: TransferKind | None) -> None:
    assert transfer_kind(name) is kind
