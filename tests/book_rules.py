"""The rules of d2l section 15.9 once more: slow, plain, on strings.

The package works on numbers and takes its draws by shorter ways. Here
every rule is written as one would say it, to compare with. No line of
the package is used.
"""

RESERVED = ['<pad>', '<mask>', '<cls>', '<sep>']


def read(lines, rng):
    """The lines with a ' . ' inside, cut into sentences, in random order."""
    paragraphs = []
    for line in lines:
        if ' . ' in line:
            paragraphs.append(line.strip().lower().split(' . '))
    rng.shuffle(paragraphs)
    return paragraphs


def vocabulary(paragraphs, min_freq):
    """All words that are frequent enough, and the special ones, sorted."""
    count = {}
    for paragraph in paragraphs:
        for sentence in paragraph:
            for word in sentence:
                count[word] = count.get(word, 0) + 1
    words = {'<unk>', *RESERVED}
    for word in count:
        if count[word] >= min_freq:
            words.add(word)
    return sorted(words)


def number(word, words):
    """The place of a word among all words, or that of '<unk>'."""
    return words.index(word if word in words else '<unk>')


def next_sentence(sentence, true_next, paragraphs, rng):
    """Heads: the true next sentence. Tails: any sentence of any text."""
    if rng.random() < 0.5:
        return sentence, true_next, True
    paragraph = rng.choice(paragraphs)
    return sentence, rng.choice(paragraph), False


def pairs(paragraph, paragraphs, max_len, rng):
    """Each sentence but the last with a partner, if both fit."""
    found = []
    for i in range(len(paragraph) - 1):
        a, b, is_next = next_sentence(paragraph[i], paragraph[i + 1],
                                      paragraphs, rng)
        if len(a) + len(b) + 3 > max_len:
            continue
        tokens = ['<cls>'] + a + ['<sep>'] + b + ['<sep>']
        segments = [0] * (len(a) + 2) + [1] * (len(b) + 1)
        found.append((tokens, segments, is_next))
    return found


def replace(tokens, candidates, how_many, words, rng):
    """Hide the first few of the shuffled candidates; tell what they hid."""
    candidates = candidates.copy()
    rng.shuffle(candidates)
    new_tokens, hidden = tokens.copy(), []
    for position in candidates[:how_many]:
        hidden.append((position, tokens[position]))
        if rng.random() < 0.8:
            new_tokens[position] = '<mask>'
        elif rng.random() < 0.5:
            pass  # it stays as it is
        else:
            new_tokens[position] = rng.choice(words)
    return new_tokens, hidden


def mask(tokens, words, rng):
    """Hide 15 % of the tokens, at least one; all as numbers."""
    candidates = []
    for position, token in enumerate(tokens):
        if token not in ('<cls>', '<sep>'):
            candidates.append(position)
    how_many = max(1, round(len(tokens) * 0.15))
    new_tokens, hidden = replace(tokens, candidates, how_many, words, rng)
    hidden.sort()
    return ([number(token, words) for token in new_tokens],
            [position for position, _ in hidden],
            [number(token, words) for _, token in hidden])


def padded(row, width, fill=0):
    return list(row) + [fill] * (width - len(row))


def examples(paragraphs, max_len, min_freq, rng):
    """Paragraphs of text -> (all words, the rows of the seven columns)."""
    paragraphs = [[sentence.split() for sentence in paragraph]
                  for paragraph in paragraphs]
    words = vocabulary(paragraphs, min_freq)
    drawn = []
    for paragraph in paragraphs:
        drawn += pairs(paragraph, paragraphs, max_len, rng)
    # For max_len=3 the book rounds to 0, and fails; the package takes 1.
    width = max(1, round(max_len * 0.15))
    columns = [], [], [], [], [], [], []
    for tokens, segments, is_next in drawn:
        ids, positions, labels = mask(tokens, words, rng)
        row = (padded(ids, max_len, words.index('<pad>')),
               padded(segments, max_len),
               float(len(tokens)),
               padded(positions, width),
               padded([1.0] * len(positions), width, 0.0),
               padded(labels, width),
               int(is_next))
        for column, value in zip(columns, row):
            column.append(value)
    return words, columns
