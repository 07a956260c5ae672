"""The core needs no framework, and the two frameworks bear each other."""

import pkgutil

import pytest

import d2l_bert.core
from d2l_bert.cli import COMMANDS

CORE = ['d2l_bert', *(module.name for module in pkgutil.walk_packages(
    d2l_bert.core.__path__, 'd2l_bert.core.'))]


def test_core_imports_no_framework(run_python):
    assert 'd2l_bert.core.objectives.bert' in CORE
    assert run_python(f'''
import importlib, sys
for name in {CORE}:
    importlib.import_module(name)
print(sorted({{'torch', 'mxnet', 'transformers'}} & set(sys.modules)))
''') == '[]\n'


def test_check_for_frameworks_can_fail(run_python, torch_backend):
    assert run_python('''
import sys
import d2l_bert.torch_backend
print(sorted({'torch', 'mxnet'} & set(sys.modules)))
''') == "['torch']\n"


@pytest.mark.parametrize('command', ['', *COMMANDS])
def test_help_is_fast_as_it_imports_little(command, run_python):
    """No framework, nothing to draw with; and at first not even NumPy."""
    slow = {'torch', 'mxnet', 'matplotlib', 'IPython', 'nltk', 'spacy',
            'transformers', 'nbclient'}
    if not command:
        slow |= {'numpy', 'tqdm', 'platformdirs', 'safetensors', 'filelock'}
    assert run_python(f'''
import contextlib, io, sys
from d2l_bert import cli
with contextlib.redirect_stdout(io.StringIO()) as out:
    try:
        cli.main({[*filter(None, [command]), '--help']})
    except SystemExit as end:
        assert not end.code
assert 'usage: d2l-bert' in out.getvalue()
print(sorted({slow} & set(sys.modules)))
''') == '[]\n'


def test_the_core_is_imported_name_by_name(run_python):
    """NumPy comes with the first name that needs it."""
    assert run_python('''
import sys
import d2l_bert.core
from d2l_bert.core import KeyedRandom, Vocab, mask_example, tokenize
print('numpy' in sys.modules)
from d2l_bert.core import make_examples
print('numpy' in sys.modules)
''') == 'False\nTrue\n'


@pytest.mark.slow
@pytest.mark.parametrize('first, second', [('torch', 'mxnet'),
                                           ('mxnet', 'torch')])
def test_backends_side_by_side(first, second, run_python, torch_backend,
                               mxnet_backend):
    assert run_python(f'''
import numpy
before = 'bool' in vars(numpy)
from d2l_bert import {first}_backend as one
from d2l_bert import {second}_backend as other
print(('bool' in vars(numpy)) == before)
a, b = (next(iter(d2l.load_data_wiki(8, 32, corpus='tiny', seed=0)[0]))
        for d2l in (one, other))
print(tuple(a.token_ids.shape), tuple(b.token_ids.shape))
''') == 'True\n(8, 32) (8, 32)\n'


def test_mxnet_before_the_package(run_python, mxnet_backend):
    """A reader may have made `import mxnet` work in another way."""
    assert run_python('''
import warnings
import numpy
lent = 'bool' not in vars(numpy)
if lent:
    numpy.bool = bool
import mxnet
from d2l_bert.mxnet_backend.compat import mxnet as ours
print(ours is mxnet, mxnet.util.is_np_array(), not lent or
      numpy.bool is bool)
''') == 'True True True\n'


def test_mxnet_before_the_package_and_without_help(run_python, mxnet_backend):
    """Its import fails in the middle, and ours begins again."""
    assert run_python('''
import warnings
warnings.simplefilter('ignore')
import numpy
if 'bool' not in vars(numpy):
    try:
        from mxnet import np
    except AttributeError as error:
        assert 'bool' in str(error)
    else:
        raise AssertionError('MXNet can be imported as it is')
from d2l_bert import mxnet_backend as d2l
examples = d2l.load_data_wiki(8, 32, corpus='tiny', seed=0)[0]._dataset
net = d2l.new_model(0, len(examples.examples.vocab), 8, 16, 2, 1, 0.1, 32)
rows = d2l.pretrain(net, examples.examples, steps=1, batch_size=8)
from mxnet import np
print(len(rows), float(np.ones(2).sum()))
''') == '1 2.0\n'
