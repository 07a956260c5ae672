"""The frameworks: which are installed, and why one is not.

No framework is imported before `installed_backends` is called.
"""

import platform
import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import NamedTuple

FRAMEWORKS = ('torch', 'mxnet')

# What pip can install, and so does setup.cfg.
_BUILDS = {
    'torch': ('Linux x86_64', 'Linux aarch64', 'macOS arm64',
              'Windows AMD64'),
    'mxnet': ('Linux x86_64', 'Linux aarch64', 'macOS x86_64')}
# MXNet needs NumPy < 2, which ends with Python 3.12.
_BELOW_PYTHON = {'mxnet': (3, 13)}
_LABELS = {'torch': 'PyTorch', 'mxnet': 'MXNet'}


class Machine(NamedTuple):
    """A kind of machine and a version of Python, as pip looks at them.

    >>> print(Machine('Linux', 'x86_64', (3, 11)))
    Linux x86_64, Python 3.11
    """

    system: str  # Linux, macOS or Windows
    architecture: str  # x86_64, aarch64, arm64, AMD64 or ARM64
    python: tuple[int, int]

    def __str__(self) -> str:
        major, minor = self.python
        return f'{self.system} {self.architecture}, Python {major}.{minor}'


def this_machine() -> Machine:
    """Return the machine that this Python runs on.

    >>> this_machine().python == sys.version_info[:2]
    True
    """
    system = platform.system()
    return Machine('macOS' if system == 'Darwin' else system,
                   platform.machine(), sys.version_info[:2])


def has_build(name: str, machine: Machine) -> bool:
    """Return whether pip can install a framework on a machine.

    >>> has_build('mxnet', Machine('macOS', 'x86_64', (3, 12)))
    True
    >>> has_build('torch', Machine('macOS', 'x86_64', (3, 12)))
    False
    """
    return (f'{machine.system} {machine.architecture}' in _BUILDS[name] and
            machine.python < _BELOW_PYTHON.get(name, (4, 0)))


def installed() -> tuple[str, ...]:
    """Return the names of the frameworks that can be imported.

    >>> set(installed()) <= {'torch', 'mxnet'}
    True
    """
    return tuple(filter(is_installed, FRAMEWORKS))


def installed_backends() -> list[ModuleType]:
    """Import the backends of all frameworks that are installed.

    >>> len(installed_backends()) == len(installed())
    True
    """
    return [import_module(f'd2l_bert.{name}_backend') for name in installed()]


def is_installed(name: str) -> bool:
    """Return whether a package can be imported.

    >>> is_installed('json'), is_installed('no_such')
    (True, False)

    A folder of that name, such as notebooks/mxnet seen from notebooks/, is
    not a package: it has no origin.
    """
    spec = find_spec(name)
    return spec is not None and spec.origin is not None


def why_missing(name: str, machine: Machine | None = None) -> str:
    """Return one line that says why a framework cannot be imported.

    >>> why_missing('mxnet', Machine('Windows', 'AMD64', (3, 13)))
    'MXNet has no build for this machine (Windows AMD64, Python 3.13)'
    >>> print(why_missing('torch', Machine('Linux', 'x86_64', (3, 13))))
    PyTorch is not installed; pip install "d2l_bert[torch]" brings it
    """
    machine = machine or this_machine()
    if has_build(name, machine):
        # Double quotes: Windows' shells know no others.
        return (f'{_LABELS[name]} is not installed; '
                f'pip install "d2l_bert[{name}]" brings it')
    return f'{_LABELS[name]} has no build for this machine ({machine})'
