"""A WordPiece wherever a tokenizer can be chosen, and in a model file."""

import pickle
import random
import re
import warnings

import numpy as np
import pytest

from d2l_bert.core import (
    Keyed, Question, Vocab, WordPiece, cased, columns_text, count_words,
    get_mlm_data_from_tokens, get_tokens_and_segments, load_examples,
    load_model, load_paragraphs, load_spanbert_examples,
    load_spanbert_splits, load_splits, make_examples, make_qa_examples,
    make_spanbert_examples, make_tokenizer, prepare_text, replace_mlm_tokens,
    train_wordpiece)
from d2l_bert.core.models.inputs import unknown_words
from d2l_bert.core.models.use import encode, fill_mask, rank_answers
from d2l_bert.core.tokens.words import (
    describe_tokenizer, keep_case, keeps_case, restore_tokenizer)

SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
SMALL = WordPiece([*SPECIAL, 'the', 'sea', '##s', 'rose', 'it', 'fell', '.'])
TEXT = [['the seas rose', 'it fell .'], ['the sea fell', 'it rose .']] * 6
SIZES = {'num_hiddens': 8, 'ffn_num_hiddens': 16, 'num_heads': 2,
         'num_blks': 1, 'dropout': 0.1, 'max_len': 64}


def tiny(size=400, lowercase=True):
    paragraphs = load_paragraphs('tiny', rng=Keyed(0), lowercase=lowercase)
    return WordPiece(train_wordpiece(count_words(
        [sentence for paragraph in paragraphs for sentence in paragraph],
        lowercase), size), lowercase)


@pytest.fixture(scope='module')
def lower():
    return tiny()


@pytest.fixture(scope='module')
def upper():
    return tiny(lowercase=False)


@pytest.fixture
def framework(backend):
    return backend.__name__.removeprefix('d2l_bert.').removesuffix('_backend')


# Examples -----------------------------------------------------------------

def test_its_own_vocabulary_is_used():
    examples = make_examples(TEXT, 16, tokenizer=SMALL, min_freq=99,
                             rng=random.Random(0))
    assert examples.vocab is SMALL.vocab and examples.tokenizer is SMALL
    again = make_examples(TEXT, 16, tokenizer=SMALL, vocab=WordPiece(
        [*SMALL.vocab]).vocab, rng=random.Random(0))
    np.testing.assert_array_equal(examples.columns.token_ids,
                                  again.columns.token_ids)


def test_every_way_to_examples(lower, backend):
    """The pieces are the same, whoever reads the text."""
    options = {'corpus': 'tiny', 'tokenizer': lower, 'seed': 3}
    for train, *others in (
            load_splits(64, **options), [load_examples(64, **options)],
            load_spanbert_splits(64, **options),
            [load_spanbert_examples(64, packing='pair', **options)],
            [backend.load_data_wiki(8, 64, **options)[0].dataset.examples],
            [backend.load_data_spanbert(8, 64, **options)[0].dataset.examples
             ]):
        for examples in (train, *others):
            assert examples.vocab.idx_to_token == [*lower.vocab]
            assert examples.tokenizer is lower
            columns = examples.columns
            assert (columns.token_ids[:, 0] == 2).all()  # [CLS]
            ends = columns.valid_lens.astype(int) - 1
            assert (columns.token_ids[range(len(ends)), ends] == 3).all()
            unknown = (columns.token_ids == 1).mean()
            assert unknown < 0.02
    dataset = backend._WikiTextDataset(TEXT, 16, tokenizer=SMALL)
    assert dataset.vocab is SMALL.vocab


@pytest.mark.parametrize('make', [make_examples, make_spanbert_examples])
def test_another_vocabulary_is_refused(make):
    for vocab in (Vocab(['the'], 0, ['<pad>', '<mask>', '<cls>', '<sep>']),
                  WordPiece([*SMALL.vocab, 'x']).vocab):
        with pytest.raises(ValueError, match=rf'vocab, of {len(vocab)} tokens'
                           ', is not the one of the tokenizer, which has 12 '
                           'pieces of its own; leave vocab out'):
            make(TEXT, 16, tokenizer=SMALL, vocab=vocab)


def test_a_vocabulary_without_special_tokens_is_refused_before_reading():
    wordpiece = WordPiece(['[UNK]', '[PAD]', '[SEP]', 'the'])
    for load in (load_examples, load_splits, load_spanbert_examples,
                 load_spanbert_splits):
        with pytest.raises(ValueError, match=r'the tokenizer has no \[MASK\],'
                                             r' \[CLS\]; add what is missi'):
            load(64, corpus='no-such-file', tokenizer=wordpiece)


def test_the_name_alone_is_not_enough():
    with pytest.raises(ValueError, match="'wordpiece' needs a vocabulary; "
                                         'give WordPiece.from_file'):
        make_tokenizer('wordpiece')


def test_questions(lower):
    question = Question('1', 'the moon pulls the seas', 'what pulls ?',
                        ('the moon',), (0,), 'Tides')
    examples = make_qa_examples([question], 32, lower.vocab, tokenizer=lower)
    [ids], [start], [end] = (np.asarray(column) for column in (
        examples.columns.token_ids, examples.columns.answer_starts,
        examples.columns.answer_ends))
    assert lower.decode(ids[start:end + 1]) == 'the moon'
    with pytest.raises(ValueError, match='not the one of the tokenizer'):
        make_qa_examples([question], 32, SMALL.vocab, tokenizer=lower)


def test_spans_hide_whole_words(lower):
    columns = load_spanbert_examples(64, corpus='tiny', tokenizer=lower
                                     ).columns
    inside = np.array([piece.startswith('##') for piece in lower.vocab])
    hidden = np.zeros(columns.token_ids.shape, bool)
    rows, places = columns.mlm_weights.nonzero()
    hidden[rows, columns.pred_positions[rows, places]] = True
    text = columns.token_ids.copy()
    text[rows, columns.pred_positions[rows, places]] = columns.mlm_labels[
        rows, places]
    both = inside[text][:, 1:]  # a piece is hidden as the one before it
    # ... unless the word is the first of an example: its start is cut off.
    both[:, 0] = False
    assert (hidden[:, 1:] == hidden[:, :-1])[both].all() and both.any()


def test_prepared_text_has_no_pieces(tmp_path):
    with pytest.raises(ValueError, match='a WordPiece cuts them into pieces; '
                                         'choose another tokenizer'):
        prepare_text(tmp_path / 'new.txt', 'tiny', tokenizer=SMALL)
    assert not [*tmp_path.iterdir()]


def test_datasets_go_to_other_processes(lower, torch_backend):
    train_iter, _ = torch_backend.load_data_wiki(
        64, 64, corpus='tiny', tokenizer=lower, num_workers=1, seed=0)
    again = pickle.loads(pickle.dumps(train_iter.dataset.examples))
    assert again.tokenizer == lower
    assert next(iter(train_iter)).token_ids.shape == (64, 64)


# Case ---------------------------------------------------------------------

def test_case_is_that_of_the_text(lower, upper):
    examples = load_examples(64, corpus='tiny', tokenizer=upper,
                             lowercase=False)
    assert 'The' in examples.vocab and examples.tokenizer is upper
    assert not keeps_case(lower) and keeps_case(upper)
    assert cased(upper) is upper
    assert keep_case({'tokenizer': upper}, False) == {'tokenizer': upper}
    for load in (load_examples, load_splits, load_spanbert_examples,
                 load_spanbert_splits):
        for wordpiece, case in ((upper, True), (lower, False)):
            with pytest.raises(ValueError, match=(
                    f'read with lowercase={case}, but the WordPiece was made '
                    f'with lowercase={not case}; give both the same')):
                load(64, corpus='no-such-file', tokenizer=wordpiece,
                     lowercase=case)
    with pytest.raises(ValueError, match='give both the same'):
        cased(lower)


# Masking ------------------------------------------------------------------

@pytest.mark.parametrize('strict', [False, True])
def test_masks_by_the_books_rules(strict):
    """The same masks as with the book's spelling, for the same draws."""
    written = dict(zip(SPECIAL, ['<pad>', '<unk>', '<cls>', '<sep>',
                                 '<mask>']))
    book = Vocab.of_tokens([written.get(piece, piece)
                            for piece in SMALL.vocab])
    options = {'min_freq': 1, 'strict_masking': strict}

    def pieces(lines):
        return SMALL([*lines])

    for seed in range(20):
        ours = make_examples(TEXT, 16, tokenizer=SMALL, **options,
                             rng=random.Random(seed))
        plain = make_examples(TEXT, 16, tokenizer=pieces, vocab=book,
                              **options, rng=random.Random(seed))
        for one, other in zip(ours.columns, plain.columns):
            np.testing.assert_array_equal(one, other)
        tokens, _ = get_tokens_and_segments(*SMALL(TEXT[0]))
        assert get_mlm_data_from_tokens(
            tokens, SMALL.vocab, random.Random(seed), strict_masking=strict
        ) == get_mlm_data_from_tokens(
            tokens, book, random.Random(seed), strict_masking=strict)
        spelled = ['[CLS]', *tokens[1:-1], '[SEP]']
        ids, positions, _ = get_mlm_data_from_tokens(
            spelled, SMALL.vocab, random.Random(seed), strict_masking=strict)
        special = {i for i, token in enumerate(tokens) if token[0] == '<'}
        assert len(special) == 3 and not special & {*positions}
        if strict:  # else it may be drawn as a random word
            assert SMALL.vocab.unk not in ids


def test_a_token_is_replaced_by_the_mask_of_its_vocabulary():
    tokens, _ = replace_mlm_tokens(['the', 'sea'], [0, 1], 2, SMALL.vocab,
                                   mlm_probs=(1, 0, 0))
    assert tokens == ['[MASK]', '[MASK]']


def test_a_text_with_special_tokens():
    """With strict_masking they are not predicted."""
    text = [['the [MASK] rose', 'it <mask> .']] * 20
    with pytest.warns(UserWarning, match=r'the text itself holds \[MASK\], '
                                         'which BERT uses'):
        examples = make_examples(text, 16, tokenizer=SMALL, mlm_ratio=1,
                                 strict_masking=True, rng=random.Random(0))
    columns = examples.columns
    labels = columns.mlm_labels[columns.mlm_weights > 0]
    assert not {0, 2, 3, 4} & {*labels.tolist()}


def test_examples_in_words():
    examples = make_examples(TEXT, 16, tokenizer=SMALL, rng=random.Random(0))
    text = columns_text(examples[:3])
    assert '[CLS]' in text and '[SEP]' in text and '##s' in text
    assert re.search(r'\[masked:(the|sea|##s|rose|it|fell|\.)\]', text)


def test_a_vocabulary_for_another_text_is_noticed(lower):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter('always')
        make_examples([['\u6d77\u6c34 \u4e0a\u6da8', 'the']] * 3, 32,
                      tokenizer=lower)
    [message] = found
    assert message.filename == __file__
    assert str(message.message) == (
        '80% of the pieces are [UNK], so the vocabulary of the tokenizer is '
        'not for this text; train one from it, or check its language and '
        'case')
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        make_examples(TEXT, 16, tokenizer=SMALL)


# Models -------------------------------------------------------------------

def test_describe_and_restore(upper):
    for wordpiece in (SMALL, upper):
        described = describe_tokenizer(wordpiece)
        assert described == {'name': 'wordpiece', 'saved': True, 'state': {
            'lowercase': wordpiece.lowercase}}
        assert restore_tokenizer(described, wordpiece.vocab) == wordpiece
    with pytest.raises(ValueError, match='needs the vocabulary of the model'):
        restore_tokenizer(described)


@pytest.mark.parametrize('lowercase', [True, False])
def test_a_model_keeps_it(lowercase, lower, upper, backend, tmp_path):
    wordpiece = lower if lowercase else upper
    train = load_examples(64, corpus='tiny', tokenizer=wordpiece, seed=0,
                          lowercase=lowercase)
    net = backend.new_model(0, len(train.vocab), **SIZES)
    backend.pretrain(net, train, steps=1, batch_size=4,
                     folder=tmp_path / 'run')
    assert load_model(tmp_path / 'run').tokenizer == wordpiece
    loaded = backend.load_bert(tmp_path / 'run')
    assert loaded.tokenizer == wordpiece
    tokens, vectors = encode(loaded, 'The moon [MASK]', 'It rose')
    assert tokens == ['[CLS]', *wordpiece.tokenize('The moon'), '[MASK]',
                      '[SEP]', *wordpiece.tokenize('It rose'), '[SEP]']
    assert vectors.shape == (len(tokens), 8)
    guesses = fill_mask(loaded, 'the [MASK] and <mask>', k=400)
    assert len(guesses) == 2
    assert {guess.token for guess in guesses[0]} == {*wordpiece.vocab}
    ranked = rank_answers(loaded, 'The moon', ['it rose', 'It'])
    assert {answer for answer, _ in ranked} == {'it rose', 'It'}
    with pytest.raises(ValueError, match='not the one of the tokenizer'):
        fill_mask(loaded, 'the [MASK]', tokenizer=WordPiece(
            [*SMALL.vocab], lowercase))
    # A plain tokenizer is possible, in the case of the model.
    tokens, _ = encode(loaded, 'The sea', tokenizer='words')
    assert tokens[1] == ('the' if lowercase else 'The')


def test_unknown_words_are_named():
    assert unknown_words(['the Moon [MASK]', 'a moon'], SMALL.vocab, SMALL
                         ) == ['moon', 'a']


# The command --------------------------------------------------------------

READING = ['--corpus', 'tiny', '--max-len', 64, '--batch-size', 16,
           '--steps', 1]
PRETRAIN = [*READING, '--num-hiddens', 16, '--ffn-num-hiddens', 32,
            '--num-blks', 1]


@pytest.mark.parametrize('objective', ['bert', 'spanbert'])
@pytest.mark.parametrize('case', ['--lowercase', '--no-lowercase'])
def test_dataset(objective, case, run, tmp_path, framework):
    trained = run('dataset', '--backend', framework, '--corpus', 'tiny',
                  '--objective', objective, '--tokenizer', 'wordpiece', case,
                  '--vocab-size', 400, '--show', 2)
    assert trained[0] == 0 and trained[2] == ''
    assert re.search(r'^vocabulary +400 tokens$', trained[1], re.M)
    assert '[CLS]' in trained[1] and '##' in trained[1]
    path = tmp_path / 'vocab.txt'
    tiny(lowercase=case == '--lowercase').save(path)
    read = run('dataset', '--backend', framework, '--corpus', 'tiny',
               '--objective', objective, '--tokenizer', 'wordpiece', case,
               '--vocab-file', path, '--show', 2)
    without_time = [re.sub(r'^seconds.*', '', out, flags=re.M)
                    for _, out, _ in (trained, read)]
    if objective == 'bert':  # both read the same text
        assert without_time[0] == without_time[1]
    assert read[0] == 0


@pytest.mark.parametrize('objective, case', [
    ('bert', '--lowercase'), ('spanbert', '--no-lowercase')])
def test_pretrain(objective, case, run, tmp_path, framework):
    status, out, err = run(
        'pretrain', '--backend', framework, *PRETRAIN, '--objective',
        objective, '--tokenizer', 'wordpiece', '--vocab-size', 400, case,
        '--out', tmp_path / 'run')
    assert (status, err) == (0, '')
    file = load_model(tmp_path / 'run')
    assert isinstance(file.tokenizer, WordPiece)
    assert file.tokenizer.lowercase == (case == '--lowercase')
    assert len(file.vocab) == file.config.vocab_size == 400
    assert ('T' in file.vocab) == (case != '--lowercase')

    status, out, err = run('fill-mask', '--backend', framework,
                           tmp_path / 'run', 'The [MASK] and <mask>', '-k', 9)
    assert (status, err) == (0, '') and out.count('%') >= 18
    status, out, err = run('encode', '--backend', framework,
                           tmp_path / 'run', 'the tides \u6d77')
    assert status == 0 and out.startswith('[CLS]') and '[SEP]' in out
    assert err == ("d2l-bert: warning: the model does not know '\u6d77', and "
                   'reads [UNK]' + ('' if case == '--lowercase' else
                   '; capital letters count for this model') + '\n')

    again = run('pretrain', '--backend', framework, *READING, '--objective',
                objective, '--init', tmp_path / 'run', '--out',
                tmp_path / 'again')
    assert again[0] == 0 and again[2] == ''
    assert load_model(tmp_path / 'again').tokenizer == file.tokenizer


@pytest.mark.parametrize('argv, message', [
    (['--tokenizer', 'wordpiece'], '--tokenizer wordpiece needs --vocab-file, '
     'a vocabulary such as vocab.txt, or --vocab-size, to train one from'),
    (['--tokenizer', 'wordpiece', '--vocab-size', 9, '--vocab-file', 'v'],
     'wordpiece needs only one of --vocab-file, a vocabulary'),
    (['--vocab-size', 9], 'leave out --vocab-size, which is for --tokenizer '
                          'wordpiece, or choose that'),
    (['--vocab-file', 'v', '--tokenizer', 'chars'], 'leave out --vocab-file'),
    (['--tokenizer', 'wordpiece', '--vocab-size', 0],
     '--vocab-size must be a whole number of at least 1, not 0'),
    (['--tokenizer', 'wordpiece', '--vocab-file', 'v'], 'no vocabulary at v;')
])
@pytest.mark.parametrize('command', ['dataset', 'pretrain'])
def test_mistakes_before_a_text_is_read(command, argv, message, run,
                                        tmp_path, monkeypatch,
                                        torch_backend):
    monkeypatch.chdir(tmp_path)
    status, out, err = run(command, '--corpus', 'no-such-file', *argv)
    assert status == 1 and message in err and err.count('\n') == 1


def test_a_vocabulary_file_without_special_tokens(run, tmp_path,
                                                  torch_backend):
    path = tmp_path / 'vocab.txt'
    path.write_text('[PAD]\n[UNK]\nthe\n')
    status, _, err = run('dataset', '--corpus', 'no-such-file', '--tokenizer',
                         'wordpiece', '--vocab-file', path)
    assert status == 1 and 'has no [MASK], [CLS], [SEP]; add what is' in err


def test_a_size_that_does_not_hold_the_characters(run, torch_backend):
    status, _, err = run('dataset', '--corpus', 'tiny', '--tokenizer',
                         'wordpiece', '--vocab-size', 20)
    assert status == 1
    assert re.search(r'error: --vocab-size must be at least \d+, for 5 spec',
                     err)


def test_init_has_its_own(run, tmp_path, torch_backend):
    status, _, err = run('pretrain', '--corpus', 'tiny', '--tokenizer',
                         'wordpiece', '--vocab-size', 400, '--init',
                         'long-run', '--out', tmp_path / 'run')
    assert status == 1 and ('leave out --tokenizer, --vocab-size: with --init'
                            in err)


def test_prepare_has_no_pieces(run, tmp_path, capsys):
    with pytest.raises(SystemExit):
        run('prepare', '--corpus', 'tiny', '--tokenizer', 'wordpiece',
            '--out', tmp_path / 'new.txt')
    assert "invalid choice: 'wordpiece'" in capsys.readouterr().err
