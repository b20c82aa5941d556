"""Random Dockerfiles over the language plain users write, for one given context."""

from __future__ import annotations

import posixpath
import random
from collections.abc import Callable

from tests.differential.case import Files
from tests.differential.contexts import folders, plain_files
from tests.differential.draft import Draft, DraftStage

VALUES = ("1", "2", "two words", "x", "")
NAMES = ("A", "B", "V", "W", "REV")
QUOTED = (
    " # it's", ' && echo "a\\"b" $V', " && echo '$V' \\$V", " && echo ${V:-d} ${A:+set} ${UNSET-w}", " && echo ${V%1}",
    " && echo ${#V}", " && echo $$ $(echo 1) $((1+1))", '  &&  echo "two  blanks"', " && echo ${A/1/2} $PATH $HOME",
)  # fmt: skip
ECHOED = ("fixed", "$V", "${A:-none}", '"quoted $V"', "'$A'")


BUSYBOX = ("busybox", DraftStage("", known={"/etc/passwd": False, "/etc": True}))


def random_draft(rng: random.Random, files: Files, *, buildkit: bool) -> Draft:
    """buildkit: whether the features that the classic builder lacks may be used."""
    draft = Draft([], [])
    if rng.random() < 0.1:
        draft.head.append(rng.choice(("# a comment", "# escape=\\", "# check=skip=all" if buildkit else "# two")))
    if rng.random() < 0.3:
        draft.head.append(f"ARG {rng.choice(NAMES)}={rng.choice(('1', 'g'))}")
    if rng.random() < 0.15:
        draft.head.append("ARG BASE=busybox")
    count = rng.choices((1, 2, 3, 4), (4, 6, 3, 1))[0]
    for index in range(count):
        draft.stages.append(_begin_stage(rng, draft, index, last=index == count - 1))
        writer = Writer(rng, draft, draft.stages[-1], files, buildkit)
        for _ in range(rng.randint(2, 7)):
            writer.write_one()
    return draft


def _begin_stage(rng: random.Random, draft: Draft, index: int, *, last: bool) -> DraftStage:
    name = rng.choice(("build", "deps", "Base", "s", "t-1"))
    used = {stage.name.lower() for stage in draft.stages}
    if name.lower() in used or rng.random() < (0.6 if last else 0.15):
        name = ""
    below = [stage for stage in draft.stages if stage.name]
    kind = rng.random()
    if below and kind < 0.3:
        base = rng.choice(below)
        stage = DraftStage(f"FROM {base.name.lower()}", [], name, base.scratch, dict(base.known), base.directory)
    elif index and kind < 0.5:
        stage = DraftStage("FROM scratch", [], name, True)
    else:
        image = rng.choice(("$BASE", "${BASE:-none}")) if "ARG BASE=busybox" in draft.head else "busybox"
        image = rng.choice((image, image, "busybox:latest", "docker.io/library/busybox"))
        stage = DraftStage(f"FROM {image}", [], name, known={"/etc/passwd": False, "/etc": True, "/tmp": True})
    if name:
        stage.origin += f" AS {name}"
    return stage


class Writer:
    """Adds instructions to one stage that will work on its files."""

    def __init__(self, rng: random.Random, draft: Draft, stage: DraftStage, files: Files, buildkit: bool) -> None:
        self.rng = rng
        self.draft = draft
        self.stage = stage
        self.files = files
        self.buildkit = buildkit

    def write_one(self) -> None:
        """Append one more instruction."""
        self.stage.instructions.append(self.instruction())

    def instruction(self) -> str:
        kinds: list[tuple[float, Callable[[], str]]] = [
            (8, self.copy), (2, self.metadata), (2, self.env), (2, self.arg), (2, self.workdir), (1, self.user),
            (0 if self.stage.scratch else 7, self.run), (1, self.add),
            (7 if self._sources() else 0.3, self.copy_from), (0 if self.stage.scratch else 1, self.shell),
            (1 if self.stage.name else 0, self.on_build),
        ]  # fmt: skip
        if self.buildkit:
            kinds += [(1, self.document), (0 if self.stage.scratch else 3, self.run_mount)]
        return self.rng.choices([kind for _, kind in kinds], [weight for weight, _ in kinds])[0]()

    # -- COPY and ADD

    def copy(self, keyword: str = "COPY") -> str:
        rng = self.rng
        form = rng.random()
        flags = self._copy_flags()
        names = plain_files(self.files)
        if form < 0.15:
            destination = self._folder()
            self._learn_tree("", destination)
            return f"{keyword} {flags}{rng.choice(('.', './'))} {destination}"
        if form < 0.35:
            folder = rng.choice(folders(self.files))
            destination = self._folder()
            self._learn_tree(folder, destination)
            return f"{keyword} {flags}{rng.choice((folder, folder + '/', './' + folder))} {destination}"
        if form < 0.5:
            pattern = rng.choice(
                ("*.txt", "package*.json", "src/*", "*.py", "s*/*.c", "*/x.py", "[ab].txt", "l*/*", "d?cs/*", "no*.zip")
            )
            destination = self._folder().rstrip("/") + "/"
            self.stage.known.setdefault(self._absolute(destination), True)
            return f"{keyword} {flags}{pattern} {destination}"
        if form < 0.7:
            chosen = rng.sample(names, min(len(names), rng.randint(2, 3)))
            if rng.random() < 0.25:
                chosen[0] = rng.choice(folders(self.files))
            destination = self._folder().rstrip("/") + "/"
            for path in chosen:
                self._learn(posixpath.join(destination, posixpath.basename(path)), path in folders(self.files))
            if rng.random() < 0.2:
                return f"{keyword} {flags}" + "[" + ", ".join(f'"{word}"' for word in (*chosen, destination)) + "]"
            return f"{keyword} {flags}{' '.join(chosen)} {destination}"
        if form > 0.95 and keyword == "COPY":
            return f'COPY {flags}["{rng.choice(names)}", "/with blank/", "/b c/$V/"]'
        path = rng.choice(names)
        links = sorted(path for path, entry in self.files.items() if entry.kind == "link")
        if links and rng.random() < 0.3:
            path = rng.choice(links)
        destination = rng.choice(
            (
                self._folder().rstrip("/") + "/",
                self._folder() + "/" + rng.choice(("f", "g.txt")),
                "./",
                ".",
                "/z",
                "z/.",
            )
        )
        below = destination.endswith(("/", "."))
        self._learn(posixpath.join(destination, posixpath.basename(path)) if below else destination, False)
        return f"{keyword} {flags}{self._spelled(path)} {destination}"

    def add(self) -> str:
        archives = [path for path in self.files if path.endswith(".tar")]
        if archives and self.rng.random() < 0.6:
            destination = self._folder()
            self._learn(destination, True)
            return f"ADD {archives[0]} {destination}"
        return self.copy("ADD")

    def copy_from(self) -> str:
        rng = self.rng
        name, source = rng.choice(self._sources() or [BUSYBOX])
        flags = self._copy_flags(owner=False)
        chosen = rng.choice(sorted(source.known))
        if rng.random() < 0.12:
            others = rng.sample(sorted(source.known), min(2, len(source.known)))
            return f"COPY {flags}--from={name} {' '.join(others)} {self._folder().rstrip('/')}/"
        if source.known[chosen] and rng.random() < 0.2 and chosen != "/":
            chosen += "/*"
            destination = self._folder().rstrip("/") + "/"
            self._learn(destination, True)
        elif source.known.get(chosen):
            destination = self._folder()
            prefix = chosen.rstrip("/") + "/"
            for path, folder in list(source.known.items()):
                if path.startswith(prefix):
                    self._learn(posixpath.join(destination, path[len(prefix) :]), folder)
            self._learn(destination, True)
        else:
            destination = rng.choice((self._folder().rstrip("/") + "/", "/from", "./"))
            below = destination.endswith("/")
            self._learn(posixpath.join(destination, posixpath.basename(chosen)) if below else destination, False)
        return f"COPY {flags}--from={name} {chosen} {destination}"

    def document(self) -> str:
        rng = self.rng
        delimiter = rng.choice(("EOF", '"EOF"', "-EOF", "f2"))
        name = delimiter.strip('"-')
        body = rng.choice(("hello $V", "line one\n\tline ${A:-none}", "# no comment"))
        destination = rng.choice(("/doc", self._folder().rstrip("/") + "/"))
        self._learn(posixpath.join(destination, name) if destination.endswith("/") else destination, False)
        return f"COPY <<{delimiter} {destination}\n{body}\n{name}"

    def _copy_flags(self, *, owner: bool = True) -> str:
        rng = self.rng
        flags = []
        if owner and rng.random() < 0.12:
            flags.append(f"--chown={rng.choice(('1', '1:1', '0:0', '65534'))}")
        if self.buildkit and rng.random() < 0.1:
            flags.append(f"--chmod={rng.choice(('755', '0644', '600', 'u=rw,go=r'))}")
        if self.buildkit and rng.random() < 0.12:
            flags += [f"--exclude={rng.choice(('*.md', '**/*.log', 'src', 'util', '**/x.py', 'deep', '!*.c'))}"]
        if self.buildkit and rng.random() < 0.12:
            flags.append("--link")
        return "".join(flag + " " for flag in flags)

    def _spelled(self, path: str) -> str:
        return self.rng.choice((path, path, path, f"./{path}", f"/{path}", f"${{UNSET}}{path}"))

    # -- RUN

    def run(self) -> str:
        rng = self.rng
        command = self._command()
        form = rng.random()
        if rng.random() < 0.15:
            command += rng.choice(QUOTED)
        if form < 0.55:
            return f"RUN {command}"
        if form < 0.65:
            escaped = command.replace("\\", "\\\\").replace('"', '\\"')
            return f'RUN ["/bin/sh", "-c", "{escaped}"]'
        if form < 0.8:
            return "RUN " + command.replace(" && ", " \\\n    && ", 1)
        if form < 0.9 or not self.buildkit:
            return f"RUN {rng.choice(('true', ':', 'echo $V'))} && {command}"
        if rng.random() < 0.6:
            return f"RUN <<EOF\n{command}\necho done\nEOF"
        return f"RUN mkdir -p /out && cat <<EOF > /out/doc\n{rng.choice(('text', '$V here', '# not a comment'))}\nEOF"

    def _command(self) -> str:
        rng = self.rng
        out = rng.choice(("/out", "/out", "/o/p", "/srv"))
        target = f"{out}/{rng.choice(('r', 's', 't'))}"
        inputs = sorted(path for path, folder in self.stage.known.items() if not folder)
        trees = sorted(path for path, folder in self.stage.known.items() if folder and path not in {"/etc", "/tmp"})
        self._learn(out, True)
        self._learn(target, False)
        chosen = rng.choice(inputs or ["/etc/passwd"])
        tree = rng.choice(trees or ["/etc"])
        make = rng.choice(
            (
                f"echo {rng.choice(ECHOED)} > {target}",
                f"cat {chosen} > {target}",
                f"cat {chosen} | wc -c > {target}",
                f"cat {chosen} | head -c 2 > {target}",
                f"cat {chosen} > /dev/null; echo always > {target}",
                f"ls {tree} > {target} 2>/dev/null || true",
                f"find {tree} -type f | sort > {target}",
                f"cp {chosen} {target}",
            )
        )
        return f"mkdir -p {out} && {make}"

    def run_mount(self) -> str:
        rng = self.rng
        form = rng.random()
        out = "/out"
        target = f"/out/{rng.choice(('m', 'n'))}"
        self._learn(out, True)
        self._learn(target, False)
        sources = self._sources()
        if form < 0.25:
            option = rng.choice(("", ",id=x", ",sharing=locked", ",id=/c", ",id=y"))
            return f"RUN --mount=type=cache,target=/c{option} mkdir -p /out && echo cache > {target}"
        if form < 0.35:
            return f"RUN --mount=type=tmpfs,target=/t mkdir -p /out && echo tmp > {target}"
        if form < 0.45:
            return f"RUN --mount=type=secret,id=tok mkdir -p /out && echo secret > {target}"
        if form < 0.65 or not sources:
            path = rng.choice([*plain_files(self.files), *folders(self.files)])
            reader = "cat /m" if path in plain_files(self.files) else "find /m -type f | sort"
            return f"RUN --mount=type=bind,source={path},target=/m mkdir -p /out && {reader} > {target}"
        if form < 0.75:
            return f"RUN --mount=target=/ctx mkdir -p /out && ls /ctx > {target}"
        name, source = rng.choice(sources)
        path = rng.choice(sorted(source.known))
        reader = "ls /m" if source.known[path] else "cat /m"
        if name.isdecimal():
            return f"RUN --mount=type=tmpfs,target=/t mkdir -p /out && echo tmp > {target}"
        return f"RUN --mount=from={name},source={path},target=/m mkdir -p /out && {reader} > {target}"

    # -- what only edits the config

    def env(self) -> str:
        rng = self.rng
        name, value = rng.choice(NAMES), rng.choice(VALUES)
        forms = (f'ENV {name}="{value}"', f"ENV {name} {value or 'x'}", f"ENV {name}='{value}' B=$A")
        return rng.choice(forms)

    def arg(self) -> str:
        rng = self.rng
        name = rng.choice(NAMES)
        return rng.choice(
            (
                f"ARG {name}",
                f"ARG {name}=1 W=$A",
                "ARG TARGETARCH",
                f"ARG {name}={rng.choice('123')}",
                f"ARG {name}=${{A:-d}}",
            )
        )

    def workdir(self) -> str:
        path = self.rng.choice(("/w", "/w/", "/w/x", "rel", "/", "/app", "../up"))
        self.stage.directory = self._absolute(path)
        self._learn(self.stage.directory, True)
        return f"WORKDIR {path}"

    def user(self) -> str:
        return f"USER {self.rng.choice(('0', 'root', '0:0', 'root:root'))}"

    def shell(self) -> str:
        return self.rng.choice(('SHELL ["/bin/sh", "-c"]', 'SHELL ["/bin/sh", "-ec"]', 'SHELL ["/bin/sh", "-xc"]'))

    def metadata(self) -> str:
        rng = self.rng
        return rng.choice(
            (
                f"LABEL l={rng.randrange(9)}", 'LABEL a="$V" b=2', 'CMD ["sh"]', f"CMD echo {rng.randrange(9)}",
                "EXPOSE 80 81", "VOLUME /vol", "STOPSIGNAL 9", "HEALTHCHECK NONE", 'ENTRYPOINT ["sh"]',
                "MAINTAINER me", "HEALTHCHECK CMD true",
            )
        )  # fmt: skip

    def on_build(self) -> str:
        triggers = ["WORKDIR /onb", "ENV ON=1", f"COPY {self.rng.choice(plain_files(self.files))} /onb/"]
        if not self.stage.scratch:
            triggers.append("RUN mkdir -p /onb && echo trigger > /onb/t")
        return f"ONBUILD {self.rng.choice(triggers)}"

    # -- what is where

    def _folder(self) -> str:
        return self.rng.choice(("/d", "/d/e", "d", "/app", "/app/src", "sub/dir", "/d/", "/opt/x", "/w"))

    def _absolute(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(self.stage.directory, path))

    def _learn(self, path: str, folder: bool) -> None:
        self.stage.known[self._absolute(path)] = folder

    def _learn_tree(self, folder: str, destination: str) -> None:
        self._learn(destination, True)
        prefix = folder + "/" if folder else ""
        for path in plain_files(self.files):
            if path.startswith(prefix) and self.rng.random() < 0.3:
                self._learn(posixpath.join(destination, path[len(prefix) :]), False)

    def _sources(self) -> list[tuple[str, DraftStage]]:
        """Earlier stages that have something to copy, under a name or number."""
        found = []
        for number, stage in enumerate(self.draft.stages):
            if stage is self.stage or not stage.known:
                continue
            if self.draft.stages.index(self.stage) > number:
                found.append((stage.name or str(number), stage))
        return found
