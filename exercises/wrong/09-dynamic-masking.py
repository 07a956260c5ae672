# Answers that students give, each a cell, and a piece of what the check
# says. `hidden`: only the hidden tests notice.

# %% answer="rng"
# Says: each of the three numbers must make a difference
def rng_for(seed, epoch, i):
    return random.Random(seed + epoch + i)


# %% answer="rng"
# Says: gave two different draws
def rng_for(seed, epoch, i):
    return random.Random()


# %% answer="rng"
# Says: return a random.Random, not None
def rng_for(seed, epoch, i):
    return random.seed(f'{seed},{epoch},{i}')


# %% answer="rng" hidden
# Digits without a comma: 1, 11, 1 is 11, 1, 1.
# Says: give the same draws
def rng_for(seed, epoch, i):
    return random.Random(f'{seed}{epoch}{i}')


# %% answer="dataset"
# Says: so masks pile up
class MaskedAnew(Dataset):
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
# Says: the epoch must go into the generator
class MaskedAnew(Dataset):
    def __init__(self, windows, seed):
        self.windows, self.seed, self.epoch = windows, seed, 0

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        ids = list(self.windows[i])
        positions, labels = mask_window(ids, rng_for(self.seed, 0, i))
        return tensor(ids), tensor(positions), tensor(labels)


# %% answer="dataset"
# One generator for all, which goes on and on.
# Says: in another order the same epoch gave other masks
class MaskedAnew(Dataset):
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
class MaskedAnew(Dataset):
    def __init__(self, windows, seed):
        self.windows, self.seed, self.epoch = windows, seed, 0

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        positions, labels = mask_window(
            list(self.windows[i]), rng_for(self.seed, self.epoch, i))
        return (tensor(self.windows[i]), tensor(positions), tensor(labels))
