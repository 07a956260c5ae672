"""What every objective needs: Examples, padding, masks, display."""

from functools import partial

from d2l_bert.moved import missing_name

__getattr__ = partial(missing_name, 'core.examples')
