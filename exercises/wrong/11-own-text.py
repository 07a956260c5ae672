# Answers that students give, each a cell, and a piece of what the check
# says. `hidden`: only the hidden tests notice.

# %% answer="lines"
# Each line of the file is taken for a paragraph.
# Says: they are separated by empty lines, and by nothing else
def to_lines(prose):
    return [re.sub(r'([.,;:!?])(?=\s|$)', r' \1', line)
            for line in prose.splitlines() if line]


# %% answer="lines"
# Says: put a space before the mark
def to_lines(prose):
    return [' '.join(part.split()) for part in prose.split('\n\n')]


# %% answer="lines"
# Says: only marks at the end of a word are cut off
def to_lines(prose):
    spaced = re.sub('([.,;:!?])', r' \1 ', prose)
    return [' '.join(part.split()) for part in re.split(r'\n\s*\n', spaced)]


# %% answer="lines"
# Says: within a paragraph it means no more than a space
def to_lines(prose):
    return [re.sub(r'([.,;:!?])(?=\s|$)', r' \1', part)
            for part in prose.strip().split('\n\n')]


# %% answer="lines" hidden
# A line that only looks empty.
# Says: they are separated by empty lines
def to_lines(prose):
    return [' '.join(re.sub(r'([.,;:!?])(?=\s|$)', r' \1', part).split())
            for part in prose.strip().split('\n\n')]


# %% answer="load"
# Says: pass on the min_freq that keeps them
def load(path, seed):
    return d2l.load_data_wiki(4, 32, corpus=path, seed=seed)


# %% answer="load"
# Says: are missing in the vocabulary
def load(path, seed):
    return d2l.load_data_wiki(4, 32, corpus='tiny', seed=seed, min_freq=1)


# %% answer="load"
# Says: the same seed gave other examples
def load(path, seed):
    return d2l.load_data_wiki(4, 32, corpus=path, min_freq=1)


# %% answer="load"
# The two numbers are swapped.
# Says: the examples have
def load(path, seed):
    return d2l.load_data_wiki(32, 24, corpus=path, seed=seed, min_freq=1)


# %% answer="load" hidden
# One seed for all.
# Says: another seed must give other examples
def load(path, seed):
    return d2l.load_data_wiki(4, 32, corpus=path, seed=0, min_freq=1)


# %% answer="text"
# Says: this is the text that was given
def my_text():
    return PROSE


# %% answer="text"
# Says: there is one paragraph only
def my_text():
    return 'The cat slept. It was warm. The kettle sang.'


# %% answer="text"
# Says: write some more
def my_text():
    return 'The cat slept. ' * 12 + '\n\n' + 'The kettle sang. ' * 12
