"""Instructions that only edit the config, in all their forms."""

from __future__ import annotations

from tests.differential.ground import Ground

VALUES = ("1", "2", "two words", "x", "")
NAMES = ("A", "B", "V", "W", "REV")
PREDEFINED = (
    "TARGETARCH", "TARGETPLATFORM", "TARGETOS", "BUILDPLATFORM", "TARGETVARIANT", "BUILDARCH=mine", "TARGETSTAGE",
    "HTTP_PROXY", "no_proxy=x", "https_proxy", "SOURCE_DATE_EPOCH", "BUILDKIT_SBOM_SCAN_STAGE=true",
)  # fmt: skip


class MetadataWriter(Ground):
    """ENV, ARG, USER, SHELL, LABEL and the like."""

    def env(self) -> str:
        rng = self.rng
        name, value = rng.choice(NAMES), rng.choice(VALUES)
        return rng.choice(
            (
                f'ENV {name}="{value}"',
                f"ENV {name} {value or 'x'}",
                f"ENV {name}='{value}' B=$A",
                f"ENV {name}=a\\ b W=${{{name}:+set}}",
                f'ENV {name} "quoted {value}"',
            )
        )

    def arg(self) -> str:
        rng = self.rng
        name = rng.choice(NAMES)
        return rng.choice(
            (
                f"ARG {name}",
                f"ARG {name}=1 W=$A",
                f"ARG {rng.choice(PREDEFINED)}",
                f"ARG {name}={rng.choice('123')}",
                f"ARG {name}=${{A:-d}}",
                f'ARG {name}="two words"',
            )
        )

    def workdir(self) -> str:
        path = self.rng.choice(("/w", "/w/", "/w/x", "rel", "/", "/app", "../up", ".", '"/w q"', "/w/."))
        self.stage.directory = self.absolute(path.strip('"'))
        self.learn(self.stage.directory, True)
        return f"WORKDIR {path}"

    def user(self) -> str:
        return f"USER {self.rng.choice(('0', 'root', '0:0', 'root:root', '${UNSET:-0}'))}"

    def shell(self) -> str:
        flags = self.rng.choice(("-c", "-ec", "-xc", "-uc"))
        return self.rng.choice((f'SHELL ["/bin/sh", "{flags}"]', f'SHELL ["/bin/sh","-e","{flags}"]'))

    def metadata(self) -> str:
        rng = self.rng
        return rng.choice(
            (
                f"LABEL l={rng.randrange(9)}", 'LABEL a="$V" b=2', 'CMD ["sh"]', f"CMD echo {rng.randrange(9)}",
                "EXPOSE 80 81", "VOLUME /vol", "STOPSIGNAL 9", "HEALTHCHECK NONE", 'ENTRYPOINT ["sh"]',
                "MAINTAINER me", "HEALTHCHECK CMD true", "EXPOSE 53/udp 80/tcp", "EXPOSE 8000-8002", "LABEL a 1",
                'VOLUME ["/vol", "/d"]', "VOLUME /vol /d", "STOPSIGNAL SIGTERM", "ENTRYPOINT exec sh", 'CMD ["a","$V"]',
                'HEALTHCHECK --interval=5s --retries=2 CMD ["true"]', "HEALTHCHECK --timeout=3s CMD echo $V",
                'LABEL "a b"=1 c=\'$V\'', "EXPOSE $PORT",
            )
        )  # fmt: skip

    def on_build(self) -> str:
        triggers = ["WORKDIR /onb", "ENV ON=1", "ARG V", "USER 0", "LABEL on=1", f"ADD {self._plain()} /onb/x"]
        triggers += [f"COPY {self._plain()} /onb/"] * 2
        if self.buildkit:
            triggers.append(f"COPY --link {self._plain()} /onb/")
        if not self.stage.scratch:
            triggers += ["RUN mkdir -p /onb && echo trigger > /onb/t", 'RUN ["ls", "/"]', "run echo $V"]
        if not self.stage.scratch and self.buildkit:
            triggers += ["RUN --mount=type=cache,target=/c ls /c", "RUN <<EOF\necho in trigger\nEOF"]
        return f"ONBUILD {self.rng.choice(triggers)}"

    def _plain(self) -> str:
        """A file that COPY can name without quotes."""
        return self.rng.choice([path for path in self.names if path.replace("/", "").isidentifier() or "." in path])
