"""Directories that builds leave behind and programs do not need: what they are, and how not to keep them."""

from __future__ import annotations

from layerscope.values import Value


class Leftover(Value):
    """directory: a regular expression, without groups, of a directory's path with a slash behind it, none before."""

    name: str
    directory: str
    advice: str


_HOME = r"^(?:.*/)?"

LEFTOVERS = (
    Leftover(
        "apt package lists",
        r"^var/lib/apt/lists/",
        "end the RUN that calls apt-get update with: rm -rf /var/lib/apt/lists/*",
    ),
    Leftover(
        "apt packages",
        r"^var/cache/apt/",
        "end the RUN with: apt-get clean, or mount a cache: --mount=type=cache,target=/var/cache/apt",
    ),
    Leftover("apk cache", r"^(?:var/cache/apk|etc/apk/cache)/", "use apk add --no-cache"),
    Leftover("dnf or yum cache", r"^var/cache/(?:dnf|yum|libdnf5|zypp)/", "end the RUN with: dnf clean all"),
    Leftover("pacman packages", r"^var/cache/pacman/pkg/", "end the RUN with: pacman -Scc --noconfirm"),
    Leftover(
        "pip cache",
        _HOME + r"\.cache/(?:pip|uv|pypoetry)/",
        "use pip install --no-cache-dir, or --mount=type=cache,target=/root/.cache/pip",
    ),
    Leftover("conda packages", r"^(?:.*/)?(?:mini)?(?:conda|forge)[0-9]?/pkgs/", "end the RUN with: conda clean -afy"),
    Leftover(
        "npm cache",
        _HOME + r"\.npm/(?:_cacache|_logs|_npx)/",
        "end the RUN with: npm cache clean --force, or --mount=type=cache,target=/root/.npm",
    ),
    Leftover(
        "yarn or pnpm cache",
        r"^(?:.*/)?(?:\.cache/(?:yarn|pnpm|node)|usr/local/share/\.cache/yarn|\.local/share/pnpm/store)/",
        "end the RUN with: yarn cache clean, or mount the cache folder: --mount=type=cache",
    ),
    Leftover(
        "gem packages",
        r"^(?:.*/)?(?:ruby/gems/[^/]+|usr/local/bundle|bundle/ruby/[^/]+|\.gem/ruby/[^/]+|\.bundle)/cache/",
        "remove the folder in the RUN that installs; gems run without their packages",
    ),
    Leftover(
        "go build cache",
        _HOME + r"\.cache/go-build/",
        "build in a stage of its own and copy the program, or --mount=type=cache,target=/root/.cache/go-build",
    ),
    Leftover(
        "go modules",
        r"^(?:.*/)?go/pkg/mod/",
        "build in a stage of its own and copy the program, or --mount=type=cache,target=/go/pkg/mod",
    ),
    Leftover(
        "cargo registry",
        r"^(?:.*/)?\.?cargo/(?:registry/(?:cache|src|index)|git/(?:db|checkouts))/",
        "build in a stage of its own and copy the program, or mount the registry: --mount=type=cache",
    ),
    Leftover(
        "maven or gradle cache",
        _HOME + r"(?:\.m2/repository|\.gradle/(?:caches|wrapper/dists))/",
        "build in a stage of its own and copy what is built, or mount it: --mount=type=cache",
    ),
    Leftover(
        "composer cache",
        _HOME + r"(?:\.cache/composer|\.composer/cache)/",
        "use composer install --no-cache, or --mount=type=cache,target=/root/.composer/cache",
    ),
    Leftover("NuGet cache", _HOME + r"\.local/share/NuGet/(?:http-cache|v3-cache)/", "dotnet nuget locals all --clear"),
    Leftover(
        "a git repository", r"^(?:.*/)?\.git/", "list .git in .dockerignore, or clone with --depth 1 and remove it"
    ),
    Leftover("logs", r"^var/log/", "remove them in the RUN that writes them"),
    Leftover("temporary files", r"^(?:var/)?tmp/", "remove them in the RUN that writes them, or mount: type=tmpfs"),
    Leftover("other caches", r"^(?:root|home/[^/]+)/\.cache/", "remove them in the RUN that writes them"),
    Leftover(
        "Python bytecode",
        r"^(?:.*/)?__pycache__/",
        "ENV PYTHONDONTWRITEBYTECODE=1 while building; it is made again at run time, so starting takes longer",
    ),
)
