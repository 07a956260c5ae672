"""The stages import in one direction, the backends are twins, and the rules
run where there is nothing but Python."""

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import d2l_bert
from d2l_bert import core, moved

PACKAGE = Path(d2l_bert.__file__).parent
STAGES = ['text', 'tokens', 'examples', 'objectives', 'models', 'training']
# Each stage may use those before it, but text and tokens do not need each
# other. What lies beside the stages, such as checks, may be used by all.
ALLOWED = {stage: set(STAGES[:i + 1]) for i, stage in enumerate(STAGES)}
ALLOWED['tokens'] = {'tokens'}


def imported(path):
    """The modules of the core that a file imports, also inside functions."""
    here = ('d2l_bert', *path.relative_to(PACKAGE).with_suffix('').parts)
    for node in ast.walk(ast.parse(path.read_text('utf-8'))):
        if isinstance(node, ast.ImportFrom):
            start = here[:-node.level] if node.level else ()
            module = (*start, *(node.module or '').split('.'))
            for alias in node.names:
                yield '.'.join((*filter(None, module), alias.name))
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name


@pytest.mark.parametrize('path', sorted(
    path for stage in STAGES
    for path in (PACKAGE / 'core' / stage).glob('*.py')),
    ids=lambda path: f'{path.parent.name}/{path.name}')
def test_a_stage_imports_from_those_before_it(path):
    for name in imported(path):
        package, part, stage, *_ = [*name.split('.'), '', '']
        if package == 'd2l_bert':
            assert part in ('core', 'moved', '__version__'), name
        if part == 'core':
            assert stage not in ('backend', 'book'), name
            assert stage not in STAGES or stage in ALLOWED[path.parent.name]


def test_the_check_of_imports_can_fail(tmp_path):
    path = PACKAGE / 'core' / 'objectives' / 'bert.py'
    assert 'd2l_bert.core.text.corpus.load_paragraphs' in imported(path)


# Plain Python -------------------------------------------------------------

PURE = ['text.edges', 'text.paragraphs', 'text.sentences', 'tokens.vocab',
        'tokens.words', 'tokens.wordpiece', 'tokens.wordpiece_training',
        'examples.display', 'examples.keys', 'objectives.nsp',
        'objectives.mlm', 'objectives.columns', 'objectives.t5_noise',
        'objectives.prompts']

RULES = '''
import random, sys
for name in ('numpy', 'tqdm', 'safetensors', 'filelock', 'platformdirs'):
    sys.modules[name] = None  # an import of it fails
import importlib
for name in {pure}:
    importlib.import_module(f'd2l_bert.core.{{name}}')
from d2l_bert.core import (
    Vocab, RESERVED_TOKENS, columns_text, get_mlm_data_from_tokens,
    get_nsp_data_from_paragraph, mask_example, pad_example, period, tokenize)

rng = random.Random(7)
paragraphs = [tokenize(period(text)) for text in (
    'the sea rose . it fell again .', 'the moon pulls . the sea follows .')]
vocab = Vocab([sentence for paragraph in paragraphs
               for sentence in paragraph], 0, RESERVED_TOKENS)
for paragraph in paragraphs:
    for tokens, segments, is_next in get_nsp_data_from_paragraph(
            paragraph, paragraphs, vocab, 12, rng):
        masked = get_mlm_data_from_tokens(tokens, vocab, rng)
        print(columns_text(pad_example(*masked, segments, is_next, 12,
                                       vocab)))
print(mask_example(list('abcdef'), range(6), 2, '_', 'xyz', (0.8, 0.1, 0.1),
                   seed=1, epoch=2, example=3))
'''


def test_the_rules_need_nothing_but_python(run_python):
    """So that they run in a browser, with the results that they have here."""
    bare = run_python(RULES.format(pure=PURE))
    assert 'true next sentence' in bare or 'another sentence' in bare
    assert bare == run_python(RULES.format(pure=PURE).replace(
        'sys.modules[name] = None', 'pass'))


# Names --------------------------------------------------------------------

def test_every_name_of_the_core_can_be_imported():
    assert set(core.__all__) == set(dir(core))
    for name in core.__all__:
        assert getattr(core, name) is not None
    with pytest.raises(ImportError, match='no_such'):
        from d2l_bert.core import no_such  # noqa: F401


def test_the_core_is_loaded_when_it_is_used(run_python):
    assert run_python('''
import sys
import d2l_bert.core
print('numpy' in sys.modules, 'd2l_bert.core.tokens.vocab' in sys.modules)
from d2l_bert.core import Vocab
print('numpy' in sys.modules, 'd2l_bert.core.tokens.vocab' in sys.modules)
''') == 'False False\nFalse True\n'


@pytest.mark.parametrize('argv', [['--help'], ['--version'],
                                  ['pretrain', '--help']])
def test_help_imports_no_framework(argv, run_python):
    """Nor anything else that is slow."""
    slow = {'torch', 'mxnet', 'matplotlib', 'nltk', 'spacy', 'transformers'}
    if argv[0].startswith('--'):
        slow |= {'numpy', 'safetensors'}
    assert run_python(f'''
import sys
from d2l_bert.cli import main
try:
    main({argv})
except SystemExit:
    pass
print({slow} & set(sys.modules))
''').endswith('\nset()\n')


@pytest.mark.parametrize('old, new', sorted(moved.MOVED.items()))
def test_a_module_that_has_moved_says_where(old, new, request):
    if 'backend' in old:
        request.getfixturevalue(old.partition('.')[0])  # or skip
    with pytest.raises(ImportError, match=rf'd2l_bert\.{new}'):
        importlib.import_module(f'd2l_bert.{old}')
    assert (PACKAGE / f'{new.replace(".", "/")}.py').is_file()


@pytest.mark.parametrize('folder, name, new', [
    (folder, name, new) for folder, names in moved.FOLDERS.items()
    for name, new in names.items()])
def test_a_name_that_has_moved_says_where(folder, name, new):
    with pytest.raises(ImportError, match=rf'd2l_bert\.{new};'):
        exec(f'from d2l_bert.{folder} import {name}')
    assert hasattr(importlib.import_module(f'd2l_bert.{new}'), name)


# Twins --------------------------------------------------------------------

# What only one framework needs, and why.
ONLY = {
    'torch': {'data': {'HuggingFaceDataset', 'as_tensors'},
              'layers': {'Dropout'},  # MXNet's own is fast
              'train': {'join_processes'}},  # MXNet has one process
    'mxnet': {'data': {'as_arrays'},
              'layers': {'Block', 'by_heads', 'dense', 'gather', 'linear',
                         'positions_like', 'predictions', 'to_add',
                         'weight_and_bias'}}}


BOOK = ('_get_batch_loss_bert', '_WikiTextDataset')  # its underscored names


def public(backend, module):
    found = importlib.import_module(f'd2l_bert.{backend}_backend.{module}')
    return {name: value for name, value in vars(found).items()
            if (name[0] != '_' or name in BOOK)
            and getattr(value, '__module__', None) == found.__name__}


def parameters(function):
    return [(name, parameter.kind, parameter.default) for name, parameter
            in inspect.signature(function).parameters.items()]


def test_backends_have_the_same_modules(torch_backend, mxnet_backend):
    torch, mxnet = ({module.name for module in pkgutil.iter_modules(
        backend.__path__)} for backend in (torch_backend, mxnet_backend))
    assert mxnet == torch | {'compat'}


@pytest.mark.parametrize('module', ['bert', 'data', 'layers', 'losses',
                                    'qa', 'spanbert', 'text_model',
                                    'train', 'weights'])
def test_modules_of_the_backends_are_twins(module, torch_backend,
                                           mxnet_backend):
    torch, mxnet = (
        {name: value for name, value in public(backend, module).items()
         if name not in ONLY[backend].get(module, ())}
        for backend in ('torch', 'mxnet'))
    assert set(torch) == set(mxnet)
    for name, ours in torch.items():
        if inspect.isfunction(ours):
            assert parameters(ours) == parameters(mxnet[name]), name
        elif inspect.isclass(ours):
            assert parameters(ours) == parameters(mxnet[name]), name
            for method, function in vars(ours).items():
                if inspect.isfunction(function) and method[0] != '_':
                    assert parameters(function) == parameters(
                        getattr(mxnet[name], method)), (name, method)
