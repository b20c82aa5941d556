"""RUN in all its forms: commands that write what later steps copy, heredocs, mounts."""

from __future__ import annotations

from tests.differential.ground import Ground

QUOTED = (
    " # it's", ' && echo "a\\"b" $V', " && echo '$V' \\$V", " && echo ${V:-d} ${A:+set} ${UNSET-w}", " && echo ${V%1}",
    " && echo ${#V}", " && echo $$ $(echo 1) $((1+1))", '  &&  echo "two  blanks"', " && echo ${A/1/2} $PATH $HOME",
    " && echo ${V##*w} ${V//o/0} ${A?} || true", " && echo \"it's $V\" `echo b`", "\t&& echo tab",
)  # fmt: skip
ECHOED = ("fixed", "$V", "${A:-none}", '"quoted $V"', "'$A'")
BODIES = ("text", "$V here", "# not a comment", "\tindented $A", "a \\\nb", "", "'single' \"double\"")


class CommandWriter(Ground):
    """Writes RUNs that will work on the stage's files."""

    def run(self) -> str:
        rng = self.rng
        command = self._command()
        form = rng.random()
        if rng.random() < 0.15:
            command += rng.choice(QUOTED)
        if form < 0.5:
            return f"RUN {command}"
        if form < 0.6:
            escaped = command.replace("\\", "\\\\").replace('"', '\\"').replace("\t", " ")
            return f'RUN ["/bin/sh", "-c", "{escaped}"]'
        if form < 0.75:
            return "RUN " + command.replace(" && ", " \\\n    && ", 1)
        if form < 0.82 or not self.buildkit:
            return f"RUN {rng.choice(('true', ':', 'echo $V'))} && {command}"
        if form < 0.87:
            flag = rng.choice(("--network=default", "--network=host", "--network=none"))
            return f"RUN {flag} {command}"
        return self._heredoc(command)

    def _heredoc(self, command: str) -> str:
        rng = self.rng
        form = rng.randrange(6)
        if form == 0:
            return f"RUN <<EOF\n{command}\necho done\nEOF"
        if form == 1:
            return f"RUN <<-'EOF'\n\t{command}\nEOF"
        if form == 2:
            return f"RUN <<EOF\n#!/bin/sh\n{command}\nEOF"
        if form == 3:
            return "RUN cat <<A - <<B > /dev/null\none $V\nA\ntwo\nB"
        if form == 4:
            return "RUN <<EOF sh -e\necho piped\nEOF"
        return f"RUN mkdir -p /out && cat <<EOF > /out/doc\n{rng.choice(BODIES)}\nEOF"

    def _command(self) -> str:
        rng = self.rng
        out = rng.choice(("/out", "/out", "/o/p", "/srv"))
        target = f"{out}/{rng.choice(('r', 's', 't'))}"
        plain = [path for path in sorted(self.stage.known) if path.isprintable() and not set(path) & set("' \"$`\\*")]
        inputs = [path for path in plain if not self.stage.known[path]]
        trees = [path for path in plain if self.stage.known[path] and path not in {"/etc", "/tmp"}]
        self.learn(out, True)
        self.learn(target, False)
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
                f"env | sort | grep -c . > {target}",
                f"rm -rf {target} && ln -s /etc/passwd {target}.ln && echo x > {target}",
            )
        )
        return f"mkdir -p {out} && {make}"

    def run_mount(self) -> str:
        rng = self.rng
        target = f"/out/{rng.choice(('m', 'n'))}"
        self.learn("/out", True)
        self.learn(target, False)
        first, reader = self._mount()
        mounts = [first]
        if rng.random() < 0.2:
            mounts.append(
                rng.choice(("type=tmpfs,target=/t2", "type=cache,target=/c2", "type=secret,id=tok,target=/s2"))
            )
            rng.shuffle(mounts)
        flags = " ".join(f"--mount={mount}" for mount in mounts)
        return f"RUN {flags} mkdir -p /out && {reader} > {target}"

    def _mount(self) -> tuple[str, str]:
        """One mount, and a command that reads it."""
        rng = self.rng
        form = rng.random()
        sources = [(name, source) for name, source in self.sources() if not name.isdecimal()]
        if form < 0.2:
            options = (
                "",
                ",id=x",
                ",sharing=locked",
                ",id=/c",
                ",id=y",
                ",sharing=private",
                ",mode=0700",
                ",uid=1",
                ",ro",
            )
            return f"type=cache,target=/c{rng.choice(options)}", "echo cache"
        if form < 0.25 and sources:
            name, source = rng.choice(sources)
            path = rng.choice(sorted(path for path, folder in source.known.items() if folder) or ["/"])
            return f"type=cache,target=/c,from={name},source={path}", "ls /c"
        if form < 0.33:
            return f"type=tmpfs,target=/t{rng.choice(('', ',size=1000000'))}", "echo tmp"
        if form < 0.42:
            options = ("", ",env=TOK", ",target=/tok", ",required=true", ",mode=0444", ",uid=1", ",required=false")
            return f"type=secret,id=tok{rng.choice(options)}", rng.choice(("echo secret", "echo $TOK | wc -c"))
        if form < 0.46:
            return f"type=ssh{rng.choice(('', ',id=default', ',target=/agent', ',id=other'))}", "echo ssh"
        if form < 0.62 or not sources:
            path = rng.choice([*self.names, *self.folders])
            if set(path) & set(" ,\"'\n$\\") or not path.isprintable():
                path = self.folders[0]
            options = ("", "", ",rw", ",ro", ",readonly=false")
            reader = "cat /m" if path in self.names else "find /m -type f | sort"
            kind = rng.choice(("type=bind,", ""))
            return f"{kind}source={path},target=/m{rng.choice(options)}", reader
        if form < 0.7:
            return rng.choice(("target=/ctx", "type=bind,target=/ctx,rw", "dst=/ctx,src=.")), "ls /ctx"
        name, source = rng.choice(sources)
        path = rng.choice(sorted(path for path in source.known if not set(path) & set(" ,\"'\n")))
        reader = "ls /m" if source.known[path] else "cat /m"
        if rng.random() < 0.1:
            return f"from={name},target=/m", "ls /m/"
        return f"from={name},source={path},target=/m", reader
