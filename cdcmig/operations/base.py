"""The base of all custom operations: fields, run, reverse, rendered code, description and hazards, in one class."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, dataclass, field, fields
from inspect import Parameter
from typing import Any, ClassVar, Generic, TypeVar, dataclass_transform

from alembic import op
from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, Operations
from sqlalchemy.types import TypeEngine

from cdcmig import alembic_internals
from cdcmig.operations.calls import call
from cdcmig.operations.hazards import Hazard

Definition = TypeVar("Definition")
_Op = TypeVar("_Op", bound="type[Operation]")


@dataclass
class Operation(MigrateOperation):
    """An operation whose fields are the arguments of ``op.<function>(…)``.

    Attributes:
        function: the name of the function.
        commits: whether it commits the steps before it.
        schema: the schema of the objects that it works on.
    """

    function: ClassVar[str]
    commits: ClassVar[bool] = False

    schema: str = field(kw_only=True)

    @classmethod
    def build(cls, *arguments: Any, **options: Any) -> Operation:
        """Return the operation that a call of ``op.<function>(…)`` means."""
        return cls(*arguments, **options)

    @classmethod
    def parameters(cls) -> Iterator[Parameter]:
        """Yield the parameters of ``op.<function>``; those that can be omitted are given by name only."""
        yield from inspect.signature(cls).parameters.values()

    def run(self, operations: Operations) -> None:
        """Execute the operation, or write its SQL."""
        raise NotImplementedError

    def render(self, autogen: AutogenContext) -> str:
        """Return the call as Python code: required fields by position, types and others by name."""
        prefix = autogen.opts.get("alembic_module_prefix") or ""
        arguments = [text for each in self._fields() if (text := self._argument(autogen, each))]
        return f"{prefix}{self.function}({', '.join(arguments)})"

    def describe(self) -> Iterator[str]:
        """Yield what the operation does, as short lines for people."""
        yield self.function.replace("_", " ")

    def hazards(self) -> Iterator[Hazard]:
        """Yield the dangers that ``cdcmig lint`` reports, as code and message."""
        yield from ()

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """Return what ``alembic check`` prints."""
        return (self.function, *(getattr(self, each.name) for each in self._fields()))

    def _fields(self) -> list[Field[Any]]:
        """Return the fields in the order of the call: the schema comes last."""
        return sorted(fields(self), key=lambda each: each.name == "schema")

    def _argument(self, autogen: AutogenContext, each: Field[Any]) -> str:
        value = getattr(self, each.name)
        if isinstance(value, TypeEngine):
            return f"{each.name}={alembic_internals.type_code(value, autogen)}"
        if each.default is MISSING and not each.kw_only:
            return repr(value)
        default = each.default if each.default_factory is MISSING else each.default_factory()
        return "" if value == default else f"{each.name}={value!r}"


@dataclass
class Preparation(Operation):
    """An operation that has to precede every other one of its changeset.

    It changes nothing that a rollback would have to undo (a check of the rows), or it commits the steps before it
    and runs without a transaction, so that it can be repeated after a failure.
    """

    def describe(self) -> Iterator[str]:
        """Yield nothing: what is prepared describes itself."""
        yield from ()


@dataclass
class ObjectOperation(Operation, Generic[Definition]):
    """An operation on one object, whose definition holds the arguments; another operation undoes it.

    Attributes:
        kind: the class of the definition.
        inverse: the operation that undoes this one.
    """

    kind: ClassVar[type[Any]]
    inverse: ClassVar[type[ObjectOperation[Any]]]

    definition: Definition

    @classmethod
    def build(cls, *arguments: Any, schema: str, **options: Any) -> Operation:
        """Return the operation that a call of ``op.<function>(…)`` means."""
        return cls(cls.kind(*arguments, **options), schema=schema)

    @classmethod
    def parameters(cls) -> Iterator[Parameter]:
        """Yield the parameters: the definition's first field by position, the others and the schema by name."""
        first, *others = inspect.signature(cls.kind).parameters.values()
        yield first
        yield from (each.replace(kind=Parameter.KEYWORD_ONLY) for each in others)
        yield Parameter("schema", Parameter.KEYWORD_ONLY, annotation="str")

    @property
    def table(self) -> str | None:
        """The final table that the object belongs to."""
        return getattr(self.definition, "table", None)

    def render(self, autogen: AutogenContext) -> str:
        """Return the call as Python code: the definition's first field by position, the others by name."""
        first, *others = fields(self.definition)  # type: ignore[arg-type] # definitions are dataclasses
        options = {each.name: getattr(self.definition, each.name) for each in others}
        given = {each.name: options[each.name] for each in others if options[each.name] != each.default}
        return call(autogen, self.function, getattr(self.definition, first.name), **given, schema=self.schema)

    def reverse(self) -> MigrateOperation:
        """Return the operation that undoes this one."""
        return self.inverse(self.definition, schema=self.schema)


@dataclass_transform(field_specifiers=(field,))
def operation(name: str, *, undoes: type[ObjectOperation[Any]] | None = None) -> Callable[[_Op], _Op]:
    """Register an operation: make the class a dataclass and ``op.<name>(…)`` invoke it.

    Args:
        name: the function's name; landed changesets call it, so it never changes.
        undoes: the operation that this one undoes, and that undoes this one.
    """

    def decorate(cls: _Op) -> _Op:
        dataclass(cls)
        signature = inspect.Signature(list(cls.parameters()))

        def invoke(cls: type[Operation], operations: Operations, /, *arguments: Any, **options: Any) -> Any:
            try:
                signature.bind(*arguments, **options)
            except TypeError as error:
                raise TypeError(f"op.{name}(): {error}") from None
            return operations.invoke(cls.build(*arguments, **options))

        invoke.__name__ = name
        invoke.__doc__ = inspect.getdoc(cls)
        setattr(cls, name, classmethod(invoke))
        cls.function = name
        if undoes is not None:
            assert issubclass(cls, ObjectOperation)
            cls.inverse, undoes.inverse = undoes, cls
        Operations.register_operation(name)(cls)
        vars(getattr(op, name))["__signature__"] = signature  # for help(op.<name>)
        return cls

    return decorate


@renderers.dispatch_for(Operation)
def _render(autogen: AutogenContext, rendered: Operation) -> str:
    return rendered.render(autogen)


@Operations.implementation_for(Operation)
def _run(operations: Operations, invoked: Operation) -> None:
    invoked.run(operations)
