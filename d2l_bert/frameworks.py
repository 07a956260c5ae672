"""Which frameworks are installed, and why one is not."""

from importlib.util import find_spec

FRAMEWORKS = ('torch', 'mxnet')
NAMES = {'torch': 'PyTorch', 'mxnet': 'MXNet'}


def installed() -> list[str]:
    """Return the frameworks that can be imported."""
    return [name for name in FRAMEWORKS if find_spec(name)]


def why_missing(name: str) -> str:
    """Return in one line why a framework is not there."""
    return (f'{NAMES[name]} is not installed; pip install "d2l_bert[{name}]" '
            f'brings it')
