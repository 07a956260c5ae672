"""SpanBERT's examples: documents, runs of sentences, hidden spans."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2l_bert.core import (
    Keyed, Vocab, WordPiece, columns_text, make_examples)
from d2l_bert.core.files import TINYWIKI_DIR
from d2l_bert.core.objectives.spanbert import (
    load_spanbert_splits, make_spanbert_examples, pack)
from d2l_bert.core.objectives.spans import (
    Span, choose_spans, find_words, get_span_budget, hide_spans, limits_of,
    span_length_probs)
from d2l_bert.core.text.documents import (
    load_document_splits, read_documents, split_documents)
from d2l_bert.core.text.sentences import one_a_line
from d2l_bert.core.tokens.wordpiece import SPELLING

TINY = read_documents([TINYWIKI_DIR / 'wiki.train.tokens'])
SPECIAL = ['<cls>', '<sep>', '<pad>', '<mask>']


def tiny(max_len=64, **options):
    return make_spanbert_examples(TINY, max_len, **options)


# Documents ----------------------------------------------------------------

@pytest.mark.parametrize('lines, documents', [
    ([], []), ([' = Tides = '], []), (['', ' ', '\n'], []),
    ([' It fell . \n'], [['it fell .']]),
    ([' A . B . \n', ' C . \n'], [['a', 'b .', 'c .']]),
    (['', ' = A = ', '', 'a .', ' = = B = = ', 'b . c', '', ' = D = ', '',
      'd'], [['a .', 'b', 'c'], ['d']]),
    # What explains a table looks like a title, but for the blank lines.
    (['a .', ' = Played , W = ', 'b .'], [['a .', 'b .']])])
def test_documents_by_hand(lines, documents):
    assert split_documents(lines) == documents


def test_other_ways_of_reading():
    for lines in ('lines', one_a_line):
        assert split_documents(['A b.', 'C.', '', 'D.'], lines,
                               lowercase=False) == [['A b.', 'C.'], ['D.']]
    assert split_documents(['a-b'], lambda line: line.split('-')) == [
        ['a', 'b']]


def test_punkt_learns_from_all_files_together(nltk, tmp_path):
    """The second file alone does not tell that 'dr' is an abbreviation."""
    (tmp_path / 'a.txt').write_text('Dr. Lee saw Dr. Hay. He left Dr. Ames. '
                                    'It rose. Dr. Reed and Dr. Fox fell.\n'
                                    * 5)
    (tmp_path / 'b.txt').write_text('She met Dr. Lee.\n')
    files = [tmp_path / 'a.txt', tmp_path / 'b.txt']
    assert read_documents(files, 'nltk')[-1] == ['she met dr. lee.']
    assert read_documents(files[1:], 'nltk') == [['she met dr.', 'lee.']]


def test_articles_of_wikitext(wikitext, tmp_path):
    files = [wikitext / 'wiki.train.tokens', wikitext / 'wiki.valid.tokens']
    assert [len(read_documents([file])) for file in files] == [600, 60]
    assert len(read_documents(files)) == 660
    (tmp_path / 'empty.txt').write_text(' = Tides = \n')
    with pytest.raises(ValueError, match='empty.txt is empty'):
        read_documents([tmp_path / 'empty.txt'])


def test_splits(tmp_path):
    train, held_out = load_document_splits('tiny')
    assert (len(train), len(held_out)) == (64, 8)
    assert held_out == TINY[::10]
    text = tmp_path / 'one.txt'
    text.write_text(' . '.join(f'sentence {i}' for i in range(30)))
    [train], [held_out] = load_document_splits(text)
    assert train[-1] == 'sentence 26' and held_out[-1] == 'sentence 29'
    assert load_document_splits(text, valid=[text])[1] == [train + held_out]
    text.write_text('one alone')
    with pytest.raises(ValueError, match='one.txt has one sentence, which'):
        load_document_splits(text)


def test_wikitext_has_a_split(wikitext):
    train, valid = load_document_splits('wikitext-2', wikitext.parent)
    assert (len(train), len(valid)) == (600, 60)


def test_splits_share_their_words():
    train, valid = load_spanbert_splits(32, corpus='tiny', seed=2,
                                        scheme='word')
    assert train.dynamic_masking and not valid.dynamic_masking
    assert valid.vocab is train.vocab and train.seed == valid.seed == 2
    for options, message in (({'scheme': 'x'}, 'scheme must be one of'),
                             ({'max_len': 2}, 'max_len must be'),
                             ({'seed': -1}, 'seed must be')):
        with pytest.raises(ValueError, match=message):  # before it is read
            load_spanbert_splits(**{'max_len': 32, 'corpus': 'no/such',
                                    **options})
    with pytest.raises(TypeError, match="argument 'schemes'; the options ar"):
        load_spanbert_splits(32, corpus='no/such', schemes='word')


# Runs ---------------------------------------------------------------------

@given(st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=5),
       st.integers(1, 12))
def test_runs_lose_no_token(documents, most):
    lens = [length for document in documents for length in document]
    borders = np.cumsum([0, *map(len, documents)]).tolist()
    ends = np.cumsum([0, *lens]).tolist()
    runs = list(pack(lens, borders, most))
    assert [place for run in runs for place in range(*run)] == [
        *range(ends[-1])]
    for start, end in runs:
        assert 0 < end - start <= most
        # It is within one document.
        assert sum(ends[a] <= start and end <= ends[b]
                   for a, b in zip(borders, borders[1:]) if a < b) == 1
        # A run ends with a sentence, unless that is longer than a run.
        if end not in ends:
            assert end - start == most
    for _, end in runs[:-1]:
        # The next sentence of a document would not have fitted.
        if end in ends and end not in [ends[b] for b in borders]:
            sentence = ends.index(end)
            start = next(s for s, e in runs if e == end)
            while ends[sentence + 1] == end:
                sentence += 1  # sentences without tokens
            assert ends[sentence + 1] - start > most


def test_single_by_hand():
    examples = make_spanbert_examples(
        [['a b', 'c', 'd e f g h'], ['i']], 6, min_freq=1,
        mlm_probs=(0, 0, 1))
    words = [' '.join(examples.vocab.to_tokens(row))
             for row in examples.columns.token_ids.tolist()]
    assert words == ['<cls> a b c <sep> <pad>', '<cls> d e f g <sep>',
                     '<cls> h <sep> <pad> <pad> <pad>',
                     '<cls> i <sep> <pad> <pad> <pad>']
    assert not examples.columns.segments.any()
    assert examples.columns.valid_lens.tolist() == [5, 6, 3, 3]
    assert examples.layout == 'single'
    assert examples.numbers.tolist() == [0, 3, 7, 8]
    assert examples.columns.loss_weights() == {'mlm': 4, 'sbo': 4}


def test_pairs_are_those_of_bert():
    spans = tiny(32, packing='pair', seed=5, mlm_probs=(0, 0, 1))
    bert = make_examples(TINY, 32, rng=Keyed(5), mlm_probs=(0, 0, 1))
    for name in ('token_ids', 'segments', 'valid_lens', 'nsp_labels'):
        np.testing.assert_array_equal(getattr(spans.columns, name),
                                      getattr(bert.columns, name))
    assert spans.layout == 'pair' and (spans.numbers == bert.numbers).all()
    assert set(spans.columns.loss_weights()) == {'mlm', 'sbo', 'nsp'}


# Masks --------------------------------------------------------------------

@pytest.mark.parametrize('packing', ['single', 'pair'])
@pytest.mark.parametrize('scheme, probs', [
    ('span', span_length_probs()), ('word', [1.0]), ('subword', [1.0])])
def test_the_rule_for_one_example(packing, scheme, probs):
    options = {'packing': packing, 'scheme': scheme, 'seed': 3}
    hidden = tiny(**options)
    plain = tiny(**options, mlm_probs=(0, 0, 1)).columns.token_ids
    vocab = hidden.vocab
    counts = np.array([sum(sentence.split().count(word) for document in TINY
                           for sentence in document)
                       if word not in (*SPECIAL, '<unk>') else 0
                       for word in vocab.idx_to_token])
    words = np.flatnonzero(counts)
    limits = limits_of(counts[words] / counts.sum())
    for epoch in (0, 2):
        columns = hidden[epoch, :]
        for i in (0, 1, 7, len(hidden) - 1):
            n = int(columns.valid_lens[i])
            tokens = vocab.to_tokens(plain[i, :n].tolist())
            key = 3, epoch, int(hidden.numbers[i])
            chosen = choose_spans(find_words(tokens, SPECIAL),
                                  get_span_budget(n), probs, *key)
            new, found = hide_spans(
                plain[i, :n].tolist(), chosen, vocab['<mask>'],
                words.tolist(), limits, (0.8, 0.1, 0.1), *key)
            assert columns.token_ids[i, :n].tolist() == new
            predicted = columns.mlm_weights[i] > 0
            assert found == [*zip(*(
                getattr(columns, name)[i, predicted].tolist() for name in (
                    'pred_positions', 'mlm_labels', 'span_left',
                    'span_right', 'span_offsets')))]
            assert len(found) == get_span_budget(n)


def names(tokens):
    """Each 'the' with the word after it."""
    return [(i, i + 2) for i, token in enumerate(tokens[:-1])
            if token == 'the']


def test_entities_in_pairs_by_the_rule():
    options = {'packing': 'pair', 'seed': 3}
    examples = tiny(scheme='entity', named_spans=names, **options)
    plain = tiny(**options, mlm_probs=(0, 0, 1)).columns.token_ids
    columns, taken = examples[1, :], 0
    for i in range(len(examples)):
        n = int(columns.valid_lens[i])
        tokens = examples.vocab.to_tokens(plain[i, :n].tolist())
        named = [Span(*span) for span in names(tokens)
                 if tokens[span[1] - 1] != '<sep>']  # not over the end
        chosen = choose_spans(
            find_words(tokens, SPECIAL), get_span_budget(n),
            span_length_probs(), 3, 1, int(examples.numbers[i]), named)
        hidden = columns.mlm_weights[i] > 0
        assert sorted({*zip((columns.span_left[i, hidden] + 1).tolist(),
                            columns.span_right[i, hidden].tolist())}
                      ) == sorted(chosen)
        taken += bool({*chosen} & {*named})
    assert taken > len(examples) / 4


def test_entities_in_runs_by_hand():
    """In 200 examples of one run, two sentences in a row, the name of the
    second is hidden as a whole for about half of the first spans; no span
    begins with 'the' at the end of the first and goes on."""
    examples = make_spanbert_examples(
        [['a b the', 'c the sea']] * 200, 12, min_freq=1, mlm_ratio=0.25,
        scheme='entity', named_spans=names, p=0.999999)  # else single words
    columns = examples.columns
    assert columns.valid_lens.tolist() == [8] * 200  # 2 tokens are hidden
    lefts, rights = columns.span_left[:, :2], columns.span_right[:, :2]
    pairs = (rights - lefts == 3).all(axis=1)
    # 5 sqrt(200 / 4) = 35
    assert abs(pairs.sum() - 100) < 36
    assert (lefts[pairs] == 4).all()


def test_entities_are_found_in_whole_words():
    """The finder sees 'running', and its two pieces are hidden together."""
    wordpiece = WordPiece([*SPELLING.values(), 'the', 'sea', 'is', 'run',
                           '##ning', '.'])
    seen = []

    def finder(words):
        seen.append(words)
        return [(words.index('running'), words.index('running') + 1)]

    examples = make_spanbert_examples(
        [['the sea is running .'] * 2] * 50, 16, tokenizer=wordpiece,
        scheme='entity', named_spans=finder, mlm_ratio=0.2)
    assert seen[0] == ['the', 'sea', 'is', 'running', '.']
    columns, run = examples.columns, wordpiece.vocab['run']
    # Of 14 tokens 2 are hidden: for half of the examples one of the two
    # entities, and else 'run' is hidden at times, but never alone.
    whole = (columns.mlm_labels[:, :2] == [run, run + 1]).all(axis=1)
    assert whole.sum() > 15
    assert ((columns.mlm_labels == run).any(axis=1) <= whole).all()


def test_no_entity_at_all():
    plain, entity = (tiny(scheme=scheme, **options) for scheme, options in (
        ('span', {}), ('entity', {'named_spans': lambda tokens: []})))
    for one, other in zip(plain[1, :], entity[1, :]):
        np.testing.assert_array_equal(one, other)


def test_a_pipeline_of_spacy(spacy, tmp_path):
    nlp = spacy.blank('en')
    nlp.add_pipe('entity_ruler').add_patterns(
        [{'label': 'GPE', 'pattern': 'new york'}])
    nlp.to_disk(tmp_path / 'ruler')
    text = [['he left new york today', 'so it was'], ['new york sleeps']]
    examples = make_spanbert_examples(
        text * 40, 16, min_freq=1, scheme='entity', mlm_ratio=0.3,
        named_spans=str(tmp_path / 'ruler'), mlm_probs=(1, 0, 0))
    spans = {tuple(pair) for pair in np.stack([
        examples.columns.span_left, examples.columns.span_right],
        axis=-1)[examples.columns.mlm_weights > 0].tolist()}
    assert (2, 5) in spans  # new york in the first, after '<cls> he left'
    nlp = spacy.blank('en')
    nlp.to_disk(tmp_path / 'blank')
    for scheme, what in (('entity', 'entities'), ('phrase', 'noun phrases')):
        with pytest.raises(ValueError, match=f'does not look for {what}'):
            make_spanbert_examples(text, 16, min_freq=1, scheme=scheme,
                               named_spans=str(tmp_path / 'blank'))


@pytest.mark.parametrize('options, error, message', [
    ({'scheme': 'entity'}, ValueError, "scheme 'entity' needs named_spans: a "
     'spaCy pipeline that finds entities'),
    ({'scheme': 'phrase'}, ValueError, 'finds noun phrases'),
    ({'scheme': 'span', 'named_spans': names}, ValueError,
     "named_spans is for the schemes entity and phrase, not 'span'"),
    ({'scheme': 'entity', 'named_spans': 3}, TypeError, 'not the int 3'),
    ({'scheme': 'entity', 'named_spans': lambda tokens: None}, TypeError,
     'named_spans gave None for sentence 0; it must return pairs'),
    ({'scheme': 'entity', 'named_spans': lambda tokens: [1, 2]}, TypeError,
     'named_spans gave the list'),
    ({'scheme': 'entity', 'named_spans': lambda tokens: [(2, 2)]}, ValueError,
     r'named_spans gave \(2, 2\) for sentence 0, which has \d+ tokens'),
    ({'scheme': 'entity', 'named_spans': 'xx_none_sm'}, ValueError,
     "pipeline 'xx_none_sm' is not installed; try python -m spacy download")])
def test_entities_that_cannot_be_found(options, error, message, spacy):
    with pytest.raises(error, match=message):
        tiny(**options)


def test_masks_do_not_depend_on_the_batch():
    examples = tiny()
    whole = examples[3, :]
    order = np.random.default_rng(0).permutation(len(examples))
    for rows in (order[:5], order[5:50], [7]):
        for one, other in zip(examples[3, rows], whole):
            np.testing.assert_array_equal(one, other[rows])
    again = pickle.loads(pickle.dumps(examples))
    assert (again[3, :].token_ids == whole.token_ids).all()
    assert (examples[4, :].token_ids != whole.token_ids).any()
    static = tiny(dynamic_masking=False)
    for one, other in zip(static.columns, examples.columns):
        np.testing.assert_array_equal(one, other)


def test_each_span_has_one_fate():
    """Of n spans 0.8 n are masked, within 5 sqrt(0.16 n), and 0.1 n each
    are random or stay, within 5 sqrt(0.09 n). All tokens of a span share
    it; a random word may be the true one by chance."""
    examples = tiny(seed=1)
    mask, fates = examples.vocab['<mask>'], []
    for epoch in range(30):
        columns = examples[epoch, :]
        rows, places = columns.mlm_weights.nonzero()
        new = columns.token_ids[rows, columns.pred_positions[rows, places]]
        true = columns.mlm_labels[rows, places]
        key = rows * 1000 + columns.span_left[rows, places]
        starts = np.flatnonzero(np.diff(key, prepend=-1))
        masked = np.add.reduceat(new == mask, starts)
        kept = np.add.reduceat(new == true, starts)
        sizes = np.diff([*starts, len(key)])
        assert ((masked == 0) | (masked == sizes)).all()
        fates += [*zip(masked == sizes, kept == sizes)]
    masked, kept = np.array(fates).mean(axis=0)
    n = len(fates)
    assert n > 10_000
    assert abs(masked - 0.8) < 5 * (0.16 / n) ** 0.5
    # With a long tail of words a random one is seldom the true one.
    assert abs(kept - 0.1) < 5 * (0.09 / n) ** 0.5 + 0.004


@pytest.mark.parametrize('random_words', ['unigram', 'uniform'])
def test_random_words(random_words):
    """The count of a word of probability p among n draws is within
    5 sqrt(n p (1 - p)) of n p."""
    examples = tiny(seed=1, random_words=random_words,
                    mlm_probs=(0, 1, 0))
    drawn = np.concatenate([
        np.take_along_axis(columns.token_ids, columns.pred_positions, 1)[
            columns.mlm_weights > 0]
        for columns in (examples[epoch, :] for epoch in range(30))])
    words = [token for token in examples.vocab.idx_to_token
             if token not in (*SPECIAL, '<unk>')]
    counts = dict.fromkeys(words, 1)
    if random_words == 'unigram':
        text = [word for document in TINY for sentence in document
                for word in sentence.split()]
        counts = {word: text.count(word) for word in ('the', '.', 'sea')}
        total = sum(word in examples.vocab for word in text)
    else:
        total = len(words)
    n = len(drawn)
    assert n > 30_000
    assert not {*examples.vocab.to_tokens(np.unique(drawn).tolist())} & {
        *SPECIAL, '<unk>'}
    for word in ('the', '.', 'sea'):
        p = counts[word] / total
        found = (drawn == examples.vocab[word]).sum()
        assert abs(found - n * p) < 5 * (n * p * (1 - p)) ** 0.5, word


def test_pieces_stay_together():
    """A word of four pieces is longer than the budget of 1, and the columns
    have room for it."""
    vocab = Vocab.of_tokens(['<pad>', '<mask>', '<cls>', '<sep>', '<unk>',
                             'a', '##b', '##c', '##d'])
    examples = make_spanbert_examples([['a ##b ##c ##d']] * 3, 8, vocab=vocab,
                                  mlm_probs=(1, 0, 0))
    assert examples.columns.pred_positions.tolist() == [[1, 2, 3, 4]] * 3
    assert examples.columns.span_offsets.tolist() == [[1, 2, 3, 4]] * 3
    assert examples.columns.span_right.tolist() == [[5] * 4] * 3
    single = make_spanbert_examples([['a ##b ##c ##d']] * 3, 8, vocab=vocab,
                                scheme='subword')
    assert single.columns.mlm_weights.sum(axis=1).tolist() == [1, 1, 1]


# Edges and mistakes -------------------------------------------------------

def test_the_smallest_examples():
    examples = make_spanbert_examples([[], ['a', 'b c d e'], ['']], 4,
                                      min_freq=1)
    assert len(examples) == 3  # a | b c | d e
    assert examples.num_cut == 1
    assert examples.columns.mlm_weights.tolist() == [[1.0]] * 3


def test_a_bert_cannot_learn_from_them(backend):
    examples = tiny(32)
    net = backend.new_model(0, len(examples.vocab), 8, 16, 2, 1, 0.1, 32)
    with pytest.raises(ValueError, match=(
            'they have the losses mlm, sbo, and this one has mlm, nsp')):
        backend.pretrain(net, examples, steps=1, batch_size=8)


def test_shown_in_words():
    text = columns_text(tiny()[:1])
    assert text.startswith('example 0: one run of text, ')
    assert 'next sentence' not in text
    assert 'span_offsets' in tiny()._repr_html_()


@pytest.mark.parametrize('options, error, message', [
    ({'packing': 'triple'}, ValueError, 'packing must be one of single, pai'),
    ({'scheme': 'phrases'}, ValueError, 'scheme must be one of subword, wor'),
    ({'random_words': 'x'}, ValueError, 'random_words must be one of unigra'),
    ({'seed': -1}, ValueError, 'seed must be'),
    ({'p': 2}, ValueError, 'p must be'),
    ({'max_span': 0}, ValueError, 'max_span must be'),
    ({'max_len': 2}, ValueError, 'max_len must be'),
    ({'mlm_ratio': 0}, ValueError, 'mlm_ratio must be'),
    ({'documents': 'text'}, TypeError, 'documents must be'),
    ({'documents': ['text']}, TypeError, 'document 0 is a string; a docum'),
    ({'documents': [['a', 3]]}, TypeError, 'document 0 holds the int 3'),
    ({'documents': [[], ['', ' ']]}, ValueError, 'have no token to learn'),
    ({'documents': []}, ValueError, 'have no token to learn from'),
    ({'documents': [['a']], 'packing': 'pair'}, ValueError, 'two sentences'),
    ({'min_freq': 10 ** 9}, ValueError, 'there is no random word to draw')])
def test_mistakes(options, error, message):
    with pytest.raises(error, match=message):
        make_spanbert_examples(**{'documents': TINY, 'max_len': 32, **options})
