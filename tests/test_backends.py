"""Two modules with the same names, and the same examples in both."""

import inspect
import pickle
import random

import numpy as np
import pytest

from d2l_bert.core.examples.keyed import keyed_permutation
from d2l_bert.core.examples.keys import ORDER
from d2l_bert.core.objectives.bert import load_examples, make_examples
from d2l_bert.core.objectives.columns import Columns
from d2l_bert.core.text.corpus import load_paragraphs

PARAGRAPHS = load_paragraphs('tiny', rng=random.Random(0))
BOOK = {'DATA_HUB', 'DATA_URL', 'Vocab', '_WikiTextDataset',
        '_get_mlm_data_from_tokens', '_get_next_sentence',
        '_get_nsp_data_from_paragraph', '_pad_bert_inputs', '_read_wiki',
        '_replace_mlm_tokens', 'download', 'download_extract', 'extract',
        'get_dataloader_workers', 'get_tokens_and_segments',
        'load_data_wiki', 'tokenize'}
EITHER = pytest.mark.parametrize('dynamic_masking', [False, True])


def load(backend, batch_size=50, seed=3, **options):
    return backend.load_data_wiki(batch_size, 32, corpus='tiny', seed=seed,
                                  **options)[0]


def core_examples(seed=3, **options):
    rng = random.Random(seed)
    return make_examples(load_paragraphs('tiny', rng=rng), 32, rng=rng,
                         **options)


def public(backend):
    return {name: getattr(backend, name) for name in backend.__all__}


def parameters(function):
    return [(parameter.name, parameter.kind, parameter.default)
            for parameter in inspect.signature(function).parameters.values()]


# Names --------------------------------------------------------------------

def test_names_of_the_book_are_there(backend):
    assert set(backend.__all__) >= BOOK
    assert len(set(backend.__all__)) == len(backend.__all__)


ONLY_TORCH = {'HuggingFaceDataset'}  # as transformers is PyTorch's


def test_same_names(torch_backend, mxnet_backend):
    assert set(torch_backend.__all__) == {
        *mxnet_backend.__all__, *ONLY_TORCH}


def test_same_signatures(torch_backend, mxnet_backend):
    theirs = public(mxnet_backend)
    for name, ours in public(torch_backend).items():
        if name in ONLY_TORCH:
            continue
        assert callable(ours) == callable(theirs[name]), name
        if callable(ours):
            assert parameters(ours) == parameters(theirs[name]), name


def test_same_methods(torch_backend, mxnet_backend):
    def methods(backend):
        return {(name, method): parameters(function)
                for name, cls in public(backend).items()
                if inspect.isclass(cls) and name not in ONLY_TORCH
                for method, function in vars(cls).items()
                if inspect.isfunction(function)
                and method not in ('__getitem__', '__getitems__')}
    assert methods(torch_backend) == methods(mxnet_backend)


def test_names_without_a_framework_are_the_same_objects(torch_backend,
                                                        mxnet_backend):
    for name in BOOK - {'_WikiTextDataset', '_pad_bert_inputs',
                        'load_data_wiki'}:
        assert getattr(torch_backend, name) is getattr(mxnet_backend, name)


def test_the_book_calls_with_these_arguments(backend):
    def names(function):
        return [name for name, _, _ in parameters(function)]
    d2l = backend
    assert names(d2l.load_data_wiki)[:2] == ['batch_size', 'max_len']
    assert names(d2l._WikiTextDataset)[:2] == ['paragraphs', 'max_len']
    assert names(d2l._pad_bert_inputs)[:3] == ['examples', 'max_len', 'vocab']
    assert names(d2l._read_wiki)[0] == 'data_dir'
    assert names(d2l._get_next_sentence)[:3] == ['sentence', 'next_sentence',
                                                 'paragraphs']
    assert names(d2l._get_nsp_data_from_paragraph)[:4] == [
        'paragraph', 'paragraphs', 'vocab', 'max_len']
    assert names(d2l._replace_mlm_tokens)[:4] == [
        'tokens', 'candidate_pred_positions', 'num_mlm_preds', 'vocab']
    assert names(d2l._get_mlm_data_from_tokens)[:2] == ['tokens', 'vocab']
    assert names(d2l.get_tokens_and_segments)[:2] == ['tokens_a', 'tokens_b']
    assert names(d2l.tokenize) == ['lines', 'token']
    assert names(d2l.Vocab) == ['tokens', 'min_freq', 'reserved_tokens']
    assert names(d2l.download_extract) == ['name', 'folder']
    assert names(d2l.download)[:3] == ['url', 'folder', 'sha1_hash']
    assert d2l.get_dataloader_workers() == 0


# The book's own line ------------------------------------------------------

def book_loader(backend, dataset, **options):
    """What section 15.9 writes: DataLoader(train_set, batch_size, ...)."""
    if 'torch' in backend.__name__:
        from torch.utils.data import DataLoader
    else:
        from mxnet.gluon.data import DataLoader
    return DataLoader(dataset, 50, **options)


@EITHER
@pytest.mark.parametrize('num_workers', [0, 2])
def test_the_books_line_gives_the_examples(backend, dynamic_masking,
                                           num_workers, rows):
    dataset = backend._WikiTextDataset(
        PARAGRAPHS, 32, rng=random.Random(5), dynamic_masking=dynamic_masking)
    batches = [Columns(*batch) for batch in book_loader(
        backend, dataset, shuffle=False, num_workers=num_workers)]
    assert len(batches) == -(-len(dataset) // 50)
    assert rows(*batches) == rows(dataset[:])
    for found, expected in zip(batches[0], dataset[:50]):
        assert type(found) is type(expected)
        assert found.dtype == expected.dtype
    shuffled = [Columns(*batch) for batch in book_loader(
        backend, dataset, shuffle=True, num_workers=num_workers)]
    assert rows(*shuffled) != rows(dataset[:])
    assert sorted(rows(*shuffled)) == sorted(rows(dataset[:]))


def test_torchs_other_datasets_work_on_ours(torch_backend, rows):
    """They ask for a batch, or for one example after the other."""
    from torch.utils.data import ConcatDataset, DataLoader, Subset
    dataset = torch_backend._WikiTextDataset(PARAGRAPHS, 32)
    for other, expected in (
            (Subset(dataset, [3, 1, 4]), dataset[[3, 1, 4]]),
            (ConcatDataset([dataset, dataset]), dataset[[0, 1, 2]])):
        batch = next(iter(DataLoader(other, 3)))
        assert rows(batch) == rows(expected)


# Datasets -----------------------------------------------------------------

@EITHER
def test_dataset_is_the_cores_examples(backend, dynamic_masking, assert_same):
    options = {'dynamic_masking': dynamic_masking, 'min_freq': 2}
    dataset = backend._WikiTextDataset(PARAGRAPHS, 32, rng=random.Random(5),
                                       **options)
    examples = make_examples(PARAGRAPHS, 32, rng=random.Random(5), **options)
    assert len(dataset) == len(examples)
    assert dataset.vocab.idx_to_token == examples.vocab.idx_to_token
    assert_same(dataset[:], examples[:])
    assert_same(dataset[7], examples[7])
    assert_same(dataset[[7, -1]], examples[[7, -1]])
    assert_same(dataset[2:5], examples[2:5])


@EITHER
def test_dataset_ends(backend, dynamic_masking):
    dataset = backend._WikiTextDataset(PARAGRAPHS, 32,
                                       dynamic_masking=dynamic_masking)
    with pytest.raises(IndexError):
        dataset[len(dataset)]
    assert sum(1 for _ in dataset) == len(dataset)


@EITHER
def test_dataset_pickles(backend, dynamic_masking, assert_same):
    dataset = backend._WikiTextDataset(PARAGRAPHS, 32, min_freq=0,
                                       dynamic_masking=dynamic_masking)
    copied = pickle.loads(pickle.dumps(dataset))
    assert_same(copied[:], dataset[:])
    assert copied.vocab.idx_to_token == dataset.vocab.idx_to_token


def test_batches_know_their_words(backend):
    dataset = backend._WikiTextDataset(PARAGRAPHS, 32)
    assert dataset[0].vocab is dataset[:2].vocab is dataset.vocab


# Loaders ------------------------------------------------------------------

def test_every_example_once_and_the_short_batch_last(backend, rows):
    examples = core_examples()
    whole, rest = divmod(len(examples), 50)
    assert whole and rest  # or the test says nothing
    loader = load(backend)
    batches = list(loader)
    assert [len(batch.token_ids) for batch in batches] == (
        [50] * whole + [rest])
    assert len(loader) == whole + 1
    assert sorted(rows(*batches)) == sorted(rows(examples[:]))


def test_batches_are_shuffled_anew_in_every_epoch(backend, rows):
    loader = load(backend)
    first, second = rows(*loader), rows(*loader)
    in_order = rows(core_examples()[:])
    assert first != second and in_order not in (first, second)
    assert sorted(first) == sorted(second)


def test_epochs_of_a_loader_begin_at_zero(backend, rows):
    loader = load(backend, dynamic_masking=True)
    examples = core_examples(dynamic_masking=True)
    for epoch in range(3):
        assert sorted(rows(*loader)) == sorted(rows(examples[epoch, :]))


def test_same_seed_same_batches(backend, rows):
    options = {'dynamic_masking': True}
    first, second = load(backend, **options), load(backend, **options)
    for _ in range(2):
        assert rows(*first) == rows(*second)
    assert rows(*load(backend, seed=4)) != rows(*load(backend))


def test_seed_leaves_global_generators_alone(backend):
    before = random.getstate(), np.random.get_state()[1].tolist()
    for _ in load(backend):
        pass
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before


@EITHER
@pytest.mark.filterwarnings('ignore:.*fork')
@pytest.mark.parametrize('rng', ['book', 'keyed'])
def test_forked_workers_change_nothing(backend, rng, dynamic_masking, rows):
    options = {'rng': rng, 'dynamic_masking': dynamic_masking}
    alone = load(backend, **options)
    helped = load(backend, num_workers=2, **options)
    for _ in range(2):
        assert rows(*helped) == rows(*alone)


def test_keyed_batches_are_the_same_in_both_frameworks(
        torch_backend, mxnet_backend, assert_same):
    options = {'rng': 'keyed', 'dynamic_masking': True}
    loaders = [load(d2l, **options) for d2l in (torch_backend, mxnet_backend)]
    examples = load_examples(32, corpus='tiny', seed=3, **options)
    for epoch in (0, 1):
        order = keyed_permutation(3, ORDER, epoch, len(examples))
        batches = list(zip(*loaders))
        assert len(batches) == -(-len(examples) // 50)
        for i, both in enumerate(batches):
            expected = examples[epoch, order[50 * i:50 * (i + 1)]]
            for batch in both:
                assert_same(batch, expected)


def test_keyed_reviews(backend, rows):
    text = 'The sea rose high. It fell again. The moon pulls it. So it goes.'
    first, again, other = (
        rows(next(iter(backend.load_data_imdb(
            4, reviews=[text] * 9, seed=seed, rng='keyed')[0])))
        for seed in (1, 1, 2))
    assert first == again != other


SPAWNED = '''
import hashlib
import multiprocessing
import numpy as np
from d2l_bert import {name} as d2l

def digest(workers):
    loader, _ = d2l.load_data_wiki(50, 32, corpus='tiny', seed=3,
                                   num_workers=workers, dynamic_masking=True)
    found = hashlib.sha256()
    for _ in range(2):
        for batch in loader:
            for column in batch:
                column = getattr(column, 'asnumpy', lambda: column)()
                found.update(np.ascontiguousarray(column).tobytes())
    return found.hexdigest()

if __name__ == '__main__':
    multiprocessing.set_start_method('spawn')
    print(multiprocessing.get_start_method(), digest(0) == digest(2))
'''


@pytest.mark.slow
def test_spawned_workers_change_nothing(backend, run_python):
    name = backend.__name__.rpartition('.')[2]
    assert run_python(SPAWNED.format(name=name)) == 'spawn True\n'


@pytest.mark.parametrize('options, message', [
    ({'batch_size': 0}, 'batch_size must be a whole number of at least 1, '
     'not 0'),
    ({'batch_size': 2.5}, 'batch_size must be a whole number .* not 2.5'),
    ({'num_workers': -1}, 'num_workers must be a whole number of at least 0'),
])
def test_bad_loader_options(backend, options, message):
    with pytest.raises(ValueError, match=message):
        load(backend, **options)


def test_unknown_corpus_reaches_the_student(backend):
    with pytest.raises(FileNotFoundError,
                       match="corpus 'wikitext-3' is not there"):
        backend.load_data_wiki(8, 32, corpus='wikitext-3')


def test_make_loader_takes_any_dataset(backend, rows):
    dataset = backend._WikiTextDataset(PARAGRAPHS, 32)
    loader = backend.make_loader(dataset, 64, seed=1)
    assert loader.dataset is dataset
    assert sorted(rows(*loader)) == sorted(rows(dataset[:]))


def test_no_seed_follows_torch(torch_backend, rows):
    import torch
    dataset = torch_backend._WikiTextDataset(PARAGRAPHS, 32)
    plain = torch.utils.data.DataLoader(dataset, 50, shuffle=True)
    ours = torch_backend.make_loader(dataset, 50)
    torch.manual_seed(3)
    expected = [rows(*map(tuple_to_columns(dataset), plain))
                for _ in range(2)]
    torch.manual_seed(3)
    assert [rows(*ours) for _ in range(2)] == expected


def tuple_to_columns(dataset):
    """PyTorch's own collation may give Columns or a list of columns."""
    return type(dataset[0])._make


def test_no_seed_follows_numpy_in_mxnet(mxnet_backend, rows):
    dataset = mxnet_backend._WikiTextDataset(PARAGRAPHS, 32)
    loader = mxnet_backend.make_loader(dataset, 50)
    found = []
    for seed in 3, 3, 4:
        np.random.seed(seed)
        found.append([rows(*loader) for _ in range(2)])
    assert found[0] == found[1] != found[2]


def test_no_seed_follows_random(backend, assert_same):
    datasets = []
    for _ in range(2):
        random.seed(9)
        datasets.append(load(backend, seed=None).dataset)
    assert_same(datasets[0][:], datasets[1][:])
    assert_same(datasets[0][:], core_examples(9)[:])


# PyTorch's and Gluon's own tools ------------------------------------------

def test_plain_torch_loader(torch_backend, assert_same):
    import torch
    dataset = torch_backend._WikiTextDataset(PARAGRAPHS, 32)
    batch = next(iter(torch.utils.data.DataLoader(dataset, 4)))
    assert len(batch) == 7
    assert_same(tuple_to_columns(dataset)(batch), dataset[:4])


def test_torch_collates_single_examples(torch_backend, assert_same):
    from torch.utils.data import default_collate
    dataset = torch_backend._WikiTextDataset(PARAGRAPHS, 32)
    batch = default_collate([dataset[5], dataset[2]])
    assert_same(tuple_to_columns(dataset)(batch), dataset[[5, 2]])


@EITHER
def test_torch_random_split(torch_backend, dynamic_masking, rows):
    import torch
    dataset = torch_backend._WikiTextDataset(
        PARAGRAPHS, 32, dynamic_masking=dynamic_masking)
    parts = torch.utils.data.random_split(dataset, [0.75, 0.25])
    found = []
    for part in parts:
        assert len(part[0]) == 7
        loader = torch.utils.data.DataLoader(part, 16)
        found += rows(*map(tuple_to_columns(dataset), loader))
    assert sorted(found) == sorted(rows(dataset[:]))


def test_plain_gluon_loader(mxnet_backend, assert_same):
    from d2l_bert.mxnet_backend.compat import mxnet
    dataset = mxnet_backend._WikiTextDataset(PARAGRAPHS, 32)
    batch = next(iter(mxnet.gluon.data.DataLoader(dataset, 4)))
    assert_same(tuple_to_columns(dataset)(batch), dataset[:4])


# A reader of the book -----------------------------------------------------

def books_cells(d2l, stack):
    """Section 15.9, as a reader re-defines it on top of `d2l`."""
    d2l.DATA_HUB['wikitext-2'] = (
        'https://s3.amazonaws.com/research.metamind.io/wikitext/'
        'wikitext-2-v1.zip', '3c914d17d80b1459be871a5039ac23e752a53cbe')

    def own_examples(paragraphs, vocab, max_len):
        pairs = []
        for paragraph in paragraphs:
            pairs += d2l._get_nsp_data_from_paragraph(paragraph, paragraphs,
                                                      vocab, max_len)
        return [(*d2l._get_mlm_data_from_tokens(tokens, vocab), segments,
                 is_next) for tokens, segments, is_next in pairs]

    class OwnDataset:
        def __init__(self, paragraphs, max_len):
            paragraphs = [d2l.tokenize(paragraph, token='word')
                          for paragraph in paragraphs]
            sentences = [sentence for paragraph in paragraphs
                         for sentence in paragraph]
            self.vocab = d2l.Vocab(sentences, min_freq=5, reserved_tokens=[
                '<pad>', '<mask>', '<cls>', '<sep>'])
            self.columns = d2l._pad_bert_inputs(
                own_examples(paragraphs, self.vocab, max_len), max_len,
                self.vocab)

        def __getitem__(self, idx):
            return tuple(column[idx] for column in self.columns)

        def __len__(self):
            return len(self.columns[0])

    assert d2l.get_tokens_and_segments(['a'], ['b'])[1] == [0, 0, 0, 1, 1]
    data_dir = d2l.download_extract('wikitext-2', 'wikitext-2')
    dataset = OwnDataset(d2l._read_wiki(data_dir), 64)
    return dataset, stack(dataset, 64, shuffle=True,
                          num_workers=d2l.get_dataloader_workers())


def test_the_books_cells(backend, tmp_path, monkeypatch, assert_same):
    from d2l_bert.core.files import TINYWIKI_DIR
    monkeypatch.setitem(backend.DATA_HUB, 'wikitext-2',
                        backend.DATA_HUB['wikitext-2'])
    monkeypatch.setenv('D2L_BERT_DATA', str(tmp_path))
    (tmp_path / 'wikitext-2').symlink_to(TINYWIKI_DIR)
    if 'torch' in backend.__name__:
        from torch.utils.data import DataLoader
    else:
        from d2l_bert.mxnet_backend.compat import mxnet
        DataLoader = mxnet.gluon.data.DataLoader
    random.seed(6)
    dataset, train_iter = books_cells(backend, DataLoader)
    assert sum(len(batch[0]) for batch in train_iter) == len(dataset)
    # Piece by piece or as a whole: the same examples.
    random.seed(6)
    examples = make_examples(load_paragraphs('tiny'), 64)
    assert_same(type(examples[0])(*dataset.columns), examples[:])


def test_pieces_of_the_book_make_the_books_wikitext(backend, wikitext,
                                                    monkeypatch):
    monkeypatch.setenv('D2L_BERT_DATA', str(wikitext.parent))
    folder = backend.download_extract('wikitext-2', 'wikitext-2')
    assert folder == str(wikitext)
    assert len(backend._read_wiki(folder)) == 15496


def test_the_dataset_has_its_columns_under_the_books_names(backend, to_numpy):
    dataset = backend._WikiTextDataset([['the sea rose', 'it fell .']] * 3,
                                       12)
    names = ['all_token_ids', 'all_segments', 'valid_lens',
             'all_pred_positions', 'all_mlm_weights', 'all_mlm_labels',
             'nsp_labels']
    found = to_numpy([getattr(dataset, name) for name in names])
    for column, expected in zip(found, to_numpy(dataset[:])):
        assert column.dtype == expected.dtype
        assert column.tolist() == expected.tolist()
    with pytest.raises(AttributeError, match="has no 'all_tokens'"):
        assert dataset.all_tokens
