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
# # Exercise 11: A data set of your own text
#
# *Session 2, 7 points, about 25 minutes.*
#
# **What you learn.** The package reads text that looks like WikiText: a
# paragraph on each line, spaces around the tokens. You bring ordinary prose
# into that form, and make batches of it.

# %% given="backend" tags=["torch"]
from d2l_bert import torch_backend as d2l

# %% given="backend" tags=["mxnet"]
from d2l_bert import mxnet_backend as d2l

# %% given="prose"
import re
from pathlib import Path
from tempfile import TemporaryDirectory

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
# - An empty line separates two paragraphs. A single line break means no more
#   than a space.
# - Each of `. , ; : ! ?` at the end of a word becomes a token of its own.
#   The full stop in `6.30` stays where it is.
# - There is exactly one space between two tokens.
#
# <details><summary>Hint</summary>
#
# `re.split(r'\n\s*\n', prose)` cuts at empty lines. In `re.sub`, the pattern
# `([.,;:!?])(?=\s|$)` finds a mark that a space or the end follows, and
# `r' \1'` puts a space before it. `' '.join(text.split())` leaves one space
# between tokens.
#
# </details>


# %% answer="lines"
def to_lines(prose):
    """Return the paragraphs of a text, a line each, in tokens."""
    ### BEGIN SOLUTION
    paragraphs = re.split(r'\n\s*\n', prose.strip())
    spaced = [re.sub(r'([.,;:!?])(?=\s|$)', r' \1', paragraph)
              for paragraph in paragraphs]
    return [' '.join(paragraph.split()) for paragraph in spaced]
    ### END SOLUTION


# %% check="lines-check" points=3
def check_lines(prose, expected):
    found = to_lines(prose)
    assert isinstance(found, list), f'return a list of lines, not {found!r}'
    assert not any('\n' in line for line in found), (
        'there is a line break in a line; within a paragraph it means no '
        'more than a space')
    assert all(found), 'there is an empty line; keep those with words'
    assert len(found) == len(expected), (
        f'{len(found)} instead of {len(expected)} paragraphs: they are '
        f'separated by empty lines, and by nothing else')
    for line, right in zip(found, expected):
        stuck = [token for token in line.split() if token not in right.split()
                 and token[-1] in '.,;:!?']
        assert not stuck, (
            f'{stuck[0]!r} is a word with a mark; put a space before the '
            f'mark')
        lost = [token for token in right.split() if token not in line.split()]
        assert not lost, (
            f'{lost[0]!r} is missing in {line!r}; only marks at the end of a '
            f'word are cut off, and nothing is left out')
        assert line == right, f'{line!r} should be {right!r}: check spaces'


check_lines(PROSE, [
    'The sea rose in the night . Nobody had seen it coming ! Would it fall ?',
    'At 6.30 the lamps went out , one by one . The harbour was dark ; the '
    'gulls were quiet .'])
### BEGIN HIDDEN TESTS
check_lines('One: two.', ['One : two .'])
check_lines('\n\nA b.\n \nC, d?\nE 1,000.5!\n\n\nF\n',
            ['A b .', 'C , d ? E 1,000.5 !', 'F'])
check_lines('It fell; it rose.  It is 3.5 m, not 4.0.',
            ['It fell ; it rose . It is 3.5 m , not 4.0 .'])
### END HIDDEN TESTS
print('Part A is right.')

# %% [markdown]
# ## Part B: batches (3 points)
#
# Write `load(path, seed)`. It loads the text file at `path` with
# `d2l.load_data_wiki`, in batches of 4 examples of 32 tokens, with that
# seed, and returns what the function returns: the loader and the vocabulary.
# A short text has few words that occur five times. See to it that all of
# them are kept.
#
# <details><summary>Hint</summary>
#
# The first two arguments are the batch size and the length. `corpus=` takes
# a path. Which argument of exercise 2 decides what is too rare?
#
# </details>


# %% answer="load"
def load(path, seed):
    """Return the loader of a text file and its vocabulary."""
    ### BEGIN SOLUTION
    return d2l.load_data_wiki(4, 32, corpus=path, seed=seed, min_freq=1)
    ### END SOLUTION


# %% check="load-check" points=3
def batches_of(lines, seed):
    with TemporaryDirectory() as folder:
        path = Path(folder, 'own.txt')
        path.write_text('\n'.join(lines) + '\n', encoding='utf-8')
        loader, vocab = load(path, seed)
        return list(loader), vocab, loader.dataset.examples


def check_load(lines, seed):
    batches, vocab, examples = batches_of(lines, seed)
    words = {word.lower() for line in lines for word in line.split()}
    missing = sorted(words - set(vocab))
    assert len(missing) < len(words) / 2, (
        f'{len(missing)} of {len(words)} words are missing in the '
        f'vocabulary; pass on the min_freq that keeps them')
    assert not missing, f'{missing} are missing in the vocabulary'
    assert len(vocab) == len(words) + 5, (
        f'the vocabulary has {len(vocab)} entries, but the text at the path '
        f'has {len(words)} words; does it come from that text?')
    assert batches[0].token_ids.shape[1] == 32, (
        f'the examples have {batches[0].token_ids.shape[1]} tokens instead '
        f'of 32')
    assert len(batches[0].token_ids) == min(4, len(examples)), (
        f'a batch has {len(batches[0].token_ids)} examples instead of 4')
    again, _, _ = batches_of(lines, seed)
    for batch, same in zip(batches, again):
        assert batch.token_ids.tolist() == same.token_ids.tolist(), (
            'the same seed gave other examples; pass it on')


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
assert (batches_of(numbers, 1)[0][0].token_ids.tolist()
        != batches_of(numbers, 2)[0][0].token_ids.tolist()), (
    'another seed must give other examples')
### END HIDDEN TESTS
print('Part B is right.')

# %% [markdown]
# ## Part C: your text (1 point)
#
# Let `my_text()` return some prose of your own, or of an author long dead:
# at least two paragraphs and ten pairs of neighbouring sentences.
#
# <details><summary>Hint</summary>
#
# Put the text between three quotes, `"""`, with an empty line between
# paragraphs. Only ` . ` cuts sentences here, and each paragraph of n
# sentences gives n - 1 pairs.
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
text = my_text()
assert isinstance(text, str), f'return a text, not a {type(text).__name__}'
assert 'lamps went out' not in text, 'this is the text that was given'
assert len(to_lines(text)) >= 2, (
    'there is one paragraph only; put an empty line between two')
examples = batches_of(to_lines(text), 0)[2]
assert examples.num_pairs >= 10, (
    f'the text gives {examples.num_pairs} pairs, and ten are asked for')
sentences = {sentence.strip() for line in to_lines(text)
             for sentence in line.split(' . ')}
assert len(sentences) >= 10, (
    f'only {len(sentences)} sentences differ; write some more')
print('Part C is right. Here are three of your examples:')

# %%
examples[:3]
