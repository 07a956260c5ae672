# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="lines"
# Each line becomes a paragraph.
# Says: split at empty lines, and only there
def to_lines(prose):
    return [re.sub(r'([.,;:!?])(?=\s|$)', r' \1', line)
            for line in prose.splitlines() if line]


# %% answer="lines"
# Says: put a space before the punctuation
def to_lines(prose):
    return [' '.join(part.split()) for part in prose.split('\n\n')]


# %% answer="lines"
# Says: separate only punctuation at the end of a word
def to_lines(prose):
    spaced = re.sub('([.,;:!?])', r' \1 ', prose)
    return [' '.join(part.split()) for part in re.split(r'\n\s*\n', spaced)]


# %% answer="lines"
# Says: there is a line break in a paragraph
def to_lines(prose):
    return [re.sub(r'([.,;:!?])(?=\s|$)', r' \1', part)
            for part in prose.strip().split('\n\n')]


# %% answer="lines" hidden
# Does not split at a line that holds only spaces.
# Says: a line of spaces is empty, too
def to_lines(prose):
    return [' '.join(re.sub(r'([.,;:!?])(?=\s|$)', r' \1', part).split())
            for part in prose.strip().split('\n\n')]


# %% answer="load"
# Says: pass a min_freq that keeps all words
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
# Swaps the first two arguments.
# Says: the examples have
def load(path, seed):
    return d2l.load_data_wiki(32, 24, corpus=path, seed=seed, min_freq=1)


# %% answer="load" hidden
# Always the same seed.
# Says: another seed gave the same examples
def load(path, seed):
    return d2l.load_data_wiki(4, 32, corpus=path, seed=0, min_freq=1)


# %% answer="text"
# Says: this is the given text
def my_text():
    return PROSE


# %% answer="text"
# Says: there is only one paragraph
def my_text():
    return 'The cat slept. It was warm. The kettle sang.'


# %% answer="text"
# Says: different sentences; write at least 10
def my_text():
    return 'The cat slept. ' * 12 + '\n\n' + 'The kettle sang. ' * 12


# %% answer="lines"
# Says: return a list of lines, not a str
def to_lines(prose):
    return ' '.join(re.sub(r'([.,;:!?])(?=\s|$)', r' \1', prose).split())


# %% answer="lines" hidden
# Leaves out the colon.
# Says: is a word with punctuation
def to_lines(prose):
    spaced = re.sub(r'([.,;!?])(?=\s|$)', r' \1', prose.strip())
    return [' '.join(part.split()) for part in re.split(r'\n\s*\n', spaced)]


# %% answer="lines"
# Says: in to_lines, line 3: 'list' object has no attribute 'split'
def to_lines(prose):
    return [prose.split('\n\n').split()]


# %% answer="load"
# Says: return the 2 values (loader, vocabulary), not
def load(path, seed):
    return d2l.load_data_wiki(4, 32, corpus=path, seed=seed, min_freq=1)[0]


# %% answer="load"
# Says: return the vocabulary second, not
def load(path, seed):
    loader, vocab = d2l.load_data_wiki(4, 32, corpus=path, seed=seed,
                                       min_freq=1)
    return vocab, loader


# %% answer="load"
# Says: return the loader of load_data_wiki, not a list
def load(path, seed):
    loader, vocab = d2l.load_data_wiki(4, 32, corpus=path, seed=seed,
                                       min_freq=1)
    return list(loader), vocab


# %% answer="load" hidden
# Says: another seed gave the same examples
def load(path, seed):
    return d2l.load_data_wiki(4, 32, corpus=path, seed=min(seed, 3),
                              min_freq=1)


# %% answer="text"
# Says: return a str, not a list
def my_text():
    return ['The cat slept. It was warm.', 'The kettle sang. It was old.']
