# Wrong answers of students. Each cell is an answer; `Says:` is a part of the
# message of the check. `hidden`: only the hidden tests find the mistake.

# %% answer="rng"
# Says: the seed of the generator must depend on all three numbers
def rng_for(seed, epoch, i):
    return random.Random(seed + epoch + i)


# %% answer="rng"
# Says: gave two different random numbers
def rng_for(seed, epoch, i):
    return random.Random()


# %% answer="rng"
# Says: return a random.Random, not None
def rng_for(seed, epoch, i):
    return random.seed(f'{seed},{epoch},{i}')


# %% answer="rng" hidden
# Digits without a comma: 1, 11, 1 gives the same seed as 11, 1, 1.
# Says: give the same random number
def rng_for(seed, epoch, i):
    return random.Random(f'{seed}{epoch}{i}')


# %% answer="dataset"
# Says: so it gets more masks in every epoch
class DynamicMasking(Dataset):
    def __init__(self, windows, seed):
        self.windows, self.seed, self.epoch = windows, seed, 0

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        ids = self.windows[i]
        positions, labels = mask_window(
            ids, rng_for(self.seed, self.epoch, i))
        return tensor(ids), tensor(positions), tensor(labels)


# %% answer="dataset"
# Says: pass the epoch to rng_for
class DynamicMasking(Dataset):
    def __init__(self, windows, seed):
        self.windows, self.seed, self.epoch = windows, seed, 0

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        ids = list(self.windows[i])
        positions, labels = mask_window(ids, rng_for(self.seed, 0, i))
        return tensor(ids), tensor(positions), tensor(labels)


# %% answer="dataset"
# One generator for all examples and epochs.
# Says: the same epoch gave other masks in another order
class DynamicMasking(Dataset):
    def __init__(self, windows, seed):
        self.windows, self.seed, self.epoch = windows, seed, 0
        self.rng = random.Random(seed)

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        ids = list(self.windows[i])
        positions, labels = mask_window(ids, self.rng)
        return tensor(ids), tensor(positions), tensor(labels)


# %% answer="dataset"
# Says: the token ids are not masked
class DynamicMasking(Dataset):
    def __init__(self, windows, seed):
        self.windows, self.seed, self.epoch = windows, seed, 0

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        positions, labels = mask_window(
            list(self.windows[i]), rng_for(self.seed, self.epoch, i))
        return (tensor(self.windows[i]), tensor(positions), tensor(labels))


# %% answer="rng"
# hash of a string is another number each time that Python starts.
# Says: hash of a string gives other numbers each time that Python starts
def rng_for(seed, epoch, i):
    return random.Random(hash(f'{seed},{epoch},{i}'))


# %% answer="rng"
# Says: hash of a string gives other numbers each time that Python starts
def rng_for(seed, epoch, i):
    return random.Random(hash((str(seed), str(epoch), str(i))))


# %% answer="rng" hidden
# Equal for epoch 0 with example 100, and epoch 1 with example 0.
# Says: give the same random number
def rng_for(seed, epoch, i):
    return random.Random(seed * 10000 + epoch * 100 + i)


# %% answer="rng" hidden
# Says: give the same random number
def rng_for(seed, epoch, i):
    return random.Random((seed << 32) + (epoch << 16) + i)


# %% answer="rng"
# Says: give the same random number
def rng_for(seed, epoch, i):
    return random.Random(seed * epoch * i)


# %% answer="rng" hidden
# -1 and 1 are the same seed.
# Says: give the same random number
def rng_for(seed, epoch, i):
    return random.Random(f'{seed} {epoch - i}')


# %% answer="rng"
# The same stream, only further on: (0, 0, 1) starts with the second number.
# Says: give the same random number
def rng_for(seed, epoch, i):
    rng = random.Random(seed)
    for _ in range(1000 * epoch + i):
        rng.random()
    return rng


# %% answer="rng"
# Says: in rng_for, line 3: The only supported seed types are
def rng_for(seed, epoch, i):
    return random.Random((seed, epoch, i))


# %% answer="rng"
# Says: return a random.Random, not a float
def rng_for(seed, epoch, i):
    return random.Random(f'{seed},{epoch},{i}').random()


# %% answer="rng" hidden
# Says: the state of Python's global generator has changed
def rng_for(seed, epoch, i):
    random.seed(f'{seed},{epoch},{i}')
    return random.Random(random.random())


# %% answer="dataset"
# Epoch 1 of seed 0 is epoch 0 of seed 1.
# Says: have the same masks; pass the seed and epoch to rng_for
class DynamicMasking(Dataset):
    def __init__(self, windows, seed):
        self.windows, self.seed, self.epoch = windows, seed, 0

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        ids = list(self.windows[i])
        positions, labels = mask_window(
            ids, rng_for(self.seed + self.epoch, 0, i))
        return tensor(ids), tensor(positions), tensor(labels)


# %% answer="dataset"
# Example 1 in epoch 0 is example 0 in epoch 1.
# Says: have the same masks; pass the epoch and i to rng_for
class DynamicMasking(Dataset):
    def __init__(self, windows, seed):
        self.windows, self.seed, self.epoch = windows, seed, 0

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        ids = list(self.windows[i])
        positions, labels = mask_window(
            ids, rng_for(self.seed, 0, self.epoch + i))
        return tensor(ids), tensor(positions), tensor(labels)


# %% answer="dataset"
# Says: have the same masks; pass the seed to rng_for
class DynamicMasking(Dataset):
    def __init__(self, windows, seed):
        self.windows, self.seed, self.epoch = windows, seed, 0

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        ids = list(self.windows[i])
        positions, labels = mask_window(ids, rng_for(0, self.epoch, i))
        return tensor(ids), tensor(positions), tensor(labels)


# %% answer="dataset"
# Says: have the same masks; pass the i to rng_for
class DynamicMasking(Dataset):
    def __init__(self, windows, seed):
        self.windows, self.seed, self.epoch = windows, seed, 0

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        ids = list(self.windows[i])
        positions, labels = mask_window(ids, rng_for(self.seed, self.epoch, 0))
        return tensor(ids), tensor(positions), tensor(labels)


# %% answer="dataset"
# The labels are read from the masked ids.
# Says: are not the original token ids
class DynamicMasking(Dataset):
    def __init__(self, windows, seed):
        self.windows, self.seed, self.epoch = windows, seed, 0

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        ids = list(self.windows[i])
        positions, _ = mask_window(ids, rng_for(self.seed, self.epoch, i))
        labels = [ids[position] for position in positions]
        return tensor(ids), tensor(positions), tensor(labels)


# %% answer="dataset"
# Says: return a tuple of three tensors, not a list
class DynamicMasking(Dataset):
    def __init__(self, windows, seed):
        self.windows, self.seed, self.epoch = windows, seed, 0

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        ids = list(self.windows[i])
        positions, labels = mask_window(
            ids, rng_for(self.seed, self.epoch, i))
        return [tensor(ids), tensor(positions), tensor(labels)]


# %% answer="dataset"
# Says: return tensors, not a list
class DynamicMasking(Dataset):
    def __init__(self, windows, seed):
        self.windows, self.seed, self.epoch = windows, seed, 0

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        ids = list(self.windows[i])
        positions, labels = mask_window(
            ids, rng_for(self.seed, self.epoch, i))
        return ids, positions, labels


# %% answer="dataset"
# Says: in DynamicMasking.__getitem__, line 11: name 'epoch' is not defined
class DynamicMasking(Dataset):
    def __init__(self, windows, seed):
        self.windows, self.seed, self.epoch = windows, seed, 0

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        ids = list(self.windows[i])
        positions, labels = mask_window(ids, rng_for(self.seed, epoch, i))
        return tensor(ids), tensor(positions), tensor(labels)


# %% answer="dataset" hidden
# Masks the windows when they are given, for the first three epochs only.
# Says: in DynamicMasking.__getitem__, line
class DynamicMasking(Dataset):
    def __init__(self, windows, seed):
        self.windows, self.epoch, self.examples = windows, 0, []
        for epoch in range(4):
            for i, window in enumerate(windows):
                ids = list(window)
                positions, labels = mask_window(ids, rng_for(seed, epoch, i))
                self.examples.append(
                    (tensor(ids), tensor(positions), tensor(labels)))

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        return self.examples[self.epoch * len(self.windows) + i]
