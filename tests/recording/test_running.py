"""A command run under the user's eyes: its status, its output, its terminal and its signals are its own."""

from __future__ import annotations

import io
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from layerscope.cost.logs.open import read_log
from layerscope.errors import InputError
from layerscope.recording.running import KeptOutput, run_build

RUN = """
import sys
from pathlib import Path
from layerscope.recording.running import KeptOutput, run_build
keep = KeptOutput(Path(sys.argv[1]), stamped=False)
status = run_build(["sh", "-c", sys.argv[2]], keep=keep, kept_streams=(1, 2))
keep.close()
sys.exit(status)
"""


def started(kept: Path, script: str, **streams: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", RUN, str(kept), script], **streams)


@pytest.mark.parametrize(
    ("script", "status"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137), ("kill -15 $$", 143)]
)
def test_the_status_is_the_commands_own(script: str, status: int) -> None:
    assert run_build(["sh", "-c", script]) == status


def test_a_command_that_is_not_there_is_said() -> None:
    with pytest.raises(InputError, match=r"^/no/such: cannot be run: No such file"):
        run_build(["/no/such"])


def test_output_is_shown_as_it_is_and_kept(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    done = started(kept, "printf 'a\\377'; printf 'err\\n' >&2", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = done.communicate()
    assert (out, err, done.returncode) == (b"a\xff", b"err\n", 0)
    assert sorted(kept.read_bytes()) == sorted(b"a\xfferr\n")


def test_a_reader_that_goes_away_does_not_end_the_build(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    script = "echo one; read _; for i in 1 2 3; do echo more; done; exit 5"
    done = started(kept, script, stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    assert done.stdout is not None
    assert done.stdin is not None
    assert done.stdout.readline() == b"one\n"
    done.stdout.close()
    done.stdin.write(b"\n")
    done.stdin.close()
    assert done.wait() == 5
    assert kept.read_bytes() == b"one\nmore\nmore\nmore\n"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_signals_are_passed_on_and_the_command_decides(tmp_path: Path, sent: signal.Signals) -> None:
    script = "trap 'echo caught; exit 9' INT TERM; echo ready; while :; do sleep 0.05; done"
    done = started(tmp_path / "kept", script, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    assert done.stdout is not None
    assert done.stdout.readline() == b"ready\n"
    done.send_signal(sent)
    assert done.stdout.read() == b"caught\n"
    assert done.wait() == 9


def test_a_terminal_stays_a_terminal_of_its_size(tmp_path: Path) -> None:
    import fcntl
    import struct
    import termios

    kept = tmp_path / "kept"
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 41, 117, 0, 0))
    done = started(kept, "test -t 1 && test -t 2 && stty size <&1", stdout=theirs, stderr=theirs)
    os.close(theirs)
    assert done.wait() == 0
    assert os.read(ours, 100) == b"41 117\r\n"
    os.close(ours)
    assert kept.read_bytes() == b"41 117\n"


def test_stamped_output_is_a_log_with_times(tmp_path: Path) -> None:
    log = tmp_path / "log"
    keep = KeptOutput(log, stamped=True)
    lines = "Step 1/2 : FROM x\n ---> 0123456789ab\nStep 2/2 : RUN make\n ---> Running in 0123456789ab\n"
    for byte in lines.encode():
        keep.take(1, bytes([byte]))
    keep.take(2, b"warning without an end")
    keep.take(1, b" ---> 0123456789ac\nSuccessfully built 0123456789ac\n")
    keep.close()
    (build,) = read_log(log)
    assert [step.name for step in build.steps] == ["Step 1/2 : FROM x", "Step 2/2 : RUN make"]
    assert all(step.seconds is not None for step in build.steps)
    assert log.read_bytes().splitlines()[-1].endswith(b"Z warning without an end")


def test_standard_input_can_be_a_copy(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"text")
    with (tmp_path / "in").open("rb") as stdin:
        assert isinstance(stdin, io.BufferedReader)
        assert run_build(["sh", "-c", 'test "$(cat)" = text'], stdin=stdin) == 0
