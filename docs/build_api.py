"""Makes docs/api.md from the docstrings: python docs/build_api.py

Both frameworks must be installed. A name that both backends export stands
there once, with PyTorch's docstring, followed by what MXNet's says
differently. Do not edit api.md by hand: edit the docstrings.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from d2l_bert import core, mxnet_backend, torch_backend

NO_BREAK = '\0'  # a space where a line must not end
PLAIN = (bool, int, float, str, tuple, type(None))  # shown by their values
TARGET = Path(__file__).with_name('api.md')
INTRODUCTION = """\
# API reference

Made from the docstrings by `docs/build_api.py`: do not edit this page.

Import names from two places only:

```python
from d2l_bert import torch_backend as d2l   # or mxnet_backend
from d2l_bert.core import Vocab, load_paragraphs, tokenize
```
"""
STAGES = {
    'text': 'Text: files to paragraphs and sentences',
    'tokens': 'Tokens: sentences to token ids',
    'examples': 'Examples: what every objective needs',
    'objectives': 'Objectives: token ids to examples',
    'models': 'Models without a framework',
    'training': 'Training',
    'answers': 'Checks of exercises'}
# The modules of a backend, and at last what the core exports to both.
PARTS = {
    'data': 'Data sets and loaders', 'layers': 'Layers', 'bert': 'BERT',
    'train': 'Training', 'use': 'Saving, loading and using a model',
    'book': 'Other names of the book'}


def page() -> str:
    """Return the whole page."""
    return '\n'.join([INTRODUCTION, *_core(), *_backends()])


def _core() -> Iterator[str]:
    yield '## d2l_bert.core\n'
    yield 'Needs no framework. The names stand in the order of the data.\n'
    for stage, title in STAGES.items():
        yield f'### {title}\n'
        for name, module in core._MODULES.items():
            if module.split('.')[0] == stage:
                yield from _entry(name, getattr(core, name))


def _backends() -> Iterator[str]:
    yield '## d2l_bert.torch_backend and d2l_bert.mxnet_backend\n'
    yield ('Both export the same names with the same parameters;\n'
           '`HuggingFaceDataset` is for PyTorch only.\n')
    in_core = {id(value): name for name in core.__all__
               if callable(value := getattr(core, name))}
    names = sorted(torch_backend.__all__, key=lambda name: name.lower())
    for part, title in PARTS.items():
        yield f'### {title}\n'
        for name in names:
            value = getattr(torch_backend, name)
            if id(value) not in in_core and _part(value) == part:
                yield from _entry(name, value,
                                  getattr(mxnet_backend, name, None))
    yield 'These are names of `d2l_bert.core`, and described there:\n'
    yield '| here | in the core |\n|---|---|'
    for name in names:
        value = getattr(torch_backend, name)
        same = in_core.get(id(value)) or (name if name in core.__all__
                                          else None)
        if same:
            yield f'| `{name}` | `{same}` |'
    yield ''


def _part(value: Any) -> str:
    """Return the last part of the name of a value's module."""
    return getattr(value, '__module__', '').rpartition('.')[2]


# One name ------------------------------------------------------------------

def _entry(name: str, value: Any, twin: Any = None) -> Iterator[str]:
    """Yield the heading, the signature and the docstring of a name."""
    yield f'#### {name}\n'
    if not callable(value):
        yield _code([f'{name} = {_shown(value)}'])
        return
    yield _signature(name, value)
    yield from _prose(_paragraphs(value))
    if inspect.isclass(value):
        yield from _members(name, value)
    if twin is not None and twin is not value:
        said = _paragraphs(value)
        other = [text for text in _paragraphs(twin)
                 if text not in said and not text.startswith('>>> ')]
        if other:
            yield '**In MXNet:**\n'
            yield from _prose(other)


def _shown(value: Any) -> str:
    """Return a constant as Python writes it, sets in alphabetical order."""
    if isinstance(value, frozenset):
        return f'frozenset({sorted(value)})'
    return repr(value)


def _members(name: str, cls: type) -> Iterator[str]:
    """Yield the public methods and properties of a class."""
    for member, value in _own(cls).items():
        function = getattr(value, '__func__', value)  # of a classmethod
        if member.startswith('_') or not inspect.getdoc(value):
            continue
        if isinstance(value, property):
            yield f'`{name}.{member}`\n'
        elif getattr(function, '__name__', '') == member:
            yield _signature(f'{name}.{member}', function)
        else:
            continue
        yield from _prose(_paragraphs(value))


def _own(cls: type) -> dict[str, Any]:
    """Return what a class and its bases in this package define."""
    ours = [base for base in cls.__mro__
            if base.__module__.startswith('d2l_bert')]
    return {name: value for base in reversed(ours)
            for name, value in vars(base).items()}


# Signatures ----------------------------------------------------------------

def _signature(name: str, value: Any) -> str:
    """Return the signature of a function or class as its source has it."""
    returned = ''
    if not inspect.isclass(value):
        parameters = list(_parameters(value))
        returns = _source(value).returns
        returned = ast.unparse(returns) if returns else ''
    elif '_fields' in vars(value) or '__dataclass_fields__' in vars(value):
        parameters = [ast.unparse(node) for node in _source(value).body
                      if isinstance(node, ast.AnnAssign)]
    elif '__init__' in _own(value):
        parameters = list(_parameters(_own(value)['__init__']))
    else:
        parameters = list(getattr(value, '_fields', ()))
    return _code(_wrapped(name, parameters, returned))


def _source(value: Any) -> Any:
    """Return the syntax tree of a function or class."""
    source = inspect.getsource(value)
    if source.startswith(' '):  # a method
        return ast.parse(f'class _:\n{source}').body[0].body[0]
    return ast.parse(source).body[0]


def _parameters(function: Any) -> Iterator[str]:
    """Yield each parameter, but not self."""
    arguments = _source(function).args
    actual = inspect.signature(function).parameters

    def written(argument: ast.arg, default: ast.expr | None = None) -> str:
        text = ast.unparse(argument)
        if default is None:
            return text
        found = actual[argument.arg].default
        return f'{text} = ' + (repr(found) if isinstance(found, PLAIN)
                               else ast.unparse(default))

    missing = [None] * (len(arguments.args) - len(arguments.defaults))
    for argument, default in zip(arguments.args,
                                 [*missing, *arguments.defaults]):
        if argument.arg not in ('self', 'cls'):
            yield written(argument, default)
    if arguments.vararg:
        yield f'*{written(arguments.vararg)}'
    elif arguments.kwonlyargs:
        yield '*'
    for argument, default in zip(arguments.kwonlyargs,
                                 arguments.kw_defaults):
        yield written(argument, default)
    if arguments.kwarg:
        yield f'**{written(arguments.kwarg)}'


# Markdown ------------------------------------------------------------------

def _paragraphs(value: Any) -> list[str]:
    return (inspect.getdoc(value) or '').split('\n\n')


def _prose(paragraphs: Iterable[str]) -> Iterator[str]:
    """Yield the paragraphs of a docstring as Markdown."""
    for text in paragraphs:
        if text.startswith('>>> '):
            yield _code(text.splitlines(), 'pycon')
        elif text.startswith('    '):
            yield f'{text}\n'
        else:
            yield f'{_escaped(text)}\n'


def _escaped(text: str) -> str:
    """Escape what Markdown would take for HTML, outside of code."""
    pieces = re.split('(`[^`]*`)', text)
    pieces[::2] = [piece.replace('<', '&lt;') for piece in pieces[::2]]
    return ''.join(pieces)


def _wrapped(name: str, parameters: Iterable[str], returned: str
             ) -> list[str]:
    """Return lines of a signature, cut only between its parameters."""
    inside = ', '.join(parameter.replace(' ', NO_BREAK)
                       for parameter in parameters)
    arrow = f' -> {returned}'.replace(' ', NO_BREAK).replace(
        NO_BREAK, ' ', 1) if returned else ''
    return [line.replace(NO_BREAK, ' ') for line in textwrap.wrap(
        f'{name}({inside}){arrow}', 79,
        subsequent_indent=' ' * (len(name) + 1), break_long_words=False,
        break_on_hyphens=False)]


def _code(lines: Iterable[str], language: str = 'python') -> str:
    return '\n'.join([f'```{language}', *lines, '```\n'])


if __name__ == '__main__':
    TARGET.write_text(page(), encoding='utf-8', newline='\n')
