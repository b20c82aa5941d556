"""Why: for a step that runs again the chain to its root cause and the first difference in its key, in words."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property

from layerscope.analysis.answers.explanation import ChainLink, Explanation, Explanations, KeyDifference
from layerscope.analysis.answers.git_alone import needs_git, only_git, remedy
from layerscope.analysis.build_pair import BuildPair, build_pair
from layerscope.analysis.file_parts import FilePart, kind_of, part_of
from layerscope.analysis.reasons import reason
from layerscope.analysis.side import Side
from layerscope.answer import set_apart
from layerscope.context.paths import GIT_FOLDER, is_of_git, lookup
from layerscope.context.tree import Directory, File, Link, Node
from layerscope.errors import InputError
from layerscope.graph.differences import (
    ColdCache,
    Difference,
    NewStep,
    NoCache,
    OtherEnvironment,
    OtherFiles,
    OtherImage,
    OtherParent,
    OtherPart,
    OtherSource,
    UnknownFiles,
)
from layerscope.graph.outcomes import Outcome
from layerscope.graph.steps import Step
from layerscope.values import assert_never

_MOST_PATHS = 3
ONLY_THE_BUILD = "Only the build can tell: if the bytes come out as before, it is taken from the cache."


def explain(before: Side, after: Side, step: str | None = None) -> Explanations:
    """Explain every step that is not cached, or those a number or a text picks (cached ones too).

    step: a line-up number (1 is the first row), or part of a step's name. Raises InputError if it picks none, or
    where the after build would fail.
    """
    pair = build_pair(before, after)
    explainer = Explainer(pair)
    chosen = _chosen(pair.steps, step, after)
    steps = tuple(explainer.explained(each) for each in chosen)
    return Explanations(steps, pair.assumptions, after.dockerfile.place, _git_remedy(pair, chosen))


def _git_remedy(pair: BuildPair, chosen: list[Step]) -> str | None:
    """What ends the re-runs of some steps, where nothing but `.git` is their cause and no step asks for that."""
    causes = [cause for step in chosen if step.outcome != Outcome.CACHED for cause in pair.causes.roots(step)]
    if not only_git(causes) or any(needs_git(step.label.instruction.whole_text) for step in pair.steps):
        return None
    return remedy(pair.after.ignore_file)


def _chosen(steps: tuple[Step, ...], wanted: str | None, side: Side) -> list[Step]:
    if wanted is None:
        return [step for step in steps if step.outcome != Outcome.CACHED]
    if wanted.isdecimal():
        if not 1 <= int(wanted) <= len(steps):
            raise InputError(f"--step {wanted}: the build has {len(steps)} steps", side.dockerfile.path)
        return [steps[int(wanted) - 1]]
    found = [step for step in steps if wanted in step.label.name]
    if not found:
        raise InputError(f"--step {wanted}: no step has that in its name", side.dockerfile.path)
    return found


class Explainer:
    """Explains steps of one after build, held against one before."""

    def __init__(self, pair: BuildPair, *, undecided: str = ONLY_THE_BUILD) -> None:
        """undecided: what is said of a step that the inputs leave open."""
        self.undecided = undecided
        self.before = pair.before
        self.after = pair.after
        self.causes = pair.causes
        self.steps = pair.steps

    @cached_property
    def _needs_git(self) -> bool:
        """Whether a step asks for what git keeps, so that it cannot be left out."""
        return any(needs_git(step.label.instruction.whole_text) for step in self.steps)

    def explained(self, step: Step) -> Explanation:
        label = step.label
        if step.outcome == Outcome.CACHED:
            return Explanation(label.name, label.instruction.line, Outcome.CACHED, (), None, self._breakers(step))
        chain = self._chain(step)
        links = tuple(ChainLink(s.label.name, self.causes.own(s)) for s in chain)
        return Explanation(
            label.name, label.instruction.line, step.outcome, links, self._difference(step), self._text(step, chain)
        )

    def _chain(self, step: Step) -> list[Step]:
        """The step, then what it inherits from, to where it began: mending a step on the way alone would not help."""
        chain = [step]
        while True:
            following = next((s for s in chain[-1].inherits if s not in chain), None)
            if following is None:
                break
            chain.append(following)
        return [s for s in chain if not s.hidden] or [step]

    def _difference(self, step: Step) -> KeyDifference:
        if step.differences:
            return self._told(step.differences[0])
        if step.inherits:
            source = step.inherits[0]
            part = "parent" if source is step.parent else "files of a stage"
            return KeyDifference(part, "as built", f"{source.label.name} runs again")
        return KeyDifference("key", None, "not built before")

    def _told(self, difference: Difference) -> KeyDifference:
        match difference:
            case OtherFiles():
                told = self._first_file(difference)
            case OtherEnvironment():
                told = _environment(difference)
            case OtherImage() | OtherPart():
                told = KeyDifference(difference.part.name, _shown(difference.before), _shown(difference.after))
            case UnknownFiles():
                told = KeyDifference("unknown", None, None)
            case ColdCache():
                told = KeyDifference("cold", None, "nothing was built before")
            case NoCache():
                told = KeyDifference("option", None, "built without the cache")
            case NewStep():
                told = KeyDifference("new", None, "a step that was not there")
            case OtherParent():
                told = KeyDifference("parent", None, "on another step than before")
            case OtherSource():
                told = KeyDifference("source", None, "from another place than before")
            case other:
                assert_never(other)
        return told

    def _first_file(self, files: OtherFiles) -> KeyDifference:
        if not files.paths:
            return KeyDifference("files", None, None)
        context = files.context
        path = files.paths[0] if context else self.causes.files.told(files.paths[0])
        was, now = self._nodes(path, context)
        return KeyDifference(f"{context}:{path}" if context else path, _described(was), _described(now, was))

    def _text(self, step: Step, chain: list[Step]) -> str:
        label = step.label
        sentences = [f"{set_apart(label.name)} at line {label.instruction.line}: {self._struck(step)}."]
        if len(chain) > 1:
            root = chain[-1]
            where = f"{set_apart(root.label.name)} at line {root.label.instruction.line}"
            sentences.append(f"It began with {where}: {self._struck(root)}.")
        if step.outcome == Outcome.OUTPUT_DEPENDENT:
            sentences.append(self.undecided)
        return " ".join(sentences)

    def _struck(self, step: Step) -> str:
        files = next((d for d in step.differences if isinstance(d, OtherFiles) and d.paths), None)
        if files is not None:
            return self._files(files) + self._repository(step, "; also ")
        own = self.causes.own(step)
        told = self._told(step.differences[0]) if step.differences else None
        if own and told is not None and told.before is not None:
            return f"{reason(step, own)} ({told.part}: {told.before} → {'none' if told.after is None else told.after})"
        return reason(step, own)

    def _nodes(self, path: str, context: str) -> tuple[Node | None, Node | None]:
        """What is at a path of a context (a named one, or "" for the main one) on both sides."""
        trees = [_tree(side, context) for side in (self.before, self.after)]
        was, now = (None if tree is None else lookup(tree, path) for tree in trees)
        return was, now

    def _files(self, files: OtherFiles) -> str:
        told = []
        paths = files.paths if files.context else tuple(dict.fromkeys(map(self.causes.files.told, files.paths)))
        for path in paths[:_MOST_PATHS]:
            name = f"{files.context}:{path}" if files.context else path
            told.append(f"{name} {_verb(*self._nodes(path, files.context))}")
        more = len(paths) - len(told)
        return "; ".join(told) + (f"; and {more} more paths differ" if more else "")

    def _repository(self, step: Step, before: str) -> str:
        """What git keeps of itself in the context, where the step reads it: every commit changes it."""
        if not isinstance(lookup(self.after.sent, GIT_FOLDER), Directory):
            return ""
        inside = sum(is_of_git(path) for path, _ in step.read_files())
        if not inside or self._needs_git:
            return ""
        files = "1 file is" if inside == 1 else f"{inside} files are"
        advice = remedy(self.after.ignore_file)
        return f"{before}{files} in the context under {GIT_FOLDER} and change at every commit: {advice}"

    def _breakers(self, step: Step) -> str:
        label = step.label
        name = f"{set_apart(label.name)} at line {label.instruction.line} is cached"
        if label.is_from:
            return f"{name}: another base image would break it, and every step after it."
        files = [path for path, _ in step.read_files()]
        ways = ["an edit of the instruction itself"]
        if files:
            shown = ", ".join(files[:_MOST_PATHS]) + (f" and {len(files) - _MOST_PATHS} more" if len(files) > 3 else "")
            noun = "file" if len(files) == 1 else "files"
            ways.insert(0, f"a change of the {len(files)} {noun} it reads ({shown}){self._repository(step, '; ')}")
        if label.keyword == "RUN":
            ways.append("another value of an ENV or ARG above it, another USER, WORKDIR or SHELL")
        read = [source for source in step.sources if source is not step.parent and not source.hidden]
        ways += [f"other bytes where it reads what {set_apart(source.label.name)} left" for source in read]
        if step.parent is not None and not step.parent.hidden:
            ways.append(f"a re-run of {set_apart(step.parent.label.name)} before it")
        return f"{name}. It would run again after {'; or '.join(ways)}."


def _tree(side: Side, context: str) -> Directory | None:
    if not context:
        return side.sent
    named = side.options.named_contexts.get(context)
    return None if named is None else named.tree


def _verb(was: Node | None, now: Node | None) -> str:
    """What became of a path."""
    if was is None:
        return "is new"
    if now is None:
        return "is gone"
    part = part_of(was, now)
    if part is FilePart.TYPE:
        former, kind = kind_of(was), kind_of(now)
        return f"was {former} and is {kind}" if former != kind else f"is another {kind.partition(' ')[2]}"
    if isinstance(now, Link) and isinstance(was, Link) and part is FilePart.LINK:
        return f"points to {now.target} in place of {was.target}"
    if part is FilePart.OWNER:
        return "has another owner"
    mode = _other_mode(was, now)
    if part is FilePart.CONTENT:
        return f"has other content and {mode}" if mode else "has other content"
    return mode or "has other extended attributes"


def _other_mode(was: Node, now: Node) -> str:
    """Where both have modes, and these differ."""
    if isinstance(was, Link) or isinstance(now, Link) or was.mode == now.mode:
        return ""
    return f"has mode {now.mode:04o} in place of {was.mode:04o}"


_OTHER: dict[FilePart | None, str] = {
    FilePart.CONTENT: ", other content",
    FilePart.ATTRIBUTES: ", other extended attributes",
}


def _described(node: Node | None, was: Node | None = None) -> str | None:
    if node is None:
        return None
    if isinstance(node, File):
        size = f"{node.size} bytes" if node.size is not None else "other content" if was else "earlier content"
        same_size = isinstance(was, File) and was.size == node.size and node.size is not None
        other = _OTHER.get(part_of(was, node), "") if same_size else ""
        return f"file, mode {node.mode:04o}, {size}{other}"
    if isinstance(node, Link):
        return f"link to {node.target}"
    return kind_of(node).partition(" ")[2]


def _environment(difference: OtherEnvironment) -> KeyDifference:
    """The first variable that differs; names only where the order alone changed."""
    old, new = dict(difference.before), dict(difference.after)
    for name in [*new, *old]:
        if old.get(name) != new.get(name):
            return KeyDifference(f"environment variable {name}", _shown(old.get(name)), _shown(new.get(name)))
    return KeyDifference("order of the environment", " ".join(old), " ".join(new))


def _shown(value: Hashable) -> str | None:
    if value is None:
        return None
    if value == ():
        return "none"
    if isinstance(value, tuple):
        return " ".join(_shown(item) or "" for item in value)
    return str(value)
