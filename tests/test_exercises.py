"""Every exercise can be solved, and what is wrong is told helpfully.

The cells of an exercise run here, one after another, as a kernel would
run them; tests/test_classroom.py uses real kernels.
"""

import importlib.util
import re
from pathlib import Path

import jupytext
import nbformat
import pytest

from d2l_bert.core.corpus import TINYWIKI_DIR  # noqa: F401

EXERCISES = Path(__file__).parent.parent / 'exercises'
