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
