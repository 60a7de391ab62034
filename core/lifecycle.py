"""Lifecycles as data: states, transitions, and the only code that may assign a status."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from core.actors import Actor
from core.errors import NotAllowed, WrongState

# None when allowed, else the Chinese sentence that says why not and what to do.
Verdict = Callable[[Any, Actor], str | None]


@dataclass(frozen=True, slots=True)
class Transition:
    name: str
    sources: frozenset[str]
    target: str
    label: str
    may: tuple[Verdict, ...] = ()
    guards: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """One status field's states and transitions.

    `check` raises WrongState (409) or NotAllowed (403); `move` assigns the target to instances that passed.
    """

    field: str
    states: type[Any]
    initial: str
    transitions: tuple[Transition, ...]

    def transition(self, name: str) -> Transition:
        return next(t for t in self.transitions if t.name == name)

    def label(self, state: str) -> str:
        return str(self.states(state).label)

    def check(self, obj: Any, name: str, *, actor: Actor) -> Transition:
        transition = self.transition(name)
        state = getattr(obj, self.field)
        if state not in transition.sources:
            allowed = "、".join(self.label(s) for s in self.states.values if s in transition.sources)
            raise WrongState(
                "wrong_state",
                f"当前状态为“{self.label(state)}”，不能{transition.label}（须为：{allowed}）。"
                "可能已由他人处理，请刷新后查看。",
                state=state,
            )
        for verdict in transition.may:
            if reason := verdict(obj, actor):
                raise NotAllowed("not_allowed", reason)
        for guard in transition.guards:
            if reason := guard(obj, actor):
                raise WrongState("guard_failed", reason)
        return transition

    def available(self, obj: Any, actor: Actor) -> list[Transition]:
        """Transitions this actor could make now; the source of buttons."""
        state = getattr(obj, self.field)
        return [
            t for t in self.transitions if state in t.sources and not any(v(obj, actor) for v in (*t.may, *t.guards))
        ]

    def move(self, obj: Any, name: str) -> None:
        setattr(obj, self.field, self.transition(name).target)

    def terminal(self) -> set[str]:
        sources: set[str] = set().union(*(t.sources for t in self.transitions))
        return set(self.states.values) - sources


def states(*values: Any) -> frozenset[str]:
    return frozenset(str(v) for v in values)


def first_reason(verdicts: Iterable[Verdict], obj: Any, actor: Actor) -> str | None:
    return next((reason for v in verdicts if (reason := v(obj, actor))), None)


def diagram(lifecycle: Lifecycle) -> str:
    """The lifecycle as a Mermaid state diagram with Chinese labels, for docs/mechanisms/lifecycle.md."""
    lines = ["stateDiagram-v2", f"    [*] --> {lifecycle.initial}"]
    lines += [f"    {value}: {lifecycle.label(value)}" for value in lifecycle.states.values]
    for transition in lifecycle.transitions:
        lines += [
            f"    {source} --> {transition.target}: {transition.label}"
            for source in lifecycle.states.values
            if source in transition.sources
        ]
    lines += [f"    {state} --> [*]" for state in lifecycle.states.values if state in lifecycle.terminal()]
    return "\n".join(lines)
