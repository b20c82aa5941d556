"""Every type that a question takes or gives, by name; `layerscope.api` imports this when one of them is named."""

from collections.abc import Callable, Iterable

from layerscope.analysis.cause import ArgumentCause as ArgumentCause
from layerscope.analysis.cause import BaseCause as BaseCause
from layerscope.analysis.cause import Cause as Cause
from layerscope.analysis.cause import ColdCause as ColdCause
from layerscope.analysis.cause import DockerfileCause as DockerfileCause
from layerscope.analysis.cause import FileCause as FileCause
from layerscope.analysis.cause import GitCause as GitCause
from layerscope.analysis.cause import IgnoreCause as IgnoreCause
from layerscope.analysis.cause import OptionCause as OptionCause
from layerscope.analysis.cause import StepCause as StepCause
from layerscope.analysis.compare import ComparedRow as ComparedRow
from layerscope.analysis.compare import ComparedSide as ComparedSide
from layerscope.analysis.compare import Comparison as Comparison
from layerscope.analysis.compare import Scenario as Scenario
from layerscope.analysis.compare import StepChange as StepChange
from layerscope.analysis.compared_history import ComparedHistory as ComparedHistory
from layerscope.analysis.compared_history import HistorySum as HistorySum
from layerscope.analysis.context_use import Amount as Amount
from layerscope.analysis.context_use import ContextUse as ContextUse
from layerscope.analysis.context_use import Ignored as Ignored
from layerscope.analysis.context_use import StepUse as StepUse
from layerscope.analysis.explain import ChainLink as ChainLink
from layerscope.analysis.explain import Explanation as Explanation
from layerscope.analysis.explain import Explanations as Explanations
from layerscope.analysis.explain import KeyDifference as KeyDifference
from layerscope.analysis.file_changes import FileChange as FileChange
from layerscope.analysis.file_changes import FileChanges as FileChanges
from layerscope.analysis.file_costs import FileCost as FileCost
from layerscope.analysis.file_parts import FilePart as FilePart
from layerscope.analysis.image_contents import ImageContents as ImageContents
from layerscope.analysis.image_contents import LargePath as LargePath
from layerscope.analysis.image_cost import ImageCost as ImageCost
from layerscope.analysis.image_cost import InstructionCost as InstructionCost
from layerscope.analysis.price import Price as Price
from layerscope.analysis.reading import Reading as Reading
from layerscope.analysis.registry_use import ImageUse as ImageUse
from layerscope.analysis.registry_use import RegistryUse as RegistryUse
from layerscope.analysis.registry_use import RepositoryUse as RepositoryUse
from layerscope.analysis.registry_use import SharedLayer as SharedLayer
from layerscope.analysis.replay import Replay as Replay
from layerscope.analysis.replay import ReplayedCommit as ReplayedCommit
from layerscope.analysis.replay import Week as Week
from layerscope.analysis.replay_totals import CauseHistory as CauseHistory
from layerscope.analysis.replay_totals import StepHistory as StepHistory
from layerscope.analysis.replay_walk import BuiltCommit as BuiltCommit
from layerscope.analysis.replay_walk import ReplayedStep as ReplayedStep
from layerscope.analysis.replayed_costs import ReplayedCosts as ReplayedCosts
from layerscope.analysis.sent_context import SentContext as SentContext
from layerscope.analysis.side import Side as Side
from layerscope.analysis.simulate import Simulation as Simulation
from layerscope.analysis.simulate import StepOutcome as StepOutcome
from layerscope.analysis.story import Story as Story
from layerscope.analysis.story import Told as Told
from layerscope.analysis.summary import Summary as Summary
from layerscope.analysis.transfer import RebuiltLayers as RebuiltLayers
from layerscope.analysis.transfer import Transfer as Transfer
from layerscope.analysis.verification import Verification as Verification
from layerscope.analysis.verification import VerifiedStep as VerifiedStep
from layerscope.answer import Answer as Answer
from layerscope.answer import Assumption as Assumption
from layerscope.answer import Statement as Statement
from layerscope.context.place import ArchivePlace as ArchivePlace
from layerscope.context.place import ContextPlace as ContextPlace
from layerscope.context.place import DirectoryPlace as DirectoryPlace
from layerscope.context.place import GivenPlace as GivenPlace
from layerscope.context.place import InputPlace as InputPlace
from layerscope.context.place import PatchedPlace as PatchedPlace
from layerscope.context.place import RevisionPlace as RevisionPlace
from layerscope.context.place import SnapshotPlace as SnapshotPlace
from layerscope.context.tree import Directory as Directory
from layerscope.cost.model import BuildLog as BuildLog
from layerscope.cost.model import Cost as Cost
from layerscope.cost.model import Costs as Costs
from layerscope.cost.model import LoggedStep as LoggedStep
from layerscope.cost.model import Timing as Timing
from layerscope.cost.rates import Rates as Rates
from layerscope.cost.timings import Sample as Sample
from layerscope.cost.timings import Timings as Timings
from layerscope.docker.model import HistoryEntry as HistoryEntry
from layerscope.docker.model import ImageConfig as ImageConfig
from layerscope.docker.model import Platform as Platform
from layerscope.dockerfile.stages import Dockerfile as Dockerfile
from layerscope.errors import InputError as InputError
from layerscope.figures import Figure as Figure
from layerscope.figures import Source as Source
from layerscope.figures import Unit as Unit
from layerscope.graph.caches.policy import CachePolicy as CachePolicy
from layerscope.graph.options import BaseImage as BaseImage
from layerscope.graph.options import BuildOptions as BuildOptions
from layerscope.graph.options import NamedContext as NamedContext
from layerscope.graph.outcomes import Outcome as Outcome
from layerscope.image.model import Image as Image
from layerscope.image.model import Layer as Layer
from layerscope.image.registry.access import RegistryAccess as RegistryAccess
from layerscope.inputs.options import AfterOptions as AfterOptions
from layerscope.inputs.options import GivenBase as GivenBase
from layerscope.inputs.place import StrPath as StrPath
from layerscope.inputs.sides import Sides as Sides
from layerscope.recording.record import Recorded as Recorded

Context = Side | StrPath
"""A side that was opened, or where its context lies."""

TimingsFiles = StrPath | Iterable[StrPath]
"""Timings files and build logs of any kind, by name."""

Walked = Callable[[int, Callable[[], int]], None]
"""Is told how many commits are walked, and what tells of how many."""
