"""The plan, the loop, runs and checkpoints, curves."""

from functools import partial

from d2l_bert.moved import missing_name

__getattr__ = partial(missing_name, 'core.training')
