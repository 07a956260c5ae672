# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 11: A data set from your own text
#
# *Session 2, 7 points, about 25 minutes.*
#
# **What you learn.** The package reads text in the format of WikiText: one
# paragraph on each line, and spaces between the tokens. You convert ordinary
# prose to this format, and make batches from it.

# %% given="backend" tags=["torch"]
from d2l_bert import torch_backend as d2l
from torch.utils.data import DataLoader

# %% given="backend" tags=["mxnet"]
from d2l_bert import mxnet_backend as d2l
from mxnet.gluon.data import DataLoader

# %% given="prose"
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from d2l_bert.core import Vocab, ask, expect, expect_values

PROSE = """\
The sea rose in the night. Nobody
had seen it coming!  Would it fall?

At 6.30 the lamps went out, one by one.
The harbour was dark; the gulls were quiet.
"""

# %% [markdown]
# ## Part A: prose to lines (3 points)
#
# Write `to_lines(prose)`, which returns a list with one line for each
# paragraph.
#
# - Empty lines separate paragraphs. A single line break is the same as a
#   space.
# - Punctuation, that is `. , ; : ! ?`, at the end of a word becomes a
#   separate token. The full stop in `6.30` does not change.
# - There is exactly one space between two tokens.
#
# <details><summary>Hint</summary>
#
# `re.split(r'\n\s*\n', prose)` splits at empty lines. In `re.sub`, the
# pattern `([.,;:!?])(?=\s|$)` finds punctuation before a space or at the end
# of the text, and `r' \1'` puts a space before it. `' '.join(text.split())`
# leaves one space between two tokens.
#
# </details>


# %% answer="lines"
def to_lines(prose):
    """Return one line of tokens for each paragraph of a text."""
    ### BEGIN SOLUTION
    paragraphs = re.split(r'\n\s*\n', prose.strip())
    spaced = [re.sub(r'([.,;:!?])(?=\s|$)', r' \1', paragraph)
              for paragraph in paragraphs]
    return [' '.join(paragraph.split()) for paragraph in spaced]
    ### END SOLUTION


# %% check="lines-check" points=3
def check_lines(prose, expected):
    found = expect(ask(to_lines, prose), list, 'a list of lines')
    for line in found:
        expect(line, str, 'lines, each of them a str')
    assert not any('\n' in line for line in found), (
        'there is a line break in a paragraph; replace it by a space')
    assert all(found), 'there is an empty line; keep only lines with tokens'
    assert len(found) == len(expected), (
        f'{len(found)} instead of {len(expected)} paragraphs: split at empty '
        f'lines, and only there; a line of spaces is empty, too')
    for line, right in zip(found, expected):
        stuck = [token for token in line.split() if token not in right.split()
                 and token[-1] in '.,;:!?']
        assert not stuck, (
            f'{stuck[0]!r} is a word with punctuation; put a space before '
            f'the punctuation')
        lost = [token for token in right.split() if token not in line.split()]
        assert not lost, (
            f'{lost[0]!r} is missing in {line!r}; separate only punctuation '
            f'at the end of a word, and leave nothing out')
        assert line == right, f'{line!r} must be {right!r}: check spaces'


check_lines(PROSE, [
    'The sea rose in the night . Nobody had seen it coming ! Would it fall ?',
    'At 6.30 the lamps went out , one by one . The harbour was dark ; the '
    'gulls were quiet .'])
### BEGIN HIDDEN TESTS
check_lines('One: two.', ['One : two .'])
check_lines('\n\nA b.\n \nC, d?\nE 1,000.5!\n\n\nF\n',
            ['A b .', 'C , d ? E 1,000.5 !', 'F'])
check_lines('At 6:30 he ran; a;b, c! No? Yes:\nso.\n\n \n\nNo.\n',
            ['At 6:30 he ran ; a;b , c ! No ? Yes : so .', 'No .'])
check_lines('It fell. It fell.\n\nIt fell. It fell.',
            ['It fell . It fell .'] * 2)
check_lines('It fell; it rose.  It is 3.5 m, not 4.0.',
            ['It fell ; it rose . It is 3.5 m , not 4.0 .'])
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: batches (3 points)
#
# Write `load(path, seed)`. It loads the text file at `path` with
# `d2l.load_data_wiki`, with batches of 4 examples, at most 32 tokens per
# example, and the given seed. It returns what `load_data_wiki` returns: the
# loader and the vocabulary. In a short text few words occur five times, so
# keep all words.
#
# <details><summary>Hint</summary>
#
# The first two arguments are the batch size and the maximum length.
# `corpus=` can be a path. In exercise 2, which argument sets the minimum
# frequency of a word?
#
# </details>


# %% answer="load"
def load(path, seed):
    """Return the loader of a text file and its vocabulary."""
    ### BEGIN SOLUTION
    return d2l.load_data_wiki(4, 32, corpus=path, seed=seed, min_freq=1)
    ### END SOLUTION


# %% given="batches"
def batches_of(lines, seed):
    """Write the lines to a file, and load it with your function."""
    with TemporaryDirectory() as folder:
        path = Path(folder, 'own.txt')
        path.write_text('\n'.join(lines) + '\n', encoding='utf-8')
        loader, vocab = expect_values(ask(load, path, seed), 'loader',
                                      'vocabulary')
        expect(vocab, Vocab, 'the vocabulary second')
        expect(loader, DataLoader, 'the loader of load_data_wiki')
        return list(loader), vocab, loader.dataset.examples


# %% check="load-check" points=3
def check_load(lines, seed):
    batches, vocab, examples = batches_of(lines, seed)
    words = {word.lower() for line in lines for word in line.split()}
    missing = sorted(words - set(vocab))
    assert len(missing) < len(words) / 2, (
        f'{len(missing)} of {len(words)} words are missing in the '
        f'vocabulary; pass a min_freq that keeps all words')
    assert not missing, f'{missing} are missing in the vocabulary'
    assert len(vocab) == len(words) + 5, (
        f'the vocabulary size is {len(vocab)}, but the text has {len(words)} '
        f'different words, and there are 5 special tokens; read the text at '
        f'path')
    assert batches[0].token_ids.shape[1] == 32, (
        f'the examples have {batches[0].token_ids.shape[1]} tokens instead '
        f'of 32')
    assert len(batches[0].token_ids) == min(4, len(examples)), (
        f'a batch has {len(batches[0].token_ids)} examples instead of 4')
    assert sum(len(batch.token_ids) for batch in batches) == len(examples), (
        'some examples are in no batch')
    again, _, _ = batches_of(lines, seed)
    for batch, same in zip(batches, again):
        assert batch.token_ids.tolist() == same.token_ids.tolist(), (
            'the same seed gave other examples; pass the given seed')


LINES = ['the sea rose in the night . nobody had seen it coming . would it '
         'fall . it did . and rose again .',
         'the lamps went out , one by one . the harbour was dark . the gulls '
         'were quiet .']
check_load(LINES, 0)
### BEGIN HIDDEN TESTS
check_load(LINES[::-1], 5)
check_load([f'the number {i} is here . it is {i} . then comes {i + 1} . and '
            f'so on .' for i in range(20)], 1)
numbers = [f'number {i} . number {i} again . once more' for i in range(30)]
first = [batches_of(numbers, seed)[0][0].token_ids.tolist()
         for seed in (0, 1, 2, 3, 10, 1000)]
assert all(first.count(batch) == 1 for batch in first), (
    'another seed gave the same examples; pass the given seed')
### END HIDDEN TESTS
print('Part B is right.')

# %% [markdown]
# ## Part C: your text (1 point)
#
# Write `my_text()`, which returns prose that you wrote yourself, or a text
# whose copyright has expired. It must have at least two paragraphs and give
# at least ten sentence pairs.
#
# <details><summary>Hint</summary>
#
# Put the text between triple quotes, `"""`, with an empty line between
# paragraphs. Here only ` . ` ends a sentence, and a paragraph of n sentences
# gives n - 1 pairs.
#
# </details>


# %% answer="text"
def my_text():
    """Return some prose."""
    ### BEGIN SOLUTION
    return """\
The kettle stood on the stove. It was older than the house. Nobody knew who
had bought it. In winter it was never cold. In summer it held flowers. The
children were told not to touch it. They touched it.

The cat slept beside it. She had a name, and did not care. When the kettle
sang she opened one eye. When it stopped she closed it again. That was her
whole work. She did it well.
"""
    ### END SOLUTION


# %% check="text-check" points=1
text = expect(ask(my_text), str, 'a str')
assert 'lamps went out' not in text, 'this is the given text'
assert len(to_lines(text)) >= 2, (
    'there is only one paragraph; put an empty line between paragraphs')
examples = batches_of(to_lines(text), 0)[2]
assert examples.num_pairs >= 10, (
    f'the text gives {examples.num_pairs} sentence pairs, but at least 10 '
    f'are needed')
sentences = {sentence.strip(' .') for line in to_lines(text)
             for sentence in line.split(' . ')}
assert len(sentences) >= 10, (
    f'there are only {len(sentences)} different sentences; write at least 10')
print('Part C is right. Here are three of your examples:')

# %%
examples[:3]
