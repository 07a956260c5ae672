# Correct answers that are not the solution. Each cell is an answer, which
# must pass the check, whatever it draws and in which order.

# %% answer="lines"
# Word by word.
def to_lines(prose):
    lines, tokens = [], []
    for line in prose.splitlines() + ['']:
        if not line.strip() and tokens:
            lines.append(' '.join(tokens))
            tokens = []
        for word in line.split():
            if word[-1] in '.,;:!?' and len(word) > 1:
                tokens += [word[:-1], word[-1]]
            else:
                tokens.append(word)
    return lines


# %% answer="lines"
def to_lines(prose):
    found = re.split('\n(?:[ \t]*\n)+', re.sub(
        r'(\S)([.,;:!?])(?!\S)', r'\1 \2', prose).strip())
    return [re.sub(r'\s+', ' ', paragraph).strip() for paragraph in found]


# %% answer="load"
# A str, names for all arguments, and a list.
def load(path, seed):
    return list(d2l.load_data_wiki(batch_size=4, max_len=32, corpus=str(path),
                                   seed=seed, min_freq=0))


# %% answer="text"
def my_text():
    lines = [f'On day {i} it rained. I stayed at home.' for i in range(12)]
    return '\n\n'.join(lines)
